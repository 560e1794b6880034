//! The decision.
//!
//! Everything that decides whether a customer is counted for a campaign happens before anybody looks at
//! the arm: eligibility, the plugin's faults, the check of what the plugin suggests, and who gets the
//! placement. The arm alone then decides whether the offer is in the answer.

use std::sync::Arc;

use model::{
    CampaignKey, Decision, Explanation, Exposure, Fault, FaultKind, Judgement, OfferMade,
    Placement, Profile, Reason, Timestamp, Variant, View,
};
use plugins::{Input, Suggestion};

use crate::Plan;
use crate::index::Rank;
use crate::limits::DEADLINE_TICKS;
use crate::plan::{Entry, percent_of};
use crate::seed::seed;

/// Whether a decision tells why each campaign did or did not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Explain {
    /// No explanations, as for shops' pages.
    #[default]
    No,
    /// One explanation for each campaign of the plan. The decision is the same.
    Yes,
}

/// Decides what to do on a page view. Never fails and never writes.
///
/// `profile` has the view folded in already, and `now` is the time of the request. The same arguments
/// give the same decision as long as no deadline is met and no plugin's breaker is open.
pub fn decide(
    plan: &Plan,
    profile: &Arc<Profile>,
    view: &Arc<View>,
    now: Timestamp,
    explain: Explain,
) -> Decision {
    debug_assert_eq!(profile.tenant, *plan.tenant(), "another tenant's customer");
    let candidates = plan.candidates(view);
    if candidates.is_empty() && explain == Explain::No {
        return Decision::default();
    }
    let input = Input { profile: Arc::clone(profile), view: Arc::clone(view), now, seed: 0 };
    let mut round = Round {
        input,
        deadline: plan.tick().saturating_add(DEADLINE_TICKS),
        taken: Vec::new(),
        decision: Decision::default(),
    };
    let mut judgements = Vec::new();
    for rank in candidates {
        let judgement = round.judge(plan, &plan.entries()[rank]);
        if explain == Explain::Yes {
            judgements.push((rank, judgement));
        }
    }
    let mut decision = round.decision;
    if explain == Explain::Yes {
        decision.explanations = explanations(plan, view, judgements);
    }
    decision
}

/// One decision while it is being made.
struct Round<'p> {
    input: Input,
    /// The tick from which on no further plugin is asked.
    deadline: u64,
    /// The placements that are taken, and by which campaign.
    taken: Vec<(&'p Placement, &'p CampaignKey)>,
    decision: Decision,
}

/// One explanation for each campaign, in the order of the plan. `judgements` are in that order too.
fn explanations(plan: &Plan, view: &View, judgements: Vec<(Rank, Judgement)>) -> Vec<Explanation> {
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

// === impl Round ===

impl<'p> Round<'p> {
    /// Settles the fate of one campaign whose placement and page fit.
    fn judge(&mut self, plan: &Plan, entry: &'p Entry) -> Judgement {
        let campaign = &entry.planned.campaign;
        if !campaign.schedule.includes(self.input.now) {
            return Judgement::OutsideSchedule;
        }
        let is_taken = |(place, _): &&(&Placement, &CampaignKey)| **place == campaign.placement;
        if let Some((_, by)) = self.taken.iter().find(is_taken) {
            return Judgement::Outranked { by: (*by).clone() };
        }
        if plan.tick() >= self.deadline {
            return self.fault(entry, FaultKind::DeadlineExceeded, "".into());
        }
        self.input.seed = seed(self.input.profile.id, &campaign.key, self.input.now);
        match entry.planned.plugin.call(&self.input).outcome {
            Err(fault) => self.fault(entry, fault.kind, fault.detail),
            Ok(None) => Judgement::NotEligible,
            Ok(Some(suggestion)) => match excess(entry, &suggestion) {
                Some(detail) => self.fault(entry, FaultKind::BadOffer, detail),
                None => self.expose(entry, suggestion),
            },
        }
    }

    /// Notes that a campaign could not answer. Its placement stays free for the next.
    fn fault(&mut self, entry: &Entry, kind: FaultKind, detail: Box<str>) -> Judgement {
        let campaign = entry.planned.campaign.key.clone();
        self.decision.faults.push(Fault { campaign, kind, detail });
        Judgement::Faulty(kind)
    }

    /// Gives an eligible customer the variant, and with it what it offers.
    fn expose(&mut self, entry: &'p Entry, suggestion: Suggestion) -> Judgement {
        let campaign = &entry.planned.campaign;
        self.taken.push((&campaign.placement, &campaign.key));
        let (variant, kept) = self.variant_of(entry);
        let offer = variant.offer.and_then(|place| campaign.offers.get(place));
        let enrolled_until = self.input.profile.enrolment(&campaign.key);
        let attribution_until = match enrolled_until {
            Some(enrolment) => enrolment.attribution_until,
            None => self.input.now.plus(campaign.goal.attribution_window),
        };
        self.decision.exposures.push(Exposure {
            campaign: campaign.key.clone(),
            variant: variant.key.clone(),
            shown: offer.is_some(),
            attribution_until,
            rule_digest: *entry.planned.plugin.digest(),
        });
        let reason = Reason { variant: variant.key.clone(), kept, text: suggestion.reason };
        let Some(offer) = offer else { return Judgement::Withheld(reason) };
        self.decision.offers.push(OfferMade {
            campaign: campaign.key.clone(),
            variant: variant.key.clone(),
            placement: campaign.placement.clone(),
            offer: Arc::clone(offer),
            // A variant with a smaller discount than another keeps its own.
            discount_percent: suggestion
                .discount_percent
                .filter(|&suggested| percent_of(offer).is_some_and(|own| suggested < own)),
            values: suggestion.values,
        });
        Judgement::Shown(reason)
    }

    /// The customer's variant, and whether it was kept from an earlier exposure. A variant that the
    /// campaign no longer has is replaced by the one that a new customer would get.
    fn variant_of(&self, entry: &'p Entry) -> (&'p Variant, bool) {
        let campaign = &entry.planned.campaign;
        let profile = &self.input.profile;
        let enrolment = profile.enrolment(&campaign.key);
        let kept = enrolment.and_then(|it| campaign.experiment.variant(&it.variant));
        if let Some(variant) = kept {
            return (variant, true);
        }
        let place = entry.split.assign(&campaign.experiment.salt, &profile.id.to_string());
        (&campaign.experiment.variants[place], false)
    }
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
