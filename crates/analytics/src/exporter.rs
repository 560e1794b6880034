//! The thread that writes the journal to Parquet files for analysts.
//!
//! It is no part of the serving path and nothing there waits for it: it reads what is durable, at most
//! once in an interval or when there is enough for whole files, and writes to a folder of its own. While
//! its disk fails, the journal keeps the records until they are in files, which is the one thing that its
//! position is for. How the thread waits and tries again is in [`crate::thread`].
//!
//! Read `cuts` for why every record is in exactly one file, `manifest` for what is remembered, `disk`
//! for how a file comes to be, and [`crate::Export`] for reading the files again.

mod cuts;
mod disk;
mod manifest;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use journal::Journal;

use self::cuts::Cuts;
use self::disk::Disk;
use crate::error::AnalyticsError;
use crate::limits::{CUT_RECORDS_MAX, EXPORT_RETRY_INTERVAL};
use crate::thread::{Pace, Stop, Thread, Told, Work};

pub(crate) use manifest::Manifest;

/// Writes the tables on a thread of its own. Dropped without [`Self::close`], the thread ends after the
/// files that it is about to write; the next start goes on from there.
#[derive(Debug)]
pub struct Exporter {
    shared: Arc<Shared>,
    thread: Thread,
}

/// How the exporter is doing, for metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExporterStats {
    /// The last record that is in files.
    pub written_lsn: u64,
    /// Durable records that are not.
    pub lag_records: u64,
    /// Files written since the start.
    pub files: u64,
    /// Times that the disk or the journal has refused since the start.
    pub failures: u64,
    /// Records that the journal no longer had when they were to be written.
    pub missed: u64,
    /// Why the exporter cannot go on at the moment, if it cannot.
    pub fault: Option<String>,
}

#[derive(Debug)]
struct Shared {
    journal: Arc<Journal>,
    written_lsn: AtomicU64,
    files: AtomicU64,
    missed: AtomicU64,
}

/// What the thread itself owns.
struct Worker {
    shared: Arc<Shared>,
    folder: PathBuf,
    /// Once the folder could be read.
    cuts: Option<Cuts>,
    interval: Duration,
}

// === impl Exporter ===

impl Exporter {
    /// Starts the thread, which writes to `folder` what is durable, at least once in each `interval`. A
    /// folder that cannot be used is a fault in [`Self::stats`] and no error: shops are served without.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        journal: Arc<Journal>,
        folder: &Path,
        interval: Duration,
    ) -> Result<Self, AnalyticsError> {
        let shared = Arc::new(Shared {
            journal,
            written_lsn: AtomicU64::new(0),
            files: AtomicU64::new(0),
            missed: AtomicU64::new(0),
        });
        let (own, folder) = (Arc::clone(&shared), folder.to_owned());
        let worker = Worker { shared: own, folder, cuts: None, interval };
        let thread = Thread::start("tables", Arc::clone(&shared.journal), worker)?;
        Ok(Self { shared, thread })
    }

    /// The last record that is in files; 0 until the folder has been read. The journal may delete what
    /// is not later.
    pub fn written_lsn(&self) -> u64 {
        self.shared.written_lsn.load(Ordering::Acquire)
    }

    /// How it is doing.
    pub fn stats(&self) -> ExporterStats {
        let written_lsn = self.written_lsn();
        ExporterStats {
            written_lsn,
            lag_records: self.shared.journal.durable_lsn().saturating_sub(written_lsn),
            files: self.shared.files.load(Ordering::Relaxed),
            failures: self.thread.failures(),
            missed: self.shared.missed.load(Ordering::Relaxed),
            fault: self.thread.fault(),
        }
    }

    /// Writes everything that is durable by now and ends the thread. Later calls do nothing.
    ///
    /// # Errors
    /// When the disk does not take it; the next start goes on from where this one came to.
    pub fn close(&self) -> Result<(), AnalyticsError> {
        self.thread.close()
    }
}

// === impl Worker ===

impl Work for Worker {
    const COMPLAINT: &'static str = "the tables are not written; the journal keeps the records";

    fn work_off(&mut self, told: &Told) -> Result<(), AnalyticsError> {
        let cuts = match &mut self.cuts {
            Some(cuts) => cuts,
            empty => {
                let journal = Arc::clone(&self.shared.journal);
                empty.insert(Cuts::open(journal, Disk::new(&self.folder))?)
            }
        };
        self.shared.written_lsn.store(cuts.written_lsn(), Ordering::Release);
        while told.stop() != Stop::AtOnce {
            let Some(written) = cuts.write_next()? else { return Ok(()) };
            self.shared.files.fetch_add(written.files, Ordering::Relaxed);
            self.shared.missed.fetch_add(written.missed, Ordering::Relaxed);
            if written.missed > 0 {
                tracing::error!(
                    before_lsn = written.lsn,
                    missed = written.missed,
                    "the tables leave out records that are gone"
                );
            }
            self.shared.written_lsn.store(written.lsn, Ordering::Release);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), AnalyticsError> {
        Ok(())
    }

    fn pace(&self) -> Pace {
        let lsn = self.shared.written_lsn.load(Ordering::Relaxed).saturating_add(CUT_RECORDS_MAX);
        let (interval, retry) = (self.interval, EXPORT_RETRY_INTERVAL);
        Pace { lsn, interval, gather: Duration::ZERO, retry }
    }
}

#[cfg(test)]
mod tests;
