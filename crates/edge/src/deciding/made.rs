//! Recording a decision, and what can be stood by of it.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use decision::{Claims, Plan, Visit};
use model::{
    Campaign, CampaignKey, CustomerId, Decision, Discount, Exposure, OfferMade, Profile, Recent,
    Timestamp, Trait, TraitValue,
};
use rules::limits::TOKEN_VALID_MAX;
use uuid::Uuid;

use super::{Question, Seen, Show, as_known, shed};
use crate::limits::{ON_PAGE_MAX, OVERTAKEN_MAX};
use crate::record::{Exposed, Shown};
use crate::service::Service;
use crate::token::Token;

/// A decision, recorded as far as it could be and should.
pub(crate) struct Settled {
    pub(crate) decision: Decision,
    /// A token for each offer that has one, in the order of the offers; empty when none has.
    pub(crate) tokens: Vec<Option<String>>,
    /// What the page has by recorded exposures, with this answer or before.
    pub(crate) shows: Vec<Show>,
}

/// A decision that nobody knows of yet. Dropped, it gives back what it has reserved.
pub(crate) struct Made<'a> {
    service: &'a Service,
    plan: Option<&'a Arc<Plan>>,
    question: &'a Question<'a>,
    customer: CustomerId,
    visit: Visit,
    on_page: Vec<Show>,
    /// The campaign to which it is confined, if to one.
    only: Option<CampaignKey>,
    decision: Decision,
    claims: Claims<'a>,
}

// === impl Made ===

impl<'a> Made<'a> {
    /// Decides about a customer.
    pub(crate) fn new(
        service: &'a Service,
        plan: Option<&'a Arc<Plan>>,
        seen: Seen,
        question: &'a Question<'a>,
    ) -> Self {
        let Seen { profile, visit, on_page } = seen;
        let (tenant, at) = (question.tenant, question.at);
        let begun = service.clock.instant();
        let judged = with_traits(profile, question.traits, at);
        let (decision, claims) = decided(service, plan, question, &judged, visit, &on_page);
        // Of one who only looks nothing is counted, for no customer was there.
        if plan.is_some() && visit != Visit::Preview {
            service.plans.keep_case(tenant, &judged, &question.view, at);
            service.metrics.decided(tenant, &decision, begun.elapsed());
        }
        let customer = judged.id;
        let only = None;
        Self { service, plan, question, customer, visit, on_page, only, decision, claims }
    }
}

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
        self.only = Some(campaign.clone());
        self.decision.met.retain(|met| met.campaign == *campaign);
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
    pub(crate) fn record(mut self, id: Uuid) -> Settled {
        let recorded = match self.visit {
            Visit::First => self.expose(id),
            Visit::Again | Visit::Preview => true,
            Visit::Unrecorded => false,
        };
        if !recorded {
            self.keep_enrolled_only();
            self.drop_accountable();
        }
        let tokens = self.tokens();
        Settled { decision: self.decision, tokens, shows: self.on_page }
    }

    /// Records what is new; whether that was possible. Decisions about one customer can be made at once, so that none
    /// waits for another's rules; one that would pass a limit of the customer's by another's exposures is made anew.
    fn expose(&mut self, id: Uuid) -> bool {
        let Self { service, plan, question, .. } = *self;
        for _ in 0..OVERTAKEN_MAX {
            let mut exposures = self.decision.exposures.clone();
            exposures.retain(|exposure| self.is_new(&exposure.campaign));
            if exposures.is_empty() {
                return true;
            }
            let met = mem::take(&mut self.decision.met);
            let plan_version = plan.map_or(0, |plan| plan.version());
            let shown = Shown { decision: id, plan_version, at: question.at, exposures, met };
            let none = service.ledger.claims(self.visit, question.now);
            let claims = mem::replace(&mut self.claims, none);
            match service.recorder.exposures(question.tenant, self.customer, shown, claims) {
                Ok(Exposed::Now { at }) => {
                    self.take_shows(id, at);
                    return true;
                }
                Ok(Exposed::Overtaken) => self.make_anew(),
                Err(error) => {
                    shed(service, "exposure", &error);
                    return false;
                }
            }
        }
        service.metrics.shed("exposure");
        false
    }

    /// Notes what the page has since `at`, when the exposures were recorded.
    fn take_shows(&mut self, id: Uuid, at: Timestamp) {
        let new = |exposure: &&Exposure| self.is_new(&exposure.campaign);
        let shows = self.decision.exposures.iter().filter(new).map(|exposure| {
            let recorded = Recent::exposure(exposure.arm(), at, id.as_u128());
            let show = Show::new(&exposure.campaign, id, recorded);
            Show { since: self.question.now, ..show }
        });
        let shows: Vec<Show> = shows.collect();
        self.on_page.extend(shows);
    }

    /// Decides again, about the customer as they are by now.
    fn make_anew(&mut self) {
        let Self { service, plan, question, visit, .. } = *self;
        let profile = as_known(service, question.tenant, self.customer, question.at);
        let profile = with_traits(profile, question.traits, question.at);
        self.customer = profile.id;
        (self.decision, self.claims) =
            decided(service, plan, question, &profile, visit, &self.on_page);
        if let Some(campaign) = self.only.take() {
            self.only(&campaign);
        }
    }

    /// Leaves out of a decision that is not recorded whatever would enrol the customer.
    ///
    /// Of two arms only the treated one would show that something happened, so an unrecorded first
    /// exposure would make the arms differ in whom they hold. Who is enrolled already keeps the offer.
    fn keep_enrolled_only(&mut self) {
        // Nobody is who cannot be loaded.
        let profile = self.service.recorder.profile(self.customer).ok().flatten();
        let is_enrolled =
            |key: &CampaignKey| profile.as_ref().is_some_and(|it| it.enrolment(key).is_some());
        self.decision.offers.retain(|made| is_enrolled(&made.campaign));
        self.decision.exposures.retain(|exposure| is_enrolled(&exposure.campaign));
    }

    /// Leaves out of a decision that could not be recorded whatever has a budget or can be redeemed, and is not on the
    /// page: its reservation was given back, and nobody would count the show.
    fn drop_accountable(&mut self) {
        let Self { plan, on_page, decision, .. } = self;
        let stays = |key: &CampaignKey| {
            let planned = plan.and_then(|plan| plan.campaign(key));
            let accountable = planned.is_some_and(|it| is_accountable(&it.campaign));
            !accountable || on_page.iter().any(|show| show.campaign == *key)
        };
        decision.offers.retain(|made| stays(&made.campaign));
        decision.exposures.retain(|exposure| stays(&exposure.campaign));
    }

    /// A token for each offer that has one, in the order of the offers; empty when none has.
    ///
    /// However often a page asks for what it has, it is given tokens of one number, that of the show: one of them is
    /// redeemed. None of them holds for longer than a day after the show. Without a recorded show there is none.
    fn tokens(&self) -> Vec<Option<String>> {
        let Question { tenant, now, .. } = *self.question;
        let has_token = |made: &OfferMade| made.offer.token_valid.is_some();
        if self.visit == Visit::Preview || !self.decision.offers.iter().any(has_token) {
            return Vec::new();
        }
        let token_of = |made: &OfferMade| {
            let show = self.on_page.iter().find(|show| show.campaign == made.campaign)?;
            let token = Token {
                id: show.number(tenant),
                tenant: tenant.clone(),
                customer: self.customer,
                campaign: made.campaign.clone(),
                variant: made.variant.clone(),
                offer: made.offer.key.clone(),
                discount: made.discount_percent.map(Discount::Percent).or(made.offer.discount),
                issued_at: now,
                expires_at: expiry(now, made.offer.token_valid?, show.since),
            };
            Some(token.sealed(&self.service.token_seal))
        };
        self.decision.offers.iter().map(token_of).collect()
    }
}

/// What the plan decides, and what that reserves.
fn decided<'a>(
    service: &'a Service,
    plan: Option<&Arc<Plan>>,
    question: &Question<'_>,
    profile: &Arc<Profile>,
    visit: Visit,
    on_page: &[Show],
) -> (Decision, Claims<'a>) {
    let kept = on_page.iter().map(|show| show.campaign.clone()).collect();
    let mut claims = service.ledger.claims(visit, question.now).beside(kept);
    let Some(plan) = plan else { return (Decision::default(), claims) };
    let Question { ref view, explain, ref forced, at, .. } = *question;
    let asked = decision::Question { profile, view, now: at, explain, forced };
    (decision::decide(plan, &mut claims, asked), claims)
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

/// Whether a show of a campaign must not happen without a record: its budget is spent, or it can be redeemed.
fn is_accountable(campaign: &Campaign) -> bool {
    campaign.limits.has_budget() || campaign.offers.iter().any(|offer| offer.token_valid.is_some())
}

/// When a token that is made at `now` ends that holds for `valid`, of a show of `since`.
fn expiry(now: Timestamp, valid: Duration, since: Timestamp) -> Timestamp {
    now.plus(valid.min(TOKEN_VALID_MAX)).min(since.plus(ON_PAGE_MAX))
}

#[cfg(test)]
mod tests;
