//! Orders, what is taken back of them, and other outcomes.
//!
//! Every event is a statement about an order (that it was placed, cancelled, paid back in part), and
//! the profile keeps what was stated: joined with what it knows of the order already, in whichever
//! sequence they come, so that a refund may come before its order and an order twice. What that comes
//! to, in all and for each campaign, is worked out of it (see `model`'s profile module), and only what
//! is forgotten at the cap is summed up: in the tally of the id under which it came, and for the
//! campaigns for which it counts at that time. A refund of an order that was forgotten takes nothing back.

use std::cmp::Ordering;

use model::limits::{
    ORDER_REFUNDS_MAX, ORDER_SEEN_PRODUCTS_MAX, PROFILE_ORDERS_MAX,
    PROFILE_ORDERS_WITH_PRODUCTS_MAX, PROFILE_OUTCOMES_MAX, TALLY_CURRENCIES_MAX,
};
use model::{
    CampaignKey, Cart, CellChange, Currency, CustomerId, Enrolment, Measure, Money, Order,
    OrderSeen, OutcomeSeen, Placed, ProductHash, Profile, Refund, Revenue, Tight, Timestamp,
    fingerprint, short_fingerprint,
};

use super::{campaigns, cart, earlier, own_tally};
use crate::sorted::join_ordered;

const ORDER_LABEL: u64 = 0x6f72_6465_7221_2121;
const EVENT_LABEL: u64 = 0x6576_656e_7421_2121;

/// Counts an order, and empties the cart.
pub(super) fn complete(profile: &mut Profile, at: Timestamp, order: &Order) -> Vec<CellChange> {
    let id_hash = fingerprint(ORDER_LABEL, order.id.as_bytes());
    let mut known = profile.orders.iter().filter(|seen| seen.id_hash == id_hash);
    let is_known = known.any(|seen| seen.placed.is_some());
    let placed = Placed {
        origin: profile.id,
        revenue: order.revenue.map(|money| Money { minor: money.minor.max(0), ..money }),
        discount_minor: order.discount_minor.max(0),
        products: bought(order, &profile.cart, at),
    };
    let placed = Some(placed);
    let said = OrderSeen { id_hash, at, placed, cancelled: false, refunds: Vec::new().into() };
    let cells = campaigns::change_cells(profile, |_, _| true, |profile| remember(profile, said));
    if !is_known {
        profile.first_order_at = Some(earlier(profile.first_order_at, at));
        profile.last_order_at = profile.last_order_at.max(Some(at));
        cart::empty(&mut profile.cart, at);
    }
    cells
}

/// Takes an order back: all of it, or an amount. `message_id` is that of the event that says so.
pub(super) fn refund(
    profile: &mut Profile,
    at: Timestamp,
    message_id: &str,
    (order_id, amount): (&str, Option<Money>),
) -> Vec<CellChange> {
    let refunds = match amount {
        None => Tight::new(),
        Some(amount) if amount.minor <= 0 => return Vec::new(),
        Some(amount) => {
            let id = short_fingerprint(EVENT_LABEL, message_id.as_bytes());
            Tight::from(vec![Refund { id, amount }])
        }
    };
    let id_hash = fingerprint(ORDER_LABEL, order_id.as_bytes());
    let said = OrderSeen { id_hash, at, placed: None, cancelled: amount.is_none(), refunds };
    campaigns::change_cells(profile, |_, _| true, |profile| remember(profile, said))
}

/// The currency of an order that the customer placed and that is remembered.
pub fn currency_of_order(profile: &Profile, order_id: &str) -> Option<Currency> {
    let id_hash = fingerprint(ORDER_LABEL, order_id.as_bytes());
    let order = profile.orders.iter().find(|known| known.id_hash == id_hash)?;
    order.placed.as_ref()?.revenue.map(|revenue| revenue.currency)
}

/// Counts an event as what the plan's goals measured of it.
pub(super) fn measured(
    profile: &mut Profile,
    at: Timestamp,
    message_id: &str,
    measures: &[Measure],
) -> Vec<CellChange> {
    let is_meant =
        |_: &Profile, known: &Enrolment| measures.iter().any(|measure| measure.goal == known.goal);
    let id = short_fingerprint(EVENT_LABEL, message_id.as_bytes());
    campaigns::change_cells(profile, is_meant, |profile| {
        for &Measure { goal, value_milli } in measures {
            let said = OutcomeSeen { at, goal, id, value_milli };
            profile.outcomes = join_outcomes(&profile.outcomes, &[said]);
        }
        forget_outcomes(profile);
    })
}

/// What two profiles know of orders, newest first.
pub(crate) fn join_orders(a: &[OrderSeen], b: &[OrderSeen]) -> Tight<OrderSeen> {
    let mut joined = a.to_vec();
    for order in b {
        match joined.iter_mut().find(|known| known.id_hash == order.id_hash) {
            Some(known) => *known = join_order(known, order),
            None => joined.push(order.clone()),
        }
    }
    joined.sort_unstable_by(|x, y| newest_order(y, x));
    joined.into()
}

/// What two profiles know of outcomes, newest first. One that both know happened at the earlier time.
pub(crate) fn join_outcomes(a: &[OutcomeSeen], b: &[OutcomeSeen]) -> Tight<OutcomeSeen> {
    let mut joined = a.to_vec();
    for outcome in b {
        let same = |known: &&mut OutcomeSeen| (known.goal, known.id) == (outcome.goal, outcome.id);
        match joined.iter_mut().find(same) {
            Some(known) => {
                known.at = known.at.min(outcome.at);
                known.value_milli = known.value_milli.max(outcome.value_milli);
            }
            None => joined.push(*outcome),
        }
    }
    joined
        .sort_unstable_by_key(|outcome| (std::cmp::Reverse(outcome.at), outcome.goal, outcome.id));
    joined.into()
}

/// Sums up the orders beyond the cap, the oldest first, and forgets what was bought by all but the newest
/// of the others. What was taken back of an order that never came is forgotten.
pub(crate) fn forget_orders(profile: &mut Profile) {
    forget_products(&mut profile.orders);
    while profile.orders.len() > PROFILE_ORDERS_MAX {
        let Some(order) = profile.orders.pop() else { return };
        let Some(placed) = &order.placed else { continue };
        let campaigns = open(profile, |known| known.holds(order.at));
        let refunded_minor = order.refunded_minor();
        let tally = tally_of(profile, placed.origin);
        let is_void = order.is_void();
        let void = u32::from(is_void);
        tally.orders = tally.orders.saturating_add(1);
        tally.orders_void = tally.orders_void.saturating_add(void);
        let counts = u32::from(!is_void);
        earn(&mut tally.revenue, placed, refunded_minor, counts);
        for campaign in &campaigns {
            let tally = campaigns::tally_in(tally, campaign);
            tally.orders = tally.orders.saturating_add(1);
            tally.orders_void = tally.orders_void.saturating_add(void);
            earn(&mut tally.revenue, placed, refunded_minor, counts);
        }
    }
}

/// Forgets what was bought by orders for which so many are newer, since money and counts are what they are
/// remembered for by then. What came of no order yet takes no place of one.
fn forget_products(orders: &mut [OrderSeen]) {
    let placed = orders.iter_mut().filter_map(|order| order.placed.as_mut());
    for placed in placed.skip(PROFILE_ORDERS_WITH_PRODUCTS_MAX) {
        placed.products.clear();
    }
}

/// Sums up the outcomes beyond the cap, the oldest first.
pub(crate) fn forget_outcomes(profile: &mut Profile) {
    while profile.outcomes.len() > PROFILE_OUTCOMES_MAX {
        let Some(outcome) = profile.outcomes.pop() else { return };
        let is_meant = |known: &Enrolment| known.goal == outcome.goal && known.holds(outcome.at);
        for campaign in open(profile, is_meant) {
            let tally = campaigns::own_tally(profile, &campaign);
            tally.outcomes = tally.outcomes.saturating_add(1);
            tally.value_milli = tally.value_milli.saturating_add(outcome.value_milli);
        }
    }
}

/// The order in which orders are forgotten at the cap: the one placed longest ago first.
fn newest_order(a: &OrderSeen, b: &OrderSeen) -> Ordering {
    a.at.cmp(&b.at).then_with(|| a.id_hash.cmp(&b.id_hash))
}

/// Takes in what is said of an order.
fn remember(profile: &mut Profile, said: OrderSeen) {
    let known = profile.orders.iter().position(|known| known.id_hash == said.id_hash);
    let said = match known {
        Some(place) => join_order(&profile.orders.remove(place), &said),
        None => said,
    };
    let place = profile.orders.partition_point(|known| newest_order(known, &said).is_gt());
    profile.orders.insert(place, said);
    forget_orders(profile);
}

/// All that is said of one order. Of an order that was placed twice, the earlier counts.
fn join_order(a: &OrderSeen, b: &OrderSeen) -> OrderSeen {
    let rank = |order: &OrderSeen| {
        let placed = order.placed.as_ref()?;
        let revenue = placed.revenue.map(|money| (money.currency, money.minor));
        Some((order.at, placed.origin, revenue, placed.discount_minor, placed.products.clone()))
    };
    let (at, placed) = match (rank(a), rank(b)) {
        (Some(one), Some(other)) if other < one => (b.at, &b.placed),
        (Some(_), _) => (a.at, &a.placed),
        (None, Some(_)) => (b.at, &b.placed),
        (None, None) => (a.at.min(b.at), &None),
    };
    OrderSeen {
        id_hash: a.id_hash,
        at,
        placed: placed.clone(),
        cancelled: a.cancelled || b.cancelled,
        refunds: join_refunds(&a.refunds, &b.refunds),
    }
}

fn join_refunds(a: &[Refund], b: &[Refund]) -> Tight<Refund> {
    let rank = |refund: &Refund| (refund.amount.currency, refund.amount.minor);
    let larger = |x: &Refund, y: &Refund| if rank(x) >= rank(y) { *x } else { *y };
    let mut joined = join_ordered(a, b, |x, y| x.id.cmp(&y.id), larger);
    while joined.len() > ORDER_REFUNDS_MAX {
        let Some((kept, beyond)) = last_of_one_currency(&joined) else {
            joined.pop();
            continue;
        };
        let Refund { amount, .. } = joined.remove(beyond);
        joined[kept].amount.minor = joined[kept].amount.minor.saturating_add(amount.minor);
    }
    joined
}

/// The places of the last two refunds that are in one currency; `None` when no two are.
fn last_of_one_currency(refunds: &[Refund]) -> Option<(usize, usize)> {
    let currency = |place: usize| refunds[place].amount.currency;
    (0..refunds.len()).rev().find_map(|beyond| {
        let kept = (0..beyond).rev().find(|kept| currency(*kept) == currency(beyond));
        kept.map(|kept| (kept, beyond))
    })
}

/// The campaigns of the enrolments that are meant, ordered.
fn open(profile: &Profile, is_meant: impl Fn(&Enrolment) -> bool) -> Vec<CampaignKey> {
    let meant = profile.enrolments.iter().filter(|known| is_meant(known));
    meant.map(|known| known.campaign.clone()).collect()
}

/// The tally of an id; the profile's own when that one was summed up with others.
fn tally_of(profile: &mut Profile, origin: CustomerId) -> &mut model::Tally {
    match profile.tallies.binary_search_by_key(&origin, |tally| tally.origin) {
        Ok(place) => &mut profile.tallies[place],
        Err(_) => own_tally(profile),
    }
}

/// What the order holds: its products if the shop named them, else what it takes out of the cart.
fn bought(order: &Order, cart: &Cart, at: Timestamp) -> Tight<ProductHash> {
    let mut products: Vec<ProductHash> = if order.products.is_empty() {
        let lines = cart.filled_lines().filter(|line| line.changed_at <= at);
        lines.take(ORDER_SEEN_PRODUCTS_MAX).map(|line| ProductHash::of(&line.product)).collect()
    } else {
        let products = order.products.iter().filter(|product| product.quantity > 0);
        products.take(ORDER_SEEN_PRODUCTS_MAX).map(|it| ProductHash::of(&it.id)).collect()
    };
    products.sort_unstable();
    products.dedup();
    products.into()
}

/// Adds an order's money, and the order where it counts. A currency beyond the cap adds none.
fn earn(sums: &mut Tight<Revenue>, placed: &Placed, refunded_minor: i64, counts: u32) {
    let Some(revenue) = placed.revenue else { return };
    let place = match sums.binary_search_by_key(&revenue.currency, |sum| sum.currency) {
        Ok(place) => place,
        Err(_) if sums.len() >= TALLY_CURRENCIES_MAX => return,
        Err(place) => {
            sums.insert(place, Revenue::new(revenue.currency));
            place
        }
    };
    let sum = &mut sums[place];
    sum.orders = sum.orders.saturating_add(counts);
    sum.gross_minor = sum.gross_minor.saturating_add(revenue.minor);
    sum.refunded_minor = sum.refunded_minor.saturating_add(refunded_minor);
    sum.discount_minor = sum.discount_minor.saturating_add(placed.discount_minor);
}
