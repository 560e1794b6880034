use model::limits::{
    ORDER_SEEN_PRODUCTS_MAX, PROFILE_ORDERS_MAX, PROFILE_ORDERS_WITH_PRODUCTS_MAX,
};
use model::{Action, CampaignKey, Money, Profile, Timestamp};

use super::{fold_exposures, folded, step};
use crate::testing::{
    added, at_min, cancelled, completed, empty, eur, exposure, order, product, refunded, removed,
};

/// Orders that became void.
fn void(profile: &Profile) -> u32 {
    profile.orders_placed() - profile.net_orders()
}

#[test]
fn an_order_counts_once_however_often_it_is_sent() {
    let mut profile = empty("a-1");
    let first = step(&mut profile, 5, completed("o-1", 1_000));
    let again = step(&mut profile, 6, completed("o-1", 1_000));
    let other = step(&mut profile, 1, completed("o-2", 500));
    assert_eq!((first.buyers, again.buyers, other.buyers), (1, 0, 0));
    assert_eq!(profile.orders_placed(), 2);
    assert_eq!(profile.revenue_minor(eur()), 1_500);
    assert_eq!(profile.first_order_at, Some(at_min(1)));
    assert_eq!(profile.last_order_at, Some(at_min(5)));
    let remembered: Vec<Timestamp> = profile.orders.iter().map(|order| order.at).collect();
    assert_eq!(remembered, [at_min(5), at_min(1)], "newest first");
}

/// An order of these products, each with how many of it.
fn completed_of(id: &str, products: &[(&str, u32)]) -> Action {
    let products = products.iter().map(|(name, quantity)| product(name, *quantity, 100)).collect();
    Action::OrderCompleted(model::Order { products, ..order(id, 1_000) })
}

#[test]
fn what_an_order_names_was_bought_and_else_what_was_in_the_cart() {
    let mut profile = folded(&[(0, added("in-cart", 1, 1)), (0, added("taken-out", 1, 1))]);
    step(&mut profile, 1, removed("taken-out", 1));
    step(&mut profile, 5, added("later", 1, 1));
    step(&mut profile, 2, completed("o-1", 100));
    step(&mut profile, 6, completed_of("o-2", &[("named", 2), ("named", 1), ("none", 0)]));
    let bought = |product: &str, minute| profile.bought_since(product, at_min(minute));
    assert!(bought("in-cart", 2) && !bought("in-cart", 3));
    assert!(bought("named", 6) && !bought("named", 7));
    for other in ["taken-out", "later", "none", "unknown"] {
        assert!(!bought(other, 0), "{other}");
    }
}

#[test]
fn what_was_bought_is_no_longer_when_the_order_is_void_but_the_customer_did_order() {
    let mut profile = folded(&[(1, completed_of("o-1", &[("p", 1)]))]);
    step(&mut profile, 2, refunded("o-1", Some(10)));
    assert!(profile.bought_since("p", at_min(1)), "only a part was paid back");
    step(&mut profile, 3, cancelled("o-1"));
    assert!(!profile.bought_since("p", at_min(1)));
    assert!(profile.ordered_since(at_min(1)) && !profile.ordered_since(at_min(2)));
    step(&mut profile, 9, completed_of("o-2", &[("p", 1)]));
    assert!(profile.bought_since("p", at_min(1)));
    assert!(!empty("a-1").ordered_since(Timestamp::MIN));
}

#[test]
fn products_of_an_order_beyond_the_cap_and_names_beyond_theirs_are_cut() {
    let names: Vec<String> = (0..40).map(|number| format!("p{number}")).collect();
    let lines: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let profile = folded(&[(0, completed_of("o-1", &lines))]);
    let known = names.iter().filter(|name| profile.bought_since(name, at_min(0)));
    assert_eq!(known.count(), ORDER_SEEN_PRODUCTS_MAX);
    assert!(profile.bought_since("p31", at_min(0)) && !profile.bought_since("p32", at_min(0)));
    let long = "x".repeat(100);
    let profile = folded(&[(0, completed_of("o-1", &[(&long, 1)]))]);
    assert!(profile.bought_since(&long, at_min(0)) && profile.bought_since(&long[..64], at_min(0)));
}

#[test]
fn discounts_are_summed_by_currency_whatever_becomes_of_the_orders() {
    let off = |id, discount_minor| {
        Action::OrderCompleted(model::Order { discount_minor, ..order(id, 1_000) })
    };
    let profile = folded(&[(0, off("o-1", 200)), (1, off("o-2", 50)), (2, cancelled("o-1"))]);
    assert_eq!(profile.discount_minor(eur()), 250);
    assert_eq!(profile.discount_minor(model::Currency::parse("USD").expect("known")), 0);
}

#[test]
fn orders_beyond_the_cap_are_forgotten_but_stay_counted() {
    let mut profile = empty("a-1");
    let orders = i64::try_from(PROFILE_ORDERS_MAX).expect("small") + 4;
    for number in 0..orders {
        step(&mut profile, number, completed(&format!("o-{number}"), 100));
    }
    assert_eq!(profile.orders.len(), PROFILE_ORDERS_MAX);
    assert_eq!(i64::from(profile.orders_placed()), orders);
    assert!(step(&mut profile, 100, cancelled("o-3")).is_empty());
    let all = orders * 100;
    assert_eq!(profile.revenue_minor(eur()), all, "a forgotten order cannot be taken back");
    // The oldest that is remembered, as what was said of the forgotten one took a place too.
    step(&mut profile, 101, cancelled("o-5"));
    assert_eq!(profile.revenue_minor(eur()), all - 100);
}

#[test]
fn of_forty_orders_those_of_long_ago_are_taken_back_like_the_latest() {
    let mut profile = empty("a-1");
    fold_exposures(&mut profile, at_min(0), 1, &[exposure("c", "treated", true, 100)]);
    for number in 0..40 {
        step(&mut profile, number, completed(&format!("o-{number}"), 100));
    }
    for number in 0..10 {
        step(&mut profile, 50 + number, refunded(&format!("o-{number}"), Some(100)));
    }
    let share = profile.cell_share(&CampaignKey::parse("c").expect("valid")).expect("enrolled");
    assert_eq!((share.orders, share.revenue[0].minor), (30, 3_000));
}

#[test]
fn what_was_bought_is_known_of_the_newest_orders_and_refunds_of_unknown_ones_displace_none() {
    let newest = i64::try_from(PROFILE_ORDERS_WITH_PRODUCTS_MAX).expect("small");
    let mut profile = empty("a-1");
    for number in 0..=newest {
        let name = format!("p{number}");
        step(&mut profile, number, completed_of(&format!("o-{number}"), &[(&name, 1)]));
        step(&mut profile, 50 + number, cancelled(&format!("unknown-{number}")));
    }
    assert!(!profile.bought_since("p0", at_min(0)), "so many orders are newer");
    assert!(profile.bought_since("p1", at_min(0)));
    assert_eq!(i64::from(profile.net_orders()), newest + 1);
}

#[test]
fn a_refund_takes_back_what_is_left_and_no_more() {
    let mut profile = folded(&[(0, completed("o-1", 1_000)), (1, completed("o-2", 300))]);
    step(&mut profile, 2, refunded("o-1", Some(400)));
    assert_eq!((profile.revenue_minor(eur()), void(&profile)), (900, 0));
    step(&mut profile, 3, refunded("o-1", Some(9_999)));
    assert_eq!((profile.revenue_minor(eur()), void(&profile)), (300, 1));
    step(&mut profile, 4, refunded("o-1", None));
    step(&mut profile, 5, cancelled("o-1"));
    step(&mut profile, 5, cancelled("unknown"));
    assert_eq!((profile.revenue_minor(eur()), void(&profile)), (300, 1));
    step(&mut profile, 6, cancelled("o-2"));
    assert_eq!((profile.revenue_minor(eur()), void(&profile)), (0, 2));
    assert_eq!(profile.orders_placed(), 2, "counts only grow");
}

#[test]
fn a_refund_that_comes_before_its_order_takes_it_back_when_it_comes() {
    for (taken, left) in [(refunded("o-1", Some(400)), (600, 1)), (cancelled("o-1"), (0, 0))] {
        let mut profile = folded(&[(2, taken)]);
        assert_eq!((profile.orders_placed(), profile.orders.len()), (0, 1));
        step(&mut profile, 1, completed("o-1", 1_000));
        assert_eq!((profile.revenue_minor(eur()), profile.net_orders()), left);
        assert_eq!((profile.orders_placed(), profile.orders[0].at), (1, at_min(1)));
    }
}

#[test]
fn a_refund_that_is_sent_again_takes_nothing_more_back() {
    let mut profile = folded(&[(0, completed("o-1", 1_000)), (2, refunded("o-1", Some(400)))]);
    assert!(step(&mut profile, 2, refunded("o-1", Some(400))).is_empty());
    step(&mut profile, 3, refunded("o-1", Some(400)));
    assert_eq!(profile.revenue_minor(eur()), 200);
}

#[test]
fn refunds_of_one_order_beyond_the_cap_are_still_taken_back() {
    let mut profile = folded(&[(0, completed("o-1", 1_000))]);
    for minute in 1..=20 {
        step(&mut profile, minute, refunded("o-1", Some(10)));
    }
    assert_eq!(profile.orders[0].refunds.len(), model::limits::ORDER_REFUNDS_MAX);
    assert_eq!(profile.revenue_minor(eur()), 800);
}

/// Whichever of them has the last id.
#[test]
fn the_one_refund_in_an_orders_currency_is_taken_back_among_many_in_another() {
    let usd = model::Currency::parse("USD").expect("known");
    for minute in 1..=40 {
        let mut profile = folded(&[(0, completed("o-1", 1_000))]);
        for other in 100..108 {
            let amount = Some(Money::from_minor(1, usd));
            step(&mut profile, other, Action::OrderRefunded { order_id: "o-1".into(), amount });
        }
        step(&mut profile, minute, refunded("o-1", Some(10)));
        assert_eq!(profile.orders[0].refunds.len(), model::limits::ORDER_REFUNDS_MAX);
        assert_eq!(profile.revenue_minor(eur()), 990, "refunded in minute {minute}");
    }
}

#[test]
fn a_refund_in_another_currency_or_below_zero_changes_nothing() {
    let mut profile = folded(&[(0, completed("o-1", 1_000))]);
    let before = (profile.revenue_minor(eur()), profile.net_orders());
    let usd = model::Currency::parse("USD").expect("known");
    let in_dollars = Some(Money::from_minor(5, usd));
    step(&mut profile, 1, Action::OrderRefunded { order_id: "o-1".into(), amount: in_dollars });
    step(&mut profile, 1, refunded("o-1", Some(-5)));
    assert_eq!((profile.revenue_minor(eur()), profile.net_orders()), before);
}

#[test]
fn an_order_without_revenue_counts_and_can_be_cancelled() {
    let mut profile = empty("a-1");
    let unpriced = model::Order { revenue: None, ..order("o-1", 0) };
    step(&mut profile, 0, Action::OrderCompleted(unpriced));
    assert_eq!(profile.orders_placed(), 1);
    step(&mut profile, 1, refunded("o-1", Some(5)));
    assert_eq!(void(&profile), 0, "a part of an unknown sum");
    step(&mut profile, 2, cancelled("o-1"));
    assert_eq!(void(&profile), 1);
}
