//! Points in time, to the millisecond.

use core::time::Duration;

/// A point in time: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

// === impl Timestamp ===

impl Timestamp {
    /// The time `ms` milliseconds after the Unix epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// How long before this time `earlier` was. Zero when it was in fact later: events can overtake one
    /// another on their way, and what lies a little ahead has only just happened.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Timestamp};

    #[test]
    fn what_lies_ahead_has_only_just_happened() {
        let noon = Timestamp::from_ms(43_200_000);
        assert_eq!(noon.since(Timestamp::from_ms(43_199_000)), Duration::from_secs(1));
        assert_eq!(noon.since(Timestamp::from_ms(43_201_000)), Duration::ZERO);
        assert_eq!(
            Timestamp::from_ms(i64::MIN).since(Timestamp::from_ms(i64::MAX)),
            Duration::ZERO
        );
    }
}
