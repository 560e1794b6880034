//! The few calls to the file system that the exporter makes.
//!
//! A file gets its name only when it is whole and on disk: it is written beside, in the folder
//! `unfinished`, synced, renamed, and the folder with its name is synced. What a crash leaves in
//! `unfinished` belongs to nobody and is removed at the next start. In tests every call can be made to
//! fail, as if the process had died before or after it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::AnalyticsError;
use crate::limits::WRITE_BYTES;

#[cfg(test)]
pub(crate) mod faults;

/// Where files are written; its name is no partition's, so that nobody reads them.
const UNFINISHED: &str = "unfinished";

/// The folder of all tables.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
    #[cfg(test)]
    faults: faults::Faults,
}

/// Puts a file or folder on disk for good. Tests play the death of a process, after which what was written
/// is there, synced or not; without the wait they can play it at every call.
fn sync(file: &File) -> io::Result<()> {
    if cfg!(test) { Ok(()) } else { file.sync_all() }
}

// === impl Disk ===

impl Disk {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            #[cfg(test)]
            faults: faults::Faults::default(),
        }
    }

    #[cfg(test)]
    pub(crate) fn failing(root: &Path, faults: faults::Faults) -> Self {
        Self { root: root.to_owned(), faults }
    }

    #[cfg(test)]
    pub(crate) fn calls(&self) -> Vec<(&'static str, PathBuf)> {
        self.faults.calls()
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folder if need be, and removes what a crash has left unfinished.
    pub(crate) fn open(&self) -> Result<(), AnalyticsError> {
        let unfinished = self.root.join(UNFINISHED);
        self.make_folder(&unfinished)?;
        for entry in self.step("read", &unfinished, || fs::read_dir(&unfinished))? {
            let path = self.step("read", &unfinished, || entry)?.path();
            self.step("remove", &path, || fs::remove_file(&path))?;
        }
        Ok(())
    }

    /// Whether anything but what is unfinished lies in the folder.
    pub(crate) fn holds_files(&self) -> Result<bool, AnalyticsError> {
        for entry in self.step("read", &self.root, || fs::read_dir(&self.root))? {
            let entry = self.step("read", &self.root, || entry)?;
            if entry.file_name() != UNFINISHED {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes a file whole, in the place of one that may be there; its path is relative.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), AnalyticsError> {
        let path = self.root.join(path);
        let folder = path.parent().unwrap_or(&self.root);
        self.make_folder(folder)?;
        let unfinished = self.root.join(UNFINISHED).join("file");
        let mut file = self.step("create", &unfinished, || File::create(&unfinished))?;
        for piece in bytes.chunks(WRITE_BYTES) {
            self.step("write", &unfinished, || file.write_all(piece))?;
        }
        self.step("sync", &unfinished, || sync(&file))?;
        self.step("rename", &path, || fs::rename(&unfinished, &path))?;
        self.sync_folder(folder)
    }

    /// Makes a folder with all above it, each of which is on disk before the next.
    fn make_folder(&self, folder: &Path) -> Result<(), AnalyticsError> {
        if folder.is_dir() {
            return Ok(());
        }
        let above = match folder.parent() {
            Some(above) if !above.as_os_str().is_empty() => above,
            Some(_) | None => Path::new("."),
        };
        self.make_folder(above)?;
        self.step("create", folder, || fs::create_dir(folder))?;
        self.sync_folder(above)
    }

    fn sync_folder(&self, folder: &Path) -> Result<(), AnalyticsError> {
        self.step("sync", folder, || sync(&File::open(folder)?))
    }

    /// One call; where tests make the disk fail.
    fn step<T>(
        &self,
        action: &'static str,
        path: &Path,
        call: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, AnalyticsError> {
        #[cfg(test)]
        let call = || self.faults.step(action, path, call);
        call().map_err(|source| AnalyticsError::TableFile { action, path: path.to_owned(), source })
    }
}
