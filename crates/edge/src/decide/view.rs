//! Reading a page view out of the members that tell of it.
//!
//! `POST /v1/decide` and the contexts of flags spell these members alike, so both are read here.

use model::{Placement, View};
use serde_json::value::RawValue;

use super::limits::{CONTEXT_TEXT_BYTES_MAX, PAGE_TEXT_BYTES_MAX, PLACEMENTS_MAX};
use crate::segment::json::{Spelling, cut, items, members, string};
use crate::segment::{WireError, path_of_url};

/// The page view: `url`, `path`, `referrer` and `title` of `page`, `locale` and `device` of `context`, and the
/// placements. What is missing or no text is empty; only placements that are no names are refused.
pub(crate) fn view_of(
    page: Option<&RawValue>,
    context: Option<&RawValue>,
    placements: Option<&RawValue>,
) -> Result<View, WireError> {
    let names = ["url", "path", "referrer", "title"];
    let [url, path, referrer, title] = members(page, &names, Spelling::Exact);
    let [locale, device] = members(context, &["locale", "device"], Spelling::Exact);
    let url = read_text(url, PAGE_TEXT_BYTES_MAX);
    let mut path = read_text(path, PAGE_TEXT_BYTES_MAX);
    if path.is_empty() {
        path = path_of_url(&url).unwrap_or("").into();
    }
    Ok(View {
        url,
        path,
        referrer: read_text(referrer, PAGE_TEXT_BYTES_MAX),
        title: read_text(title, PAGE_TEXT_BYTES_MAX),
        locale: read_text(locale, CONTEXT_TEXT_BYTES_MAX),
        device: read_text(device, CONTEXT_TEXT_BYTES_MAX),
        placements: read_placements(placements)?,
    })
}

fn read_text(value: Option<&RawValue>, bytes_max: usize) -> Box<str> {
    let text = value.and_then(string).unwrap_or_default();
    cut(&text, bytes_max).into()
}

fn read_placements(value: Option<&RawValue>) -> Result<Vec<Placement>, WireError> {
    let wrong = |problem| WireError::InvalidField { field: "placements", problem };
    let Some(value) = value else { return Ok(Vec::new()) };
    let names = items(value).ok_or(wrong("must be an array of names"))?;
    if names.len() > PLACEMENTS_MAX {
        return Err(wrong("must have at most 32 names"));
    }
    let parsed = names.into_iter().map(|name| Placement::parse(&string(name)?).ok());
    parsed
        .collect::<Option<Vec<_>>>()
        .ok_or(wrong("must be an array of names: 1 to 64 of a-z, 0-9, - and _"))
}

const _: () = assert!(PLACEMENTS_MAX == 32, "the text above says so");
