//! From the disk into the hot map, and looking into it.
//!
//! A row is loaded under the customer's lock, so that nobody can change the customer between reading
//! the row and putting it into the map. A customer who is nowhere costs a look at the disk each time,
//! unless the checkpoint is empty; the new one is then hot at once.

use std::sync::atomic::Ordering;

use model::CustomerId;

use super::Store;
use super::slot::{Content, Slot};
use crate::error::StoreError;

impl Store {
    /// What is known of an id, loaded if need be; `None` when nothing is.
    pub(super) fn look<T>(
        &self,
        id: CustomerId,
        see: impl Fn(&Content) -> T,
    ) -> Result<Option<T>, StoreError> {
        loop {
            if let Some(slot) = self.hot.get(&id) {
                slot.chance.give();
                return Ok(Some(see(&slot.content)));
            }
            if self.file.is_empty() {
                return Ok(None);
            }
            let _customer = self.locks.lock(id);
            if !self.hot.contains_key(&id) && !self.load(id)? {
                return Ok(None);
            }
        }
    }

    /// What is known of an id whose lock the caller holds, loaded if need be.
    pub(super) fn settle(&self, id: CustomerId) -> Result<Option<Content>, StoreError> {
        loop {
            if let Some(slot) = self.hot.get(&id) {
                return Ok(Some(slot.content.clone()));
            }
            if !self.load(id)? {
                return Ok(None);
            }
        }
    }

    /// Loads an id whose lock the caller holds and which is not hot; whether there was a row.
    pub(super) fn load(&self, id: CustomerId) -> Result<bool, StoreError> {
        let Some(row) = self.file.load(id)? else { return Ok(false) };
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.put(id, Slot::clean(row.into()));
        Ok(true)
    }

    /// Puts a slot into the map, in the place of what was there. The caller holds the id's lock.
    pub(super) fn put(&self, id: CustomerId, slot: Slot) {
        let bytes = slot.bytes;
        match self.hot.insert(id, slot) {
            Some(before) => self.account(before.bytes, bytes),
            None => {
                self.account(0, bytes);
                self.clock.push(id);
            }
        }
    }

    /// Estimates a slot of the map anew.
    pub(super) fn reweigh(&self, slot: &mut Slot) {
        let before = slot.bytes;
        slot.weigh();
        self.account(before, slot.bytes);
    }

    /// Keeps the sum of hot bytes.
    pub(super) fn account(&self, before: u32, after: u32) {
        let difference = usize::try_from(after.abs_diff(before)).unwrap_or(usize::MAX);
        if after >= before {
            self.hot_bytes.fetch_add(difference, Ordering::Relaxed);
        } else {
            self.hot_bytes.fetch_sub(difference, Ordering::Relaxed);
        }
    }
}
