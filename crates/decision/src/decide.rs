//! The decision.
//!
//! Everything that decides whether a customer is counted for a campaign happens before anybody looks at
//! the arm: to which campaign of a layer the customer belongs, who gets the placement, the group and the
//! page, limits and budgets, eligibility, the rule's faults, and the check of what a plugin suggests. The
//! arm alone then decides whether the offer is in the answer. An arm that shows something reserves the show
//! last of all, because only then is it known what there is to pay for; that the room was there was settled
//! before, for all arms alike.

use std::sync::Arc;

use model::limits::PROFILE_CAMPAIGNS_MAX;
use model::{
    Campaign, CampaignKey, CustomerLimit, Decision, Enrolment, Explanation, Exposure, Fault,
    FaultKind, HoldoutArm, Judgement, Met, Money, Offer, OfferMade, Placement, Profile, Reason,
    Timestamp, Variant, View,
};
use plugins::{GuestFault, Input, Suggestion};
use rules::limits::CUSTOMER_SHOWS_MAX;

use crate::composition::Composition;
use crate::force::Forced;
use crate::index::Rank;
use crate::layers::Belonging;
use crate::limits::{DEADLINE_TICKS, MET_OF_LATE};
use crate::plan::{Entry, percent_of};
use crate::rule::Asker;
use crate::{Claims, Plan, Visit, cost};

/// Whether a decision tells why each campaign did or did not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Explain {
    /// No explanations, as for shops' pages.
    #[default]
    No,
    /// One explanation for each campaign of the plan. The decision is the same.
    Yes,
}

/// A page view as a question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The customer, with the view folded in already.
    pub profile: &'a Arc<Profile>,
    /// The page.
    pub view: &'a Arc<View>,
    /// The time of the request.
    pub now: Timestamp,
    /// Whether to tell why each campaign did or did not answer.
    pub explain: Explain,
    /// The arms that are forced, for a preview that is not to be recorded.
    pub forced: &'a Forced,
}

/// Decides what to do on a page view. Never fails and never writes.
///
/// What the decision shows at the cost of a budget is reserved in `claims`; whoever does not record it drops
/// them. The same arguments give the same decision as long as budgets have the same room, no deadline is met
/// and no rule's breaker is open.
pub fn decide(plan: &Plan, claims: &mut Claims<'_>, question: Question<'_>) -> Decision {
    let Question { profile, view, now, explain, forced } = question;
    debug_assert_eq!(profile.tenant, *plan.tenant(), "another tenant's customer");
    let candidates = plan.candidates(view);
    if candidates.is_empty() && forced.is_empty() && explain == Explain::No {
        return Decision::default();
    }
    let input = Input { profile: Arc::clone(profile), view: Arc::clone(view), now, seed: 0 };
    let asker = Asker::new(plan.compiled(), input);
    let asker = if claims.is_preview() { asker.looking() } else { asker };
    let mut round = Round {
        plan,
        claims,
        profile,
        now,
        asker,
        deadline: plan.tick().saturating_add(DEADLINE_TICKS),
        composition: Composition::default(),
        layers: Vec::new(),
        arm: plan.gate().and_then(|gate| gate.arm_of(profile)),
        decision: Decision::default(),
    };
    let mut judgements = Vec::new();
    let mut note = |rank, judgement| {
        if explain == Explain::Yes {
            judgements.push((rank, judgement));
        }
    };
    for (rank, variant) in forced.arms() {
        note(rank, round.force(&plan.entries()[rank], variant));
    }
    for rank in candidates.into_iter().filter(|rank| !forced.has(*rank)) {
        note(rank, round.judge(&plan.entries()[rank]));
    }
    let mut decision = round.finished();
    if explain == Explain::Yes {
        decision.explanations = explanations(plan, view, judgements);
    }
    decision
}

/// One decision while it is being made.
struct Round<'p, 'c, 'l> {
    plan: &'p Plan,
    /// What the decision has reserved so far.
    claims: &'c mut Claims<'l>,
    profile: &'p Profile,
    now: Timestamp,
    asker: Asker<'p>,
    /// The tick from which on no further rule is asked.
    deadline: u64,
    /// The campaigns that are on the page.
    composition: Composition<'p>,
    /// Where the customer is in each layer that was asked for, by its place in the plan.
    layers: Vec<(usize, Belonging<'p>)>,
    /// The customer's arm of the tenant's holdout, once in it.
    arm: Option<HoldoutArm>,
    decision: Decision,
}

/// One explanation for each campaign, in the order of the plan.
fn explanations(
    plan: &Plan,
    view: &View,
    mut judgements: Vec<(Rank, Judgement)>,
) -> Vec<Explanation> {
    judgements.sort_by_key(|(rank, _)| *rank);
    let mut judgements = judgements.into_iter().peekable();
    let entries = plan.entries().iter().enumerate();
    entries
        .map(|(rank, entry)| {
            let campaign = &entry.planned.campaign;
            let judged = judgements.next_if(|(judged, _)| *judged == rank);
            let judgement = match judged {
                Some((_, judgement)) => judgement,
                None if can_fill(view, &campaign.placement) => Judgement::OtherPage,
                None => Judgement::OtherPlacement,
            };
            Explanation { campaign: campaign.key.clone(), judgement }
        })
        .collect()
}

fn can_fill(view: &View, placement: &Placement) -> bool {
    view.placements.is_empty() || view.placements.contains(placement)
}

// === impl Question ===

impl<'a> Question<'a> {
    /// A question that wants no explanations and forces nothing.
    pub fn new(profile: &'a Arc<Profile>, view: &'a Arc<View>, now: Timestamp) -> Self {
        Self { profile, view, now, explain: Explain::No, forced: Forced::nothing() }
    }

    /// The same question, with explanations.
    #[must_use]
    pub fn explained(self) -> Self {
        Self { explain: Explain::Yes, ..self }
    }
}

// === impl Round ===

impl<'p> Round<'p, '_, '_> {
    /// Settles the fate of one campaign whose placement and page fit.
    fn judge(&mut self, entry: &'p Entry) -> Judgement {
        let campaign = &entry.planned.campaign;
        if self.arm == Some(HoldoutArm::HeldOut) {
            return Judgement::HeldOut;
        }
        // Before its place is taken by what the page did not have.
        let Some(visit) = self.claims.visit(&campaign.key) else { return Judgement::NotRepeated };
        if let Some(judgement) = self.elsewhere(entry) {
            return judgement;
        }
        if let Some(judgement) = self.obstacle(campaign, visit) {
            return judgement;
        }
        match self.ask(entry) {
            // Its placement stays free for the next.
            Err(fault) => Judgement::Faulty(self.note(entry, fault)),
            Ok(None) => Judgement::NotEligible,
            Ok(Some(suggestion)) => self.expose(entry, suggestion),
        }
    }

    /// What the rule of a campaign has to suggest for the customer, if it wants them, while there is time.
    fn ask(&mut self, entry: &Entry) -> Result<Option<Suggestion>, GuestFault> {
        if self.plan.tick() >= self.deadline {
            return Err(GuestFault { kind: FaultKind::DeadlineExceeded, detail: "".into() });
        }
        let suggestion = self.asker.ask(&entry.planned.campaign.key, &entry.planned.rule)?;
        match suggestion.as_ref().and_then(|suggestion| excess(entry, suggestion)) {
            Some(detail) => Err(GuestFault { kind: FaultKind::BadOffer, detail }),
            None => Ok(suggestion),
        }
    }

    /// The judgement on a campaign whose layer has the customer in another part.
    fn elsewhere(&mut self, entry: &Entry) -> Option<Judgement> {
        let campaign = &entry.planned.campaign;
        let (place, range) = (entry.layer?, campaign.experiment.layer.as_ref()?);
        let belonging = self.belonging(place);
        if belonging.allows(&campaign.key, range) {
            return None;
        }
        let by = match belonging {
            Belonging::In(by) => Some(by.clone()),
            Belonging::At(_) => None,
        };
        Some(Judgement::ElsewhereInLayer { by })
    }

    /// Where the customer is in a layer of the plan, worked out once.
    fn belonging(&mut self, layer: usize) -> Belonging<'p> {
        if let Some((_, known)) = self.layers.iter().find(|(place, _)| *place == layer) {
            return *known;
        }
        let plan = self.plan;
        let belonging = plan.layer(layer).belonging(self.profile);
        self.layers.push((layer, belonging));
        belonging
    }

    /// What keeps a campaign off the page whoever the rule wants, if anything.
    fn obstacle(&self, campaign: &Campaign, visit: Visit) -> Option<Judgement> {
        if !campaign.schedule.includes(self.now) {
            return Some(Judgement::OutsideSchedule);
        }
        if let Some(objection) = self.composition.objection(campaign) {
            return Some(objection);
        }
        // What the page has stays: it was within the limits when it came there, and they must not part the arms now.
        if visit == Visit::Again {
            return None;
        }
        if !self.has_place_for(campaign) {
            return Some(Judgement::CustomerFull);
        }
        if self.is_sated_with(campaign) {
            return Some(Judgement::CustomerLimit);
        }
        (!self.has_room_for(campaign)).then_some(Judgement::BudgetSpent)
    }

    /// Whether the customer's profile can take in a campaign, or keep it, without forgetting one that was met of late or
    /// is on this page.
    fn has_place_for(&self, campaign: &Campaign) -> bool {
        let (enrolments, exposures) = (&self.profile.enrolments, &self.decision.exposures);
        // The campaign, and the holdout that its customer may come into.
        if enrolments.len() + exposures.len() + 2 <= PROFILE_CAMPAIGNS_MAX {
            return true;
        }
        let since = self.now.minus(MET_OF_LATE);
        let is_exposed = |key: &CampaignKey| exposures.iter().any(|it| it.campaign == *key);
        let stays = |known: &Enrolment| {
            known.last_at > since || known.campaign.is_holdout() || is_exposed(&known.campaign)
        };
        if self.profile.enrolment(&campaign.key).is_some_and(stays) {
            return true;
        }
        let kept = enrolments.iter().filter(|known| stays(known)).count();
        let is_new = |key: &CampaignKey| self.profile.enrolment(key).is_none();
        let entered = exposures.iter().filter(|it| is_new(&it.campaign)).count();
        let holdout = usize::from(self.arm.is_none() && self.plan.gate().is_some());
        kept + entered + holdout < PROFILE_CAMPAIGNS_MAX
    }

    /// Whether the customer was exposed to a campaign as often as its limit allows, in whichever arm: who
    /// is exposed too often must not depend on the arm.
    fn is_sated_with(&self, campaign: &Campaign) -> bool {
        let Some(limit) = campaign.limits.per_customer else { return false };
        let exposures = self.met(campaign, limit).times;
        // A profile remembers no more than this, so a larger limit would never be reached.
        let is_full = usize::try_from(exposures).is_ok_and(|count| count >= CUSTOMER_SHOWS_MAX);
        exposures >= limit.shows || is_full
    }

    fn met(&self, campaign: &Campaign, limit: CustomerLimit) -> Met {
        let since = self.now.minus(limit.within);
        let times = self.profile.exposures_since(&campaign.key, since);
        Met { campaign: campaign.key.clone(), since, times }
    }

    /// Whether the budget of a campaign, if it has one, has room for the dearest of its offers. The
    /// customer's own is the arm's, which must not matter yet.
    fn has_room_for(&self, campaign: &Campaign) -> bool {
        let (limits, profile) = (&campaign.limits, self.profile);
        if !limits.has_budget() {
            return true;
        }
        let dearest = limits.discount.map(|most| cost::largest(campaign, profile, most.currency));
        // Where a cost is counted and cannot be told, there is no room.
        let Some(cost) = dearest.map_or(Some(None), |cost| cost.map(Some)) else { return false };
        self.claims.have_room(self.plan.tenant(), &campaign.key, limits, cost)
    }

    /// Reserves one show of an offer, if the campaign has a budget; `false` when others have taken
    /// what room there was since [`Self::obstacle`] looked.
    fn reserve(&mut self, campaign: &Campaign, offer: &Offer, percent: Option<u8>) -> bool {
        if !campaign.limits.has_budget() {
            return true;
        }
        let profile = self.profile;
        let discount: Option<Money> = campaign
            .limits
            .discount
            .and_then(|most| cost::cost(offer, percent, profile, most.currency));
        let (tenant, limits) = (self.plan.tenant(), &campaign.limits);
        self.claims.take(tenant, &campaign.key, limits, discount)
    }

    /// Notes that the rule of a campaign could not answer.
    fn note(&mut self, entry: &Entry, GuestFault { kind, detail }: GuestFault) -> FaultKind {
        let campaign = entry.planned.campaign.key.clone();
        self.decision.faults.push(Fault { campaign, kind, detail });
        kind
    }

    /// The arm of the tenant's holdout in which an eligible customer is, or comes now; `None` when there is no
    /// holdout.
    fn enter_holdout(&mut self, entry: &Entry) -> Option<HoldoutArm> {
        if let (None, Some(gate)) = (self.arm, self.plan.gate()) {
            let arm = gate.assign(self.profile.id);
            let exposure = gate.exposure(arm, self.profile, self.now, entry.rule_digest);
            self.decision.exposures.push(exposure);
            self.arm = Some(arm);
        }
        self.arm
    }

    /// The decision when all campaigns are judged.
    fn finished(self) -> Decision {
        let mut decision = self.decision;
        let entered = decision.exposures.iter_mut().find(|it| it.campaign.is_holdout());
        if let Some(entered) = entered {
            entered.shown = !decision.offers.is_empty();
        }
        decision
    }

    /// Gives an eligible customer the variant, and with it what it offers.
    fn expose(&mut self, entry: &'p Entry, mut suggestion: Suggestion) -> Judgement {
        if self.enter_holdout(entry) == Some(HoldoutArm::HeldOut) {
            return Judgement::HeldOut;
        }
        let campaign = &entry.planned.campaign;
        let (variant, kept) = entry.arm_of(self.profile);
        let offer = offer_of(campaign, variant);
        let percent = offer.and_then(|offer| chosen_percent(offer, &suggestion));
        if offer.is_some_and(|offer| !self.reserve(campaign, offer, percent)) {
            return Judgement::BudgetSpent;
        }
        let text = std::mem::take(&mut suggestion.reason);
        let reason = Reason { variant: variant.key.clone(), kept, text };
        self.give(entry, variant, suggestion);
        if offer.is_some() { Judgement::Shown(reason) } else { Judgement::Withheld(reason) }
    }

    /// Gives the customer an arm of a campaign, whoever they are. Only what is forced too can be in its way.
    fn force(&mut self, entry: &'p Entry, variant: usize) -> Judgement {
        let campaign = &entry.planned.campaign;
        if let Some(objection) = self.composition.objection(campaign) {
            return objection;
        }
        if let Some(by) = self.enter_layer(entry) {
            return Judgement::ElsewhereInLayer { by: Some(by.clone()) };
        }
        let asked = self.ask(entry);
        let fault = asked.as_ref().err().cloned().map(|fault| self.note(entry, fault));
        let suggestion = asked.ok().flatten().unwrap_or_default();
        let variant = &campaign.experiment.variants[variant];
        self.give(entry, variant, suggestion);
        Judgement::Forced { variant: variant.key.clone(), fault }
    }

    /// Has the customer belong to a forced campaign, wherever in its layer they are; gives the one that they were
    /// forced into before.
    fn enter_layer(&mut self, entry: &'p Entry) -> Option<&'p CampaignKey> {
        let layer = entry.layer?;
        let known = self.layers.iter().find(|(place, _)| *place == layer);
        if let Some((_, Belonging::In(by))) = known {
            return Some(*by);
        }
        self.layers.push((layer, Belonging::In(&entry.planned.campaign.key)));
        None
    }

    /// Puts a campaign on the page in one of its variants, which may show nothing.
    fn give(&mut self, entry: &'p Entry, variant: &Variant, suggestion: Suggestion) {
        let campaign = &entry.planned.campaign;
        self.composition.take(campaign);
        let offer = offer_of(campaign, variant);
        self.decision.exposures.push(self.exposure(entry, variant, offer.is_some()));
        if let (Some(limit), Some(Visit::First)) =
            (campaign.limits.per_customer, self.claims.visit(&campaign.key))
        {
            self.decision.met.push(self.met(campaign, limit));
        }
        self.decision.offers.extend(offer.map(|offer| OfferMade {
            campaign: campaign.key.clone(),
            variant: variant.key.clone(),
            placement: campaign.placement.clone(),
            offer: Arc::clone(offer),
            discount_percent: chosen_percent(offer, &suggestion),
            values: suggestion.values,
        }));
    }

    /// What is to be recorded. What the first exposure fixed stays, so that no later plan can change it. One as
    /// of an earlier time is the first from now on: the window begins with it and is as long, and what was
    /// brought before is what was ordered before it.
    fn exposure(&self, entry: &Entry, variant: &Variant, shown: bool) -> Exposure {
        let campaign = &entry.planned.campaign;
        let at = self.profile.exposed_at(self.now);
        let before = || self.profile.revenue_before(at);
        let (split, goal, attribution_until, revenue_before) =
            match self.profile.enrolment(&campaign.key) {
                Some(known) if known.since <= at => {
                    let before = known.revenue_before.clone();
                    (known.split, known.goal, known.attribution_until, before)
                }
                Some(known) => (known.split, known.goal, at.plus(known.window()), before()),
                None => {
                    let until = self.now.plus(campaign.goal.attribution_window);
                    (entry.split, campaign.goal.key(), until, before())
                }
            };
        Exposure {
            campaign: campaign.key.clone(),
            variant: variant.key.clone(),
            shown,
            terms: entry.terms,
            split,
            goal,
            attribution_until,
            revenue_before,
            rule_digest: entry.rule_digest,
        }
    }
}

/// What a variant offers; `None` when it shows nothing.
fn offer_of<'p>(campaign: &'p Campaign, variant: &Variant) -> Option<&'p Arc<Offer>> {
    variant.offer.and_then(|place| campaign.offers.get(place))
}

/// A smaller discount than the offer's own that the rule suggests. A variant with a smaller discount than
/// another keeps its own.
fn chosen_percent(offer: &Offer, suggestion: &Suggestion) -> Option<u8> {
    let own = percent_of(offer)?;
    suggestion.discount_percent.filter(|suggested| *suggested < own)
}

/// What is wrong with a suggested discount, if anything. It is compared with the largest of the
/// campaign's offers, not with that of the customer's variant: else the control arm would never fault
/// and the arms would count different customers.
fn excess(entry: &Entry, suggestion: &Suggestion) -> Option<Box<str>> {
    let suggested = suggestion.discount_percent?;
    match entry.percent_max {
        None => Some("a discount in percent, but no offer of the campaign has one".into()),
        Some(most) if suggested > most => {
            Some(format!("a discount of {suggested} percent, above the campaign's {most}").into())
        }
        Some(_) => None,
    }
}
