//! Standard output, which a command may have for people or for programs.
//!
//! A reader that goes away early, as `head` does, has what it wanted: the command ends without a word, with the status of
//! a program that the signal of a broken pipe ends. Any other failure to write is an error like every other.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::process::ExitCode;

use anyhow::Context as _;

/// What to say of standard output that takes nothing.
pub(super) const CANNOT_WRITE: &str = "cannot write to standard output";

/// 128 and the number of SIGPIPE, as shells tell it.
const STATUS: u8 = 128 + 13;

/// Standard output. Whoever has written all to it flushes it.
pub(super) struct Output(BufWriter<StdoutLock<'static>>);

/// That nobody reads any more.
#[derive(Debug, thiserror::Error)]
#[error("whoever read standard output is gone")]
struct ReaderGone;

/// Writes a text.
pub(super) fn say(text: &str) -> anyhow::Result<()> {
    let mut out = Output::open();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context(CANNOT_WRITE)
}

/// The status with which to end without a word, when that is why a command failed.
pub(super) fn ended_by_reader(error: &anyhow::Error) -> Option<ExitCode> {
    let mut io = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()?.get_ref());
    io.any(|cause| cause.is::<ReaderGone>()).then(|| STATUS.into())
}

// === impl Output ===

impl Output {
    pub(super) fn open() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(named)
    }
}

/// Tells a pipe without a reader from the other pipes of a command, such as a connection to a server.
fn named(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::BrokenPipe { io::Error::other(ReaderGone) } else { error }
}
