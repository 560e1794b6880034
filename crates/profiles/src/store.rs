//! Where profiles live.

use std::path::Path;
use std::sync::Arc;

use model::{Change, CustomerId, Event, Exposure, Profile, TenantKey, Timestamp};

use crate::error::{StoreError, UpdateError};
use crate::limits::{HOT_BYTES_MAX, WINDOW_KEYS_MAX};
use crate::window::Window;

/// What an operator may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The budget of hot profiles, in bytes.
    pub hot_bytes_max: usize,
    /// How many event keys the deduplication window holds.
    pub window_keys_max: usize,
}

/// What was found on opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The journal position that the checkpoint covers: replay begins after it.
    pub covered_lsn: u64,
    /// Profiles in the checkpoint.
    pub profiles: u64,
}

/// Whether the store knew the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// This is the customer's first record.
    New,
    /// There is a profile already.
    Old,
}

/// What a checkpoint wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckpointStats {
    /// Profiles written.
    pub profiles: usize,
    /// Merged-away ids written.
    pub moved: usize,
    /// Event keys written.
    pub window_keys: usize,
    /// Bytes of rows written.
    pub bytes: usize,
}

/// What an eviction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvictStats {
    /// Profiles taken out of memory.
    pub evicted: usize,
    /// Hot bytes that remain.
    pub hot_bytes: usize,
}

/// How full the store is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Hot slots.
    pub hot: usize,
    /// Hot bytes, estimated.
    pub hot_bytes: usize,
    /// Ids to be written by the next checkpoint.
    pub dirty: usize,
    /// Event keys in the deduplication window.
    pub window_keys: usize,
}

/// All profiles of this node.
#[derive(Debug)]
pub struct Store {
    window: Window,
}

impl Default for Config {
    fn default() -> Self {
        Self { hot_bytes_max: HOT_BYTES_MAX, window_keys_max: WINDOW_KEYS_MAX }
    }
}

impl Store {
    /// Opens the checkpoint in `dir`, or begins one.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged or of another format.
    pub fn open(dir: &Path, config: Config) -> Result<(Self, Opened), StoreError> {
        let _ = (dir, config);
        Ok((Self { window: Window::new() }, Opened { covered_lsn: 0, profiles: 0 }))
    }

    /// The id under which a customer is kept, after merges.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub fn resolve(&self, id: CustomerId) -> Result<CustomerId, StoreError> {
        Ok(id)
    }

    /// The profile of a customer; loads it if it is cold.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub fn read(&self, id: CustomerId) -> Result<Option<Arc<Profile>>, StoreError> {
        let _ = id;
        Ok(None)
    }

    /// Whether a read or update of this customer needs no disk.
    pub fn is_hot(&self, id: CustomerId) -> bool {
        let _ = id;
        true
    }

    /// Changes a profile while the customer is locked. `f` returns its result and the journal
    /// position of the change, or 0 when it changed nothing; it must not change the profile before
    /// it can no longer fail, and must not call the store.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, or what `f` returns.
    pub fn update<R, E>(
        &self,
        tenant: &TenantKey,
        id: CustomerId,
        now: Timestamp,
        f: impl FnOnce(&mut Profile, Known) -> Result<(R, u64), E>,
    ) -> Result<R, UpdateError<E>> {
        let mut profile = Profile::new(tenant.clone(), id, now);
        f(&mut profile, Known::New).map(|(value, _)| value).map_err(UpdateError::Caller)
    }

    /// Makes one customer of two. `f` gets the merged profile, the id that was absorbed and the
    /// change, and returns as in [`Self::update`]. `None` when they already are one.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, or what `f` returns.
    pub fn merge<R, E>(
        &self,
        tenant: &TenantKey,
        a: CustomerId,
        b: CustomerId,
        now: Timestamp,
        f: impl FnOnce(&mut Profile, CustomerId, &Change) -> Result<(R, u64), E>,
    ) -> Result<Option<R>, UpdateError<E>> {
        let mut profile = Profile::new(tenant.clone(), a.min(b), now);
        match f(&mut profile, a.max(b), &Change::default()) {
            Ok((value, _)) => Ok(Some(value)),
            Err(error) => Err(UpdateError::Caller(error)),
        }
    }

    /// The deduplication window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Writes what changed since the last checkpoint.
    ///
    /// # Errors
    /// When the journal does not become durable, or the file cannot be written.
    pub fn checkpoint(
        &self,
        covered_lsn: u64,
        wait_durable: &dyn Fn(u64) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<CheckpointStats, StoreError> {
        wait_durable(covered_lsn)
            .map_err(|source| StoreError::NotDurable { lsn: covered_lsn, source })?;
        Ok(CheckpointStats::default())
    }

    /// Brings the hot map within its budget.
    pub fn evict(&self) -> EvictStats {
        EvictStats::default()
    }

    /// Recovery: an event of the journal. Also remembered by the window.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub fn replay_event(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        customer: CustomerId,
        event: &Event,
    ) -> Result<(), StoreError> {
        let _ = (lsn, tenant, customer, event);
        Ok(())
    }

    /// Recovery: a merge.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub fn replay_merged(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        stays: CustomerId,
        absorbed: CustomerId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let _ = (lsn, tenant, stays, absorbed, at);
        Ok(())
    }

    /// Recovery: the exposures of a decision.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub fn replay_exposed(
        &self,
        lsn: u64,
        tenant: &TenantKey,
        customer: CustomerId,
        at: Timestamp,
        exposures: &[Exposure],
    ) -> Result<(), StoreError> {
        let _ = (lsn, tenant, customer, at, exposures);
        Ok(())
    }

    /// How full the store is.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
}
