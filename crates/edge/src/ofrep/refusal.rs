//! Why nothing is evaluated, in the protocol's form.
//!
//! The status is that of the [`Problem`]; the protocol knows 400, 401, 403, 404, 429 and 500. Its schemas leave the key
//! and the code out of some bodies, but real clients look for both, and for `errorDetails`, in each.

use serde::Serialize;

use crate::problem::Problem;
use crate::segment::WireError;

/// Why nothing is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What is answered.
    pub(crate) problem: Problem,
    code: Code,
}

/// OpenFeature's names of what can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Code {
    ParseError,
    TargetingKeyMissing,
    InvalidContext,
    FlagNotFound,
    General,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    error_code: Code,
    error_details: &'a str,
}

// === impl Refusal ===

impl Refusal {
    /// The context names nobody.
    pub(crate) fn targeting_key_missing() -> Self {
        Self { problem: Problem::targeting_key_missing(), code: Code::TargetingKeyMissing }
    }

    /// There is no such flag.
    pub(crate) fn flag_not_found() -> Self {
        Self { problem: Problem::flag_not_found(), code: Code::FlagNotFound }
    }

    /// The body could not be read to its end, for a reason that other paths give another status than the 400 which
    /// the protocol has for it.
    pub(crate) fn unreadable(problem: Problem) -> Self {
        let problem = Problem { status: hyper::StatusCode::BAD_REQUEST, ..problem };
        Self { problem, code: Code::ParseError }
    }

    /// The body, as JSON; with the key of the flag where one was asked for.
    pub(crate) fn body(&self, key: Option<&str>) -> Vec<u8> {
        let body = Body { key, error_code: self.code, error_details: &self.problem.detail };
        serde_json::to_vec(&body).expect("text is JSON")
    }
}

impl From<WireError> for Refusal {
    /// What is wrong with a body.
    fn from(error: WireError) -> Self {
        let code = match error {
            WireError::BodyTooLarge { .. }
            | WireError::NotUtf8 { .. }
            | WireError::InvalidJson { .. }
            | WireError::NotAnObject => Code::ParseError,
            WireError::MissingBatch
            | WireError::TooManyEvents { .. }
            | WireError::InvalidField { .. }
            | WireError::Event(_) => Code::InvalidContext,
        };
        Self { problem: error.into(), code }
    }
}

impl From<Problem> for Refusal {
    /// Anything that is not about the flag or its context, such as who calls.
    fn from(problem: Problem) -> Self {
        Self { problem, code: Code::General }
    }
}
