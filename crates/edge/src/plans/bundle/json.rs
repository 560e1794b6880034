//! A bundle as JSON: what `POST /v1/plan` takes, `vitrine publish` sends, and kept versions are on disk.
//!
//! ```text
//!  {"files": {"cart-rescue.toml": "key = ...", "plugins/x.wasm": {"base64": "AGFzbQ..."}}}
//! ```

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Bundle;
use crate::limits::PLAN_FILES_MAX;
use crate::plans::complaint::Complaint;

/// A bundle's files as JSON has them, beside which other members may stand.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    files: Files,
}

/// Why JSON is no bundle.
#[derive(Debug)]
pub(crate) enum BundleError {
    /// It is not what is described above.
    Malformed(serde_json::Error),
    /// Its files make no plan.
    Unfit(Vec<Complaint>),
}

#[derive(Debug)]
struct Files(BTreeMap<Box<str>, Box<[u8]>>);

/// What is in a file: text, or anything else.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Content<T> {
    Text(T),
    Binary { base64: String },
}

// === impl Bundle ===

impl Bundle {
    /// Reads a bundle from JSON.
    ///
    /// # Errors
    /// When the text is no such JSON, or the files make no plan.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, BundleError> {
        let text: Text = serde_json::from_slice(json).map_err(BundleError::Malformed)?;
        Self::new("", text.files.0).map_err(BundleError::Unfit)
    }

    /// The bundle as JSON.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let files = Files(BTreeMap::clone(&self.files));
        serde_json::to_vec(&Text { files }).expect("names and texts serialise")
    }
}

// === impl Files ===

impl Serialize for Files {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, bytes)| {
            let content = match std::str::from_utf8(bytes) {
                Ok(text) => Content::Text(text),
                Err(_) => Content::Binary { base64: STANDARD.encode(bytes) },
            };
            (name, content)
        }))
    }
}

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FilesVisitor)
    }
}

struct FilesVisitor;

impl<'de> Visitor<'de> for FilesVisitor {
    type Value = Files;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .write_str("an object with the text of each file, or {\"base64\": ...}, by its name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Files, A::Error> {
        let mut files = BTreeMap::new();
        while let Some((name, content)) = map.next_entry::<Box<str>, Content<String>>()? {
            let bytes = match content {
                Content::Text(text) => text.into_bytes(),
                Content::Binary { base64 } => STANDARD
                    .decode(base64)
                    .map_err(|error| A::Error::custom(format!("{name:?}: {error}")))?,
            };
            if files.len() >= PLAN_FILES_MAX {
                return Err(A::Error::custom(format!("more than {PLAN_FILES_MAX} files")));
            }
            if files.contains_key(&name) {
                return Err(A::Error::custom(format!("a second file {name:?}")));
            }
            files.insert(name, bytes.into());
        }
        Ok(Files(files))
    }
}
