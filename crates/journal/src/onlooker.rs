//! Reading the files of a journal that another process may be writing.
//!
//! An onlooker locks nothing and writes nothing. It is not told what is durable, so it may give the
//! last records before they are; and it ends where the files ended, a torn end included, which the
//! owner cuts at its next start. Damage anywhere else is an error with its place, as it is for the
//! owner. The segments are those that were there when it was opened.

use std::io;
use std::path::Path;

use crate::disk::{Disk, Folder};
use crate::recovery::{is_damage, read_tail};
use crate::scanner::{Scanner, Step};
use crate::segment::{Header, SegmentId};
use crate::{Frame, JournalError, frame};

/// Reads the records of a journal that another process may have open, in order.
#[derive(Debug)]
pub struct Onlooker {
    disk: Disk,
    /// Oldest first.
    segments: Vec<SegmentId>,
    /// The place of the segment that is read.
    place: usize,
    scanner: Option<Scanner>,
    next_lsn: u64,
}

/// What a look at the scanner's place came to.
enum Found {
    Frame(frame::Parsed),
    End,
}

// === impl Onlooker ===

impl Onlooker {
    /// Looks at the journal in a folder from the record at this position on; with 0 from the first that
    /// is still there.
    ///
    /// # Errors
    /// When the folder cannot be read, or retention has already deleted that record.
    pub fn open(dir: &Path, from_lsn: u64) -> Result<Self, JournalError> {
        Self::on(Disk::Folder(Folder::unlocked(dir)?), from_lsn)
    }

    pub(crate) fn on(disk: Disk, from_lsn: u64) -> Result<Self, JournalError> {
        let names = disk.names().map_err(|source| disk.error("list", "", source))?;
        let mut segments: Vec<SegmentId> =
            names.iter().filter_map(|name| SegmentId::parse(name)).collect();
        segments.sort_unstable();
        let first_lsn = segments.first().map_or(1, |id| id.base_lsn);
        if from_lsn != 0 && from_lsn < first_lsn {
            return Err(JournalError::Gone { lsn: from_lsn, first_lsn });
        }
        let next_lsn = from_lsn.max(first_lsn);
        let after = segments.partition_point(|id| id.base_lsn <= next_lsn);
        let place = after.saturating_sub(1);
        Ok(Self { disk, segments, place, scanner: None, next_lsn })
    }

    /// The next record; `None` at the end of what is there.
    ///
    /// # Errors
    /// When a segment cannot be read, is damaged or was deleted by retention meanwhile.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend its buffer")]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, JournalError> {
        let parsed = loop {
            let Some(&id) = self.segments.get(self.place) else { return Ok(None) };
            // From there on the next segment has the records, whatever this one holds.
            let next = self.segments.get(self.place + 1).copied();
            if next.is_some_and(|next| next.base_lsn <= self.next_lsn) {
                self.place += 1;
                self.scanner = None;
                continue;
            }
            match self.look(id, next.is_none())? {
                Found::Frame(parsed) => break parsed,
                Found::End => return Ok(None),
            }
        };
        let scanner = self.scanner.as_mut().expect("a frame was just found in it");
        let payload = scanner.advance(&parsed);
        self.next_lsn += 1;
        Ok(Some(Frame { lsn: parsed.lsn, kind: parsed.kind, payload: scanner.payload(payload) }))
    }

    /// The position of the record that [`Self::next`] gives next, or would.
    pub const fn next_lsn(&self) -> u64 {
        self.next_lsn
    }

    /// Finds the next record in a segment. Only the last one may end.
    fn look(&mut self, id: SegmentId, is_last: bool) -> Result<Found, JournalError> {
        let mut scanner = match self.scanner.take() {
            Some(scanner) => scanner,
            None => match self.begin(id, is_last)? {
                Some(scanner) => scanner,
                None => return Ok(Found::End),
            },
        };
        let reading = |source| self.disk.error("read", &id.name(), source);
        loop {
            let flaw = match scanner.step().map_err(reading)? {
                Step::Frame(parsed) if parsed.lsn == self.next_lsn => {
                    self.scanner = Some(scanner);
                    return Ok(Found::Frame(parsed));
                }
                Step::Frame(parsed) if parsed.lsn < self.next_lsn => {
                    scanner.advance(&parsed);
                    continue;
                }
                Step::Frame(_) => "a record is missing",
                Step::End if is_last => return Ok(Found::End),
                Step::End => "the file ends too soon",
                Step::Bad(what) if is_last => {
                    // More may have been written since it was read ahead.
                    let tail = read_tail(scanner.file(), scanner.offset()).map_err(reading)?;
                    if frame::parse(&tail).is_ok() {
                        scanner.forget();
                        continue;
                    }
                    if !is_damage(&tail, scanner.offset(), self.next_lsn) {
                        return Ok(Found::End);
                    }
                    what
                }
                Step::Bad(what) => what,
            };
            return Err(self.damaged(id, scanner.offset(), flaw));
        }
    }

    /// Opens a segment; `None` when it is the last one and has no whole header yet.
    fn begin(&self, id: SegmentId, is_last: bool) -> Result<Option<Scanner>, JournalError> {
        let name = id.name();
        let file = self.disk.open(&name).map_err(|source| match source.kind() {
            // Retention deletes the oldest first.
            io::ErrorKind::NotFound => {
                let later = self.segments.get(self.place + 1);
                let first_lsn = later.map_or(self.next_lsn + 1, |next| next.base_lsn);
                JournalError::Gone { lsn: self.next_lsn, first_lsn }
            }
            _ => self.disk.error("open", &name, source),
        })?;
        let scanner = Scanner::new(file);
        let reading = |source| self.disk.error("read", &name, source);
        match scanner.check_header(id).map_err(reading)? {
            Header::Whole => Ok(Some(scanner)),
            Header::Bad(what) if is_last => {
                // It may have been written since.
                let whole = read_tail(scanner.file(), 0).map_err(reading)?;
                match id.check_header(&whole) {
                    Header::Whole => Ok(Some(scanner)),
                    _ if is_damage(&whole, 0, self.next_lsn) => Err(self.damaged(id, 0, what)),
                    _ => Ok(None),
                }
            }
            Header::Bad(what) => Err(self.damaged(id, 0, what)),
            Header::Version(found) => {
                Err(JournalError::UnknownFormat { path: self.disk.path(&name), found })
            }
        }
    }

    fn damaged(&self, id: SegmentId, offset: u64, what: &'static str) -> JournalError {
        let path = self.disk.path(&id.name());
        JournalError::Damaged { path, offset, lsn: self.next_lsn, what }
    }
}

#[cfg(test)]
mod tests;
