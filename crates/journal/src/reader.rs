//! Reading records in order from a position on.
//!
//! A reader shares nothing with the writer but the catalogue of segments and the durable position. It
//! reads the same files while they grow, so what it has read ahead can be trusted only up to the
//! position that was durable before it was read; beyond, it reads again.

use std::io;
use std::sync::Arc;

use crate::JournalError;
use crate::journal::Shared;
use crate::scanner::{Scanner, Step};
use crate::segment::{Header, Place, SegmentId};

/// One record as it lies in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The record's position.
    pub lsn: u64,
    /// What the payload is; see [`crate::record::decode`].
    pub kind: u8,
    /// The payload.
    pub payload: &'a [u8],
}

/// Reads durable records in order. It may fall behind, wait and come back; the writer never waits for
/// it. It goes on after the journal is closed, to the end, and keeps the folder locked meanwhile.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    next_lsn: u64,
    /// Frames up to here were durable before the scanner read ahead.
    trusted_lsn: u64,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    place: Place,
    scanner: Scanner,
}

// === impl Reader ===

impl Reader {
    pub(crate) const fn new(shared: Arc<Shared>, next_lsn: u64) -> Self {
        Self { shared, next_lsn, trusted_lsn: 0, open: None }
    }

    /// The next record; `None` at the durable end, for now: it may be called again later.
    ///
    /// # Errors
    /// When the segment cannot be read, is damaged or was deleted by retention. The reader stays
    /// where it was.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator can neither lend its buffer nor come back after its end"
    )]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, JournalError> {
        if self.next_lsn > self.trusted_lsn && !self.trust_more() {
            return Ok(None);
        }
        let mut open = self.open_place()?;
        let parsed = loop {
            let name = open.place.segment;
            let step = open.scanner.step();
            match step.map_err(|source| self.shared.disk.error("read", &name.name(), source))? {
                Step::Frame(parsed) if parsed.lsn == self.next_lsn => break parsed,
                Step::Frame(parsed) if parsed.lsn < self.next_lsn => {
                    open.scanner.advance(&parsed);
                }
                Step::Frame(_) => return Err(self.damaged(&open, "a record is missing")),
                Step::End => return Err(self.damaged(&open, "the file ends too soon")),
                Step::Bad(what) => return Err(self.damaged(&open, what)),
            }
        };
        let payload = open.scanner.advance(&parsed);
        self.next_lsn += 1;
        let open = self.open.insert(open);
        let payload = open.scanner.payload(payload);
        Ok(Some(Frame { lsn: parsed.lsn, kind: parsed.kind, payload }))
    }

    /// The position of the record that [`Self::next`] gives next.
    pub const fn next_lsn(&self) -> u64 {
        self.next_lsn
    }

    /// Blocks the thread until [`Self::next`] has a record to give.
    ///
    /// # Errors
    /// When there will never be one, because the journal was closed or fenced.
    pub fn wait_blocking(&self) -> Result<(), crate::AppendError> {
        self.shared.progress.wait_blocking(self.next_lsn)
    }

    /// Learns what has become durable; `false` when the next record has not.
    fn trust_more(&mut self) -> bool {
        // In this order: the writer lists a segment before anything in it is durable.
        let durable_lsn = self.shared.progress.durable_lsn();
        if self.next_lsn > durable_lsn {
            return false;
        }
        self.trusted_lsn = durable_lsn;
        let version = self.shared.catalogue.version();
        match &mut self.open {
            Some(open) if open.place.version == version => open.scanner.forget(),
            Some(open) => {
                open.scanner.forget();
                // The segment may have been superseded from some record on.
                open.place.until_lsn = 0;
            }
            None => {}
        }
        true
    }

    /// The open segment that has the next record. It is taken out, so that after an error the next
    /// call begins with a fresh look.
    fn open_place(&mut self) -> Result<Open, JournalError> {
        let open = self.open.take();
        if let Some(open) = open {
            if self.next_lsn < open.place.until_lsn {
                return Ok(open);
            }
            let place = self.shared.catalogue.locate(self.next_lsn)?;
            if place.segment == open.place.segment {
                return Ok(Open { place, ..open });
            }
        }
        let Shared { disk, catalogue, .. } = &*self.shared;
        let place = catalogue.locate(self.next_lsn)?;
        let name = place.segment.name();
        let file = match disk.open(&name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Retention takes a segment off the list before it deletes it.
                catalogue.locate(self.next_lsn)?;
                return Err(disk.error("open", &name, error));
            }
            Err(error) => return Err(disk.error("open", &name, error)),
        };
        let open = Open { place, scanner: Scanner::new(file) };
        self.check_header(&open, place.segment)?;
        Ok(open)
    }

    fn check_header(&self, open: &Open, id: SegmentId) -> Result<(), JournalError> {
        let disk = &self.shared.disk;
        let header = open.scanner.check_header(id);
        match header.map_err(|source| disk.error("read", &id.name(), source))? {
            Header::Whole => Ok(()),
            Header::Version(found) => {
                Err(JournalError::UnknownFormat { path: disk.path(&id.name()), found })
            }
            Header::Bad(what) => Err(JournalError::Damaged {
                path: disk.path(&id.name()),
                offset: 0,
                lsn: self.next_lsn,
                what,
            }),
        }
    }

    fn damaged(&self, open: &Open, what: &'static str) -> JournalError {
        JournalError::Damaged {
            path: self.shared.disk.path(&open.place.segment.name()),
            offset: open.scanner.offset(),
            lsn: self.next_lsn,
            what,
        }
    }
}

#[cfg(test)]
mod tests;
