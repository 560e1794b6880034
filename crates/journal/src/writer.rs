//! The one thread that writes, and what it does when the disk fails.
//!
//! A batch is acknowledged after its bytes, its segment's header and its segment's name are durable,
//! in this order: create, write the header, sync the file, sync the folder, write frames, sync.
//!
//! After a failed write or sync the kernel may have dropped the bytes and yet call them clean, so that
//! a second sync succeeds without them. The segment is therefore fenced: it is never written to again
//! and nothing in it is acknowledged from then on. The batch is written once more, to a new segment.
//!
//! ```text
//!            ┌──────── ok: acknowledge ────────┐
//!            v                                 │
//! wait ──> batch ──> segment open? ──> write, sync ──failed──> fence the segment, pause
//!            ^                                                         │
//!            └────────────────── RETRIES_MAX times ────────────────────┤
//!                                                                      v
//!                                         fence the journal: every append and wait fails
//! ```

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use crate::disk::DiskFile;
use crate::journal::{Config, Shared};
use crate::limits::RETRIES_MAX;
use crate::pending::{Batch, Work};
use crate::segment::FRAMES_START;
use crate::{AppendError, frame};

/// What the writer thread owns.
#[derive(Debug)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    config: Config,
    segment: Option<OpenSegment>,
}

/// The segment that is being written.
#[derive(Debug)]
struct OpenSegment {
    file: DiskFile,
    bytes: u64,
}

// === impl Writer ===

impl Writer {
    /// A writer that begins a new segment with its first batch. Older segments are never written to
    /// again: what recovery made of them stays as it is.
    pub(crate) const fn new(shared: Arc<Shared>, config: Config) -> Self {
        Self { shared, config, segment: None }
    }

    /// Writes until the journal is closed or fenced.
    pub(crate) fn run(mut self) {
        loop {
            match self.shared.pending.take(self.config.commit_delay) {
                Work::Stop(reason) => return self.stop(reason),
                Work::Write(mut batch) => {
                    frame::seal(&mut batch.bytes);
                    if !self.commit_with_retries(&batch) {
                        return self.stop(AppendError::Fenced);
                    }
                    self.acknowledge(batch);
                }
            }
        }
    }

    fn commit_with_retries(&mut self, batch: &Batch) -> bool {
        let mut pause = self.config.retry_backoff;
        for retry in 0..=RETRIES_MAX {
            if retry > 0 {
                // Waking early would only shorten the pause.
                thread::park_timeout(pause);
                pause = pause.saturating_mul(2);
            }
            let Err(error) = self.commit(batch) else {
                return true;
            };
            self.segment = None;
            self.shared.counters.fenced_segments.fetch_add(1, Ordering::Relaxed);
            tracing::error!(%error, first_lsn = batch.first_lsn, "a segment is fenced");
        }
        false
    }

    fn commit(&mut self, batch: &Batch) -> io::Result<()> {
        let mut segment = match self.segment.take() {
            Some(segment) => segment,
            None => self.begin_segment(batch.first_lsn)?,
        };
        segment.file.write_at(&batch.bytes, segment.bytes)?;
        segment.file.sync()?;
        segment.bytes += batch.bytes.len() as u64;
        if segment.bytes < self.config.segment_bytes_max {
            self.segment = Some(segment);
        }
        Ok(())
    }

    fn begin_segment(&self, base_lsn: u64) -> io::Result<OpenSegment> {
        let Shared { disk, catalogue, .. } = &*self.shared;
        let id = catalogue.begin(base_lsn);
        let file = disk.create(&id.name())?;
        file.write_at(&id.header(), 0)?;
        file.sync()?;
        disk.sync_folder()?;
        catalogue.mark_last_good();
        Ok(OpenSegment { file, bytes: FRAMES_START })
    }

    fn acknowledge(&self, batch: Batch) {
        let counters = &self.shared.counters;
        counters.commits.fetch_add(1, Ordering::Relaxed);
        counters.committed_bytes.fetch_add(batch.bytes.len() as u64, Ordering::Relaxed);
        self.shared.progress.advance(batch.last_lsn);
        self.shared.pending.recycle(batch.bytes);
    }

    fn stop(&self, reason: AppendError) {
        self.shared.pending.abandon(reason);
        self.shared.progress.stop(reason);
    }
}

impl Drop for Writer {
    /// Whatever ends the thread, nobody waits for it for ever.
    fn drop(&mut self) {
        self.stop(AppendError::Fenced);
    }
}
