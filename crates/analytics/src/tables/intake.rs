//! Taking records in their order, and knowing when each was recorded.

use journal::Frame;
use journal::record::{self, Body};
use model::Timestamp;

use super::place::tellable;
use super::{Batches, Stamp, event_time};
use crate::error::AnalyticsError;

/// Rows of consecutive records.
#[derive(Debug)]
pub(crate) struct Intake {
    batches: Batches,
    /// The server's time at the last record.
    clock: Option<Timestamp>,
}

// === impl Intake ===

impl Intake {
    /// Begins after a record at which the server's time was this.
    pub(crate) fn new(clock: Option<Timestamp>) -> Self {
        Self { batches: Batches::default(), clock }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// When it is none of this version's.
    pub(crate) fn take(&mut self, frame: &Frame<'_>) -> Result<(), AnalyticsError> {
        let record = record::decode(frame.kind, frame.payload)
            .map_err(|source| AnalyticsError::Journal { lsn: frame.lsn, source })?;
        self.clock = server_time(&record.body).or(self.clock);
        let recorded_at = tellable(self.clock.unwrap_or_else(|| event_time(&record.body)));
        self.batches.add(&record, Stamp { lsn: frame.lsn, recorded_at })
    }

    /// The rows, and the server's time at the last record.
    pub(crate) fn finish(self) -> (Batches, Option<Timestamp>) {
        (self.batches, self.clock)
    }
}

/// The server's time that a record carries. Exposures and merges carry none that is surely the
/// server's; they are given that of the last record before them, which is of the same call or near.
const fn server_time(body: &Body) -> Option<Timestamp> {
    match body {
        Body::Event { event, .. } => Some(event.received_at),
        Body::Redeemed(redemption) => Some(redemption.at),
        Body::Merged { .. } | Body::Exposed { .. } => None,
    }
}
