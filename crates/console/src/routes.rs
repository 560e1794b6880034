//! What is answered to whom.

mod plan;

use std::error::Error;
use std::sync::Arc;

use analytics::{Design, Report};
use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Request, State as Extract};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::LengthLimitError;
use model::TenantKey;
use prometheus::TextEncoder;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::limits::{
    BODY_TIMEOUT, BUNDLES_ARRIVING_MAX, CHECKS_MAX, FIGURES_WAIT, PLUGIN_BODY_BYTES_MAX,
    PUBLICATIONS_MAX, REQUEST_TIMEOUT,
};
use crate::problem::Problem;
use crate::state::State;

pub(crate) use plan::told_rejection;

/// What handlers share.
struct Shared {
    state: State,
    checks: Arc<Semaphore>,
    bundles_arriving: Semaphore,
    publications: Arc<Semaphore>,
}

/// The tenant of an authenticated admin; only the extractor makes one.
struct Admin(TenantKey);

type Context = Extract<Arc<Shared>>;

/// Every path of the control plane.
pub(crate) fn router(state: State) -> Router {
    let shared = Shared {
        state,
        checks: Arc::new(Semaphore::new(CHECKS_MAX)),
        bundles_arriving: Semaphore::new(BUNDLES_ARRIVING_MAX),
        publications: Arc::new(Semaphore::new(PUBLICATIONS_MAX)),
    };
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/v1/campaigns", get(campaigns))
        .route("/v1/campaigns/{key}/report", get(report))
        .route("/v1/totals", get(totals))
        .route("/v1/plugins/check", post(check_plugin))
        .merge(plan::router())
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(middleware::from_fn(bound_time))
        .with_state(Arc::new(shared))
}

async fn bound_time(request: Request, next: Next) -> Response {
    let answer = timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answer.unwrap_or_else(|_| Problem::Timeout.into_response())
}

async fn livez() -> &'static str {
    "alive\n"
}

async fn readyz(Extract(shared): Context) -> Result<&'static str, Problem> {
    let reasons = shared.state.readiness.reasons();
    if reasons.is_empty() { Ok("ready\n") } else { Err(Problem::NotReady(reasons)) }
}

async fn metrics(Extract(shared): Context) -> Result<Response, Problem> {
    let families = shared.state.registry.gather();
    let text = TextEncoder::new().encode_to_string(&families).map_err(|error| {
        tracing::error!(error = &error as &dyn Error, "metrics cannot be written");
        Problem::Internal
    })?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}

async fn campaigns(Extract(shared): Context, Admin(tenant): Admin) -> Json<Value> {
    let plan = shared.state.catalogue.plan(&tenant).unwrap_or_default();
    let campaigns = plan.campaigns.iter().map(|design| {
        let variants: Vec<&str> = design.arms.iter().map(|arm| arm.variant.as_str()).collect();
        json!({
            "key": design.campaign.as_str(),
            "control": design.control.as_str(),
            "variants": variants,
        })
    });
    let campaigns: Vec<Value> = campaigns.collect();
    Json(json!({"plan_version": plan.version, "campaigns": campaigns}))
}

async fn report(
    Extract(shared): Context,
    Admin(tenant): Admin,
    key: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(key) = key.map_err(|_| Problem::BadPath)?;
    shared.wait_for_figures().await;
    let mut designs = shared.state.catalogue.plan(&tenant).unwrap_or_default().campaigns;
    if designs.iter().all(|design| design.campaign.as_str() != key) {
        designs.extend(former(&shared, &tenant, &key).await?);
    }
    let report = Report::of(&shared.state.live, &tenant, &key, &designs)?;
    if wants_text(&headers) {
        return Ok(report.to_table().into_response());
    }
    Ok(Json(report).into_response())
}

/// The campaign as it last was in force.
async fn former(shared: &Shared, tenant: &TenantKey, key: &str) -> Result<Option<Design>, Problem> {
    let (catalogue, tenant) = (Arc::clone(&shared.state.catalogue), tenant.clone());
    let key = key.to_owned();
    let found = tokio::task::spawn_blocking(move || catalogue.former(&tenant, &key));
    found.await.map_err(|error| {
        tracing::error!(error = &error as &dyn Error, "the search of earlier plans broke off");
        Problem::Internal
    })
}

async fn totals(Extract(shared): Context, Admin(tenant): Admin) -> Response {
    shared.wait_for_figures().await;
    Json(shared.state.live.totals(&tenant)).into_response()
}

async fn check_plugin(
    Extract(shared): Context,
    Admin(tenant): Admin,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let source = read(body, PLUGIN_BODY_BYTES_MAX).await?;
    let busy = |_| Problem::Busy;
    let place = Arc::clone(&shared.checks).try_acquire_owned().map_err(busy)?;
    let gate = Arc::clone(&shared.state.gate);
    // The place goes along, because the check outlives a client that hangs up.
    let check = tokio::task::spawn_blocking(move || {
        let outcome = gate.check(&source);
        drop(place);
        outcome
    });
    let outcome = check.await.map_err(|error| {
        tracing::error!(error = &error as &dyn Error, "a plugin check broke off");
        Problem::Internal
    })?;
    let digest = outcome.map_err(|refusal| {
        tracing::info!(%tenant, rejection = refusal.name, "plugin refused");
        Problem::PluginRefused(refusal)
    })?;
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Json(json!({"digest": digest})))
}

async fn read(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let bytes = timeout(BODY_TIMEOUT, to_bytes(body, bytes_max)).await;
    bytes.map_err(|_| Problem::BodyTimeout)?.map_err(|error| match error.source() {
        Some(cause) if cause.is::<LengthLimitError>() => Problem::BodyTooLarge { bytes_max },
        _ => Problem::BodyUnreadable,
    })
}

fn wants_text(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.trim_start().starts_with("text/plain"))
}

// === impl Shared ===

impl Shared {
    /// Waits until the figures hold what was recorded before the request, but not for long.
    async fn wait_for_figures(&self) {
        let lsn = (self.state.recorded_lsn)();
        if !self.state.live.wait_applied(lsn, FIGURES_WAIT).await {
            let applied_lsn = self.state.live.applied_lsn();
            tracing::warn!(lsn, applied_lsn, "figures are told although they are behind");
        }
    }
}

// === impl Admin ===

impl FromRequestParts<Arc<Shared>> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, key) =
            header.and_then(|header| header.split_once(' ')).ok_or(Problem::Unauthorized)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::Unauthorized);
        }
        let tenant = shared.state.authenticator.admin(key.trim());
        tenant.map(Self).ok_or(Problem::Unauthorized)
    }
}
