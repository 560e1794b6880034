//! Points in time, as CEL has them: nanoseconds in the years 1 to 9999 of UTC.
//!
//! A type of our own because [`jiff::Timestamp`] ends 26 hours before the year 9999 does, so that it
//! can be shown in any zone. Calendar and zones are jiff's.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::super::{EvalError, EvalErrorKind};
use super::duration::duration_from_nanos;

/// A point in time to the nanosecond, from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    second: i64,
    nanosecond: u32,
}

/// A point in time as a calendar and clock of some place show it.
pub(in super::super) type Civil = DateTime;

const SECOND_MIN: i64 = -62_135_596_800;
const SECOND_MAX: i64 = 253_402_300_799;
const NANOS: i128 = 1_000_000_000;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

// === impl Timestamp ===

impl Timestamp {
    /// The earliest.
    pub const MIN: Self = Self { second: SECOND_MIN, nanosecond: 0 };
    /// The latest.
    pub const MAX: Self = Self { second: SECOND_MAX, nanosecond: 999_999_999 };
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self { second: 0, nanosecond: 0 };

    /// The point so many seconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When it is not in the years 1 to 9999.
    pub fn from_second(second: i64) -> Result<Self, EvalError> {
        Self::from_nanosecond(i128::from(second) * NANOS)
    }

    /// The point so many milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When it is not in the years 1 to 9999.
    pub fn from_millisecond(millisecond: i64) -> Result<Self, EvalError> {
        let second = millisecond.div_euclid(1_000);
        // Not by way of 128 bits, whose division takes longer than a compiled rule's comparison.
        let below = u32::try_from(millisecond.rem_euclid(1_000)).unwrap_or_default();
        let time = Self { second, nanosecond: below * 1_000_000 };
        let fits = (Self::MIN..=Self::MAX).contains(&time);
        fits.then_some(time).ok_or_else(|| EvalError::range("a timestamp, the years 1 to 9999"))
    }

    /// The point so many nanoseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When it is not in the years 1 to 9999.
    pub fn from_nanosecond(nanosecond: i128) -> Result<Self, EvalError> {
        let out = |_| EvalError::range("a timestamp, the years 1 to 9999");
        let second = i64::try_from(nanosecond.div_euclid(NANOS)).map_err(out)?;
        let nanosecond = u32::try_from(nanosecond.rem_euclid(NANOS)).map_err(out)?;
        let time = Self { second, nanosecond };
        let fits = (Self::MIN..=Self::MAX).contains(&time);
        fits.then_some(time).ok_or_else(|| EvalError::range("a timestamp, the years 1 to 9999"))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub const fn as_second(self) -> i64 {
        self.second
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn as_millisecond(self) -> i64 {
        self.second * 1_000 + i64::from(self.nanosecond / 1_000_000)
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub fn as_nanosecond(self) -> i128 {
        i128::from(self.second) * NANOS + i128::from(self.nanosecond)
    }

    /// Nanoseconds since the second that [`Self::as_second`] tells, from 0 on.
    pub const fn subsec_nanosecond(self) -> u32 {
        self.nanosecond
    }

    /// This point, `span` later.
    ///
    /// # Errors
    /// When that is not in the years 1 to 9999.
    pub fn plus(self, span: SignedDuration) -> Result<Self, EvalError> {
        Self::from_nanosecond(self.as_nanosecond() + span.as_nanos())
    }

    /// This point, `span` earlier.
    ///
    /// # Errors
    /// When that is not in the years 1 to 9999.
    pub fn minus(self, span: SignedDuration) -> Result<Self, EvalError> {
        Self::from_nanosecond(self.as_nanosecond() - span.as_nanos())
    }

    /// The time from `earlier` to this point.
    ///
    /// # Errors
    /// When it does not fit a duration.
    pub fn since(self, earlier: Self) -> Result<SignedDuration, EvalError> {
        duration_from_nanos(self.as_nanosecond() - earlier.as_nanosecond())
    }

    /// Reads RFC 3339: `2026-01-31T18:30:00.25+02:00`, with a capital `T` and `Z`.
    ///
    /// # Errors
    /// When the text is not of this form, or the point not in the years 1 to 9999.
    pub fn parse(text: &str) -> Result<Self, EvalError> {
        let wrong =
            || EvalError::conversion("timestamp", "write RFC 3339 such as '2026-01-31T18:30:00Z'");
        let (local, offset) = parse_rfc3339(text).ok_or_else(wrong)?;
        let since_epoch = local.duration_since(EPOCH);
        Self::from_nanosecond(since_epoch.as_nanos() - i128::from(offset) * NANOS)
    }

    /// What calendar and clock show in UTC.
    pub(in super::super) fn utc(self) -> Civil {
        self.at_offset(0).expect("the years 1 to 9999 are within the calendar's")
    }

    /// What calendar and clock show in a zone: an IANA name, or an offset such as `+02:00`.
    ///
    /// # Errors
    /// When there is no such zone, or it is beyond the year 9999 there.
    pub(in super::super) fn in_zone(self, zone: &str) -> Result<Civil, EvalError> {
        let unknown = || {
            let detail =
                "unknown time zone: write an IANA name such as 'Europe/Berlin', or '+02:00'";
            EvalError::new(EvalErrorKind::Argument, detail)
        };
        let offset = match zone.contains(':') {
            true => parse_offset(zone).ok_or_else(unknown)?,
            false => {
                let zone = TimeZone::get(zone).map_err(|_| unknown())?;
                // Beyond jiff's end the offset is what it was at the end.
                let known =
                    jiff::Timestamp::from_second(self.second).unwrap_or(jiff::Timestamp::MAX);
                i64::from(zone.to_offset(known).seconds())
            }
        };
        self.at_offset(offset).ok_or_else(|| EvalError::range("the calendar"))
    }

    fn at_offset(self, offset: i64) -> Option<Civil> {
        let nanosecond = i32::try_from(self.nanosecond).ok()?;
        EPOCH.checked_add(SignedDuration::new(self.second + offset, nanosecond)).ok()
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with as many digits below the second as are needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.utc();
        let (date, time) = (civil.date(), civil.time());
        write!(f, "{:04}-{:02}-{:02}T", date.year(), date.month(), date.day())?;
        write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        if self.nanosecond != 0 {
            let digits = format!("{:09}", self.nanosecond);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Date and time as written, and the offset in seconds.
fn parse_rfc3339(text: &str) -> Option<(DateTime, i64)> {
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = split(date, '-')?;
    let date = Date::new(
        digits(year, 4)?,
        i8::try_from(digits(month, 2)?).ok()?,
        i8::try_from(digits(day, 2)?).ok()?,
    );
    let zone = time.find(['Z', '+', '-'])?;
    let (time, zone) = time.split_at(zone);
    let offset = if zone == "Z" { 0 } else { parse_offset(zone)? };
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, nanoseconds(fraction)?),
        None => (time, 0),
    };
    let [hour, minute, second] = split(time, ':')?;
    let part = |text| i8::try_from(digits(text, 2)?).ok();
    let time = Time::new(part(hour)?, part(minute)?, part(second)?, fraction);
    Some((DateTime::from_parts(date.ok()?, time.ok()?), offset))
}

/// The seconds of `+02:00`; the sign may be left out.
fn parse_offset(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60)
        .then(|| sign * (i64::from(hours) * 3_600 + i64::from(minutes) * 60))
}

fn split(text: &str, separator: char) -> Option<[&str; 3]> {
    let mut parts = text.split(separator);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

fn digits(text: &str, count: usize) -> Option<i16> {
    let are_digits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| text.parse().ok()).flatten()
}

/// The nanoseconds of the digits after the point; those beyond the ninth are dropped.
fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nine = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(nine.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0')))
}
