//! `int(..)`, `string(..)` and the other conversions, and `type(..)`.
//!
//! A conversion never loses the magnitude: what does not fit is an error. Doubles lose their fraction
//! on the way to integers, and integers beyond 2^53 their last digits on the way to doubles.

use super::super::value::{Timestamp, duration_text, parse_duration};
use super::super::{EvalError, EvalErrorKind, Function, Value};
use super::{Overload, check_bytes, double_text, text};

/// Applies a conversion.
pub(super) fn apply(function: Function, arguments: &[Value]) -> Overload {
    let [value] = arguments else { return Ok(None) };
    match (function, value) {
        (Function::ToDyn, value)
        | (Function::ToBool, value @ Value::Bool(_))
        | (Function::ToInt, value @ Value::Int(_))
        | (Function::ToUint, value @ Value::Uint(_))
        | (Function::ToDouble, value @ Value::Double(_))
        | (Function::ToString, value @ Value::String(_))
        | (Function::ToBytes, value @ Value::Bytes(_))
        | (Function::ToTimestamp, value @ Value::Timestamp(_))
        | (Function::ToDuration, value @ Value::Duration(_)) => Ok(Some(value.clone())),
        (Function::TypeOf, value) => Ok(Some(Value::Type(value.type_of()))),
        (Function::ToBool, Value::String(text)) => Ok(Some(Value::Bool(parse_bool(text)?))),
        (Function::ToInt, value) => to_int(value),
        (Function::ToUint, value) => to_uint(value),
        (Function::ToDouble, value) => to_double(value),
        (Function::ToString, value) => to_string(value),
        (Function::ToBytes, Value::String(text)) => {
            check_bytes(text.len(), "bytes")?;
            Ok(Some(Value::Bytes(text.as_bytes().into())))
        }
        (Function::ToTimestamp, Value::String(text)) => {
            Ok(Some(Value::Timestamp(Timestamp::parse(text)?)))
        }
        (Function::ToTimestamp, Value::Int(second)) => {
            Ok(Some(Value::Timestamp(Timestamp::from_second(*second)?)))
        }
        (Function::ToDuration, Value::String(text)) => {
            Ok(Some(Value::Duration(parse_duration(text)?)))
        }
        _ => Ok(None),
    }
}

fn parse_bool(text: &str) -> Result<bool, EvalError> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(EvalError::conversion("bool", "write 'true' or 'false'")),
    }
}

fn to_int(value: &Value) -> Overload {
    let number = match value {
        Value::Uint(number) => i64::try_from(*number).ok(),
        Value::Double(number) => int_of(*number),
        Value::String(text) => return Ok(Some(Value::Int(parse_int(text)?))),
        Value::Timestamp(time) => Some(time.as_second()),
        _ => return Ok(None),
    };
    number.map(|number| Some(Value::Int(number))).ok_or_else(|| EvalError::range("an int"))
}

fn to_uint(value: &Value) -> Overload {
    let number = match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::Double(number) => uint_of(*number),
        Value::String(text) => return Ok(Some(Value::Uint(parse_uint(text)?))),
        _ => return Ok(None),
    };
    number.map(|number| Some(Value::Uint(number))).ok_or_else(|| EvalError::range("a uint"))
}

fn to_double(value: &Value) -> Overload {
    let number = match value {
        Value::Int(number) => *number as f64,
        Value::Uint(number) => *number as f64,
        Value::String(text) => parse_double(text)?,
        _ => return Ok(None),
    };
    Ok(Some(Value::Double(number)))
}

fn to_string(value: &Value) -> Overload {
    match value {
        Value::Bool(value) => text(if *value { "true" } else { "false" }),
        Value::Int(number) => text(&number.to_string()),
        Value::Uint(number) => text(&number.to_string()),
        Value::Double(number) => text(&double_text(*number)),
        Value::Timestamp(time) => text(&time.to_string()),
        Value::Duration(duration) => text(&duration_text(*duration)),
        Value::Bytes(bytes) => text(std::str::from_utf8(bytes).map_err(|_| {
            EvalError::new(EvalErrorKind::Conversion, "invalid UTF-8 in the bytes of a string")
        })?),
        _ => Ok(None),
    }
}

/// The integer part of a double strictly between -2^63 and 2^63; the bounds themselves are refused,
/// because integers near them were rounded to them.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn int_of(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (number.abs() < LIMIT).then_some(number as i64)
}

/// The integer part of a double from 0 to below 2^64.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn uint_of(number: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    (0.0..LIMIT).contains(&number).then_some(number as u64)
}

fn parse_int(text: &str) -> Result<i64, EvalError> {
    text.parse().map_err(|error: std::num::ParseIntError| {
        integer_error(error.kind(), "int", "an int", "write an integer such as '42'")
    })
}

/// Without a sign, unlike Rust's own.
fn parse_uint(text: &str) -> Result<u64, EvalError> {
    let expected = "write an integer from 0 on such as '42'";
    if text.starts_with('+') {
        return Err(EvalError::conversion("uint", expected));
    }
    text.parse().map_err(|error: std::num::ParseIntError| {
        integer_error(error.kind(), "uint", "a uint", expected)
    })
}

fn integer_error(
    kind: &std::num::IntErrorKind,
    ty: &'static str,
    a_type: &'static str,
    expected: &'static str,
) -> EvalError {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    match kind {
        PosOverflow | NegOverflow => EvalError::range(a_type),
        _ => EvalError::conversion(ty, expected),
    }
}

/// A number, `NaN` or `Infinity`. A number too large for a double is an error, not infinity.
fn parse_double(text: &str) -> Result<f64, EvalError> {
    let expected = "write a number such as '1.5'";
    let number: f64 = text.parse().map_err(|_| EvalError::conversion("double", expected))?;
    let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    if number.is_infinite() && has_digits {
        return Err(EvalError::range("a double"));
    }
    Ok(number)
}
