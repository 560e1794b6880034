//! The three conditions, each at its edge.

use vitrine_sdk::Timestamp;
use vitrine_sdk::testing::{CartFacts, CustomerFacts, Example, OrderFacts, ViewFacts};

use super::decide;

const CHANGED_AT: i64 = 1_569_888_000_000;
const SIX_HOURS: i64 = 21_600_000;

fn eligible(value_minor: i64, now: i64, ordered_at: Option<i64>) -> bool {
    let changed_at = Some(Timestamp::from_ms(CHANGED_AT));
    let cart = CartFacts { value_minor, changed_at, ..CartFacts::default() };
    let orders =
        OrderFacts { last_at: ordered_at.map(Timestamp::from_ms), ..OrderFacts::default() };
    let customer = CustomerFacts { cart, orders, ..CustomerFacts::default() };
    let view = ViewFacts { now: Timestamp::from_ms(now), ..ViewFacts::default() };
    Example { customer, view }.decide(decide).offer.is_some()
}

#[test]
fn a_cart_below_twenty_is_let_go() {
    assert!(!eligible(1_999, CHANGED_AT, None));
    assert!(eligible(2_000, CHANGED_AT, None));
}

#[test]
fn a_cart_is_rescued_up_to_six_hours_after_its_last_change() {
    assert!(eligible(2_000, CHANGED_AT + SIX_HOURS, None));
    assert!(!eligible(2_000, CHANGED_AT + SIX_HOURS + 1, None));
}

#[test]
fn an_order_since_the_last_change_ends_the_rescue() {
    assert!(eligible(2_000, CHANGED_AT, Some(CHANGED_AT - 1)));
    assert!(!eligible(2_000, CHANGED_AT, Some(CHANGED_AT)));
    assert!(!eligible(2_000, CHANGED_AT + 2, Some(CHANGED_AT + 1)));
}

#[test]
fn a_customer_who_never_had_a_cart_is_left_alone() {
    assert!(Example::default().decide(decide).offer.is_none());
}
