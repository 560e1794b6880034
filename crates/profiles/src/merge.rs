//! How two profiles become one.
//!
//! Merging is the join of a semilattice: commutative, associative and idempotent. Whatever the order
//! in which a customer's browsers are recognised, and however often a merge is repeated, the result
//! is the same profile. Each part has a join of its own (the table is in `model`'s profile module):
//! the earlier or later of two times, the later of two statements about one thing, the larger of two
//! counts of one origin, the newest of all that was remembered by time. Two statements of the same time about the same thing are told apart by their
//! values, since a merge knows no order of arrival; where they speak of consent, the refusal counts.
//!
//! What holds only up to the caps of [`model::limits`]: beyond the cap of campaigns the ones met
//! longest ago are forgotten, and a forgotten early enrolment can no longer win over a late one, so the
//! result may depend on the order. Beyond the cap of tallies the smallest are summed into one (see
//! [`tallies`]). Beyond the caps of orders and outcomes the oldest are summed up, for the campaigns in
//! which the customer is known to be by then; merged again with a profile that still remembers them one by
//! one they would count twice, which cannot happen in one store: an absorbed id is moved, and never has
//! a profile again. No count is lost in any of them but those of forgotten campaigns, and every store
//! applies merges in the order of its journal.
//!
//! A cart's lines join by product, and those older than the later of the two orders go. A line of the
//! very instant of the order stays: it may have been added after it, as [`crate::fold()`] explains.

mod tallies;

use std::cmp::Ordering;

use model::limits::{CART_LINES_MAX, PROFILE_ALIASES_MAX, PROFILE_CONSENT_MAX, PROFILE_TRAITS_MAX};
use model::{
    AliasSeen, Cart, CartLine, CellChange, CellShare, Change, ConsentChoice, Enrolment, Money,
    Profile, Recent, Tight, Timestamp, Trait, TraitValue,
};

use crate::fold::{
    Standing, earlier, forget_beyond_cap, forget_orders, forget_outcomes, join_enrolments,
    join_orders, join_outcomes, keep_newest, newest_alias, newest_choice, newest_line,
    newest_trait, same_line_key,
};
use crate::sorted::{join_ordered, keep_greatest};

/// The join of two profiles of one tenant. The smaller id stays.
pub fn merge(a: &Profile, b: &Profile) -> Profile {
    let id = a.id.min(b.id);
    let by_campaign = |x: &Enrolment, y: &Enrolment| x.campaign.cmp(&y.campaign);
    let mut orders = join_orders(&a.orders, &b.orders);
    let tallies = tallies::join(&a.tallies, &b.tallies, id, &mut orders);
    let mut merged = Profile {
        tenant: a.tenant.clone(),
        id,
        applied_lsn: a.applied_lsn.max(b.applied_lsn),
        aliases: join_aliases(&a.aliases, &b.aliases),
        first_seen: a.first_seen.min(b.first_seen),
        last_seen: a.last_seen.max(b.last_seen),
        lead_since: earliest(a.lead_since, b.lead_since),
        qualified_since: earliest(a.qualified_since, b.qualified_since),
        first_order_at: earliest(a.first_order_at, b.first_order_at),
        last_order_at: a.last_order_at.max(b.last_order_at),
        traits: join_traits(&a.traits, &b.traits),
        consent: join_consent(&a.consent, &b.consent),
        cart: join_carts(&a.cart, &b.cart),
        orders,
        outcomes: join_outcomes(&a.outcomes, &b.outcomes),
        carts: a.carts.joined(b.carts),
        checkouts: a.checkouts.joined(b.checkouts),
        recent: join_recent(&a.recent, &b.recent),
        enrolments: join_ordered(&a.enrolments, &b.enrolments, by_campaign, join_enrolments),
        tallies,
    };
    forget_beyond_cap(&mut merged);
    forget_orders(&mut merged);
    forget_outcomes(&mut merged);
    merged
}

/// What it changes in totals and cells that `a` and `b` have become `merged`, both having been known.
pub fn merge_change(a: &Profile, b: &Profile, merged: &Profile) -> Change {
    let (one, other, both) = (Standing::of(a), Standing::of(b), Standing::of(merged));
    let cells = merged.enrolments.iter().filter_map(|enrolment| {
        let campaign = &enrolment.campaign;
        let shares = [a.cell_share(campaign), b.cell_share(campaign)];
        let before: Vec<CellShare> = shares.into_iter().flatten().collect();
        let after = merged.cell_share(campaign);
        let same = before.as_slice() == after.as_slice();
        (!same).then(|| CellChange { campaign: campaign.clone(), before, after })
    });
    Change {
        customers: -1,
        customers_with_cart: both.with_cart() - one.with_cart() - other.with_cart(),
        buyers: both.buyer() - one.buyer() - other.buyer(),
        cells: cells.collect(),
    }
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    b.map(|b| earlier(a, b)).or(a)
}

fn join_aliases(a: &[AliasSeen], b: &[AliasSeen]) -> Tight<AliasSeen> {
    let mut joined = a.to_vec();
    for seen in b {
        match joined.iter_mut().find(|known| known.alias == seen.alias) {
            Some(known) => known.seen_at = known.seen_at.max(seen.seen_at),
            None => joined.push(seen.clone()),
        }
    }
    joined.sort_unstable_by(|x, y| newest_alias(y, x));
    joined.truncate(PROFILE_ALIASES_MAX);
    joined.into()
}

fn join_traits(a: &[Trait], b: &[Trait]) -> Tight<Trait> {
    let by_name = |x: &Trait, y: &Trait| x.name.cmp(&y.name);
    let later = |x: &Trait, y: &Trait| {
        let order = x.set_at.cmp(&y.set_at).then_with(|| compare_values(&x.value, &y.value));
        if order.is_ge() { x.clone() } else { y.clone() }
    };
    let mut joined = join_ordered(a, b, by_name, later);
    keep_greatest(&mut joined, PROFILE_TRAITS_MAX, newest_trait);
    joined
}

fn join_consent(a: &[ConsentChoice], b: &[ConsentChoice]) -> Tight<ConsentChoice> {
    let by_category = |x: &ConsentChoice, y: &ConsentChoice| x.category.cmp(&y.category);
    // In doubt the refusal counts.
    let later = |x: &ConsentChoice, y: &ConsentChoice| {
        let order = x.set_at.cmp(&y.set_at).then_with(|| y.granted.cmp(&x.granted));
        if order.is_ge() { x.clone() } else { y.clone() }
    };
    let mut joined = join_ordered(a, b, by_category, later);
    keep_greatest(&mut joined, PROFILE_CONSENT_MAX, newest_choice);
    joined
}

fn join_carts(a: &Cart, b: &Cart) -> Cart {
    let later = |x: &CartLine, y: &CartLine| {
        let order = (x.changed_at, x.quantity, comparable(x.price)).cmp(&(
            y.changed_at,
            y.quantity,
            comparable(y.price),
        ));
        if order.is_ge() { x.clone() } else { y.clone() }
    };
    let mut lines = join_ordered(&a.lines, &b.lines, same_line_key, later);
    let emptied_at = a.emptied_at.max(b.emptied_at);
    lines.retain(|line| emptied_at.is_none_or(|emptied_at| line.changed_at >= emptied_at));
    keep_greatest(&mut lines, CART_LINES_MAX, newest_line);
    Cart { lines, changed_at: a.changed_at.max(b.changed_at), emptied_at }
}

fn join_recent(a: &[Recent], b: &[Recent]) -> Tight<Recent> {
    let mut joined = join_ordered(a, b, |x, y| y.cmp(x), |x, _| *x);
    keep_newest(&mut joined);
    joined
}

/// A total order of values of any kind, which decides between two of the same time.
fn compare_values(a: &TraitValue, b: &TraitValue) -> Ordering {
    match (a, b) {
        (TraitValue::Text(a), TraitValue::Text(b)) => a.cmp(b),
        (TraitValue::Number(a), TraitValue::Number(b)) => a.total_cmp(b),
        (TraitValue::Flag(a), TraitValue::Flag(b)) => a.cmp(b),
        _ => kind_rank(a).cmp(&kind_rank(b)),
    }
}

const fn kind_rank(value: &TraitValue) -> u8 {
    match value {
        TraitValue::Absent => 0,
        TraitValue::Flag(_) => 1,
        TraitValue::Number(_) => 2,
        TraitValue::Text(_) => 3,
    }
}

fn comparable(money: Option<Money>) -> Option<(model::Currency, i64)> {
    money.map(|money| (money.currency, money.minor))
}

#[cfg(test)]
mod sequence;
#[cfg(test)]
mod tests;
