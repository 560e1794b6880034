//! Compiled modules, and how we know our own.
//!
//! An artefact is machine code: whoever can make the engine load one runs code in this process.
//! Each is therefore sealed by us with a MAC, and only bytes whose seal was checked can be loaded:
//! [`Verified`] has no other origin, and is what the one `unsafe` call of this workspace takes.
//!
//! ```text
//! magic, 8 bytes | HMAC-SHA256 of the code and of what it was made from, 32 bytes | machine code
//! ```
//!
//! The MAC covers the module's digest and the engine's settings, so an artefact cannot be passed
//! off as another module's, and one of an older engine is simply not found under the name.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use crate::limits::{ARTEFACT_BYTES_MAX, CACHE_FILES_MAX};

const MAGIC: &[u8; 8] = b"vitrine1";
const MAC_BYTES: usize = 32;
/// What the names of our files end in, or are followed by a dot and more while they are written.
const SUFFIX: &str = ".artefact";
const HEADER_BYTES: usize = MAGIC.len() + MAC_BYTES;

/// Seals artefacts and checks seals, for one engine.
pub(crate) struct Seal {
    keyed: Hmac<Sha256>,
    /// What the machine code depends on: the engine's version, its settings, the processor.
    settings: [u8; 32],
}

/// Machine code that this installation made from a known module.
pub(crate) struct Verified(Vec<u8>);

/// Why bytes are not an artefact of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not sealed by this installation for this module and engine")]
pub(crate) struct BrokenSeal;

/// Sealed artefacts in a folder.
pub(crate) struct Cache {
    folder: PathBuf,
    /// Files begun, so that two threads never write to the same one.
    begun: AtomicU64,
}

/// Feeds what the engine hashes to SHA-256, which unlike a `HashMap`'s hasher is the same tomorrow.
struct Stable(Sha256);

// === impl Seal ===

impl Seal {
    /// A seal for an engine.
    pub(crate) fn new(key: &[u8; 32], engine: &Engine) -> Self {
        let keyed = Hmac::new_from_slice(key).expect("HMAC takes a key of any length");
        let mut stable = Stable(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut stable);
        Self { keyed, settings: stable.0.finalize().into() }
    }

    /// Seals machine code that we compiled just now from the module of this digest.
    pub(crate) fn seal(&self, digest: &[u8; 32], code: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(HEADER_BYTES.saturating_add(code.len()));
        sealed.extend_from_slice(MAGIC);
        sealed.extend_from_slice(&self.mac(digest, code).finalize().into_bytes());
        sealed.extend_from_slice(code);
        sealed
    }

    /// Checks a seal and takes the machine code.
    pub(crate) fn open(&self, digest: &[u8; 32], sealed: &[u8]) -> Result<Verified, BrokenSeal> {
        let (header, code) = sealed.split_at_checked(HEADER_BYTES).ok_or(BrokenSeal)?;
        let (magic, mac) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(BrokenSeal);
        }
        // In constant time, so that a seal cannot be guessed byte by byte.
        self.mac(digest, code).verify_slice(mac).map_err(|_| BrokenSeal)?;
        Ok(Verified(code.to_vec()))
    }

    /// The name of an artefact's file.
    fn file_name(&self, digest: &[u8; 32]) -> String {
        format!("{}-{}{SUFFIX}", hex(digest), hex(&self.settings[..8]))
    }

    /// Every part but the last has a fixed length, so that no two inputs read the same.
    fn mac(&self, digest: &[u8; 32], code: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.keyed.clone();
        mac.update(MAGIC);
        mac.update(digest);
        mac.update(&self.settings);
        mac.update(code);
        mac
    }
}

// === impl Verified ===

impl Verified {
    /// Makes a module of it.
    #[expect(
        unsafe_code,
        reason = "loading machine code; only what we compiled and sealed gets here"
    )]
    pub(crate) fn load(&self, engine: &Engine) -> wasmtime::Result<Module> {
        // SAFETY: `deserialize` needs bytes that `Engine::precompile_module` made and nobody
        // altered. `Seal::open`, the only maker of `Verified`, has checked our MAC over them, and
        // we only put it on what our own compiler gave.
        unsafe { Module::deserialize(engine, &self.0) }
    }
}

// === impl Cache ===

impl Cache {
    /// A cache in a folder, which is made if it is absent.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), begun: AtomicU64::new(0) })
    }

    /// Reads the file for a module; `None` when there is none.
    pub(crate) fn read(&self, seal: &Seal, digest: &[u8; 32]) -> io::Result<Option<Vec<u8>>> {
        let file = match fs::File::open(self.folder.join(seal.file_name(digest))) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let bytes_max = ARTEFACT_BYTES_MAX.saturating_add(HEADER_BYTES);
        let mut sealed = Vec::new();
        file.take(u64::try_from(bytes_max).unwrap_or(u64::MAX)).read_to_end(&mut sealed)?;
        Ok(Some(sealed))
    }

    /// Writes the file for a module. A reader sees all of it or nothing; it is not forced to disk,
    /// as a file that a crash has torn has no valid seal and is made again.
    pub(crate) fn write(&self, seal: &Seal, digest: &[u8; 32], sealed: &[u8]) -> io::Result<()> {
        self.make_room()?;
        let name = seal.file_name(digest);
        let begun = self.begun.fetch_add(1, Ordering::Relaxed);
        let part = self.folder.join(format!("{name}.{}-{begun}", std::process::id()));
        let written = fs::File::create(&part).and_then(|mut file| file.write_all(sealed));
        let moved = written.and_then(|()| fs::rename(&part, self.folder.join(&name)));
        if moved.is_err() {
            // What is left is without effect, and goes when room is made.
            let _ = fs::remove_file(&part);
        }
        moved
    }

    /// Removes the files written longest ago until one more may be added.
    fn make_room(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Nobody else's file is touched, should somebody else use the folder.
            if entry.file_name().to_string_lossy().contains(SUFFIX) {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        files.sort();
        let surplus = files.len().saturating_sub(CACHE_FILES_MAX.saturating_sub(1));
        files.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
    }
}

// === impl Stable ===

impl Hasher for Stable {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
