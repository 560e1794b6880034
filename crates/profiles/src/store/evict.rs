//! Eviction: bringing the hot map within its budget.
//!
//! The ids of the hot map stand in a ring in the order in which they became hot. A hand goes round:
//! an id that was used since the hand last passed is given a second chance, one that is not on disk
//! as it is in memory stays, and any other is taken out: the CLOCK algorithm (Corbató, "A paging
//! experiment with the Multics system", 1968). A use costs one flag in the slot, and an eviction
//! looks at a handful of ids, not at the map. The ring costs 16 bytes an id.
//!
//! A dirty profile is never taken out, so it is never lost. When most are dirty the budget cannot be
//! kept: [`EvictStats::over_budget`] then asks for a checkpoint, after which they can go.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use model::CustomerId;

use super::Store;
use super::slot::State;

/// What an eviction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvictStats {
    /// Ids taken out of memory.
    pub evicted: usize,
    /// Ids that were passed by because a checkpoint has to write them first.
    pub dirty: usize,
    /// Hot bytes that remain, estimated.
    pub hot_bytes: usize,
    /// Whether more than the budget remains: a checkpoint is due, and then another eviction.
    pub over_budget: bool,
}

/// The ring of hot ids; the hand points at the front.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<VecDeque<CustomerId>>);

/// What became of one id that the hand passed.
enum Passed {
    Evicted,
    Dirty,
    Used,
}

impl Store {
    /// Takes ids out of memory until the budget is kept, those not used lately first. Goes round at
    /// most twice, and so ends even while others are added.
    pub fn evict(&self) -> EvictStats {
        let mut stats = EvictStats::default();
        for _ in 0..self.clock.len().saturating_mul(2) {
            if self.hot_bytes.load(Ordering::Relaxed) <= self.hot_bytes_max {
                break;
            }
            let Some(id) = self.clock.pop() else { break };
            match self.pass(id) {
                Passed::Evicted => stats.evicted += 1,
                Passed::Dirty => {
                    stats.dirty += 1;
                    self.clock.push(id);
                }
                Passed::Used => self.clock.push(id),
            }
        }
        let evicted = u64::try_from(stats.evicted).unwrap_or(u64::MAX);
        self.evictions.fetch_add(evicted, Ordering::Relaxed);
        stats.hot_bytes = self.hot_bytes.load(Ordering::Relaxed);
        stats.over_budget = stats.hot_bytes > self.hot_bytes_max;
        stats
    }

    fn pass(&self, id: CustomerId) -> Passed {
        let mut passed = Passed::Evicted;
        let removed = self.hot.remove_if(&id, |_, slot| {
            passed = match (slot.state, slot.chance.take()) {
                (State::Dirty | State::Writing, _) => Passed::Dirty,
                (State::Clean, true) => Passed::Used,
                (State::Clean, false) => Passed::Evicted,
            };
            matches!(passed, Passed::Evicted)
        });
        if let Some((_, slot)) = removed {
            self.account(slot.bytes, 0);
        }
        passed
    }
}

// === impl Clock ===

impl Clock {
    /// Adds an id that became hot, behind the hand.
    pub(super) fn push(&self, id: CustomerId) {
        super::lock(&self.0).push_back(id);
    }

    fn pop(&self) -> Option<CustomerId> {
        super::lock(&self.0).pop_front()
    }

    fn len(&self) -> usize {
        super::lock(&self.0).len()
    }
}
