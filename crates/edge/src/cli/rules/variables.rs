//! The variables of an expression, out of a JSON object.
//!
//! | JSON | CEL |
//! |---|---|
//! | a number without point or exponent | `int`; `uint` where it is too large for that; else `double` |
//! | any other number | `double` |
//! | an object | `map`, with its keys as `string` |
//!
//! A key that is there twice is refused, since readers of JSON disagree on what it means.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use model::Currency;
use rules::cel::{
    Attribute, Declared, EvalError, EvalErrorKind, Map, Question, Schema, Source, Type, Value,
};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::limits::VARIABLES_BYTES_MAX;

/// Variables by name.
#[derive(Debug, Default)]
pub(super) struct Variables {
    names: Vec<Box<str>>,
    values: Vec<Value>,
}

/// A JSON value as CEL sees it.
struct Json(Value);

// === impl Variables ===

impl Variables {
    /// Reads a file; one with nothing in it has no variables.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let place = || format!("cannot read the variables in {}", path.display());
        let mut text = Vec::new();
        let file = File::open(path).with_context(place)?;
        file.take(VARIABLES_BYTES_MAX + 1).read_to_end(&mut text).with_context(place)?;
        ensure!(
            u64::try_from(text.len()).is_ok_and(|bytes| bytes <= VARIABLES_BYTES_MAX),
            "{}: more than {VARIABLES_BYTES_MAX} bytes of variables",
            path.display()
        );
        Self::parse(&text).with_context(place)
    }

    fn parse(text: &[u8]) -> anyhow::Result<Self> {
        if text.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let Json(Value::Map(map)) = serde_json::from_slice(text)? else {
            bail!("not a JSON object: write `{{\"name\": value}}`");
        };
        // Attributes are numbered with 16 bits.
        ensure!(map.len() <= usize::from(u16::MAX), "more than {} variables", u16::MAX);
        let mut variables = Self::default();
        for (name, value) in map.entries() {
            let Value::String(name) = name else { bail!("a name that is no text") };
            variables.names.push((**name).into());
            variables.values.push(value.clone());
        }
        Ok(variables)
    }

    /// The names as an expression can use them.
    pub(super) fn schema(&self, currency: Option<Currency>) -> Schema {
        let attributes = self.names.iter().map(|name| Declared {
            path: name.clone(),
            parameters: Box::default(),
            ty: Type::Dyn,
            optional: false,
            about: Box::default(),
        });
        Schema { attributes: attributes.collect(), currency, ..Schema::default() }
    }
}

impl Source for Variables {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        Ok(self.values.get(usize::from(attribute.0)).cloned())
    }

    fn ask(&self, _: Question, _: &[Value]) -> Result<Value, EvalError> {
        Err(EvalError::new(EvalErrorKind::NoOverload, "variables answer no questions"))
    }
}

// === impl Json ===

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

/// Makes values of JSON.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Uint(number), Value::Int))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Double(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Json(value)) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::list(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut seen = BTreeSet::new();
        let mut entries = Vec::new();
        while let Some(key) = object.next_key::<String>()? {
            // Before its value is read, so that the place told is that of the key.
            if !seen.insert(key.clone()) {
                return Err(de::Error::custom(format_args!("the key {key:?} is there twice")));
            }
            let Json(value) = object.next_value()?;
            entries.push((Value::text(&key), value));
        }
        Map::new(entries).map(|map| Value::Map(map.into())).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
