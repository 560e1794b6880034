//! One part of the window: generations of keys by hour.
//!
//! A generation is dropped as a whole, so that forgetting costs nothing for each key. It holds keys of
//! one hour, and at most a share of what the shard may hold: a busy hour has several. So a full shard
//! has older generations to drop, and never forgets what came last. For a new event a lookup asks all
//! of them, one for each of 25 hours and [`WINDOW_SHARES`] more at most; in return a key takes 9 bytes
//! and the table's spare room.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use crate::limits::WINDOW_SHARES;

/// One part of the window.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Newest first, and of one hour the one begun last.
    generations: Vec<Generation>,
    /// Keys that no checkpoint holds yet, with their hours.
    pub(super) fresh: Vec<(i64, u64)>,
}

#[derive(Debug)]
struct Generation {
    hour: i64,
    keys: HashSet<u64, BuildHasherDefault<Hashed>>,
}

/// Takes keys as they are: they are hashes already. The bits that chose the shard are moved to where
/// the table does not look first.
#[derive(Debug, Default)]
struct Hashed(u64);

// === impl Shard ===

impl Shard {
    pub(super) fn contains(&self, key: u64) -> bool {
        self.generations.iter().any(|generation| generation.keys.contains(&key))
    }

    /// The hour in which a key was received.
    pub(super) fn hour_of(&self, key: u64) -> Option<i64> {
        let mut generations = self.generations.iter();
        generations.find(|generation| generation.keys.contains(&key)).map(|found| found.hour)
    }

    /// Adds a key, and tells how many were forgotten to make room.
    ///
    /// A share of `keys_max` must be at least one key.
    pub(super) fn insert(&mut self, hour: i64, key: u64, keys_max: usize) -> u64 {
        let mut forgotten = 0;
        while self.len() >= keys_max {
            let Some(oldest) = self.generations.pop() else { break };
            self.fresh.retain(|(hour, key)| *hour != oldest.hour || !oldest.keys.contains(key));
            forgotten += u64::try_from(oldest.keys.len()).unwrap_or(u64::MAX);
        }
        let share = keys_max / WINDOW_SHARES;
        let place = self.generations.partition_point(|generation| generation.hour > hour);
        let has_room =
            |generation: &Generation| generation.hour == hour && generation.keys.len() < share;
        if !self.generations.get(place).is_some_and(has_room) {
            self.generations.insert(place, Generation { hour, keys: HashSet::default() });
        }
        self.generations[place].keys.insert(key);
        forgotten
    }

    /// Drops the generations before an hour.
    pub(super) fn expire(&mut self, horizon: i64) {
        while self.generations.last().is_some_and(|oldest| oldest.hour < horizon) {
            self.generations.pop();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.generations.iter().map(|generation| generation.keys.len()).sum()
    }
}

// === impl Hashed ===

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0.rotate_right(32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
