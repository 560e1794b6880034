//! Floating-point numbers as text.
//!
//! `string(..)` writes the shortest digits that read back the same number, with an exponent below
//! 0.0001 and from 1,000,000 on; that is `%g` of C and Go, which CEL's implementations share.

use std::fmt::Write as _;

/// A number as `string(..)` writes it: `0.1`, `2`, `1e+06`, `Infinity`.
pub(in super::super) fn double_text(number: f64) -> String {
    if let Some(name) = name(number) {
        return name.to_owned();
    }
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) { number.to_string() } else { with_exponent(digits, exponent) }
}

/// A number with so many digits after the point: `%.2f`.
pub(super) fn fixed(number: f64, precision: usize) -> String {
    name(number).map_or_else(|| format!("{number:.precision$}"), str::to_owned)
}

/// A number with one digit before the point and so many after it: `%.2e`.
pub(super) fn scientific(number: f64, precision: usize) -> String {
    if let Some(name) = name(number) {
        return name.to_owned();
    }
    let text = format!("{number:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    with_exponent(digits, exponent.parse().unwrap_or(0))
}

/// A number with all its digits and no exponent: `%d` of a double.
pub(super) fn plain(number: f64) -> String {
    name(number).map_or_else(|| number.to_string(), str::to_owned)
}

/// The name of a number that has no digits.
fn name(number: f64) -> Option<&'static str> {
    match number {
        _ if number.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

/// `1.5e+06`: the exponent has a sign and at least two digits.
fn with_exponent(digits: &str, exponent: i32) -> String {
    let mut text = digits.to_owned();
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(text, "e{sign}{:02}", exponent.unsigned_abs()).expect("writing to a text cannot fail");
    text
}
