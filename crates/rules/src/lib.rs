//! The files of campaigns: from the text that a marketer writes to a checked [`model::Campaign`] and its
//! rule.
//!
//! This crate owns the file formats (`rules/README.md` is their reference), the language of rules
//! (`rules/LANGUAGE.md`) and the words in which mistakes are told. It refuses rather than guesses: an unknown key, a weight of 0 or a link to
//! `javascript:` is a mistake, and all mistakes of a file are told at once, each with its place and
//! with what to write instead. It is pure: whether the plugin that a campaign names exists is for the
//! caller to find out, who reads the files.
//!
//! Read in this order: [`campaign()`], then `campaign/` for the parts of a file, [`holdout()`], [`vocabulary()`] for what
//! rules can use, [`cases`] for what they are expected to say, `key` for what a key is, `section` for how
//! keys are read, `layers` for what campaigns must agree on, `report` and [`Diagnostic`] for how mistakes are told, `place` for where in a file a
//! rule's mistake is. The language of rules is [`cel`].

mod amount;
mod campaign;
pub mod cases;
pub mod cel;
mod condition;
mod diagnostic;
mod document;
mod duration;
mod holdout;
mod key;
mod layers;
pub mod limits;
mod nearest;
mod place;
mod report;
mod role;
mod salt;
mod schema;
mod section;
mod vocabulary;

pub use campaign::{Written, campaign, campaign_schema};
pub use diagnostic::Diagnostic;
pub use holdout::{holdout, holdout_schema};
pub use layers::{Clash, clashes};
pub use nearest::nearest;
pub use role::Role;
pub use vocabulary::{segments_schema, traits_schema, vocabulary};
