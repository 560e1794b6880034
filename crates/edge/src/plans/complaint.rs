//! What is wrong with the source of a plan, told so that whoever wrote it can mend it.

use std::fmt;

/// One thing that is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// A mistake in a campaign file, at its place.
    Written(rules::Diagnostic),
    /// Something about a file as a whole, or about a folder.
    File {
        /// Its name.
        file: Box<str>,
        /// What is wrong, without a full stop.
        message: Box<str>,
        /// What to do.
        help: Box<str>,
    },
}

// === impl Complaint ===

impl Complaint {
    /// Something about a file as a whole.
    pub(crate) fn file(file: &str, message: &str, help: &str) -> Self {
        Self::File { file: file.into(), message: message.into(), help: help.into() }
    }
}

impl From<rules::Diagnostic> for Complaint {
    fn from(diagnostic: rules::Diagnostic) -> Self {
        Self::Written(diagnostic)
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written(diagnostic) => diagnostic.fmt(f),
            Self::File { file, message, help } => {
                if !file.is_empty() {
                    write!(f, "{file}: ")?;
                }
                write!(f, "error: {message}\nhelp: {help}")
            }
        }
    }
}
