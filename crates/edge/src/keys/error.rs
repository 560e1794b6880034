//! Why a caller is refused, and what can be wrong with the folder of keys.

use std::io;
use std::path::PathBuf;

use super::limits::{KEYS_FILE_BYTES_MAX, KEYS_MAX};
use super::text::KeyId;

/// Why a caller is refused. The text is meant for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// What came along is not a key: its form or its checksum is wrong.
    #[error("the API key is mistyped or cut off: its checksum is wrong")]
    Malformed,
    /// No such key was made here.
    #[error("the API key is not known here")]
    Unknown,
    /// The key was revoked.
    #[error("the API key was revoked")]
    Revoked,
}

/// What is wrong with the folder of keys. The text is meant for whoever runs the service.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The disk or its permissions.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// `keys.toml` is not what this program wrote.
    #[error(
        "{path}:{line}: {problem}; correct the line, or restore the file from a backup, or move it \
         away and make new keys with `vitrine key create`. The file has been left as it is"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// `keys.toml` is larger than this program writes.
    #[error("{path} is larger than {KEYS_FILE_BYTES_MAX} bytes and has been left as it is")]
    FileTooLarge {
        /// The file.
        path: PathBuf,
    },
    /// There are keys, but not the pepper that they were made with.
    #[error(
        "{path} is missing, without which the keys in keys.toml cannot be checked; restore it from \
         a backup, or move keys.toml away and make new keys with `vitrine key create`"
    )]
    PepperMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The pepper is not 32 bytes long.
    #[error(
        "{path} is {bytes} bytes long instead of 32; restore it from a backup, or move it and \
         keys.toml away and make new keys with `vitrine key create`"
    )]
    PepperDamaged {
        /// The file.
        path: PathBuf,
        /// How long it is.
        bytes: usize,
    },
    /// The folder is full.
    #[error("there are {KEYS_MAX} keys already; delete revoked ones from keys.toml")]
    TooManyKeys,
    /// There is no key of this id.
    #[error("there is no key {0}; `vitrine key list` shows all")]
    NoSuchKey(KeyId),
    /// The text is no id.
    #[error("not the id of a key: {0:?}; write the 10 characters that `vitrine key list` shows")]
    InvalidId(String),
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system")]
    NoRandomness(#[source] getrandom::Error),
}
