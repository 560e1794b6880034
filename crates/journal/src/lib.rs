//! The durable, append-only log of everything that happened.
//!
//! It owns one folder of files and promises one thing: what [`Journal::durable`] has acknowledged is
//! read again after any crash, and damage is reported rather than skipped. It knows nothing of
//! profiles or campaigns; only the codec in [`record`] knows what the payloads mean.
//!
//! ```text
//! reserve/append ──> pending buffer ──swap──> writer thread ──write, fdatasync──> segment files
//!   (any thread)                                    │                                  │
//! durable().await <──── durable lsn ────────────────┘              reader <────────────┘
//! ```
//!
//! A position is an `lsn`, the number of a record: the first is 1, and 0 means none. Positions are
//! given in the order of appending, without gaps.
//!
//! Read in this order: [`Journal`], the handle; `pending`, what is appended but not yet written;
//! `writer`, the one thread that writes, and what it does when the disk fails; `frame` and `segment`,
//! the bytes; `scanner` and `recovery`, how a torn tail is told from damage; [`Reader`], and [`Onlooker`]
//! for what may be another process's journal; `disk`, the few calls to the file system, and in tests a
//! disk that fails; [`record`], the codec of the payloads.

mod disk;
mod error;
mod frame;
mod journal;
pub mod limits;
mod onlooker;
mod pending;
mod progress;
mod reader;
pub mod record;
mod recovery;
mod scanner;
mod segment;
mod writer;

#[cfg(test)]
mod simulation;

pub use error::{AppendError, JournalError};
pub use journal::{Config, Journal, Permit, Recovery, Stats};
pub use onlooker::Onlooker;
pub use reader::{Frame, Reader};
