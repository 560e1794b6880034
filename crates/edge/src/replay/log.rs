//! The lines of a file, plain or gzip.
//!
//! A line is read up to a number
//! of bytes; what is beyond is passed over, so that a file without line breaks takes no more memory
//! than any other.

use std::fs::File;
use std::io::{self, BufRead};
use std::path::Path;

use indicatif::ProgressBar;

use super::limits::LINE_BYTES_MAX;
use crate::files::plain_or_gzip;

/// Reads a file line by line.
pub(super) struct Lines {
    source: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    read_so_far: u64,
}

/// One line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Its bytes, or as many as were read.
    pub(super) bytes: &'a [u8],
    /// Whether these are all.
    pub(super) whole: bool,
}

// === impl Lines ===

impl Lines {
    /// Opens a file; `progress` follows the bytes read of it.
    pub(super) fn open(path: &Path, progress: &ProgressBar) -> io::Result<Self> {
        let file = File::open(path)?;
        progress.set_length(file.metadata()?.len());
        let source = plain_or_gzip(progress.wrap_read(file))?;
        Ok(Self { source, line: Vec::new(), read_so_far: 0 })
    }

    /// The number of the last line read.
    pub(super) const fn read_so_far(&self) -> u64 {
        self.read_so_far
    }

    /// The next line; `None` at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let (mut whole, mut any) = (true, false);
        loop {
            let chunk = match self.source.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let of_line = &chunk[..end.unwrap_or(chunk.len())];
            let room = LINE_BYTES_MAX - self.line.len();
            whole &= of_line.len() <= room;
            self.line.extend_from_slice(&of_line[..of_line.len().min(room)]);
            let used = of_line.len() + usize::from(end.is_some());
            self.source.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.read_so_far += 1;
        let bytes = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        Ok(Some(Line { number: self.read_so_far, bytes, whole }))
    }
}

// === impl Line ===

impl Line<'_> {
    /// Whether there is nothing in it.
    pub(super) fn is_blank(&self) -> bool {
        self.whole && self.bytes.trim_ascii().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use indicatif::ProgressBar;

    use super::Lines;
    use crate::replay::limits::LINE_BYTES_MAX;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory takes everything");
        encoder.finish().expect("memory takes everything")
    }

    fn lines(bytes: &[u8]) -> std::io::Result<Vec<String>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        std::fs::write(&path, bytes)?;
        let progress = ProgressBar::hidden();
        let mut lines = Lines::open(&path, &progress)?;
        let mut read = Vec::new();
        while let Some(line) = lines.next()? {
            let text = String::from_utf8_lossy(line.bytes).into_owned();
            read.push(format!("{} {text}{}", line.number, if line.whole { "" } else { "..." }));
        }
        assert_eq!(progress.position(), u64::try_from(bytes.len()).expect("small"));
        Ok(read)
    }

    #[test]
    fn a_log_reads_the_same_plain_and_compressed() {
        let text = b"one\r\n\ntwo\nthree";
        let expected = ["1 one", "2 ", "3 two", "4 three"];
        assert_eq!(lines(text).expect("readable"), expected);
        assert_eq!(lines(&gzip(text)).expect("readable"), expected);
    }

    #[test]
    fn a_log_compressed_in_parts_is_read_to_the_last() {
        let parts = [gzip(b"one\ntw"), gzip(b"o\n")].concat();
        assert_eq!(lines(&parts).expect("readable"), ["1 one", "2 two"]);
    }

    #[test]
    fn a_compressed_log_that_breaks_off_is_an_error_and_not_an_end() {
        let whole = gzip(&b"a line of the log\n".repeat(1_000));
        assert!(lines(&whole[..whole.len() / 2]).is_err());
    }

    #[test]
    fn an_empty_log_has_no_lines() {
        assert_eq!(lines(b"").expect("readable"), Vec::<String>::new());
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory_and_harms_no_other() {
        let long = [b"a\n", &vec![b'x'; LINE_BYTES_MAX + 1][..], b"\nb"].concat();
        let read = lines(&long).expect("readable");
        assert_eq!((&*read[0], &*read[2]), ("1 a", "3 b"));
        assert_eq!(read[1].len(), "2 ".len() + LINE_BYTES_MAX + "...".len());
        let longest = vec![b'x'; LINE_BYTES_MAX];
        assert!(!lines(&longest).expect("readable")[0].ends_with("..."));
    }
}
