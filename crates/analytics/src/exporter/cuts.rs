//! Writing the records of the journal to files, cut by cut.
//!
//! ```text
//!   manifest: written 42             every record up to 42 is in files
//!     |  plan: read ahead until enough or the durable end
//!     v
//!   manifest: written 42, cut 43-99  from here on a crash writes 43-99 again, under the same names
//!     |  one file for each tenant, table and hour of the cut
//!     v
//!   manifest: written 99
//! ```
//!
//! A crash between any two calls to the disk leaves one of these states with some of the files of the cut
//! there or not, and going on from it leaves every record in exactly one file.

use std::sync::Arc;

use journal::{Journal, JournalError};
use model::Timestamp;

use super::disk::Disk;
use super::manifest::Manifest;
use crate::error::AnalyticsError;
use crate::limits::{CUT_BYTES_MAX, CUT_RECORDS_MAX};
use crate::tables::{Batches, Intake, Part};

/// The tables of one journal.
#[derive(Debug)]
pub(super) struct Cuts {
    journal: Arc<Journal>,
    disk: Disk,
    manifest: Manifest,
}

/// What a cut has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The last record that is in files now.
    pub(super) lsn: u64,
    /// Files of this cut.
    pub(super) files: u64,
    /// Records before it that the journal no longer had.
    pub(super) missed: u64,
}

// === impl Cuts ===

impl Cuts {
    /// Reads how far the tables are written, and removes what a crash has left unfinished.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or does not belong to the journal.
    pub(super) fn open(journal: Arc<Journal>, disk: Disk) -> Result<Self, AnalyticsError> {
        disk.open()?;
        let manifest = match Manifest::read(disk.root())? {
            Some(manifest) => manifest,
            None if disk.holds_files()? => {
                return Err(AnalyticsError::ManifestMissing { folder: disk.root().to_owned() });
            }
            None => Manifest::default(),
        };
        let tables_lsn = manifest.cut.map_or(manifest.written_lsn, |cut| cut.last_lsn);
        let cuts = Self { journal, disk, manifest };
        if tables_lsn > cuts.journal.durable_lsn() {
            return Err(cuts.ahead(tables_lsn));
        }
        Ok(cuts)
    }

    /// The last record that is in files.
    pub(super) const fn written_lsn(&self) -> u64 {
        self.manifest.written_lsn
    }

    #[cfg(test)]
    pub(super) fn disk_calls(&self) -> Vec<(&'static str, std::path::PathBuf)> {
        self.disk.calls()
    }

    /// Writes the files of the next records that are durable; `None` when there are none.
    ///
    /// # Errors
    /// When the journal cannot be read or the disk does not take a file. Called again, it goes on.
    pub(super) fn write_next(&mut self) -> Result<Option<Written>, AnalyticsError> {
        let cut = match self.manifest.cut {
            Some(cut) => cut,
            None => {
                let Some(cut) = self.plan()? else { return Ok(None) };
                let planned = Manifest { cut: Some(cut), ..self.manifest };
                planned.write(&self.disk)?;
                self.manifest = planned;
                cut
            }
        };
        let (batches, clock) = self.read(cut)?;
        let mut files = 0;
        for (partition, batch) in batches {
            let path = partition.path().join(cut.name());
            let refused = |source| AnalyticsError::Parquet {
                action: "encode",
                path: self.disk.root().join(&path),
                source,
            };
            let bytes = batch.encode().map_err(refused)?;
            self.disk.write(&path, &bytes)?;
            files += 1;
        }
        let written = Manifest { written_lsn: cut.last_lsn, clock, cut: None };
        written.write(&self.disk)?;
        let missed = cut.first_lsn - 1 - self.manifest.written_lsn;
        self.manifest = written;
        Ok(Some(Written { lsn: cut.last_lsn, files, missed }))
    }

    /// The next records that are enough for files, or all that are durable.
    fn plan(&self) -> Result<Option<Part>, AnalyticsError> {
        let next = self.manifest.written_lsn + 1;
        let failed = |source| AnalyticsError::Journal { lsn: next, source };
        let opened = match self.journal.reader(next) {
            // Tables that begin late, or were moved away, begin with what retention has left.
            Err(JournalError::Gone { first_lsn, .. }) if first_lsn > next => {
                self.journal.reader(first_lsn)
            }
            opened => opened,
        };
        let mut reader = opened.map_err(failed)?;
        let first_lsn = reader.next_lsn();
        let mut bytes = 0_u64;
        let mut last_lsn = None;
        while let Some(frame) = reader.next().map_err(failed)? {
            last_lsn = Some(frame.lsn);
            bytes = bytes.saturating_add(u64::try_from(frame.payload.len()).unwrap_or(u64::MAX));
            if frame.lsn + 1 - first_lsn >= CUT_RECORDS_MAX || bytes >= CUT_BYTES_MAX {
                break;
            }
        }
        Ok(last_lsn.map(|last_lsn| Part { first_lsn, last_lsn }))
    }

    /// The rows of a cut, and the server's time at its end.
    fn read(&self, cut: Part) -> Result<(Batches, Option<Timestamp>), AnalyticsError> {
        let failed = |lsn| move |source| AnalyticsError::Journal { lsn, source };
        let mut reader = self.journal.reader(cut.first_lsn).map_err(failed(cut.first_lsn))?;
        let mut intake = Intake::new(self.manifest.clock);
        for lsn in cut.first_lsn..=cut.last_lsn {
            match reader.next().map_err(failed(lsn))? {
                Some(frame) => intake.take(&frame)?,
                None => return Err(self.ahead(cut.last_lsn)),
            }
        }
        Ok(intake.finish())
    }

    fn ahead(&self, tables_lsn: u64) -> AnalyticsError {
        let (folder, journal_lsn) = (self.disk.root().to_owned(), self.journal.durable_lsn());
        AnalyticsError::TablesAhead { folder, tables_lsn, journal_lsn }
    }
}
