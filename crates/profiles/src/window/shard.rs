//! One part of the window: generations of keys by hour.
//!
//! A generation is dropped as a whole, so that forgetting costs nothing for each key. For a new event
//! a lookup asks all of them, at most 25; in return a key takes 9 bytes and the table's spare room.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// One part of the window.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Newest first.
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

    /// Adds a key, and tells how many were forgotten to make room.
    pub(super) fn insert(&mut self, hour: i64, key: u64, keys_max: usize) -> u64 {
        let mut forgotten = 0;
        while self.len() >= keys_max {
            let Some(oldest) = self.generations.pop() else { break };
            self.fresh.retain(|(hour, _)| *hour != oldest.hour);
            forgotten += u64::try_from(oldest.keys.len()).unwrap_or(u64::MAX);
        }
        let place = self.generations.partition_point(|generation| generation.hour > hour);
        if self.generations.get(place).is_none_or(|generation| generation.hour != hour) {
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
