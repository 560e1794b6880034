//! What the control plane answers to those who publish.

use model::{TenantKey, Timestamp};
use serde_json::{Value, json};

use super::{Answer, Plane, Shop};
use crate::limits::{DIAGNOSTICS_TOLD_MAX, PLAN_BODY_BYTES_MAX, ROLLBACK_BODY_BYTES_MAX};
use crate::publishing::{
    Canary, Diagnostic, Faulty, NotPublished, Publication, Publisher, Purpose, Rejection, Standing,
    Version,
};

fn version(version: u64) -> Version {
    Version {
        version,
        sha256: "ab".repeat(32),
        published_at: Timestamp::from_ms(0),
        source: "api".to_owned(),
    }
}

fn rejection(mistakes: usize) -> Rejection {
    let diagnostic = Diagnostic {
        file: "a.toml".to_owned(),
        place: Some((3, 1)),
        message: "unknown key `wieght`".to_owned(),
        help: "did you mean `weight`?".to_owned(),
        rendered: "a.toml:3:1: error: unknown key `wieght`".to_owned(),
    };
    Rejection {
        at: Timestamp::from_ms(0),
        source: "folder".to_owned(),
        diagnostics: vec![diagnostic; mistakes],
        canary: None,
    }
}

/// A shop whose bundles are the names of what becomes of them.
impl Publisher for Shop {
    fn standing(&self, tenant: &TenantKey) -> Standing {
        assert_eq!(tenant.as_str(), "demo");
        Standing { in_force: Some(version(2)), refused: Some(rejection(1)) }
    }

    fn versions(&self, _: &TenantKey) -> Vec<Version> {
        vec![version(2), version(1)]
    }

    fn publish(
        &self,
        _: &TenantKey,
        bundle: &[u8],
        purpose: Purpose,
    ) -> Result<Publication, NotPublished> {
        match bundle {
            b"malformed" => Err(NotPublished::Malformed("expected value".to_owned())),
            b"wrong" => Err(NotPublished::Refused(rejection(DIAGNOSTICS_TOLD_MAX + 1))),
            b"unlucky" => Err(NotPublished::Failed),
            _ => {
                let faulty = Faulty {
                    campaign: "rare".to_owned(),
                    asked: 34,
                    faults: vec![("rule-error".to_owned(), 2)],
                };
                let canary = Canary {
                    recorded: 32,
                    synthetic: 2,
                    asked: 34,
                    cut_short: false,
                    faulty: vec![faulty],
                };
                let changed = purpose == Purpose::Publish;
                Ok(Publication { version: version(3), changed, canary })
            }
        }
    }

    fn roll_back(&self, _: &TenantKey, wanted: u64) -> Result<Publication, NotPublished> {
        if wanted != 1 {
            return Err(NotPublished::UnknownVersion { known: vec![2, 1] });
        }
        Ok(Publication { version: version(4), changed: true, canary: Canary::default() })
    }
}

async fn post(path: &str, body: &[u8]) -> Answer {
    let key = "Authorization: Bearer right\r\n";
    Plane::start().await.ask("POST", path, key, body).await
}

fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).expect("JSON")
}

#[tokio::test]
async fn the_plan_in_force_and_what_was_refused_since_are_told() {
    let told = ok(&Plane::start().await.get("/v1/plan").await);
    let in_force = json!({
        "version": 2, "sha256": "ab".repeat(32), "published_at": "1970-01-01T00:00:00.000Z",
        "source": "api",
    });
    assert_eq!(told["in_force"], in_force);
    let diagnostic = json!({
        "file": "a.toml", "line": 3, "column": 1, "message": "unknown key `wieght`",
        "help": "did you mean `weight`?", "rendered": "a.toml:3:1: error: unknown key `wieght`",
    });
    let refused = json!({
        "at": "1970-01-01T00:00:00.000Z", "source": "folder", "diagnostics": [diagnostic],
        "diagnostics_total": 1, "canary": null,
    });
    assert_eq!(told["refused"], refused);
    let told = ok(&Plane::start().await.get("/v1/plan/versions").await);
    assert_eq!((&told["in_force"], &told["versions"][1]["version"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn a_publication_tells_its_version_and_what_came_of_trying_it() {
    let told = ok(&post("/v1/plan", b"good").await);
    let canary = json!({
        "recorded": 32, "synthetic": 2, "asked": 34, "cut_short": false,
        "faulty": [{"campaign": "rare", "asked": 34, "faults": {"rule-error": 2}}],
    });
    assert_eq!((&told["version"], &told["changed"]), (&json!(3), &json!(true)));
    assert_eq!(told["canary"], canary);
    let told = ok(&post("/v1/plan?dry_run=true", b"good").await);
    assert_eq!(told["changed"], json!(false), "the purpose arrives");
    post("/v1/plan?dryrun=true", b"good").await.problem(400, "bad-query");
}

#[tokio::test]
async fn a_plan_that_is_wrong_is_refused_with_its_mistakes_but_not_with_any_number() {
    let told = post("/v1/plan", b"wrong").await.problem(422, "plan-refused");
    let diagnostics = told["diagnostics"].as_array().expect("a list");
    assert_eq!(diagnostics.len(), DIAGNOSTICS_TOLD_MAX);
    assert_eq!(told["diagnostics_total"], json!(DIAGNOSTICS_TOLD_MAX + 1));
    assert_eq!(told["detail"], diagnostics[0]["rendered"]);
    post("/v1/plan", b"malformed").await.problem(400, "bad-json");
    post("/v1/plan", b"unlucky").await.problem(500, "internal");
}

#[tokio::test]
async fn a_bundle_that_is_too_large_is_refused_before_it_is_looked_at() {
    let large = vec![b' '; PLAN_BODY_BYTES_MAX + 1];
    post("/v1/plan", &large).await.problem(413, "body-too-large");
}

#[tokio::test]
async fn a_rollback_names_a_version_that_is_kept() {
    assert_eq!(ok(&post("/v1/plan/rollback", br#"{"version": 1}"#).await)["version"], json!(4));
    let told =
        post("/v1/plan/rollback", br#"{"version": 7}"#).await.problem(404, "unknown-version");
    assert_eq!(told["known"], json!([2, 1]));
    for wrong in [&b"{}"[..], b"1", br#"{"version": -1}"#, br#"{"version": 1, "more": 2}"#] {
        post("/v1/plan/rollback", wrong).await.problem(400, "bad-json");
    }
    let large = vec![b' '; ROLLBACK_BODY_BYTES_MAX + 1];
    post("/v1/plan/rollback", &large).await.problem(413, "body-too-large");
}
