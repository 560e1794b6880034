//! Evaluating flags: from the context to the answer.

use std::sync::Arc;

use decision::{Explain, Forced, Plan, Visit};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::{HeaderMap, Request, StatusCode};
use model::{CampaignKey, CustomerId, Decision, Identity, TenantKey, Timestamp, View};
use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::body::{self, BodyError};
use super::caller::Credentials;
use super::{Answer, json, with_problem};
use crate::deciding::{self, Made, Question, Settled};
use crate::keys::Caller;
use crate::limits::DECIDE_BODY_BYTES_MAX;
use crate::ofrep::{Audience, Context, Evaluation, Refusal};
use crate::problem::Problem;
use crate::route::FLAG_PREFIX;
use crate::segment::WireError;
use crate::service::Service;

/// Whom flags are for, and who asks.
struct Asked {
    caller: Caller,
    who: Identity,
    view: Arc<View>,
    now: Timestamp,
}

/// A decision, and what is told with it.
struct Told<'a> {
    decision: &'a Decision,
    tokens: &'a [Option<String>],
    id: &'a str,
    customer: CustomerId,
}

/// Evaluates one flag.
pub(super) async fn flag(
    service: &Service,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let key = request.uri().path().strip_prefix(FLAG_PREFIX).unwrap_or_default();
    let key = percent_decode_str(key).decode_utf8_lossy().into_owned();
    let evaluated = evaluate_one(service, request, &key, now).await;
    Ok(evaluated.unwrap_or_else(|refusal| refused(&refusal, Some(&key))))
}

/// Evaluates all flags.
pub(super) async fn flags(
    service: &Service,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let evaluated = evaluate_all(service, request, now).await;
    Ok(evaluated.unwrap_or_else(|refusal| refused(&refusal, None)))
}

async fn evaluate_one(
    service: &Service,
    request: Request<Incoming>,
    key: &str,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let asked = Asked::read(service, request, now).await?;
    let plan = service.plans.of(asked.tenant());
    let plan = plan.as_ref();
    let planned = CampaignKey::parse(key).ok().and_then(|key| plan?.campaign(&key));
    let campaign = planned
        .map(|planned| &planned.campaign)
        .filter(|campaign| asked.audience().may_know(campaign, now))
        .ok_or_else(Refusal::flag_not_found)?;
    let question = asked.question();
    let mut made = asked.decide(service, plan, &question, Visit::First);
    // What the others would have shown stays unknown: nobody has asked for them.
    made.only(&campaign.key);
    let mut out = Vec::new();
    Asked::record(made, |told| {
        asked.evaluation(plan, told).write_one(campaign, &mut out);
    });
    Ok(json(StatusCode::OK, out))
}

/// All flags, unless the caller has them: then nothing new reaches the page, and nothing is recorded or
/// reserved once more.
async fn evaluate_all(
    service: &Service,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let known = request.headers().clone();
    let asked = Asked::read(service, request, now).await?;
    let plan = service.plans.of(asked.tenant());
    let plan = plan.as_ref();
    let campaigns = plan.into_iter().flat_map(|plan| plan.campaigns()).map(|it| &it.campaign);
    let campaigns: Vec<_> = campaigns.filter(|it| asked.audience().may_know(it, now)).collect();
    let question = asked.question();
    if known.contains_key(IF_NONE_MATCH) {
        // What was reserved for the answer that the caller has is still there for it.
        let made = asked.decide(service, plan, &question, Visit::Again);
        let (decision, customer) = (made.decision(), made.customer());
        let told = Told { decision, tokens: &[], id: "", customer };
        let etag = asked.evaluation(plan, &told).etag(&campaigns);
        if names(&known, &etag) && is_enrolled(service, &told) {
            return Ok(not_modified(&etag));
        }
    }
    let made = asked.decide(service, plan, &question, Visit::First);
    let (mut out, mut etag) = (Vec::new(), String::new());
    Asked::record(made, |told| {
        let evaluation = asked.evaluation(plan, told);
        etag = evaluation.etag(&campaigns);
        evaluation.write_all(&campaigns, &mut out);
    });
    Ok(with_etag(json(StatusCode::OK, out), &etag))
}

/// Whether a customer is enrolled in all that a decision exposes them to. Who is not has an old answer
/// from elsewhere, and what the page shows by it must be recorded.
fn is_enrolled(service: &Service, told: &Told<'_>) -> bool {
    let is_enrolled = deciding::enrolled(service, told.customer);
    told.decision.exposures.iter().all(|exposure| is_enrolled(&exposure.campaign))
}

/// Whether a caller's `If-None-Match` names an entity tag, by the weak comparison of RFC 9110.
fn names(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|tag| opaque(tag) == opaque(etag))
}

fn not_modified(etag: &str) -> Answer {
    let mut answer = json(StatusCode::NOT_MODIFIED, Vec::new());
    answer.headers_mut().remove(CONTENT_TYPE);
    with_etag(answer, etag)
}

fn with_etag(mut answer: Answer, etag: &str) -> Answer {
    let etag = HeaderValue::from_str(etag).expect("a tag is of letters, digits and quotes");
    answer.headers_mut().insert(ETAG, etag);
    answer
}

fn refused(refusal: &Refusal, key: Option<&str>) -> Answer {
    with_problem(&refusal.problem, refusal.body(key), "application/json")
}

/// What a caller is told whose body does not arrive whole.
fn of_body(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLong => WireError::BodyTooLarge { bytes_max: DECIDE_BODY_BYTES_MAX }.into(),
        BodyError::TooSlow => Refusal::unreadable(Problem::body_timeout()),
        BodyError::Broken => Refusal::unreadable(Problem::body_broken()),
    }
}

// === impl Asked ===

impl Asked {
    async fn read(
        service: &Service,
        request: Request<Incoming>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let credentials = Credentials::of(request.headers());
        let bytes = body::read(request, DECIDE_BODY_BYTES_MAX).await.map_err(of_body)?;
        let (caller, _) = credentials.authenticate(service, None)?;
        let Context { who, view } = Context::read(&bytes)?;
        Ok(Self { caller, who, view: Arc::new(view), now })
    }

    fn tenant(&self) -> &TenantKey {
        self.caller.tenant()
    }

    fn audience(&self) -> Audience {
        self.caller.kind().into()
    }

    fn question(&self) -> Question<'_> {
        Question {
            tenant: self.tenant(),
            view: Arc::clone(&self.view),
            traits: &[],
            explain: Explain::No,
            forced: Forced::default(),
            at: self.now,
            now: self.now,
        }
    }

    fn decide<'a>(
        &'a self,
        service: &'a Service,
        plan: Option<&'a Arc<Plan>>,
        question: &'a Question<'a>,
        visit: Visit,
    ) -> Made<'a> {
        let seen = deciding::find(service, self.tenant(), &self.who, self.now, visit);
        deciding::make(service, plan, seen, question)
    }

    /// Records a decision and passes on what came of it.
    fn record(made: Made<'_>, tell: impl FnOnce(&Told<'_>)) {
        let (id, customer) = (Uuid::now_v7(), made.customer());
        let Settled { decision, tokens } = made.record(id);
        let id = id.as_hyphenated().to_string();
        tell(&Told { decision: &decision, tokens: &tokens, id: &id, customer });
    }

    fn evaluation<'a>(&'a self, plan: Option<&Arc<Plan>>, told: &Told<'a>) -> Evaluation<'a> {
        let Told { decision, tokens, id, customer } = *told;
        Evaluation {
            decision,
            tokens,
            customer,
            decision_id: id,
            plan_version: plan.map_or(0, |plan| plan.version()),
            locale: &self.view.locale,
            at: self.now,
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use hyper::header::{HeaderValue, IF_NONE_MATCH};

    use super::names;

    #[test]
    fn a_tag_is_found_in_any_form_in_which_clients_send_it_back() {
        let sent = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
            names(&headers, "W/\"a1\"")
        };
        assert!(sent("W/\"a1\"") && sent("\"a1\"") && sent("\"b2\", W/\"a1\""));
        assert!(!sent("\"a2\"") && !sent("a1") && !sent("*") && !sent(""));
        assert!(!names(&HeaderMap::new(), "W/\"a1\""));
    }
}
