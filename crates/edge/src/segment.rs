//! The Segment tracking API: what shops' existing clients send, as [`model::Event`]s.
//!
//! A body is read in two steps, because the write key may be inside it, and the key gives the tenant,
//! and the tenant gives the currency of prices that carry none:
//!
//! ```text
//! body --Envelope::read--> Envelope --write_key()--> (authenticate) --into_batch--> Batch
//!        syntax, size, count          400 | 401        each event by itself         events, skipped
//! ```
//!
//! What is wrong with the body as a whole is a [`WireError`]. What is wrong with one event of a batch
//! is a [`Skipped`] with a [`SkipReason`], and the other events are taken: clients drop the whole batch
//! when it is answered with 4xx. The one event of a single call has nobody beside it, so there it is
//! an error.
//!
//! Reading is tolerant where clients differ and strict where a guess would cost money. Ids may be
//! numbers, names may be written in any case, prices may be text; but a negative price, a currency that
//! ISO 4217 does not have or an order without a name is refused with its reason. Nothing is changed in
//! silence: [`Batch::adjusted`] counts every clock that was not believed.
//!
//! Read on in `endpoint` (paths), `call` (one message), `clock` (times), `commerce` (the e-commerce
//! events), `json` (how members are found without building a tree), `measure` (what a plan's goals see in
//! an event).
//!
//! Specifications: <https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/>
//! and <https://segment.com/docs/connections/spec/ecommerce/v2/>.

mod answer;
mod call;
mod clock;
mod commerce;
mod endpoint;
mod envelope;
mod error;
pub(crate) mod json;
pub(crate) mod limits;
mod measure;
mod money;

use model::{Currency, Event, Timestamp};

pub(crate) use call::{consent_of, identity_of, path_of_url, traits_of};
pub(crate) use commerce::refunded_in;
pub(crate) use endpoint::{CallType, Endpoint};
pub(crate) use envelope::Envelope;
pub(crate) use envelope::utf8;
pub(crate) use error::{SkipReason, WireError};
pub(crate) use measure::measures;

/// What the server adds to what the client sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reception {
    /// When the whole body had arrived.
    pub(crate) received_at: Timestamp,
    /// The tenant's currency, for amounts that come without one.
    pub(crate) currency: Currency,
}

/// The events of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Batch {
    /// What is to be journalled, in the order sent.
    pub(crate) events: Vec<Event>,
    /// What cannot be taken, and why.
    pub(crate) skipped: Vec<Skipped>,
    /// What was taken differently from how it was sent.
    pub(crate) adjusted: Adjusted,
}

/// One event that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Its place in the batch, from 0.
    pub(crate) index: usize,
    /// Its `messageId`, if it has one that can be told.
    pub(crate) message_id: Option<Box<str>>,
    /// What is wrong with it.
    pub(crate) reason: SkipReason,
}

/// Clocks that were not believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Adjusted {
    /// Events that would lie more than a day in the future; they happened when they were received.
    pub(crate) future_timestamps: u32,
    /// Bodies whose `sentAt` is no time; their events' times were not corrected.
    pub(crate) unreadable_sent_at: u32,
}

#[cfg(test)]
mod tests;
