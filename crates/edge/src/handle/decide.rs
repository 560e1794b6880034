//! The page view: from the question to the answer.
//!
//! A page view is an event like any other, so it is recorded before anything is decided; `deciding` does
//! the rest, and has what becomes of failures on our side. One with forced arms only looks: it is judged as the page
//! view would be, and nothing is left of it.

use std::sync::Arc;

use decision::{Explain, ForceError, Forced, Plan, Visit};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use journal::record::Via;
use model::{CustomerId, Event, Profile, TenantKey, Timestamp};
use profiles::fold;
use uuid::{Builder, Uuid, Variant, Version};

use super::caller::Credentials;
use super::{Answer, body, json};
use crate::decide;
use crate::deciding::{self, Made, Question, Seen, Settled, as_known, shed};
use crate::keys::{Caller, Kind};
use crate::limits::{DECIDE_BODY_BYTES_MAX, ON_PAGE_MAX};
use crate::problem::Problem;
use crate::record::{Named, Recorded};
use crate::segment::measures;
use crate::service::Service;

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
    let tenant: &TenantKey = caller.tenant();
    let decision_id = name_of(service, tenant, &request);
    let mut id_text = Uuid::encode_buffer();
    let id_text = &*decision_id.as_hyphenated().encode_lower(&mut id_text);
    let privileged = &request.privileged;

    let plan = service.plans.of(tenant);
    let plan = plan.as_ref();
    let goals = plan.map_or(&[][..], |plan| plan.goals());
    let at = privileged.timestamp.unwrap_or(now);
    let forced = privileged.force.as_deref().map(|force| forced(plan, force)).transpose()?;
    let mut event = request.event(id_text, at, now);
    event.measures = measures(goals, &event);
    let seen = match forced {
        Some(_) => foresee(service, tenant, &event),
        None => see(service, tenant, plan, decision_id, &request, event),
    };
    let question = Question {
        tenant,
        view: Arc::new(request.view.clone()),
        traits: &privileged.traits,
        explain: if privileged.explain { Explain::Yes } else { Explain::No },
        forced: forced.unwrap_or_default(),
        at,
        now,
    };
    let made = Made::new(service, plan, seen, &question);
    let customer = made.customer();
    let Settled { decision, tokens, .. } = made.record(decision_id);
    let mut out = Vec::with_capacity(ANSWER_BYTES_USUAL);
    decide::Answer {
        decision_id: id_text,
        customer,
        plan_version: plan.map_or(0, |plan| plan.version()),
        locale: &request.view.locale,
        decision: &decision,
        tokens: &tokens,
        explain: privileged.explain,
    }
    .write(&mut out);
    Ok(json(StatusCode::OK, out))
}

/// The name of the decision on a page view. One that is sent again, of the same customer by the same name, has the name
/// that it had. It is a MAC, so that nobody can look for a `messageId` by which something else of the customer's is found.
fn name_of(service: &Service, tenant: &TenantKey, request: &decide::Request<'_>) -> Uuid {
    let Some(message_id) = &request.message_id else { return Uuid::now_v7() };
    let whom = CustomerId::of(tenant, request.who.primary()).to_u128().to_be_bytes();
    let said = [tenant.as_str().as_bytes(), b"/", &whom[..], message_id.as_bytes()].concat();
    let named = Builder::from_u128(service.decision_seal.short_mac(&said));
    named.with_version(Version::Custom).with_variant(Variant::RFC4122).into_uuid()
}

/// Folds the page view into the profile and gives the profile.
fn see(
    service: &Service,
    tenant: &TenantKey,
    plan: Option<&Arc<Plan>>,
    decision: Uuid,
    request: &decide::Request<'_>,
    event: Event,
) -> Seen {
    let named = if request.message_id.is_some() { Named::ByClient } else { Named::ByUs };
    let (at, now) = (event.at, event.received_at);
    let hot = service.recorder.is_hot(tenant, &event);
    let find = || match service.recorder.event(tenant, event, Via::Decide, named) {
        Ok(Recorded::Now { profile, .. }) => Seen::new(profile, Visit::First),
        Ok(Recorded::Before { customer, .. }) => {
            let message_id = request.message_id.as_deref().unwrap_or_default();
            let hour = service.recorder.recorded_in_hour(tenant, message_id, now);
            let profile = as_known(service, tenant, customer, at);
            let mut had = deciding::on_page(plan, &profile, at, |_| Some(decision));
            // The page view may tell another time than that at which it came.
            had.iter_mut().for_each(|show| show.since = hour);
            had.retain(|show| show.since.plus(ON_PAGE_MAX) > now);
            Seen { on_page: had, ..Seen::new(profile, Visit::Again) }
        }
        Err(error) => {
            shed(service, "view", &error);
            let customer = CustomerId::of(tenant, request.who.primary());
            Seen::new(as_known(service, tenant, customer, at), Visit::Unrecorded)
        }
    };
    if hot { find() } else { tokio::task::block_in_place(find) }
}

/// The profile as [`see`] would give it of a new page view, which is folded into a copy and not recorded.
fn foresee(service: &Service, tenant: &TenantKey, event: &Event) -> Seen {
    let customer = CustomerId::of(tenant, event.who.primary());
    let mut profile = Profile::clone(&deciding::find(service, tenant, customer, event.at));
    fold(&mut profile, event);
    Seen::new(Arc::new(profile), Visit::Preview)
}

/// The arms that are wanted, in the plan in force.
fn forced(plan: Option<&Arc<Plan>>, force: &[(Box<str>, Box<str>)]) -> Result<Forced, ForceError> {
    let arms = force.iter().map(|(campaign, variant)| (&**campaign, &**variant));
    match plan {
        Some(plan) => Forced::of(plan, arms),
        None if force.is_empty() => Ok(Forced::default()),
        None => Err(ForceError::without_plan()),
    }
}

/// Some members can set prices or tell how decisions are made; a key that browsers have must not.
fn check_privileges(caller: &Caller, request: &decide::Request<'_>) -> Result<(), Problem> {
    match (caller.kind(), request.privileged.field()) {
        (Kind::Publishable, Some(field)) => Err(Problem::needs_secret_key(field)),
        _ => Ok(()),
    }
}
