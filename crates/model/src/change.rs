//! What one journal record changes in a tenant's totals and in experiment cells.
//!
//! The profile knows, at the moment an event is folded in, whether it is the customer's first order
//! or what they have spent since they were enrolled. Written beside the event, this lets the totals
//! and cells be kept exactly without a memory of customers of their own.

use crate::{CampaignKey, Currency, Money, SplitKey, Steps, VariantKey};

/// The difference that one record makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Customers known: +1 for a new one, -1 for each that was merged away.
    pub customers: i8,
    /// Customers who have ever put something into a cart.
    pub customers_with_cart: i8,
    /// Customers who have ever ordered.
    pub buyers: i8,
    /// What changed in experiment cells.
    pub cells: Vec<CellChange>,
}

/// A customer's share of one campaign's cells, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellChange {
    /// The campaign.
    pub campaign: CampaignKey,
    /// What to take away; more than one when enrolled profiles were merged.
    pub before: Vec<CellShare>,
    /// What to add.
    pub after: Option<CellShare>,
}

/// What one customer adds to the cell of one variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellShare {
    /// The variant.
    pub variant: VariantKey,
    /// The split under which the customer was assigned to it.
    pub split: SplitKey,
    /// Orders that count, whatever the campaign's goal is.
    pub orders: u32,
    /// What the customer brought, ordered by currency.
    pub revenue: Vec<RevenueShare>,
    /// Outcomes by the campaign's goal; the customer has converted when it is above 0. For a goal of
    /// orders they are the orders.
    pub outcomes: u32,
    /// The sum of the outcomes' numbers, in thousandths; 0 for a goal of orders.
    pub value_milli: i64,
    /// How far the customer has come.
    pub steps: Steps,
}

/// What one customer adds to a cell in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevenueShare {
    /// The currency.
    pub currency: Currency,
    /// Revenue less refunds, in minor units.
    pub minor: i64,
    /// Orders in this currency that count.
    pub orders: u32,
    /// Revenue less refunds that was known before the customer's first exposure, in minor units.
    pub before_minor: i64,
}

// === impl Change ===

impl Change {
    /// Whether nothing changed, which is the usual case of a page view.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

// === impl CellShare ===

impl CellShare {
    /// The share of a customer who has done nothing yet.
    pub const fn new(variant: VariantKey, split: SplitKey) -> Self {
        Self {
            variant,
            split,
            orders: 0,
            revenue: Vec::new(),
            outcomes: 0,
            value_milli: 0,
            steps: Steps::NONE,
        }
    }

    /// Adds outcomes and the sum of their numbers.
    pub const fn add_outcomes(&mut self, outcomes: u32, value_milli: i64) {
        self.outcomes = self.outcomes.saturating_add(outcomes);
        self.value_milli = self.value_milli.saturating_add(value_milli);
    }

    /// Adds revenue in minor units of a currency, and the orders that brought it.
    pub fn add_revenue(&mut self, currency: Currency, minor: i64, orders: u32) {
        let share = self.revenue_in(currency);
        share.minor = share.minor.saturating_add(minor);
        share.orders = share.orders.saturating_add(orders);
    }

    /// Notes what the customer had brought before the first exposure.
    pub fn set_before(&mut self, before: Money) {
        self.revenue_in(before.currency).before_minor = before.minor;
    }

    /// The part in a currency, new if need be.
    fn revenue_in(&mut self, currency: Currency) -> &mut RevenueShare {
        let place = match self.revenue.binary_search_by_key(&currency, |share| share.currency) {
            Ok(place) => place,
            Err(place) => {
                let nothing = RevenueShare { currency, minor: 0, orders: 0, before_minor: 0 };
                self.revenue.insert(place, nothing);
                place
            }
        };
        &mut self.revenue[place]
    }
}
