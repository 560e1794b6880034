//! Where profiles live.
//!
//! The hot map is the truth; the file holds what was true at the last checkpoint, and the journal
//! what came after it. A profile is hot when it was used lately, and otherwise loaded on demand.
//!
//! ```text
//!            update, merge                    checkpoint                  evict
//!  (absent) --------------> Dirty ----------------------> Writing -----> Clean --------> (cold)
//!                             ^        taken under lock      |  committed   |               |
//!                             |                              |              |               |
//!                             +------- update, or failed ----+              |               |
//!                             +------- update ------------------------------+               |
//!                                                             Clean <---- read, update -----+
//! ```
//!
//! **Locks**, in the order in which they are taken: window shards ([`Window::admit`]), the customer
//! (one of [`CUSTOMER_LOCKS`](crate::limits::CUSTOMER_LOCKS), two in index order for a merge), a part of the hot map, and then the
//! dirty set or the clock, which are held for an instant. Changing a profile holds the customer, so
//! that nobody else loads, merges or snapshots it, and its part of the map, so that it is changed in
//! place; only when a reader still holds the `Arc` is it cloned. Nothing here is async. Whatever needs
//! a cold profile blocks on the disk: ask [`Store::is_hot`] first and move to a thread that may block.
//!
//! **Crash safety.** A checkpoint is fuzzy: it does not stop the world. The caller notes the journal's
//! end as `covered_lsn` and then calls [`Store::checkpoint`]. Whoever appended up to there had marked
//! the customer dirty before, and holds the customer's lock until the change is made, so the checkpoint
//! sees all of it. It may also see later changes, and therefore waits until the journal is durable up
//! to the latest of them. Each profile knows its latest position, by which replay skips what it holds
//! already ([`Store::replay_event`] and its siblings). A merge writes two rows; both are always in the
//! same transaction (see `flush`).
//!
//! **Tenants.** An id is a hash that the tenant is part of. Nothing rests on it alone: whatever changes
//! a profile compares the tenant too, while the customer is locked.
//!
//! Read next: `update`, `slot`, `load`, `flush`, `evict`, `replay`, `scan`.

mod dirty;
mod evict;
mod flush;
mod join;
mod load;
mod locks;
mod replay;
mod scan;
mod slot;
mod update;

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::DashMap;
use model::{CustomerId, Profile};

use crate::checkpoint::{File, Opening};
use crate::error::StoreError;
use crate::limits::{
    HOT_BYTES_MAX, HOT_SHARDS, PAGE_CACHE_BYTES_MAX, REDEEMED_HOURS, REDEEMED_KEYS_MAX,
    WINDOW_HOURS, WINDOW_KEYS_MAX,
};
use crate::window::Window;
use dirty::Dirty;
use evict::Clock;
pub use evict::EvictStats;
pub use flush::{CheckpointStats, WaitDurable};
use locks::Locks;
use slot::{Content, Slot};

/// What an operator may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The budget of hot profiles, in bytes.
    pub hot_bytes_max: usize,
    /// How many event keys the deduplication window holds, at most.
    pub window_keys_max: usize,
    /// How many bytes of the checkpoint's pages are cached.
    pub page_cache_bytes_max: usize,
    /// Whether opening reads the whole checkpoint and verifies it: for after a disk was in doubt.
    pub verify_on_open: bool,
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

/// How full the store is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Ids in memory, merged-away ones included.
    pub hot: usize,
    /// Bytes that they take, estimated.
    pub hot_bytes: usize,
    /// Ids to be written by the next checkpoint.
    pub dirty: usize,
    /// Profiles in the checkpoint.
    pub profiles_on_disk: u64,
    /// Rows loaded from disk since the start.
    pub loads: u64,
    /// Ids taken out of memory since the start.
    pub evictions: u64,
    /// Keys in the deduplication windows.
    pub window_keys: usize,
    /// Keys forgotten before their time because their window was full.
    pub window_forgotten_early: u64,
}

/// All profiles of this node.
#[derive(Debug)]
pub struct Store {
    hot: DashMap<CustomerId, Slot, ahash::RandomState>,
    hot_bytes: AtomicUsize,
    hot_bytes_max: usize,
    locks: Locks,
    dirty: Dirty,
    clock: Clock,
    file: File,
    /// Of events, and of redemptions.
    windows: [Window; 2],
    /// Held by the one checkpoint that runs.
    checkpointing: Mutex<()>,
    loads: AtomicU64,
    evictions: AtomicU64,
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        Self {
            hot_bytes_max: HOT_BYTES_MAX,
            window_keys_max: WINDOW_KEYS_MAX,
            page_cache_bytes_max: PAGE_CACHE_BYTES_MAX,
            verify_on_open: false,
        }
    }
}

// === impl Store ===

impl Store {
    /// Opens the checkpoint in `dir`, or begins an empty one there. Reads the deduplication windows and
    /// no profile. The caller then replays the journal from `covered_lsn + 1`.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged (it is then kept as it is), in use by another
    /// process, or of another format.
    pub fn open(dir: &Path, config: Config) -> Result<(Self, Opened), StoreError> {
        let opening =
            Opening { cache_bytes: config.page_cache_bytes_max, verify: config.verify_on_open };
        let (file, covered_lsn) = File::open(dir, opening)?;
        let windows = [
            Window::new(config.window_keys_max, WINDOW_HOURS),
            Window::new(REDEEMED_KEYS_MAX, REDEEMED_HOURS),
        ];
        file.windows(|place, keys| windows[place].restore(&keys))?;
        let opened = Opened { covered_lsn, profiles: file.profiles() };
        let hasher = ahash::RandomState::new();
        let store = Self {
            hot: DashMap::with_capacity_and_hasher_and_shard_amount(0, hasher, HOT_SHARDS),
            hot_bytes: AtomicUsize::new(0),
            hot_bytes_max: config.hot_bytes_max,
            locks: Locks::new(),
            dirty: Dirty::default(),
            clock: Clock::default(),
            file,
            windows,
            checkpointing: Mutex::new(()),
            loads: AtomicU64::new(0),
            evictions: AtomicU64::new(0),
        };
        Ok((store, opened))
    }

    /// The id under which a customer is kept, after merges. An unknown id is its own.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub fn resolve(&self, id: CustomerId) -> Result<CustomerId, StoreError> {
        let mut id = id;
        loop {
            match self.look(id, |content| content.moved_to())? {
                Some(Some(to)) => id = to,
                Some(None) | None => return Ok(id),
            }
        }
    }

    /// The profile of a customer, after merges; loads it if it is cold.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub fn read(&self, id: CustomerId) -> Result<Option<Arc<Profile>>, StoreError> {
        let mut id = id;
        loop {
            match self.look(id, Content::clone)? {
                Some(Content::Moved(to)) => id = to,
                Some(Content::Profile(profile)) => return Ok(Some(profile)),
                None => return Ok(None),
            }
        }
    }

    /// Whether [`Self::read`] or [`Self::update`] of this customer needs no disk now.
    pub fn is_hot(&self, id: CustomerId) -> bool {
        let mut id = id;
        loop {
            let Some(slot) = self.hot.get(&id) else { return self.file.is_empty() };
            match slot.content.moved_to() {
                Some(to) => id = to,
                None => return true,
            }
        }
    }

    /// The deduplication window of events.
    pub fn window(&self) -> &Window {
        &self.windows[0]
    }

    /// That of redemptions, which events cannot fill.
    pub fn redemptions(&self) -> &Window {
        &self.windows[1]
    }

    /// How full the store is. Counts the hot map and the window, so it is for metrics only.
    pub fn stats(&self) -> Stats {
        Stats {
            hot: self.hot.len(),
            hot_bytes: self.hot_bytes.load(Ordering::Relaxed),
            dirty: self.dirty.len(),
            profiles_on_disk: self.file.profiles(),
            loads: self.loads.load(Ordering::Relaxed),
            evictions: self.evictions.load(Ordering::Relaxed),
            window_keys: self.windows.iter().map(Window::len).sum(),
            window_forgotten_early: self.windows.iter().map(Window::forgotten_early).sum(),
        }
    }
}

/// Locks, whatever became of the last holder: all that is locked here is valid at every step.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
