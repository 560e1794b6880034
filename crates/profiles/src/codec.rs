//! A customer's row in the checkpoint.
//!
//! ```text
//! | version: u8 = 8 | record | SipHash-1-3: u64 LE |
//! ```
//!
//! The record is written by bincode 2 with variable-length integers. The hash is of the customer's id
//! and of what is before it in the row. Rows of earlier versions, which no release has written, are
//! not read: they summed up orders that this version remembers one by one. A file of them is refused
//! as a whole when it is opened.
//!
//! The records are types of their own in [`record`] and [`happened`], with one exhaustive conversion each
//! way, so a new field of [`Profile`] does not compile until the format knows it; a format that can no
//! longer be read the same way gets a new version byte. The hash finds damage, which the file's own checksums
//! find only when the whole file is checked. Reading never trusts a
//! length: the decoder is bounded by [`ROW_BYTES_MAX`], and every name is parsed again.

mod happened;
mod record;

use std::hash::Hasher;
use std::sync::Arc;

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use model::{CustomerId, Profile};
use siphasher::sip::SipHasher13;

use crate::limits::ROW_BYTES_MAX;
use record::Record;

const VERSION: u8 = 8;
const HASH_BYTES: usize = 8;

/// What the checkpoint holds of one customer id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Row {
    /// A customer.
    Profile(Arc<Profile>),
    /// An id that was merged into another, smaller one.
    Moved(CustomerId),
}

/// Why bytes are not a row.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    #[error("its checksum does not match")]
    Checksum,
    #[error("it has version {0}")]
    Version(u8),
    #[error("it has {0} bytes")]
    Length(usize),
    #[error("it cannot be decoded")]
    Record,
    #[error("it holds {0}")]
    Value(&'static str),
}

/// Appends the row's bytes to `row`, which is emptied first.
///
/// # Errors
/// When the row would be larger than a row may be.
pub(crate) fn encode(id: CustomerId, value: &Row, row: &mut Vec<u8>) -> Result<(), Flaw> {
    row.clear();
    row.push(VERSION);
    let record = Record::of(value);
    bincode::encode_into_std_write(&record, row, config()).map_err(|_| Flaw::Record)?;
    let hash = hash(id, row);
    row.extend_from_slice(&hash.to_le_bytes());
    if row.len() > ROW_BYTES_MAX {
        return Err(Flaw::Length(row.len()));
    }
    Ok(())
}

/// Reads a row.
///
/// # Errors
/// When the bytes are not exactly what [`encode`] wrote.
pub(crate) fn decode(id: CustomerId, row: &[u8]) -> Result<Row, Flaw> {
    let parts = row.split_last_chunk::<HASH_BYTES>();
    let Some((body, hash_bytes)) = parts.filter(|_| row.len() <= ROW_BYTES_MAX) else {
        return Err(Flaw::Length(row.len()));
    };
    if hash(id, body) != u64::from_le_bytes(*hash_bytes) {
        return Err(Flaw::Checksum);
    }
    let (&version, records) = body.split_first().ok_or(Flaw::Length(row.len()))?;
    if version != VERSION {
        return Err(Flaw::Version(version));
    }
    let (record, used): (Record<'_>, _) =
        bincode::borrow_decode_from_slice(records, config()).map_err(|_| Flaw::Record)?;
    if used != records.len() {
        return Err(Flaw::Record);
    }
    Ok(match record {
        Record::Moved(to) => Row::Moved(record::moved(id, to)?),
        Record::Profile(record) => Row::Profile(Arc::new(record.into_profile(id)?)),
    })
}

/// Whether the bytes are of a profile, without decoding them; used to keep count.
pub(crate) fn is_profile(row: &[u8]) -> bool {
    row.get(1) == Some(&record::PROFILE_TAG)
}

type Config = Configuration<LittleEndian, Varint, Limit<ROW_BYTES_MAX>>;

const fn config() -> Config {
    bincode::config::standard().with_limit::<ROW_BYTES_MAX>()
}

fn hash(id: CustomerId, bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x7669_7472_696e_6521, 0x726f_7721_2121_2121);
    hasher.write(&id.to_u128().to_le_bytes());
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests;
