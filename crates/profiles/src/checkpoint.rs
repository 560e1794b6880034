//! The file on disk.
//!
//! A redb file `profiles.redb` holds every customer, the deduplication window and the journal position
//! that they cover. Each checkpoint is one transaction, so the three always fit together.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | name | number: `format`, `covered-lsn`, `profiles`, `checkpoints` |
//! | `customers` | customer id, u128 | a row of [`crate::codec`]: a profile, or where it was moved to |
//! | `window` | hour, number of the checkpoint, part | event keys, u64 LE one after the other |
//!
//! Opening reads `meta` and `window` only, whatever the number of customers. Commits record redb's
//! allocator state (its quick repair), so that opening after a crash does not read the whole file
//! either; for that they cost a second fsync.
//!
//! A damaged file is named, and never created anew: a file that is there is only ever opened, and a new
//! one is made under another name and renamed when it is whole. redb asserts what it takes for granted
//! about a file, so a damaged one can make it panic; that is caught here and told as damage.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use model::CustomerId;
use redb::{Builder, Database, ReadableDatabase, ReadableTable, Table, TableDefinition};

use crate::codec::{self, Row};
use crate::error::StoreError;
use crate::limits::WINDOW_ROW_KEYS_MAX;
use crate::window::HourKeys;

const FILE_NAME: &str = "profiles.redb";
const UNFINISHED_NAME: &str = "profiles.redb.new";

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const CUSTOMERS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("customers");
const WINDOW: TableDefinition<'_, (i64, u64, u64), &[u8]> = TableDefinition::new("window");

const FORMAT: &str = "format";
const COVERED_LSN: &str = "covered-lsn";
const PROFILES: &str = "profiles";
const CHECKPOINTS: &str = "checkpoints";

/// The version of the tables. Rows have a version of their own.
const FORMAT_VERSION: u64 = 1;

/// The open file.
#[derive(Debug)]
pub(crate) struct File {
    path: PathBuf,
    database: Database,
    /// Rows of `customers`: while it is 0 nobody has to look.
    rows: AtomicU64,
    profiles: AtomicU64,
}

/// What one transaction writes.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) covered_lsn: u64,
    /// Ordered by id, which redb writes fastest.
    pub(crate) rows: &'a [(CustomerId, Row)],
    pub(crate) window: &'a [HourKeys],
    /// Hours before it are forgotten.
    pub(crate) horizon_hour: i64,
}

// === impl File ===

impl File {
    /// Opens the file in `dir`, or makes an empty one; returns the position it covers too.
    pub(crate) fn open(dir: &Path, cache_bytes: usize) -> Result<(Self, u64), StoreError> {
        let path = dir.join(FILE_NAME);
        let failed = |source: redb::Error| StoreError::Open { path: path.clone(), source };
        if !path.try_exists().map_err(|error| failed(error.into()))? {
            begin(dir, &path)?;
        }
        let bytes = fs::metadata(&path).map_err(|error| failed(error.into()))?.len();
        if bytes == 0 {
            return Err(StoreError::Damaged { path, reason: "it is empty".into() });
        }
        let open = || {
            let database = Builder::new().set_cache_size(cache_bytes).open(&path)?;
            let read = database.begin_read()?;
            let meta = read.open_table(META)?;
            let number = |name: &str| meta.get(name).map(|found| found.map(|row| row.value()));
            let found = (number(FORMAT)?, number(COVERED_LSN)?, number(PROFILES)?);
            let rows = redb::ReadableTableMetadata::len(&read.open_table(CUSTOMERS)?)?;
            drop((meta, read));
            Ok((database, found, rows))
        };
        let (database, found, rows) = guarded(&path, failed, open)?;
        let (format, covered_lsn, profiles) = match found {
            (Some(format), Some(covered_lsn), Some(profiles)) => (format, covered_lsn, profiles),
            _ => return Err(StoreError::Damaged { path, reason: "its head is incomplete".into() }),
        };
        if format != FORMAT_VERSION {
            return Err(StoreError::Format { path, found: format, expected: FORMAT_VERSION });
        }
        let (rows, profiles) = (AtomicU64::new(rows), AtomicU64::new(profiles));
        Ok((Self { path, database, rows, profiles }, covered_lsn))
    }

    /// Whether it holds nobody, so that looking for somebody costs nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.load(Ordering::Acquire) == 0
    }

    /// How many customers it holds, merged-away ids not counted.
    pub(crate) fn profiles(&self) -> u64 {
        self.profiles.load(Ordering::Acquire)
    }

    /// Reads one customer's row. Blocks on the disk if the page is not cached.
    pub(crate) fn load(&self, id: CustomerId) -> Result<Option<Row>, StoreError> {
        if self.is_empty() {
            return Ok(None);
        }
        let read = || {
            let customers = self.database.begin_read()?.open_table(CUSTOMERS)?;
            let row = customers.get(id.to_u128())?;
            Ok(row.map(|row| codec::decode(id, row.value())))
        };
        match guarded(&self.path, StoreError::Read, read)? {
            None => Ok(None),
            Some(Ok(row)) => Ok(Some(row)),
            Some(Err(flaw)) => Err(self.damaged(format!("the row of {id}: {flaw}"))),
        }
    }

    /// Reads the window, row by row.
    pub(crate) fn window(&self, mut each: impl FnMut(HourKeys)) -> Result<(), StoreError> {
        let read = || {
            let window = self.database.begin_read()?.open_table(WINDOW)?;
            for entry in window.iter()? {
                let (key, row) = entry?;
                let (words, rest) = row.value().as_chunks::<8>();
                if !rest.is_empty() {
                    return Ok(Err(self.damaged("a row of event keys is cut off".into())));
                }
                let keys = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
                each(HourKeys { hour: key.value().0, keys });
            }
            Ok(Ok(()))
        };
        guarded(&self.path, StoreError::Read, read)?
    }

    /// Writes all of a batch or nothing; returns the bytes of rows.
    pub(crate) fn commit(&self, batch: &Batch<'_>) -> Result<usize, StoreError> {
        let write = || {
            let mut transaction = self.database.begin_write()?;
            transaction.set_quick_repair(true);
            let written = {
                let mut meta = transaction.open_table(META)?;
                let number = advance(&mut meta, CHECKPOINTS, 1, 0)?;
                write_window(&mut transaction.open_table(WINDOW)?, batch, number)?;
                let customers = write_rows(&mut transaction.open_table(CUSTOMERS)?, batch)?;
                let Ok(rows) = customers else { return Ok(customers) };
                let profiles = advance(&mut meta, PROFILES, rows.appeared, rows.disappeared)?;
                let covered = meta.get(COVERED_LSN)?.map_or(0, |row| row.value());
                meta.insert(COVERED_LSN, covered.max(batch.covered_lsn))?;
                Written { profiles, ..rows }
            };
            transaction.commit()?;
            Ok(Ok(written))
        };
        let written = guarded(&self.path, StoreError::Write, write)??;
        self.rows.fetch_add(written.new_rows, Ordering::AcqRel);
        self.profiles.store(written.profiles, Ordering::Release);
        Ok(written.bytes)
    }

    fn damaged(&self, reason: String) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), reason }
    }
}

/// What the rows of a batch came to.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    bytes: usize,
    new_rows: u64,
    appeared: u64,
    disappeared: u64,
    profiles: u64,
}

/// Writes the rows. A row that is too large fails the whole batch.
fn write_rows(
    customers: &mut Table<'_, u128, &'static [u8]>,
    batch: &Batch<'_>,
) -> Result<Result<Written, StoreError>, redb::Error> {
    let mut written = Written::default();
    let mut bytes = Vec::new();
    for (id, row) in batch.rows {
        if codec::encode(row, &mut bytes).is_err() {
            return Ok(Err(StoreError::TooLarge { customer: *id, bytes: bytes.len() }));
        }
        written.bytes += bytes.len();
        let before = customers.insert(id.to_u128(), bytes.as_slice())?;
        let was_profile = before.as_ref().is_some_and(|row| codec::is_profile(row.value()));
        let is_profile = matches!(row, Row::Profile(_));
        written.new_rows += u64::from(before.is_none());
        written.appeared += u64::from(is_profile && !was_profile);
        written.disappeared += u64::from(was_profile && !is_profile);
    }
    Ok(Ok(written))
}

/// Adds the new keys, and forgets the hours that are over.
fn write_window(
    window: &mut Table<'_, (i64, u64, u64), &'static [u8]>,
    batch: &Batch<'_>,
    checkpoint: u64,
) -> Result<(), redb::Error> {
    window.retain_in(..(batch.horizon_hour, 0, 0), |_, _| false)?;
    for hour in batch.window.iter().filter(|hour| hour.hour >= batch.horizon_hour) {
        for (part, keys) in (0_u64..).zip(hour.keys.chunks(WINDOW_ROW_KEYS_MAX)) {
            let row: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
            window.insert((hour.hour, checkpoint, part), row.as_slice())?;
        }
    }
    Ok(())
}

/// Moves a number of `meta`, and returns what it became.
fn advance(
    meta: &mut Table<'_, &'static str, u64>,
    name: &str,
    more: u64,
    less: u64,
) -> Result<u64, redb::Error> {
    let before = meta.get(name)?.map_or(0, |row| row.value());
    let after = before.saturating_add(more).saturating_sub(less);
    meta.insert(name, after)?;
    Ok(after)
}

/// Makes an empty file. It gets its name when it is whole, so that a crash leaves none.
fn begin(dir: &Path, path: &Path) -> Result<(), StoreError> {
    let unfinished = dir.join(UNFINISHED_NAME);
    let failed = |source: redb::Error| StoreError::Open { path: unfinished.clone(), source };
    let make = || {
        fs::create_dir_all(dir)?;
        if unfinished.try_exists()? {
            fs::remove_file(&unfinished)?;
        }
        let database = Database::create(&unfinished)?;
        let transaction = database.begin_write()?;
        {
            let mut meta = transaction.open_table(META)?;
            meta.insert(FORMAT, FORMAT_VERSION)?;
            for name in [COVERED_LSN, PROFILES, CHECKPOINTS] {
                meta.insert(name, 0)?;
            }
            transaction.open_table(CUSTOMERS)?;
            transaction.open_table(WINDOW)?;
        }
        transaction.commit()?;
        drop(database);
        fs::rename(&unfinished, path)?;
        fs::File::open(dir)?.sync_all()?;
        Ok(())
    };
    guarded(&unfinished, failed, make)
}

/// Runs an operation on the file. What redb finds damaged, or panics over, is told as damage.
fn guarded<T>(
    path: &Path,
    failed: impl FnOnce(redb::Error) -> StoreError,
    operation: impl FnOnce() -> Result<T, redb::Error>,
) -> Result<T, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { path: path.to_owned(), reason };
    // Whatever the panic left half done is inside redb, which discards it with the transaction.
    match catch_unwind(AssertUnwindSafe(operation)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(redb::Error::Corrupted(reason))) => Err(damaged(reason)),
        Ok(Err(redb::Error::TableDoesNotExist(name))) => {
            Err(damaged(format!("it has no table {name}")))
        }
        Ok(Err(redb::Error::Io(error))) if is_damage(&error) => Err(damaged(error.to_string())),
        Ok(Err(error)) => Err(failed(error)),
        Err(_) => Err(damaged("its pages contradict each other".into())),
    }
}

fn is_damage(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    matches!(error.kind(), InvalidData | UnexpectedEof)
}

#[cfg(test)]
mod tests;
