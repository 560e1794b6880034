//! The figures of all tenants, as of a position in the journal.
//!
//! One thread writes (the [`crate::Follower`]), any number read. A reader locks one tenant for as long
//! as it takes to copy what it came for, which is microseconds, and computes with the copy; so neither
//! tenants nor reports slow the follower down. No lock is held across an await.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use journal::record::Record;
use model::{CampaignKey, TenantKey};
use tokio::sync::watch;

use crate::figures::{Cells, Figures};
use crate::totals::Totals;

/// Totals and experiment cells of every tenant. The default is that before any record.
#[derive(Debug, Default)]
pub struct Live {
    tenants: RwLock<BTreeMap<TenantKey, Arc<Mutex<Figures>>>>,
    applied: watch::Sender<u64>,
}

// === impl Live ===

impl Live {
    /// The figures of these tenants as of a position.
    pub(crate) fn new(lsn: u64, tenants: BTreeMap<TenantKey, Figures>) -> Self {
        let tenants = tenants.into_iter().map(|(key, figures)| (key, Arc::new(figures.into())));
        Self { tenants: RwLock::new(tenants.collect()), applied: watch::Sender::new(lsn) }
    }

    /// One tenant's totals; all 0 for a tenant without events.
    pub fn totals(&self, tenant: &TenantKey) -> Totals {
        self.tenant(tenant).map(|figures| Totals::from(&*lock(&figures))).unwrap_or_default()
    }

    /// The campaigns of one tenant that have figures.
    pub fn campaigns(&self, tenant: &TenantKey) -> Vec<CampaignKey> {
        let figures = self.tenant(tenant);
        figures
            .map(|figures| lock(&figures).campaigns.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// A copy of the cells of one campaign; `None` when nobody was ever eligible.
    pub(crate) fn cells(&self, tenant: &TenantKey, campaign: &str) -> Option<Cells> {
        let figures = self.tenant(tenant)?;
        let figures = lock(&figures);
        figures.campaigns.get(campaign).cloned()
    }

    /// The last record that the figures are known to hold. They may hold a few more.
    pub fn applied_lsn(&self) -> u64 {
        *self.applied.borrow()
    }

    /// Waits until the figures hold everything up to a record; `false` when that took longer than
    /// `timeout`, as it does while the record is not durable.
    pub async fn wait_applied(&self, lsn: u64, timeout: Duration) -> bool {
        let mut applied = self.applied.subscribe();
        let reached = applied.wait_for(|&applied| applied >= lsn);
        matches!(tokio::time::timeout(timeout, reached).await, Ok(Ok(_)))
    }

    /// Applies one record. Only the follower may call this, once for each record, in their order.
    pub(crate) fn apply(&self, record: &Record) {
        let figures = self.tenant(&record.tenant).unwrap_or_else(|| self.insert(&record.tenant));
        lock(&figures).apply(record);
    }

    /// Tells everyone who waits how far the figures are.
    pub(crate) fn publish(&self, lsn: u64) {
        self.applied.send_replace(lsn);
    }

    /// Copies of all figures. Of one position only when the follower itself asks.
    pub(crate) fn copy(&self) -> BTreeMap<TenantKey, Figures> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner).clone();
        tenants.into_iter().map(|(key, figures)| (key, lock(&figures).clone())).collect()
    }

    /// Changes that were ignored because a tenant has too many campaigns or variants.
    pub(crate) fn ignored(&self) -> u64 {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.values().fold(0, |sum, figures| sum.saturating_add(lock(figures).ignored))
    }

    fn tenant(&self, tenant: &TenantKey) -> Option<Arc<Mutex<Figures>>> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.get(tenant).cloned()
    }

    fn insert(&self, tenant: &TenantKey) -> Arc<Mutex<Figures>> {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tenants.entry(tenant.clone()).or_default())
    }
}

/// A panic while figures were locked would be a defect of this crate; counts are still better than none.
fn lock(figures: &Mutex<Figures>) -> MutexGuard<'_, Figures> {
    figures.lock().unwrap_or_else(PoisonError::into_inner)
}
