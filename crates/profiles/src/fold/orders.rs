//! Orders and what is taken back of them.
//!
//! The profile keeps the hashes of the latest orders. By them an order that is sent again is not
//! counted again, and a refund finds the order whose revenue it takes back. Counts and sums only grow
//! (that is what lets two copies of a tally be joined): taking back adds to `orders_void` and
//! `refunded_minor`, in the tally in which the order was counted as far as that can be told: the
//! profile's own if it has that much left, else the first that has.
//!
//! An order counts for every campaign in which the customer is enrolled when it arrives and whose
//! attribution window holds it. A refund is taken back from the campaigns whose window holds the
//! order, never more than they have left. These are the same campaigns unless a merge, or an exposure
//! dated earlier than an order that arrived before it, has moved an enrolment in between.

use std::cmp::Ordering;
use std::hash::Hasher;

use model::limits::{PROFILE_ORDERS_MAX, TALLY_CURRENCIES_MAX};
use model::{
    CampaignKey, CampaignTally, CellChange, Currency, CustomerId, Money, Order, OrderSeen, Profile,
    Revenue, Timestamp,
};
use siphasher::sip::SipHasher13;

use super::{campaigns, cart, earlier, own_tally};
use crate::sorted::{insert_tight, keep_greatest};

/// What a refund or cancellation takes back of one order.
#[derive(Clone, Copy)]
struct Takeback {
    back: Option<Money>,
    voids: bool,
}

/// The counts that an order touches, in a whole tally or in that of one campaign.
struct Ledger<'a> {
    origin: CustomerId,
    orders: u32,
    orders_void: &'a mut u32,
    revenue: &'a mut Vec<Revenue>,
}

/// Counts an order, and empties the cart.
pub(super) fn complete(profile: &mut Profile, at: Timestamp, order: &Order) -> Vec<CellChange> {
    let id_hash = hash(&order.id);
    if profile.orders.iter().any(|seen| seen.id_hash == id_hash) {
        return Vec::new();
    }
    let revenue = order.revenue.map(|money| Money { minor: money.minor.max(0), ..money });
    let tally = own_tally(profile);
    tally.orders = tally.orders.saturating_add(1);
    earn(&mut tally.revenue, revenue, order.discount_minor);
    let mut cells = Vec::new();
    for campaign in attributed(profile, at) {
        cells.extend(campaigns::change_cell(profile, &campaign, |profile| {
            let tally = campaigns::own_tally(profile, &campaign);
            tally.orders = tally.orders.saturating_add(1);
            earn(&mut tally.revenue, revenue, order.discount_minor);
        }));
    }
    profile.first_order_at = Some(earlier(profile.first_order_at, at));
    profile.last_order_at = profile.last_order_at.max(Some(at));
    remember(profile, OrderSeen { id_hash, at, revenue, refunded_minor: 0, void: false });
    cart::empty(&mut profile.cart, at);
    cells
}

/// Takes an order back: all that is left of it, or an amount. An order that the profile does not
/// remember, and an amount in another currency than the order's, change nothing.
pub(super) fn refund(
    profile: &mut Profile,
    order_id: &str,
    amount: Option<Money>,
) -> Vec<CellChange> {
    let id_hash = hash(order_id);
    let Some(order) = profile.orders.iter_mut().find(|seen| seen.id_hash == id_hash) else {
        return Vec::new();
    };
    let Some(takeback) = take_back(order, amount) else { return Vec::new() };
    let at = order.at;
    let own = profile.id;
    apply(profile.tallies.iter_mut().map(Ledger::of_tally), own, takeback);
    let mut cells = Vec::new();
    for campaign in attributed(profile, at) {
        cells.extend(campaigns::change_cell(profile, &campaign, |profile| {
            let tallies = profile.tallies.iter_mut();
            let ledgers = tallies.flat_map(|tally| {
                let origin = tally.origin;
                let counted = tally.campaigns.iter_mut();
                counted.map(move |counted| (origin, counted))
            });
            let ledgers = ledgers.filter(|(_, counted)| counted.campaign == campaign);
            let ledgers = ledgers.map(|(origin, counted)| Ledger::of_campaign(origin, counted));
            apply(ledgers, own, takeback);
        }));
    }
    cells
}

/// The order in which orders are forgotten at the cap: the one placed longest ago first.
pub(crate) fn newest_order(a: &OrderSeen, b: &OrderSeen) -> Ordering {
    a.at.cmp(&b.at).then_with(|| a.id_hash.cmp(&b.id_hash))
}

/// Marks the order, and tells what that takes back; `None` when nothing.
fn take_back(order: &mut OrderSeen, amount: Option<Money>) -> Option<Takeback> {
    if order.void {
        return None;
    }
    let left = order.revenue.map(|revenue| Money {
        minor: revenue.minor.saturating_sub(order.refunded_minor),
        ..revenue
    });
    let back = match (left, amount) {
        (left, None) => left,
        (Some(left), Some(amount)) if left.currency == amount.currency => {
            Some(Money { minor: amount.minor.clamp(0, left.minor.max(0)), ..left })
        }
        (_, Some(_)) => return None,
    };
    let back = back.filter(|back| back.minor > 0);
    let paid_back = back.map_or(0, |back| back.minor);
    let rest = left.map_or(0, |left| left.minor - paid_back);
    let voids = amount.is_none() || (paid_back > 0 && rest == 0);
    if !voids && back.is_none() {
        return None;
    }
    order.refunded_minor = order.refunded_minor.saturating_add(paid_back);
    order.void = voids;
    Some(Takeback { back, voids })
}

/// Takes back from the own ledger, else from the first, that has so much left.
fn apply<'a>(ledgers: impl Iterator<Item = Ledger<'a>>, own: CustomerId, takeback: Takeback) {
    let mut fitting: Vec<Ledger<'a>> = ledgers.filter(|ledger| ledger.holds(takeback)).collect();
    let place = fitting.iter().position(|ledger| ledger.origin == own).unwrap_or(0);
    if let Some(ledger) = fitting.get_mut(place) {
        ledger.give(takeback);
    }
}

fn remember(profile: &mut Profile, order: OrderSeen) {
    let place = profile.orders.partition_point(|seen| newest_order(seen, &order).is_gt());
    insert_tight(&mut profile.orders, place, order);
    keep_greatest(&mut profile.orders, PROFILE_ORDERS_MAX, newest_order);
}

/// The campaigns for which an order of this time counts.
fn attributed(profile: &Profile, at: Timestamp) -> Vec<CampaignKey> {
    let open = profile.enrolments.iter();
    let open = open.filter(|known| known.since <= at && at <= known.attribution_until);
    open.map(|known| known.campaign.clone()).collect()
}

/// Adds an order's money. A currency beyond the cap adds none.
fn earn(sums: &mut Vec<Revenue>, revenue: Option<Money>, discount_minor: i64) {
    let Some(revenue) = revenue else { return };
    let place = match sums.binary_search_by_key(&revenue.currency, |sum| sum.currency) {
        Ok(place) => place,
        Err(_) if sums.len() >= TALLY_CURRENCIES_MAX => return,
        Err(place) => {
            insert_tight(sums, place, Revenue::new(revenue.currency));
            place
        }
    };
    let sum = &mut sums[place];
    sum.gross_minor = sum.gross_minor.saturating_add(revenue.minor);
    sum.discount_minor = sum.discount_minor.saturating_add(discount_minor.max(0));
}

/// The hash by which the profile knows an order. It is on disk, so it must never change.
fn hash(order_id: &str) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x7669_7472_696e_6521, 0x6f72_6465_7221_2121);
    hasher.write(order_id.as_bytes());
    hasher.finish()
}

// === impl Ledger ===

impl<'a> Ledger<'a> {
    fn of_tally(tally: &'a mut model::Tally) -> Self {
        Self {
            origin: tally.origin,
            orders: tally.orders,
            orders_void: &mut tally.orders_void,
            revenue: &mut tally.revenue,
        }
    }

    fn of_campaign(origin: CustomerId, tally: &'a mut CampaignTally) -> Self {
        Self {
            origin,
            orders: tally.orders,
            orders_void: &mut tally.orders_void,
            revenue: &mut tally.revenue,
        }
    }

    /// Whether an order with this much revenue can be among those counted here.
    fn holds(&self, takeback: Takeback) -> bool {
        let sum = |currency: Currency| self.revenue.iter().find(|sum| sum.currency == currency);
        let covers = |back: Money| sum(back.currency).map_or(0, Revenue::net_minor) >= back.minor;
        self.orders > *self.orders_void && takeback.back.is_none_or(covers)
    }

    fn give(&mut self, takeback: Takeback) {
        if takeback.voids {
            *self.orders_void = self.orders_void.saturating_add(1);
        }
        let Some(back) = takeback.back else { return };
        let mut sums = self.revenue.iter_mut();
        if let Some(sum) = sums.find(|sum| sum.currency == back.currency) {
            sum.refunded_minor = sum.refunded_minor.saturating_add(back.minor);
        }
    }
}
