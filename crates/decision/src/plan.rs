//! What runs for a tenant.

use model::{Campaign, CampaignKey, TenantKey};
use plugins::{Host, Plugin};

/// A campaign and the plugin that chooses its customers.
#[derive(Clone)]
pub struct Planned {
    /// The campaign.
    pub campaign: Campaign,
    /// The plugin that its `when` names.
    pub plugin: Plugin,
}

/// All campaigns of a tenant at one time. Immutable; a change is a new plan of a higher version.
pub struct Plan {
    version: u64,
    tenant: TenantKey,
    #[expect(dead_code, reason = "the signature comes first")]
    host: Host,
    campaigns: Vec<Planned>,
}

/// Why campaigns make no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Two campaigns have the same name.
    #[error("two campaigns are named {0}")]
    DuplicateCampaign(CampaignKey),
}

// === impl Plan ===

impl Plan {
    /// Makes a plan. `host` is the one that loaded the plugins; its clock bounds each decision.
    ///
    /// # Errors
    /// When the campaigns contradict each other.
    pub fn new(
        version: u64,
        tenant: TenantKey,
        host: Host,
        campaigns: Vec<Planned>,
    ) -> Result<Self, PlanError> {
        Ok(Self { version, tenant, host, campaigns })
    }

    /// Its version, which exposures carry.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whose plan it is.
    pub fn tenant(&self) -> &TenantKey {
        &self.tenant
    }

    /// The campaigns, the most important first.
    pub fn campaigns(&self) -> impl Iterator<Item = &Planned> {
        self.campaigns.iter()
    }

    /// The campaign of a name.
    pub fn campaign(&self, key: &CampaignKey) -> Option<&Planned> {
        self.campaigns.iter().find(|planned| planned.campaign.key == *key)
    }
}
