//! Who has been authenticated.

use std::ops::Deref;

use model::TenantKey;

use super::text::{KeyId, Kind};

/// A tenant for whom a caller has shown a key. Nothing but authentication can make one:
///
/// ```
/// # fn served(caller: &edge::keys::Caller) {
/// let tenant: &model::TenantKey = caller.tenant();
/// # }
/// ```
///
/// ```compile_fail,E0423
/// let demo = model::TenantKey::parse("demo").unwrap();
/// let forged = edge::keys::Tenant(demo);
/// ```
///
/// ```compile_fail,E0599
/// let demo = model::TenantKey::parse("demo").unwrap();
/// let forged = edge::keys::Tenant::new(demo);
/// ```
///
/// ```compile_fail,E0277
/// let demo = model::TenantKey::parse("demo").unwrap();
/// let forged: edge::keys::Tenant = demo.into();
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tenant(TenantKey);

/// A caller whose key was found to be good.
///
/// ```compile_fail,E0451
/// fn become_admin(caller: edge::keys::Caller) -> edge::keys::Caller {
///     edge::keys::Caller { kind: edge::keys::Kind::Admin, ..caller }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    tenant: Tenant,
    kind: Kind,
    key: KeyId,
}

// === impl Tenant ===

impl Deref for Tenant {
    type Target = TenantKey;

    fn deref(&self) -> &TenantKey {
        &self.0
    }
}

// === impl Caller ===

impl Caller {
    pub(super) const fn new(tenant: TenantKey, kind: Kind, key: KeyId) -> Self {
        Self { tenant: Tenant(tenant), kind, key }
    }

    /// For whom the caller acts.
    pub const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// What the key allows.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Which key it was, for logs.
    pub const fn key(&self) -> KeyId {
        self.key
    }
}
