//! One record's bytes within a segment.
//!
//! ```text
//! offset  0          4          8          16     17
//!         len | B    crc32c     lsn        kind   payload (len bytes)
//!         u32        u32        u64        u8
//! ```
//!
//! All numbers are little endian. The checksum covers everything but itself. `B`, the top bit of
//! `len`, marks the first frame of a batch: a batch is written only after the one before is durable, so
//! a frame of a later batch proves that everything before it was once on disk. That is how
//! `recovery` tells damage from a torn write.

use std::ops::Range;

use crate::limits::PAYLOAD_BYTES_MAX;

/// The bytes before the payload.
pub(crate) const HEADER_BYTES: usize = 17;

const BATCH_FLAG: u32 = 1 << 31;
const CRC: Range<usize> = 4..8;
const LSN: Range<usize> = 8..16;
const KIND: usize = 16;

/// A whole frame at the start of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) lsn: u64,
    pub(crate) kind: u8,
    pub(crate) begins_batch: bool,
    pub(crate) payload_bytes: usize,
}

/// Why no frame could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unparsed {
    /// At least so many bytes are needed.
    Needs(usize),
    /// They can never become a frame.
    Bad(&'static str),
}

/// Appends a frame without its checksum, which [`seal`] adds off the callers' path. `false` when the
/// payload is too long: then the buffer is as before.
pub(crate) fn append(
    buffer: &mut Vec<u8>,
    lsn: u64,
    kind: u8,
    write: impl FnOnce(&mut Vec<u8>),
) -> bool {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; 8]);
    buffer.extend_from_slice(&lsn.to_le_bytes());
    buffer.push(kind);
    write(buffer);
    let length = buffer.len().checked_sub(start + HEADER_BYTES);
    match length.filter(|&length| length <= PAYLOAD_BYTES_MAX).map(u32::try_from) {
        Some(Ok(length)) => {
            buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
            true
        }
        Some(Err(_)) | None => {
            buffer.truncate(start);
            false
        }
    }
}

/// Marks the first of the appended frames as the beginning of a batch and adds all checksums.
pub(crate) fn seal(batch: &mut [u8]) {
    let mut start = 0;
    while let Some(header) = batch.get(start..start + HEADER_BYTES) {
        let length = u32_at(header, 0);
        let end = start + HEADER_BYTES + payload_bytes(length);
        if start == 0 {
            batch[..4].copy_from_slice(&(length | BATCH_FLAG).to_le_bytes());
        }
        let crc = checksum(&batch[start..end]);
        batch[start..end][CRC].copy_from_slice(&crc.to_le_bytes());
        start = end;
    }
}

/// Reads the frame at the start of some bytes.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, Unparsed> {
    let header = bytes.get(..HEADER_BYTES).ok_or(Unparsed::Needs(HEADER_BYTES))?;
    let length = u32_at(header, 0);
    let payload_bytes = payload_bytes(length);
    if payload_bytes > PAYLOAD_BYTES_MAX {
        return Err(Unparsed::Bad("the frame's length is impossible"));
    }
    let end = HEADER_BYTES + payload_bytes;
    let frame = bytes.get(..end).ok_or(Unparsed::Needs(end))?;
    if checksum(frame) != u32_at(header, CRC.start) {
        return Err(Unparsed::Bad("the frame's checksum is wrong"));
    }
    let begins_batch = length & BATCH_FLAG != 0;
    Ok(Parsed { lsn: lsn_at(header), kind: header[KIND], begins_batch, payload_bytes })
}

/// The position that a frame header claims, unchecked. The bytes must hold a whole header.
pub(crate) fn lsn_at(header: &[u8]) -> u64 {
    u64::from_le_bytes(header[LSN].try_into().expect("the range has eight bytes"))
}

fn u32_at(bytes: &[u8], start: usize) -> u32 {
    u32::from_le_bytes(bytes[start..start + 4].try_into().expect("the range has four bytes"))
}

fn payload_bytes(length: u32) -> usize {
    usize::try_from(length & !BATCH_FLAG).unwrap_or(usize::MAX)
}

fn checksum(frame: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&frame[..CRC.start]), &frame[CRC.end..])
}

// === impl Parsed ===

impl Parsed {
    /// The bytes of the whole frame.
    pub(crate) const fn bytes(&self) -> usize {
        HEADER_BYTES + self.payload_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER_BYTES, Unparsed, append, parse, seal};
    use crate::limits::PAYLOAD_BYTES_MAX;

    fn batch(payloads: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (lsn, payload) in (7..).zip(payloads) {
            assert!(append(&mut bytes, lsn, 3, |buffer| buffer.extend_from_slice(payload)));
        }
        seal(&mut bytes);
        bytes
    }

    #[test]
    fn the_bytes_of_a_frame_never_change() {
        let bytes = batch(&[b"abc"]);
        let crc = crc32c::crc32c(b"\x03\x00\x00\x80\x07\x00\x00\x00\x00\x00\x00\x00\x03abc");
        let expected =
            [&[3, 0, 0, 0x80][..], &crc.to_le_bytes(), &[7, 0, 0, 0, 0, 0, 0, 0], &[3], b"abc"];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn only_the_first_frame_begins_a_batch() {
        let bytes = batch(&[b"", b"xyz"]);
        let first = parse(&bytes).expect("valid");
        let second = parse(&bytes[first.bytes()..]).expect("valid");
        assert_eq!((first.lsn, first.kind, first.begins_batch), (7, 3, true));
        assert_eq!((second.lsn, second.payload_bytes, second.begins_batch), (8, 3, false));
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_frame_is_noticed() {
        let whole = batch(&[b"some payload"]);
        for place in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[place / 8] ^= 1 << (place % 8);
            assert!(parse(&bytes).is_err(), "bit {place}");
        }
        assert_eq!(parse(&whole[..5]), Err(Unparsed::Needs(HEADER_BYTES)));
        assert_eq!(parse(&whole[..20]), Err(Unparsed::Needs(whole.len())));
        assert!(parse(&[0; 64]).is_err(), "a hole in the file is no frame");
    }

    #[test]
    fn a_payload_beyond_the_limit_leaves_the_buffer_as_it_was() {
        let mut buffer = b"before".to_vec();
        assert!(!append(&mut buffer, 1, 1, |b| b.resize(b.len() + PAYLOAD_BYTES_MAX + 1, 0)));
        assert_eq!(buffer, b"before");
    }
}
