//! How much of each budget is used, read when metrics are scraped.
//!
//! One series for each campaign of the plans in force that has a budget, and no more than
//! [`BUDGET_SERIES_MAX`] of them.

use std::sync::{Arc, Weak};

use decision::{Standing, Used};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGaugeVec, Opts};

use crate::limits::BUDGET_SERIES_MAX;
use crate::service::Service;

/// A collector that asks the ledger.
pub(crate) struct BudgetsOnScrape {
    /// Weak: the service owns the registry, which owns the collector.
    service: Weak<Service>,
    gauges: Vec<(IntGaugeVec, Source)>,
}

/// Where a gauge's value comes from.
type Source = fn(&Standing) -> u64;

const GAUGES: [(&str, &str, Source); 6] = [
    ("vitrine_budget_shows_committed", "Shows seen, within the budget.", |it| it.shows.committed),
    ("vitrine_budget_shows_reserved", "Shows neither seen nor released.", |it| it.shows.reserved),
    ("vitrine_budget_shows_overrun", "Shows seen late, beyond the budget.", |it| it.shows.overrun),
    ("vitrine_budget_discount_committed_minor", "Discount seen, within the budget.", |it| {
        discount(it).committed
    }),
    ("vitrine_budget_discount_reserved_minor", "Discount neither seen nor released.", |it| {
        discount(it).reserved
    }),
    ("vitrine_budget_discount_overrun_minor", "Discount seen late, beyond the budget.", |it| {
        discount(it).overrun
    }),
];

const fn discount(standing: &Standing) -> Used {
    standing.discount_minor
}

// === impl BudgetsOnScrape ===

impl BudgetsOnScrape {
    /// Registers the metrics with the service's registry.
    pub(crate) fn register(service: &Arc<Service>) {
        let gauges = GAUGES.iter().map(|(name, help, source)| {
            let gauge = IntGaugeVec::new(Opts::new(*name, *help), &["tenant", "campaign"]);
            (gauge.expect("the name and labels are valid"), *source)
        });
        let collector = Self { service: Arc::downgrade(service), gauges: gauges.collect() };
        let registered = service.metrics.registry.register(Box::new(collector));
        registered.expect("each name is registered once");
    }
}

impl Collector for BudgetsOnScrape {
    fn desc(&self) -> Vec<&Desc> {
        self.gauges.iter().flat_map(|(gauge, _)| gauge.desc()).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let Some(service) = self.service.upgrade() else { return Vec::new() };
        let mut tenants: Vec<_> = service.tenants.keys().collect();
        tenants.sort_unstable();
        let plans: Vec<_> = tenants.into_iter().map(|tenant| service.plans.of(tenant)).collect();
        let campaigns = plans.iter().filter_map(|plan| plan.as_ref()).flat_map(|plan| {
            let planned = plan.campaigns().filter(|it| it.campaign.limits.has_budget());
            planned.map(|it| (plan.tenant(), &it.campaign))
        });
        self.gauges.iter().for_each(|(gauge, _)| gauge.reset());
        let now = service.clock.now();
        for (tenant, campaign) in campaigns.take(BUDGET_SERIES_MAX) {
            let standing = service.ledger.standing(tenant, &campaign.key, &campaign.limits, now);
            for (gauge, source) in &self.gauges {
                let value = i64::try_from(source(&standing)).unwrap_or(i64::MAX);
                gauge.with_label_values(&[tenant.as_str(), campaign.key.as_str()]).set(value);
            }
        }
        self.gauges.iter().flat_map(|(gauge, _)| gauge.collect()).collect()
    }
}
