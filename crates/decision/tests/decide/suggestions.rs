//! What a plugin may say about an offer.

use model::{Campaign, FaultKind};

use crate::shop::{campaign, check, customer, decision, enrolled, parsed, plan, plugin, view, yes};

/// Two treated arms, of 10 and 20 percent, and a control.
fn two_discounts() -> Campaign {
    parsed(
        r#"
key = "rescue"
placement = "banner"
[when]
plugin = "p.wat"
[experiment]
control = "control"
variants = [
  { key = "control", weight = 1 },
  { key = "ten", weight = 1, offer = "ten" },
  { key = "twenty", weight = 1, offer = "twenty" },
  { key = "five-euro", weight = 1, offer = "five-euro" },
]
[[offers]]
key = "ten"
kind = "banner"
discount = { percent = 10 }
text.en.title = "10 % off"
[[offers]]
key = "twenty"
kind = "banner"
discount = { percent = 20 }
text.en.title = "20 % off"
[[offers]]
key = "five-euro"
kind = "banner"
discount = { amount = "5.00", currency = "EUR" }
text.en.title = "5 euro off"
"#,
    )
}

#[test]
fn a_plugin_may_make_a_discount_smaller_but_never_larger_than_the_customers_own() {
    let plan = plan(vec![(two_discounts(), plugin("(i32.const 64)", Some(15)))]).expect("a plan");
    let made = |variant: &str| {
        let profile = enrolled(customer("x"), "rescue", variant);
        let mut offers = decision(&plan, profile, view("/", &[])).offers;
        offers.pop().map(|made| (made.offer.key.to_string(), made.discount_percent))
    };
    assert_eq!(made("twenty"), Some(("twenty".into(), Some(15))));
    assert_eq!(made("ten"), Some(("ten".into(), None)), "15 would be more than its 10");
    assert_eq!(made("five-euro"), Some(("five-euro".into(), None)), "an amount is no percentage");
    assert_eq!(made("control"), None);
}

/// If the control arm did not fault as well, it would count customers that the treated arms miss.
#[test]
fn too_large_a_discount_is_a_fault_in_every_arm_alike() {
    let plan = plan(vec![(two_discounts(), plugin("(i32.const 64)", Some(21)))]).expect("a plan");
    for variant in ["control", "ten", "twenty"] {
        let profile = enrolled(customer("x"), "rescue", variant);
        check(
            &decision(&plan, profile, view("/", &[])),
            "fault rescue bad-offer
             rescue is faulty: bad-offer",
        );
    }
}

#[test]
fn a_percentage_is_a_fault_where_no_offer_has_one() {
    let mut gift = campaign("gift", "banner", "");
    let mut offer = (*gift.offers[0]).clone();
    offer.discount = None;
    gift.offers = vec![std::sync::Arc::new(offer)];
    let plan = plan(vec![(gift, plugin("(i32.const 64)", Some(1)))]).expect("a plan");
    let decision = decision(&plan, customer("x"), view("/", &[]));
    assert_eq!(decision.faults[0].kind, FaultKind::BadOffer);
    assert!(decision.faults[0].detail.contains("no offer of the campaign"));
}

#[test]
fn the_values_of_a_plugin_are_passed_on_with_the_offer() {
    let plan = plan(vec![(campaign("rescue", "banner", ""), yes())]).expect("a plan");
    let profile = enrolled(customer("x"), "rescue", "treated");
    let made = decision(&plan, profile, view("/", &[])).offers.remove(0);
    assert_eq!(made.values, [("minutes".into(), "30".into())]);
    assert_eq!(made.discount_percent, None, "the campaign's own discount holds");
    assert!(made.offer.texts[0].1.title.contains("{minutes}"), "filled in where it is written out");
}
