//! One mistake in a file, and what to write instead.
//!
//! ```text
//! rules/demo/cart-rescue.toml:24:1: error: unknown key `wieght` in [[experiment.variants]]
//!    24 | wieght = 50
//!       | ^^^^^^
//! help: did you mean `weight`?
//! ```

use std::fmt;
use std::ops::Range;

use crate::cel::Mistake;
use crate::report::Report;

/// One mistake in a file, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the caller named it.
    pub file: Box<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, without a full stop.
    pub message: Box<str>,
    /// What to write instead.
    pub help: Box<str>,
    /// The line as it is written, or the part of a very long one around the mistake.
    pub source: Box<str>,
    /// Where in `source` the mistake begins and how long it is, in characters.
    pub marked: (usize, usize),
}

// === impl Diagnostic ===

impl Diagnostic {
    /// A mistake at a range of bytes of a file's text, found by who saw more than this file; `file` is its name in
    /// messages.
    pub fn at(
        file: &str,
        text: &str,
        span: Range<usize>,
        message: impl Into<Box<str>>,
        help: impl Into<Box<str>>,
    ) -> Self {
        Report::new(file, text).diagnostic(span, message.into(), help.into())
    }

    /// The mistakes of a rule that is in no file; `name` is what it is called in messages.
    pub fn of_rule(name: &str, text: &str, mistakes: Vec<Mistake>) -> Vec<Self> {
        let mut report = Report::new(name, text);
        for Mistake { span, message, help } in mistakes {
            report.error(span, message, help);
        }
        report.into_diagnostics()
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, help, source, marked } = self;
        let (begin, length) = *marked;
        writeln!(f, "{file}:{line}:{column}: error: {message}")?;
        writeln!(f, "{line:>5} | {source}")?;
        // Tabs are repeated, so that the marks stand below the mistake however wide tabs are.
        let blank = |letter| if letter == '\t' { '\t' } else { ' ' };
        let indent: String = source.chars().take(begin).map(blank).collect();
        writeln!(f, "      | {indent}{}", "^".repeat(length.max(1)))?;
        write!(f, "help: {help}")
    }
}

impl std::error::Error for Diagnostic {}
