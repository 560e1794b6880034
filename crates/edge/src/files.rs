//! Files outside the serving path: replacing a small one whole, reading one that may be compressed, and
//! folders that go away again.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use uuid::Uuid;

/// What a gzip file begins with (RFC 1952, 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads a file, plain or gzip; which of the two tells the file itself by its first two bytes.
pub(crate) fn plain_or_gzip(
    file: impl Read + Send + 'static,
) -> io::Result<Box<dyn BufRead + Send>> {
    let mut source = BufReader::new(file);
    // A first read gives at least two bytes of any file that has them.
    let gzip = source.fill_buf()?.starts_with(&GZIP_MAGIC);
    Ok(match gzip {
        true => Box::new(BufReader::new(MultiGzDecoder::new(source))),
        false => Box::new(source),
    })
}

/// Writes `bytes` to a file beside `path`, syncs it, and renames it over `path`, so that a crash
/// leaves the old file or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// A new folder for temporary files, removed with all that is in it when dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    path: PathBuf,
}

// === impl TemporaryFolder ===

impl TemporaryFolder {
    /// Makes a folder that nobody else uses; `what` is part of its name.
    pub(crate) fn create(what: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("vitrine-{what}-{}", Uuid::now_v7()));
        // What is put there may be about customers.
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), error = %error, "temporary folder stays");
        }
    }
}
