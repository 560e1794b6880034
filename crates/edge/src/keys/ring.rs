//! All keys in memory, and the check of one.

use std::collections::HashMap;
use std::path::Path;

use model::TenantKey;
use subtle::ConstantTimeEq;

use super::caller::Caller;
use super::error::{AuthError, KeyError};
use super::file::{self, Stamp};
use super::pepper::{self, Pepper};
use super::text::{KeyId, Kind, Parts};

/// All keys of one folder at one time. It does not change; when [`Self::is_stale`] says that the file
/// has, the server loads another and swaps them whole.
pub struct KeyRing {
    keys: HashMap<KeyId, Registered>,
    pepper: Pepper,
    /// What a key that is not registered is compared with, so that it takes as long.
    nobody: [u8; 32],
    stamp: Option<Stamp>,
}

struct Registered {
    tenant: TenantKey,
    kind: Kind,
    mac: [u8; 32],
    revoked: bool,
}

// === impl KeyRing ===

impl KeyRing {
    /// Loads the keys of a folder. A folder without `keys.toml` has none.
    ///
    /// # Errors
    /// When a file cannot be read or is corrupt, or when there are keys and no pepper.
    pub fn load(dir: &Path) -> Result<Self, KeyError> {
        let (records, stamp) = file::read(dir)?;
        let pepper = match Pepper::load(dir)? {
            Some(pepper) => pepper,
            None if records.is_empty() => Pepper::of(&[0; 32]),
            None => return Err(KeyError::PepperMissing { path: dir.join(pepper::FILE_NAME) }),
        };
        let registered = records.into_iter().map(|record| {
            let revoked = record.revoked_at.is_some();
            let file::KeyRecord { tenant, kind, mac, .. } = record;
            (record.id, Registered { tenant, kind, mac, revoked })
        });
        let nobody = pepper.mac(b"nobody");
        Ok(Self { keys: registered.collect(), pepper, nobody, stamp })
    }

    /// Whether the folder's `keys.toml` is another file than the one that was loaded: cheap enough to ask every
    /// second. Also true when that cannot be found out, so that loading tells why.
    pub fn is_stale(&self, dir: &Path) -> bool {
        Stamp::of_folder(dir).map_or(true, |stamp| stamp != self.stamp)
    }

    /// How many keys there are, revoked ones included.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Finds out who calls.
    ///
    /// The HMAC is computed and compared in constant time whether or not the id is known, so that the
    /// time it takes tells nothing about which ids exist. Only who has the whole key learns that it
    /// was revoked.
    ///
    /// # Errors
    /// When the text is no key, or not one of this ring's, or was revoked.
    pub fn authenticate(&self, text: &str) -> Result<Caller, AuthError> {
        let parts = Parts::of(text).ok_or(AuthError::Malformed)?;
        let registered = self.keys.get(&parts.id);
        let expected = registered.map_or(&self.nobody, |registered| &registered.mac);
        let is_right = self.pepper.mac(parts.signed).ct_eq(expected);
        match registered {
            Some(registered) if bool::from(is_right) && registered.kind == parts.kind => {
                if registered.revoked {
                    return Err(AuthError::Revoked);
                }
                Ok(Caller::new(registered.tenant.clone(), registered.kind, parts.id))
            }
            _ => Err(AuthError::Unknown),
        }
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}
