//! Reading the question.

use std::borrow::Cow;

use model::limits::MESSAGE_ID_BYTES_MAX;
use model::{Action, ConsentUpdate, Event, Identity, PageView, Timestamp, TraitValue, View};
use serde::Serialize;
use serde_json::value::RawValue;

use super::view::view_of;
use crate::segment::json::{Spelling, depth, read_object, string, string_or_number};
use crate::segment::limits::EVENT_DEPTH_MAX;
use crate::segment::{SkipReason, WireError, consent_of, identity_of, traits_of, utf8};

/// The question of one page view.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request<'a> {
    /// The client's name for this page view, if it gave one.
    pub(crate) message_id: Option<Cow<'a, str>>,
    /// The key in the body, for when there is none in the header.
    pub(crate) write_key: Option<Cow<'a, str>>,
    /// Whose page view it is.
    pub(crate) who: Identity,
    /// The page, as rules and plugins see it.
    pub(crate) view: View,
    /// The consent that came along.
    pub(crate) consent: Box<[ConsentUpdate]>,
    /// What only a secret key may ask.
    pub(crate) privileged: Privileged,
    /// `page` as JSON text, for the event's properties; empty when absent.
    page: &'a str,
}

/// The part of a request that only a secret key may use.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Privileged {
    /// Decide as of this time.
    pub(crate) timestamp: Option<Timestamp>,
    /// Take these traits as known before deciding; empty when there are none.
    pub(crate) traits: Box<[(Box<str>, TraitValue)]>,
    /// Tell why each campaign did or did not answer.
    pub(crate) explain: bool,
    field: Option<&'static str>,
}

/// What a page view's event keeps of its context; what is not known is left out.
#[derive(Serialize)]
struct Context<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    device: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    locale: &'a str,
}

// === impl Request ===

impl<'a> Request<'a> {
    /// Reads a body, which the caller has bounded. It does not matter whether it came as `application/json` or as `text/plain`.
    ///
    /// # Errors
    /// When the body is no JSON object, or a member is not as it must be.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, WireError> {
        let names = [
            "anonymousId",
            "userId",
            "page",
            "context",
            "placements",
            "writeKey",
            "messageId",
            "timestamp",
            "traits",
            "explain",
        ];
        let [
            anonymous_id,
            user_id,
            page,
            context,
            placements,
            write_key,
            message_id,
            timestamp,
            traits,
            explain,
        ] = read_object(utf8(body)?, &names, Spelling::Exact)
            .map_err(|error| WireError::of_json(&error))?;
        // The page is journalled as it came, and whoever reads it there should not need a deep stack.
        if page.is_some_and(|page| depth(page.get()) > EVENT_DEPTH_MAX) {
            return Err(WireError::Event(SkipReason::TooDeep));
        }
        Ok(Self {
            message_id: read_message_id(message_id)?,
            write_key: write_key.and_then(string),
            who: identity_of(user_id, anonymous_id).map_err(WireError::Event)?,
            view: view_of(page, context, placements)?,
            consent: consent_of(context),
            privileged: Privileged::read(timestamp, traits, explain)?,
            page: page.map_or("", RawValue::get),
        })
    }

    /// The page view as an event, which is what it also is. `message_id` is for a request that has
    /// none.
    pub(crate) fn event(&self, message_id: &str, at: Timestamp, received_at: Timestamp) -> Event {
        Event {
            message_id: self.message_id.as_deref().unwrap_or(message_id).into(),
            at,
            received_at,
            who: self.who.clone(),
            consent: self.consent.clone(),
            action: Action::Viewed(PageView { path: self.view.path.clone() }),
            name: "page".into(),
            properties: self.properties().into(),
            measures: Box::default(),
        }
    }

    /// `page` as it came; where the context tells of the device or the locale, these are a member
    /// `context` in it, so that analysts can tell them apart.
    fn properties(&self) -> Cow<'_, str> {
        let context = Context { device: &self.view.device, locale: &self.view.locale };
        if context.device.is_empty() && context.locale.is_empty() {
            return self.page.into();
        }
        let told = serde_json::to_string(&context).expect("text is always JSON");
        // A page that is no object told nothing.
        let members = self.page.strip_prefix('{').and_then(|page| page.strip_suffix('}'));
        match members.map(str::trim_end).filter(|members| !members.is_empty()) {
            Some(members) => format!("{{{members},\"context\":{told}}}").into(),
            None => format!("{{\"context\":{told}}}").into(),
        }
    }
}

fn read_message_id(value: Option<&RawValue>) -> Result<Option<Cow<'_, str>>, WireError> {
    let Some(value) = value else { return Ok(None) };
    let text = string_or_number(value).ok_or(WireError::Event(SkipReason::InvalidMessageId))?;
    if text.len() > MESSAGE_ID_BYTES_MAX {
        return Err(WireError::Event(SkipReason::MessageIdTooLong));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

// === impl Privileged ===

impl Privileged {
    fn read(
        timestamp: Option<&RawValue>,
        traits: Option<&RawValue>,
        explain: Option<&RawValue>,
    ) -> Result<Self, WireError> {
        let field = match (timestamp, traits, explain) {
            (Some(_), _, _) => Some("timestamp"),
            (None, Some(_), _) => Some("traits"),
            (None, None, Some(explain)) if explain.get() != "false" => Some("explain"),
            _ => None,
        };
        let time = |value: &RawValue| Timestamp::parse(&string(value)?).ok();
        let timestamp = match timestamp.map(time) {
            Some(None) => return Err(WireError::Event(SkipReason::InvalidTimestamp)),
            Some(told) => told,
            None => None,
        };
        let explain = match explain.map(RawValue::get) {
            Some("true") => true,
            Some("false") | None => false,
            Some(_) => {
                return Err(WireError::InvalidField {
                    field: "explain",
                    problem: "must be true or false",
                });
            }
        };
        Ok(Self { timestamp, traits: traits_of(traits), explain, field })
    }

    /// The first member present that a publishable key must not use.
    pub(crate) const fn field(&self) -> Option<&'static str> {
        self.field
    }
}
