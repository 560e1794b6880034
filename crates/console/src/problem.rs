//! The one place that turns a refusal into HTTP: `application/problem+json` (RFC 9457).
//!
//! `type` is a URN that programs may rely on, `detail` is for people. What an operator must know is
//! logged where it happens and never sent.

use analytics::AnalyticsError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::limits::RETRY_AFTER_S;
use crate::publishing::{NotPublished, Rejection};
use crate::routes::told_rejection;
use crate::state::Refusal;

/// Why a request is not answered as was asked.
#[derive(Debug)]
pub(crate) enum Problem {
    /// No admin key, or none that is valid.
    Unauthorized,
    /// No such path.
    NotFound,
    /// The path does not know the method.
    MethodNotAllowed,
    /// The path is not UTF-8.
    BadPath,
    /// No such campaign.
    UnknownCampaign { detail: String, known: Vec<String> },
    /// The service may not be sent requests.
    NotReady(Vec<String>),
    /// The query is not one that the path knows.
    BadQuery(String),
    /// The body is not the JSON that is asked for.
    BadJson(String),
    /// The body is too large.
    BodyTooLarge { bytes_max: usize },
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body broke off.
    BodyUnreadable,
    /// The plugin would not be taken.
    PluginRefused(Refusal),
    /// The plan is wrong.
    PlanRefused(Rejection),
    /// No version of the plan is kept under the number.
    UnknownVersion { known: Vec<u64> },
    /// Too many plugins are being checked, or plans published.
    Busy,
    /// The answer took too long.
    Timeout,
    /// A defect of ours.
    Internal,
}

// === impl Problem ===

impl Problem {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound | Self::UnknownCampaign { .. } | Self::UnknownVersion { .. } => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadPath | Self::BadQuery(_) | Self::BadJson(_) | Self::BodyUnreadable => {
                StatusCode::BAD_REQUEST
            }
            Self::NotReady(_) | Self::Busy | Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PluginRefused(_) | Self::PlanRefused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The last part of the type and the title.
    const fn name(&self) -> (&'static str, &'static str) {
        match self {
            Self::Unauthorized => ("unauthorized", "An admin key is required"),
            Self::NotFound => ("not-found", "There is nothing here"),
            Self::MethodNotAllowed => ("method-not-allowed", "The method is not allowed here"),
            Self::BadPath => ("bad-path", "The path is not valid"),
            Self::UnknownCampaign { .. } => ("unknown-campaign", "There is no such campaign"),
            Self::NotReady(_) => ("not-ready", "The service is not ready"),
            Self::BadQuery(_) => ("bad-query", "The query is not valid"),
            Self::BadJson(_) => ("bad-json", "The body is not the JSON that is asked for"),
            Self::BodyTooLarge { .. } => ("body-too-large", "The body is too large"),
            Self::BodyTimeout => ("body-timeout", "The body did not arrive in time"),
            Self::BodyUnreadable => ("body-unreadable", "The body cannot be read"),
            Self::PluginRefused(_) => ("plugin-refused", "The plugin would not be taken"),
            Self::PlanRefused(_) => ("plan-refused", "The plan does not come into force"),
            Self::UnknownVersion { .. } => ("unknown-version", "There is no such version"),
            Self::Busy => ("busy", "Others are being checked or published"),
            Self::Timeout => ("timeout", "The answer took too long"),
            Self::Internal => ("internal", "Something failed inside"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unauthorized => "send the header: Authorization: Bearer, followed by an admin \
                                   key as `vitrine key create` prints it"
                .to_owned(),
            Self::NotFound => {
                "GET /v1/campaigns lists the campaigns; the README lists all paths".to_owned()
            }
            Self::MethodNotAllowed => "the header Allow lists the methods".to_owned(),
            Self::BadPath => "the path must be percent-encoded UTF-8".to_owned(),
            Self::UnknownCampaign { detail, .. } => detail.clone(),
            Self::NotReady(reasons) => reasons.join("; "),
            Self::BadQuery(detail) | Self::BadJson(detail) => detail.clone(),
            Self::BodyTooLarge { bytes_max } => format!("send at most {bytes_max} bytes"),
            Self::BodyTimeout => "send the whole body at once".to_owned(),
            Self::BodyUnreadable => "the connection broke off within the body".to_owned(),
            Self::PluginRefused(refusal) => refusal.detail.clone(),
            Self::PlanRefused(rejection) => match &*rejection.diagnostics {
                [] => "what was in force stays in force".to_owned(),
                [first, ..] => first.rendered.clone(),
            },
            Self::UnknownVersion { known } => {
                let known: Vec<String> = known.iter().map(u64::to_string).collect();
                format!("kept are the versions {}", known.join(", "))
            }
            Self::Busy | Self::Timeout => format!("try again in {RETRY_AFTER_S} seconds"),
            Self::Internal => "the log of the service tells more".to_owned(),
        }
    }

    /// The members of this type of problem only.
    fn members(&self) -> Map<String, Value> {
        let (name, value) = match self {
            Self::UnknownCampaign { known, .. } => ("known", json!(known)),
            Self::NotReady(reasons) => ("reasons", json!(reasons)),
            Self::PluginRefused(refusal) => ("rejection", json!(refusal.name)),
            Self::UnknownVersion { known } => ("known", json!(known)),
            Self::PlanRefused(rejection) => return told_rejection(rejection),
            _ => return Map::new(),
        };
        Map::from_iter([(name.to_owned(), value)])
    }
}

impl From<NotPublished> for Problem {
    fn from(why: NotPublished) -> Self {
        match why {
            NotPublished::Malformed(detail) => Self::BadJson(detail),
            NotPublished::Refused(rejection) => Self::PlanRefused(rejection),
            NotPublished::UnknownVersion { known } => Self::UnknownVersion { known },
            NotPublished::Failed => Self::Internal,
        }
    }
}

impl From<AnalyticsError> for Problem {
    fn from(error: AnalyticsError) -> Self {
        let detail = error.to_string();
        match error {
            AnalyticsError::UnknownCampaign { known, .. } => {
                let known = known.iter().map(ToString::to_string).collect();
                Self::UnknownCampaign { detail, known }
            }
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "no figures can be told");
                Self::Internal
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (name, title) = self.name();
        let mut document = self.members();
        document.insert("type".to_owned(), format!("urn:vitrine:problem:{name}").into());
        document.insert("title".to_owned(), title.into());
        document.insert("status".to_owned(), self.status().as_u16().into());
        document.insert("detail".to_owned(), self.detail().into());
        let body = Value::Object(document).to_string();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::NotReady(_) | Self::Busy | Self::Timeout => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER_S.into());
            }
            _ => {}
        }
        response
    }
}
