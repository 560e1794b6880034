//! What the payloads mean: the records of the journal and their codec.
//!
//! A record is encoded by structs of its own in `stored`, converted from and to the model in one
//! exhaustive place, so that a change to a domain type cannot change the format unnoticed. bincode is
//! an implementation detail behind [`encode`] and [`decode`].
//!
//! ```text
//! offset  0         1
//!         version   tenant | customer | change | body     bincode 2, standard configuration
//!         (1 byte)  └───── Head ──────────────┘
//! ```
//!
//! The head comes first so that totals and cells can be kept by [`peek`] alone.

mod stored;

#[cfg(test)]
mod tests;

use model::{Change, Charge, CustomerId, Event, Exposure, Redemption, TenantKey, Timestamp};

use crate::JournalError;

/// One fact, and the difference that it makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The tenant to whom it happened.
    pub tenant: TenantKey,
    /// The customer whom it concerns, at the time of writing.
    pub customer: CustomerId,
    /// What happened.
    pub body: Body,
    /// What it changed in totals and cells.
    pub change: Change,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// The customer did something.
    Event {
        /// What.
        event: Event,
        /// How we learned of it.
        via: Via,
    },
    /// Two customers turned out to be one; the record's customer is the one that stays.
    Merged {
        /// The customer that is no more.
        absorbed: CustomerId,
        /// When.
        at: Timestamp,
    },
    /// The customer was exposed to campaigns by a decision.
    Exposed {
        /// The decision's id.
        decision: u128,
        /// The version of the plan that decided.
        plan_version: u64,
        /// When.
        at: Timestamp,
        /// To which campaigns, in which variants.
        exposures: Vec<Exposure>,
        /// What the shows among them hold back of budgets; none for a campaign without one.
        charges: Vec<Charge>,
    },
    /// A token of an offer that was made to the customer was redeemed.
    Redeemed(Redemption),
}

/// How an event reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// It was sent to be recorded.
    Ingest,
    /// It is the page view of a decision.
    Decide,
}

/// The first part of a record: enough for totals and cells, and quick to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// The tenant's key, as written.
    pub tenant: &'a str,
    /// The customer.
    pub customer: CustomerId,
    /// The difference that the record makes.
    pub change: Change,
}

/// The kind of a [`Body::Event`].
pub const KIND_EVENT: u8 = 1;
/// The kind of a [`Body::Merged`].
pub const KIND_MERGED: u8 = 2;
/// The kind of a [`Body::Exposed`].
pub const KIND_EXPOSED: u8 = 3;

/// The kind of a [`Body::Redeemed`].
pub const KIND_REDEEMED: u8 = 4;

/// The first byte of every payload. A reader refuses what it does not know. Version 1, which no release
/// has written, knew neither goals nor steps.
const VERSION: u8 = 7;

// === impl Record ===

impl Record {
    /// The kind under which the record is appended.
    pub const fn kind(&self) -> u8 {
        match self.body {
            Body::Event { .. } => KIND_EVENT,
            Body::Merged { .. } => KIND_MERGED,
            Body::Exposed { .. } => KIND_EXPOSED,
            Body::Redeemed(_) => KIND_REDEEMED,
        }
    }
}

/// Appends a record's payload to a buffer.
pub fn encode(record: &Record, buffer: &mut Vec<u8>) {
    buffer.push(VERSION);
    stored::encode(record, buffer);
}

/// Reads a payload of the given kind.
///
/// # Errors
/// When it is no record of this version, or has bytes to spare.
pub fn decode(kind: u8, payload: &[u8]) -> Result<Record, JournalError> {
    let refuse = |what: String| JournalError::NotARecord { kind, what };
    stored::decode(kind, strip_version(payload).map_err(refuse)?).map_err(refuse)
}

/// Reads only the head of a payload of any kind.
///
/// # Errors
/// When it is no record of this version.
pub fn peek(kind: u8, payload: &[u8]) -> Result<Head<'_>, JournalError> {
    let refuse = |what: String| JournalError::NotARecord { kind, what };
    stored::peek(strip_version(payload).map_err(refuse)?).map_err(refuse)
}

fn strip_version(payload: &[u8]) -> Result<&[u8], String> {
    match payload.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        Some((version, _)) => Err(format!(
            "unknown format version {version}: this program reads version {VERSION}, so run the one that \
             wrote it, or begin with an empty data folder"
        )),
        None => Err("empty".to_owned()),
    }
}
