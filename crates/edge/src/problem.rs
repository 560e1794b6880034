//! The one place where what went wrong becomes an HTTP status, as RFC 9457 problem details.
//!
//! The status decides whether data is lost. Segment's clients take 2xx and 3xx as delivered; they drop
//! the batch on 4xx except 408, 410, 429 and 460, and send it again on 5xx except 501, 505 and 511,
//! and after `Retry-After`. So a 4xx is given only for what will never be right, however often it is
//! sent, and what may be right later is 408, 429 or 503.
//!
//! | status | when |
//! |---|---|
//! | 400 | the body is not as it must be; for tracking calls also when it is too large, as Segment does |
//! | 401 | no key, or not a good one |
//! | 403 | a good key that may not do this |
//! | 404, 405 | no such path, flag or method |
//! | 408 | the body came too slowly |
//! | 409, 410 | a token was redeemed before; its time is over |
//! | 413 | the body of a request that is not Segment's is too large |
//! | 422 | a text that is no token of this tenant |
//! | 503 | the server is behind, stopping, or cannot write; with `Retry-After` |
//!
//! A client reads `detail`; it never repeats what the client sent. What an operator needs is logged
//! elsewhere.

use std::borrow::Cow;

use decision::ForceError;
use hyper::StatusCode;
use journal::AppendError;
use model::Timestamp;
use serde::Serialize;

use crate::keys::AuthError;
use crate::limits::RETRY_AFTER_S;
use crate::record::RecordError;
use crate::segment::WireError;
use crate::upkeep::chain;

/// The media type of [`Problem::body`].
pub(crate) const CONTENT_TYPE: &str = "application/problem+json";

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// What kind of problem it is: a path that is stable, for programs.
    pub(crate) kind: &'static str,
    /// The kind in words.
    pub(crate) title: &'static str,
    /// What is wrong this time, and what to do about it.
    pub(crate) detail: Cow<'static, str>,
    /// The stable name of why an event was refused, if that is the problem.
    pub(crate) reason: Option<&'static str>,
    /// Whole seconds after which to try again, for the `Retry-After` header.
    pub(crate) retry_after_s: Option<u32>,
    /// The methods allowed, for the `Allow` header of a 405.
    pub(crate) allow: Option<&'static str>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

// === impl Problem ===

impl Problem {
    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let detail = detail.into();
        Self { status, kind, title, detail, reason: None, retry_after_s: None, allow: None }
    }

    /// The body, as JSON.
    pub(crate) fn body(&self) -> Vec<u8> {
        let body = Body {
            r#type: self.kind,
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            reason: self.reason,
        };
        serde_json::to_vec(&body).expect("text and numbers are JSON")
    }

    /// 404: nothing is at this path.
    pub(crate) fn not_found() -> Self {
        let detail = "nothing is at this path";
        Self::new(StatusCode::NOT_FOUND, "/problems/not-found", "Not found", detail)
    }

    /// 404: no campaign that the caller may know of has this name.
    pub(crate) fn flag_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "/problems/flag-not-found",
            "Flag not found",
            "no campaign that runs has this key",
        )
    }

    /// 400: a context that names nobody.
    pub(crate) fn targeting_key_missing() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "/problems/targeting-key-missing",
            "Targeting key missing",
            "`context.targetingKey` is missing: it names the customer",
        )
    }

    /// 405: the path takes other methods; `allow` names them.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "/problems/method-not-allowed",
            "Method not allowed",
            format!("this path takes {allow}"),
        );
        Self { allow: Some(allow), ..problem }
    }

    /// 408: the body did not arrive in time. Clients send it again.
    pub(crate) fn body_timeout() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "/problems/request-timeout",
            "Request timeout",
            "the body did not arrive in time",
        )
    }

    /// 400: the connection ended in the middle of the body, or its encoding is wrong.
    pub(crate) fn body_broken() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "/problems/broken-body",
            "Broken body",
            "the body ended before it was complete, or its chunks are not well-formed",
        )
    }

    /// 413: the body is too large for a path that is not Segment's.
    pub(crate) fn body_too_large(bytes_max: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "/problems/body-too-large",
            "Body too large",
            format!("the body is larger than {bytes_max} bytes"),
        )
    }

    /// 401: no key came along.
    pub(crate) fn no_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "/problems/missing-key",
            "Missing API key",
            "send the API key as `Authorization: Bearer KEY`, as the user name of `Basic`, as \
             `X-API-Key`, or as `writeKey` in the body",
        )
    }

    /// 403: the key's tenant is not served here any more.
    pub(crate) fn no_tenant() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/unknown-tenant",
            "Unknown tenant",
            "the API key is good, but its tenant is not in this server's configuration",
        )
    }

    /// 403: a good key of a kind that may not do this; `needed` is the kind that may.
    pub(crate) fn wrong_kind_of_key(needed: &'static str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/wrong-kind-of-key",
            "Wrong kind of API key",
            format!("this needs a {needed} key"),
        )
    }

    /// 403: a member of the body that only a secret key may send.
    pub(crate) fn needs_secret_key(field: &'static str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/secret-key-needed",
            "Secret key needed",
            format!("`{field}` may only be sent with a secret key, from the shop's server"),
        )
    }

    /// 403: the page's origin is not on the tenant's list.
    pub(crate) fn origin_not_allowed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "/problems/origin-not-allowed",
            "Origin not allowed",
            "pages of this origin may not call; the tenant's list of origins says which may",
        )
    }

    /// 409: a token is redeemed once; this one was, in the hour that began at `hour`.
    pub(crate) fn already_redeemed(hour: Timestamp) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "/problems/already-redeemed",
            "Already redeemed",
            format!("the token was redeemed before, in the hour that began at {hour}"),
        )
    }

    /// 410: the time of a token is over since `expired_at`.
    pub(crate) fn token_expired(expired_at: Timestamp) -> Self {
        Self::new(
            StatusCode::GONE,
            "/problems/token-expired",
            "Token expired",
            format!("the offer ended at {expired_at}"),
        )
    }

    /// 422: no token of this tenant. Why is not told: it would help nobody but who makes some up.
    pub(crate) fn invalid_token() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "/problems/invalid-token",
            "Invalid token",
            "this is no token of an offer that this shop has made",
        )
    }

    /// 503: it may be right later. Clients send it again after `Retry-After`.
    fn unavailable(kind: &'static str, title: &'static str, detail: &'static str) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, title, detail);
        Self { retry_after_s: Some(RETRY_AFTER_S), ..problem }
    }
}

impl From<WireError> for Problem {
    /// What is wrong with a body.
    fn from(error: WireError) -> Self {
        let (kind, title) = match error {
            WireError::BodyTooLarge { .. } => ("/problems/body-too-large", "Body too large"),
            WireError::NotUtf8 { .. } | WireError::InvalidJson { .. } | WireError::NotAnObject => {
                ("/problems/invalid-json", "Invalid JSON")
            }
            WireError::MissingBatch => ("/problems/missing-batch", "Missing batch"),
            WireError::TooManyEvents { .. } => ("/problems/too-many-events", "Too many events"),
            WireError::InvalidField { .. } => ("/problems/invalid-field", "Invalid field"),
            WireError::Event(_) => ("/problems/invalid-event", "Invalid event"),
        };
        let reason = match error {
            WireError::Event(reason) => Some(reason.as_str()),
            _ => None,
        };
        Self { reason, ..Self::new(StatusCode::BAD_REQUEST, kind, title, error.to_string()) }
    }
}

impl From<ForceError> for Problem {
    /// Why an arm cannot be forced. The names that it tells are the shop's own, told to who has a secret key.
    fn from(error: ForceError) -> Self {
        let (kind, title) = ("/problems/unknown-arm", "Unknown arm");
        Self::new(StatusCode::BAD_REQUEST, kind, title, error.to_string())
    }
}

impl From<AuthError> for Problem {
    /// Why a key is refused.
    fn from(error: AuthError) -> Self {
        let (kind, title) = ("/problems/invalid-key", "Invalid API key");
        Self::new(StatusCode::UNAUTHORIZED, kind, title, error.to_string())
    }
}

impl From<AppendError> for Problem {
    /// Why nothing can be promised to be durable.
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Backlogged => {
                let detail = "more waits to be stored than the server allows; send again later";
                Self::unavailable("/problems/overloaded", "Overloaded", detail)
            }
            AppendError::Fenced => {
                let detail = "the server cannot store events at the moment; send again later";
                Self::unavailable("/problems/not-durable", "Not durable", detail)
            }
            AppendError::Closed => {
                let detail = "the server is stopping; send again";
                Self::unavailable("/problems/stopping", "Stopping", detail)
            }
        }
    }
}

impl From<RecordError> for Problem {
    /// Why an event could not be recorded.
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Journal(error) => error.into(),
            RecordError::Store(error) => {
                tracing::error!(error = %chain(&error), "a profile cannot be read");
                let detail = "the server cannot read its profiles at the moment; send again later";
                Self::unavailable("/problems/not-durable", "Not durable", detail)
            }
        }
    }
}

#[cfg(test)]
mod tests;
