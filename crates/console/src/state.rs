//! What the control plane is handed: everything it answers from.

use std::fmt;
use std::sync::Arc;

use analytics::{Design, Live};
use model::TenantKey;
use prometheus::Registry;

use crate::publishing::Publisher;
use crate::readiness::Readiness;

/// Whose admin key it is.
pub trait Authenticator: Send + Sync {
    /// The tenant of a valid admin key; `None` for every other text, keys of other kinds included. Must
    /// not tell by its time how much of a key was right.
    fn admin(&self, bearer: &str) -> Option<TenantKey>;
}

/// Which campaigns run.
pub trait Catalogue: Send + Sync {
    /// The tenant's current plan; `None` when it has none.
    fn plan(&self, tenant: &TenantKey) -> Option<Plan>;

    /// The campaign, or the holdout, of this name as the last plan had it that is kept and has it. Reads plans from
    /// the disk, and blocks the thread for as long as that takes.
    fn former(&self, tenant: &TenantKey, campaign: &str) -> Option<Design>;
}

/// Which plugins may run.
pub trait PluginGate: Send + Sync {
    /// Checks and compiles a plugin, wasm or wat, without keeping it, and gives the SHA-256 of its wasm
    /// bytes. Blocks the thread for as long as that takes.
    ///
    /// # Errors
    /// When the plugin would not be taken.
    fn check(&self, source: &[u8]) -> Result<[u8; 32], Refusal>;
}

/// What a marketer may know of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The plan's version.
    pub version: u64,
    /// Its campaigns, in the order in which they are listed.
    pub campaigns: Vec<Design>,
}

/// Why a plugin would not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason's stable name, for programs.
    pub name: String,
    /// The reason in words, for the plugin's author.
    pub detail: String,
}

/// What the control plane answers from.
#[derive(Clone)]
pub struct State {
    /// Admin keys.
    pub authenticator: Arc<dyn Authenticator>,
    /// Plans.
    pub catalogue: Arc<dyn Catalogue>,
    /// Publishing.
    pub publisher: Arc<dyn Publisher>,
    /// The gate for plugins.
    pub gate: Arc<dyn PluginGate>,
    /// The live figures.
    pub live: Arc<Live>,
    /// The last record appended to the journal. Figures are told once they hold it.
    pub recorded_lsn: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// The metrics.
    pub registry: Registry,
    /// Whether the service may be sent requests.
    pub readiness: Readiness,
}

// === impl State ===

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("readiness", &self.readiness).finish_non_exhaustive()
    }
}
