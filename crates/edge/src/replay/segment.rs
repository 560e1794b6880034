//! Calls of the Segment specification, one JSON object a line, as calls to be made again.
//!
//! `page` and `screen` ask for a decision. The question takes over the names, the time and the
//! `messageId`; its page is the call's `properties`, and what these lack of address, referrer and title
//! is taken from `context.page`, where browsers' clients put it.
//!
//! Every other line goes to `/v1/batch` as the only event of a batch, byte for byte. There its `sentAt`
//! is not looked at, so that its times stay as they were recorded; and what is wrong with it is for the
//! server to say.
//!
//! A line without a `messageId` is given one: its number and a CRC-32 of its bytes. A line without a
//! time is sent, too, and happens when the server receives it; the outcome counts these.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flate2::Crc;
use serde::Serialize;
use serde_json::value::RawValue;

use super::call::{Call, Endpoint, Skip};
use super::log::Line;
use crate::segment::CallType;
use crate::segment::json::{Spelling, each_member, is_object, members, string, string_or_number};

/// The members of one line that matter here.
struct Recorded<'a> {
    whole: &'a RawValue,
    call: Option<CallType>,
    message_id: Option<&'a RawValue>,
    user_id: Option<&'a RawValue>,
    anonymous_id: Option<&'a RawValue>,
    previous_id: Option<&'a RawValue>,
    time: Option<&'a RawValue>,
    name: Option<&'a RawValue>,
    properties: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Decide<'a> {
    message_id: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymous_id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<&'a RawValue>,
    page: BTreeMap<Cow<'a, str>, &'a RawValue>,
    context: Context<'a>,
}

/// What a decision reads of a context.
#[derive(Serialize)]
struct Context<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'a RawValue>,
}

/// The call that a line becomes.
pub(super) fn call(line: &Line<'_>) -> Result<Call, Skip> {
    if !line.whole {
        return Err(Skip::TooLong);
    }
    let text = std::str::from_utf8(line.bytes).map_err(|_| Skip::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}');
    let whole: &RawValue = serde_json::from_str(text).map_err(|_| Skip::NotJson)?;
    if !is_object(whole) {
        return Err(Skip::NotAnObject);
    }
    let recorded = Recorded::read(whole);
    let (customer, also) = recorded.names();
    let view = matches!(recorded.call, Some(CallType::Page | CallType::Screen));
    Ok(Call {
        line: line.number,
        customer: customer.into(),
        also: also.map(Into::into),
        endpoint: if view { Endpoint::Decide } else { Endpoint::Batch },
        body: if view { recorded.decide(line) } else { recorded.batch(line) },
        undated: recorded.time.is_none(),
    })
}

// === impl Recorded ===

impl<'a> Recorded<'a> {
    fn read(whole: &'a RawValue) -> Self {
        let names = [
            "type",
            "messageId",
            "userId",
            "anonymousId",
            "previousId",
            "timestamp",
            "originalTimestamp",
            "name",
            "properties",
            "context",
        ];
        let [
            call,
            message_id,
            user_id,
            anonymous_id,
            previous_id,
            timestamp,
            original_timestamp,
            name,
            properties,
            context,
        ] = members(Some(whole), &names, Spelling::Exact);
        Self {
            whole,
            call: call.and_then(string).and_then(|name| CallType::of_name(&name)),
            message_id: message_id.filter(|id| id.get() != "\"\""),
            user_id,
            anonymous_id,
            previous_id,
            time: timestamp.or(original_timestamp),
            name,
            properties,
            context,
        }
    }

    /// Whose call it is, and the other name that it says is the same customer's. Whether a name is a
    /// person's or a browser's does not matter here: where two are taken for one, order is kept where
    /// it need not be.
    fn names(&self) -> (Cow<'a, str>, Option<Cow<'a, str>>) {
        let name = |id: Option<&'a RawValue>| {
            id.and_then(string_or_number).filter(|name| !name.is_empty())
        };
        let (user, anonymous) = (name(self.user_id), name(self.anonymous_id));
        let also = match self.call {
            Some(CallType::Identify) if user.is_some() => anonymous.clone(),
            Some(CallType::Alias) => name(self.previous_id),
            _ => None,
        };
        (user.or(anonymous).unwrap_or_default(), also)
    }

    fn decide(&self, line: &Line<'_>) -> Vec<u8> {
        let made = self.message_id.is_none().then(|| made_id(line));
        let [locale, device, consent] =
            members(self.context, &["locale", "device", "consent"], Spelling::Exact);
        // Segment's device is an object; what a campaign asks for is its type.
        let [device_type] = members(device, &["type"], Spelling::Exact);
        let question = Decide {
            message_id: self.message_id.or(made.as_deref()).unwrap_or(RawValue::NULL),
            user_id: self.user_id,
            anonymous_id: self.anonymous_id,
            timestamp: self.time,
            page: self.page(),
            context: Context { locale, device: device_type.or(device), consent },
        };
        serde_json::to_vec(&question).expect("JSON of JSON")
    }

    fn page(&self) -> BTreeMap<Cow<'a, str>, &'a RawValue> {
        let mut page = BTreeMap::new();
        if let Some(properties) = self.properties {
            each_member(properties, |name, value| {
                page.insert(name, value);
            });
        }
        let [browsers] = members(self.context, &["page"], Spelling::Exact);
        let names = ["url", "path", "referrer", "title"];
        let values = members(browsers, &names, Spelling::Exact);
        // The address as a whole comes from one place: half of each would be a page that is none.
        let has_address = page.contains_key("url") || page.contains_key("path");
        for (name, value) in names.into_iter().zip(values) {
            let of_address = matches!(name, "url" | "path");
            if let Some(value) = value.filter(|_| !(of_address && has_address)) {
                page.entry(Cow::Borrowed(name)).or_insert(value);
            }
        }
        if let Some(name) = self.name {
            page.entry(Cow::Borrowed("title")).or_insert(name);
        }
        page
    }

    fn batch(&self, line: &Line<'_>) -> Vec<u8> {
        let whole = self.whole.get();
        let mut body = Vec::with_capacity(whole.len() + 64);
        body.extend_from_slice(b"{\"batch\":[");
        match self.message_id {
            Some(_) => body.extend_from_slice(whole.as_bytes()),
            None => {
                // At the end, because the last of two members of one name counts, and one may be null.
                let members = whole.strip_suffix('}').unwrap_or(whole).trim_end();
                body.extend_from_slice(members.as_bytes());
                if members != "{" {
                    body.push(b',');
                }
                body.extend_from_slice(b"\"messageId\":");
                body.extend_from_slice(made_id(line).get().as_bytes());
                body.push(b'}');
            }
        }
        body.extend_from_slice(b"]}");
        body
    }
}

/// The `messageId` of a line that has none, the same in every replay.
fn made_id(line: &Line<'_>) -> Box<RawValue> {
    let mut crc = Crc::new();
    crc.update(line.bytes);
    let id = format!("replay-{}-{:08x}", line.number, crc.sum());
    serde_json::value::to_raw_value(&id).expect("text is JSON")
}

#[cfg(test)]
mod tests;
