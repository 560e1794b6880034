//! The handle of an open journal.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::disk::{Disk, Folder};
use crate::pending::Pending;
use crate::progress::Progress;
use crate::recovery::{self, Recovered};
use crate::segment::Catalogue;
use crate::writer::Writer;
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
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Only one retention at a time, so that segments disappear in order.
    retention: Mutex<()>,
}

/// The right to append one record. Permits do not add up: the backlog can exceed its limit by the
/// records of all permits that are out at one time.
#[derive(Debug)]
#[must_use = "a permit appends nothing by itself"]
pub struct Permit<'a> {
    journal: &'a Journal,
}

/// What the handle, the writer and the readers have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) disk: Disk,
    pub(crate) catalogue: Catalogue,
    pub(crate) pending: Pending,
    pub(crate) progress: Progress,
    pub(crate) counters: Counters,
}

/// Written by the writer only.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) committed_bytes: AtomicU64,
    pub(crate) fenced_segments: AtomicU64,
}

// === impl Journal ===

impl Journal {
    /// Opens the journal in a folder, which is made if need be, and recovers what is there.
    ///
    /// # Errors
    /// When another process has it open, the disk fails, or a segment is damaged other than by a
    /// torn write at the very end. Nothing is changed when there is damage.
    pub fn open(dir: &Path, config: Config) -> Result<(Self, Recovery), JournalError> {
        Self::open_on(Disk::Folder(Folder::open(dir)?), config)
    }

    pub(crate) fn open_on(disk: Disk, config: Config) -> Result<(Self, Recovery), JournalError> {
        let Recovered { entries, next_lsn, report } = recovery::recover(&disk)?;
        let shared = Arc::new(Shared {
            disk,
            catalogue: Catalogue::new(entries),
            pending: Pending::new(next_lsn, config.backlog_bytes_max),
            progress: Progress::new(next_lsn - 1),
            counters: Counters::default(),
        });
        let writer = Writer::new(Arc::clone(&shared), config);
        let thread = thread::Builder::new()
            .name("journal-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| shared.disk.error("start the writer of", "", source))?;
        let journal = Self { shared, writer: Mutex::new(Some(thread)), retention: Mutex::new(()) };
        Ok((journal, report))
    }

    /// Asks to append one record. Never waits for the disk.
    ///
    /// # Errors
    /// When too many bytes wait for the disk, or the journal is fenced or closed.
    pub fn reserve(&self) -> Result<Permit<'_>, AppendError> {
        self.shared.pending.admit()?;
        Ok(Permit { journal: self })
    }

    /// The last record appended; 0 when there has never been one.
    pub fn appended_lsn(&self) -> u64 {
        self.shared.pending.appended_lsn()
    }

    /// The last record that is durable. It only grows.
    pub fn durable_lsn(&self) -> u64 {
        self.shared.progress.durable_lsn()
    }

    /// Waits until a record that has been appended is durable, and has the writer make haste.
    ///
    /// # Errors
    /// When the journal is fenced or closed before.
    pub async fn durable(&self, lsn: u64) -> Result<(), AppendError> {
        self.hurry(lsn);
        self.shared.progress.wait(lsn).await
    }

    /// Waits until a record that has been appended is durable, blocking the thread, and has the writer
    /// make haste.
    ///
    /// # Errors
    /// When the journal is fenced or closed before.
    pub fn wait_durable_blocking(&self, lsn: u64) -> Result<(), AppendError> {
        self.hurry(lsn);
        self.shared.progress.wait_blocking(lsn)
    }

    /// Waits until a record is durable, be it appended yet or not, in the writer's own time. For those
    /// who follow the journal and must not make it slower.
    ///
    /// # Errors
    /// When the journal is fenced or closed before.
    pub async fn durable_in_time(&self, lsn: u64) -> Result<(), AppendError> {
        self.shared.progress.wait(lsn).await
    }

    fn hurry(&self, lsn: u64) {
        if self.durable_lsn() < lsn {
            self.shared.pending.hurry(lsn);
        }
    }

    /// A reader whose first record is the one at this position; with 0 the first that is still there.
    /// It may outlive the handle; the folder then stays locked.
    ///
    /// # Errors
    /// When retention has already deleted that record.
    pub fn reader(&self, from_lsn: u64) -> Result<Reader, JournalError> {
        let first_lsn = self.shared.catalogue.first_lsn().unwrap_or(1);
        match from_lsn {
            0 => Ok(Reader::new(Arc::clone(&self.shared), first_lsn)),
            lsn if lsn < first_lsn => Err(JournalError::Gone { lsn, first_lsn }),
            lsn => Ok(Reader::new(Arc::clone(&self.shared), lsn)),
        }
    }

    /// Deletes the segments whose records all lie below a position, oldest first, and says how many.
    /// The newest segment always stays.
    ///
    /// # Errors
    /// When the disk refuses; what is left is still a whole journal.
    pub fn retain_from(&self, lsn: u64) -> Result<usize, JournalError> {
        let _alone = self.retention.lock().unwrap_or_else(PoisonError::into_inner);
        let Shared { disk, catalogue, .. } = &*self.shared;
        let mut deleted = 0;
        while let Some(entry) = catalogue.take_oldest_below(lsn) {
            let name = entry.id.name();
            // Each by itself: if a later name were lost before an earlier one, the next start would
            // find a gap.
            if let Err(source) = disk.remove(&name).and_then(|()| disk.sync_folder()) {
                catalogue.put_back(entry);
                return Err(disk.error("delete", &name, source));
            }
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Counters and gauges for metrics.
    pub fn stats(&self) -> Stats {
        let Shared { catalogue, pending, progress, counters, .. } = &*self.shared;
        Stats {
            appended_lsn: pending.appended_lsn(),
            durable_lsn: progress.durable_lsn(),
            backlog_bytes: pending.backlog_bytes(),
            segments: catalogue.len(),
            commits: counters.commits.load(Ordering::Relaxed),
            committed_bytes: counters.committed_bytes.load(Ordering::Relaxed),
            fenced_segments: counters.fenced_segments.load(Ordering::Relaxed),
            fenced: progress.end() == Some(AppendError::Fenced),
        }
    }

    /// Makes everything appended durable and stops the writer, blocking the thread. A record of a
    /// permit that is still out is never acknowledged unless it comes in time.
    ///
    /// # Errors
    /// When something appended could not be made durable.
    pub fn close(&self) -> Result<(), JournalError> {
        self.shared.pending.close();
        let thread = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the journal's writer panicked");
        }
        let (durable_lsn, last_lsn) = (self.durable_lsn(), self.appended_lsn());
        if durable_lsn >= last_lsn {
            return Ok(());
        }
        let source = self.shared.progress.end().unwrap_or(AppendError::Closed);
        Err(JournalError::NotDurable { first_lsn: durable_lsn + 1, last_lsn, source })
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(%error, "the journal was dropped");
        }
    }
}

// === impl Permit ===

impl Permit<'_> {
    /// Appends a record whose payload `write` adds to the end of the buffer, and gives its position.
    /// `write` runs under the journal's lock: it must only append, and be quick about it.
    ///
    /// It cannot fail. A record that is appended after the journal was fenced or closed, or whose
    /// payload is beyond [`limits::PAYLOAD_BYTES_MAX`], which fences the journal, gets a position
    /// that never becomes durable.
    pub fn append(self, kind: u8, write: impl FnOnce(&mut Vec<u8>)) -> u64 {
        self.journal.shared.pending.append(kind, write)
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

#[cfg(test)]
mod tests;
