//! One call: whose, when, and what.

use std::borrow::Cow;

use model::limits::{ALIAS_BYTES_MAX, MESSAGE_ID_BYTES_MAX, TRAIT_BYTES_MAX};
use model::{
    Action, Alias, ConsentUpdate, Currency, Event, Identity, PageView, Timestamp, TraitValue,
};
use serde_json::value::RawValue;

use super::clock::{Clock, Told};
use super::commerce;
use super::endpoint::CallType;
use super::error::SkipReason;
use super::json::{self, Spelling, cut, depth, is_object, members, string, string_or_number};
use super::limits::{EVENT_BYTES_MAX, EVENT_DEPTH_MAX, EVENT_NAME_BYTES_MAX, PATH_BYTES_MAX};
use crate::digest::digest;

/// What all messages of one body share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared<'a> {
    pub(crate) clock: Clock,
    pub(crate) currency: Currency,
    /// The batch's context; a message's own goes before it.
    pub(crate) context: Option<&'a RawValue>,
}

/// The members of one call that the server reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    whole: &'a RawValue,
    call: Result<CallType, SkipReason>,
    message_id: Option<&'a RawValue>,
    user_id: Option<&'a RawValue>,
    anonymous_id: Option<&'a RawValue>,
    previous_id: Option<&'a RawValue>,
    group_id: Option<&'a RawValue>,
    event: Option<&'a RawValue>,
    properties: Option<&'a RawValue>,
    traits: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
    timestamp: Option<&'a RawValue>,
    original_timestamp: Option<&'a RawValue>,
}

// === impl Message ===

impl<'a> Message<'a> {
    /// The message of a single call, whose type is the path's whatever the body says.
    pub(crate) fn of_call(call: CallType, whole: &'a RawValue) -> Self {
        Self { call: Ok(call), ..Self::read(whole) }
    }

    /// The message that an item of a batch is.
    pub(crate) fn of_item(item: &'a RawValue) -> Result<Self, SkipReason> {
        if !is_object(item) {
            return Err(SkipReason::NotAnObject);
        }
        Ok(Self::read(item))
    }

    fn read(whole: &'a RawValue) -> Self {
        let names = [
            "type",
            "messageId",
            "userId",
            "anonymousId",
            "previousId",
            "groupId",
            "event",
            "properties",
            "traits",
            "context",
            "timestamp",
            "originalTimestamp",
        ];
        let [
            call,
            message_id,
            user_id,
            anonymous_id,
            previous_id,
            group_id,
            event,
            properties,
            traits,
            context,
            timestamp,
            original_timestamp,
        ] = members(Some(whole), &names, Spelling::Exact);
        let call = match call.map(string) {
            None => Err(SkipReason::MissingType),
            Some(name) => {
                name.as_deref().and_then(CallType::of_name).ok_or(SkipReason::UnknownType)
            }
        };
        Self {
            whole,
            call,
            message_id,
            user_id,
            anonymous_id,
            previous_id,
            group_id,
            event,
            properties,
            traits,
            context,
            timestamp,
            original_timestamp,
        }
    }

    /// The event, and whether its time lay in the future.
    pub(crate) fn event(
        &self,
        index: usize,
        shared: &Shared<'_>,
    ) -> Result<(Event, bool), SkipReason> {
        self.check_size()?;
        let call = self.call?;
        let message_id = match self.message_id()? {
            Some(sent) => sent.into(),
            None => self.derived_id(index, shared.clock.received_at()),
        };
        let who = identity_of(self.user_id, self.anonymous_id)?;
        let (name, action) = self.action(call, shared)?;
        let received_at = shared.clock.received_at();
        let told = shared.clock.tell(self.timestamp, self.original_timestamp)?;
        let (at, from_future) = match told {
            Told::At(at) => (at, false),
            Told::Future => (received_at, true),
        };
        let kept = match call {
            CallType::Identify | CallType::Group => self.traits,
            CallType::Track | CallType::Page | CallType::Screen => self.properties,
            CallType::Alias => None,
        };
        let event = Event {
            message_id,
            at,
            received_at,
            who,
            consent: self.consent(shared),
            action,
            name: name.into(),
            properties: kept.map_or("", RawValue::get).into(),
            measures: Box::default(),
        };
        Ok((event, from_future))
    }

    /// The `messageId` if it is one, to name the message in an answer.
    pub(crate) fn told_id(&self) -> Option<Box<str>> {
        self.message_id().ok().flatten().map(Into::into)
    }

    fn check_size(&self) -> Result<(), SkipReason> {
        if self.whole.get().len() > EVENT_BYTES_MAX {
            return Err(SkipReason::TooLarge);
        }
        if depth(self.whole.get()) > EVENT_DEPTH_MAX {
            return Err(SkipReason::TooDeep);
        }
        Ok(())
    }

    fn message_id(&self) -> Result<Option<Cow<'a, str>>, SkipReason> {
        let Some(value) = self.message_id else { return Ok(None) };
        let text = string_or_number(value).ok_or(SkipReason::InvalidMessageId)?;
        if text.len() > MESSAGE_ID_BYTES_MAX {
            return Err(SkipReason::MessageIdTooLong);
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// The name of a message that has none: a hash of its bytes, its place in the batch and the time
    /// it was received. Nothing is lost by it, but when the client sends the message again it is
    /// another message: who wants events counted once sends a `messageId`.
    fn derived_id(&self, index: usize, received_at: Timestamp) -> Box<str> {
        let (at, index) = (received_at.ms().to_le_bytes(), index.to_le_bytes());
        let name = digest(&[&at, &index, self.whole.get().as_bytes()]);
        format!("vitrine-{:032x}", u128::from_be_bytes(name)).into()
    }

    fn action(
        &self,
        call: CallType,
        shared: &Shared<'_>,
    ) -> Result<(Cow<'a, str>, Action), SkipReason> {
        let action = match call {
            CallType::Track => {
                let name = self.event_name()?;
                let action = commerce::action(&name, self.properties, shared.currency)?;
                return Ok((name, action));
            }
            CallType::Page | CallType::Screen => Action::Viewed(self.page_view(shared)),
            CallType::Identify => Action::Identified(traits_of(self.traits)),
            CallType::Group => {
                let id = self.group_id.ok_or(SkipReason::MissingGroupId)?;
                string_or_number(id).ok_or(SkipReason::MissingGroupId)?;
                Action::Grouped
            }
            CallType::Alias => Action::Aliased(self.previous()?),
        };
        Ok((Cow::Borrowed(call.as_str()), action))
    }

    fn event_name(&self) -> Result<Cow<'a, str>, SkipReason> {
        let name = self.event.and_then(string).filter(|name| !name.trim().is_empty());
        let name = name.ok_or(SkipReason::MissingEventName)?;
        if name.len() > EVENT_NAME_BYTES_MAX {
            return Err(SkipReason::EventNameTooLong);
        }
        Ok(name)
    }

    /// Which name of an alias call is to be given up.
    ///
    /// The call does not say whether `previousId` is a person's or a browser's. A browser's client
    /// always sends its `anonymousId` along, so another name than that one is a person's; a server's
    /// client sends none, and there the usual meaning is a browser's.
    fn previous(&self) -> Result<Alias, SkipReason> {
        if id(self.user_id)?.is_none() {
            return Err(SkipReason::MissingUserId);
        }
        let previous = id(self.previous_id)?.ok_or(SkipReason::MissingPreviousId)?;
        Ok(match id(self.anonymous_id)? {
            Some(anonymous) if anonymous != previous => Alias::user(&previous),
            _ => Alias::anonymous(&previous),
        })
    }

    fn page_view(&self, shared: &Shared<'_>) -> PageView {
        let [path, url] = members(self.properties, &["path", "url"], Spelling::Exact);
        let told = path_of(path, url).or_else(|| {
            [self.context, shared.context].into_iter().find_map(|context| {
                let [page] = members(context, &["page"], Spelling::Exact);
                let [path, url] = members(page, &["path", "url"], Spelling::Exact);
                path_of(path, url)
            })
        });
        let path = told.unwrap_or_default();
        PageView { path: cut(&path, PATH_BYTES_MAX).into() }
    }

    fn consent(&self, shared: &Shared<'_>) -> Box<[ConsentUpdate]> {
        let own = consent_of(self.context);
        if own.is_empty() { consent_of(shared.context) } else { own }
    }
}

/// The names under which a call speaks of a customer.
pub(crate) fn identity_of(
    user_id: Option<&RawValue>,
    anonymous_id: Option<&RawValue>,
) -> Result<Identity, SkipReason> {
    let (user_id, anonymous_id) = (id(user_id)?, id(anonymous_id)?);
    Identity::new(user_id.as_deref(), anonymous_id.as_deref()).ok_or(SkipReason::MissingId)
}

/// A name of a customer. Empty text is as good as none, and a number is its digits.
fn id(value: Option<&RawValue>) -> Result<Option<Cow<'_, str>>, SkipReason> {
    let Some(value) = value else { return Ok(None) };
    let text = string_or_number(value).ok_or(SkipReason::InvalidId)?;
    if text.len() > ALIAS_BYTES_MAX {
        return Err(SkipReason::IdTooLong);
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// The traits that a profile can keep, ordered by name. What is nested, too long or no number that
/// can be told is left to the event's properties.
pub(crate) fn traits_of(traits: Option<&RawValue>) -> Box<[(Box<str>, TraitValue)]> {
    let mut kept: Vec<(Box<str>, TraitValue)> = Vec::new();
    let Some(traits) = traits else { return Box::default() };
    json::each_member(traits, |name, value| {
        if name.len() > TRAIT_BYTES_MAX {
            return;
        }
        if let Some(value) = trait_value(value) {
            kept.push((name.into(), value));
        }
    });
    // Of members of one name the last counts: the sort is stable, so that it comes first in reverse.
    kept.reverse();
    kept.sort_by(|(one, _), (other, _)| one.cmp(other));
    kept.dedup_by(|(later, _), (first, _)| later == first);
    kept.into()
}

fn trait_value(value: &RawValue) -> Option<TraitValue> {
    match value.get() {
        "null" => Some(TraitValue::Absent),
        "true" => Some(TraitValue::Flag(true)),
        "false" => Some(TraitValue::Flag(false)),
        digits if json::is_number(value) => {
            let number: f64 = digits.parse().ok()?;
            number.is_finite().then_some(TraitValue::Number(number))
        }
        _ => {
            let text = string(value).filter(|text| text.len() <= TRAIT_BYTES_MAX)?;
            Some(TraitValue::Text(text.into()))
        }
    }
}

/// The consent in `context.consent.categoryPreferences`.
pub(crate) fn consent_of(context: Option<&RawValue>) -> Box<[ConsentUpdate]> {
    let [consent] = members(context, &["consent"], Spelling::Exact);
    let [choices] = members(consent, &["categoryPreferences"], Spelling::Exact);
    let Some(choices) = choices else { return Box::default() };
    let mut updates = Vec::new();
    json::each_member(choices, |category, choice| {
        let granted = match choice.get() {
            "true" => true,
            "false" => false,
            _ => return,
        };
        if category.len() <= TRAIT_BYTES_MAX {
            updates.push(ConsentUpdate { category: category.into(), granted });
        }
    });
    updates.into()
}

fn path_of<'a>(path: Option<&'a RawValue>, url: Option<&'a RawValue>) -> Option<Cow<'a, str>> {
    let path = path.and_then(string).filter(|path| !path.is_empty());
    path.or_else(|| match url.and_then(string)? {
        Cow::Borrowed(url) => path_of_url(url).map(Cow::Borrowed),
        Cow::Owned(url) => path_of_url(&url).map(|path| Cow::Owned(path.to_owned())),
    })
}

/// The path within an absolute URL: from the first slash after the host to the query.
pub(crate) fn path_of_url(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    Some(rest.find('/').map_or("/", |slash| &rest[slash..]))
}
