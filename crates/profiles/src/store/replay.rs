//! Recovery: folding the journal's tail again.
//!
//! The caller replays every record after [`crate::Opened::covered_lsn`] in order, before anything else
//! uses the store. A record that the checkpoint holds already is told by its position and skipped, so
//! each counts exactly once, however the checkpoint and the journal overlap. A long tail makes many
//! profiles dirty: the caller may checkpoint what it has replayed, and evict, in between.

use std::convert::Infallible;

use model::{
    Action, Change, CustomerId, Event, Exposure, Profile, Redemption, TenantKey, Timestamp,
};

use super::Store;
use crate::error::{StoreError, UpdateError};
use crate::window::EventKey;
use crate::{fold, fold_exposures, fold_redemption};

impl Store {
    /// Folds an event again, and has the window remember it.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, or a profile is another tenant's.
    pub fn replay_event(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        customer: CustomerId,
        event: &Event,
    ) -> Result<(), StoreError> {
        let message = EventKey::message(tenant, &event.message_id);
        if let Action::OrderCompleted(order) = &event.action {
            let order = EventKey::order(tenant, &order.id);
            self.window().remember(&[message, order], event.received_at);
        } else {
            self.window().remember(&[message], event.received_at);
        }
        self.replay(lsn, tenant, customer, event.at, |profile| fold(profile, event))
    }

    /// Merges two customers again.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, or a profile is another tenant's.
    pub fn replay_merged(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        stays: CustomerId,
        absorbed: CustomerId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        // The checkpoint has both rows of a merge or neither, so one that it has is found done.
        let merged =
            self.merge::<(), Infallible>(tenant, stays, absorbed, at, |_, _, _| Ok(((), lsn)));
        merged.map(|_| ()).map_err(only_store)
    }

    /// Folds the exposures of a decision again.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, or a profile is another tenant's.
    pub fn replay_exposed(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        customer: CustomerId,
        at: Timestamp,
        decision: u128,
        exposures: &[Exposure],
    ) -> Result<(), StoreError> {
        self.replay(lsn, tenant, customer, at, |profile| {
            fold_exposures(profile, at, decision, exposures)
        })
    }

    /// Folds a redemption again, and has its window remember the show.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, or a profile is another tenant's.
    pub fn replay_redeemed(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        customer: CustomerId,
        redemption: &Redemption,
    ) -> Result<(), StoreError> {
        let at = redemption.at;
        self.redemptions().remember(&[EventKey::token(tenant, redemption.token)], at);
        self.replay(lsn, tenant, customer, at, |profile| fold_redemption(profile, redemption))
    }

    fn replay(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        customer: CustomerId,
        at: Timestamp,
        fold: impl FnOnce(&mut Profile) -> Change,
    ) -> Result<(), StoreError> {
        let replayed = self.update::<(), Infallible>(tenant, customer, at, |profile, _| {
            if profile.applied_lsn >= lsn {
                return Ok(((), 0));
            }
            fold(profile);
            Ok(((), lsn))
        });
        replayed.map_err(only_store)
    }
}

fn only_store(error: UpdateError<Infallible>) -> StoreError {
    match error {
        UpdateError::Store(error) => error,
        UpdateError::Caller(never) => match never {},
    }
}
