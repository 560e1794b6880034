//! The join of counts.
//!
//! A tally belongs to the customer id under which it was counted and only grows, so of two copies the
//! larger count is the newer, and the total over origins counts nothing twice: a grow-only counter in
//! the sense of Shapiro et al., "A comprehensive study of convergent and commutative replicated data
//! types" (INRIA RR-7506, 2011), section 3.1.
//!
//! A profile that has absorbed more ids than [`PROFILE_TALLIES_MAX`] sums the smallest tallies, never
//! its own, into one under the smallest of their ids, under which their orders are then summed up.
//! That keeps every sum, but a later merge with one of the summed copies would count it again. In one
//! store that cannot happen, since an absorbed id is moved and never has a profile again.

use std::cmp::Reverse;

use model::limits::{PROFILE_TALLIES_MAX, TALLY_CURRENCIES_MAX};
use model::{CampaignTally, CustomerId, OrderSeen, Revenue, Tally, Tight};

use crate::sorted::join_ordered;

/// How two numbers of the same meaning become one: the larger of two copies, or the sum of two parts.
#[derive(Clone, Copy)]
struct Join {
    count: fn(u32, u32) -> u32,
    minor: fn(i64, i64) -> i64,
    value: fn(&CampaignTally, &CampaignTally) -> i64,
}

const LARGER: Join = Join { count: larger_count, minor: larger_minor, value: newer_value };
const SUM: Join =
    Join { count: u32::saturating_add, minor: i64::saturating_add, value: sum_of_values };

/// Joins the tallies of two profiles into those of the profile `own`, whose orders follow the tally
/// of the id under which they came when it is summed.
pub(super) fn join(
    a: &[Tally],
    b: &[Tally],
    own: CustomerId,
    orders: &mut [OrderSeen],
) -> Tight<Tally> {
    let by_origin = |x: &Tally, y: &Tally| x.origin.cmp(&y.origin);
    let mut joined = join_ordered(a, b, by_origin, |x, y| LARGER.tallies(x, y));
    while joined.len() > PROFILE_TALLIES_MAX {
        sum_smallest(&mut joined, own, orders);
    }
    joined
}

/// Sums the two smallest tallies but the own one.
fn sum_smallest(tallies: &mut Tight<Tally>, own: CustomerId, orders: &mut [OrderSeen]) {
    let mut others: Vec<usize> =
        (0..tallies.len()).filter(|&place| tallies[place].origin != own).collect();
    others.sort_unstable_by_key(|&place| size(&tallies[place]));
    let &[one, other, ..] = others.as_slice() else { return };
    // Ordered by origin, so the sum takes the place and the id of the first.
    let (first, second) = (one.min(other), one.max(other));
    let absorbed = tallies.remove(second);
    let sum = SUM.tallies(&tallies[first], &absorbed);
    let placed = orders.iter_mut().filter_map(|order| order.placed.as_mut());
    for placed in placed.filter(|placed| placed.origin == absorbed.origin) {
        placed.origin = sum.origin;
    }
    tallies[first] = sum;
}

/// A total order of how much a tally tells.
fn size(tally: &Tally) -> (u32, u32, u32, Reverse<CustomerId>) {
    let seen = tally.views.saturating_add(tally.product_views).saturating_add(tally.cart_adds);
    (tally.orders, seen, tally.visits, Reverse(tally.origin))
}

fn larger_count(a: u32, b: u32) -> u32 {
    a.max(b)
}

fn larger_minor(a: i64, b: i64) -> i64 {
    a.max(b)
}

/// The sum of outcomes' numbers can shrink: of two copies the one with more outcomes is the newer.
fn newer_value(a: &CampaignTally, b: &CampaignTally) -> i64 {
    let rank = |tally: &CampaignTally| (tally.outcomes, tally.value_milli);
    rank(a).max(rank(b)).1
}

fn sum_of_values(a: &CampaignTally, b: &CampaignTally) -> i64 {
    a.value_milli.saturating_add(b.value_milli)
}

// === impl Join ===

impl Join {
    fn tallies(self, a: &Tally, b: &Tally) -> Tally {
        Tally {
            origin: a.origin.min(b.origin),
            visits: (self.count)(a.visits, b.visits),
            views: (self.count)(a.views, b.views),
            product_views: (self.count)(a.product_views, b.product_views),
            cart_adds: (self.count)(a.cart_adds, b.cart_adds),
            checkouts: (self.count)(a.checkouts, b.checkouts),
            orders: (self.count)(a.orders, b.orders),
            orders_void: (self.count)(a.orders_void, b.orders_void),
            promotion_views: (self.count)(a.promotion_views, b.promotion_views),
            promotion_clicks: (self.count)(a.promotion_clicks, b.promotion_clicks),
            revenue: self.revenue(&a.revenue, &b.revenue),
            campaigns: join_ordered(
                &a.campaigns,
                &b.campaigns,
                |x, y| x.campaign.cmp(&y.campaign),
                |x, y| self.campaigns(x, y),
            ),
        }
    }

    fn campaigns(self, a: &CampaignTally, b: &CampaignTally) -> CampaignTally {
        CampaignTally {
            campaign: a.campaign.clone(),
            shows: (self.count)(a.shows, b.shows),
            withheld: (self.count)(a.withheld, b.withheld),
            seen: (self.count)(a.seen, b.seen),
            clicks: (self.count)(a.clicks, b.clicks),
            redemptions: (self.count)(a.redemptions, b.redemptions),
            orders: (self.count)(a.orders, b.orders),
            orders_void: (self.count)(a.orders_void, b.orders_void),
            revenue: self.revenue(&a.revenue, &b.revenue),
            outcomes: (self.count)(a.outcomes, b.outcomes),
            value_milli: (self.value)(a, b),
        }
    }

    fn revenue(self, a: &[Revenue], b: &[Revenue]) -> Tight<Revenue> {
        let by_currency = |x: &Revenue, y: &Revenue| x.currency.cmp(&y.currency);
        let mut joined = join_ordered(a, b, by_currency, |x, y| Revenue {
            currency: x.currency,
            orders: (self.count)(x.orders, y.orders),
            gross_minor: (self.minor)(x.gross_minor, y.gross_minor),
            refunded_minor: (self.minor)(x.refunded_minor, y.refunded_minor),
            discount_minor: (self.minor)(x.discount_minor, y.discount_minor),
        });
        joined.truncate(TALLY_CURRENCIES_MAX);
        joined
    }
}
