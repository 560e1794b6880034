//! What the serving path needs of each tenant, found by the tenant that a key proves.

use std::collections::HashMap;

use model::{Currency, TenantKey};

use crate::config;

/// The settings of all tenants.
#[derive(Debug)]
pub(crate) struct Tenants {
    by_key: HashMap<TenantKey, config::Tenant>,
}

// === impl Tenants ===

impl Tenants {
    pub(crate) fn new(by_key: HashMap<TenantKey, config::Tenant>) -> Self {
        Self { by_key }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &TenantKey> {
        self.by_key.keys()
    }

    /// Every tenant with the currency of amounts that come without one.
    pub(crate) fn currencies(&self) -> impl Iterator<Item = (&TenantKey, Currency)> {
        self.by_key.iter().map(|(tenant, settings)| (tenant, settings.currency))
    }

    /// The settings of a tenant; `None` when a key's tenant is no longer configured.
    pub(crate) fn get(&self, tenant: &TenantKey) -> Option<&config::Tenant> {
        self.by_key.get(tenant)
    }

    /// Whether any tenant lets pages of this origin call. A preflight carries no key, so it can only
    /// be answered for all; the call itself is checked against its own tenant.
    pub(crate) fn any_allows(&self, origin: &str) -> bool {
        self.by_key.values().any(|tenant| tenant.allows(origin))
    }
}
