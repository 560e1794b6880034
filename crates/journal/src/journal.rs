//! The handle of an open journal.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{AppendError, JournalError, Reader, limits};

/// How a journal behaves. [`Config::default`] is right for production.
#[derive(Clone, Debug)]
pub struct Config {
    /// A segment that has grown beyond this is closed and the next one begun.
    pub segment_bytes_max: u64,
    /// With more bytes waiting for the disk, [`Journal::reserve`] answers `Backlogged`.
    pub backlog_bytes_max: usize,
    /// How long the writer gathers further frames before it writes.
    pub commit_delay: Duration,
    /// The pause before a failed batch is tried again; it doubles each time.
    pub retry_backoff: Duration,
}

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The first record that is still there; 0 when there is none.
    pub first_lsn: u64,
    /// The last record; 0 when there has never been one.
    pub last_lsn: u64,
    /// How many segments there are.
    pub segments: usize,
    /// Bytes of an unfinished write that were cut from the end; they were never acknowledged.
    pub torn_bytes: u64,
    /// The file to which the cut bytes were moved.
    pub torn_file: Option<PathBuf>,
}

/// Counters and gauges for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// The last record appended.
    pub appended_lsn: u64,
    /// The last record that is durable.
    pub durable_lsn: u64,
    /// Bytes that wait for the disk.
    pub backlog_bytes: usize,
    /// Segments on disk.
    pub segments: usize,
    /// Successful commits since opening: batches written and synced.
    pub commits: u64,
    /// Bytes made durable since opening.
    pub committed_bytes: u64,
    /// Segments fenced since opening, each after a failed write or sync.
    pub fenced_segments: u64,
    /// Whether the journal itself is fenced.
    pub fenced: bool,
}

/// An open journal. Threads share it behind an `Arc`; dropping it closes it.
#[derive(Debug)]
pub struct Journal {
    _private: (),
}

/// The right to append one record.
#[derive(Debug)]
#[must_use = "a permit appends nothing by itself"]
pub struct Permit<'a> {
    journal: &'a Journal,
}

// === impl Journal ===

impl Journal {
    /// Opens the journal in a folder, which is made if need be, and recovers what is there.
    ///
    /// # Errors
    /// When another process has it open, the disk fails, or a segment is damaged other than by a
    /// torn write at the very end. Nothing is changed then.
    pub fn open(_dir: &Path, _config: Config) -> Result<(Self, Recovery), JournalError> {
        Ok((Self { _private: () }, Recovery::default()))
    }

    /// Asks to append one record. Never blocks on the disk.
    ///
    /// # Errors
    /// When too many bytes wait for the disk, or the journal is fenced or closed.
    pub fn reserve(&self) -> Result<Permit<'_>, AppendError> {
        Ok(Permit { journal: self })
    }

    /// The last record appended; 0 when there has never been one.
    pub fn appended_lsn(&self) -> u64 {
        0
    }

    /// The last record that is durable. It only grows.
    pub fn durable_lsn(&self) -> u64 {
        0
    }

    /// Waits until a record is durable.
    ///
    /// # Errors
    /// When the journal is fenced or closed before.
    pub async fn durable(&self, _lsn: u64) -> Result<(), AppendError> {
        Ok(())
    }

    /// Waits, blocking the thread, until a record is durable.
    ///
    /// # Errors
    /// When the journal is fenced or closed before.
    pub fn wait_durable_blocking(&self, _lsn: u64) -> Result<(), AppendError> {
        Ok(())
    }

    /// A reader whose first record is the first with at least this position. It outlives the handle.
    ///
    /// # Errors
    /// When retention has already deleted that record.
    pub fn reader(&self, from_lsn: u64) -> Result<Reader, JournalError> {
        Err(JournalError::Gone { lsn: from_lsn, first_lsn: 0 })
    }

    /// Deletes the segments whose records all lie below a position, and says how many.
    ///
    /// # Errors
    /// When the disk refuses; what is left is still a whole journal.
    pub fn retain_from(&self, _lsn: u64) -> Result<usize, JournalError> {
        Ok(0)
    }

    /// Counters and gauges for metrics.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }

    /// Makes everything appended durable and stops the writer. Later calls do nothing.
    ///
    /// # Errors
    /// When something appended could not be made durable.
    pub fn close(&self) -> Result<(), JournalError> {
        Ok(())
    }
}

// === impl Permit ===

impl Permit<'_> {
    /// Appends a record whose payload `write` adds to the end of the buffer, and gives its position.
    /// `write` runs under a lock and must only append.
    pub fn append(self, _kind: u8, _write: impl FnOnce(&mut Vec<u8>)) -> u64 {
        self.journal.appended_lsn()
    }
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        Self {
            segment_bytes_max: limits::SEGMENT_BYTES_MAX,
            backlog_bytes_max: limits::BACKLOG_BYTES_MAX,
            commit_delay: limits::COMMIT_DELAY,
            retry_backoff: limits::RETRY_BACKOFF,
        }
    }
}
