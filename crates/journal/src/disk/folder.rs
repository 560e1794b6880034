//! The real folder, locked against other processes.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::JournalError;

const LOCK_NAME: &str = "lock";

/// A folder that only this process writes to.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The folder itself, to sync it.
    handle: File,
    /// Holds the lock until it is dropped; the kernel drops it when the process dies. `None` for those
    /// who only read what may be another process's.
    _lock: Option<File>,
}

/// Reads until the buffer is full or the file ends.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

// === impl Folder ===

impl Folder {
    /// Makes the folder if need be, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |doing: &'static str, path: &Path| {
            let path = path.to_owned();
            move |source| JournalError::Disk { doing, path, source }
        };
        if !path.is_dir() {
            fs::create_dir_all(path).map_err(failed("create", path))?;
            // The folder's own name must survive a crash too.
            let parent = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                Some(_) | None => Path::new("."),
            };
            let synced = File::open(parent).and_then(|folder| folder.sync_all());
            synced.map_err(failed("sync", parent))?;
        }
        let handle = File::open(path).map_err(failed("open", path))?;
        let lock_path = path.join(LOCK_NAME);
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(failed("open", &lock_path))?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { path: path.to_owned(), handle, _lock: Some(lock) }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(JournalError::Locked { path: lock_path }),
            Err(errno) => Err(failed("lock", &lock_path)(errno.into())),
        }
    }

    /// Opens the folder for reading alone, whoever writes to it.
    pub(crate) fn unlocked(path: &Path) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Disk { doing: "open", path: path.to_owned(), source };
        let handle = File::open(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), handle, _lock: None })
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            // A name that is not UTF-8 is none of ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.path(name))
    }

    pub(super) fn open_writable(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.path(name))
    }

    pub(super) fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.path(name))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}
