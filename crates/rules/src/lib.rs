//! Campaign files: from the text that a marketer writes to a checked [`model::Campaign`].
//!
//! This crate owns the file format (`rules/README.md` is its reference) and the words in which its
//! mistakes are told. It refuses rather than guesses: an unknown key, a weight of 0 or a link to
//! `javascript:` is a mistake, and all mistakes of a file are told at once, each with its place and
//! with what to write instead. It is pure: whether the plugin that a campaign names exists is for the
//! caller to find out, who reads the files.
//!
//! Read in this order: [`campaign()`], then `campaign/` for the parts of a file, `key` for what a key
//! is, `section` for how keys are read, `report` and [`Diagnostic`] for how mistakes are told.

mod campaign;
pub mod cel;
mod diagnostic;
mod key;
pub mod limits;
mod nearest;
mod report;
mod schema;
mod section;

pub use campaign::{campaign, campaign_schema};
pub use diagnostic::Diagnostic;
