//! Counts and sums that only grow, so that two copies of one tally can be joined by the larger.

use crate::{CampaignKey, Currency, CustomerId, Tight};

/// What was counted under one customer id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The customer id under which it was counted.
    pub origin: CustomerId,
    /// Visits begun.
    pub visits: u32,
    /// Pages and screens viewed.
    pub views: u32,
    /// Product pages viewed.
    pub product_views: u32,
    /// Products put into the cart.
    pub cart_adds: u32,
    /// Checkouts begun.
    pub checkouts: u32,
    /// Orders placed that the profile no longer remembers one by one.
    pub orders: u32,
    /// Those of them that were void by then: cancelled, or paid back in whole.
    pub orders_void: u32,
    /// Offers, mails and the like that the customer saw or opened.
    pub promotion_views: u32,
    /// Offers, mails and the like that the customer clicked.
    pub promotion_clicks: u32,
    /// Money of those orders by currency, ordered by it.
    pub revenue: Tight<Revenue>,
    /// What was counted for single campaigns, ordered by campaign.
    pub campaigns: Tight<CampaignTally>,
}

/// Money of orders in one currency. All amounts are minor units, and all numbers only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revenue {
    /// The currency.
    pub currency: Currency,
    /// Those of the orders that still counted.
    pub orders: u32,
    /// Revenue of orders, without shipping and tax.
    pub gross_minor: i64,
    /// Paid back.
    pub refunded_minor: i64,
    /// Taken off before payment.
    pub discount_minor: i64,
}

/// What was counted for one campaign while the customer was enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignTally {
    /// The campaign.
    pub campaign: CampaignKey,
    /// Decisions that showed the offer.
    pub shows: u32,
    /// Decisions in an arm that shows nothing.
    pub withheld: u32,
    /// Shows that the page confirmed by `Promotion Viewed`.
    pub seen: u32,
    /// Clicks on the offer.
    pub clicks: u32,
    /// Tokens redeemed.
    pub redemptions: u32,
    /// Orders after the first exposure, within the attribution window, that the profile no longer
    /// remembers one by one.
    pub orders: u32,
    /// Those of the orders that were void by then.
    pub orders_void: u32,
    /// Money of those orders by currency, ordered by it.
    pub revenue: Tight<Revenue>,
    /// Outcomes of the campaign's goal, other than orders, that the profile no longer remembers one by
    /// one.
    pub outcomes: u32,
    /// The sum of their numbers, in thousandths.
    pub value_milli: i64,
}

// === impl Tally ===

impl Tally {
    /// A tally in which nothing is counted yet.
    pub fn new(origin: CustomerId) -> Self {
        Self {
            origin,
            visits: 0,
            views: 0,
            product_views: 0,
            cart_adds: 0,
            checkouts: 0,
            orders: 0,
            orders_void: 0,
            promotion_views: 0,
            promotion_clicks: 0,
            revenue: Tight::new(),
            campaigns: Tight::new(),
        }
    }

    /// Those of the orders that still counted.
    pub const fn net_orders(&self) -> u32 {
        self.orders.saturating_sub(self.orders_void)
    }

    /// What was counted for a campaign.
    pub fn of(&self, campaign: &CampaignKey) -> Option<&CampaignTally> {
        let place = self.campaigns.binary_search_by(|known| known.campaign.cmp(campaign)).ok()?;
        self.campaigns.get(place)
    }
}

// === impl CampaignTally ===

impl CampaignTally {
    /// A tally in which nothing is counted yet.
    pub fn new(campaign: CampaignKey) -> Self {
        Self {
            campaign,
            shows: 0,
            withheld: 0,
            seen: 0,
            clicks: 0,
            redemptions: 0,
            orders: 0,
            orders_void: 0,
            revenue: Tight::new(),
            outcomes: 0,
            value_milli: 0,
        }
    }

    /// Those of the orders that still counted.
    pub const fn net_orders(&self) -> u32 {
        self.orders.saturating_sub(self.orders_void)
    }
}

// === impl Revenue ===

impl Revenue {
    /// No money yet.
    pub const fn new(currency: Currency) -> Self {
        Self { currency, orders: 0, gross_minor: 0, refunded_minor: 0, discount_minor: 0 }
    }

    /// Revenue less refunds, in minor units.
    pub const fn net_minor(&self) -> i64 {
        self.gross_minor.saturating_sub(self.refunded_minor)
    }
}
