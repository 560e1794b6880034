//! Why a call to a server brings no answer.

use super::limits::{ANSWER_BYTES_MAX, ANSWER_TIMEOUT};

/// Why a call brings no answer. The message says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The URL is none that this client can call.
    #[error("cannot call {url:?}: {problem}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong, and what to write instead.
        problem: &'static str,
    },
    /// The key cannot be sent.
    #[error("the key has characters that no key has: copy it as `vitrine key create` printed it")]
    Key,
    /// The path cannot be sent.
    #[error("{path:?} is not the path of a URL")]
    Path {
        /// The path.
        path: String,
    },
    /// No connection.
    #[error("cannot connect to {server}: check that the server runs and listens there")]
    Unreachable {
        /// Its host and port.
        server: Box<str>,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The connection broke, or what speaks at the other end is not HTTP.
    #[error("the connection to {server} broke before the answer")]
    Broken {
        /// Its host and port.
        server: Box<str>,
        /// What broke.
        source: hyper::Error,
    },
    /// The connection broke within the answer.
    #[error("the connection to {server} broke within the answer")]
    Cut {
        /// Its host and port.
        server: Box<str>,
        /// What broke.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer takes too long.
    #[error("{server} did not answer within {} s", ANSWER_TIMEOUT.as_secs())]
    NoAnswer {
        /// Its host and port.
        server: Box<str>,
    },
    /// The answer is too long.
    #[error("{server} answered with more than {ANSWER_BYTES_MAX} bytes")]
    AnswerTooLong {
        /// Its host and port.
        server: Box<str>,
    },
}
