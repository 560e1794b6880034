//! The bounds of keys, and what happens when one is reached.

/// No further key is made; revoked ones count, because they are kept to be told apart from unknown.
pub const KEYS_MAX: usize = 10_000;

/// A larger `keys.toml` is not read, and so not written either.
pub const KEYS_FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
