//! Reading the question.

use std::borrow::Cow;

use model::limits::MESSAGE_ID_BYTES_MAX;
use model::{Action, ConsentUpdate, Event, Identity, PageView, Timestamp, TraitValue, View};
use serde::Serialize;
use serde_json::value::RawValue;

use super::limits::FORCED_MAX;
use super::view::view_of;
use crate::segment::json::{
    Spelling, depth, each_member, is_object, read_object, string, string_or_number,
};
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
    /// Only look, and with these campaigns in these variants, whoever the customer is.
    pub(crate) force: Option<Force>,
    field: Option<&'static str>,
}

/// Campaigns, and the variant that is wanted of each.
pub(crate) type Force = Box<[(Box<str>, Box<str>)]>;

/// Room for the context of a page view's event, so that it is written without growing.
const CONTEXT_BYTES_USUAL: usize = 96;

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
            "force",
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
            force,
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
            privileged: Privileged::read(timestamp, traits, explain, force)?,
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
        // A page that is no object told nothing.
        let members = self.page.strip_prefix('{').and_then(|page| page.strip_suffix('}'));
        let members = members.map_or("", str::trim_end);
        let mut told = Vec::with_capacity(members.len() + CONTEXT_BYTES_USUAL);
        told.push(b'{');
        told.extend_from_slice(members.as_bytes());
        if !members.is_empty() {
            told.push(b',');
        }
        told.extend_from_slice(b"\"context\":");
        serde_json::to_writer(&mut told, &context).expect("text is JSON, and a Vec takes all");
        told.push(b'}');
        String::from_utf8(told).expect("JSON is UTF-8").into()
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

fn read_force(value: &RawValue) -> Result<Force, WireError> {
    let wrong = |problem| WireError::InvalidField { field: "force", problem };
    if !is_object(value) {
        return Err(wrong("must be an object that has a variant for each campaign"));
    }
    let mut arms = Vec::new();
    each_member(value, |campaign, variant| {
        let variant = string(variant).map(|variant| Box::from(&*variant));
        arms.push(variant.map(|variant| (Box::from(&*campaign), variant)));
    });
    if arms.len() > FORCED_MAX {
        return Err(wrong("must have at most 32 campaigns"));
    }
    arms.into_iter().collect::<Option<_>>().ok_or(wrong("must have the name of a variant each"))
}

const _: () = assert!(FORCED_MAX == 32, "the text above says so");

// === impl Privileged ===

impl Privileged {
    fn read(
        timestamp: Option<&RawValue>,
        traits: Option<&RawValue>,
        explain: Option<&RawValue>,
        force: Option<&RawValue>,
    ) -> Result<Self, WireError> {
        let explains = explain.filter(|explain| explain.get() != "false");
        let members =
            [("timestamp", timestamp), ("traits", traits), ("explain", explains), ("force", force)];
        let present = members.into_iter().find(|(_, value)| value.is_some());
        let field = present.map(|(name, _)| name);
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
        let force = force.map(read_force).transpose()?;
        Ok(Self { timestamp, traits: traits_of(traits), explain, force, field })
    }

    /// The first member present that a publishable key must not use.
    pub(crate) const fn field(&self) -> Option<&'static str> {
        self.field
    }
}
