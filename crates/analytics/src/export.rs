//! Reading the tables again: a range of them, as Parquet files or as lines of JSON.
//!
//! It never changes a file and takes no lock, so it works while a server runs on the same folder. What the
//! manifest does not yet say is in files is read from the journal, by the same code that writes the files;
//! the last of these records may not be on disk for good yet. [`Exported`] tells how far it came.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use journal::Onlooker;
use model::{TenantKey, Timestamp};
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::error::AnalyticsError;
use crate::exporter::Manifest;
use crate::limits::CUT_RECORDS_MAX;
use crate::tables::{Batch, Column, Intake, Part, Partition, Table, Value, each_row};

/// What to export.
#[derive(Clone, Debug)]
pub struct Export {
    /// The folder of the tables.
    pub folder: PathBuf,
    /// The folder of the journal. Without one, as beside a copy of the tables alone, only what is in files is
    /// exported.
    pub journal: PathBuf,
    /// The table.
    pub table: Table,
    /// Only this tenant's rows; of all tenants when absent.
    pub tenant: Option<TenantKey>,
    /// Only what the server recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Only what the server recorded before this time.
    pub until: Option<Timestamp>,
}

/// What was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Rows.
    pub rows: u64,
    /// Files of the tables that they were read from.
    pub files: u64,
    /// The last record of the journal that is part of it; all before are, as far as the range has them.
    pub last_lsn: u64,
}

/// A file that may hold rows of the export.
#[derive(Debug)]
struct Source {
    partition: Partition,
    part: Part,
}

/// A row as a line of JSON.
struct Line<'a> {
    tenant: &'a TenantKey,
    columns: &'static [Column],
    values: &'a [Value<'a>],
}

/// Why a row does not go through; the library's error is told with the file.
enum RowError {
    Parquet(ParquetError),
    Other(AnalyticsError),
}

// === impl Export ===

impl Export {
    /// Writes the rows as lines of JSON, each an object with the tenant and every column. Times are in
    /// RFC 3339.
    ///
    /// # Errors
    /// When there are no tables, a file is damaged, or `out` does not take the lines.
    pub fn to_ndjson(&self, out: &mut impl Write) -> Result<Exported, AnalyticsError> {
        let exported = self.each(
            |source, values| {
                let Partition { tenant, table, hour: _ } = &source.partition;
                let line = Line { tenant, columns: table.columns(), values };
                let written = serde_json::to_writer(&mut *out, &line).map_err(io::Error::from);
                written.and_then(|()| out.write_all(b"\n")).map_err(AnalyticsError::ExportOutput)
            },
            |_| Ok(()),
        )?;
        out.flush().map_err(AnalyticsError::ExportOutput)?;
        Ok(exported)
    }

    /// Writes the rows as Parquet files to a folder, in folders as the tables have them. A file of an
    /// earlier export of the same name is replaced.
    ///
    /// # Errors
    /// When there are no tables, a file is damaged, or `out` lies within the tables or does not take the
    /// files.
    pub fn to_parquet(&self, out: &Path) -> Result<Exported, AnalyticsError> {
        let refused = |path: &Path| {
            let path = path.to_owned();
            move |source| AnalyticsError::TableFile { action: "write", path, source }
        };
        if lies_within(out, &self.folder).map_err(refused(out))? {
            let source = io::Error::other("it lies within the tables, which an export only reads");
            return Err(refused(out)(source));
        }
        fs::create_dir_all(out).map_err(refused(out))?;
        let batch = std::cell::RefCell::new(Batch::new(self.table));
        self.each(
            |_, values| batch.borrow_mut().push(values.iter().copied()),
            |source| {
                let full = batch.replace(Batch::new(self.table));
                if full.rows() == 0 {
                    return Ok(());
                }
                let (folder, path) = (out.join(source.partition.path()), out.join(source.path()));
                let bytes = full.encode().map_err(source.failed("encode", out))?;
                fs::create_dir_all(&folder).map_err(refused(&folder))?;
                fs::write(&path, bytes).map_err(refused(&path))
            },
        )
    }

    /// Gives every row to `row` and every source after its rows to `end`: the files in the order of
    /// tenants, hours and positions, then what only the journal has.
    fn each(
        &self,
        mut row: impl FnMut(&Source, &[Value<'_>]) -> Result<(), AnalyticsError>,
        mut end: impl FnMut(&Source) -> Result<(), AnalyticsError>,
    ) -> Result<Exported, AnalyticsError> {
        // Before the files: what is written while they are listed is read from the journal.
        let manifest = Manifest::read(&self.folder)?;
        if manifest.is_none() && !self.journal.is_dir() {
            return Err(AnalyticsError::NoTables { folder: self.folder.clone() });
        }
        let manifest = manifest.unwrap_or_default();
        let mut exported = Exported { rows: 0, files: 0, last_lsn: manifest.written_lsn };
        for source in self.sources(manifest.written_lsn)? {
            let path = self.folder.join(source.path());
            let file = File::open(&path).map_err(|error| file_error("read", &path, error))?;
            exported.rows += self.read(file, &source, &mut row)?;
            end(&source)?;
            exported.files += 1;
        }
        let last_lsn = self.tail(manifest, |source, bytes| {
            exported.rows += self.read(bytes, source, &mut row)?;
            end(source)
        })?;
        exported.last_lsn = last_lsn.unwrap_or(exported.last_lsn);
        Ok(exported)
    }

    /// Gives what the journal has beyond the files, as files that are only in memory; the last record.
    fn tail(
        &self,
        manifest: Manifest,
        mut file: impl FnMut(&Source, Bytes) -> Result<(), AnalyticsError>,
    ) -> Result<Option<u64>, AnalyticsError> {
        if !self.journal.is_dir() {
            return Ok(None);
        }
        let failed = |lsn| move |source| AnalyticsError::Journal { lsn, source };
        // Where there have never been files, from the first record that is left.
        let from_lsn = if manifest.written_lsn == 0 { 0 } else { manifest.written_lsn + 1 };
        let mut onlooker = Onlooker::open(&self.journal, from_lsn).map_err(failed(from_lsn))?;
        let (mut clock, mut end) = (manifest.clock, None);
        loop {
            let mut intake = Intake::new(clock);
            let first_lsn = onlooker.next_lsn();
            while onlooker.next_lsn() - first_lsn < CUT_RECORDS_MAX {
                let lsn = onlooker.next_lsn();
                let Some(frame) = onlooker.next().map_err(failed(lsn))? else { break };
                intake.take(&frame)?;
                end = Some(lsn);
            }
            let Some(last_lsn) = end.filter(|last_lsn| *last_lsn >= first_lsn) else {
                return Ok(end);
            };
            let (batches, later) = intake.finish();
            clock = later;
            let part = Part { first_lsn, last_lsn };
            for (partition, batch) in batches {
                if partition.table == self.table && self.overlaps(&partition) {
                    let source = Source { partition, part };
                    let bytes = batch.encode().map_err(source.failed("encode", &self.journal))?;
                    file(&source, bytes.into())?;
                }
            }
        }
    }

    /// Gives the rows of a file that are in the range; says how many.
    fn read(
        &self,
        file: impl ChunkReader + 'static,
        source: &Source,
        row: &mut impl FnMut(&Source, &[Value<'_>]) -> Result<(), AnalyticsError>,
    ) -> Result<u64, AnalyticsError> {
        let place = self.table.columns().iter().position(|it| it.name == "recorded_at");
        let mut rows = 0;
        let read = each_row(file, |values| {
            if self.wants(place.and_then(|place| values.get(place))) {
                row(source, values).map_err(RowError::Other)?;
                rows += 1;
            }
            Ok(())
        });
        read.map_err(|error| match error {
            RowError::Other(error) => error,
            RowError::Parquet(error) => source.failed("read", &self.folder)(error),
        })?;
        Ok(rows)
    }

    fn wants(&self, recorded_at: Option<&Value<'_>>) -> bool {
        let Some(Value::Time(time)) = recorded_at else { return true };
        self.from.is_none_or(|from| *time >= from) && self.until.is_none_or(|until| *time < until)
    }

    /// The files whose hours overlap with the range, in order.
    fn sources(&self, written_lsn: u64) -> Result<Vec<Source>, AnalyticsError> {
        let mut sources = Vec::new();
        for tenant in names(&self.folder)? {
            let table = format!("table={}", self.table.as_str());
            let table = Path::new(&tenant).join(table);
            for date in names(&self.folder.join(&table))? {
                for hour in names(&self.folder.join(&table).join(&date))? {
                    let folder = table.join(&date).join(hour);
                    if let Some(partition) = Partition::parse(&folder)
                        && self.overlaps(&partition)
                    {
                        let parts = names(&self.folder.join(&folder))?;
                        let parts = parts.iter().filter_map(|name| Part::parse(name));
                        let written = parts.filter(|part| part.last_lsn <= written_lsn);
                        sources.extend(
                            written.map(|part| Source { partition: partition.clone(), part }),
                        );
                    }
                }
            }
        }
        Ok(sources)
    }

    fn overlaps(&self, partition: &Partition) -> bool {
        self.tenant.as_ref().is_none_or(|tenant| *tenant == partition.tenant)
            && self.from.is_none_or(|from| partition.end() > from)
            && self.until.is_none_or(|until| partition.hour < until)
    }
}

// === impl Source ===

impl Source {
    fn path(&self) -> PathBuf {
        self.partition.path().join(self.part.name())
    }

    fn failed(
        &self,
        action: &'static str,
        folder: &Path,
    ) -> impl FnOnce(ParquetError) -> AnalyticsError {
        let path = folder.join(self.path());
        move |source| AnalyticsError::Parquet { action, path, source }
    }
}

fn file_error(action: &'static str, path: &Path, source: io::Error) -> AnalyticsError {
    AnalyticsError::TableFile { action, path: path.to_owned(), source }
}

/// Whether a path that need not be there yet leads into a folder.
fn lies_within(path: &Path, folder: &Path) -> io::Result<bool> {
    let Ok(folder) = fs::canonicalize(folder) else { return Ok(false) };
    let path = std::path::absolute(path)?;
    let there = path.ancestors().find_map(|above| fs::canonicalize(above).ok());
    Ok(there.is_some_and(|there| there.starts_with(folder)))
}

/// The names in a folder, in order; none when it is no folder.
fn names(folder: &Path) -> Result<BTreeSet<String>, AnalyticsError> {
    let mut names = BTreeSet::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(names);
        }
        Err(error) => return Err(file_error("read", folder, error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| file_error("read", folder, error))?;
        // A name that is not UTF-8 is none of ours.
        names.extend(entry.file_name().into_string().ok());
    }
    Ok(names)
}

// === impl Line ===

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len() + 1))?;
        map.serialize_entry("tenant", self.tenant.as_str())?;
        for (column, value) in self.columns.iter().zip(self.values) {
            match value {
                Value::Null => map.serialize_entry(column.name, &())?,
                Value::Text(text) => map.serialize_entry(column.name, text)?,
                Value::Flag(flag) => map.serialize_entry(column.name, flag)?,
                Value::Long(number) => map.serialize_entry(column.name, number)?,
                Value::Huge(number) => map.serialize_entry(column.name, number)?,
                Value::Time(time) => map.serialize_entry(column.name, &time.to_string())?,
            }
        }
        map.end()
    }
}

// === impl RowError ===

impl From<ParquetError> for RowError {
    fn from(error: ParquetError) -> Self {
        Self::Parquet(error)
    }
}

#[cfg(test)]
mod tests;
