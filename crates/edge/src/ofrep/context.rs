//! Reading the evaluation context.
//!
//! ```json
//! {"context": {"targetingKey": "u-1", "anonymousId": "a-1", "locale": "de-DE", "device": "mobile",
//!              "page": {"path": "/cart"}, "placements": ["interstitial"]}}
//! ```
//!
//! Only `targetingKey` is needed, as the protocol has it, a text; a number is taken as its digits, as in the shop's
//! events. Where the context names the customer by `userId` or `anonymousId`, as those do, these count, and
//! `targetingKey` may be anything of the kind; else it is the `userId`.
//! The page is told as for `POST /v1/decide`, or by `path` and `url` in the context itself. Whatever else a context
//! has is passed over: traits are what the shop's events say of a customer, and not what a page claims.

use model::{Identity, View};
use serde_json::value::RawValue;

use super::Refusal;
use crate::decide::view_of;
use crate::segment::json::{Spelling, is_object, members, read_object, string_or_number};
use crate::segment::{SkipReason, WireError, identity_of, utf8};

/// Whom, and what page, an evaluation is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Context {
    /// The customer.
    pub(crate) who: Identity,
    /// The page, as rules and plugins see it.
    pub(crate) view: View,
}

// === impl Context ===

impl Context {
    /// Reads the context in a body, which the caller has bounded.
    ///
    /// # Errors
    /// When the body is no JSON object, or its context names nobody or is not as it must be.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let [context] = read_object(utf8(body)?, &["context"], Spelling::Exact)
            .map_err(|error| WireError::of_json(&error))?;
        let context = context.ok_or_else(Refusal::targeting_key_missing)?;
        if !is_object(context) {
            return Err(wrong("context", "must be an object").into());
        }
        let names = ["targetingKey", "userId", "anonymousId", "page", "placements"];
        let [targeting_key, user_id, anonymous_id, page, placements] =
            members(Some(context), &names, Spelling::Exact);
        let targeting_key = targeting_key.filter(|key| key.get() != "\"\"");
        let targeting_key = targeting_key.ok_or_else(Refusal::targeting_key_missing)?;
        // Where it is not the customer's name it must be text all the same, as the protocol says.
        string_or_number(targeting_key).ok_or(wrong("targetingKey", "must be text"))?;
        let page = page.filter(|page| is_object(page)).unwrap_or(context);
        Ok(Self {
            who: read_identity(targeting_key, user_id, anonymous_id)?,
            view: view_of(Some(page), Some(context), placements)?,
        })
    }
}

fn read_identity(
    targeting_key: &RawValue,
    user_id: Option<&RawValue>,
    anonymous_id: Option<&RawValue>,
) -> Result<Identity, WireError> {
    match identity_of(user_id, anonymous_id) {
        Err(SkipReason::MissingId) => identity_of(Some(targeting_key), None)
            .map_err(|_| wrong("targetingKey", "must be at most 256 bytes long")),
        told => told.map_err(WireError::Event),
    }
}

const fn wrong(field: &'static str, problem: &'static str) -> WireError {
    WireError::InvalidField { field, problem }
}

const _: () = assert!(model::limits::ALIAS_BYTES_MAX == 256, "the text above says so");
