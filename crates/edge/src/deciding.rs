//! What a page view and an evaluation of flags have in common: a decision is made, and then recorded.
//!
//! ```text
//!            page view                      flags, previews
//! find       recorded as an event           as they are known,        Seen
//!                                           a preview's view folded
//!                                           into a copy
//! make       the plan decides; budgets lend what it shows             Made
//!                                           nothing new: dropped, and nothing has happened
//! record     exposures and what they reserve; else less is offered    Settled
//!            a token for each offer that can be redeemed
//! ```
//!
//! Nothing that fails on our side reaches the shop. What cannot be recorded because the journal is behind, or
//! a profile that cannot be loaded, ends as a decision with no more offers than can be stood by, and a
//! metric counts it. How the question came, and how it is answered, is none of this module's business.

use std::sync::Arc;

use decision::{Claims, Explain, Forced, Plan, Visit};
use model::{
    CampaignKey, CustomerId, Decision, Discount, Identity, OfferMade, Profile, TenantKey,
    Timestamp, Trait, TraitValue, VariantKey, View,
};
use rules::limits::TOKEN_VALID_MAX;
use uuid::Uuid;

use crate::digest::digest;
use crate::limits::ON_PAGE_MAX;
use crate::record::{RecordError, Shown};
use crate::service::Service;
use crate::token::Token;
use crate::upkeep::chain;

/// What is asked about a customer.
pub(crate) struct Question<'a> {
    /// Whose shop it is.
    pub(crate) tenant: &'a TenantKey,
    /// The page, as rules and plugins see it.
    pub(crate) view: Arc<View>,
    /// Traits that are taken as known, for this decision only.
    pub(crate) traits: &'a [(Box<str>, TraitValue)],
    /// Whether to tell why each campaign did or did not answer.
    pub(crate) explain: Explain,
    /// The arms that are wanted, whoever the customer is.
    pub(crate) forced: Forced,
    /// The time as of which to decide.
    pub(crate) at: Timestamp,
    /// The server's time. What is reserved must not wait for a time that a caller names.
    pub(crate) now: Timestamp,
}

/// The customer as the question finds them.
pub(crate) struct Seen {
    pub(crate) profile: Arc<Profile>,
    /// Whether the question is new and can be recorded. One that is repeated, or that the journal had no
    /// room for, exposes nobody, so it must not enrol anybody either; neither must one that only looks.
    pub(crate) visit: Visit,
    /// The campaigns of which the page has the customer's arm already.
    pub(crate) on_page: Vec<CampaignKey>,
}

/// A decision, recorded as far as it could be and should.
pub(crate) struct Settled {
    pub(crate) decision: Decision,
    /// A token for each offer that has one, in the order of the offers; empty when none has.
    pub(crate) tokens: Vec<Option<String>>,
}

/// A decision that nobody knows of yet. Dropped, it gives back what it has reserved.
pub(crate) struct Made<'a> {
    service: &'a Service,
    plan: Option<&'a Arc<Plan>>,
    question: &'a Question<'a>,
    customer: CustomerId,
    visit: Visit,
    decision: Decision,
    claims: Claims<'a>,
}

/// Decides about a customer.
pub(crate) fn make<'a>(
    service: &'a Service,
    plan: Option<&'a Arc<Plan>>,
    seen: Seen,
    question: &'a Question<'a>,
) -> Made<'a> {
    let Seen { profile, visit, on_page } = seen;
    let customer = profile.id;
    let mut claims = service.ledger.claims(visit, question.now).beside(on_page);
    let decision = match plan {
        Some(plan) => {
            let Question { tenant, ref view, traits, explain, ref forced, at, .. } = *question;
            // Rarely kept beyond the decision: a profile that somebody holds has to be copied to change.
            let profile = with_traits(profile, traits, at);
            let begun = service.clock.instant();
            let asked = decision::Question { profile: &profile, view, now: at, explain, forced };
            let decision = decision::decide(plan, &mut claims, asked);
            // Of one who only looks nothing is counted, for no customer was there.
            if visit != Visit::Preview {
                service.plans.keep_case(tenant, &profile, view, at);
                service.metrics.decided(tenant, &decision, begun.elapsed());
            }
            decision
        }
        None => Decision::default(),
    };
    Made { service, plan, question, customer, visit, decision, claims }
}

/// The customer as they are known without this question, from the disk if need be.
pub(crate) fn find(
    service: &Service,
    tenant: &TenantKey,
    who: &Identity,
    at: Timestamp,
    visit: Visit,
) -> Seen {
    let customer = CustomerId::of(tenant, who.primary());
    let find = || as_known(service, tenant, customer, at, visit);
    let hot = service.recorder.is_hot_profile(customer);
    if hot { find() } else { tokio::task::block_in_place(find) }
}

/// The customer as they are known without this question, or a stranger where nothing is known or can be
/// loaded.
pub(crate) fn as_known(
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
    Seen::new(profile.unwrap_or_else(stranger), visit)
}

/// Counts, and logs, that something could not be recorded or loaded.
pub(crate) fn shed(service: &Service, what: &'static str, error: &RecordError) {
    service.metrics.shed(what);
    match error {
        RecordError::Journal(error) => tracing::debug!(what, error = %chain(error), "not recorded"),
        RecordError::Store(error) => {
            tracing::error!(what, error = %chain(error), "a profile cannot be loaded");
        }
    }
}

// === impl Seen ===

impl Seen {
    /// A page that has nothing yet.
    pub(crate) const fn new(profile: Arc<Profile>, visit: Visit) -> Self {
        Self { profile, visit, on_page: Vec::new() }
    }

    /// A page that has what its customer was exposed to within [`ON_PAGE_MAX`], as far as it `has` the campaign's arm.
    pub(crate) fn keeping(
        mut self,
        plan: Option<&Arc<Plan>>,
        at: Timestamp,
        has: impl Fn(&Profile, &CampaignKey, &VariantKey) -> bool,
    ) -> Self {
        let since = at.minus(ON_PAGE_MAX);
        let arms = plan.into_iter().flat_map(|plan| plan.arms_since(&self.profile, since));
        let kept = arms.filter(|(campaign, arm)| has(&self.profile, campaign, arm));
        self.on_page = kept.map(|(campaign, _)| campaign.clone()).collect();
        self
    }
}

// === impl Made ===

impl Made<'_> {
    /// The customer's canonical name.
    pub(crate) fn customer(&self) -> CustomerId {
        self.customer
    }

    /// What would be answered if it could be recorded.
    pub(crate) fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Whether there is anything to record: the decision exposes the customer to more than what is on the page.
    pub(crate) fn has_news(&self) -> bool {
        self.decision.exposures.iter().any(|exposure| self.is_new(&exposure.campaign))
    }

    fn is_new(&self, campaign: &CampaignKey) -> bool {
        self.claims.visit(campaign) == Visit::First
    }

    /// Leaves out of the decision all campaigns but one, as if they had never been decided on. That the customer came
    /// into the tenant's holdout stays, whichever campaign it was by: both of its arms come into it alike.
    pub(crate) fn only(&mut self, campaign: &CampaignKey) {
        self.decision.offers.retain(|made| made.campaign == *campaign);
        let shows = !self.decision.offers.is_empty();
        self.decision.exposures.retain_mut(|exposure| {
            let is_holdout = exposure.campaign.is_holdout();
            exposure.shown &= shows || !is_holdout;
            is_holdout || exposure.campaign == *campaign
        });
        self.claims.release_others(campaign);
    }

    /// Records what the decision shows or withholds, under the name `id`, and gives what can be stood by. Of one
    /// that only looks nothing is recorded, and nothing of it can be redeemed.
    pub(crate) fn record(self, id: Uuid) -> Settled {
        let exposures = self.decision.exposures.iter();
        let on_page = exposures.map(|exposure| &exposure.campaign).filter(|it| !self.is_new(it));
        let on_page: Vec<CampaignKey> = on_page.cloned().collect();
        let Self { service, plan, question, customer, visit, mut decision, claims } = self;
        if visit == Visit::Preview {
            return Settled { decision, tokens: Vec::new() };
        }
        let recorded = visit == Visit::First && {
            let mut exposures = decision.exposures.clone();
            exposures.retain(|exposure| !on_page.contains(&exposure.campaign));
            let plan_version = plan.map_or(0, |plan| plan.version());
            let shown = Shown { decision: id, plan_version, at: question.at, exposures };
            expose(service, question.tenant, customer, shown, claims)
        };
        if !recorded {
            keep_enrolled_only(service, &mut decision, customer);
        }
        if visit == Visit::First && !recorded {
            drop_budgeted(&mut decision, plan, &on_page);
        }
        let tokens = tokens_of(service, question, customer, id, &decision);
        Settled { decision, tokens }
    }
}

/// The profile as the caller wants it judged.
fn with_traits(
    profile: Arc<Profile>,
    traits: &[(Box<str>, TraitValue)],
    at: Timestamp,
) -> Arc<Profile> {
    if traits.is_empty() {
        return profile;
    }
    let mut judged = Profile::clone(&profile);
    for (name, value) in traits {
        let told = Trait { name: name.clone(), value: value.clone(), set_at: at };
        match judged.traits.binary_search_by(|known| known.name.cmp(name)) {
            Ok(place) => judged.traits[place] = told,
            Err(place) => judged.traits.insert(place, told),
        }
    }
    Arc::new(judged)
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
    // Nobody is who cannot be loaded.
    let profile = service.recorder.profile(customer).ok().flatten();
    let is_enrolled =
        |key: &CampaignKey| profile.as_ref().is_some_and(|it| it.enrolment(key).is_some());
    decision.offers.retain(|made| is_enrolled(&made.campaign));
    decision.exposures.retain(|exposure| is_enrolled(&exposure.campaign));
}

/// Leaves out of a decision that could not be recorded whatever has a budget and is not on the page: its
/// reservation was given back, so nobody would count the show.
fn drop_budgeted(decision: &mut Decision, plan: Option<&Arc<Plan>>, on_page: &[CampaignKey]) {
    let has_budget = |key: &CampaignKey| {
        let planned = plan.and_then(|plan| plan.campaign(key));
        let has_budget = planned.is_some_and(|planned| planned.campaign.limits.has_budget());
        has_budget && !on_page.contains(key)
    };
    decision.offers.retain(|made| !has_budget(&made.campaign));
    decision.exposures.retain(|exposure| !has_budget(&exposure.campaign));
}

/// A token for each offer that has one, in the order of the offers; empty when none has.
fn tokens_of(
    service: &Service,
    question: &Question<'_>,
    customer: CustomerId,
    id: Uuid,
    decision: &Decision,
) -> Vec<Option<String>> {
    let Question { tenant, now, .. } = *question;
    if decision.offers.iter().all(|made| made.offer.token_valid.is_none()) {
        return Vec::new();
    }
    let profile = service.recorder.profile(customer).ok().flatten();
    let token_of = |made: &OfferMade| {
        let valid = made.offer.token_valid?.min(TOKEN_VALID_MAX);
        let token = Token {
            id: token_id(profile.as_deref(), id, &made.campaign),
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

/// The number of the token for a show of a campaign, which is that of a recorded exposure: by this decision, or else the
/// last, for what the page has already and for what could not be recorded. So a page that asks again is given another token
/// of the same number, and what was recorded once is redeemed once, for as long as redemptions are remembered. Without
/// any exposure the token has a number of its own. No customer is in it, so that a merge keeps it: of two customers who are
/// exposed in one millisecond it is the same with odds of 1 to 2^16, and then one of them is refused.
fn token_id(profile: Option<&Profile>, decision: Uuid, campaign: &CampaignKey) -> u128 {
    let exposure = profile.and_then(|profile| {
        let by_this = profile.exposure_by(decision.as_u128(), campaign);
        by_this.or_else(|| profile.last_exposure(campaign))
    });
    let (Some(profile), Some(exposure)) = (profile, exposure) else {
        return Uuid::now_v7().as_u128();
    };
    let (at, id) = (exposure.at().ms().to_be_bytes(), exposure.id().to_be_bytes());
    let (tenant, campaign) = (profile.tenant.as_str().as_bytes(), campaign.as_str().as_bytes());
    u128::from_be_bytes(digest(&[&at, &id, tenant, b"/", campaign, b"/"]))
}
