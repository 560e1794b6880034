//! Names as numbers: what a profile remembers things by, instead of by their names.
//!
//! A fingerprint is SipHash-1-3 under a key of Vitrine's own and a label, which says what kind of name it is, so that
//! an order and an event of one name are two. It is on disk, so none of this must ever change.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// The fingerprint of a name of some kind.
pub fn fingerprint(label: u64, name: &[u8]) -> u64 {
    let mut hasher = hasher(label);
    hasher.write(name);
    hasher.finish()
}

/// Half of it, for where two are told apart among a few.
pub fn short_fingerprint(label: u64, name: &[u8]) -> u32 {
    half(fingerprint(label, name))
}

/// Makes the fingerprint of a name that is not in one piece.
pub(crate) fn hasher(label: u64) -> SipHasher13 {
    SipHasher13::new_with_keys(0x7669_7472_696e_6521, label)
}

/// Half of a fingerprint.
pub(crate) fn half(fingerprint: u64) -> u32 {
    let [a, b, c, d, ..] = fingerprint.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
