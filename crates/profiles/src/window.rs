//! Which events were seen already.
//!
//! Clients send a whole batch again when an answer is lost, so an event counts once however often it
//! arrives within 24 hours, across restarts too. The time is the server's own, of receipt: a client's
//! clock decides nothing here.
//!
//! An event is remembered by 64-bit hashes of its `messageId` and, for an order, of its `order_id`,
//! each together with the tenant. Two different names share a hash with odds of 1 to 2^64, so a new
//! event is taken for a known one with odds of keys held to 2^64: with 8 Mi keys 4.5 in 10^13, or one
//! event in 700 years for a server that takes 100 a second.
//!
//! ```text
//! shard (by the key's low bits, a lock each)
//!   generation of hour h      {key, key, ...}   newest first
//!   generation of hour h-1    {key, ...}
//!   ...
//!   generation of hour h-24                     older ones are dropped
//!   fresh                     keys that the checkpoint does not hold yet
//! ```
//!
//! A shard that is full drops its oldest generation, which may be one of several of the current hour;
//! at least three quarters of what it may hold stay, the latest. Dropping is counted.
//!
//! Redemptions have a window of their own, which is as this one but for its size and its hours. What a browser sends
//! cannot fill it, whatever it sends: which shard a key is of is no secret.
//!
//! The locks of an event's shards are held while it is appended to the journal. So the answer
//! "duplicate" is given only when the first is in the journal, and when appending fails nothing is
//! remembered. A checkpoint takes the fresh keys with it, recovery remembers again what it replays.

mod shard;

use std::hash::Hasher;
use std::mem;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{TenantKey, Timestamp};
use siphasher::sip::SipHasher13;

use crate::limits::{WINDOW_SHARDS, WINDOW_SHARES};
use shard::Shard;

/// What came within so many hours.
#[derive(Debug)]
pub struct Window {
    shards: Box<[Mutex<Shard>]>,
    shard_keys_max: usize,
    hours: i64,
    newest_hour: AtomicI64,
    forgotten_early: AtomicU64,
}

/// The hash of one name of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey(u64);

/// Whether an event was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission<R> {
    /// It is new, and this is what was made of it.
    New(R),
    /// It was seen before.
    Duplicate,
}

/// Keys of one hour of receipt, counted from the Unix epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HourKeys {
    pub(crate) hour: i64,
    pub(crate) keys: Vec<u64>,
}

/// A locked shard, and its place.
type Locked<'a> = (usize, MutexGuard<'a, Shard>);

// === impl EventKey ===

impl EventKey {
    /// The key of a `messageId`.
    pub fn message(tenant: &TenantKey, message_id: &str) -> Self {
        Self::of(tenant, b'm', message_id)
    }

    /// The key of an order's name.
    pub fn order(tenant: &TenantKey, order_id: &str) -> Self {
        Self::of(tenant, b'o', order_id)
    }

    /// The key of a show, by the number that its tokens have.
    pub fn token(tenant: &TenantKey, token: u128) -> Self {
        Self::of(tenant, b't', token.to_be_bytes())
    }

    /// Keys are on disk, so the hash must never change.
    fn of(tenant: &TenantKey, kind: u8, name: impl AsRef<[u8]>) -> Self {
        let mut hasher = SipHasher13::new_with_keys(0x7669_7472_696e_6521, 0x6576_656e_7421_2121);
        hasher.write(tenant.as_str().as_bytes());
        // Neither a tenant's name nor UTF-8 contains 0xff, so the parts cannot run together.
        hasher.write(&[0xff, kind]);
        hasher.write(name.as_ref());
        Self(hasher.finish())
    }

    fn shard(self) -> usize {
        let mask = u64::try_from(WINDOW_SHARDS - 1).expect("a small number");
        usize::try_from(self.0 & mask).expect("below the number of shards")
    }
}

// === impl Window ===

impl Window {
    /// An empty window of at most `keys_max` keys, which remembers them for `hours` at least.
    pub(crate) fn new(keys_max: usize, hours: i64) -> Self {
        Self {
            shards: (0..WINDOW_SHARDS).map(|_| Mutex::default()).collect(),
            shard_keys_max: (keys_max / WINDOW_SHARDS).max(WINDOW_SHARES),
            hours,
            newest_hour: AtomicI64::new(i64::MIN),
            forgotten_early: AtomicU64::new(0),
        }
    }

    /// Runs `f` if none of the keys was seen within the window's hours, and remembers them all if it succeeds.
    ///
    /// The keys' shards are locked while `f` runs, so `f` must not call the window. What it appends to
    /// the journal must go through [`crate::Store::update`] or [`crate::Store::merge`]: by their
    /// positions a checkpoint knows how long to wait before it writes the keys. An event without keys
    /// is always new.
    ///
    /// # Errors
    /// What `f` returns; the keys are then not remembered.
    pub fn admit<R, E>(
        &self,
        keys: &[EventKey],
        received_at: Timestamp,
        f: impl FnOnce() -> Result<R, E>,
    ) -> Result<Admission<R>, E> {
        let hour = self.advance(hour_of(received_at));
        // An event has one name or two, and this is the way of every event: nothing is allocated.
        match *keys {
            [] => Ok(Admission::New(f()?)),
            [key] => self.admit_under(&mut [self.locked(key.shard())], hour, keys, f),
            [one, other] if one.shard() == other.shard() => {
                self.admit_under(&mut [self.locked(one.shard())], hour, keys, f)
            }
            [one, other] => {
                let (low, high) = (one.shard().min(other.shard()), one.shard().max(other.shard()));
                let low = self.locked(low);
                self.admit_under(&mut [low, self.locked(high)], hour, keys, f)
            }
            _ => {
                let mut places: Vec<usize> = keys.iter().map(|key| key.shard()).collect();
                places.sort_unstable();
                places.dedup();
                let mut locked: Vec<Locked<'_>> =
                    places.into_iter().map(|place| self.locked(place)).collect();
                self.admit_under(&mut locked, hour, keys, f)
            }
        }
    }

    /// Admits under the locks of all shards that the keys are of.
    fn admit_under<R, E>(
        &self,
        locked: &mut [Locked<'_>],
        hour: i64,
        keys: &[EventKey],
        f: impl FnOnce() -> Result<R, E>,
    ) -> Result<Admission<R>, E> {
        let horizon = self.horizon_hour();
        for (_, shard) in locked.iter_mut() {
            shard.expire(horizon);
        }
        let seen = |key: &EventKey| {
            locked.iter().any(|(place, shard)| *place == key.shard() && shard.contains(key.0))
        };
        if keys.iter().any(seen) {
            return Ok(Admission::Duplicate);
        }
        let made = f()?;
        for key in keys {
            for (_, shard) in locked.iter_mut().filter(|(place, _)| *place == key.shard()) {
                self.insert(shard, hour, key.0);
                shard.fresh.push((hour, key.0));
            }
        }
        Ok(Admission::New(made))
    }

    /// Remembers the keys of an event that is replayed from the journal.
    pub(crate) fn remember(&self, keys: &[EventKey], received_at: Timestamp) {
        let hour = self.advance(hour_of(received_at));
        let horizon = self.horizon_hour();
        for key in keys {
            let mut shard = self.lock(key.shard());
            shard.expire(horizon);
            if !shard.contains(key.0) {
                self.insert(&mut shard, hour, key.0);
                shard.fresh.push((hour, key.0));
            }
        }
    }

    /// Remembers what a checkpoint holds.
    pub(crate) fn restore(&self, read: &HourKeys) {
        let hour = self.advance(read.hour);
        for &key in &read.keys {
            let mut shard = self.lock(EventKey(key).shard());
            if !shard.contains(key) {
                self.insert(&mut shard, hour, key);
            }
        }
    }

    /// The beginning of the hour in which a key was received; `None` when it is not remembered.
    pub fn seen_in_hour(&self, key: EventKey) -> Option<Timestamp> {
        let hour = self.lock(key.shard()).hour_of(key.0)?;
        Some(Timestamp::from_ms(hour.saturating_mul(HOUR_MS)))
    }

    /// Takes the keys that no checkpoint holds yet, by hour.
    pub(crate) fn take_fresh(&self) -> Vec<HourKeys> {
        let mut taken: Vec<HourKeys> = Vec::new();
        for place in 0..self.shards.len() {
            for (hour, key) in mem::take(&mut self.lock(place).fresh) {
                match taken.iter_mut().find(|keys| keys.hour == hour) {
                    Some(keys) => keys.keys.push(key),
                    None => taken.push(HourKeys { hour, keys: vec![key] }),
                }
            }
        }
        taken
    }

    /// Gives back keys that could not be written.
    pub(crate) fn put_back(&self, taken: &[HourKeys]) {
        for keys in taken {
            for &key in &keys.keys {
                self.lock(EventKey(key).shard()).fresh.push((keys.hour, key));
            }
        }
    }

    /// The oldest hour that is remembered.
    pub(crate) fn horizon_hour(&self) -> i64 {
        self.newest_hour.load(Ordering::Acquire).saturating_sub(self.hours)
    }

    /// How many keys are held.
    pub fn len(&self) -> usize {
        (0..self.shards.len()).map(|place| self.lock(place).len()).sum()
    }

    /// Whether no key is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys were forgotten before their time because the window was full.
    pub fn forgotten_early(&self) -> u64 {
        self.forgotten_early.load(Ordering::Relaxed)
    }

    /// Moves the window on to an hour. An hour that is over already counts as the oldest one.
    fn advance(&self, hour: i64) -> i64 {
        let newest = self.newest_hour.fetch_max(hour, Ordering::AcqRel).max(hour);
        hour.max(newest.saturating_sub(self.hours))
    }

    fn insert(&self, shard: &mut Shard, hour: i64, key: u64) {
        let forgotten = shard.insert(hour, key, self.shard_keys_max);
        if forgotten > 0 {
            self.forgotten_early.fetch_add(forgotten, Ordering::Relaxed);
        }
    }

    fn locked(&self, place: usize) -> Locked<'_> {
        (place, self.lock(place))
    }

    fn lock(&self, place: usize) -> MutexGuard<'_, Shard> {
        // A panic of a caller's `f` leaves the shard as it was.
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const HOUR_MS: i64 = 3_600_000;

fn hour_of(time: Timestamp) -> i64 {
    time.ms().div_euclid(HOUR_MS)
}

#[cfg(test)]
mod tests;
