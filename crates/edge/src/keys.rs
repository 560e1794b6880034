//! API keys: who calls, and for which tenant.
//!
//! A key is one line of text that says what it is and can be checked for typing errors without
//! asking anybody, after the model of GitHub's tokens:
//!
//! ```text
//! vsk_7h2k9m4qwe_0123456789abcdefghjkmnpqrstvwxyz2n30fcj
//! '-' '--------' '------------------------------''-----'
//!  |      id      160 bits of chance              CRC-32 of all before it
//!  kind: vpk publishable, vsk secret, vak admin           (7 digits)
//! ```
//!
//! All parts are Crockford's base 32 in lower case. The tenant is not in the key: it is what the key
//! is registered for, so a caller cannot claim to be somebody else. [`Tenant`] can be made only here,
//! by [`KeyRing::authenticate`]; a handler that takes one needs no further check.
//!
//! The folder keeps no key that could be used:
//!
//! | file | mode | what |
//! |---|---|---|
//! | `keys.toml` | 0600 | kind, id, tenant, times, and HMAC-SHA256(pepper, key without checksum) |
//! | `pepper.key` | 0600 | 32 random bytes, made once; without it no key can be checked |
//! | `keys.lock` | 0600 | held while one process changes `keys.toml` |
//!
//! Kind and id are inside the HMAC, so a publishable key does not become a secret one by editing the
//! file. A file that cannot be read is named and left alone, and whoever was loaded before stays.
//!
//! Read on in `text` (the format), `ring` (checking), `folder` (the command line's part), `file`.

mod caller;
mod error;
mod file;
mod folder;
pub mod limits;
mod pepper;
mod ring;
mod text;

pub use caller::{Caller, Tenant};
pub use error::{AuthError, KeyError};
pub use file::KeyRecord;
pub use folder::{NewKey, create, derived_key, list, revoke};
pub use ring::KeyRing;
pub use text::{KeyId, Kind};

#[cfg(test)]
mod tests;
