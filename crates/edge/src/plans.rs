//! The plans in force, and how the next one takes the place of the one before.
//!
//! ```text
//!  rules/<tenant>/       -- watch -> folder -+
//!  POST /v1/plan         ----------> bundle -+-> build -> canary -> versions -> in force
//!  POST /v1/plan/rollback -> versions -------+       \       \
//!                                                     +-------+-> refused: the one in force stays
//! ```
//!
//! A plan is read, checked, compiled and tried aside, and then put in the place of the one before in one
//! step; a page view has one plan from beginning to end. Whatever is wrong with the new one, the last good
//! one stays in force, also over a restart, and why is told in the log, the metrics and `GET /v1/plan`.
//!
//! **Who is right, the folder or the control plane?** Whoever changed last. A folder counts as changed when
//! its digest is none that has been dealt with: one that was published, or that was there when the
//! control plane published something else. The server never writes to the folder. So a plan that came
//! over the control plane, or an earlier one that was put in force again, stays until somebody changes the
//! folder. A folder that is not there says nothing; an empty one is a plan without campaigns.
//!
//! Read in this order: `bundle` and `folder`, where a plan comes from; `build`; `publish`; `versions`, what is
//! remembered; `watch`.

mod build;
mod bundle;
mod canary;
mod cases;
mod complaint;
mod error;
mod folder;
mod publish;
#[cfg(test)]
mod testing;
mod versions;
mod watch;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use decision::Plan;
use model::{Currency, Profile, TenantKey, Timestamp, View};

use crate::clock::Clock;
use crate::metrics::PlanMetrics;
use cases::Cases;
use versions::Versions;

pub(crate) use build::{Built, Checked};
pub(crate) use bundle::{Bundle, BundleError};
pub use canary::{Faulty, Outcome};
pub use complaint::Complaint;
pub use error::PlansError;
pub(crate) use folder::{read as read_folder, read_bounded};
pub(crate) use publish::{Publication, Purpose};
pub(crate) use versions::{Source, Version};
pub(crate) use watch::Watch;

/// The plans of all tenants. Each is immutable, and replaced whole.
pub(crate) struct Plans {
    rules: PathBuf,
    host: plugins::Host,
    clock: Clock,
    versions: Versions,
    metrics: PlanMetrics,
    by_tenant: HashMap<TenantKey, Slot>,
}

/// One tenant's place.
struct Slot {
    currency: Currency,
    /// What decides.
    plan: ArcSwapOption<Plan>,
    /// What is told of it. Not behind the lock below, so that nobody waits for a publication to ask.
    standing: ArcSwap<Standing>,
    /// Whose turn it is to publish: one after the other.
    turn: Mutex<Turn>,
    /// Page views of late.
    cases: Cases,
}

/// What is known while publishing.
#[derive(Default)]
struct Turn {
    /// The digest of the folder when it was last read, whatever became of it.
    folder: Option<Arc<str>>,
}

/// How it stands with a tenant's plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// The version in force, and since when.
    pub(crate) in_force: Option<Version>,
    /// What was offered after that and refused.
    pub(crate) refused: Option<Arc<Refusal>>,
}

/// A plan that was refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// When.
    pub(crate) at: Timestamp,
    /// Where it came from.
    pub(crate) source: Source,
    /// Why; never empty.
    pub(crate) complaints: Vec<Complaint>,
    /// What came of trying it, if it came so far.
    pub(crate) canary: Option<Outcome>,
}

/// What a server's plans are made from.
pub(crate) struct Setting<'a> {
    /// The folder with one folder of campaigns for each tenant.
    pub(crate) rules: &'a Path,
    /// The folder of what is written.
    pub(crate) data: &'a Path,
    /// Where rules run.
    pub(crate) host: &'a plugins::Host,
}

// === impl Plans ===

impl Plans {
    /// Puts the plans of all tenants in force: the last good one of each, and then what the folder
    /// has, if it has changed.
    ///
    /// # Errors
    /// When the record of versions is damaged, or a tenant's folder is wrong and there is no plan of it to
    /// fall back to: a start with half of the campaigns would be a surprise.
    pub(crate) fn start<'a>(
        setting: Setting<'_>,
        metrics: PlanMetrics,
        tenants: impl Iterator<Item = (&'a TenantKey, Currency)>,
    ) -> Result<Self, PlansError> {
        let Setting { rules, data, host } = setting;
        fs::read_dir(rules)
            .map_err(|source| PlansError::Unreadable { path: rules.to_owned(), source })?;
        let plans = Self {
            rules: rules.to_owned(),
            host: host.clone(),
            clock: Clock,
            versions: Versions::open(data)?,
            metrics,
            by_tenant: tenants
                .map(|(tenant, currency)| (tenant.clone(), Slot::new(currency)))
                .collect(),
        };
        for (tenant, slot) in &plans.by_tenant {
            plans.begin(tenant, slot)?;
        }
        Ok(plans)
    }

    /// The plan of a tenant; `None` when it has none. Whoever decides keeps what this gives to the end.
    pub(crate) fn of(&self, tenant: &TenantKey) -> Guard<Option<Arc<Plan>>> {
        let slot = self.by_tenant.get(tenant);
        slot.map_or_else(|| Guard::from_inner(None), |slot| slot.plan.load())
    }

    /// Takes a page view that was decided on, to try later plans on.
    pub(crate) fn keep_case(
        &self,
        tenant: &TenantKey,
        profile: &Arc<Profile>,
        view: &Arc<View>,
        now: Timestamp,
    ) {
        if let Some(slot) = self.by_tenant.get(tenant) {
            slot.cases.offer(profile, view, now);
        }
    }

    /// The versions of a tenant's plan that are kept, newest first.
    pub(crate) fn kept(&self, tenant: &TenantKey) -> Vec<Version> {
        self.versions.of(tenant).kept().cloned().collect()
    }

    /// What `pick` finds in the latest of the kept plans in which it finds something, with the version. Reads them
    /// from the disk. One that cannot be read any more says nothing.
    pub(crate) fn latest_with<T>(
        &self,
        tenant: &TenantKey,
        pick: impl Fn(&Checked) -> Option<T>,
    ) -> Option<(u64, T)> {
        let currency = self.by_tenant.get(tenant)?.currency;
        self.versions.of(tenant).kept().find_map(|version| {
            let bundle = self.versions.source(tenant, version).ok()?;
            let checked = Checked::new(&bundle, currency).ok()?;
            Some((version.version, pick(&checked)?))
        })
    }

    /// How it stands with a tenant's plan.
    pub(crate) fn standing(&self, tenant: &TenantKey) -> Standing {
        let slot = self.by_tenant.get(tenant);
        slot.map(|slot| Standing::clone(&slot.standing.load())).unwrap_or_default()
    }

    fn slot(&self, tenant: &TenantKey) -> Result<&Slot, PlansError> {
        let slot = self.by_tenant.get(tenant);
        slot.ok_or_else(|| PlansError::UnknownTenant { tenant: tenant.clone() })
    }

    fn folder_of(&self, tenant: &TenantKey) -> PathBuf {
        self.rules.join(tenant.as_str())
    }
}

// === impl Slot ===

impl Slot {
    fn new(currency: Currency) -> Self {
        Self {
            currency,
            plan: ArcSwapOption::empty(),
            standing: ArcSwap::default(),
            turn: Mutex::default(),
            cases: Cases::default(),
        }
    }
}
