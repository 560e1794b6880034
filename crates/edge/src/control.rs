//! What the control plane is handed of a running server.

mod publisher;

use std::sync::Arc;

use analytics::Design;
use console::{Authenticator, Catalogue, PluginGate, Publisher, Refusal, State};
use model::TenantKey;

use crate::keys::Kind;
use crate::service::Service;
use crate::upkeep::chain;

/// The data plane's side of the control plane.
pub(crate) struct Control {
    service: Arc<Service>,
    host: plugins::Host,
}

// === impl Control ===

impl Control {
    /// The state that the control plane is started with.
    pub(crate) fn state(service: &Arc<Service>, host: plugins::Host) -> State {
        let control = Arc::new(Self { service: Arc::clone(service), host });
        let recorder = service.recorder.clone();
        State {
            authenticator: Arc::clone(&control) as Arc<dyn Authenticator>,
            catalogue: Arc::clone(&control) as Arc<dyn Catalogue>,
            publisher: Arc::clone(&control) as Arc<dyn Publisher>,
            gate: control,
            live: Arc::clone(&service.live),
            recorded_lsn: Arc::new(move || recorder.appended_lsn()),
            registry: service.metrics.registry.clone(),
            readiness: service.readiness.clone(),
        }
    }
}

impl Authenticator for Control {
    fn admin(&self, bearer: &str) -> Option<TenantKey> {
        let caller = self.service.keys.load().authenticate(bearer).ok()?;
        self.service.tenants.get(caller.tenant())?;
        (caller.kind() == Kind::Admin).then(|| TenantKey::clone(caller.tenant()))
    }
}

impl Catalogue for Control {
    fn plan(&self, tenant: &TenantKey) -> Option<console::Plan> {
        let plan = self.service.plans.of(tenant);
        let plan = plan.as_ref()?;
        let campaigns = plan.campaigns().map(|planned| Design::from(&planned.campaign));
        let campaigns = campaigns.chain(plan.holdout().map(Design::from)).collect();
        Some(console::Plan { version: plan.version(), campaigns })
    }

    fn former(&self, tenant: &TenantKey, campaign: &str) -> Option<Design> {
        let (version, design) = self.service.plans.latest_with(tenant, |plan| {
            let campaigns = plan.campaigns().iter();
            let designs = campaigns.map(|(_, written)| Design::from(&written.campaign));
            let mut designs = designs.chain(plan.holdout().map(Design::from));
            designs.find(|design| design.campaign.as_str() == campaign)
        })?;
        Some(Design { last_version: Some(version), ..design })
    }
}

impl PluginGate for Control {
    fn check(&self, source: &[u8]) -> Result<[u8; 32], Refusal> {
        match self.host.load(source) {
            Ok(plugin) => Ok(*plugin.digest()),
            Err(rejection) => {
                Err(Refusal { name: rejection.name().to_owned(), detail: chain(&rejection) })
            }
        }
    }
}
