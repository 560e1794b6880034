//! What is remembered of one customer.
//!
//! A profile is built so that two of them can be merged in any order, any number of times, with the
//! same result (the merge itself is in the `profiles` crate):
//!
//! | part | how two copies meet |
//! |---|---|
//! | first seen, lead since | the earlier |
//! | last seen | the later |
//! | traits, consent, cart lines | per name, the one set last |
//! | enrolments | per campaign, the earliest; of its steps, the earliest of both |
//! | orders | per order, the one placed first, and all that was taken back of it |
//! | outcomes ([`OutcomeSeen`]) | all of both |
//! | carts and checkouts ([`Span`]) | the earliest and the latest of both |
//! | what happened of late ([`Recent`]) | all of both, then the newest of each name and of all |
//! | counts and sums ([`Tally`]) | per origin, the larger; what is shown is the sum over origins |
//!
//! A tally belongs to the customer id under which it was counted, so merging the same profile twice
//! counts nothing twice.

mod cart;
mod orders;
mod outcomes;
mod recent;
mod tally;

use std::time::Duration;

pub use cart::{Cart, CartLine};
pub use orders::{OrderSeen, Placed, ProductHash, Refund};
pub use outcomes::{Enrolment, OutcomeSeen, Span};
pub use recent::{Recent, RecentKey};
pub use tally::{CampaignTally, Revenue, Tally};

use crate::{Alias, CampaignKey, CustomerId, TenantKey, Tight, Timestamp};

/// Everything that is remembered of one customer of one tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The tenant whose customer this is.
    pub tenant: TenantKey,
    /// The customer's canonical name.
    pub id: CustomerId,
    /// The journal position of the last record that was folded in; recovery skips what is not later.
    pub applied_lsn: u64,
    /// The names that the shop uses, newest first.
    pub aliases: Tight<AliasSeen>,
    /// The earliest event.
    pub first_seen: Timestamp,
    /// The latest event.
    pub last_seen: Timestamp,
    /// When the customer first left an address or signed in: the step from visitor to lead.
    pub lead_since: Option<Timestamp>,
    /// When the customer first showed an intent to buy (cart or checkout).
    pub qualified_since: Option<Timestamp>,
    /// The earliest order.
    pub first_order_at: Option<Timestamp>,
    /// The latest order.
    pub last_order_at: Option<Timestamp>,
    /// Traits, ordered by name.
    pub traits: Tight<Trait>,
    /// Consent choices, ordered by category.
    pub consent: Tight<ConsentChoice>,
    /// What is in the cart.
    pub cart: Cart,
    /// The latest orders, newest first.
    pub orders: Tight<OrderSeen>,
    /// The latest outcomes of goals that are not orders, newest first.
    pub outcomes: Tight<OutcomeSeen>,
    /// When something was put into the cart.
    pub carts: Span,
    /// When the checkout was begun.
    pub checkouts: Span,
    /// What the customer did and was shown of late, newest first.
    pub recent: Tight<Recent>,
    /// The experiments that the customer is in, ordered by campaign.
    pub enrolments: Tight<Enrolment>,
    /// Counts and sums by the customer id under which they were counted, ordered by it.
    pub tallies: Tight<Tally>,
}

/// A name of the customer and when it was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasSeen {
    /// The name.
    pub alias: Alias,
    /// When it was last used.
    pub seen_at: Timestamp,
}

/// A trait's value. Objects and arrays are not kept in the profile.
#[derive(Clone, Debug, PartialEq)]
pub enum TraitValue {
    /// Text.
    Text(Box<str>),
    /// A number; never NaN.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// The shop took the trait back.
    Absent,
}

/// One thing that is known of the customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Trait {
    /// The trait's name, such as `email`.
    pub name: Box<str>,
    /// What it is.
    pub value: TraitValue,
    /// When it was said.
    pub set_at: Timestamp,
}

/// The customer's choice for one category of data use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentChoice {
    /// The category.
    pub category: Box<str>,
    /// Whether the customer agreed.
    pub granted: bool,
    /// When it was chosen.
    pub set_at: Timestamp,
}

/// How far the customer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifecycle {
    /// Nothing but a browser is known.
    Visitor,
    /// The shop knows who it is.
    Lead,
    /// Has shown an intent to buy, and the shop knows who it is.
    QualifiedLead,
    /// Has ordered.
    Customer,
}

// === impl Profile ===

impl Profile {
    /// The profile of a customer of whom nothing is known yet.
    pub fn new(tenant: TenantKey, id: CustomerId, now: Timestamp) -> Self {
        Self {
            tenant,
            id,
            applied_lsn: 0,
            aliases: Tight::new(),
            first_seen: now,
            last_seen: now,
            lead_since: None,
            qualified_since: None,
            first_order_at: None,
            last_order_at: None,
            traits: Tight::new(),
            consent: Tight::new(),
            cart: Cart::default(),
            orders: Tight::new(),
            outcomes: Tight::new(),
            carts: Span::NEVER,
            checkouts: Span::NEVER,
            recent: Tight::new(),
            enrolments: Tight::new(),
            tallies: Tight::new(),
        }
    }

    /// How far the customer has come.
    pub fn lifecycle(&self) -> Lifecycle {
        match (self.first_order_at, self.lead_since, self.qualified_since) {
            (Some(_), _, _) => Lifecycle::Customer,
            (None, Some(_), Some(_)) => Lifecycle::QualifiedLead,
            (None, Some(_), None) => Lifecycle::Lead,
            (None, None, _) => Lifecycle::Visitor,
        }
    }

    /// A sum over all tallies.
    pub fn total(&self, count: impl Fn(&Tally) -> u32) -> u32 {
        self.tallies.iter().fold(0, |sum, tally| sum.saturating_add(count(tally)))
    }

    /// The value of a trait that is set.
    pub fn trait_value(&self, name: &str) -> Option<&TraitValue> {
        let place = self.traits.binary_search_by(|known| known.name.as_ref().cmp(name)).ok()?;
        Some(&self.traits[place].value).filter(|value| **value != TraitValue::Absent)
    }

    /// The customer's choice for a category; `None` when there is none.
    pub fn consent(&self, category: &str) -> Option<bool> {
        let by_name = |choice: &ConsentChoice| choice.category.as_ref().cmp(category);
        self.consent.binary_search_by(by_name).ok().map(|place| self.consent[place].granted)
    }

    /// The customer's place in a campaign's experiment.
    pub fn enrolment(&self, campaign: &CampaignKey) -> Option<&Enrolment> {
        let by_key = |known: &Enrolment| known.campaign.cmp(campaign);
        self.enrolments.binary_search_by(by_key).ok().map(|place| &self.enrolments[place])
    }

    /// A sum over all tallies of one campaign.
    pub fn campaign_total(
        &self,
        campaign: &CampaignKey,
        count: impl Fn(&CampaignTally) -> u32,
    ) -> u32 {
        let tallies = self.tallies.iter().filter_map(|tally| tally.of(campaign));
        tallies.fold(0, |sum, tally| sum.saturating_add(count(tally)))
    }

    /// Whether the visit that [`Self::last_seen`] belongs to is over at `now`: 30 idle minutes end it.
    pub fn visit_is_over(&self, now: Timestamp) -> bool {
        const IDLE_MAX: Duration = Duration::from_secs(30 * 60);
        self.last_seen.plus(IDLE_MAX) < now
    }
}

#[cfg(test)]
mod tests;
