//! Cart rescue twice, as a plugin and as a rule in CEL: they choose the same customers.
//!
//! They differ in one thing alone, which a shop with one currency never sees: the plugin takes the minor
//! units of a cart in any currency, and the rule has no value for one in another than the tenant's.

use std::cell::Cell;

use decision::{Plan, Rule};
use model::{CartLine, Currency, Decision, Money, Profile, Timestamp};
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_assert_eq;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::shop::{
    NOW, compiled, customer, customer_in, decision, host, load, parsed, plan_of, view,
};

const SIX_HOURS_MS: i64 = 6 * 3_600_000;

/// As in `rules/examples/cart-rescue.toml`.
const RULE: &str = r#"
customer.cart.value >= money("20.00") &&
has(customer.cart.changed_at) && now - customer.cart.changed_at <= duration("6h") &&
!customer.ordered_since(customer.cart.changed_at)
"#;

/// The plan with the plugin, and the plan with the rule.
fn twins() -> [Plan; 2] {
    let campaign = || parsed(include_str!("../../../../rules/demo/cart-rescue.toml"));
    let plugin = load(include_str!("../../../../rules/demo/plugins/cart-rescue.wat"));
    let of_plugin = vec![(campaign(), Rule::Plugin(plugin))];
    let of_rule = vec![(campaign(), Rule::Compiled(0))];
    let compiled = compiled(&host(), &[RULE]);
    [plan_of(of_plugin, None), plan_of(of_rule, Some(compiled))].map(|plan| plan.expect("a plan"))
}

/// What of a decision must be equal: all but who decided and in which words.
fn comparable(mut decision: Decision) -> Decision {
    decision.explanations.clear();
    for exposure in &mut decision.exposures {
        exposure.rule_digest = [0; 32];
    }
    decision
}

/// A time about so long before another that it makes a difference whether it is there.
fn about(at: Timestamp, before_ms: i64) -> impl Strategy<Value = Timestamp> {
    let nearby = -3_i64..=3;
    let any_time = any::<i32>().prop_map(i64::from);
    proptest::prop_oneof![3 => nearby, 1 => any_time]
        .prop_map(move |ms| Timestamp::from_ms(at.ms() - before_ms + ms))
}

fn lines() -> impl Strategy<Value = Vec<CartLine>> {
    let eur = Currency::parse("EUR").expect("known");
    let minor = proptest::prop_oneof![0_i64..3_000, 990_i64..1_010, 1_995_i64..2_005];
    let price =
        proptest::option::weighted(0.9, minor.prop_map(move |it| Money::from_minor(it, eur)));
    let line = (price, 0_u32..3, 0_usize..3).prop_map(|(price, quantity, product)| CartLine {
        product: ["mug", "lamp", "rug"][product].into(),
        quantity,
        price,
        changed_at: NOW,
    });
    proptest::collection::vec(line, 0..3)
}

/// Customers on either side of each part of the rule.
fn customers() -> impl Strategy<Value = Profile> {
    let changed_at = proptest::prop_oneof![
        about(NOW, SIX_HOURS_MS),
        about(NOW, SIX_HOURS_MS / 2),
        about(NOW, 0),
    ];
    let times = proptest::option::weighted(0.9, changed_at).prop_flat_map(|changed_at| {
        let ordered_at = about(changed_at.unwrap_or(NOW), 0);
        (Just(changed_at), proptest::option::of(ordered_at))
    });
    (lines(), times, any::<bool>()).prop_map(|(lines, (changed_at, ordered_at), treated)| {
        let mut profile = customer_in("cart-rescue", usize::from(treated));
        profile.cart.lines = lines.into();
        profile.cart.changed_at = changed_at;
        profile.last_order_at = ordered_at;
        profile
    })
}

#[test]
fn the_rule_in_cel_decides_as_the_plugin_does() {
    const CASES: u32 = 2_000;
    let [plugin, rule] = twins();
    let (shown, withheld) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config::with_cases(CASES));
    let checked = runner.run(&customers(), |profile| {
        let of = |plan| comparable(decision(plan, profile.clone(), view("/cart", &[])));
        let decided = of(&plugin);
        prop_assert_eq!(&decided.faults, &[]);
        prop_assert_eq!(&of(&rule), &decided);
        shown.set(shown.get() + decided.offers.len());
        withheld.set(withheld.get() + decided.exposures.len() - decided.offers.len());
        Ok::<(), TestCaseError>(())
    });
    checked.expect("the same decisions");
    let both = shown.get() + withheld.get();
    assert!(shown.get() > 50 && withheld.get() > 50 && both < 1_800, "{both} of {CASES} exposed");
}

#[test]
fn a_cart_in_another_currency_is_a_fault_of_the_rule_alone() {
    let [plugin, rule] = twins();
    let mut profile = customer("x");
    profile.cart.changed_at = Some(NOW);
    profile.cart.lines.push(CartLine {
        product: "mug".into(),
        quantity: 1,
        price: Some(Money::from_minor(5_000, Currency::parse("USD").expect("known"))),
        changed_at: NOW,
    });
    let of = |plan| decision(plan, profile.clone(), view("/cart", &[]));
    assert_eq!(of(&plugin).exposures.len(), 1);
    let decided = of(&rule);
    assert_eq!(decided.exposures, []);
    assert_eq!(decided.faults[0].kind, model::FaultKind::RuleError);
}
