//! Making, listing and revoking keys: the part of the command line.
//!
//! `keys.toml` is never changed in place. Under a lock it is read, changed in memory, written to a
//! temporary file, synced and renamed, and the folder is synced. A reader sees the old or the new
//! file whole, and a crash at any moment leaves one of them. A file that cannot be read is not
//! replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use model::{TenantKey, Timestamp};

use super::error::KeyError;
use super::file::{self, KeyRecord};
use super::limits::KEYS_MAX;
use super::pepper::{self, Pepper};
use super::text::{KeyId, KeyText, Kind};

/// A key that was just made.
#[derive(Clone, Debug)]
pub struct NewKey {
    record: KeyRecord,
    text: KeyText,
}

// === impl NewKey ===

impl NewKey {
    /// What is kept of it.
    pub const fn record(&self) -> &KeyRecord {
        &self.record
    }

    /// The key itself, to be shown once: it cannot be found again.
    pub fn text(&self) -> &str {
        self.text.reveal()
    }
}

const LOCK_NAME: &str = "keys.lock";

/// Makes a key for a tenant, and the folder and the pepper if they do not exist yet.
///
/// # Errors
/// When the folder cannot be written or is corrupt, or holds too many keys.
pub fn create(
    dir: &Path,
    tenant: &TenantKey,
    kind: Kind,
    now: Timestamp,
) -> Result<NewKey, KeyError> {
    fs::create_dir_all(dir).map_err(|source| failed("create", dir, source))?;
    let _lock = lock(dir)?;
    let (mut records, _) = file::read(dir)?;
    if records.len() >= KEYS_MAX {
        return Err(KeyError::TooManyKeys);
    }
    let pepper = pepper(dir, &records)?;
    let (id, text) = new_text(kind, &records)?;
    let record = KeyRecord {
        kind,
        id,
        tenant: tenant.clone(),
        created_at: now,
        revoked_at: None,
        mac: pepper.mac(text.signed()),
    };
    records.push(record.clone());
    replace(dir, &records)?;
    Ok(NewKey { record, text })
}

/// All keys in the order made, revoked ones included.
///
/// # Errors
/// When the file cannot be read or is corrupt.
pub fn list(dir: &Path) -> Result<Vec<KeyRecord>, KeyError> {
    file::read(dir).map(|(records, _)| records)
}

/// Revokes a key for good. A key that was revoked before keeps its time.
///
/// # Errors
/// When there is no such key, or the folder cannot be written or is corrupt.
pub fn revoke(dir: &Path, id: &str, now: Timestamp) -> Result<KeyRecord, KeyError> {
    let id = KeyId::parse(id)?;
    if !dir.join(file::FILE_NAME).exists() {
        return Err(KeyError::NoSuchKey(id));
    }
    let _lock = lock(dir)?;
    let (mut records, _) = file::read(dir)?;
    let found = records.iter_mut().find(|record| record.id == id);
    let record = found.ok_or(KeyError::NoSuchKey(id))?;
    if record.revoked_at.is_some() {
        return Ok(record.clone());
    }
    record.revoked_at = Some(now);
    let revoked = record.clone();
    replace(dir, &records)?;
    Ok(revoked)
}

/// A key of the installation's own for one purpose, which stays the same as long as `pepper.key` does.
/// Makes the folder and the pepper if they do not exist yet.
///
/// # Errors
/// When the folder cannot be written or is corrupt.
pub fn derived_key(dir: &Path, purpose: &[u8]) -> Result<[u8; 32], KeyError> {
    fs::create_dir_all(dir).map_err(|source| failed("create", dir, source))?;
    let _lock = lock(dir)?;
    let (records, _) = file::read(dir)?;
    Ok(pepper(dir, &records)?.derive(purpose))
}

/// The pepper, made now if no key needs an older one. The caller holds the lock.
fn pepper(dir: &Path, records: &[KeyRecord]) -> Result<Pepper, KeyError> {
    match Pepper::load(dir)? {
        Some(pepper) => Ok(pepper),
        None if records.is_empty() => Pepper::create(dir),
        None => Err(KeyError::PepperMissing { path: dir.join(pepper::FILE_NAME) }),
    }
}

/// A key whose id is not taken. That one is taken by chance does not happen; that a test or a broken
/// source of randomness repeats itself does.
fn new_text(kind: Kind, records: &[KeyRecord]) -> Result<(KeyId, KeyText), KeyError> {
    const TRIES_MAX: u32 = 8;
    for _ in 0..TRIES_MAX {
        let mut chance = ([0; 8], [0; 20]);
        getrandom::fill(&mut chance.0).map_err(KeyError::NoRandomness)?;
        getrandom::fill(&mut chance.1).map_err(KeyError::NoRandomness)?;
        let (id, text) = KeyText::new(kind, &chance);
        if records.iter().all(|record| record.id != id) {
            return Ok((id, text));
        }
    }
    Err(KeyError::NoRandomness(getrandom::Error::UNEXPECTED))
}

/// Waits for other processes that change the keys. The lock ends with the file, or with the process.
fn lock(dir: &Path) -> Result<File, KeyError> {
    let path = dir.join(LOCK_NAME);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let file = options.open(&path).map_err(|source| failed("open", &path, source))?;
    file.lock().map_err(|source| failed("lock", &path, source))?;
    Ok(file)
}

fn replace(dir: &Path, records: &[KeyRecord]) -> Result<(), KeyError> {
    write_new(&dir.join(file::FILE_NAME), file::write(records).as_bytes())
}

/// Puts a file with mode 0600 in the place of whatever has the name, at once and for good.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let temporary: PathBuf = path.with_extension("tmp");
    match fs::remove_file(&temporary) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            return Err(failed("remove", &temporary, source));
        }
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create_new(true).write(true).mode(0o600);
    let written = options.open(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|source| failed("write", &temporary, source))?;
    fs::rename(&temporary, path).map_err(|source| failed("replace", path, source))?;
    let dir = path.parent().unwrap_or(Path::new("."));
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| failed("sync", dir, source))
}

fn failed(action: &'static str, path: &Path, source: std::io::Error) -> KeyError {
    KeyError::Io { action, path: path.to_owned(), source }
}
