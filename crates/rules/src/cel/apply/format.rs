//! `text.format(list)`: CEL's extension for strings, version 2.
//!
//! A clause is `%`, for `%e` and `%f` perhaps a precision such as `.2`, and a letter:
//!
//! | clause | takes | gives |
//! |---|---|---|
//! | `%s` | anything but amounts | what `string(..)` gives, of lists and maps too |
//! | `%d` | numbers | all digits |
//! | `%f`, `%e` | numbers | 6 digits after the point, or as many as the precision says |
//! | `%b` | integers, booleans | binary |
//! | `%o` | integers | octal |
//! | `%x`, `%X` | integers, texts, bytes | hexadecimal |
//! | `%%` | nothing | a percent sign |

use std::borrow::Cow;
use std::fmt::Write as _;

use super::super::value::{duration_text, type_name};
use super::super::{EvalError, EvalErrorKind, Value};
use super::floats::{double_text, fixed, plain, scientific};
use super::{Overload, check_bytes, text};
use crate::limits;

/// How many digits `%e` and `%f` write after the point unless the clause says.
const PRECISION: usize = 6;

/// Applies `format`.
pub(super) fn apply(arguments: &[Value]) -> Overload {
    let [Value::String(pattern), Value::List(values)] = arguments else { return Ok(None) };
    let mut out = String::new();
    let mut rest: &str = pattern;
    let mut place = 0;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (precision, after) = precision(after)?;
        let letter = after.chars().next();
        let value = values.get(place).ok_or_else(|| {
            let detail = format!("index {place} out of range: fewer values than clauses");
            EvalError::new(EvalErrorKind::IndexOutOfRange, detail)
        })?;
        write_clause(letter, precision, value, &mut out)?;
        check_bytes(out.len(), "a text")?;
        place += 1;
        rest = &after[letter.map_or(0, char::len_utf8)..];
    }
    out.push_str(rest);
    text(&out)
}

/// The precision at the beginning of a clause, and what follows it.
fn precision(clause: &str) -> Result<(Option<usize>, &str), EvalError> {
    let Some(rest) = clause.strip_prefix('.') else { return Ok((None, clause)) };
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let precision = rest[..end].parse().ok();
    let bounded = precision.filter(|precision| *precision <= limits::CEL_PRECISION_MAX);
    let precision = bounded.ok_or_else(|| {
        let detail = format!(
            "could not parse formatting clause: a precision is a number up to {}",
            limits::CEL_PRECISION_MAX
        );
        EvalError::new(EvalErrorKind::Argument, detail)
    })?;
    Ok((Some(precision), &rest[end..]))
}

fn write_clause(
    letter: Option<char>,
    precision: Option<usize>,
    value: &Value,
    out: &mut String,
) -> Result<(), EvalError> {
    let digits = precision.unwrap_or(PRECISION);
    let formatted: Option<Cow<'_, str>> = match (letter, precision) {
        (Some('s'), None) => return write_text(value, out),
        (Some('d'), None) => decimal(value).map(Cow::Owned),
        (Some('f'), _) => number(value).map(|number| fixed(number, digits).into()),
        (Some('e'), _) => number(value).map(|number| scientific(number, digits).into()),
        (Some('b'), None) => match value {
            Value::Bool(value) => Some(if *value { "1" } else { "0" }.into()),
            _ => integer(value).map(|(sign, size)| format!("{sign}{size:b}").into()),
        },
        (Some('o'), None) => integer(value).map(|(sign, size)| format!("{sign}{size:o}").into()),
        (Some('x'), None) => hexadecimal(value).map(Cow::Owned),
        (Some('X'), None) => hexadecimal(value).map(|text| text.to_ascii_uppercase().into()),
        _ => {
            let clause = letter.map(String::from).unwrap_or_default();
            let detail = format!(
                "could not parse formatting clause: unrecognized formatting clause {clause:?}"
            );
            return Err(EvalError::new(EvalErrorKind::Argument, detail));
        }
    };
    let Some(formatted) = formatted else {
        return Err(refused(letter.unwrap_or_default(), value));
    };
    out.push_str(&formatted);
    Ok(())
}

fn refused(letter: char, value: &Value) -> EvalError {
    let detail = format!(
        "error during formatting: %{letter} does not take a value of type {}",
        value.type_name()
    );
    EvalError::new(EvalErrorKind::NoOverload, detail)
}

fn decimal(value: &Value) -> Option<String> {
    match value {
        Value::Int(number) => Some(number.to_string()),
        Value::Uint(number) => Some(number.to_string()),
        Value::Double(number) => Some(plain(*number)),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        _ => None,
    }
}

/// Sign and size of an integer.
fn integer(value: &Value) -> Option<(&'static str, u64)> {
    match value {
        Value::Int(number) => Some((if *number < 0 { "-" } else { "" }, number.unsigned_abs())),
        Value::Uint(number) => Some(("", *number)),
        _ => None,
    }
}

fn hexadecimal(value: &Value) -> Option<String> {
    let bytes: &[u8] = match value {
        Value::String(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => return integer(value).map(|(sign, size)| format!("{sign}{size:x}")),
    };
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a text cannot fail");
    }
    Some(text)
}

/// Writes `%s`. The entries of a map are written in the order of their keys' texts.
fn write_text(value: &Value, out: &mut String) -> Result<(), EvalError> {
    check_bytes(out.len(), "a text")?;
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Uint(number) => out.push_str(&number.to_string()),
        Value::Double(number) => out.push_str(&double_text(*number)),
        Value::String(text) => out.push_str(text),
        Value::Bytes(bytes) => out.push_str(std::str::from_utf8(bytes).map_err(|_| {
            EvalError::new(EvalErrorKind::Conversion, "invalid UTF-8 in the bytes of %s")
        })?),
        Value::Timestamp(time) => out.push_str(&time.to_string()),
        Value::Duration(duration) => out.push_str(&duration_text(*duration)),
        Value::Type(ty) => out.push_str(type_name(ty)),
        Value::Money(_) => return Err(refused('s', value)),
        Value::List(elements) => {
            out.push('[');
            for (place, element) in elements.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                write_text(element, out)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.entries() {
                let mut name = String::new();
                write_text(key, &mut name)?;
                entries.push((name, value));
            }
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            out.push('{');
            for (place, (name, value)) in entries.into_iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                out.push_str(&name);
                out.push_str(": ");
                write_text(value, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}
