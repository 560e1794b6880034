//! Changing one customer's profile.
//!
//! The id that a caller knows may have been merged away, before the call or during it. An update
//! follows the signposts itself, locking one id after the other, so the profile that it changes is the
//! customer's at that moment; nobody has to resolve an id first.

use std::sync::Arc;

use model::{CustomerId, Profile, TenantKey, Timestamp};

use super::slot::{Content, Shape, Slot};
use super::{Known, Store};
use crate::error::{StoreError, UpdateError};

impl Store {
    /// Changes a customer's profile while the customer is locked. Follows merges: `id` may be any that
    /// the customer ever had, and `f` finds the one that stays in [`Profile::id`].
    ///
    /// `f` appends to the journal and folds; it returns its result and the position of the record, or
    /// 0 when it changed nothing (a duplicate). It must not change the profile before it can no
    /// longer fail, must be quick, and must not call the store: readers of other customers in the same
    /// part of the hot map wait for it.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, when the profile is another tenant's, or what `f` returns.
    /// Nothing was changed then.
    pub fn update<R, E>(
        &self,
        tenant: &TenantKey,
        id: CustomerId,
        now: Timestamp,
        f: impl FnOnce(&mut Profile, Known) -> Result<(R, u64), E>,
    ) -> Result<R, UpdateError<E>> {
        self.change(tenant, id, now, f, |_| ()).map(|(value, ())| value)
    }

    /// Changes a customer's profile as [`Self::update`] does, and returns it as `f` left it, which saves
    /// looking it up again. A customer who was unknown and whom `f` left unchanged comes back empty, and
    /// is not kept.
    ///
    /// While the profile is held, the next update of the customer has to copy it: drop it soon.
    ///
    /// # Errors
    /// As [`Self::update`].
    pub fn update_and_read<R, E>(
        &self,
        tenant: &TenantKey,
        id: CustomerId,
        now: Timestamp,
        f: impl FnOnce(&mut Profile, Known) -> Result<(R, u64), E>,
    ) -> Result<(R, Arc<Profile>), UpdateError<E>> {
        self.change(tenant, id, now, f, Arc::clone)
    }

    /// Runs `f` on the profile, new or old, and then `see` on what has become of it.
    fn change<R, S, E>(
        &self,
        tenant: &TenantKey,
        id: CustomerId,
        now: Timestamp,
        f: impl FnOnce(&mut Profile, Known) -> Result<(R, u64), E>,
        see: impl FnOnce(&Arc<Profile>) -> S,
    ) -> Result<(R, S), UpdateError<E>> {
        let mut id = id;
        loop {
            let _customer = self.locks.lock(id);
            let Some(mut guard) = self.hot.get_mut(&id) else {
                if self.load(id)? {
                    continue;
                }
                let (value, profile) =
                    self.create(tenant, id, now, f).map_err(UpdateError::Caller)?;
                return Ok((value, see(&profile)));
            };
            let slot: &mut Slot = &mut guard;
            let shared = match &mut slot.content {
                Content::Profile(shared) => shared,
                Content::Moved(to) => {
                    id = *to;
                    continue;
                }
            };
            check_tenant(shared, tenant)?;
            // Before `f` appends: see the store's text on crash safety.
            if slot.state.soil() {
                self.dirty.mark(id);
            }
            slot.chance.give();
            let shape = Shape::of(shared);
            let profile = Arc::make_mut(shared);
            let (value, lsn) = f(profile, Known::Old).map_err(UpdateError::Caller)?;
            if lsn == 0 {
                return Ok((value, see(shared)));
            }
            profile.applied_lsn = lsn;
            let reshaped = Shape::of(profile) != shape;
            let seen = see(shared);
            if reshaped {
                self.reweigh(slot);
            }
            return Ok((value, seen));
        }
    }

    /// Runs `f` on a new profile, which is kept if `f` changes it. The customer is locked.
    fn create<R, E>(
        &self,
        tenant: &TenantKey,
        id: CustomerId,
        now: Timestamp,
        f: impl FnOnce(&mut Profile, Known) -> Result<(R, u64), E>,
    ) -> Result<(R, Arc<Profile>), E> {
        // Before `f` appends: see the store's text on crash safety.
        self.dirty.mark(id);
        let mut profile = Profile::new(tenant.clone(), id, now);
        let (value, lsn) = f(&mut profile, Known::New)?;
        if lsn == 0 {
            return Ok((value, Arc::new(profile)));
        }
        profile.applied_lsn = lsn;
        let profile = Arc::new(profile);
        self.put(id, Slot::dirty(Content::Profile(Arc::clone(&profile))));
        Ok((value, profile))
    }
}

/// Refuses what is recorded for one tenant a place in the profile of another's customer.
pub(super) fn check_tenant(profile: &Profile, tenant: &TenantKey) -> Result<(), StoreError> {
    if profile.tenant == *tenant {
        return Ok(());
    }
    Err(StoreError::ForeignTenant {
        customer: profile.id,
        owner: profile.tenant.clone(),
        tenant: tenant.clone(),
    })
}
