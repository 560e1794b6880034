//! Which plan is in force, and what became of those that were offered.

use model::{TenantKey, Timestamp};
use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use super::counters;

/// Every metric of plans, by tenant.
#[derive(Clone, Debug)]
pub(crate) struct PlanMetrics {
    version: IntGaugeVec,
    published_at: IntGaugeVec,
    refused: IntGaugeVec,
    publications: IntCounterVec,
}

// === impl PlanMetrics ===

impl PlanMetrics {
    /// Makes and registers them.
    pub(super) fn new(registry: &Registry) -> Self {
        let gauge = |name: &str, help: &str| {
            IntGaugeVec::new(Opts::new(name, help), &["tenant"])
                .expect("the name and label are valid")
        };
        let metrics = Self {
            version: gauge("vitrine_plan_version", "Version of the plan in force."),
            published_at: gauge(
                "vitrine_plan_published_timestamp_seconds",
                "When the plan in force was published.",
            ),
            refused: gauge(
                "vitrine_plan_refused",
                "1 when what was offered last was refused and an earlier plan is in force.",
            ),
            publications: counters(
                "vitrine_plan_publications_total",
                "Plans offered by a folder or the control plane, and what became of them.",
                &["tenant", "result"],
            ),
        };
        let gauges = [&metrics.version, &metrics.published_at, &metrics.refused];
        for gauge in gauges {
            registry.register(Box::new(gauge.clone())).expect("each name is registered once");
        }
        let publications = Box::new(metrics.publications.clone());
        registry.register(publications).expect("each name is registered once");
        metrics
    }

    /// A plan is in force, and nothing newer was refused.
    pub(crate) fn in_force(&self, tenant: &TenantKey, version: u64, published_at: Timestamp) {
        let label = [tenant.as_str()];
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        self.version.with_label_values(&label).set(version);
        self.published_at.with_label_values(&label).set(published_at.ms() / 1_000);
        self.refused.with_label_values(&label).set(0);
    }

    /// A plan was published.
    pub(crate) fn published(&self, tenant: &TenantKey) {
        self.publications.with_label_values(&[tenant.as_str(), "published"]).inc();
    }

    /// A plan was refused.
    pub(crate) fn refused(&self, tenant: &TenantKey) {
        self.refused.with_label_values(&[tenant.as_str()]).set(1);
        self.publications.with_label_values(&[tenant.as_str(), "refused"]).inc();
    }
}
