//! The demo's campaign with its own plugin: active in the last six hours, something in the cart, no
//! order since.

use std::time::Duration;

use decision::Plan;
use model::{CartLine, Currency, Money, Profile, Timestamp};

use crate::shop::{NOW, customer, decision, enrolled, load, parsed, plan, view};

fn demo() -> Plan {
    let campaign = parsed(include_str!("../../../../rules/demo/cart-rescue.toml"));
    let plugin = load(include_str!("../../../../rules/demo/plugins/cart-rescue.wat"));
    plan(vec![(campaign, plugin)]).expect("a plan")
}

fn with_cart(minor: i64, changed_at: Timestamp) -> Profile {
    let mut profile = enrolled(customer("x"), "cart-rescue", "twenty-percent");
    let eur = Currency::parse("EUR").expect("known");
    profile.cart.lines.push(CartLine {
        product: "shoe".into(),
        quantity: 1,
        price: Some(Money::from_minor(minor, eur)),
        changed_at,
    });
    profile.cart.changed_at = Some(changed_at);
    profile
}

#[test]
fn a_full_cart_of_the_last_six_hours_is_rescued_and_no_other() {
    let plan = demo();
    let hours = |count: u64| NOW.minus(Duration::from_secs(count * 3_600));
    let just_older = Timestamp::from_ms(hours(6).ms() - 1);
    let mut ordered = with_cart(5_000, hours(1));
    ordered.last_order_at = Some(NOW);
    let rows = [
        ("worth 20.00, an hour ago", with_cart(2_000, hours(1)), true),
        ("worth 19.99", with_cart(1_999, hours(1)), false),
        ("six hours ago", with_cart(5_000, hours(6)), true),
        ("more than six hours ago", with_cart(5_000, just_older), false),
        ("ordered since", ordered, false),
        ("without a cart", enrolled(customer("x"), "cart-rescue", "twenty-percent"), false),
    ];
    for (who, profile, is_rescued) in rows {
        let decision = decision(&plan, profile, view("/", &[]));
        assert_eq!(decision.faults, [], "{who}");
        assert_eq!(decision.offers.len(), usize::from(is_rescued), "{who}");
        assert_eq!(decision.exposures.len(), usize::from(is_rescued), "{who}");
    }
}
