use model::Currency;

use super::{Case, Expected, read, run};
use crate::cel::{Vocabulary, check};
use crate::limits::CASES_MAX;

fn shop(traits: Option<&str>) -> Vocabulary {
    let euro = Currency::parse("EUR").expect("a currency");
    let traits = traits.map(|text| ("traits.toml", text));
    crate::vocabulary(euro, traits, None).expect("valid")
}

fn cases(text: &str, vocabulary: &Vocabulary) -> Vec<Case> {
    read("any.cases.toml", text, vocabulary).unwrap_or_else(|mistakes| {
        unreachable!("{}", mistakes.iter().map(ToString::to_string).collect::<String>())
    })
}

/// Whether each rule holds for a case of which `given` is given; `None` when it has no value.
#[track_caller]
fn check_rules(given: &str, rules: &[(&str, Option<bool>)]) {
    let vocabulary = shop(None);
    let text =
        format!("now = 2026-12-04T19:30:00Z\n[[cases]]\nname = \"one\"\nexpect = true\n{given}");
    let case = &cases(&text, &vocabulary)[0];
    for (rule, expected) in rules {
        let expr = check(rule, &vocabulary).expect(rule);
        assert_eq!(run(&expr, case).found.ok(), *expected, "{rule}");
    }
}

#[test]
fn what_is_not_given_stands_for_little() {
    check_rules(
        "",
        &[
            ("customer.cart.value == money('0.00')", Some(true)),
            ("customer.orders == 0 && customer.lifecycle == ''", Some(true)),
            ("customer.first_seen == now && customer.last_seen == now", Some(true)),
            ("size(customer.cart.products) == 0 && size(customer.consent) == 0", Some(true)),
            ("has(customer.last_order_at) || has(customer.order_interval)", Some(false)),
            ("customer.last_order_at < now", None),
            ("has(customer.traits.vip)", Some(false)),
            ("customer.traits.vip", None),
            ("customer.count('Product Viewed', duration('24h')) == 0", Some(true)),
            ("customer.ordered_since(now)", Some(false)),
        ],
    );
}

#[test]
fn what_is_given_has_the_type_of_the_schema() {
    let given = r#"
customer.cart.value = "44.90"
customer.cart.products = ["grinder", "beans"]
customer.orders = 0x10
customer.order_interval = "1h30m"
customer.last_order_at = 2026-12-04T20:30+01:00
customer.consent = { marketing = false, analytics = true }
customer.traits = { vip = true, points = 3, city = "Graz" }
view.locale = "de-AT"
"#;
    check_rules(
        given,
        &[
            ("customer.cart.value == money('44.90')", Some(true)),
            ("'beans' in customer.cart.products", Some(true)),
            ("customer.orders == 16", Some(true)),
            ("customer.order_interval == duration('90m')", Some(true)),
            ("customer.last_order_at == now", Some(true)),
            ("customer.consent['analytics'] && !customer.consent['marketing']", Some(true)),
            ("customer.traits.points == 3.0 && customer.traits.vip", Some(true)),
            ("customer.traits.city == 'Graz' && view.locale == 'de-AT'", Some(true)),
            ("customer.traits.city", None),
        ],
    );
}

#[test]
fn an_answer_is_given_to_what_it_was_asked_with_in_this_case() {
    let given = r#"
customer.cart.changed_at = 2026-12-04T17:30:00Z
[cases.answers]
'customer.ordered_since(customer.cart.changed_at)' = true
'customer.count("Product Viewed", duration("24h"))' = 4
"#;
    check_rules(
        given,
        &[
            ("customer.ordered_since(customer.cart.changed_at)", Some(true)),
            ("customer.ordered_since(now - duration('2h'))", Some(true)),
            ("customer.ordered_since(now - duration('1h'))", Some(false)),
            ("customer.count('Product Viewed', duration('1440m')) == 4", Some(true)),
            ("customer.count('Product Viewed', duration('72h')) == 0", Some(true)),
        ],
    );
}

#[test]
fn a_case_says_what_is_different_from_what_is_given_in_all() {
    let text = r#"
now = 2026-12-04T19:30:00Z
customer.traits.vip = true
customer.last_order_at = 2026-12-01T00:00:00Z
answers.'customer.ordered_since(customer.last_order_at)' = true

[[cases]]
name = "as all"
expect = true

[[cases]]
name = "another answer"
expect = false
answers.'customer.ordered_since(customer.last_order_at)' = false

[[cases]]
name = "another trait"
expect = false
customer.traits.vip = false

[[cases]]
name = "absent, and with it what is asked"
expect = "no value"
absent = ["customer.last_order_at"]

[[cases]]
name = "another time"
expect = true
now = 2026-12-24T00:00:00Z
"#;
    let vocabulary = shop(Some("[traits]\nvip = \"bool\"\n"));
    let rule = "customer.traits.vip && customer.ordered_since(customer.last_order_at)";
    let rule = check(rule, &vocabulary).expect("valid");
    let cases = cases(text, &vocabulary);
    let lines: Vec<usize> = cases.iter().map(|case| case.line).collect();
    assert_eq!(lines, [7, 11, 16, 21, 26]);
    for case in &cases {
        let outcome = run(&rule, case);
        assert!(outcome.is_met, "{case:?}: {outcome:?}");
    }
}

#[test]
fn an_outcome_that_was_not_expected_is_not_met() {
    let vocabulary = shop(None);
    let rules = ["true", "false", "1 / customer.orders > 0"];
    let rules = rules.map(|rule| check(rule, &vocabulary).expect(rule));
    let expected = [Expected::Holds(true), Expected::Holds(false), Expected::NoValue];
    let text = "now = 2026-12-04T19:30:00Z\n[[cases]]\nname = \"any\"\nexpect = true\n";
    let mut case = cases(text, &vocabulary).remove(0);
    for (place, rule) in rules.iter().enumerate() {
        for (other, expected) in expected.into_iter().enumerate() {
            case.expected = expected;
            assert_eq!(run(rule, &case).is_met, place == other, "{rule:?} {expected:?}");
        }
    }
}

#[test]
fn there_is_a_greatest_number_of_cases() {
    let text = |count: usize| -> String {
        let case = |it| format!("[[cases]]\nname = \"case {it}\"\nexpect = true\n");
        format!("now = 2026-12-04T19:30:00Z\n{}", (0..count).map(case).collect::<String>())
    };
    let vocabulary = shop(None);
    assert_eq!(cases(&text(CASES_MAX), &vocabulary).len(), CASES_MAX);
    assert!(read("many.cases.toml", &text(CASES_MAX + 1), &vocabulary).is_err());
}
