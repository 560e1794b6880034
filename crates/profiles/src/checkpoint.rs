//! The file on disk.
//!
//! A redb file `profiles.redb` holds every customer, the deduplication windows and the journal position
//! that they cover. Each checkpoint is one transaction, so all of it always fits together.
//!
//! | table | key | value |
//! |---|---|---|
//! | `head` | 0 | numbers, see [`head`] |
//! | `customers` | customer id, u128 | a row of [`crate::codec`]: a profile, or where it was moved to |
//! | `window` | hour, number of the checkpoint, part | keys of events |
//! | `redeemed` | the same | keys of redeemed shows |
//!
//! Opening reads all but `customers`, whatever the number of customers. Commits record redb's
//! allocator state (its quick repair), so that opening after a crash does not read the whole file
//! either; for that they cost a second fsync.
//!
//! A damaged file is named, and never created anew: a file that is there is only ever opened, and a new
//! one is made under another name and renamed when it is whole. Every value carries a hash, since redb
//! verifies its own checksums only when the whole file is checked ([`Opening::verify`]). Damage to a
//! page's keys that makes a customer unfindable is found by that check alone. redb asserts what it takes
//! for granted about a file, so a damaged one can make it panic; that is caught here and told as damage.

mod head;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use model::CustomerId;
use redb::{
    Builder, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table,
    TableDefinition,
};

use crate::codec::{self, Row};
use crate::error::StoreError;
use crate::limits::{SCAN_ROWS, WINDOW_ROW_KEYS_MAX};
use crate::window::HourKeys;
use head::{Head, HeadFlaw};

const FILE_NAME: &str = "profiles.redb";
const UNFINISHED_NAME: &str = "profiles.redb.new";

const HEAD: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("head");
const CUSTOMERS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("customers");
/// A table of a window, by hour, checkpoint and part.
type WindowTable = TableDefinition<'static, (i64, u64, u64), &'static [u8]>;

/// The tables of the windows, in the order of [`Batch::windows`].
const WINDOWS: [WindowTable; 2] =
    [TableDefinition::new("window"), TableDefinition::new("redeemed")];

/// Copies the file of a folder to another one, while another process may be writing it; says how many
/// bytes there are, 0 when there is no file.
///
/// The process may overwrite what has yet to be copied, so the copy must be opened with
/// [`Opening::verify`], which finds every page that is not as its commit wrote it. It falls back to the
/// commit before when that one is whole.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<u64, StoreError> {
    let path = from.join(FILE_NAME);
    match fs::copy(&path, to.join(FILE_NAME)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        copied => copied.map_err(|error| StoreError::Open { path, source: error.into() }),
    }
}

/// How to open the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// How many bytes of pages redb caches.
    pub(crate) cache_bytes: usize,
    /// Whether to read the whole file and verify every page's checksum first.
    pub(crate) verify: bool,
}

/// The open file.
#[derive(Debug)]
pub(crate) struct File {
    path: PathBuf,
    /// Present until dropped.
    database: Option<Database>,
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
    /// Of events, and of redemptions.
    pub(crate) windows: [Hours<'a>; 2],
}

/// What is new in a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hours<'a> {
    pub(crate) keys: &'a [HourKeys],
    /// Hours before it are forgotten.
    pub(crate) horizon_hour: i64,
}

// === impl File ===

impl File {
    /// Opens the file in `dir`, or makes an empty one; returns the position it covers too.
    pub(crate) fn open(dir: &Path, opening: Opening) -> Result<(Self, u64), StoreError> {
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
            let mut builder = Builder::new();
            builder.set_cache_size(opening.cache_bytes);
            builder.set_check_integrity_on_open(opening.verify);
            let database = builder.open(&path)?;
            let read = database.begin_read()?;
            let head = read.open_table(HEAD)?.get(0)?.map(|row| Head::decode(row.value()));
            let rows = read.open_table(CUSTOMERS)?.len()?;
            drop(read);
            Ok((database, head, rows))
        };
        let (database, head, rows) = guarded(&path, failed, open)?;
        let (rows, profiles) = (AtomicU64::new(rows), AtomicU64::new(0));
        let file = Self { path, database: Some(database), rows, profiles };
        match head {
            Some(Ok(head)) => {
                file.profiles.store(head.profiles, Ordering::Release);
                Ok((file, head.covered_lsn))
            }
            Some(Err(HeadFlaw::Format(found))) => {
                let path = file.path.clone();
                Err(StoreError::Format { path, found, expected: head::FORMAT_VERSION })
            }
            Some(Err(HeadFlaw::Damaged)) => Err(file.damaged("its head is wrong".into())),
            None => Err(file.damaged("it has no head".into())),
        }
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
            let customers = self.database()?.begin_read()?.open_table(CUSTOMERS)?;
            let row = customers.get(id.to_u128())?;
            Ok(row.map(|row| codec::decode(id, row.value())))
        };
        match guarded(&self.path, StoreError::Read, read)? {
            None => Ok(None),
            Some(Ok(row)) => Ok(Some(row)),
            Some(Err(flaw)) => Err(self.damaged(format!("the row of {id}: {flaw}"))),
        }
    }

    /// Reads every row of one state of the file, ordered by id, some at a time.
    pub(crate) fn scan(&self, mut each: impl FnMut(CustomerId, Row)) -> Result<(), StoreError> {
        let open =
            || Ok(self.database()?.begin_read()?.open_table(CUSTOMERS)?.range::<u128>(..)?);
        let mut rows = guarded(&self.path, StoreError::Read, open)?;
        loop {
            let read = || {
                let some = rows.by_ref().take(SCAN_ROWS);
                let decoded = some.map(|entry| {
                    let (id, row) = entry?;
                    let id = CustomerId::from_u128(id.value());
                    Ok((id, codec::decode(id, row.value())))
                });
                decoded.collect::<Result<Vec<_>, redb::Error>>()
            };
            let some = guarded(&self.path, StoreError::Read, read)?;
            if some.is_empty() {
                return Ok(());
            }
            for (id, row) in some {
                let row = row.map_err(|flaw| self.damaged(format!("the row of {id}: {flaw}")))?;
                each(id, row);
            }
        }
    }

    /// Reads the windows, row by row; `each` is told of which by its place in [`Batch::windows`].
    pub(crate) fn windows(&self, mut each: impl FnMut(usize, HourKeys)) -> Result<(), StoreError> {
        let read = || {
            let transaction = self.database()?.begin_read()?;
            for (place, table) in WINDOWS.into_iter().enumerate() {
                for entry in transaction.open_table(table)?.iter()? {
                    let (key, row) = entry?;
                    let hour = key.value().0;
                    let Some(keys) = head::decode_keys(hour, row.value()) else {
                        return Ok(Err(self.damaged(format!("keys of hour {hour} in {table}"))));
                    };
                    each(place, HourKeys { hour, keys });
                }
            }
            Ok(Ok(()))
        };
        guarded(&self.path, StoreError::Read, read)?
    }

    /// Writes all of a batch or nothing; returns the bytes of rows.
    pub(crate) fn commit(&self, batch: &Batch<'_>) -> Result<usize, StoreError> {
        let write = || {
            let mut transaction = self.database()?.begin_write()?;
            transaction.set_quick_repair(true);
            let (bytes, rows, profiles) = {
                let mut table = transaction.open_table(HEAD)?;
                let Some(Ok(mut head)) = table.get(0)?.map(|row| Head::decode(row.value())) else {
                    return Ok(Err(self.damaged("its head is wrong".into())));
                };
                head.checkpoints = head.checkpoints.saturating_add(1);
                for (table, hours) in WINDOWS.into_iter().zip(&batch.windows) {
                    write_window(&mut transaction.open_table(table)?, *hours, head.checkpoints)?;
                }
                let customers = write_rows(&mut transaction.open_table(CUSTOMERS)?, batch)?;
                let Ok(written) = customers else { return Ok(customers.map(|_| (0, 0, 0))) };
                head.profiles =
                    head.profiles.saturating_add(written.appeared).saturating_sub(written.gone);
                head.covered_lsn = head.covered_lsn.max(batch.covered_lsn);
                table.insert(0, head.encode().as_slice())?;
                (written.bytes, written.new_rows, head.profiles)
            };
            transaction.commit()?;
            Ok(Ok((bytes, rows, profiles)))
        };
        let (bytes, new_rows, profiles) = guarded(&self.path, StoreError::Write, write)??;
        self.rows.fetch_add(new_rows, Ordering::AcqRel);
        self.profiles.store(profiles, Ordering::Release);
        Ok(bytes)
    }

    fn database(&self) -> Result<&Database, redb::Error> {
        self.database.as_ref().ok_or(redb::Error::DatabaseClosed)
    }

    fn damaged(&self, reason: String) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), reason }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let Some(database) = self.database.take() else { return };
        let close = || Ok(database.close()?);
        if let Err(error) = guarded(&self.path, StoreError::Write, close) {
            tracing::warn!(%error, "the profile checkpoint was not closed cleanly");
        }
    }
}

/// What the rows of a batch came to.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    bytes: usize,
    new_rows: u64,
    appeared: u64,
    gone: u64,
}

/// Writes the rows. A row that is too large fails the whole batch.
fn write_rows(
    customers: &mut Table<'_, u128, &'static [u8]>,
    batch: &Batch<'_>,
) -> Result<Result<Written, StoreError>, redb::Error> {
    let mut written = Written::default();
    let mut bytes = Vec::new();
    for (id, row) in batch.rows {
        if codec::encode(*id, row, &mut bytes).is_err() {
            return Ok(Err(StoreError::TooLarge { customer: *id, bytes: bytes.len() }));
        }
        written.bytes += bytes.len();
        let before = customers.insert(id.to_u128(), bytes.as_slice())?;
        let was_profile = before.as_ref().is_some_and(|row| codec::is_profile(row.value()));
        let is_profile = matches!(row, Row::Profile(_));
        written.new_rows += u64::from(before.is_none());
        written.appeared += u64::from(is_profile && !was_profile);
        written.gone += u64::from(was_profile && !is_profile);
    }
    Ok(Ok(written))
}

/// Adds the new keys, and forgets the hours that are over.
fn write_window(
    window: &mut Table<'_, (i64, u64, u64), &'static [u8]>,
    Hours { keys, horizon_hour }: Hours<'_>,
    checkpoint: u64,
) -> Result<(), redb::Error> {
    window.retain_in(..(horizon_hour, 0, 0), |_, _| false)?;
    for hour in keys.iter().filter(|hour| hour.hour >= horizon_hour) {
        for (part, keys) in (0_u64..).zip(hour.keys.chunks(WINDOW_ROW_KEYS_MAX)) {
            let row = head::encode_keys(hour.hour, keys);
            window.insert((hour.hour, checkpoint, part), row.as_slice())?;
        }
    }
    Ok(())
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
            let head = Head::default().encode();
            transaction.open_table(HEAD)?.insert(0, head.as_slice())?;
            transaction.open_table(CUSTOMERS)?;
            for table in WINDOWS {
                transaction.open_table(table)?;
            }
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
