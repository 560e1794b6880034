//! The page view: from the question to the answer.
//!
//! Nothing that fails on our side reaches the shop. When the page view cannot be recorded because the
//! journal is behind, or the profile cannot be loaded, the answer has no more offers than can still be
//! decided, and a metric counts it.

use std::sync::Arc;

use decision::Explain;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use journal::record::Via;
use model::{CustomerId, Decision, Profile, TenantKey, Timestamp, Trait};
use uuid::Uuid;

use super::caller::Credentials;
use super::{Answer, body, json};
use crate::decide;
use crate::keys::{Caller, Kind};
use crate::limits::DECIDE_BODY_BYTES_MAX;
use crate::problem::Problem;
use crate::record::{RecordError, Recorded, Shown};
use crate::service::Service;
use crate::upkeep::chain;

/// Room for the answer with one offer, so that it is written without growing.
const ANSWER_BYTES_USUAL: usize = 1_024;

/// Answers one page view.
pub(super) async fn decide(
    service: &Service,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let credentials = Credentials::of(request.headers());
    let bytes = body::read(request, DECIDE_BODY_BYTES_MAX).await.map_err(body::of_decide)?;
    let request = decide::Request::read(&bytes)?;
    let (caller, _) = credentials.authenticate(service, request.write_key.as_deref())?;
    check_privileges(&caller, &request)?;
    let decision_id = Uuid::now_v7();
    let mut id_text = Uuid::encode_buffer();
    let id_text = &*decision_id.as_hyphenated().encode_lower(&mut id_text);
    let at = request.privileged.timestamp.unwrap_or(now);
    let tenant: &TenantKey = caller.tenant();

    let seen = see(service, tenant, &request, id_text, Times { at, received_at: now });
    let plans = service.plans.load();
    let plan = plans.of(tenant);
    let decision = match plan {
        Some(plan) => {
            let profile = with_traits(seen.profile, &request, at);
            let view = Arc::new(request.view.clone());
            let explain = if request.privileged.explain { Explain::Yes } else { Explain::No };
            let begun = service.clock.instant();
            let decision = decision::decide(plan, &profile, &view, at, explain);
            service.metrics.decided(tenant, &decision, begun.elapsed());
            decision
        }
        None => Decision::default(),
    };
    let plan_version = plan.map_or(0, |plan| plan.version());
    let mut out = Vec::with_capacity(ANSWER_BYTES_USUAL);
    decide::Answer {
        decision_id: id_text,
        customer: seen.customer,
        plan_version,
        locale: &request.view.locale,
        decision: &decision,
        tokens: &[],
        explain: request.privileged.explain,
    }
    .write(&mut out);
    if seen.first_time && !decision.exposures.is_empty() {
        let exposures = decision.exposures;
        let shown = Shown { decision: decision_id.as_u128(), plan_version, at, exposures };
        if let Err(error) = service.recorder.exposures(tenant, seen.customer, shown) {
            shed(service, "exposure", &error);
        }
    }
    Ok(json(StatusCode::OK, out))
}

/// The customer as the page view finds them.
struct Seen {
    customer: CustomerId,
    profile: Arc<Profile>,
    /// Whether this page view is new: a repeated `messageId` is answered, but exposes nobody again.
    first_time: bool,
}

/// When a page view happened, and when it came.
#[derive(Clone, Copy)]
struct Times {
    at: Timestamp,
    received_at: Timestamp,
}

/// Folds the page view into the profile and gives the profile.
fn see(
    service: &Service,
    tenant: &TenantKey,
    request: &decide::Request<'_>,
    id_text: &str,
    times: Times,
) -> Seen {
    let event = request.event(id_text, times.at, times.received_at);
    let hot = service.recorder.is_hot(tenant, &event);
    let find = || -> Result<(Recorded, Option<Arc<Profile>>), RecordError> {
        let recorded = service.recorder.event(tenant, event, Via::Decide)?;
        Ok((recorded, service.recorder.profile(recorded.customer)?))
    };
    match if hot { find() } else { tokio::task::block_in_place(find) } {
        Ok((recorded, profile)) => Seen {
            customer: recorded.customer,
            profile: profile.unwrap_or_else(|| stranger(tenant, recorded.customer, times.at)),
            first_time: !recorded.duplicate,
        },
        Err(error) => {
            shed(service, "view", &error);
            let customer = CustomerId::of(tenant, request.who.primary());
            let profile = service.recorder.profile(customer).ok().flatten();
            let profile = profile.unwrap_or_else(|| stranger(tenant, customer, times.at));
            Seen { customer, profile, first_time: true }
        }
    }
}

fn stranger(tenant: &TenantKey, customer: CustomerId, at: Timestamp) -> Arc<Profile> {
    Arc::new(Profile::new(tenant.clone(), customer, at))
}

/// The profile as the caller wants it judged: with the traits that came along, for this decision only.
fn with_traits(
    profile: Arc<Profile>,
    request: &decide::Request<'_>,
    at: Timestamp,
) -> Arc<Profile> {
    if request.privileged.traits.is_empty() {
        return profile;
    }
    let mut judged = Profile::clone(&profile);
    for (name, value) in &request.privileged.traits {
        let told = Trait { name: name.clone(), value: value.clone(), set_at: at };
        match judged.traits.binary_search_by(|known| known.name.cmp(name)) {
            Ok(place) => judged.traits[place] = told,
            Err(place) => judged.traits.insert(place, told),
        }
    }
    Arc::new(judged)
}

/// Some members can set prices or tell how decisions are made; a key that browsers have must not.
fn check_privileges(caller: &Caller, request: &decide::Request<'_>) -> Result<(), Problem> {
    match (caller.kind(), request.privileged.field()) {
        (Kind::Publishable, Some(field)) => Err(Problem::needs_secret_key(field)),
        _ => Ok(()),
    }
}

fn shed(service: &Service, what: &'static str, error: &RecordError) {
    service.metrics.shed(what);
    tracing::debug!(what, error = %chain(error), "not recorded");
}
