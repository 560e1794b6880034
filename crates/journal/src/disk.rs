//! The few calls to the file system that the journal makes.
//!
//! A closed pair rather than a trait: production has the real folder, and tests have a simulated disk
//! that fails on demand and forgets what was not synced. All names are relative to the journal's
//! folder. Results are plain `io` ones; the callers know what they were doing and say so.

mod folder;
#[cfg(test)]
pub(crate) mod simulated;

use std::fs::File;
use std::io;
use std::path::PathBuf;

pub(crate) use self::folder::Folder;
use crate::JournalError;

/// Where the segments are.
#[derive(Debug)]
pub(crate) enum Disk {
    Folder(Folder),
    #[cfg(test)]
    Simulated(simulated::Disk),
}

/// One open file.
#[derive(Debug)]
pub(crate) enum DiskFile {
    Real(File),
    #[cfg(test)]
    Simulated(simulated::DiskFile),
}

// === impl Disk ===

impl Disk {
    /// The names of all files.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        match self {
            Self::Folder(folder) => folder.names(),
            #[cfg(test)]
            Self::Simulated(disk) => disk.names(),
        }
    }

    /// Makes a file that must not exist yet. It is there after a crash once the folder is synced.
    pub(crate) fn create(&self, name: &str) -> io::Result<DiskFile> {
        match self {
            Self::Folder(folder) => folder.create(name).map(DiskFile::Real),
            #[cfg(test)]
            Self::Simulated(disk) => disk.create(name).map(DiskFile::Simulated),
        }
    }

    /// Opens a file for reading.
    pub(crate) fn open(&self, name: &str) -> io::Result<DiskFile> {
        match self {
            Self::Folder(folder) => folder.open_file(name).map(DiskFile::Real),
            #[cfg(test)]
            Self::Simulated(disk) => disk.open(name).map(DiskFile::Simulated),
        }
    }

    /// Opens a file for reading and writing.
    pub(crate) fn open_writable(&self, name: &str) -> io::Result<DiskFile> {
        match self {
            Self::Folder(folder) => folder.open_writable(name).map(DiskFile::Real),
            #[cfg(test)]
            Self::Simulated(disk) => disk.open(name).map(DiskFile::Simulated),
        }
    }

    /// Deletes a file; one that is not there counts as deleted.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        let removed = match self {
            Self::Folder(folder) => folder.remove(name),
            #[cfg(test)]
            Self::Simulated(disk) => disk.remove(name),
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Makes created and deleted names durable.
    pub(crate) fn sync_folder(&self) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.sync(),
            #[cfg(test)]
            Self::Simulated(disk) => disk.sync_folder(),
        }
    }

    /// The whole path of a file, for messages.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.path(name),
            #[cfg(test)]
            Self::Simulated(_) => PathBuf::from(name),
        }
    }

    /// An error that tells what was being done to which file.
    pub(crate) fn error(&self, doing: &'static str, name: &str, source: io::Error) -> JournalError {
        JournalError::Disk { doing, path: self.path(name), source }
    }
}

// === impl DiskFile ===

impl DiskFile {
    /// Reads from an offset until the buffer is full or the file ends; says how many bytes.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::Real(file) => folder::read_at(file, buffer, offset),
            #[cfg(test)]
            Self::Simulated(file) => file.read_at(buffer, offset),
        }
    }

    /// Writes all bytes at an offset. After an error any part of them may be in the file.
    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self {
            Self::Real(file) => std::os::unix::fs::FileExt::write_all_at(file, bytes, offset),
            #[cfg(test)]
            Self::Simulated(file) => file.write_at(bytes, offset),
        }
    }

    /// Makes what was written durable, the file's length included. After an error nothing written
    /// since the last success may be relied on, not even after a later success.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self {
            Self::Real(file) => Ok(rustix::fs::fdatasync(file)?),
            #[cfg(test)]
            Self::Simulated(file) => file.sync(),
        }
    }

    /// Cuts the file.
    pub(crate) fn truncate(&self, bytes: u64) -> io::Result<()> {
        match self {
            Self::Real(file) => file.set_len(bytes),
            #[cfg(test)]
            Self::Simulated(file) => file.truncate(bytes),
        }
    }

    /// The file's length in bytes.
    pub(crate) fn bytes(&self) -> io::Result<u64> {
        match self {
            Self::Real(file) => Ok(file.metadata()?.len()),
            #[cfg(test)]
            Self::Simulated(file) => file.bytes(),
        }
    }
}
