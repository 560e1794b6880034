//! The values of the file that are not customers, as bytes.
//!
//! ```text
//! head:        | format: u64 = 2 | covered lsn: u64 | profiles: u64 | checkpoints: u64 | hash: u64 |
//! event keys:  | key: u64 | key: u64 | ... | hash: u64 |
//! ```
//!
//! All numbers are little-endian. The hash, SipHash-1-3, is of what is before it, and for event keys of
//! their hour too. A later format keeps the first number in its place.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// The version of the file: of its tables, or of rows that are no longer read.
pub(super) const FORMAT_VERSION: u64 = 3;

/// The numbers that describe the file as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The journal position that the file covers.
    pub(super) covered_lsn: u64,
    /// Customers, merged-away ids not counted.
    pub(super) profiles: u64,
    /// Checkpoints written so far.
    pub(super) checkpoints: u64,
}

/// Why bytes are not a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadFlaw {
    /// It is of another version.
    Format(u64),
    /// Its hash or length is wrong.
    Damaged,
}

pub(super) const HEAD_LABEL: u64 = 0x6865_6164_2121_2121;
const KEYS_LABEL: u64 = 0x6b65_7973_2121_2121;

// === impl Head ===

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let numbers = [FORMAT_VERSION, self.covered_lsn, self.profiles, self.checkpoints];
        sealed(HEAD_LABEL, 0, &numbers)
    }

    pub(super) fn decode(row: &[u8]) -> Result<Self, HeadFlaw> {
        let numbers = opened(HEAD_LABEL, 0, row).ok_or(HeadFlaw::Damaged)?;
        match *numbers.as_slice() {
            [FORMAT_VERSION, covered_lsn, profiles, checkpoints] => {
                Ok(Self { covered_lsn, profiles, checkpoints })
            }
            [FORMAT_VERSION, ..] | [] => Err(HeadFlaw::Damaged),
            [format, ..] => Err(HeadFlaw::Format(format)),
        }
    }
}

/// A row of event keys.
pub(super) fn encode_keys(hour: i64, keys: &[u64]) -> Vec<u8> {
    sealed(KEYS_LABEL, hour, keys)
}

/// The keys of a row; `None` when it is damaged.
pub(super) fn decode_keys(hour: i64, row: &[u8]) -> Option<Vec<u64>> {
    opened(KEYS_LABEL, hour, row)
}

pub(super) fn sealed(label: u64, hour: i64, numbers: &[u64]) -> Vec<u8> {
    let mut row: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let hash = hash(label, hour, &row);
    row.extend_from_slice(&hash.to_le_bytes());
    row
}

fn opened(label: u64, hour: i64, row: &[u8]) -> Option<Vec<u64>> {
    let (body, seal) = row.split_last_chunk::<8>()?;
    let (words, rest) = body.as_chunks::<8>();
    if !rest.is_empty() || hash(label, hour, body) != u64::from_le_bytes(*seal) {
        return None;
    }
    Some(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

fn hash(label: u64, hour: i64, bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x7669_7472_696e_6521, label);
    hasher.write(&hour.to_le_bytes());
    hasher.write(bytes);
    hasher.finish()
}
