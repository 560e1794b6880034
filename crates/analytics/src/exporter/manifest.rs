//! How far the tables are written, and what is being written.
//!
//! A document as in [`crate::sealed`], in the file `manifest.json` beside the tenants' folders:
//!
//! ```text
//! {"format":"vitrine-tables","version":5,"written_lsn":42,"clock_ms":1769884200000,
//!  "cut":{"first_lsn":43,"last_lsn":99}}
//! crc32c 1a2b3c4d
//! ```
//!
//! Every record up to `written_lsn` is in files. `cut` is there while the files of these records are
//! being written: it is on disk before the first of them, so that whoever comes after a crash writes the
//! same files again, under the same names. `clock_ms` is the time by the server's clock at `written_lsn`,
//! which records that carry no such time of their own are given. The version changes with the columns, so
//! that files of other columns are never mixed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::Timestamp;
use serde::{Deserialize, Serialize};

use super::disk::Disk;
use crate::error::AnalyticsError;
use crate::limits::MANIFEST_BYTES_MAX;
use crate::sealed::Format;
use crate::tables::Part;

const FORMAT: Format = Format { name: "vitrine-tables", version: 5 };
const NAME: &str = "manifest.json";

/// What the manifest says. The default is that before any record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The last record that is in files.
    pub(crate) written_lsn: u64,
    /// The server's time then.
    pub(crate) clock: Option<Timestamp>,
    /// The records whose files are being written.
    pub(crate) cut: Option<Part>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    version: u32,
    written_lsn: u64,
    clock_ms: Option<i64>,
    cut: Option<CutRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CutRecord {
    first_lsn: u64,
    last_lsn: u64,
}

// === impl Manifest ===

impl Manifest {
    /// Reads the manifest in a folder of tables; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not what [`Self::write`] writes.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, AnalyticsError> {
        let path = folder.join(NAME);
        let unreadable =
            |source| AnalyticsError::TableFile { action: "read", path: folder.join(NAME), source };
        let damaged = |detail| AnalyticsError::ManifestDamaged { path: folder.join(NAME), detail };
        match fs::metadata(&path) {
            Ok(found) if found.len() > MANIFEST_BYTES_MAX => {
                return Err(damaged(format!("{} bytes are too many", found.len())));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        }
        let bytes = fs::read(&path).map_err(unreadable)?;
        let document: Document = FORMAT.open(&bytes).map_err(damaged)?;
        let Document { format: _, version: _, written_lsn, clock_ms, cut } = document;
        let part = |CutRecord { first_lsn, last_lsn }| Part { first_lsn, last_lsn };
        Ok(Some(Self { written_lsn, clock: clock_ms.map(Timestamp::from_ms), cut: cut.map(part) }))
    }

    /// Writes it in the place of the last one.
    ///
    /// # Errors
    /// When the disk does not take it; the last one or this one is then there.
    pub(crate) fn write(&self, disk: &Disk) -> Result<(), AnalyticsError> {
        let record = |Part { first_lsn, last_lsn }| CutRecord { first_lsn, last_lsn };
        let document = Document {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            written_lsn: self.written_lsn,
            clock_ms: self.clock.map(Timestamp::ms),
            cut: self.cut.map(record),
        };
        let bytes = Format::seal(&document).map_err(|error| AnalyticsError::TableFile {
            action: "write",
            path: disk.root().join(NAME),
            source: error.into(),
        })?;
        disk.write(&PathBuf::from(NAME), &bytes)
    }
}
