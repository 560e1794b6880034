//! A body whose syntax, size and count are checked, and whose events are not yet looked at.

use std::borrow::Cow;

use model::Timestamp;
use serde_json::value::RawValue;

use super::call::{Message, Shared};
use super::clock::{self, Clock};
use super::error::{SkipReason, WireError};
use super::json::{Spelling, is_object, items, members, read_object, string};
use super::limits::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, EVENT_BYTES_MAX};
use super::{Adjusted, Batch, CallType, Endpoint, Reception, Skipped};

/// A body that is well-formed as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Envelope<'a> {
    content: Content<'a>,
    write_key: Option<Cow<'a, str>>,
    sent_at: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
}

#[derive(Clone, Debug)]
enum Content<'a> {
    Nothing,
    One(CallType, &'a RawValue),
    Many(Vec<&'a RawValue>),
}

// === impl Envelope ===

impl<'a> Envelope<'a> {
    /// Checks a body. It does not matter whether it came as `application/json` or as `text/plain`.
    ///
    /// # Errors
    /// When the body is too large, is not JSON, is no object, or is no batch where one must be.
    pub(crate) fn read(endpoint: Endpoint, body: &'a [u8]) -> Result<Self, WireError> {
        match endpoint {
            Endpoint::Metrics => Ok(Self {
                content: Content::Nothing,
                write_key: None,
                sent_at: None,
                context: None,
            }),
            Endpoint::Call(call) => Self::read_one(call, body),
            Endpoint::Batch => Self::read_many(body),
        }
    }

    fn read_one(call: CallType, body: &'a [u8]) -> Result<Self, WireError> {
        if body.len() > EVENT_BYTES_MAX {
            return Err(WireError::Event(SkipReason::TooLarge));
        }
        let whole: &RawValue =
            serde_json::from_str(utf8(body)?).map_err(|error| WireError::of_json(&error))?;
        if !is_object(whole) {
            return Err(WireError::NotAnObject);
        }
        let [write_key, sent_at] = members(Some(whole), &["writeKey", "sentAt"], Spelling::Exact);
        Ok(Self {
            content: Content::One(call, whole),
            write_key: write_key.and_then(string),
            sent_at,
            context: None,
        })
    }

    fn read_many(body: &'a [u8]) -> Result<Self, WireError> {
        if body.len() > BATCH_BYTES_MAX {
            return Err(WireError::BodyTooLarge { bytes_max: BATCH_BYTES_MAX });
        }
        let names = ["batch", "writeKey", "sentAt", "context"];
        let [batch, write_key, sent_at, context] =
            read_object(utf8(body)?, &names, Spelling::Exact)
                .map_err(|error| WireError::of_json(&error))?;
        let messages = batch.and_then(items).ok_or(WireError::MissingBatch)?;
        if messages.len() > BATCH_EVENTS_MAX {
            return Err(WireError::TooManyEvents { events: messages.len() });
        }
        Ok(Self {
            content: Content::Many(messages),
            write_key: write_key.and_then(string),
            sent_at,
            context,
        })
    }

    /// The key in the body, for when there is none in the header.
    pub(crate) fn write_key(&self) -> Option<&str> {
        self.write_key.as_deref()
    }

    /// Reads the events, each by itself.
    ///
    /// # Errors
    /// When the body is a single call and its event cannot be taken.
    pub(crate) fn into_batch(self, reception: &Reception) -> Result<Batch, WireError> {
        let (sent_at, unreadable) = read_sent_at(self.sent_at);
        let shared = Shared {
            clock: Clock::new(reception.received_at, sent_at),
            currency: reception.currency,
            context: self.context,
        };
        let mut batch = Batch {
            adjusted: Adjusted { unreadable_sent_at: unreadable, ..Adjusted::default() },
            ..Batch::default()
        };
        match self.content {
            Content::Nothing => {}
            Content::One(call, whole) => {
                let message = Message::of_call(call, whole);
                batch
                    .take(0, message, &shared)
                    .map_err(|skipped| WireError::Event(skipped.reason))?;
            }
            Content::Many(messages) => {
                batch.events.reserve_exact(messages.len());
                for (index, item) in messages.into_iter().enumerate() {
                    let taken = match Message::of_item(item) {
                        Ok(message) => batch.take(index, message, &shared),
                        Err(reason) => Err(Skipped { index, message_id: None, reason }),
                    };
                    batch.skipped.extend(taken.err());
                }
            }
        }
        Ok(batch)
    }
}

/// The time a body was sent, and how many could not be read: 0 or 1.
fn read_sent_at(sent_at: Option<&RawValue>) -> (Option<Timestamp>, u32) {
    match sent_at.map(clock::time) {
        Some(Some(time)) => (Some(time), 0),
        Some(None) => (None, 1),
        None => (None, 0),
    }
}

/// The text of a body.
pub(crate) fn utf8(body: &[u8]) -> Result<&str, WireError> {
    std::str::from_utf8(body).map_err(|error| WireError::NotUtf8 { at: error.valid_up_to() })
}

// === impl Batch ===

impl Batch {
    fn take(
        &mut self,
        index: usize,
        message: Message<'_>,
        shared: &Shared<'_>,
    ) -> Result<(), Skipped> {
        match message.event(index, shared) {
            Ok((event, from_future)) => {
                self.adjusted.future_timestamps += u32::from(from_future);
                self.events.push(event);
                Ok(())
            }
            Err(reason) => Err(Skipped { index, message_id: message.told_id(), reason }),
        }
    }
}
