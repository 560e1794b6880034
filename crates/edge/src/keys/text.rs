//! The text form of a key.

use std::fmt;

use flate2::Crc;

use super::error::KeyError;

/// What a key allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// For pages that anybody can read: send events, ask for decisions as of now.
    Publishable,
    /// For the shop's servers: also set times and traits, and ask for explanations.
    Secret,
    /// For the control plane.
    Admin,
}

/// The public part of a key, by which it is listed and revoked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; ID_BYTES]);

/// A whole key. It is shown once, when it is made; its `Debug` form hides the secret.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct KeyText(String);

/// The parts of a text whose form and checksum are right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) kind: Kind,
    pub(super) id: KeyId,
    /// All but the checksum: what the HMAC is taken of.
    pub(super) signed: &'a [u8],
}

/// Crockford's base 32: no i, l, o and u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const PREFIX_BYTES: usize = 4;
const ID_BYTES: usize = 10;
const SECRET_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 7;
const SIGNED_BYTES: usize = PREFIX_BYTES + ID_BYTES + 1 + SECRET_BYTES;
const KEY_BYTES: usize = SIGNED_BYTES + CHECKSUM_BYTES;

/// The random bytes that make one key: 8 for the id, of which 50 bits are used, and 20 for the secret.
pub(super) type Chance = ([u8; 8], [u8; 20]);

// === impl Kind ===

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Publishable, Self::Secret, Self::Admin];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publishable => "publishable",
            Self::Secret => "secret",
            Self::Admin => "admin",
        }
    }

    /// The kind of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// How its keys begin.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Publishable => "vpk_",
            Self::Secret => "vsk_",
            Self::Admin => "vak_",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

// === impl KeyId ===

impl KeyId {
    /// Reads an id, with or without the prefix that keys show before it.
    ///
    /// # Errors
    /// When the text is no id.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bare = Kind::ALL.into_iter().find_map(|kind| text.strip_prefix(kind.prefix()));
        let bytes = bare.unwrap_or(text).as_bytes();
        match bytes.try_into() {
            Ok(id) if bytes.iter().all(|byte| ALPHABET.contains(byte)) => Ok(Self(id)),
            _ => Err(KeyError::InvalidId(text.chars().take(16).collect())),
        }
    }

    /// The ten characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an id is made of ASCII only")
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl KeyText ===

impl KeyText {
    /// The key that these random bytes make.
    pub(super) fn new(kind: Kind, (id, secret): &Chance) -> (KeyId, Self) {
        let id = KeyId(digits::<ID_BYTES>(u64::from_le_bytes(*id)));
        let mut text = String::with_capacity(KEY_BYTES);
        text.push_str(kind.prefix());
        text.push_str(id.as_str());
        text.push('_');
        for group in secret.as_chunks::<5>().0 {
            let number = group.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
            text.extend(digits::<8>(number).map(char::from));
        }
        text.extend(checksum(text.as_bytes()).map(char::from));
        (id, Self(text))
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn signed(&self) -> &[u8] {
        &self.0.as_bytes()[..SIGNED_BYTES]
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_...", self.0.get(..PREFIX_BYTES + ID_BYTES).unwrap_or_default())
    }
}

// === impl Parts ===

impl<'a> Parts<'a> {
    /// Takes a key apart; `None` when its form or its checksum is wrong.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let bytes: &[u8; KEY_BYTES] = text.as_bytes().try_into().ok()?;
        let (signed, sum) = bytes.split_at(SIGNED_BYTES);
        let (prefix, rest) = signed.split_at(PREFIX_BYTES);
        let (id, secret) = rest.split_at(ID_BYTES);
        let kind = Kind::ALL.into_iter().find(|kind| kind.prefix().as_bytes() == prefix)?;
        if sum != checksum(signed) || secret.first() != Some(&b'_') {
            return None;
        }
        let id: [u8; ID_BYTES] = id.try_into().ok()?;
        id.is_ascii().then_some(Self { kind, id: KeyId(id), signed })
    }
}

/// The CRC-32 of the text in base 32.
fn checksum(text: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut crc = Crc::new();
    crc.update(text);
    digits(u64::from(crc.sum()))
}

/// The lowest `5 * N` bits in base 32, most significant first.
fn digits<const N: usize>(number: u64) -> [u8; N] {
    let mut text = [0; N];
    let mut rest = number;
    for place in text.iter_mut().rev() {
        let digit = usize::try_from(rest & 31).expect("below 32");
        *place = ALPHABET[digit];
        rest >>= 5;
    }
    text
}
