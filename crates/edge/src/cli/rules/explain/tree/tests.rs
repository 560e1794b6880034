use model::Currency;
use rules::cel::evaluate::trace;
use rules::cel::{
    Attribute, EvalError, EvalErrorKind, Question, Schema, Source, Value, Vocabulary, check,
};

use super::tree;

/// A customer with a cart, of whom nothing else is known.
struct Customer;

fn schema() -> Schema {
    Schema::shop(Currency::parse("EUR").expect("known"), &[])
}

impl Source for Customer {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        let path = schema().attributes[usize::from(attribute.0)].path.clone();
        Ok(match &*path {
            "customer.cart.value" => Some(Value::Money(4_490)),
            "customer.cart.products" => Some(Value::list(["tea", "cup"].map(Value::text))),
            _ => None,
        })
    }

    fn ask(&self, _: Question, _: &[Value]) -> Result<Value, EvalError> {
        Err(EvalError::new(EvalErrorKind::NoOverload, "nobody asks"))
    }
}

fn explained(rule: &str) -> String {
    let schema = schema();
    let currency = schema.currency;
    let vocabulary = Vocabulary { schema, ..Vocabulary::default() };
    let expr = check(rule, &vocabulary).expect("a rule without mistakes");
    tree(rule, &trace(&expr, &Customer), currency)
}

#[test]
fn each_part_stands_below_what_it_is_a_part_of_with_its_value() {
    let told =
        explained("customer.cart.value >= money(\"20.00\")\n  && has(customer.last_order_at)");
    let expected = "\
customer.cart.value >= money(\"20.00\") && has(customer.last_order...   false
  customer.cart.value >= money(\"20.00\")                               true
    customer.cart.value                                               44.90 EUR
  has(customer.last_order_at)                                         false
";
    assert_eq!(told, expected);
}

#[test]
fn the_parts_of_a_macro_are_told_for_each_element_side_by_side() {
    let told = explained("customer.cart.products.exists(it, it == \"cup\")");
    let expected = "\
customer.cart.products.exists(it, it == \"cup\")   true
  customer.cart.products                         [\"tea\",\"cup\"]
  it == \"cup\"                                    false
    it                                           \"tea\"
  it == \"cup\"                                    true
    it                                           \"cup\"
";
    assert_eq!(told, expected);
}

#[test]
fn a_part_without_a_value_says_why() {
    let told = explained("customer.last_order_at < now");
    assert!(told.contains("customer.last_order_at       no value: no such key"), "{told}");
}
