//! Spans of time as text, and how long one may be.
//!
//! The form is that of Go, which CEL takes over: `1h30m`, `-10ms`, `1.5s`. A span is exact to the
//! nanosecond and fits 64 bits of them, as in CEL's own implementation; so the difference of the
//! earliest and the latest point in time is an error.

use jiff::SignedDuration;

use super::super::EvalError;

/// The units, the longer name first where one begins like the other.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The duration of so many nanoseconds.
///
/// # Errors
/// When they do not fit 64 bits.
pub(in super::super) fn duration_from_nanos(nanos: i128) -> Result<SignedDuration, EvalError> {
    let fits = i64::try_from(nanos).map(SignedDuration::from_nanos);
    fits.map_err(|_| EvalError::range("a duration, about 292 years"))
}

/// Reads `1h30m`, `1.5s`, `-10ms`, or `0`.
///
/// # Errors
/// When the text is not of this form, or the span too long.
pub(in super::super) fn parse_duration(text: &str) -> Result<SignedDuration, EvalError> {
    let wrong =
        || EvalError::conversion("duration", "write numbers with units such as '1h30m' or '1.5s'");
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut sum: i128 = 0;
    while !rest.is_empty() {
        let whole = leading_digits(rest);
        rest = &rest[whole.len()..];
        let fraction = rest.strip_prefix('.').map(leading_digits);
        rest = &rest[fraction.map_or(0, |fraction| fraction.len() + 1)..];
        let fraction = fraction.unwrap_or_default();
        if whole.is_empty() && fraction.is_empty() {
            return Err(wrong());
        }
        let name = &rest[..rest
            .find(|letter: char| letter == '.' || letter.is_ascii_digit())
            .unwrap_or(rest.len())];
        let (_, unit) = UNITS.iter().find(|(known, _)| *known == name).ok_or_else(wrong)?;
        rest = &rest[name.len()..];
        let part = scaled(whole, fraction, *unit).filter(|part| *part <= NANOS_MAX);
        sum += part.ok_or_else(|| EvalError::range("a duration, about 292 years"))?;
        if sum > NANOS_MAX {
            return Err(EvalError::range("a duration, about 292 years"));
        }
    }
    duration_from_nanos(sign * sum)
}

/// What the size of a duration is at most: 2^63, for the negative ones.
const NANOS_MAX: i128 = 1 << 63;

fn leading_digits(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

/// `whole.fraction` of a unit, in nanoseconds and rounded down; `None` when it is far too large.
fn scaled(whole: &str, fraction: &str, unit: i128) -> Option<i128> {
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // Digits beyond the eighteenth are below a nanosecond even of hours.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let below = fraction.bytes().fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    whole.checked_mul(unit)?.checked_add(below * unit / scale)
}

/// A duration in seconds, as `string(..)` writes it: `5400s`, `-0.01s`.
pub(in super::super) fn duration_text(duration: SignedDuration) -> String {
    let nanos = duration.as_nanos();
    let sign = if nanos < 0 { "-" } else { "" };
    let (seconds, below) =
        (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
    if below == 0 {
        return format!("{sign}{seconds}s");
    }
    let below = format!("{below:09}");
    format!("{sign}{seconds}.{}s", below.trim_end_matches('0'))
}
