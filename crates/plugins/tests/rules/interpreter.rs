//! Rules give what the interpreter of the `cel` crate gives, evaluated and compiled.
//!
//! Expressions are written at random, of types that are known and over variables with random values, and
//! the two are compared. Where the crate differs from the specification, [`DIFFERENCES`] says so; such a
//! case is not compared, and everything else must be equal. An error is as good as another one.

mod texts;

use std::sync::Arc;

use cel::{Context, Program};
use proptest::prelude::*;
use proptest::test_runner::Config;
use rules::cel::evaluate::{Traced, evaluate, trace};
use rules::cel::tree::Expr;
use rules::cel::{Map, Value, check, check_unfolded, compile};

use super::differential::same_value;
use super::trees::Tape;
use super::world::{asked, host};
use texts::{Texts, Variables, vocabulary};

/// Rules of one module.
const RULES: usize = 8;

/// What either gives: a value, or none.
type Outcome = Option<Value>;

/// Where the crate differs from the specification, and we do not.
struct Difference {
    reason: &'static str,
    /// An expression that shows it, of the variables of [`Variables::odd`].
    example: &'static str,
    /// Whether it may be what an expression shows, of which these are the values of its parts.
    shows: fn(&str, &[Traced]) -> bool,
}

/// In each of them the crate has no value where the specification has one.
const DIFFERENCES: [Difference; 1] = [Difference {
    reason: "nothing is less or greater than NaN; the crate has no order then, and ends in an error",
    example: "d < 1.0",
    shows: |text, parts| {
        let is_nan = |part: &Traced| matches!(part.value, Ok(Value::Double(it)) if it.is_nan());
        text.contains(['<', '>']) && parts.iter().any(is_nan)
    },
}];

#[test]
fn every_difference_that_is_listed_is_still_there() {
    let variables = Variables::odd();
    for Difference { reason, example, shows } in DIFFERENCES {
        let rule = check_unfolded(example, &vocabulary()).expect(example);
        assert_eq!(interpreted(example, &variables), None, "{reason}");
        assert!(evaluate(&rule, &variables).is_ok(), "{reason}");
        assert!(shows(example, &trace(&rule, &variables)), "{reason}");
    }
}

#[test]
fn rules_give_what_the_interpreter_gives() {
    let host = host();
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let tape = proptest::collection::vec(any::<u32>(), 20..300);
    proptest!(config, |(numbers in tape)| {
        let mut texts = Texts::new(Tape::new(numbers));
        let variables = texts.variables();
        let texts: Vec<String> = (0..RULES).map(|_| texts.rule()).collect();
        let expected: Vec<Outcome> =
            texts.iter().map(|text| interpreted(text, &variables)).collect();
        let vocabulary = vocabulary();
        let checked = |text: &String| {
            check_unfolded(text, &vocabulary).expect(text)
        };
        let rules: Vec<Expr> = texts.iter().map(checked).collect();
        let program = compile(&vocabulary.schema, &rules).expect("small enough");
        let set = host.load_rules(&program).expect("allowed");
        let mut session = set.open(Arc::new(variables.clone()));
        for (place, text) in texts.iter().enumerate() {
            let folded = check(text, &vocabulary).expect("as before");
            let outcomes = [
                evaluate(&rules[place], &variables).ok(),
                evaluate(&folded, &variables).ok(),
                asked(&mut session, place).expect("no fault").ok(),
            ];
            let expected = &expected[place];
            for found in outcomes {
                prop_assert!(
                    same(expected, &found) || is_known(text, &rules[place], &variables, expected),
                    "{text}\ngives {found:?}, the interpreter {expected:?}\nof {variables:?}"
                );
            }
        }
    });
}

/// Whether the interpreter has no value because of a difference that is listed.
fn is_known(text: &str, rule: &Expr, variables: &Variables, theirs: &Outcome) -> bool {
    let parts = trace(rule, variables);
    theirs.is_none() && DIFFERENCES.iter().any(|it| (it.shows)(text, &parts))
}

fn same(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same_value(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// What the crate's interpreter gives.
fn interpreted(text: &str, variables: &Variables) -> Outcome {
    let program = Program::compile(text).expect(text);
    let mut context = Context::default();
    for (name, value) in variables.named() {
        context.add_variable_from_value(name, theirs(value));
    }
    program.execute(&context).ok().map(|value| ours(&value))
}

/// A value of ours as one of the crate's.
fn theirs(value: &Value) -> cel::Value {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(number) => (*number).into(),
        Value::Uint(number) => (*number).into(),
        Value::Double(number) => (*number).into(),
        Value::String(text) => (&**text).into(),
        Value::List(elements) => elements.iter().map(theirs).collect::<Vec<_>>().into(),
        Value::Map(map) => {
            let text = |key: &Value| match key {
                Value::String(text) => text.to_string(),
                other => unreachable!("no variable has {other:?} as a key"),
            };
            let entries = map.entries().iter().map(|(key, value)| (text(key), theirs(value)));
            entries.collect::<std::collections::HashMap<String, cel::Value>>().into()
        }
        other => unreachable!("no variable has {other:?}"),
    }
}

/// A value of the crate's as one of ours.
fn ours(value: &cel::Value) -> Value {
    match value {
        cel::Value::Bool(value) => Value::Bool(*value),
        cel::Value::Int(number) => Value::Int(*number),
        cel::Value::UInt(number) => Value::Uint(*number),
        cel::Value::Float(number) => Value::Double(*number),
        cel::Value::String(text) => Value::text(text),
        cel::Value::List(elements) => Value::list(elements.iter().map(ours).collect::<Vec<_>>()),
        cel::Value::Map(map) => {
            let entry = |(key, value): (&cel::objects::Key, &cel::Value)| {
                (Value::text(&key.to_string()), ours(value))
            };
            Value::Map(Arc::new(Map::new(map.map.iter().map(entry).collect()).expect("distinct")))
        }
        other => unreachable!("no rule gives {other:?}"),
    }
}
