//! The bounds of this crate, and what happens when one is reached.

/// Bytes of hot profiles when the configuration names no other number. Beyond it [`crate::Store::evict`]
/// takes profiles that were not used lately out of memory; they are loaded again on demand.
pub const HOT_BYTES_MAX: usize = 1 << 30;

/// Event keys remembered when the configuration names no other number. At the cap the oldest hour is
/// forgotten before its 24 hours are over, and counted.
pub const WINDOW_KEYS_MAX: usize = 8 << 20;
