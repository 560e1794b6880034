//! Compiled rules give what the evaluator gives, value for value and error for error.

use std::sync::Arc;

use plugins::Host;
use proptest::prelude::*;
use proptest::test_runner::Config;
use rules::cel::evaluate::evaluate;
use rules::cel::tree::Expr;
use rules::cel::{EvalError, Value, compile};

use super::trees::{Tape, Trees, Values, schema};
use super::world::{asked, host};

/// Rules of one module.
const RULES: usize = 8;

/// Whether two outcomes are the same; one `NaN` is as good as another, and errors say it each in their
/// own words.
fn same(one: &Result<Value, EvalError>, other: &Result<Value, EvalError>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => same_value(one, other),
        (Err(one), Err(other)) => one.kind == other.kind,
        _ => false,
    }
}

pub(crate) fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Double(one), Value::Double(other)) => {
            one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan())
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(other.iter()).all(|(one, other)| same_value(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let (one, other) = (one.entries(), other.entries());
            let mut pairs = one.iter().zip(other);
            one.len() == other.len()
                && pairs.all(|(one, other)| {
                    same_value(&one.0, &other.0) && same_value(&one.1, &other.1)
                })
        }
        _ => one == other,
    }
}

fn check(host: &Host, numbers: Vec<u32>) -> Result<(), TestCaseError> {
    let mut tape = Tape::new(numbers);
    let source = Arc::new(Values::new(&mut tape));
    let mut trees = Trees::new(tape);
    let rules: Vec<Expr> = (0..RULES).map(|_| trees.rule()).collect();
    let expected: Vec<_> = rules.iter().map(|rule| evaluate(rule, &*source)).collect();
    let program = compile(&schema(), &rules).expect("small enough");
    let set = host.load_rules(&program).expect("allowed");
    // In any order: what comes first fills what the others take.
    let (forth, back) = ((0..RULES).collect::<Vec<_>>(), (0..RULES).rev().collect::<Vec<_>>());
    for order in [[forth.clone(), back.clone()].concat(), [back, forth].concat()] {
        let mut session = set.open(Arc::clone(&source) as _);
        for place in order {
            let (found, expected) =
                (asked(&mut session, place).expect("no fault"), &expected[place]);
            prop_assert!(
                same(&found, expected),
                "rule {place}: {found:?} instead of {expected:?}\n{:#?}",
                rules[place]
            );
        }
    }
    Ok(())
}

#[test]
fn compiled_rules_give_what_the_evaluator_gives() {
    let host = host();
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let tape = proptest::collection::vec(any::<u32>(), 40..600);
    proptest!(config, |(numbers in tape)| check(&host, numbers)?);
}
