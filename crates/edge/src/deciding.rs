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
use std::time::Duration;

use decision::{Claims, Explain, Forced, Plan, Visit};
use model::{
    Campaign, CampaignKey, CustomerId, Decision, Discount, OfferMade, Profile, TenantKey,
    Timestamp, Trait, TraitValue, View,
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
    /// When it was asked first, by the server's clock, or before.
    pub(crate) asked_at: Timestamp,
    /// What the page has already.
    pub(crate) on_page: Vec<Show>,
}

/// What a page has of a campaign since an earlier decision, be it an offer or the lack of one.
#[derive(Clone, Debug)]
pub(crate) struct Show {
    pub(crate) campaign: CampaignKey,
    /// The decision by which the customer was exposed to it.
    pub(crate) decision: Uuid,
    /// When that was made, by the server's clock, or before.
    pub(crate) at: Timestamp,
}

/// A decision, recorded as far as it could be and should.
pub(crate) struct Settled {
    pub(crate) decision: Decision,
    /// A token for each offer that has one, in the order of the offers; empty when none has.
    pub(crate) tokens: Vec<Option<String>>,
    /// What the page had before.
    pub(crate) on_page: Vec<Show>,
}

/// A decision that nobody knows of yet. Dropped, it gives back what it has reserved.
pub(crate) struct Made<'a> {
    service: &'a Service,
    plan: Option<&'a Arc<Plan>>,
    question: &'a Question<'a>,
    customer: CustomerId,
    visit: Visit,
    asked_at: Timestamp,
    on_page: Vec<Show>,
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
    let Seen { profile, visit, asked_at, on_page } = seen;
    let customer = profile.id;
    let kept = on_page.iter().map(|show| show.campaign.clone()).collect();
    let mut claims = service.ledger.claims(visit, question.now).beside(kept);
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
    Made { service, plan, question, customer, visit, asked_at, on_page, decision, claims }
}

/// The customer as they are known without this question, from the disk if need be.
pub(crate) fn find(
    service: &Service,
    tenant: &TenantKey,
    customer: CustomerId,
    at: Timestamp,
) -> Arc<Profile> {
    let find = || as_known(service, tenant, customer, at);
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
) -> Arc<Profile> {
    let profile = service.recorder.profile(customer).unwrap_or_else(|error| {
        shed(service, "profile", &error.into());
        None
    });
    let stranger = || Arc::new(Profile::new(tenant.clone(), customer, at));
    profile.unwrap_or_else(stranger)
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

/// What a page has of the campaigns in which its customer is. `decision` tells by which decision it would have an arm;
/// it is believed where an exposure to that arm by that decision is remembered, of less than [`ON_PAGE_MAX`] before `at`.
pub(crate) fn on_page(
    plan: Option<&Arc<Plan>>,
    profile: &Profile,
    at: Timestamp,
    decision: impl Fn(&Campaign) -> Option<Uuid>,
) -> Vec<Show> {
    let since = at.minus(ON_PAGE_MAX);
    let arms = plan.into_iter().flat_map(|plan| plan.arms_of(profile));
    let shows = arms.filter_map(|(campaign, arm)| {
        let decision = decision(campaign)?;
        let at = profile.exposure_by(decision.as_u128(), arm)?.at();
        (at > since).then(|| Show { campaign: campaign.key.clone(), decision, at })
    });
    shows.collect()
}

// === impl Seen ===

impl Seen {
    /// A page that has nothing yet.
    pub(crate) const fn new(profile: Arc<Profile>, visit: Visit, asked_at: Timestamp) -> Self {
        Self { profile, visit, asked_at, on_page: Vec::new() }
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
        self.on_page.iter().all(|show| show.campaign != *campaign)
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

    /// What the page has already.
    pub(crate) fn on_page(&self) -> &[Show] {
        &self.on_page
    }

    /// Records what the decision shows or withholds, under the name `id`, and gives what can be stood by. Of one
    /// that only looks nothing is recorded, and nothing of it can be redeemed.
    pub(crate) fn record(self, id: Uuid) -> Settled {
        let Self { service, plan, question, customer, visit, asked_at, on_page, .. } = self;
        let (mut decision, claims) = (self.decision, self.claims);
        if visit == Visit::Preview {
            return Settled { decision, tokens: Vec::new(), on_page };
        }
        let is_new = |campaign: &CampaignKey| on_page.iter().all(|show| show.campaign != *campaign);
        let recorded = visit == Visit::First && {
            let mut exposures = decision.exposures.clone();
            exposures.retain(|exposure| is_new(&exposure.campaign));
            let plan_version = plan.map_or(0, |plan| plan.version());
            let shown = Shown { decision: id, plan_version, at: question.at, exposures };
            expose(service, question.tenant, customer, shown, claims)
        };
        if !recorded {
            keep_enrolled_only(service, &mut decision, customer);
        }
        if visit == Visit::First && !recorded {
            drop_budgeted(&mut decision, plan, is_new);
        }
        let show_of = |campaign: &CampaignKey| {
            let known = on_page.iter().find(|show| show.campaign == *campaign);
            known.map_or((id, asked_at), |show| (show.decision, show.at))
        };
        let tokens = tokens_of(service, question, customer, &decision, show_of);
        Settled { decision, tokens, on_page }
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
fn drop_budgeted(
    decision: &mut Decision,
    plan: Option<&Arc<Plan>>,
    is_new: impl Fn(&CampaignKey) -> bool,
) {
    let stays = |key: &CampaignKey| {
        let planned = plan.and_then(|plan| plan.campaign(key));
        !is_new(key) || planned.is_none_or(|planned| !planned.campaign.limits.has_budget())
    };
    decision.offers.retain(|made| stays(&made.campaign));
    decision.exposures.retain(|exposure| stays(&exposure.campaign));
}

/// A token for each offer that has one, in the order of the offers; empty when none has. `show_of` tells by which
/// decision the page has a campaign, and since when at most.
///
/// However often a page asks for what it has, it is given tokens of one number, that of the show: one of them is redeemed.
/// None of them holds for longer than redemptions are remembered.
fn tokens_of(
    service: &Service,
    question: &Question<'_>,
    customer: CustomerId,
    decision: &Decision,
    show_of: impl Fn(&CampaignKey) -> (Uuid, Timestamp),
) -> Vec<Option<String>> {
    let Question { tenant, now, .. } = *question;
    if decision.offers.iter().all(|made| made.offer.token_valid.is_none()) {
        return Vec::new();
    }
    let token_of = |made: &OfferMade| {
        let (show, shown_at) = show_of(&made.campaign);
        let token = Token {
            id: number_of(tenant, show, &made.campaign),
            tenant: tenant.clone(),
            customer,
            campaign: made.campaign.clone(),
            variant: made.variant.clone(),
            offer: made.offer.key.clone(),
            discount: made.discount_percent.map(Discount::Percent).or(made.offer.discount),
            issued_at: now,
            expires_at: expiry(now, made.offer.token_valid?, shown_at)?,
        };
        Some(token.sealed(&service.token_seal))
    };
    decision.offers.iter().map(token_of).collect()
}

/// The number of a show: the decision that made it, which is no other customer's, and its campaign.
fn number_of(tenant: &TenantKey, decision: Uuid, campaign: &CampaignKey) -> u128 {
    let (tenant, campaign) = (tenant.as_str().as_bytes(), campaign.as_str().as_bytes());
    u128::from_be_bytes(digest(&[decision.as_bytes(), tenant, b"/", campaign]))
}

/// When a token that is made at `now` ends that holds for `valid`, of a show of `shown_at`; `None` when that is over.
fn expiry(now: Timestamp, valid: Duration, shown_at: Timestamp) -> Option<Timestamp> {
    let expires_at = now.plus(valid.min(TOKEN_VALID_MAX)).min(shown_at.plus(ON_PAGE_MAX));
    (expires_at > now).then_some(expires_at)
}

#[cfg(test)]
mod tests;
