//! Points in time, to the millisecond.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Milliseconds are what every Segment client sends. All arithmetic saturates: a shop's broken clock
/// must not be able to panic the server.
// The number with its sign bit flipped, which keeps the order and leaves 0 to stand for no time: an
// `Option<Timestamp>`, of which a profile has several, is no larger than a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(NonZeroU64);

/// A text that is no RFC 3339 date and time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date and time such as 2026-01-31T18:30:00Z: {text:?}")]
pub struct TimestampError {
    text: String,
}

const SIGN_BIT: u64 = 1 << 63;

// === impl Timestamp ===

impl Timestamp {
    /// The earliest time that can be told.
    pub const MIN: Self = Self(NonZeroU64::MIN);
    /// The latest time that can be told.
    pub const MAX: Self = Self(NonZeroU64::MAX);

    /// The time `ms` milliseconds after the Unix epoch. The least number is taken for the one above it.
    pub const fn from_ms(ms: i64) -> Self {
        match NonZeroU64::new(ms.cast_unsigned() ^ SIGN_BIT) {
            Some(flipped) => Self(flipped),
            None => Self::MIN,
        }
    }

    /// Milliseconds since the Unix epoch.
    pub const fn ms(self) -> i64 {
        (self.0.get() ^ SIGN_BIT).cast_signed()
    }

    /// Reads an RFC 3339 date and time, with its offset.
    ///
    /// # Errors
    /// When the text is not such a time.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        text.parse::<jiff::Timestamp>()
            .map(|time| Self::from_ms(time.as_millisecond()))
            .map_err(|_| TimestampError { text: text.chars().take(64).collect() })
    }

    /// This time, `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self::from_ms(self.ms().saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This time, `span` earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self::from_ms(self.ms().saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Milliseconds from `earlier` to this time; negative when `earlier` is in fact later.
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.ms().saturating_sub(earlier.ms())
    }
}

impl Default for Timestamp {
    /// The Unix epoch.
    fn default() -> Self {
        Self::from_ms(0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; a time beyond the year 9999 is shown as its milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.ms()) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{} ms", self.ms()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_time_with_an_offset_is_the_same_instant_in_utc() {
        let time = Timestamp::parse("2019-10-01T02:00:00.250+02:00").expect("valid");
        assert_eq!(time.to_string(), "2019-10-01T00:00:00.250Z");
    }

    #[test]
    fn a_text_that_is_no_time_is_refused() {
        for text in ["", "yesterday", "2019-10-01", "2019-13-01T00:00:00Z"] {
            assert!(Timestamp::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn times_are_ordered_as_their_numbers_and_no_time_takes_no_room() {
        let numbers = [i64::MIN + 1, -1_000, -1, 0, 1, 1_000, i64::MAX];
        for pair in numbers.windows(2) {
            assert!(Timestamp::from_ms(pair[0]) < Timestamp::from_ms(pair[1]), "{pair:?}");
        }
        for ms in numbers {
            assert_eq!(Timestamp::from_ms(ms).ms(), ms);
        }
        assert_eq!(Timestamp::from_ms(i64::MIN), Timestamp::MIN);
        assert_eq!(size_of::<Option<Timestamp>>(), size_of::<Timestamp>());
    }

    #[test]
    fn arithmetic_saturates_instead_of_overflowing() {
        assert_eq!(Timestamp::MAX.plus(std::time::Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.ms_since(Timestamp::MAX), i64::MIN);
    }
}
