//! What can go wrong, told so that an operator can act on it.

use std::io;
use std::path::PathBuf;

/// Why a record cannot be appended, or will never be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Too many bytes wait for the disk; the caller should shed or ask its client to come back.
    #[error("the journal is backlogged: more bytes wait for the disk than allowed")]
    Backlogged,
    /// The disk failed for good; nothing more is acknowledged until a restart.
    #[error("the journal is fenced after disk failures; restart once the disk is well")]
    Fenced,
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

/// Why the journal cannot be opened, read or trimmed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused an operation.
    #[error("cannot {doing} {}", path.display())]
    Disk {
        /// What was tried, such as `create`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The file system's answer.
        #[source]
        source: io::Error,
    },
    /// Another process has the folder open.
    #[error("another process has the journal open: {} is locked; stop that process", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A segment is damaged where no crash can have torn it.
    #[error(
        "journal damaged: {}, offset {offset}, record {lsn}: {what}; nothing was changed; restore \
         this file from a copy, or, to give up records {lsn} and later, move it and all later \
         segments to another folder",
        path.display()
    )]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where the damage begins, in bytes from the start of the file.
        offset: u64,
        /// The first record that cannot be read.
        lsn: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// Records are missing between two segments.
    #[error(
        "journal damaged: records {missing_from} to {missing_to} are missing before {}; nothing was \
         changed; restore the missing segment from a copy, or move the segments on one side of the \
         gap to another folder",
        path.display()
    )]
    Gap {
        /// The segment after the gap.
        path: PathBuf,
        /// The first missing record.
        missing_from: u64,
        /// The last missing record.
        missing_to: u64,
    },
    /// A segment was written by a later version of Vitrine.
    #[error("{} has format {found}, which this version cannot read; use a later one", path.display())]
    UnknownFormat {
        /// The segment.
        path: PathBuf,
        /// The format's number.
        found: u32,
    },
    /// Retention has already deleted what was asked for.
    #[error("record {lsn} is gone: retention has deleted everything before record {first_lsn}")]
    Gone {
        /// The record asked for.
        lsn: u64,
        /// The first record that is still there.
        first_lsn: u64,
    },
    /// A payload is no record of this version's format.
    #[error("not a record (kind {kind}): {what}")]
    NotARecord {
        /// The frame's kind.
        kind: u8,
        /// What is wrong with it.
        what: String,
    },
    /// The journal stopped before everything appended was durable.
    #[error("records {first_lsn} to {last_lsn} were never made durable")]
    NotDurable {
        /// The first record that was not written.
        first_lsn: u64,
        /// The last record that was appended.
        last_lsn: u64,
        /// Why the journal stopped.
        #[source]
        source: AppendError,
    },
}
