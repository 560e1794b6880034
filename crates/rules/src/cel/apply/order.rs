//! What is equal, and what is less.
//!
//! Values of different types are unequal, except for numbers: `int` and `uint` are compared as the
//! integers that they are, and either with a `double` after being rounded to one, as CEL's conformance
//! tests have it. Up to 2^53 that is exact; beyond, neighbouring integers equal the same double.
//! `NaN` equals nothing, and is neither less nor greater.

use std::cmp::Ordering;

use super::super::value::type_name;
use super::super::{EvalError, EvalErrorKind, Function, Value};
use super::{Overload, bool};
use crate::limits;

/// Applies a comparison.
pub(super) fn apply(function: Function, arguments: &[Value]) -> Overload {
    let [one, other] = arguments else { return Ok(None) };
    match function {
        Function::Equals => return bool(equal(one, other)?),
        Function::NotEquals => return bool(!equal(one, other)?),
        _ => {}
    }
    let Some(order) = compare(one, other) else { return Ok(None) };
    bool(order.is_some_and(|order| match function {
        Function::Less => order.is_lt(),
        Function::LessEquals => order.is_le(),
        Function::Greater => order.is_gt(),
        _ => order.is_ge(),
    }))
}

/// Whether two values are equal.
///
/// # Errors
/// When they contain so much that it would take too long to tell.
pub(super) fn equal(one: &Value, other: &Value) -> Result<bool, EvalError> {
    Comparison::default().equal(one, other)
}

/// Whether one of the values equals it.
///
/// # Errors
/// When they contain so much that it would take too long to tell.
pub(super) fn contains(values: &[Value], wanted: &Value) -> Result<bool, EvalError> {
    let mut comparison = Comparison::default();
    for value in values {
        if comparison.equal(value, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The order of two values: `None` when their types have none, `Some(None)` for `NaN`.
fn compare(one: &Value, other: &Value) -> Option<Option<Ordering>> {
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => Some(Some(one.cmp(other))),
        (Value::String(one), Value::String(other)) => Some(Some(one.cmp(other))),
        (Value::Bytes(one), Value::Bytes(other)) => Some(Some(one.cmp(other))),
        (Value::Timestamp(one), Value::Timestamp(other)) => Some(Some(one.cmp(other))),
        (Value::Duration(one), Value::Duration(other)) => Some(Some(one.cmp(other))),
        (Value::Money(one), Value::Money(other)) => Some(Some(one.cmp(other))),
        _ => compare_numbers(one, other),
    }
}

/// The order of two numbers: `None` when one is none.
fn compare_numbers(one: &Value, other: &Value) -> Option<Option<Ordering>> {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => Some(Some(one.cmp(other))),
        (Value::Uint(one), Value::Uint(other)) => Some(Some(one.cmp(other))),
        (Value::Double(one), Value::Double(other)) => Some(one.partial_cmp(other)),
        (Value::Int(one), Value::Uint(other)) => Some(Some(compare_integers(*one, *other))),
        (Value::Uint(one), Value::Int(other)) => {
            Some(Some(compare_integers(*other, *one).reverse()))
        }
        (Value::Int(one), Value::Double(other)) => Some((*one as f64).partial_cmp(other)),
        (Value::Double(one), Value::Int(other)) => Some(one.partial_cmp(&(*other as f64))),
        (Value::Uint(one), Value::Double(other)) => Some((*one as f64).partial_cmp(other)),
        (Value::Double(one), Value::Uint(other)) => Some(one.partial_cmp(&(*other as f64))),
        _ => None,
    }
}

fn compare_integers(one: i64, other: u64) -> Ordering {
    u64::try_from(one).map_or(Ordering::Less, |one| one.cmp(&other))
}

/// A comparison of values, and how many it has looked at. A list may contain another one often, so
/// that the work is far more than what the lists take in memory.
#[derive(Default)]
struct Comparison {
    compared: usize,
}

// === impl Comparison ===

impl Comparison {
    fn equal(&mut self, one: &Value, other: &Value) -> Result<bool, EvalError> {
        self.compared += 1;
        if self.compared > limits::CEL_COMPARED_MAX {
            let detail = "a comparison of more values than a rule may compare at once";
            return Err(EvalError::new(EvalErrorKind::TooLarge, detail));
        }
        match (one, other) {
            (Value::Null, Value::Null) => Ok(true),
            (Value::Bool(one), Value::Bool(other)) => Ok(one == other),
            (Value::String(one), Value::String(other)) => Ok(one == other),
            (Value::Bytes(one), Value::Bytes(other)) => Ok(one == other),
            (Value::Timestamp(one), Value::Timestamp(other)) => Ok(one == other),
            (Value::Duration(one), Value::Duration(other)) => Ok(one == other),
            (Value::Money(one), Value::Money(other)) => Ok(one == other),
            (Value::Type(one), Value::Type(other)) => Ok(type_name(one) == type_name(other)),
            (Value::List(one), Value::List(other)) if one.len() == other.len() => {
                for (one, other) in one.iter().zip(other.iter()) {
                    if !self.equal(one, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Map(one), Value::Map(other)) if one.len() == other.len() => {
                for (key, value) in one.entries() {
                    let Some(other) = other.get(key) else { return Ok(false) };
                    if !self.equal(value, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(compare_numbers(one, other) == Some(Some(Ordering::Equal))),
        }
    }
}
