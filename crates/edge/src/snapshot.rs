//! The profiles of a data folder as of now, for looking at them while a server runs on it.
//!
//! A running server has journal and checkpoint locked, and what it knows beyond the checkpoint is in the
//! journal's tail. So the checkpoint is copied to a temporary folder, opened there, and brought up to the
//! journal, whose files are read where they are. Nothing is written in the data folder.
//!
//! ```text
//!  DATA/profiles/profiles.redb --copy--> TEMP/profiles.redb --open, verify--> Store
//!  DATA/journal/*.segment -------------------read, fold--------------------->   ^
//! ```
//!
//! In this order: a journal that was read before the checkpoint could end before what the checkpoint covers.
//! A checkpoint that the server writes meanwhile can tear the copy, and retention can delete a segment before
//! it is read; either is found, and all is tried again.

use std::path::{Path, PathBuf};

use journal::{JournalError, Onlooker};
use profiles::{Store, StoreError};

use crate::files::TemporaryFolder;
use crate::limits::{SNAPSHOT_HOT_BYTES_MAX, SNAPSHOT_TRIES_MAX};
use crate::service::recovery;

/// A private copy of all profiles. It goes away when dropped.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Before the folder, since they are dropped in this order.
    store: Store,
    _folder: TemporaryFolder,
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    #[error("{} is no data folder of a server: it has no `journal`", .0.display())]
    NoData(PathBuf),
    #[error("cannot make a temporary folder; TMPDIR chooses where")]
    Folder(#[source] std::io::Error),
    #[error("cannot copy the profiles")]
    Store(#[from] StoreError),
    #[error("cannot read the journal")]
    Journal(#[from] JournalError),
}

// === impl Snapshot ===

impl Snapshot {
    /// Copies the profiles of a data folder.
    pub(crate) fn take(data: &Path) -> Result<Self, SnapshotError> {
        if !data.join("journal").is_dir() {
            return Err(SnapshotError::NoData(data.to_owned()));
        }
        let mut tries = 1;
        loop {
            match Self::try_take(data) {
                Err(error) if error.may_pass() && tries < SNAPSHOT_TRIES_MAX => {
                    tracing::info!(%error, "the server wrote meanwhile; copying again");
                    tries += 1;
                }
                taken => return taken,
            }
        }
    }

    /// The profiles.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    fn try_take(data: &Path) -> Result<Self, SnapshotError> {
        let folder = TemporaryFolder::create("snapshot").map_err(SnapshotError::Folder)?;
        let config = profiles::Config {
            hot_bytes_max: SNAPSHOT_HOT_BYTES_MAX,
            ..profiles::Config::default()
        };
        let (store, opened) = Store::open_copy(&data.join("profiles"), folder.path(), config)?;
        let mut onlooker = Onlooker::open(&data.join("journal"), opened.covered_lsn + 1)?;
        let mut replayed = 0;
        while let Some(frame) = onlooker.next()? {
            let record = journal::record::decode(frame.kind, frame.payload)?;
            replayed += 1;
            recovery::fold(&store, frame.lsn, &record, replayed)?;
        }
        Ok(Self { store, _folder: folder })
    }
}

// === impl SnapshotError ===

impl SnapshotError {
    /// Whether the server's own work can be the cause.
    const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Damaged { .. } | StoreError::Open { .. })
                | Self::Journal(JournalError::Gone { .. } | JournalError::Damaged { .. })
        )
    }
}
