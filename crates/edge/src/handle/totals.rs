//! `GET /v1/totals`: what the server has counted for the caller's tenant.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};

use super::caller::Credentials;
use super::{Answer, json};
use crate::keys::Kind;
use crate::limits::TOTALS_WAIT;
use crate::problem::Problem;
use crate::service::Service;

/// Answers with everything that was recorded before the request came.
pub(super) async fn totals(
    service: &Service,
    request: &Request<Incoming>,
) -> Result<Answer, Problem> {
    let (caller, _) = Credentials::of(request.headers()).authenticate(service, None)?;
    if caller.kind() != Kind::Secret {
        return Err(Problem::wrong_kind_of_key("secret"));
    }
    let recorded = service.recorder.appended_lsn();
    if !service.live.wait_applied(recorded, TOTALS_WAIT).await {
        tracing::warn!(recorded, "the live figures are behind");
    }
    let totals = service.live.totals(caller.tenant());
    let body = serde_json::to_vec(&totals).expect("numbers and strings serialise");
    Ok(json(StatusCode::OK, body))
}
