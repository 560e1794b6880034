//! A tenant's folder: what is in it, and whether that may have changed.
//!
//! Looking costs one listing and the metadata of its files, so it can be done every second; reading
//! costs what is in them. A change shows in a file's length, inode or time of change. That time is set by
//! the operating system whatever is done to a file, also when a copy keeps the time of its original.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rules::Role;

use super::bundle::{Bundle, plugins_named_in, role_of};
use super::complaint::Complaint;
use super::error::PlansError;
use crate::limits::{CAMPAIGNS_MAX, PLAN_BYTES_MAX, PLUGIN_FILES_MAX, RULE_FILE_BYTES_MAX};

/// How a folder looked at one time. When two are the same, so is what is in the files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Glance(Vec<(PathBuf, Option<Mark>)>);

#[derive(Debug, PartialEq, Eq)]
struct Mark {
    length: u64,
    device: u64,
    inode: u64,
    changed: (i64, i64),
}

/// Looks at a folder and at `plugins` in it; `None` when there is no folder.
pub(super) fn glance(folder: &Path, plugins: &[Box<str>]) -> io::Result<Option<Glance>> {
    let Some(names) = names_in(folder)? else { return Ok(None) };
    let paths = names.iter().chain(plugins).map(|name| folder.join(&**name));
    // A file that is gone, or is not there yet, has no mark; one that comes makes a difference.
    let marks = paths.map(|path| {
        let mark = fs::metadata(&path).ok().map(|told| Mark::of(&told));
        (path, mark)
    });
    Ok(Some(Glance(marks.collect())))
}

/// Reads a folder whole; `None` when there is no folder.
///
/// # Errors
/// When a file cannot be read, or the files are more or larger than a plan may be.
pub(crate) fn read(folder: &Path) -> Result<Option<Bundle>, PlansError> {
    let origin = format!("{}/", folder.display());
    let names = names_in(folder).map_err(|source| unreadable(folder, source))?;
    let Some(names) = names else { return Ok(None) };
    if names.len() > CAMPAIGNS_MAX + 3 {
        return Err(refused(&origin, "too many files", "move ended campaigns away"));
    }
    let mut files = BTreeMap::new();
    let mut bytes = 0;
    for name in names {
        let path = folder.join(&*name);
        let read = read_bounded(&path).map_err(|source| unreadable(&path, source))?;
        take(&origin, &mut files, &mut bytes, name, read)?;
    }
    let plugins = plugins_named_in(&files);
    if plugins.len() > PLUGIN_FILES_MAX {
        return Err(refused(&origin, "too many plugins", "move ended campaigns away"));
    }
    for name in plugins {
        let path = folder.join(&*name);
        match read_bounded(&path) {
            Ok(read) => take(&origin, &mut files, &mut bytes, name, read)?,
            // Told when the plan is built, with all else that is wrong.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(unreadable(&path, source)),
        }
    }
    Ok(Some(Bundle::new(&origin, files)?))
}

/// The files of a folder that are read by their name, in order; `None` when there is no folder.
fn names_in(folder: &Path) -> io::Result<Option<Vec<Box<str>>>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        if role_of(name).is_some_and(|role| role != Role::Cases) {
            names.push(name.into());
        }
    }
    names.sort_unstable();
    Ok(Some(names))
}

/// Adds a file while there is room, so that a folder of any size is not read into memory.
fn take(
    origin: &str,
    files: &mut BTreeMap<Box<str>, Box<[u8]>>,
    bytes: &mut usize,
    name: Box<str>,
    read: Vec<u8>,
) -> Result<(), PlansError> {
    *bytes += read.len();
    if *bytes > PLAN_BYTES_MAX {
        let message = format!("more than {PLAN_BYTES_MAX} bytes in all files together");
        return Err(refused(origin, &message, "move ended campaigns away"));
    }
    files.insert(name, read.into());
    Ok(())
}

/// A file's bytes; refuses what is no regular file, such as a pipe that never ends, and what is longer
/// than any campaign or plugin.
pub(crate) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let bytes_max = RULE_FILE_BYTES_MAX;
    let told = fs::metadata(path)?;
    if !told.is_file() || told.len() > bytes_max {
        let text = format!("not a regular file of at most {bytes_max} bytes");
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &Path, source: io::Error) -> PlansError {
    PlansError::Unreadable { path: path.to_owned(), source }
}

fn refused(origin: &str, message: &str, help: &str) -> PlansError {
    Complaint::file(origin, message, help).into()
}

// === impl Mark ===

impl Mark {
    fn of(told: &Metadata) -> Self {
        Self {
            length: told.len(),
            device: told.dev(),
            inode: told.ino(),
            changed: (told.ctime(), told.ctime_nsec()),
        }
    }
}

#[cfg(test)]
mod tests;
