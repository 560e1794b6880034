//! Making one customer of two.
//!
//! Who merges whom is decided by the caller; here both are locked, joined by [`crate::merge()`], and the
//! larger id is left behind as a signpost to the smaller.

use std::sync::Arc;

use model::{Change, CustomerId, Profile, TenantKey, Timestamp};

use super::Store;
use super::slot::{Content, Slot};
use super::update::check_tenant;
use crate::error::{StoreError, UpdateError};
use crate::{merge, merge_change};

impl Store {
    /// Makes one customer of two, and returns what `f` does; `None` when they already are one.
    ///
    /// `f` gets the merged profile, whose id is the one that stays, the id that is absorbed (each as
    /// merges before have left it, so these two are what the journal has to record), and what the
    /// merge changes. It appends to the journal and returns as in [`Self::update`], under the same
    /// conditions. It may go on to fold into the merged profile. When it fails or returns position
    /// 0, the two stay two.
    ///
    /// An id without a profile is merged too: its later events belong to the other one.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, when a profile is another tenant's, or what `f` returns.
    /// Nothing was changed then.
    pub fn merge<R, E>(
        &self,
        tenant: &TenantKey,
        a: CustomerId,
        b: CustomerId,
        now: Timestamp,
        f: impl FnOnce(&mut Profile, CustomerId, &Change) -> Result<(R, u64), E>,
    ) -> Result<Option<R>, UpdateError<E>> {
        loop {
            let (a, b) = (self.resolve(a)?, self.resolve(b)?);
            if a == b {
                return Ok(None);
            }
            let (stays, absorbed) = (a.min(b), a.max(b));
            let _both = self.locks.lock_both(stays, absorbed);
            let Some(profiles) = self.settle_both(stays, absorbed)? else { continue };
            for profile in profiles.iter().flatten() {
                check_tenant(profile, tenant)?;
            }
            // In one step, and before `f` appends: see the store's text on crash safety.
            self.soil_both(stays, absorbed);
            let (mut merged, change) = join(tenant, stays, now, profiles);
            let (value, lsn) = f(&mut merged, absorbed, &change).map_err(UpdateError::Caller)?;
            if lsn > 0 {
                // Replay may merge again what is already in a profile that has gone on since.
                merged.applied_lsn = merged.applied_lsn.max(lsn);
                self.dirty.note_absorbed(stays, absorbed);
                self.put(stays, Slot::dirty(Content::Profile(Arc::new(merged))));
                self.put(absorbed, Slot::dirty(Content::Moved(stays)));
            }
            return Ok(Some(value));
        }
    }

    /// The profiles of two locked ids; `None` when one of them was moved before it was locked.
    fn settle_both(
        &self,
        a: CustomerId,
        b: CustomerId,
    ) -> Result<Option<[Option<Arc<Profile>>; 2]>, StoreError> {
        let mut profiles = [None, None];
        for (profile, id) in profiles.iter_mut().zip([a, b]) {
            *profile = match self.settle(id)? {
                None => None,
                Some(Content::Profile(profile)) => Some(profile),
                Some(Content::Moved(_)) => return Ok(None),
            };
        }
        Ok(Some(profiles))
    }

    fn soil_both(&self, a: CustomerId, b: CustomerId) {
        self.dirty.mark_all([a, b]);
        for id in [a, b] {
            if let Some(mut slot) = self.hot.get_mut(&id) {
                slot.state.soil();
            }
        }
    }
}

/// The profile that stays, and what that changes.
fn join(
    tenant: &TenantKey,
    stays: CustomerId,
    now: Timestamp,
    profiles: [Option<Arc<Profile>>; 2],
) -> (Profile, Change) {
    match profiles {
        [Some(a), Some(b)] => {
            let merged = merge(&a, &b);
            let change = merge_change(&a, &b, &merged);
            (merged, change)
        }
        [Some(only), None] | [None, Some(only)] => {
            // Its counts keep the id under which they were counted.
            (Profile { id: stays, ..Arc::unwrap_or_clone(only) }, Change::default())
        }
        [None, None] => {
            let change = Change { customers: 1, ..Change::default() };
            (Profile::new(tenant.clone(), stays, now), change)
        }
    }
}
