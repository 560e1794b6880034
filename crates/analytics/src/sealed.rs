//! A small document on disk with a checksum: what the snapshot and the manifest of the tables are.
//!
//! Two lines of text, each ended by a line feed, and nothing after them. The first is JSON whose members
//! `format` and `version` say what it is; the second is the CRC-32C of the first without its line feed,
//! in hexadecimal:
//!
//! ```text
//! {"format":"vitrine-figures","version":1,...}
//! crc32c 1a2b3c4d
//! ```
//!
//! What does not read back is refused with what is wrong; the callers never use it in part.

use serde::{Deserialize, Serialize};

/// What a document is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
}

/// The beginning of every version, so that a later one is told from damage.
#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

// === impl Format ===

impl Format {
    /// The bytes of a document, which must have the members `format` and `version`.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(crate) fn seal(document: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(document)?;
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(format!("\ncrc32c {checksum:08x}\n").as_bytes());
        Ok(bytes)
    }

    /// Reads a document of this format and version; the text of an error says what is wrong.
    ///
    /// # Errors
    /// When it is not what [`Self::seal`] writes, or is of another format or version.
    pub(crate) fn open<'a, T: Deserialize<'a>>(self, bytes: &'a [u8]) -> Result<T, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let (line, rest) = text.split_once('\n').ok_or("its second line is missing")?;
        let expected = format!("crc32c {:08x}\n", crc32c::crc32c(line.as_bytes()));
        if rest != expected {
            return Err("its checksum does not fit".to_owned());
        }
        let header: Header = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if header.format != self.name || header.version != self.version {
            return Err(format!(
                "it is {:?} of version {}, and this program reads {:?} of version {}",
                header.format, header.version, self.name, self.version
            ));
        }
        serde_json::from_str(line).map_err(|error| error.to_string())
    }
}
