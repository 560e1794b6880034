//! Seals: what this installation gives away, and believes when it comes back.
//!
//! A seal is HMAC-SHA256 (RFC 2104) under a key. The pepper of the folder is one, for the keys of callers. All others
//! have a key that is derived from it, another one for each purpose, so that nothing that was sealed for one is believed
//! for another. See [`crate::keys::derived_key`].

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The installation's seal for one purpose.
#[derive(Clone)]
pub(crate) struct Seal(Hmac<Sha256>);

// === impl Seal ===

impl Seal {
    /// The seal of a key.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The MAC of a text.
    pub(crate) fn mac(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// The first half of it, which is guessed with odds of 1 to 2^128.
    pub(crate) fn short_mac(&self, text: &[u8]) -> u128 {
        let mac = self.mac(text);
        u128::from_be_bytes(*mac.first_chunk().expect("a MAC has 32 bytes"))
    }

    /// Whether this is the text's MAC, or its first bytes, of which there are 16 at least. The comparison takes the
    /// same time for every MAC.
    pub(crate) fn is_on(&self, text: &[u8], mac: &[u8]) -> bool {
        let mut own = self.0.clone();
        own.update(text);
        mac.len() >= 16 && own.verify_truncated_left(mac).is_ok()
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}
