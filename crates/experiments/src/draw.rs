//! What a unit is drawn for besides its variant.
//!
//! Each draw is by the same hash as a [`Split`](crate::Split), under a salt of its own that no campaign can have:
//! its first part ends in a control character, which the salt of a campaign must not have. So a draw knows nothing
//! of any split nor of another draw, and anybody can recompute it as they recompute an assignment.

use crate::murmur3::murmur3_32;

/// Puts a unit into one of `total` buckets of equal size: 0 to `total` less 1, and 0 when there are none.
pub fn bucket(salt: &str, unit: &str, total: u32) -> u32 {
    let hash = murmur3_32(&[salt.as_bytes(), unit.as_bytes()].concat());
    bucket_of(hash, total)
}

/// The bucket of a hash.
pub(crate) fn bucket_of(hash: u32, total: u32) -> u32 {
    let bucket = (u64::from(hash) * u64::from(total)) >> 32;
    u32::try_from(bucket)
        .expect("a 32-bit hash times the total has less than the total above bit 32")
}

/// The salt by which units are held out of the experiment of a salt.
pub fn holdout_salt(salt: &str) -> String {
    format!("holdout\u{1f}{salt}")
}

/// The salt by which units are held out of everything, by the key and the salt of that holdout. The key has a part in it,
/// so a holdout under a new one draws everybody again, whatever its salt.
pub fn tenant_holdout_salt(key: &str, salt: &str) -> String {
    format!("tenant-holdout\u{1f}{key}\u{1f}{salt}")
}

/// The salt by which units have their places in a layer.
pub fn layer_salt(layer: &str) -> String {
    format!("layer\u{1f}{layer}")
}

#[cfg(test)]
mod tests;
