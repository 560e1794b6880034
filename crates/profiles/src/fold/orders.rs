//! Orders and what is taken back of them.
//!
//! The profile keeps the hashes of the latest orders. By them an order that is sent again is not
//! counted again, and a refund finds the order whose revenue it takes back. Counts and sums only grow
//! (that is what lets two copies of a tally be joined): taking back adds to `orders_void` and
//! `refunded_minor`, in the very tally in which the order was counted.
//!
//! An order counts for every campaign in which the customer is enrolled when it arrives and whose
//! attribution window holds it. It remembers these campaigns and its tally, and is taken back from
//! exactly them: a merge, or an exposure dated earlier than an order that arrived before it, may have
//! moved an enrolment in between. Only a campaign that was forgotten gives nothing back, even if the
//! customer has entered it again: the order is not among those counted since.

use std::cmp::Ordering;
use std::hash::Hasher;

use model::limits::{ORDER_SEEN_PRODUCTS_MAX, PROFILE_ORDERS_MAX, TALLY_CURRENCIES_MAX};
use model::{
    CampaignKey, CampaignTally, Cart, CellChange, CustomerId, Money, Order, OrderSeen, ProductHash,
    Profile, Revenue, Tally, Timestamp,
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
    let attributed = attributed(profile, at);
    for campaign in &attributed {
        cells.extend(campaigns::change_cell(profile, campaign, |profile| {
            let tally = campaigns::own_tally(profile, campaign);
            tally.orders = tally.orders.saturating_add(1);
            earn(&mut tally.revenue, revenue, order.discount_minor);
        }));
    }
    profile.first_order_at = Some(earlier(profile.first_order_at, at));
    profile.last_order_at = profile.last_order_at.max(Some(at));
    let seen = OrderSeen {
        id_hash,
        at,
        revenue,
        refunded_minor: 0,
        void: false,
        origin: profile.id,
        attributed,
        products: bought(order, &profile.cart, at),
    };
    remember(profile, seen);
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
    let (at, origin, attributed) = (order.at, order.origin, order.attributed.clone());
    if let Some(tally) = tally_of(profile, origin) {
        Ledger::of_tally(tally).give(takeback);
    }
    let mut cells = Vec::new();
    for campaign in &attributed {
        let enrolment = profile.enrolment(campaign);
        if enrolment.is_none_or(|entered_again| entered_again.since > at) {
            continue;
        }
        cells.extend(campaigns::change_cell(profile, campaign, |profile| {
            let Some(tally) = tally_of(profile, origin) else { return };
            let mut counted = tally.campaigns.iter_mut();
            if let Some(counted) = counted.find(|counted| counted.campaign == *campaign) {
                Ledger::of_campaign(counted).give(takeback);
            }
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

fn tally_of(profile: &mut Profile, origin: CustomerId) -> Option<&mut Tally> {
    let place = profile.tallies.binary_search_by_key(&origin, |tally| tally.origin).ok()?;
    profile.tallies.get_mut(place)
}

fn remember(profile: &mut Profile, order: OrderSeen) {
    let place = profile.orders.partition_point(|seen| newest_order(seen, &order).is_gt());
    insert_tight(&mut profile.orders, place, order);
    keep_greatest(&mut profile.orders, PROFILE_ORDERS_MAX, newest_order);
}

/// The campaigns for which an order of this time counts, ordered.
fn attributed(profile: &Profile, at: Timestamp) -> Vec<CampaignKey> {
    let open = profile.enrolments.iter();
    let open = open.filter(|known| known.since <= at && at <= known.attribution_until);
    let mut campaigns: Vec<CampaignKey> = open.map(|known| known.campaign.clone()).collect();
    campaigns.shrink_to_fit();
    campaigns
}

/// What the order holds: its products if the shop named them, else what it takes out of the cart.
fn bought(order: &Order, cart: &Cart, at: Timestamp) -> Vec<ProductHash> {
    let mut products: Vec<ProductHash> = if order.products.is_empty() {
        let lines = cart.filled_lines().filter(|line| line.changed_at <= at);
        lines.take(ORDER_SEEN_PRODUCTS_MAX).map(|line| ProductHash::of(&line.product)).collect()
    } else {
        let products = order.products.iter().filter(|product| product.quantity > 0);
        products.take(ORDER_SEEN_PRODUCTS_MAX).map(|it| ProductHash::of(&it.id)).collect()
    };
    products.sort_unstable();
    products.dedup();
    products.shrink_to_fit();
    products
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
    fn of_tally(tally: &'a mut Tally) -> Self {
        Self {
            orders: tally.orders,
            orders_void: &mut tally.orders_void,
            revenue: &mut tally.revenue,
        }
    }

    fn of_campaign(tally: &'a mut CampaignTally) -> Self {
        Self {
            orders: tally.orders,
            orders_void: &mut tally.orders_void,
            revenue: &mut tally.revenue,
        }
    }

    /// Gives back what was counted here, never more: a currency beyond the cap was not.
    fn give(&mut self, takeback: Takeback) {
        if takeback.voids {
            *self.orders_void = self.orders_void.saturating_add(1).min(self.orders);
        }
        let Some(back) = takeback.back else { return };
        let mut sums = self.revenue.iter_mut();
        if let Some(sum) = sums.find(|sum| sum.currency == back.currency) {
            let back_minor = back.minor.min(sum.net_minor().max(0));
            sum.refunded_minor = sum.refunded_minor.saturating_add(back_minor);
        }
    }
}
