//! The one place that asks the operating system for the time.
//!
//! A request reads the clock once, when it arrives; everything that it causes carries that time.

use std::time::{Instant, SystemTime};

use model::Timestamp;

/// The wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock;

// === impl Clock ===

impl Clock {
    /// The time now. A clock set before 1970 reads as 1970.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the lint points to")]
    pub(crate) fn now(self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// A point on the clock that only goes forward, for measuring spans.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the lint points to")]
    pub(crate) fn instant(self) -> Instant {
        Instant::now()
    }
}
