//! Whether the service may be sent requests, and if not, why.
//!
//! ```text
//!   blocked by "journal", "plans" ...  --unblock each-->  ready  --drain-->  draining, for good
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A handle on the readiness of the process; all copies are of the same. A new one is ready, so name
/// what must come first before anything listens.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<Blocks>>);

#[derive(Debug, Default)]
struct Blocks {
    reasons: BTreeMap<&'static str, String>,
    draining: bool,
}

// === impl Readiness ===

impl Readiness {
    /// Not ready until [`Self::unblock`] is called with the same name. The reason is for operators.
    pub fn block(&self, name: &'static str, reason: &str) {
        self.blocks().reasons.insert(name, reason.to_owned());
    }

    /// What was named is no obstacle any more.
    pub fn unblock(&self, name: &'static str) {
        self.blocks().reasons.remove(name);
    }

    /// Not ready any more until the process ends, so that load balancers send requests elsewhere.
    pub fn drain(&self) {
        self.blocks().draining = true;
    }

    /// Why the service is not ready, each as `name: reason`; empty when it is.
    pub fn reasons(&self) -> Vec<String> {
        let blocks = self.blocks();
        let draining = blocks.draining.then(|| "draining: the process is shutting down".to_owned());
        let reasons = blocks.reasons.iter().map(|(name, reason)| format!("{name}: {reason}"));
        draining.into_iter().chain(reasons).collect()
    }

    /// Whether the service may be sent requests.
    pub fn is_ready(&self) -> bool {
        let blocks = self.blocks();
        !blocks.draining && blocks.reasons.is_empty()
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Readiness;

    #[test]
    fn the_service_is_ready_when_nothing_blocks_it_and_it_is_not_draining() {
        let readiness = Readiness::default();
        readiness.block("plans", "campaigns are being compiled");
        readiness.block("journal", "records are being replayed");
        readiness.unblock("journal");
        assert_eq!(readiness.reasons(), ["plans: campaigns are being compiled"]);
        assert!(!readiness.is_ready());
        readiness.unblock("plans");
        assert!(readiness.is_ready());
        readiness.drain();
        assert!(!readiness.is_ready());
        assert_eq!(readiness.reasons(), ["draining: the process is shutting down"]);
    }
}
