//! The tables that analysts read: their columns, their rows, and where they lie.
//!
//! ```text
//!   record of the journal --> rows of `exposures`, `outcomes`, `events`
//!                                  |
//!                              one batch for each tenant, table and hour
//!                                  |
//!             tenant=demo/table=events/date=2026-01-31/hour=18/part-<first lsn>-<last lsn>.parquet
//! ```
//!
//! What stands in a row is a function of its record and of the hour alone, so the same records give the
//! same files, byte for byte. The documents of the columns for analysts are in this crate's README; a
//! test compares them with the code.
//!
//! It knows neither the journal's files nor when to write: see `exporter`. Read `column` for what a
//! column can be, then `exposures`, `outcomes` and `events`, `intake` for the time of recording, `batch`
//! for the format and `place` for the names.

mod batch;
mod column;
mod events;
mod exposures;
mod intake;
mod outcomes;
mod place;

use std::collections::BTreeMap;

use journal::record::{Body, Record};
use model::Timestamp;

use crate::error::AnalyticsError;

pub(crate) use batch::{Batch, each_row};
pub(crate) use column::{Column, Value};
pub(crate) use intake::Intake;
pub(crate) use place::{Part, Partition};

use column::Row;
use events::EventRow;
use exposures::ExposureRow;
use outcomes::OutcomeRow;
use place::hour_of;

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Who was exposed to which campaign, in which variant, shown or withheld.
    Exposures,
    /// What every record changed in the figures of experiments.
    Outcomes,
    /// Everything that happened to customers, merges and redemptions included.
    Events,
}

/// What a row knows of its record besides what happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    /// The record's position.
    pub(crate) lsn: u64,
    /// When the server recorded it.
    pub(crate) recorded_at: Timestamp,
}

/// The rows of a cut, by where they go.
#[derive(Debug, Default)]
pub(crate) struct Batches(BTreeMap<Partition, Batch>);

// === impl Table ===

impl Table {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Exposures, Self::Outcomes, Self::Events];

    /// The name, in paths and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exposures => "exposures",
            Self::Outcomes => "outcomes",
            Self::Events => "events",
        }
    }

    /// The table of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.as_str() == name)
    }

    pub(crate) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Exposures => ExposureRow::COLUMNS,
            Self::Outcomes => OutcomeRow::COLUMNS,
            Self::Events => EventRow::COLUMNS,
        }
    }
}

// === impl Batches ===

impl Batches {
    /// Adds the rows of a record.
    ///
    /// # Errors
    /// Never for a record that the journal's codec has read.
    pub(crate) fn add(&mut self, record: &Record, stamp: Stamp) -> Result<(), AnalyticsError> {
        for row in ExposureRow::of(record, stamp) {
            self.of(Table::Exposures, record, stamp).push(row.values())?;
        }
        for row in OutcomeRow::of(record, stamp) {
            self.of(Table::Outcomes, record, stamp).push(row.values())?;
        }
        if let Some(row) = EventRow::of(record, stamp) {
            self.of(Table::Events, record, stamp).push(row.values())?;
        }
        Ok(())
    }

    fn of(&mut self, table: Table, record: &Record, stamp: Stamp) -> &mut Batch {
        let (tenant, hour) = (record.tenant.clone(), hour_of(stamp.recorded_at));
        let partition = Partition { tenant, table, hour };
        self.0.entry(partition).or_insert_with(|| Batch::new(table))
    }
}

impl IntoIterator for Batches {
    type Item = (Partition, Batch);
    type IntoIter = std::collections::btree_map::IntoIter<Partition, Batch>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// When a record happened, by the clock that counts for it.
fn event_time(body: &Body) -> Timestamp {
    match body {
        Body::Event { event, .. } => event.at,
        Body::Merged { at, .. } | Body::Exposed { at, .. } => *at,
        Body::Redeemed(redemption) => redemption.at,
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
