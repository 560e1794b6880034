//! Stepping through the frames of one segment, for the recovery and for readers.
//!
//! It reads ahead in large pieces and stops at the first bytes that are no frame. It never looks for
//! the next frame behind them: what that means is for the callers to judge.

use std::io;
use std::ops::Range;

use crate::disk::DiskFile;
use crate::frame::{self, Parsed, Unparsed};
use crate::limits::READ_BYTES;
use crate::segment::{FRAMES_START, HEADER_BYTES, Header, SegmentId};

/// A place in a segment.
#[derive(Debug)]
pub(crate) struct Scanner {
    file: DiskFile,
    buffer: Vec<u8>,
    /// What of the buffer has been stepped over.
    used: usize,
    /// The file's offset of the buffer's first byte.
    buffer_offset: u64,
}

/// What lies at the scanner's place.
#[derive(Debug)]
pub(crate) enum Step {
    /// A whole frame.
    Frame(Parsed),
    /// The end of the file.
    End,
    /// Something else.
    Bad(&'static str),
}

// === impl Scanner ===

impl Scanner {
    /// Stands before the first frame of an open segment.
    pub(crate) const fn new(file: DiskFile) -> Self {
        Self { file, buffer: Vec::new(), used: 0, buffer_offset: FRAMES_START }
    }

    /// Compares the segment's header with the one that it should have.
    pub(crate) fn check_header(&self, id: SegmentId) -> io::Result<Header> {
        let mut bytes = [0; HEADER_BYTES];
        let read = self.file.read_at(&mut bytes, 0)?;
        Ok(id.check_header(&bytes[..read]))
    }

    /// What lies at this place. It does not move; see [`Self::advance`].
    pub(crate) fn step(&mut self) -> io::Result<Step> {
        loop {
            let wanted = match frame::parse(&self.buffer[self.used..]) {
                Ok(parsed) => return Ok(Step::Frame(parsed)),
                Err(Unparsed::Bad(what)) => return Ok(Step::Bad(what)),
                Err(Unparsed::Needs(bytes)) => bytes,
            };
            if !self.fill(wanted)? {
                let rest = self.buffer.len() - self.used;
                return Ok(if rest == 0 { Step::End } else { Step::Bad("the frame is cut off") });
            }
        }
    }

    /// Steps over a frame and gives its payload.
    pub(crate) fn advance(&mut self, parsed: &Parsed) -> Range<usize> {
        let start = self.used + frame::HEADER_BYTES;
        self.used += parsed.bytes();
        start..self.used
    }

    /// The bytes of a payload, until the next step.
    pub(crate) fn payload(&self, range: Range<usize>) -> &[u8] {
        &self.buffer[range]
    }

    /// This place, in bytes from the start of the file.
    pub(crate) const fn offset(&self) -> u64 {
        self.buffer_offset + self.used as u64
    }

    /// Forgets what was read ahead, which may be older than what is in the file by now.
    pub(crate) fn forget(&mut self) {
        self.buffer_offset = self.offset();
        self.used = 0;
        self.buffer.clear();
    }

    /// Goes back to the start of the file, header included.
    pub(crate) fn rewind(&mut self) {
        self.forget();
        self.buffer_offset = 0;
    }

    /// The file.
    pub(crate) const fn file(&self) -> &DiskFile {
        &self.file
    }

    /// Reads further until `wanted` bytes lie before this place; `false` when the file ends sooner.
    fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        self.buffer_offset = self.offset();
        self.buffer.drain(..self.used);
        self.used = 0;
        let kept = self.buffer.len();
        self.buffer.resize(wanted.max(READ_BYTES), 0);
        let read = self.file.read_at(&mut self.buffer[kept..], self.buffer_offset + kept as u64);
        self.buffer.truncate(kept + read.as_ref().map_or(0, |&read| read));
        read.map(|_| self.buffer.len() >= wanted)
    }
}
