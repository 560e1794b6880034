//! Finding the members of JSON objects without building a tree.
//!
//! An event has hundreds of members and the server needs a dozen. [`read_object`] goes once over an
//! object and keeps borrowed slices of the members asked for; everything else is checked for syntax
//! and passed over. What is kept is looked into only when needed, by the same means.
//!
//! As in JavaScript, of members of one name the last counts; and `null` is the same as absent, which
//! is what clients mean by it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// How the names of members are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spelling {
    /// Letter by letter, as clients' libraries write them.
    Exact,
    /// As shops write them: `order_id`, `orderId` and `Order ID` are one. The names asked for are
    /// given in [`squash`]ed form: `orderid`.
    Loose,
}

/// A longer name is none that anybody asks for.
const NAME_BYTES_MAX: usize = 40;

struct Members<'n, 'de, const N: usize> {
    names: &'n [&'n str; N],
    spelling: Spelling,
    found: [Option<&'de RawValue>; N],
}

struct MemberName<'n> {
    names: &'n [&'n str],
    spelling: Spelling,
}

/// Finds the members of these names in a text that must be one JSON object.
pub(crate) fn read_object<'de, const N: usize>(
    text: &'de str,
    names: &[&str; N],
    spelling: Spelling,
) -> Result<[Option<&'de RawValue>; N], serde_json::Error> {
    let mut reader = Deserializer::from_str(text);
    let found = reader.deserialize_map(Members { names, spelling, found: [None; N] })?;
    reader.end()?;
    Ok(found)
}

/// Finds the members of these names in a value; none in a value that is no object.
pub(crate) fn members<'de, const N: usize>(
    value: Option<&'de RawValue>,
    names: &[&str; N],
    spelling: Spelling,
) -> [Option<&'de RawValue>; N] {
    match value {
        Some(value) if is_object(value) => {
            // A raw value is known to be well-formed, so no error can come.
            read_object(value.get(), names, spelling).unwrap_or([None; N])
        }
        _ => [None; N],
    }
}

/// Whether a value is an object.
pub(crate) fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

/// The items of an array; `None` when the value is none.
pub(crate) fn items(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

/// Calls `take` for each member of an object that is not nested deeper, in the order written. The
/// value of `null` is passed on, too.
pub(crate) fn each_member<'de>(
    object: &'de RawValue,
    take: impl FnMut(Cow<'de, str>, &'de RawValue),
) {
    struct Each<F>(F);
    impl<'de, F: FnMut(Cow<'de, str>, &'de RawValue)> Visitor<'de> for Each<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                if let Some(name) = string(name) {
                    (self.0)(name, value);
                }
            }
            Ok(())
        }
    }
    if is_object(object) {
        let mut reader = Deserializer::from_str(object.get());
        // The value is known to be well-formed, so no error can come.
        reader.deserialize_map(Each(take)).unwrap_or(());
    }
}

/// The text of a string; `None` for other values, and for half a surrogate pair.
pub(crate) fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    let inner = value.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.as_bytes().contains(&b'\\') {
        return serde_json::from_str::<String>(value.get()).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// The text of a string or the digits of a number, as ids are sent; `None` for other values.
pub(crate) fn string_or_number(value: &RawValue) -> Option<Cow<'_, str>> {
    if is_number(value) {
        return Some(Cow::Borrowed(value.get()));
    }
    string(value)
}

/// Whether a value is a number.
pub(crate) fn is_number(value: &RawValue) -> bool {
    value.get().starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// How deep objects and arrays are nested in a well-formed text.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
    }
    deepest
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

/// A name without what shops write differently: in lower case, without spaces, `_` and `-`. `None`
/// when it does not fit, and so is no name that is known.
pub(crate) fn squash<'b>(name: &[u8], buffer: &'b mut [u8; NAME_BYTES_MAX]) -> Option<&'b [u8]> {
    let mut length = 0;
    for byte in name.iter().filter(|byte| !matches!(byte, b' ' | b'_' | b'-')) {
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    buffer.get(..length)
}

/// An empty buffer for [`squash`].
pub(crate) const fn name_buffer() -> [u8; NAME_BYTES_MAX] {
    [0; NAME_BYTES_MAX]
}

/// The beginning of a text, at most `bytes_max` long, cut between characters.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

// === impl Members ===

impl<'de, const N: usize> Visitor<'de> for Members<'_, 'de, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let name = || MemberName { names: self.names, spelling: self.spelling };
        while let Some(place) = map.next_key_seed(name())? {
            let Some(place) = place else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value: &'de RawValue = map.next_value()?;
            self.found[place] = Some(value).filter(|value| value.get() != "null");
        }
        Ok(self.found)
    }
}

// === impl MemberName ===

impl<'de> DeserializeSeed<'de> for MemberName<'_> {
    type Value = Option<usize>;

    /// Reads the name as bytes, so that half a surrogate pair in the name of a member that nobody
    /// asked for does not spoil the rest.
    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        reader: D,
    ) -> Result<Option<usize>, D::Error> {
        reader.deserialize_bytes(self)
    }
}

impl Visitor<'_> for MemberName<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        self.visit_bytes(name.as_bytes())
    }

    fn visit_bytes<E: serde::de::Error>(self, name: &[u8]) -> Result<Option<usize>, E> {
        let mut buffer = name_buffer();
        let name = match self.spelling {
            Spelling::Exact => name,
            Spelling::Loose => match squash(name, &mut buffer) {
                Some(name) => name,
                None => return Ok(None),
            },
        };
        Ok(self.names.iter().position(|known| known.as_bytes() == name))
    }
}

#[cfg(test)]
mod tests;
