//! A file of frames: its name, its header, and the catalogue of all of them.
//!
//! ```text
//! name    00000000000000000042-0000.segment          base lsn, attempt
//!
//! offset  0            8         12         16         24        28
//!         "VTRNJRNL"   version   attempt    base lsn   crc32c    frames, see `frame`
//!                      u32       u32        u64        u32
//! ```
//!
//! All numbers are little endian; the checksum covers what stands before it. The base lsn is that of
//! the first frame. A segment in which a write or sync failed is left as it is, and its records that
//! were not acknowledged are written again to a new segment. That segment begins with the first of
//! them, so from its base lsn on it supersedes the older one:
//!
//! ```text
//! 001-0000   1 2 3 4 5 [6 7]      6 and 7 were never acknowledged: superseded, whatever they hold
//! 006-0000   [..]                 making this one failed too, so the next is attempt 1
//! 006-0001   6 7 8 9
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::JournalError;

/// The bytes before the first frame.
pub(crate) const HEADER_BYTES: usize = 28;

/// The bytes before the first frame, as an offset.
pub(crate) const FRAMES_START: u64 = HEADER_BYTES as u64;

const MAGIC: &[u8; 8] = b"VTRNJRNL";
const VERSION: u32 = 1;
const SUFFIX: &str = ".segment";

/// Which segment, in the order in which segments follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SegmentId {
    /// The position of the first frame.
    pub(crate) base_lsn: u64,
    /// Above 0 when earlier segments with the same base failed.
    pub(crate) attempt: u32,
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// It is the header of this segment.
    Whole,
    /// A later version wrote it.
    Version(u32),
    /// It is something else.
    Bad(&'static str),
}

/// All segments that are on disk or may be, oldest first.
#[derive(Debug)]
pub(crate) struct Catalogue {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    list: Vec<Entry>,
    /// Changes whenever the list does.
    version: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) id: SegmentId,
    /// Whether the header is known to be durable: only then may older segments be deleted, because
    /// the last good segment is also what remembers the journal's position.
    pub(crate) good: bool,
}

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The segment that has it.
    pub(crate) segment: SegmentId,
    /// The segment is superseded from this position on.
    pub(crate) until_lsn: u64,
    /// The catalogue's version of this answer.
    pub(crate) version: u64,
}

// === impl SegmentId ===

impl SegmentId {
    /// The file's name.
    pub(crate) fn name(self) -> String {
        format!("{:020}-{:04}{SUFFIX}", self.base_lsn, self.attempt)
    }

    /// Reads a file's name; `None` when it is no segment's.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (base_lsn, attempt) = name.strip_suffix(SUFFIX)?.split_once('-')?;
        let id = Self { base_lsn: base_lsn.parse().ok()?, attempt: attempt.parse().ok()? };
        (id.base_lsn > 0 && id.name() == name).then_some(id)
    }

    /// The segment's header.
    pub(crate) fn header(self) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(MAGIC);
        header[8..12].copy_from_slice(&VERSION.to_le_bytes());
        header[12..16].copy_from_slice(&self.attempt.to_le_bytes());
        header[16..24].copy_from_slice(&self.base_lsn.to_le_bytes());
        let crc = crc32c::crc32c(&header[..24]);
        header[24..].copy_from_slice(&crc.to_le_bytes());
        header
    }

    /// Compares a file's beginning with the header that it should have.
    pub(crate) fn check_header(self, bytes: &[u8]) -> Header {
        let Some(bytes) = bytes.first_chunk::<HEADER_BYTES>() else {
            return Header::Bad("the header is cut off");
        };
        if *bytes == self.header() {
            return Header::Whole;
        }
        let [.., c0, c1, c2, c3] = *bytes;
        if crc32c::crc32c(&bytes[..24]) != u32::from_le_bytes([c0, c1, c2, c3]) {
            return Header::Bad("the header's checksum is wrong");
        }
        if &bytes[..8] != MAGIC {
            return Header::Bad("the header is no journal segment's");
        }
        match u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) {
            VERSION => Header::Bad("the header is another segment's: the file was renamed"),
            version => Header::Version(version),
        }
    }
}

// === impl Catalogue ===

impl Catalogue {
    /// The catalogue of what recovery found.
    pub(crate) fn new(list: Vec<Entry>) -> Self {
        Self { entries: Mutex::new(Entries { list, version: 0 }) }
    }

    /// Names the next segment for a base. It is listed before it is made, so that a failure cannot
    /// lead to the same name again; a reader does not look into it before a record in it is durable.
    pub(crate) fn begin(&self, base_lsn: u64) -> SegmentId {
        let mut entries = self.lock();
        let attempt = match entries.list.last() {
            Some(last) if last.id.base_lsn == base_lsn => last.id.attempt.saturating_add(1),
            Some(_) | None => 0,
        };
        let id = SegmentId { base_lsn, attempt };
        entries.list.push(Entry { id, good: false });
        entries.version += 1;
        id
    }

    /// Notes that the newest segment's header is durable.
    pub(crate) fn mark_last_good(&self) {
        if let Some(last) = self.lock().list.last_mut() {
            last.good = true;
        }
    }

    /// Where a durable record is.
    ///
    /// # Errors
    /// When retention has deleted it.
    pub(crate) fn locate(&self, lsn: u64) -> Result<Place, JournalError> {
        let entries = self.lock();
        let after = entries.list.partition_point(|entry| entry.id.base_lsn <= lsn);
        let Some(index) = after.checked_sub(1) else {
            let first_lsn = entries.list.first().map_or(0, |entry| entry.id.base_lsn);
            return Err(JournalError::Gone { lsn, first_lsn });
        };
        Ok(Place {
            segment: entries.list[index].id,
            until_lsn: entries.list.get(after).map_or(u64::MAX, |next| next.id.base_lsn),
            version: entries.version,
        })
    }

    /// The base of the oldest segment, if there is one.
    pub(crate) fn first_lsn(&self) -> Option<u64> {
        self.lock().list.first().map(|entry| entry.id.base_lsn)
    }

    /// Takes the oldest segment off the list if all its records lie below a position and a newer good
    /// segment remains.
    pub(crate) fn take_oldest_below(&self, lsn: u64) -> Option<Entry> {
        let mut entries = self.lock();
        let covered = |entry: &Entry| entry.good && entry.id.base_lsn <= lsn;
        if !entries.list.iter().skip(1).any(covered) {
            return None;
        }
        entries.version += 1;
        Some(entries.list.remove(0))
    }

    /// Puts the oldest segment back: it could not be deleted.
    pub(crate) fn put_back(&self, entry: Entry) {
        let mut entries = self.lock();
        entries.list.insert(0, entry);
        entries.version += 1;
    }

    /// How many segments there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().list.len()
    }

    /// Changes whenever the list does; see [`Place::version`].
    pub(crate) fn version(&self) -> u64 {
        self.lock().version
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // No code that can panic runs under this lock.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, Entry, HEADER_BYTES, Header, SegmentId};

    fn id(base_lsn: u64, attempt: u32) -> SegmentId {
        SegmentId { base_lsn, attempt }
    }

    #[test]
    fn a_segment_is_known_by_its_name_and_nothing_else_is_taken_for_one() {
        assert_eq!(id(42, 3).name(), "00000000000000000042-0003.segment");
        assert_eq!(SegmentId::parse(&id(u64::MAX, u32::MAX).name()), Some(id(u64::MAX, u32::MAX)));
        for name in [
            "lock",
            "42-3.segment",
            "00000000000000000000-0000.segment",
            "00000000000000000042-0003.segment.torn-99",
            "+0000000000000000042-0003.segment",
        ] {
            assert_eq!(SegmentId::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_header_is_noticed() {
        let whole = id(42, 3).header();
        assert_eq!(id(42, 3).check_header(&whole), Header::Whole);
        for place in 0..HEADER_BYTES * 8 {
            let mut header = whole;
            header[place / 8] ^= 1 << (place % 8);
            assert_eq!(
                id(42, 3).check_header(&header),
                Header::Bad("the header's checksum is wrong"),
                "bit {place}"
            );
        }
    }

    #[test]
    fn a_header_of_a_later_version_or_another_segment_is_named() {
        let mut later = id(42, 3).header();
        later[8] = 2;
        let crc = crc32c::crc32c(&later[..24]);
        later[24..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(id(42, 3).check_header(&later), Header::Version(2));
        assert!(matches!(id(42, 3).check_header(&id(43, 3).header()), Header::Bad(_)));
    }

    #[test]
    fn the_newest_segment_that_begins_at_or_before_a_record_has_it() {
        let entries = [(1, 0), (6, 0), (6, 1)];
        let entry = |(base, attempt)| Entry { id: id(base, attempt), good: true };
        let catalogue = Catalogue::new(entries.into_iter().map(entry).collect());
        let place = |lsn| catalogue.locate(lsn).map(|place| (place.segment, place.until_lsn)).ok();
        assert_eq!(place(5), Some((id(1, 0), 6)));
        assert_eq!(place(6), Some((id(6, 1), u64::MAX)));
        assert_eq!(place(0), None);
    }

    #[test]
    fn retention_keeps_the_last_segment_that_is_known_to_be_good() {
        let entry = |base, good| Entry { id: id(base, 0), good };
        let catalogue = Catalogue::new(vec![entry(1, true), entry(6, true), entry(9, false)]);
        assert!(catalogue.take_oldest_below(5).is_none());
        assert_eq!(catalogue.take_oldest_below(9).map(|entry| entry.id), Some(id(1, 0)));
        assert!(catalogue.take_oldest_below(9).is_none(), "9 may not be on disk");
    }
}
