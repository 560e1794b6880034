//! One mistake in a file, and what to write instead.

use std::fmt;

/// One mistake in a file, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the caller named it.
    pub file: Box<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: Box<str>,
    /// What to write instead.
    pub help: Box<str>,
}

impl Diagnostic {
    pub(crate) fn at_start(file: &str, message: &str) -> Self {
        Self { file: file.into(), line: 1, column: 1, message: message.into(), help: "".into() }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: error: {}", self.file, self.line, self.column, self.message)
    }
}
