//! Places in texts, and texts made of others: CEL's extension for strings.
//!
//! A place counts code points, not bytes. A place that is not there is an error; the one just behind the
//! last letter is there. What is made is bounded, and the bound is checked before it is made.

use super::super::{EvalError, EvalErrorKind, Function, Value};
use super::{Overload, check_bytes, check_elements, int, text};
use crate::limits;

/// Applies a function of places or parts.
pub(super) fn apply(function: Function, arguments: &[Value]) -> Overload {
    use Value::{Int, List, String};
    match (function, arguments) {
        (Function::CharAt, [String(whole), Int(place)]) => char_at(whole, *place),
        (Function::IndexOf, [String(whole), String(part)]) => index_of(whole, part, 0),
        (Function::IndexOf, [String(whole), String(part), Int(from)]) => {
            index_of(whole, part, *from)
        }
        (Function::LastIndexOf, [String(whole), String(part)]) => {
            place_told(whole, whole.rfind(&**part))
        }
        (Function::LastIndexOf, [String(whole), String(part), Int(until)]) => {
            last_index_of(whole, part, *until)
        }
        (Function::Substring, [String(whole), Int(from)]) => text(&whole[byte_of(whole, *from)?..]),
        (Function::Substring, [String(whole), Int(from), Int(until)]) => {
            substring(whole, *from, *until)
        }
        (Function::Replace, [String(whole), String(old), String(new)]) => {
            replace(whole, old, new, -1)
        }
        (Function::Replace, [String(whole), String(old), String(new), Int(times)]) => {
            replace(whole, old, new, *times)
        }
        (Function::Split, [String(whole), String(separator)]) => split(whole, separator, -1),
        (Function::Split, [String(whole), String(separator), Int(limit)]) => {
            split(whole, separator, *limit)
        }
        (Function::Join, [List(texts)]) => join(texts, ""),
        (Function::Join, [List(texts), String(separator)]) => join(texts, separator),
        _ => Ok(None),
    }
}

/// The letter at a place; the empty text just behind the last one.
fn char_at(whole: &str, place: i64) -> Overload {
    let rest = &whole[byte_of(whole, place)?..];
    let end = rest.chars().next().map_or(0, char::len_utf8);
    text(&rest[..end])
}

fn index_of(whole: &str, part: &str, from: i64) -> Overload {
    let from = byte_of(whole, from)?;
    place_told(whole, whole[from..].find(part).map(|found| from + found))
}

/// The last place, not beyond `until`, where the part begins.
fn last_index_of(whole: &str, part: &str, until: i64) -> Overload {
    let end = byte_of(whole, until)?.saturating_add(part.len()).min(whole.len());
    place_told(whole, whole[..whole.floor_char_boundary(end)].rfind(part))
}

/// The place of a byte; -1 for none.
fn place_told(whole: &str, byte: Option<usize>) -> Overload {
    match byte {
        Some(byte) => int(whole[..byte].chars().count()),
        None => Ok(Some(Value::Int(-1))),
    }
}

fn substring(whole: &str, from: i64, until: i64) -> Overload {
    let (start, end) = (byte_of(whole, from)?, byte_of(whole, until)?);
    let Some(part) = whole.get(start..end) else {
        let detail = format!("invalid substring range. start: {from}, end: {until}");
        return Err(EvalError::new(EvalErrorKind::IndexOutOfRange, detail));
    };
    text(part)
}

/// Where the letter at a place begins, in bytes.
fn byte_of(whole: &str, place: i64) -> Result<usize, EvalError> {
    let missing = || EvalError::out_of_range(place);
    let wanted = usize::try_from(place).map_err(|_| missing())?;
    let ends = std::iter::once(whole.len());
    let mut starts = whole.char_indices().map(|(byte, _)| byte).chain(ends);
    starts.nth(wanted).ok_or_else(missing)
}

/// Replaces the first `times` occurrences, or all when it is negative. The empty text occurs before each
/// letter and at the end.
fn replace(whole: &str, old: &str, new: &str, times: i64) -> Overload {
    let times = usize::try_from(times).unwrap_or(usize::MAX);
    let count = whole.matches(old).take(times).count();
    let kept = whole.len() - count * old.len();
    check_bytes(count.saturating_mul(new.len()).saturating_add(kept), "a text")?;
    text(&whole.replacen(old, new, count))
}

/// The parts between separators: all when `limit` is negative, else at most so many, the last one
/// being the rest. The empty separator parts all letters.
fn split(whole: &str, separator: &str, limit: i64) -> Overload {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(limits::CEL_ELEMENTS_MAX + 1);
    let parts: Vec<Value> = match separator {
        _ if limit == 0 => Vec::new(),
        "" => letters(whole, limit),
        _ => whole.splitn(limit, separator).map(Value::text).collect(),
    };
    check_elements(parts.len())?;
    Ok(Some(Value::list(parts)))
}

fn letters(whole: &str, limit: usize) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut rest = whole;
    while let Some(letter) = rest.chars().next() {
        let end = if parts.len() + 1 == limit { rest.len() } else { letter.len_utf8() };
        parts.push(Value::text(&rest[..end]));
        rest = &rest[end..];
    }
    parts
}

/// The texts of a list, one after the other; no overload when something else is in it.
fn join(texts: &[Value], separator: &str) -> Overload {
    let mut joined = String::new();
    for (place, part) in texts.iter().enumerate() {
        let Value::String(part) = part else { return Ok(None) };
        joined.push_str(if place == 0 { "" } else { separator });
        joined.push_str(part);
        check_bytes(joined.len(), "a text")?;
    }
    text(&joined)
}
