//! The secret of the installation that is mixed into every stored HMAC.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::error::KeyError;
use super::folder::write_new;
use crate::seal::Seal;

pub(super) const FILE_NAME: &str = "pepper.key";
const BYTES: usize = 32;

/// The pepper, as an HMAC that has taken it in already: one key costs two SHA-256 blocks to check.
#[derive(Clone)]
pub(super) struct Pepper(Seal);

// === impl Pepper ===

impl Pepper {
    /// Reads the pepper of a folder; `None` when it has none yet.
    pub(super) fn load(dir: &Path) -> Result<Option<Self>, KeyError> {
        let path = dir.join(FILE_NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(KeyError::Io { action: "read", path, source }),
        };
        match <[u8; BYTES]>::try_from(bytes.as_slice()) {
            Ok(bytes) => Ok(Some(Self::of(&bytes))),
            Err(_) => Err(KeyError::PepperDamaged { path, bytes: bytes.len() }),
        }
    }

    /// Makes the pepper of a folder that has none. The caller holds the lock.
    pub(super) fn create(dir: &Path) -> Result<Self, KeyError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(KeyError::NoRandomness)?;
        write_new(&dir.join(FILE_NAME), &bytes)?;
        Ok(Self::of(&bytes))
    }

    /// A pepper that no key was made with, for a folder without keys.
    pub(super) fn of(bytes: &[u8; BYTES]) -> Self {
        Self(Seal::new(bytes))
    }

    /// A key for one purpose. A key's text begins with its kind, so the byte 0 before the purpose keeps
    /// the two uses of the pepper apart.
    pub(super) fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        self.mac(&[&[0], purpose].concat())
    }

    /// HMAC-SHA256 of a text.
    pub(super) fn mac(&self, text: &[u8]) -> [u8; 32] {
        self.0.mac(text)
    }
}
