//! `in`, `[..]` and `size`.

use super::super::{EvalError, EvalErrorKind, Function, Value};
use super::order::contains;
use super::{Overload, bool, int};

/// Applies `in`, `[..]` or `size`.
pub(super) fn apply(function: Function, arguments: &[Value]) -> Overload {
    match (function, arguments) {
        (Function::In, [wanted, Value::List(elements)]) => bool(contains(elements, wanted)?),
        (Function::In, [key, Value::Map(map)]) => bool(map.get(key).is_some()),
        (Function::Index, [Value::List(elements), place]) => element(elements, place),
        (Function::Index, [Value::Map(map), key]) => {
            let found = map.get(key).cloned();
            found.map(Some).ok_or_else(|| EvalError::no_such_key(&kind_of(key)))
        }
        (Function::Size, [Value::String(text)]) => int(text.chars().count()),
        (Function::Size, [Value::Bytes(bytes)]) => int(bytes.len()),
        (Function::Size, [Value::List(elements)]) => int(elements.len()),
        (Function::Size, [Value::Map(map)]) => int(map.len()),
        _ => Ok(None),
    }
}

/// The element at a place, which may be any number that is whole.
fn element(elements: &[Value], place: &Value) -> Overload {
    let found = match place {
        Value::Int(place) => usize::try_from(*place).ok(),
        Value::Uint(place) => usize::try_from(*place).ok(),
        Value::Double(place) => {
            let detail = "invalid_argument: a place in a list is a whole number";
            let wrong = || EvalError::new(EvalErrorKind::Argument, detail);
            return element(elements, &whole(*place).ok_or_else(wrong)?);
        }
        _ => return Ok(None),
    };
    let found = found.and_then(|place| elements.get(place)).cloned();
    found.map(Some).ok_or_else(|| EvalError::out_of_range(shown(place)))
}

/// The integer that a double is, if it is one and a list could be as long.
#[expect(clippy::cast_possible_truncation, reason = "all integers of this size are exact")]
fn whole(number: f64) -> Option<Value> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let is_whole = number.abs() <= EXACT_MAX && number.fract() == 0.0;
    is_whole.then_some(Value::Int(number as i64))
}

/// A key, as an error names it: it may be what a customer or a shop told, which no error repeats.
fn kind_of(key: &Value) -> String {
    format!("a value of type {}", key.type_name())
}

/// A place, as an error names it.
fn shown(place: &Value) -> String {
    match place {
        Value::Int(place) => place.to_string(),
        Value::Uint(place) => place.to_string(),
        other => kind_of(other),
    }
}
