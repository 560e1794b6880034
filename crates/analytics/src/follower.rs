//! The thread that reads the journal and keeps the live figures.
//!
//! ```text
//!   start: figures and position from the snapshot
//!     |
//!     v
//!   read and apply all that is durable  --(every batch)-->  publish the position
//!     |        ^                        --(when due)----->  write a snapshot
//!     v        |
//!   sleep until a record is durable, then let some gather
//! ```
//!
//! Only durable records are read, so a figure never counts what a crash takes back. The position is
//! part of the snapshot, so a record counts exactly once however often the process dies. What happens when the
//! journal cannot be read, and how the thread waits, is in [`crate::thread`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use journal::{Journal, JournalError, Reader};

use crate::error::AnalyticsError;
use crate::limits::{BATCH_RECORDS, GATHER, RETRY_INTERVAL, SNAPSHOT_INTERVAL, SNAPSHOT_RECORDS};
use crate::live::Live;
use crate::snapshot::Snapshot;
use crate::thread::{Pace, Stop, Thread, Told, Work};

/// Keeps [`Live`] up to date on a thread of its own. Dropped without [`Self::close`], the thread ends
/// soon, without a last snapshot; the next start then reads a little more of the journal.
#[derive(Debug)]
pub struct Follower {
    shared: Arc<Shared>,
    thread: Thread,
}

/// How the follower is doing, for metrics and readiness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// The last record that the figures hold.
    pub applied_lsn: u64,
    /// The last record that the snapshot on disk holds.
    pub snapshot_lsn: u64,
    /// Records that the journal no longer had when they were to be read.
    pub missed: u64,
    /// Changes that were ignored because a tenant has more campaigns or variants than are measured.
    pub ignored: u64,
    /// Why the follower cannot go on at the moment, if it cannot.
    pub fault: Option<String>,
}

#[derive(Debug)]
struct Shared {
    live: Arc<Live>,
    snapshot_lsn: AtomicU64,
    missed: AtomicU64,
}

/// What the thread itself owns.
struct Worker {
    shared: Arc<Shared>,
    journal: Arc<Journal>,
    reader: Option<Reader>,
    path: PathBuf,
    applied_lsn: u64,
    /// When, and with how many records, a snapshot was last tried.
    saving_at: Instant,
    saving_lsn: u64,
}

// === impl Follower ===

impl Follower {
    /// Reads the snapshot at `path` and starts the thread. The figures are those of the snapshot until
    /// the thread has read what the journal has since; [`Live::wait_applied`] tells when.
    ///
    /// # Errors
    /// When the snapshot is damaged or does not fit the journal, or the thread cannot be started.
    pub fn start(journal: Arc<Journal>, path: &Path) -> Result<Self, AnalyticsError> {
        let Snapshot { lsn, tenants } = Snapshot::read(path)?;
        let journal_lsn = journal.durable_lsn();
        if lsn > journal_lsn {
            let path = path.to_owned();
            return Err(AnalyticsError::SnapshotAhead { path, snapshot_lsn: lsn, journal_lsn });
        }
        let shared = Arc::new(Shared {
            live: Arc::new(Live::new(lsn, tenants)),
            snapshot_lsn: AtomicU64::new(lsn),
            missed: AtomicU64::new(0),
        });
        let worker = Worker {
            shared: Arc::clone(&shared),
            journal: Arc::clone(&journal),
            reader: None,
            path: path.to_owned(),
            applied_lsn: lsn,
            saving_at: now(),
            saving_lsn: lsn,
        };
        let thread = Thread::start("figures", journal, worker)?;
        Ok(Self { shared, thread })
    }

    /// The figures.
    pub fn live(&self) -> &Arc<Live> {
        &self.shared.live
    }

    /// The last record that the snapshot on disk holds. The journal may delete what is not later.
    pub fn snapshot_lsn(&self) -> u64 {
        self.shared.snapshot_lsn.load(Ordering::Acquire)
    }

    /// How it is doing.
    pub fn stats(&self) -> Stats {
        Stats {
            applied_lsn: self.shared.live.applied_lsn(),
            snapshot_lsn: self.snapshot_lsn(),
            missed: self.shared.missed.load(Ordering::Relaxed),
            ignored: self.shared.live.ignored(),
            fault: self.thread.fault(),
        }
    }

    /// Applies everything that is durable by now, writes a last snapshot and ends the thread. Called
    /// when nothing is appended any more, and before or after the journal is closed. Later calls do
    /// nothing.
    ///
    /// # Errors
    /// When the journal cannot be read to its end or the snapshot cannot be written.
    pub fn close(&self) -> Result<(), AnalyticsError> {
        self.thread.close()
    }
}

// === impl Worker ===

impl Work for Worker {
    const COMPLAINT: &'static str = "figures stand still";

    fn work_off(&mut self, told: &Told) -> Result<(), AnalyticsError> {
        let outcome = self.catch_up(told);
        self.save_if_due();
        outcome
    }

    fn finish(&mut self) -> Result<(), AnalyticsError> {
        self.save()
    }

    fn pace(&self) -> Pace {
        // The interval is over when a snapshot may be due.
        let (interval, gather) = (SNAPSHOT_INTERVAL, GATHER);
        Pace { lsn: self.applied_lsn + 1, interval, gather, retry: RETRY_INTERVAL }
    }
}

impl Worker {
    /// Applies everything that is durable.
    fn catch_up(&mut self, told: &Told) -> Result<(), AnalyticsError> {
        loop {
            let before = self.applied_lsn;
            let outcome = self.apply_batch();
            if self.applied_lsn > before {
                self.shared.live.publish(self.applied_lsn);
            }
            if outcome.is_err() {
                // A reader that failed may stand anywhere.
                self.reader = None;
            }
            let at_end = outcome?;
            if at_end || told.stop() == Stop::AtOnce {
                return Ok(());
            }
            self.save_if_due();
        }
    }

    /// Applies up to a batch of records; tells whether the durable end was reached.
    fn apply_batch(&mut self) -> Result<bool, AnalyticsError> {
        let failed = |lsn, source| AnalyticsError::Journal { lsn, source };
        let reader = match &mut self.reader {
            Some(reader) => reader,
            empty => empty.insert(open_reader(&self.journal, self.applied_lsn + 1)?),
        };
        for _ in 0..BATCH_RECORDS {
            let next = self.applied_lsn + 1;
            let Some(frame) = reader.next().map_err(|source| failed(next, source))? else {
                return Ok(true);
            };
            if frame.lsn < next {
                continue;
            }
            if frame.lsn > next {
                let missed = frame.lsn - next;
                self.shared.missed.fetch_add(missed, Ordering::Relaxed);
                tracing::error!(from_lsn = next, missed, "figures leave out records that are gone");
            }
            let record = journal::record::decode(frame.kind, frame.payload)
                .map_err(|source| failed(frame.lsn, source))?;
            self.shared.live.apply(&record);
            self.applied_lsn = frame.lsn;
        }
        Ok(false)
    }

    /// A snapshot that cannot be written is tried again when the next is due: until then the journal
    /// keeps the records.
    fn save_if_due(&mut self) {
        let interval_is_over = now().duration_since(self.saving_at) >= SNAPSHOT_INTERVAL;
        let are_many = self.applied_lsn - self.saving_lsn >= SNAPSHOT_RECORDS;
        if (interval_is_over || are_many)
            && let Err(error) = self.save()
        {
            tracing::error!(error = &error as &dyn std::error::Error, "figures are not saved");
        }
    }

    fn save(&mut self) -> Result<(), AnalyticsError> {
        (self.saving_at, self.saving_lsn) = (now(), self.applied_lsn);
        if self.applied_lsn == self.shared.snapshot_lsn.load(Ordering::Relaxed) {
            return Ok(());
        }
        let snapshot = Snapshot { lsn: self.applied_lsn, tenants: self.shared.live.copy() };
        snapshot.write(&self.path)?;
        self.shared.snapshot_lsn.store(self.applied_lsn, Ordering::Release);
        Ok(())
    }
}

/// A reader from a record on, or from the first that retention has left. The latter happens when an
/// operator has moved a damaged snapshot away: to count what is left is then what they asked for.
fn open_reader(journal: &Journal, lsn: u64) -> Result<Reader, AnalyticsError> {
    let outcome = match journal.reader(lsn) {
        Err(JournalError::Gone { first_lsn, .. }) if first_lsn > lsn => journal.reader(first_lsn),
        outcome => outcome,
    };
    outcome.map_err(|source| AnalyticsError::Journal { lsn, source })
}

#[expect(clippy::disallowed_methods, reason = "how long ago the last snapshot was, in no figure")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
