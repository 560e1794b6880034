//! Who a customer is: the names that a shop uses, and the one name that Vitrine gives.

use std::fmt;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::TenantKey;

/// The canonical name of a customer within the whole installation.
///
/// It is a stable hash of the tenant and of the first name that the shop used for the customer, so
/// every node gives the same name without asking another, and no two tenants share one. The top bit
/// is clear for a name made from a `userId`: of two merged customers the smaller id stays, and so a
/// known customer absorbs an anonymous one.
///
/// Written as `c-` and 26 characters of Crockford's base 32 in lower case, most significant first.
// Bytes, most significant first, are ordered as the number is, and need no alignment: a profile and
// all that names a customer in it would be padded to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerId([u8; 16]);

/// What kind of name an [`Alias`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AliasKind {
    /// `userId`: the shop's own name for somebody who has signed in.
    User,
    /// `anonymousId`: the name of a browser.
    Anonymous,
}

/// A name that the shop uses for a customer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alias {
    /// Whether it names a person or a browser.
    pub kind: AliasKind,
    /// The name itself, as the shop sent it; bounded by [`crate::limits::ALIAS_BYTES_MAX`].
    pub name: Box<str>,
}

/// The names under which a call speaks of a customer. At least one is present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    primary: Alias,
    anonymous: Option<Alias>,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const ANONYMOUS_BIT: u128 = 1 << 127;

// === impl CustomerId ===

impl CustomerId {
    /// The name of the customer whom `tenant` calls `alias`, before any merge.
    pub fn of(tenant: &TenantKey, alias: &Alias) -> Self {
        let mut hasher = SipHasher13::new_with_keys(0x7669_7472_696e_6521, 0x6375_7374_6f6d_6572);
        hasher.write(tenant.as_str().as_bytes());
        // Neither a tenant's name nor UTF-8 contains 0xff, so the parts cannot run together.
        hasher.write(&[0xff]);
        hasher.write(alias.name.as_bytes());
        let hash = hasher.finish128().as_u128();
        Self::from_u128(match alias.kind {
            AliasKind::User => hash & !ANONYMOUS_BIT,
            AliasKind::Anonymous => hash | ANONYMOUS_BIT,
        })
    }

    /// The name as a number, for keys on disk.
    pub const fn to_u128(self) -> u128 {
        u128::from_be_bytes(self.0)
    }

    /// The name that [`Self::to_u128`] gave.
    pub const fn from_u128(number: u128) -> Self {
        Self(number.to_be_bytes())
    }

    /// Whether the name was made from a `userId`.
    pub const fn is_user(self) -> bool {
        self.to_u128() & ANONYMOUS_BIT == 0
    }

    /// Reads the text form; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("c-")?;
        if digits.len() != 26 {
            return None;
        }
        let mut number: u128 = 0;
        for byte in digits.bytes() {
            let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
            if number >> 123 != 0 {
                return None;
            }
            number = number << 5 | u128::try_from(digit).ok()?;
        }
        Some(Self::from_u128(number))
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; 28];
        text[..2].copy_from_slice(b"c-");
        let mut rest = self.to_u128();
        for place in text[2..].iter_mut().rev() {
            let digit = usize::try_from(rest & 31).expect("below 32");
            *place = ALPHABET[digit];
            rest >>= 5;
        }
        f.write_str(std::str::from_utf8(&text).expect("only ASCII was written"))
    }
}

impl fmt::Debug for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// === impl Alias ===

impl Alias {
    /// A `userId`.
    pub fn user(name: &str) -> Self {
        Self { kind: AliasKind::User, name: name.into() }
    }

    /// An `anonymousId`.
    pub fn anonymous(name: &str) -> Self {
        Self { kind: AliasKind::Anonymous, name: name.into() }
    }
}

// === impl Identity ===

impl Identity {
    /// The identity of a call that carries these names; `None` when it carries neither.
    pub fn new(user_id: Option<&str>, anonymous_id: Option<&str>) -> Option<Self> {
        match (user_id, anonymous_id) {
            (Some(user), anonymous) => Some(Self {
                primary: Alias::user(user),
                anonymous: anonymous.map(Alias::anonymous),
            }),
            (None, Some(anonymous)) => {
                Some(Self { primary: Alias::anonymous(anonymous), anonymous: None })
            }
            (None, None) => None,
        }
    }

    /// The name that decides whose profile is meant: the `userId` if there is one.
    pub const fn primary(&self) -> &Alias {
        &self.primary
    }

    /// The `anonymousId` that came along with a `userId`.
    pub const fn also_anonymous(&self) -> Option<&Alias> {
        self.anonymous.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::{Alias, CustomerId};
    use crate::TenantKey;

    fn id(tenant: &str, alias: &Alias) -> CustomerId {
        CustomerId::of(&TenantKey::parse(tenant).expect("valid"), alias)
    }

    #[test]
    fn the_name_of_a_customer_never_changes_between_versions() {
        let shown = id("demo", &Alias::anonymous("a-1")).to_string();
        assert_eq!(shown.len(), 28);
        assert_eq!(CustomerId::parse(&shown), Some(id("demo", &Alias::anonymous("a-1"))));
        assert_eq!(shown, "c-6rwxpg9xrajssdw9xxjj7fav0m");
    }

    #[test]
    fn tenants_and_kinds_of_alias_never_share_a_customer() {
        let ids = [
            id("demo", &Alias::anonymous("a-1")),
            id("demo", &Alias::user("a-1")),
            id("other", &Alias::anonymous("a-1")),
        ];
        assert_ne!(ids[0], ids[1]);
        assert_ne!(ids[0], ids[2]);
        assert!(ids[1] < ids[0], "a known customer absorbs an anonymous one");
    }

    #[test]
    fn what_is_no_customer_id_is_not_read() {
        for text in
            ["", "c-", "c-0", "x-00000000000000000000000000", "c-z0000000000000000000000000"]
        {
            assert_eq!(CustomerId::parse(text), None, "{text:?}");
        }
    }
}
