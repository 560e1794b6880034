//! The page view: from the question to the answer.
//!
//! Nothing that fails on our side reaches the shop. When the page view cannot be recorded because the
//! journal is behind, or the profile cannot be loaded, the answer has no more offers than can still be
//! decided, and a metric counts it.

use std::sync::Arc;

use decision::{Claims, Explain, Plan, Visit};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use journal::record::Via;
use model::{
    CampaignKey, CustomerId, Decision, Discount, Goal, OfferMade, Profile, TenantKey, Timestamp,
    Trait,
};
use rules::limits::TOKEN_VALID_MAX;
use uuid::Uuid;

use super::caller::Credentials;
use super::{Answer, body, json};
use crate::decide;
use crate::keys::{Caller, Kind};
use crate::limits::DECIDE_BODY_BYTES_MAX;
use crate::problem::Problem;
use crate::record::{Named, RecordError, Recorded, Shown};
use crate::segment::measures;
use crate::service::Service;
use crate::token::Token;
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
    let bytes = body::read(request, DECIDE_BODY_BYTES_MAX)
        .await
        .map_err(|error| body::of_json(error, DECIDE_BODY_BYTES_MAX))?;
    let request = decide::Request::read(&bytes)?;
    let (caller, _) = credentials.authenticate(service, request.write_key.as_deref())?;
    check_privileges(&caller, &request)?;
    let decision_id = Uuid::now_v7();
    let mut id_text = Uuid::encode_buffer();
    let id_text = &*decision_id.as_hyphenated().encode_lower(&mut id_text);
    let at = request.privileged.timestamp.unwrap_or(now);
    let tenant: &TenantKey = caller.tenant();

    let plan = service.plans.of(tenant);
    let plan = plan.as_ref();
    let goals = plan.map_or(&[][..], |plan| plan.goals());
    let seen = see(service, tenant, &request, id_text, goals, Times { at, received_at: now });
    let Seen { profile, visit } = seen;
    let customer = profile.id;
    // By the server's time: what is reserved must not wait for a time that a caller names.
    let mut claims = service.ledger.claims(visit, now);
    let mut decision = match plan {
        Some(plan) => {
            // Rarely kept beyond the decision: a profile that somebody holds has to be copied to change.
            let profile = with_traits(profile, &request, at);
            let view = Arc::new(request.view.clone());
            let explain = if request.privileged.explain { Explain::Yes } else { Explain::No };
            let begun = service.clock.instant();
            let decision = decision::decide(plan, &mut claims, &profile, &view, at, explain);
            service.plans.keep_case(tenant, &profile, &view, at);
            service.metrics.decided(tenant, &decision, begun.elapsed());
            decision
        }
        None => Decision::default(),
    };
    let plan_version = plan.map_or(0, |plan| plan.version());
    let recorded = visit == Visit::First && {
        let exposures = decision.exposures.clone();
        let shown = Shown { decision: decision_id, plan_version, at, exposures };
        expose(service, tenant, customer, shown, claims)
    };
    if !recorded {
        keep_enrolled_only(service, &mut decision, customer);
    }
    if visit == Visit::First && !recorded {
        drop_budgeted(&mut decision, plan);
    }
    let tokens = tokens_of(service, tenant, customer, &decision, now);
    let mut out = Vec::with_capacity(ANSWER_BYTES_USUAL);
    decide::Answer {
        decision_id: id_text,
        customer,
        plan_version,
        locale: &request.view.locale,
        decision: &decision,
        tokens: &tokens,
        explain: request.privileged.explain,
    }
    .write(&mut out);
    Ok(json(StatusCode::OK, out))
}

/// Records what the decision shows or withholds; whether that was possible.
fn expose(
    service: &Service,
    tenant: &TenantKey,
    customer: CustomerId,
    shown: Shown,
    claims: Claims<'_>,
) -> bool {
    if shown.exposures.is_empty() {
        return true;
    }
    let recorded = service.recorder.exposures(tenant, customer, shown, claims);
    if let Err(error) = &recorded {
        shed(service, "exposure", error);
    }
    recorded.is_ok()
}

/// Leaves out of a decision that is not recorded whatever would enrol the customer.
///
/// Of two arms only the treated one would show that something happened, so an unrecorded first
/// exposure would make the arms differ in whom they hold. Who is enrolled already keeps the offer.
fn keep_enrolled_only(service: &Service, decision: &mut Decision, customer: CustomerId) {
    let profile = service.recorder.profile(customer).ok().flatten();
    let is_enrolled = |campaign: &CampaignKey| {
        profile.as_ref().is_some_and(|profile| profile.enrolment(campaign).is_some())
    };
    decision.offers.retain(|made| is_enrolled(&made.campaign));
    decision.exposures.retain(|exposure| is_enrolled(&exposure.campaign));
}

/// Leaves out of a decision that could not be recorded whatever has a budget: its reservation was given
/// back, so nobody would count the show.
fn drop_budgeted(decision: &mut Decision, plan: Option<&Arc<Plan>>) {
    let has_budget = |key: &CampaignKey| {
        let planned = plan.and_then(|plan| plan.campaign(key));
        planned.is_some_and(|planned| planned.campaign.limits.has_budget())
    };
    decision.offers.retain(|made| !has_budget(&made.campaign));
    decision.exposures.retain(|exposure| !has_budget(&exposure.campaign));
}

/// A token for each offer that has one, in the order of the offers; empty when none has.
fn tokens_of(
    service: &Service,
    tenant: &TenantKey,
    customer: CustomerId,
    decision: &Decision,
    now: Timestamp,
) -> Vec<Option<String>> {
    if decision.offers.iter().all(|made| made.offer.token_valid.is_none()) {
        return Vec::new();
    }
    let token_of = |made: &OfferMade| {
        let valid = made.offer.token_valid?.min(TOKEN_VALID_MAX);
        let token = Token {
            id: Uuid::now_v7().as_u128(),
            tenant: tenant.clone(),
            customer,
            campaign: made.campaign.clone(),
            variant: made.variant.clone(),
            offer: made.offer.key.clone(),
            discount: made.discount_percent.map(Discount::Percent).or(made.offer.discount),
            issued_at: now,
            expires_at: now.plus(valid),
        };
        Some(service.seal.seal(&token))
    };
    decision.offers.iter().map(token_of).collect()
}

/// The customer as the page view finds them.
struct Seen {
    profile: Arc<Profile>,
    /// Whether this page view is new and was recorded. One that is repeated, or that the journal had no
    /// room for, exposes nobody, so it must not enrol anybody either.
    visit: Visit,
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
    goals: &[Goal],
    times: Times,
) -> Seen {
    let named = if request.message_id.is_some() { Named::ByClient } else { Named::ByUs };
    let mut event = request.event(id_text, times.at, times.received_at);
    event.measures = measures(goals, &event);
    let hot = service.recorder.is_hot(tenant, &event);
    let find = || match service.recorder.event(tenant, event, Via::Decide, named) {
        Ok(Recorded::Now { profile, .. }) => Seen { profile, visit: Visit::First },
        Ok(Recorded::Before { customer, .. }) => {
            as_known(service, tenant, customer, times.at, Visit::Again)
        }
        Err(error) => {
            shed(service, "view", &error);
            let customer = CustomerId::of(tenant, request.who.primary());
            as_known(service, tenant, customer, times.at, Visit::Unrecorded)
        }
    };
    if hot { find() } else { tokio::task::block_in_place(find) }
}

/// The customer without this page view, or a stranger where nothing is known or can be loaded.
fn as_known(
    service: &Service,
    tenant: &TenantKey,
    customer: CustomerId,
    at: Timestamp,
    visit: Visit,
) -> Seen {
    let profile = service.recorder.profile(customer).unwrap_or_else(|error| {
        shed(service, "profile", &error.into());
        None
    });
    let stranger = || Arc::new(Profile::new(tenant.clone(), customer, at));
    Seen { profile: profile.unwrap_or_else(stranger), visit }
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
    match error {
        RecordError::Journal(error) => tracing::debug!(what, error = %chain(error), "not recorded"),
        RecordError::Store(error) => {
            tracing::error!(what, error = %chain(error), "a profile cannot be loaded");
        }
    }
}
