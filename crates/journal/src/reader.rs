//! Reading records in order from a position on.

use crate::JournalError;

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

/// Reads durable records in order. It may be behind, wait and come back; it never blocks the writer.
#[derive(Debug)]
pub struct Reader {
    next_lsn: u64,
}

// === impl Reader ===

impl Reader {
    /// The next record; `None` at the durable end, for now: it may be called again later.
    ///
    /// # Errors
    /// When the segment cannot be read, is damaged or was deleted by retention. The reader stays
    /// where it was.
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, JournalError> {
        Ok(None)
    }

    /// The position of the record that [`Self::next`] gives next.
    pub const fn next_lsn(&self) -> u64 {
        self.next_lsn
    }
}
