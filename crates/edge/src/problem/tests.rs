use serde_json::{Value, json};

use super::Problem;
use crate::keys::AuthError;
use crate::segment::{SkipReason, WireError};

/// What Segment's clients do with a status: the reason for every status here.
fn is_sent_again(problem: &Problem) -> bool {
    match problem.status.as_u16() {
        408 | 410 | 429 | 460 => true,
        status => (500..600).contains(&status) && ![501, 505, 511].contains(&status),
    }
}

#[test]
fn what_may_be_right_later_is_sent_again_and_what_never_will_be_is_not() {
    use journal::AppendError::{Backlogged, Closed, Fenced};
    for problem in [Problem::body_timeout(), Backlogged.into(), Fenced.into(), Closed.into()] {
        assert!(is_sent_again(&problem), "{problem:?}");
    }
    for problem in [
        WireError::NotAnObject.into(),
        WireError::BodyTooLarge { bytes_max: 1 }.into(),
        WireError::Event(SkipReason::MissingId).into(),
        AuthError::Unknown.into(),
        AuthError::Revoked.into(),
        Problem::no_key(),
        Problem::no_tenant(),
        Problem::body_too_large(1),
        Problem::needs_secret_key("traits"),
    ] {
        assert!(!is_sent_again(&problem), "{problem:?}");
    }
}

#[test]
fn whoever_is_asked_to_come_back_is_told_when_in_whole_seconds() {
    let problem = Problem::from(journal::AppendError::Backlogged);
    assert_eq!(problem.status.as_u16(), 503);
    assert!(problem.retry_after_s.is_some_and(|seconds| seconds >= 1));
    assert_eq!(Problem::not_found().retry_after_s, None);
}

#[test]
fn a_problem_is_the_json_of_rfc_9457() {
    let told: Value =
        serde_json::from_slice(&Problem::from(WireError::Event(SkipReason::NegativePrice)).body())
            .expect("JSON");
    assert_eq!(
        told,
        json!({
            "type": "/problems/invalid-event",
            "title": "Invalid event",
            "status": 400,
            "detail": "a price must not be negative",
            "reason": "negative-price",
        })
    );
    let told: Value = serde_json::from_slice(&Problem::not_found().body()).expect("JSON");
    assert_eq!(told.get("reason"), None);
}

#[test]
fn each_mistake_of_a_caller_has_its_status() {
    let status = |problem: Problem| problem.status.as_u16();
    assert_eq!(status(WireError::InvalidJson { problem: "x".to_owned() }.into()), 400);
    assert_eq!(status(WireError::BodyTooLarge { bytes_max: 1 }.into()), 400, "as Segment has it");
    assert_eq!(status(WireError::TooManyEvents { events: 1 }.into()), 400);
    assert_eq!(status(WireError::MissingBatch.into()), 400);
    assert_eq!(status(WireError::InvalidField { field: "a", problem: "b" }.into()), 400);
    assert_eq!(status(Problem::body_broken()), 400);
    assert_eq!(status(AuthError::Malformed.into()), 401);
    assert_eq!(status(Problem::no_key()), 401);
    assert_eq!(status(Problem::wrong_kind_of_key("secret")), 403);
    assert_eq!(status(Problem::needs_secret_key("traits")), 403);
    assert_eq!(status(Problem::origin_not_allowed()), 403);
    assert_eq!(status(Problem::not_found()), 404);
    let method = Problem::method_not_allowed("POST, OPTIONS");
    assert_eq!((method.status.as_u16(), method.allow), (405, Some("POST, OPTIONS")));
    assert_eq!(status(Problem::body_timeout()), 408);
    assert_eq!(status(Problem::body_too_large(1)), 413);
}
