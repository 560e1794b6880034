//! What a customer did that may count for a campaign, and what it comes to.
//!
//! A [`CellShare`] is worked out of what the profile knows at the moment: its enrolment in the campaign,
//! the orders and outcomes that it remembers, and the sums of those that it has forgotten. Nothing is
//! attributed when it arrives and moved later. So an order that came before the exposure was
//! recorded, a refund that came before its order, and a merge that makes the customer's first
//! exposure an earlier one all come to the same share, in whichever order they come.

use std::time::Duration;

use super::Profile;
use crate::{
    CampaignKey, CampaignTally, CellShare, GoalKey, Money, SplitKey, Step, Steps, Timestamp,
    VariantKey,
};

/// As finely as time is told.
const ONE_MS: Duration = Duration::from_millis(1);

/// The customer's place in one campaign's experiment, kept from the first exposure on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The campaign.
    pub campaign: CampaignKey,
    /// The variant that the customer was assigned at first, and keeps.
    pub variant: VariantKey,
    /// The split by which it was.
    pub split: SplitKey,
    /// The first exposure, or withheld exposure in a control arm.
    pub since: Timestamp,
    /// The latest exposure.
    pub last_at: Timestamp,
    /// What counts as success.
    pub goal: GoalKey,
    /// What happens later than this no longer counts for the campaign.
    pub attribution_until: Timestamp,
    /// What the customer had brought before the first exposure, ordered by currency: what was known when it
    /// was recorded, so that nothing that the campaign does can change it.
    pub revenue_before: Box<[Money]>,
    /// The earliest time since then at which something was put into the cart while the customer was
    /// enrolled; [`Timestamp::MAX`] for never. What came before the enrolment was known is told by
    /// [`Profile::carts`].
    pub cart_at: Timestamp,
    /// The same of a checkout.
    pub checkout_at: Timestamp,
}

/// An outcome as the profile remembers it: an event that a goal counts, other than an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeSeen {
    /// When it happened.
    pub at: Timestamp,
    /// By which goal.
    pub goal: GoalKey,
    /// A stable hash of the event's name, which tells two outcomes of one goal apart.
    pub id: u32,
    /// The number that the event carried, in thousandths.
    pub value_milli: i64,
}

/// The earliest and the latest time of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The earliest; later than [`Self::last`] when there is none.
    pub first: Timestamp,
    /// The latest.
    pub last: Timestamp,
}

// === impl Enrolment ===

impl Enrolment {
    /// Whether something of this time counts for the campaign. What happened in the very millisecond of the
    /// exposure does: what came before it there is told apart by [`Profile::exposed_at`].
    pub fn holds(&self, at: Timestamp) -> bool {
        self.since <= at && at <= self.attribution_until
    }

    /// How long after the first exposure something still counts.
    pub fn window(&self) -> Duration {
        let ms = self.attribution_until.ms_since(self.since);
        Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }
}

// === impl Span ===

impl Span {
    /// Before anything of the kind has happened.
    pub const NEVER: Self = Self { first: Timestamp::MAX, last: Timestamp::MIN };

    /// The span of both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }

    /// Takes in one more time.
    pub fn extend(&mut self, at: Timestamp) {
        *self = self.joined(Self { first: at, last: at });
    }
}

// === impl Profile ===

impl Profile {
    /// What this customer adds to the experiment cell of a campaign; `None` when not enrolled.
    pub fn cell_share(&self, campaign: &CampaignKey) -> Option<CellShare> {
        self.enrolment(campaign).map(|enrolment| self.share_of(enrolment))
    }

    /// How far the customer has come by an enrolment of theirs.
    pub fn steps(&self, enrolment: &Enrolment) -> Steps {
        let counted = |count: fn(&CampaignTally) -> u32| {
            let mut tallies = self.tallies.iter().filter_map(|tally| tally.of(&enrolment.campaign));
            tallies.any(|tally| count(tally) > 0)
        };
        let held = |at: Timestamp, span: Span| {
            let mut known = [at, span.first, span.last].into_iter();
            known.any(|at| at < Timestamp::MAX && enrolment.holds(at))
        };
        let mut orders = self.orders.iter().filter(|order| enrolment.holds(order.at));
        let ordered = counted(|tally| tally.net_orders()) || orders.any(|order| order.counts());
        Steps::of(|step| match step {
            Step::Eligible => true,
            Step::Shown => counted(|tally| tally.shows),
            Step::Seen => counted(|tally| tally.seen),
            Step::Clicked => counted(|tally| tally.clicks),
            Step::Cart => held(enrolment.cart_at, self.carts),
            Step::Checkout => held(enrolment.checkout_at, self.checkouts),
            Step::Ordered => ordered,
        })
    }

    /// When an exposure happens that is recorded now, as of the time `at`: then, or just after what the customer
    /// is known to have done in that very millisecond. Clocks of shops often tell whole seconds, and a fast page
    /// asks within the millisecond of an order; what came first cannot have come of the exposure.
    pub fn exposed_at(&self, at: Timestamp) -> Timestamp {
        let spans = [self.carts, self.checkouts];
        let orders = self.orders.iter().map(|order| order.at);
        let outcomes = self.outcomes.iter().map(|outcome| outcome.at);
        let steps = spans.into_iter().flat_map(|span| [span.first, span.last]);
        let mut known: Vec<Timestamp> =
            orders.chain(outcomes).chain(steps).filter(|known| *known >= at).collect();
        known.sort_unstable();
        known.into_iter().fold(at, |at, known| if known == at { at.plus(ONE_MS) } else { at })
    }

    /// When something happened that is told now, as of the time `at`: then, or with the latest exposure that was put
    /// behind that very millisecond by [`Self::exposed_at`], since it was told after that.
    pub fn happened_at(&self, at: Timestamp) -> Timestamp {
        let behind = self.exposed_at(at);
        let since = self.enrolments.iter().map(|enrolment| enrolment.since);
        since.filter(|since| (at..=behind).contains(since)).fold(at, Timestamp::max)
    }

    fn share_of(&self, enrolment: &Enrolment) -> CellShare {
        let mut share = CellShare::new(enrolment.variant.clone(), enrolment.split);
        for tally in self.tallies.iter().filter_map(|tally| tally.of(&enrolment.campaign)) {
            share.orders = share.orders.saturating_add(tally.net_orders());
            for revenue in &tally.revenue {
                share.add_revenue(revenue.currency, revenue.net_minor(), revenue.orders);
            }
            share.add_outcomes(tally.outcomes, tally.value_milli);
        }
        for order in self.orders.iter().filter(|order| enrolment.holds(order.at)) {
            let counts = u32::from(order.counts());
            share.orders = share.orders.saturating_add(counts);
            if let Some(net) = order.net() {
                share.add_revenue(net.currency, net.minor, counts);
            }
        }
        let outcomes = self.outcomes.iter().filter(|outcome| outcome.goal == enrolment.goal);
        for outcome in outcomes.filter(|outcome| enrolment.holds(outcome.at)) {
            share.add_outcomes(1, outcome.value_milli);
        }
        if enrolment.goal == GoalKey::ORDERS {
            share.outcomes = share.orders;
        }
        for before in &enrolment.revenue_before {
            share.set_before(*before);
        }
        share.steps = self.steps(enrolment);
        share
    }
}
