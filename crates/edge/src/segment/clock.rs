//! When an event happened, by the server's clock.
//!
//! A client's clock may be wrong by years, but its error is the same when it notes an event and when
//! it sends it. So, as in the Segment specification,
//!
//! ```text
//! at = receivedAt - (sentAt - originalTimestamp)
//! ```
//!
//! Clients send the time they noted as `timestamp`; `originalTimestamp` is its name in recorded logs,
//! where `timestamp` is the corrected time already. Without `sentAt` there is nothing to correct with,
//! and `timestamp` is taken as it is: this is how a log is replayed at its own times. Only the
//! `sentAt` of the request counts, never that of an item in a batch, for the same reason: a recorded
//! item has an old one.

use std::time::Duration;

use model::Timestamp;
use serde_json::value::RawValue;

use super::error::SkipReason;
use super::json::string;
use super::limits::FUTURE_MS_MAX;

/// The two clocks of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    received_at: Timestamp,
    sent_at: Option<Timestamp>,
}

/// When an event happened, and whether its client can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The time that the client told, corrected.
    At(Timestamp),
    /// The time told lies too far in the future.
    Future,
}

// === impl Clock ===

impl Clock {
    /// The clocks of a request that the server received at one time and the client says to have sent
    /// at another.
    pub(crate) const fn new(received_at: Timestamp, sent_at: Option<Timestamp>) -> Self {
        Self { received_at, sent_at }
    }

    /// When the server received the request.
    pub(crate) const fn received_at(self) -> Timestamp {
        self.received_at
    }

    /// When an event with these members happened; when it was received if it has neither.
    pub(crate) fn tell(
        self,
        timestamp: Option<&RawValue>,
        original_timestamp: Option<&RawValue>,
    ) -> Result<Told, SkipReason> {
        let noted = match self.sent_at {
            Some(_) => original_timestamp.or(timestamp),
            None => timestamp.or(original_timestamp),
        };
        let Some(noted) = noted else { return Ok(Told::At(self.received_at)) };
        let noted = time(noted).ok_or(SkipReason::InvalidTimestamp)?;
        let at = match self.sent_at {
            Some(sent_at) => {
                let age_ms = sent_at.ms_since(noted);
                Timestamp::from_ms(self.received_at.ms().saturating_sub(age_ms))
            }
            None => noted,
        };
        if at > self.received_at.plus(Duration::from_millis(FUTURE_MS_MAX)) {
            return Ok(Told::Future);
        }
        Ok(Told::At(at))
    }
}

/// A time as text; `None` when it is not one.
pub(crate) fn time(value: &RawValue) -> Option<Timestamp> {
    Timestamp::parse(&string(value)?).ok()
}

#[cfg(test)]
mod tests {
    use model::Timestamp;
    use serde_json::value::RawValue;

    use super::{Clock, Told};
    use crate::segment::SkipReason;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn at(sent_at: Option<&str>, timestamp: Option<&str>, original: Option<&str>) -> String {
        let quoted = |text: Option<&str>| {
            text.map(|text| RawValue::from_string(format!("\"{text}\"")).expect("JSON"))
        };
        let (timestamp, original) = (quoted(timestamp), quoted(original));
        let clock = Clock::new(time("2026-01-31T12:00:00Z"), sent_at.map(time));
        match clock.tell(timestamp.as_deref(), original.as_deref()) {
            Ok(Told::At(at)) => at.to_string(),
            Ok(Told::Future) => "future".to_owned(),
            Err(reason) => reason.as_str().to_owned(),
        }
    }

    #[test]
    fn the_error_of_a_clients_clock_is_taken_out() {
        // The client's clock is an hour fast; the event happened ten seconds before it was sent.
        let sent = Some("2026-01-31T13:00:00Z");
        assert_eq!(at(sent, Some("2026-01-31T12:59:50Z"), None), "2026-01-31T11:59:50.000Z");
        // A clock that was never set.
        let sent = Some("1970-01-01T00:01:00Z");
        assert_eq!(at(sent, Some("1970-01-01T00:00:30Z"), None), "2026-01-31T11:59:30.000Z");
    }

    #[test]
    fn a_recorded_log_without_sent_at_keeps_its_own_times() {
        let old = Some("2019-10-01T00:00:00Z");
        assert_eq!(at(None, old, None), "2019-10-01T00:00:00.000Z");
        assert_eq!(at(None, old, Some("2018-10-01T00:00:00Z")), "2019-10-01T00:00:00.000Z");
        assert_eq!(at(None, None, Some("2018-10-01T00:00:00Z")), "2018-10-01T00:00:00.000Z");
    }

    #[test]
    fn the_original_timestamp_goes_before_when_there_is_something_to_correct_with() {
        let sent = Some("2026-01-31T12:00:01Z");
        let both = at(sent, Some("2026-01-31T11:00:00Z"), Some("2026-01-31T11:30:01Z"));
        assert_eq!(both, "2026-01-31T11:30:00.000Z");
    }

    #[test]
    fn an_event_without_a_time_happened_when_it_was_received() {
        assert_eq!(at(None, None, None), "2026-01-31T12:00:00.000Z");
        assert_eq!(at(Some("2020-01-31T12:00:00Z"), None, None), "2026-01-31T12:00:00.000Z");
    }

    #[test]
    fn a_time_more_than_a_day_ahead_is_not_believed() {
        assert_eq!(at(None, Some("2026-02-01T12:00:00Z"), None), "2026-02-01T12:00:00.000Z");
        assert_eq!(at(None, Some("2026-02-01T12:00:00.001Z"), None), "future");
        assert_eq!(at(Some("1970-01-01T00:00:00Z"), Some("2026-01-31T12:00:00Z"), None), "future");
    }

    #[test]
    fn what_is_no_time_is_a_reason_to_skip_the_event() {
        for text in ["", "yesterday", "2026-01-31", "2026-01-31T12:00:00"] {
            assert_eq!(at(None, Some(text), None), SkipReason::InvalidTimestamp.as_str(), "{text}");
        }
    }
}
