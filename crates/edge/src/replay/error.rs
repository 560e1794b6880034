//! Why a replay ends early.

use std::io;
use std::path::PathBuf;

use serde_json::Value;

use super::limits::LINKED_NAMES_MAX;
use crate::client::{Answer, ClientError};

/// Why a replay ends early. What was sent before stays sent; running it again sends the rest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// The log cannot be opened.
    #[error("cannot open {}: check the path and its permissions", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The log cannot be read to its end.
    #[error("cannot read {} after line {after_line}; the rows up to there were sent", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The last line that could be read.
        after_line: u64,
        /// What the operating system or the decompression said.
        source: io::Error,
    },
    /// The first line is not the header that the format has.
    #[error("{} is no rees46 log: {problem}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
    /// The server cannot be called.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server is not one that this log can be sent to with this key.
    #[error("the server answered {call} with {status}: {detail}{}", remedy(*status))]
    Refused {
        /// What was called.
        call: &'static str,
        /// The HTTP status.
        status: u16,
        /// What the server said.
        detail: String,
    },
    /// The totals are not text.
    #[error("the answer of the server to GET /v1/totals is not JSON: is it a Vitrine server?")]
    NotTotals,
    /// More names belong together than can be remembered.
    #[error(
        "the log links more than {LINKED_NAMES_MAX} names of customers; send it with --connections 1, \
         which keeps the order without remembering names"
    )]
    TooManyNames,
    /// The other side of the replay has ended first, and tells why.
    #[error("the replay was stopped")]
    Stopped,
}

// === impl ReplayError ===

impl ReplayError {
    /// The error that an answer is after which the other rows need not be tried.
    pub(super) fn of_answer(call: &'static str, answer: &Answer) -> Self {
        Self::Refused { call, status: answer.status, detail: detail_of(&answer.body) }
    }
}

/// What a problem document says, or the beginning of the answer where it is none.
pub(super) fn detail_of(body: &[u8]) -> String {
    let problem: Option<Value> = serde_json::from_slice(body).ok();
    let detail = problem.as_ref().and_then(|problem| problem.get("detail")?.as_str());
    match detail {
        Some(detail) => detail.to_owned(),
        None => String::from_utf8_lossy(body).trim().chars().take(200).collect(),
    }
}

fn remedy(status: u16) -> &'static str {
    match status {
        401 | 403 => {
            "\n  help: --key takes a secret key, made by `vitrine key create --kind secret`, and \
             --server the address of the data plane"
        }
        404 => "\n  help: --server takes the address of the data plane, by default port 8080",
        _ => "",
    }
}
