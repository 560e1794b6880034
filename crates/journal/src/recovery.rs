//! Opening what an earlier process left behind.
//!
//! Every segment is read from end to end. Nothing is changed before all of it is judged, and damage
//! ends the opening with the file, the offset and what to do. Only the end of the last segment can be
//! torn, and only there something is changed:
//!
//! 1. The torn bytes are copied to a file of their own, which is synced; then the segment is cut.
//! 2. What remains of the last segment is written over itself and synced. It may have been written by
//!    a process whose sync failed; the kernel then shows it although it is not on disk, and would not
//!    write it by itself.
//!
//! **Torn or damaged?** Everything before a batch was durable when the batch was written. So:
//!
//! ```text
//! what follows the unreadable place                          it is
//! ---------------------------------------------------------  -------
//! no valid frame                                             torn
//! a valid frame that begins a batch                          damaged
//! valid frames of the same batch, no hole before them        damaged
//! valid frames of the same batch, after a hole               torn
//! ```
//!
//! A hole is a sector of zeros: a power failure can keep the later sectors of an unfinished write and
//! lose earlier ones, but it does not change single bytes.

use std::io;

use crate::disk::{Disk, DiskFile};
use crate::frame;
use crate::journal::Recovery;
use crate::limits::READ_BYTES;
use crate::scanner::{Scanner, Step};
use crate::segment::{Entry, FRAMES_START, Header, SegmentId};
use crate::{JournalError, frame::Parsed};

/// The unit in which disks lose writes.
const SECTOR_BYTES: u64 = 512;

/// What was found on disk.
#[derive(Debug)]
pub(crate) struct Recovered {
    /// All segments, oldest first.
    pub(crate) entries: Vec<Entry>,
    /// The position of the next record.
    pub(crate) next_lsn: u64,
    /// For the caller of `open`.
    pub(crate) report: Recovery,
}

/// How the scan of a segment ended.
enum End {
    /// All frames up to where the next segment takes over, or to the end of the last one.
    Whole,
    /// Unreadable from the scanner's place on.
    Bad(&'static str),
}

/// The last segment, whose end has yet to be judged.
struct Last {
    id: SegmentId,
    scanner: Scanner,
    end: End,
    good: bool,
}

/// Reads all segments and cuts a torn end.
pub(crate) fn recover(disk: &Disk) -> Result<Recovered, JournalError> {
    let mut ids: Vec<SegmentId> = disk
        .names()
        .map_err(|source| disk.error("list", "", source))?
        .iter()
        .filter_map(|name| SegmentId::parse(name))
        .collect();
    ids.sort_unstable();
    let mut next_lsn = ids.first().map_or(1, |id| id.base_lsn);
    let mut entries = Vec::with_capacity(ids.len());
    let mut last = None;
    for (index, &id) in ids.iter().enumerate() {
        check_gap(disk, id, next_lsn)?;
        next_lsn = id.base_lsn;
        match ids.get(index + 1) {
            // It is superseded whole, whatever it holds.
            Some(next) if next.base_lsn == id.base_lsn => {
                entries.push(Entry { id, good: false });
            }
            Some(next) => {
                scan_inner(disk, id, next.base_lsn, &mut next_lsn)?;
                entries.push(Entry { id, good: true });
            }
            None => {
                let scanned = scan_last(disk, id, &mut next_lsn)?;
                entries.push(Entry { id, good: scanned.good });
                last = Some(scanned);
            }
        }
    }
    let mut report = Recovery {
        first_lsn: ids.first().map_or(0, |id| if id.base_lsn < next_lsn { id.base_lsn } else { 0 }),
        last_lsn: next_lsn - 1,
        segments: entries.len(),
        torn_bytes: 0,
        torn_file: None,
    };
    if let Some(last) = last {
        repair_last(disk, last, next_lsn, &mut report)?;
    }
    Ok(Recovered { entries, next_lsn, report })
}

fn check_gap(disk: &Disk, id: SegmentId, next_lsn: u64) -> Result<(), JournalError> {
    if id.base_lsn <= next_lsn {
        return Ok(());
    }
    let path = disk.path(&id.name());
    Err(JournalError::Gap { path, missing_from: next_lsn, missing_to: id.base_lsn - 1 })
}

/// A segment that another one follows: every record up to there must be readable.
fn scan_inner(
    disk: &Disk,
    id: SegmentId,
    until_lsn: u64,
    next_lsn: &mut u64,
) -> Result<(), JournalError> {
    let mut scanner = open(disk, id)?;
    match header(disk, id, &scanner)? {
        End::Whole => {}
        End::Bad(what) => return Err(damaged(disk, id, 0, *next_lsn, what)),
    }
    match scan(disk, id, &mut scanner, until_lsn, next_lsn)? {
        End::Bad(what) => Err(damaged(disk, id, scanner.offset(), *next_lsn, what)),
        End::Whole => Ok(()),
    }
}

fn scan_last(disk: &Disk, id: SegmentId, next_lsn: &mut u64) -> Result<Last, JournalError> {
    let mut scanner = open(disk, id)?;
    if let End::Bad(what) = header(disk, id, &scanner)? {
        scanner.rewind();
        return Ok(Last { id, scanner, end: End::Bad(what), good: false });
    }
    let end = scan(disk, id, &mut scanner, u64::MAX, next_lsn)?;
    Ok(Last { id, scanner, end, good: true })
}

fn open(disk: &Disk, id: SegmentId) -> Result<Scanner, JournalError> {
    let file = disk.open(&id.name());
    Ok(Scanner::new(file.map_err(|source| disk.error("open", &id.name(), source))?))
}

fn header(disk: &Disk, id: SegmentId, scanner: &Scanner) -> Result<End, JournalError> {
    let header = scanner.check_header(id);
    match header.map_err(|source| disk.error("read", &id.name(), source))? {
        Header::Whole => Ok(End::Whole),
        Header::Bad(what) => Ok(End::Bad(what)),
        Header::Version(found) => {
            Err(JournalError::UnknownFormat { path: disk.path(&id.name()), found })
        }
    }
}

/// Steps over frames until the first that the next segment has too.
fn scan(
    disk: &Disk,
    id: SegmentId,
    scanner: &mut Scanner,
    until_lsn: u64,
    next_lsn: &mut u64,
) -> Result<End, JournalError> {
    while *next_lsn < until_lsn {
        let step = scanner.step();
        match step.map_err(|source| disk.error("read", &id.name(), source))? {
            Step::Frame(parsed) if parsed.lsn == *next_lsn => {
                scanner.advance(&parsed);
                *next_lsn += 1;
            }
            // Its checksum is right, so no crash has made it.
            Step::Frame(_) => {
                let what = "a whole record, but with another position than expected";
                return Err(damaged(disk, id, scanner.offset(), *next_lsn, what));
            }
            Step::Bad(what) => return Ok(End::Bad(what)),
            // What is missing then is found by comparing positions with the next segment.
            Step::End => return Ok(End::Whole),
        }
    }
    Ok(End::Whole)
}

fn repair_last(
    disk: &Disk,
    last: Last,
    next_lsn: u64,
    report: &mut Recovery,
) -> Result<(), JournalError> {
    let Last { id, scanner, end, good: _ } = last;
    let offset = scanner.offset();
    let name = id.name();
    let reading = |source| disk.error("read", &name, source);
    let tail = match end {
        End::Whole => Vec::new(),
        End::Bad(what) => {
            let tail = read_tail(scanner.file(), offset).map_err(reading)?;
            if is_damage(&tail, offset, next_lsn) {
                return Err(damaged(disk, id, offset, next_lsn, what));
            }
            tail
        }
    };
    let writing = |source| disk.error("write", &name, source);
    let file = disk.open_writable(&name).map_err(|source| disk.error("open", &name, source))?;
    if !tail.is_empty() {
        let side_name = format!("{name}.torn-{offset}");
        keep(disk, &side_name, &tail).map_err(|source| disk.error("write", &side_name, source))?;
        file.truncate(offset).map_err(writing)?;
        report.torn_bytes = tail.len() as u64;
        report.torn_file = Some(disk.path(&side_name));
        tracing::warn!(
            bytes = tail.len(), offset, segment = %name, kept = %side_name,
            "an unfinished write was cut from the end of the journal"
        );
    }
    rewrite(&file, offset).map_err(writing)
}

/// Everything from an offset to the end of the file: at most a segment and a backlog.
pub(crate) fn read_tail(file: &DiskFile, offset: u64) -> io::Result<Vec<u8>> {
    let bytes = file.bytes()?.saturating_sub(offset);
    let bytes = usize::try_from(bytes).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut tail = vec![0; bytes];
    let read = file.read_at(&mut tail, offset)?;
    tail.truncate(read);
    Ok(tail)
}

/// Keeps torn bytes in a file of their own. One of the same name is from a recovery that was
/// interrupted before it cut the segment, so it holds nothing that the segment does not.
fn keep(disk: &Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    disk.remove(name)?;
    let file = disk.create(name)?;
    file.write_at(bytes, 0)?;
    file.sync()?;
    disk.sync_folder()
}

/// Writes the beginning of a file over itself and syncs it.
fn rewrite(file: &DiskFile, until: u64) -> io::Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    let mut offset = 0;
    while offset < until {
        let wanted =
            usize::try_from(until - offset).map_or(READ_BYTES, |left| left.min(READ_BYTES));
        let read = file.read_at(&mut buffer[..wanted], offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.write_at(&buffer[..read], offset)?;
        offset += read as u64;
    }
    file.sync()
}

fn damaged(disk: &Disk, id: SegmentId, offset: u64, lsn: u64, what: &'static str) -> JournalError {
    JournalError::Damaged { path: disk.path(&id.name()), offset, lsn, what }
}

/// Whether the bytes from an unreadable place to the end of the last segment show that the place was
/// once durable. `lsn` is that of the record that should be there.
pub(crate) fn is_damage(tail: &[u8], offset: u64, lsn: u64) -> bool {
    let Some((first, parsed)) = following_frame(tail, 1, lsn) else {
        return false;
    };
    if offset < FRAMES_START || parsed.begins_batch || !has_hole(&tail[..first], offset) {
        return true;
    }
    let mut place = first + parsed.bytes();
    while let Some((found, parsed)) = following_frame(tail, place, lsn) {
        if parsed.begins_batch {
            return true;
        }
        place = found + parsed.bytes();
    }
    false
}

/// The first valid frame from `start` on, with a position that could be one of this segment's.
fn following_frame(tail: &[u8], start: usize, lsn: u64) -> Option<(usize, Parsed)> {
    let lsn_max = lsn.saturating_add(tail.len() as u64 / frame::HEADER_BYTES as u64);
    (start..tail.len()).find_map(|place| {
        let header = tail.get(place..place + frame::HEADER_BYTES)?;
        // Comparing the position first spares nearly all checksums.
        if !(lsn..=lsn_max).contains(&frame::lsn_at(header)) {
            return None;
        }
        frame::parse(&tail[place..]).ok().map(|parsed| (place, parsed))
    })
}

/// Whether some sector of the file, or what of the first lies within these bytes, is all zeros.
fn has_hole(bytes: &[u8], offset: u64) -> bool {
    let (Ok(into), Ok(sector)) =
        (usize::try_from(offset % SECTOR_BYTES), usize::try_from(SECTOR_BYTES))
    else {
        return false;
    };
    let zeros = |bytes: &[u8]| bytes.iter().all(|&byte| byte == 0);
    match bytes.split_at_checked(sector - into) {
        Some((lead, rest)) => zeros(lead) || rest.chunks_exact(sector).any(zeros),
        None => false,
    }
}

#[cfg(test)]
pub(crate) mod tests;
