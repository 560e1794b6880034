//! Short names that are made of what they stand for, so that the same thing has the same name wherever and
//! whenever it is named.

use sha2::{Digest, Sha256};

/// The first 16 bytes of the SHA-256 of all parts, one behind the other. Whoever has parts of varying length puts
/// something between them that neither can have.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let whole = digest.finalize();
    *whole.first_chunk().expect("a digest has 32 bytes")
}
