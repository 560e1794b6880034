//! What the checker accepts and refuses.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Currency;

use super::{check, check_condition, check_unfolded};
use crate::cel::tree::{Expr, Kind, Segment};
use crate::cel::{DeclaredTrait, Mistake, Schema, TraitType, Value, Vocabulary};

fn vocabulary() -> Vocabulary {
    let currency = Currency::parse("EUR").expect("known");
    let vip = DeclaredTrait { name: "vip".into(), ty: TraitType::Flag };
    let mut vocabulary =
        Vocabulary { schema: Schema::shop(currency, &[vip]), segments: BTreeMap::new() };
    let condition = check("customer.orders > 5", &vocabulary).expect("a condition");
    let loyal = Segment { name: "loyal".into(), condition };
    vocabulary.segments.insert("loyal".into(), Arc::new(loyal));
    vocabulary
}

#[track_caller]
fn typed(text: &str) -> Expr {
    check_unfolded(text, &vocabulary()).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"))
}

#[track_caller]
fn ty(text: &str) -> String {
    typed(text).ty.to_string()
}

#[track_caller]
fn mistakes(text: &str) -> Vec<Mistake> {
    check_unfolded(text, &vocabulary()).expect_err(text)
}

/// The only mistake: what it marks, what it says and what it helps with.
#[track_caller]
fn told(text: &str) -> (String, String, String) {
    let mistakes = mistakes(text);
    let [mistake] = &mistakes[..] else { panic!("{text}: {mistakes:#?}") };
    let marked = &text[mistake.span.clone()];
    (marked.into(), mistake.message.to_string(), mistake.help.to_string())
}

#[track_caller]
fn refused(text: &str, marked: &str, message: &str, help: &str) {
    assert_eq!(told(text), (marked.into(), message.into(), help.into()), "{text}");
}

#[test]
fn a_mistake_is_marked_where_it_is_and_says_what_to_write() {
    refused(
        "customer.cart.valeu > money(\"20.00\")",
        "customer.cart.valeu",
        "unknown name `customer.cart.valeu`",
        "did you mean `customer.cart.value`?",
    );
    refused(
        "view.title == \"Grüße\" && customer.orderd_since(now)",
        "customer.orderd_since",
        "unknown function `customer.orderd_since`",
        "did you mean `customer.ordered_since`?",
    );
    refused(
        "\"ä\" == view.title || (1 + 2.5) > 3.0",
        "(1 + 2.5)",
        "`+` is not defined for int and double",
        "write `double(..)` around the first, or `int(..)` around the second",
    );
    refused(
        "customer.cart.value > 20",
        "customer.cart.value > 20",
        "`>` is not defined for money and int",
        "write an amount, such as `money(\"20.00\")`",
    );
    refused("segment(\"loyl\")", "\"loyl\"", "unknown segment \"loyl\"", "did you mean \"loyal\"?");
}

#[test]
fn types_are_deduced() {
    for (text, expected) in [
        ("[[], [[]], [[[]]], [[[[]]]]]", "list(list(list(list(list(dyn)))))"),
        ("[1, \"a\"]", "list(dyn)"),
        ("[1] + []", "list(int)"),
        ("{\"a\": 1}[\"a\"]", "int"),
        ("[1, 2].map(n, string(n))", "list(string)"),
        ("true ? dyn(1) : 2", "dyn"),
        ("customer.cart.value * 2", "money"),
        ("now - duration(\"1h\")", "timestamp"),
        ("now - now", "duration"),
        ("customer.consent", "map(string, bool)"),
        ("type(1)", "type"),
        ("customer.count(\"a\", duration(\"1h\"))", "int"),
        ("segment(\"loyal\")", "bool"),
        ("[] + dyn([1])", "list(dyn)"),
        ("dyn(1) + 1", "int"),
        ("dyn(now) - dyn(now)", "dyn"),
    ] {
        assert_eq!(ty(text), expected, "{text}");
    }
}

#[test]
fn a_folded_rule_has_its_amounts_and_times_as_constants() {
    let expr = check("money(\"20.00\") * 2", &vocabulary()).expect("correct");
    assert_eq!(expr.kind, Kind::Constant(Value::Money(4_000)));
    let condition = check_condition("customer.orders", &vocabulary()).expect_err("an int");
    assert_eq!(&*condition[0].message, "a rule is true or false, and this is of type int");
}
