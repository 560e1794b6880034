//! `+ - * / %`, negation and `!`.
//!
//! Integers, times and amounts are checked: what does not fit is an error. There is no arithmetic
//! between `int`, `uint` and `double`; one converts.

use std::sync::Arc;

use super::super::value::duration_from_nanos;
use super::super::{EvalError, EvalErrorKind, Function, Value};
use super::{Overload, check_bytes, check_elements};

/// Applies an operator of arithmetic, or `!`.
pub(super) fn apply(function: Function, arguments: &[Value]) -> Overload {
    match (function, arguments) {
        (Function::Add, [one, other]) => add(one, other),
        (Function::Subtract, [one, other]) => subtract(one, other),
        (Function::Multiply, [one, other]) => multiply(one, other),
        (Function::Divide, [one, other]) => divide(one, other),
        (Function::Modulo, [one, other]) => modulo(one, other),
        (Function::Negate, [Value::Int(number)]) => int(number.checked_neg()),
        (Function::Negate, [Value::Money(amount)]) => money(amount.checked_neg()),
        (Function::Negate, [Value::Double(number)]) => Ok(Some(Value::Double(-number))),
        (Function::Not, [Value::Bool(value)]) => Ok(Some(Value::Bool(!value))),
        _ => Ok(None),
    }
}

fn add(one: &Value, other: &Value) -> Overload {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => int(one.checked_add(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_add(*other)),
        (Value::Double(one), Value::Double(other)) => Ok(Some(Value::Double(one + other))),
        (Value::Money(one), Value::Money(other)) => money(one.checked_add(*other)),
        (Value::String(one), Value::String(other)) => {
            check_bytes(one.len() + other.len(), "a text")?;
            Ok(Some(match (one.is_empty(), other.is_empty()) {
                (true, _) => Value::String(Arc::clone(other)),
                (_, true) => Value::String(Arc::clone(one)),
                _ => Value::text(&[&**one, &**other].concat()),
            }))
        }
        (Value::Bytes(one), Value::Bytes(other)) => {
            check_bytes(one.len() + other.len(), "bytes")?;
            Ok(Some(Value::Bytes(one.iter().chain(other.iter()).copied().collect())))
        }
        (Value::List(one), Value::List(other)) => {
            check_elements(one.len() + other.len())?;
            Ok(Some(Value::List(one.iter().chain(other.iter()).cloned().collect())))
        }
        (Value::Timestamp(time), Value::Duration(span))
        | (Value::Duration(span), Value::Timestamp(time)) => {
            Ok(Some(Value::Timestamp(time.plus(*span)?)))
        }
        (Value::Duration(one), Value::Duration(other)) => {
            Ok(Some(Value::Duration(duration_from_nanos(one.as_nanos() + other.as_nanos())?)))
        }
        _ => Ok(None),
    }
}

fn subtract(one: &Value, other: &Value) -> Overload {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => int(one.checked_sub(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_sub(*other)),
        (Value::Double(one), Value::Double(other)) => Ok(Some(Value::Double(one - other))),
        (Value::Money(one), Value::Money(other)) => money(one.checked_sub(*other)),
        (Value::Timestamp(time), Value::Duration(span)) => {
            Ok(Some(Value::Timestamp(time.minus(*span)?)))
        }
        (Value::Timestamp(later), Value::Timestamp(earlier)) => {
            Ok(Some(Value::Duration(later.since(*earlier)?)))
        }
        (Value::Duration(one), Value::Duration(other)) => {
            Ok(Some(Value::Duration(duration_from_nanos(one.as_nanos() - other.as_nanos())?)))
        }
        _ => Ok(None),
    }
}

fn multiply(one: &Value, other: &Value) -> Overload {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => int(one.checked_mul(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_mul(*other)),
        (Value::Double(one), Value::Double(other)) => Ok(Some(Value::Double(one * other))),
        (Value::Money(amount), Value::Int(times)) | (Value::Int(times), Value::Money(amount)) => {
            money(amount.checked_mul(*times))
        }
        _ => Ok(None),
    }
}

/// Integers are divided towards zero; the least `int` by -1 does not fit.
fn divide(one: &Value, other: &Value) -> Overload {
    let by_zero = || EvalError::new(EvalErrorKind::DivideByZero, "divide by zero");
    match (one, other) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => Err(by_zero()),
        (Value::Int(one), Value::Int(other)) => int(one.checked_div(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_div(*other)),
        (Value::Double(one), Value::Double(other)) => Ok(Some(Value::Double(one / other))),
        _ => Ok(None),
    }
}

/// The remainder has the sign of the dividend. The least `int` by -1 overflows like its division.
fn modulo(one: &Value, other: &Value) -> Overload {
    let by_zero = || EvalError::new(EvalErrorKind::DivideByZero, "modulus by zero");
    match (one, other) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => Err(by_zero()),
        (Value::Int(one), Value::Int(other)) => int(one.checked_rem(*other)),
        (Value::Uint(one), Value::Uint(other)) => uint(one.checked_rem(*other)),
        _ => Ok(None),
    }
}

fn int(number: Option<i64>) -> Overload {
    number.map(|number| Some(Value::Int(number))).ok_or_else(EvalError::overflow)
}

fn uint(number: Option<u64>) -> Overload {
    number.map(|number| Some(Value::Uint(number))).ok_or_else(EvalError::overflow)
}

fn money(amount: Option<i64>) -> Overload {
    amount.map(|amount| Some(Value::Money(amount))).ok_or_else(|| EvalError::range("an amount"))
}
