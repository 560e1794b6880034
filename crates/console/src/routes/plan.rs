//! Publishing: which plan is in force, which came before, and the next one.

use std::error::Error;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State as Extract};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::{Admin, Context, Shared, read};
use crate::limits::{DIAGNOSTICS_TOLD_MAX, PLAN_BODY_BYTES_MAX, ROLLBACK_BODY_BYTES_MAX};
use crate::problem::Problem;
use crate::publishing::{
    Canary, Diagnostic, NotPublished, Publication, Purpose, Rejection, Version,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wishes {
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rollback {
    version: u64,
}

/// The paths below `/v1/plan`.
pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/plan", get(standing).post(publish))
        .route("/v1/plan/versions", get(versions))
        .route("/v1/plan/rollback", post(roll_back))
}

async fn standing(Extract(shared): Context, Admin(tenant): Admin) -> Json<Value> {
    let standing = shared.state.publisher.standing(&tenant);
    let refused = standing.refused.as_ref().map(|refused| {
        let mut told = told_rejection(refused);
        told.insert("at".to_owned(), json!(refused.at.to_string()));
        told.insert("source".to_owned(), json!(refused.source));
        told
    });
    Json(json!({
        "in_force": standing.in_force.as_ref().map(told_version),
        "refused": refused,
    }))
}

async fn versions(Extract(shared): Context, Admin(tenant): Admin) -> Json<Value> {
    let in_force = shared.state.publisher.standing(&tenant).in_force;
    let versions = shared.state.publisher.versions(&tenant);
    let versions: Vec<Value> = versions.iter().map(told_version).collect();
    let in_force = in_force.map(|version| version.version);
    Json(json!({"in_force": in_force, "versions": versions}))
}

async fn publish(
    Extract(shared): Context,
    Admin(tenant): Admin,
    wishes: Result<Query<Wishes>, QueryRejection>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let Query(wishes) = wishes.map_err(|error| Problem::BadQuery(error.body_text()))?;
    let purpose = if wishes.dry_run { Purpose::DryRun } else { Purpose::Publish };
    let arriving = shared.bundles_arriving.try_acquire().map_err(|_| Problem::Busy)?;
    let bundle = read(body, PLAN_BODY_BYTES_MAX).await?;
    let place = shared.place_to_publish()?;
    drop(arriving);
    let publisher = Arc::clone(&shared.state.publisher);
    in_place(place, move || publisher.publish(&tenant, &bundle, purpose)).await
}

async fn roll_back(
    Extract(shared): Context,
    Admin(tenant): Admin,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let body = read(body, ROLLBACK_BODY_BYTES_MAX).await?;
    let wanted: Rollback =
        serde_json::from_slice(&body).map_err(|error| Problem::BadJson(error.to_string()))?;
    let place = shared.place_to_publish()?;
    let publisher = Arc::clone(&shared.state.publisher);
    in_place(place, move || publisher.roll_back(&tenant, wanted.version)).await
}

/// Makes a call that blocks.
async fn in_place(
    place: OwnedSemaphorePermit,
    call: impl FnOnce() -> Result<Publication, NotPublished> + Send + 'static,
) -> Result<Json<Value>, Problem> {
    // The place goes along, because a publication outlives a client that hangs up.
    let published = tokio::task::spawn_blocking(move || {
        let outcome = call();
        drop(place);
        outcome
    });
    let published = published.await.map_err(|error| {
        tracing::error!(error = &error as &dyn Error, "a publication broke off");
        Problem::Internal
    })?;
    Ok(Json(told_publication(&published?)))
}

// === impl Shared ===

impl Shared {
    /// One of the places for publications, unless all are taken.
    fn place_to_publish(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.publications).try_acquire_owned().map_err(|_| Problem::Busy)
    }
}

fn told_publication(publication: &Publication) -> Value {
    let mut told = told_version(&publication.version);
    told["changed"] = json!(publication.changed);
    told["canary"] = told_canary(&publication.canary);
    told
}

fn told_version(version: &Version) -> Value {
    json!({
        "version": version.version,
        "sha256": version.sha256,
        "published_at": version.published_at.to_string(),
        "source": version.source,
    })
}

/// What is wrong with a plan, as members of a JSON object.
pub(crate) fn told_rejection(rejection: &Rejection) -> Map<String, Value> {
    let told = rejection.diagnostics.iter().take(DIAGNOSTICS_TOLD_MAX).map(told_diagnostic);
    Map::from_iter([
        ("diagnostics".to_owned(), told.collect()),
        ("diagnostics_total".to_owned(), json!(rejection.diagnostics.len())),
        ("canary".to_owned(), json!(rejection.canary.as_ref().map(told_canary))),
    ])
}

fn told_diagnostic(diagnostic: &Diagnostic) -> Value {
    json!({
        "file": diagnostic.file,
        "line": diagnostic.place.map(|(line, _)| line),
        "column": diagnostic.place.map(|(_, column)| column),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "rendered": diagnostic.rendered,
    })
}

fn told_canary(canary: &Canary) -> Value {
    let faulty = canary.faulty.iter().map(|it| {
        let faults: Map<String, Value> =
            it.faults.iter().map(|(kind, count)| (kind.clone(), json!(count))).collect();
        json!({"campaign": it.campaign, "asked": it.asked, "faults": faults})
    });
    json!({
        "recorded": canary.recorded,
        "synthetic": canary.synthetic,
        "asked": canary.asked,
        "cut_short": canary.cut_short,
        "faulty": faulty.collect::<Vec<Value>>(),
    })
}
