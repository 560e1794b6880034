//! Evaluating flags: from the context to the answer.

use std::sync::Arc;

use decision::{Explain, Forced, Plan, Visit};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, ETAG};
use hyper::{Request, StatusCode};
use model::{CampaignKey, CustomerId, Decision, Identity, TenantKey, Timestamp, View};
use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::body::{self, BodyError};
use super::caller::Credentials;
use super::{Answer, json, with_problem};
use crate::deciding::{self, Made, Question, Seen, Settled, Show};
use crate::keys::Caller;
use crate::limits::DECIDE_BODY_BYTES_MAX;
use crate::ofrep::{Audience, Context, Evaluation, Refusal, Tag};
use crate::problem::Problem;
use crate::route::FLAG_PREFIX;
use crate::seal::Seal;
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
    shows: &'a [Show],
    id: Uuid,
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
    let seen = asked.find(service);
    let mut made = Made::new(service, plan, seen, &question);
    // What the others would have shown stays unknown: nobody has asked for them.
    made.only(&campaign.key);
    Ok(Asked::record(made, |told| {
        let mut out = Vec::new();
        asked.evaluation(plan, told).write_one(campaign, &mut out);
        json(StatusCode::OK, out)
    }))
}

/// All flags. What the caller has already is neither recorded nor reserved once more; when that is all, and as the
/// caller has it, there is nothing to send.
async fn evaluate_all(
    service: &Service,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let known = Tag::listed(request.headers(), &service.tag_seal);
    let asked = Asked::read(service, request, now).await?;
    let plan = service.plans.of(asked.tenant());
    let plan = plan.as_ref();
    let campaigns = plan.into_iter().flat_map(|plan| plan.campaigns()).map(|it| &it.campaign);
    let campaigns: Vec<_> = campaigns.filter(|it| asked.audience().may_know(it, now)).collect();
    let question = asked.question();
    let mut seen = asked.find(service);
    let decisions = |campaign: &CampaignKey| -> Vec<Uuid> {
        known.iter().filter_map(|tag| tag.decision_on(campaign)).collect()
    };
    seen.on_page = deciding::on_page(plan, &seen.profile, now, decisions);
    let made = Made::new(service, plan, seen, &question);
    if !made.has_news() {
        let (decision, shows, customer) = (made.decision(), made.on_page(), made.customer());
        let told = Told { decision, tokens: &[], shows, id: Uuid::nil(), customer };
        let tag = asked.evaluation(plan, &told).tag(&campaigns);
        if let Some(known) = known.iter().find(|known| known.means_the_same_as(&tag)) {
            let mut answer = json(StatusCode::NOT_MODIFIED, Vec::new());
            answer.headers_mut().remove(CONTENT_TYPE);
            return Ok(with_tag(answer, known, &service.tag_seal));
        }
    }
    Ok(Asked::record(made, |told| {
        let (evaluation, mut out) = (asked.evaluation(plan, told), Vec::new());
        evaluation.write_all(&campaigns, &mut out);
        with_tag(json(StatusCode::OK, out), &evaluation.tag(&campaigns), &service.tag_seal)
    }))
}

fn with_tag(mut answer: Answer, tag: &Tag, seal: &Seal) -> Answer {
    answer.headers_mut().insert(ETAG, tag.to_header(seal));
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

    fn find(&self, service: &Service) -> Seen {
        let customer = CustomerId::of(self.tenant(), self.who.primary());
        let profile = deciding::find(service, self.tenant(), customer, self.now);
        Seen::new(profile, Visit::First)
    }

    /// Records a decision and makes an answer of what came of it.
    fn record(made: Made<'_>, tell: impl FnOnce(&Told<'_>) -> Answer) -> Answer {
        let (id, customer) = (Uuid::now_v7(), made.customer());
        let Settled { decision, tokens, shows } = made.record(id);
        tell(&Told { decision: &decision, tokens: &tokens, shows: &shows, id, customer })
    }

    fn evaluation<'a>(&'a self, plan: Option<&Arc<Plan>>, told: &Told<'a>) -> Evaluation<'a> {
        let Told { decision, tokens, shows, id, customer } = *told;
        Evaluation {
            decision,
            tokens,
            customer,
            decision_id: id,
            shows,
            plan_version: plan.map_or(0, |plan| plan.version()),
            locale: &self.view.locale,
            at: self.now,
        }
    }
}
