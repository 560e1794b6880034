//! Real page views of late, for trying new plans on.
//!
//! The serving path leaves one of every [`CANARY_CASE_EVERY`] here. That costs it one counter, and on that
//! one an exchange of pointers; nobody waits. A profile that is kept here is copied when the customer's next
//! event changes it.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use model::{Profile, Timestamp, View};

use crate::limits::{CANARY_CASE_EVERY, CANARY_CASES_MAX};

/// The latest cases of one tenant; a new one takes the place of the oldest.
pub(super) struct Cases {
    seen: AtomicU64,
    ring: [ArcSwapOption<Case>; CANARY_CASES_MAX],
}

/// A page view as it was decided on.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The customer.
    pub(crate) profile: Arc<Profile>,
    /// The page.
    pub(crate) view: Arc<View>,
    /// The time of the decision.
    pub(crate) now: Timestamp,
}

// === impl Cases ===

impl Cases {
    /// Takes a page view, if it is its turn.
    pub(super) fn offer(&self, profile: &Arc<Profile>, view: &Arc<View>, now: Timestamp) {
        let number = self.seen.fetch_add(1, Ordering::Relaxed);
        if !number.is_multiple_of(CANARY_CASE_EVERY) {
            return;
        }
        let taken = usize::try_from(number / CANARY_CASE_EVERY).unwrap_or(0);
        let case = Case { profile: Arc::clone(profile), view: Arc::clone(view), now };
        self.ring[taken % CANARY_CASES_MAX].store(Some(Arc::new(case)));
    }

    /// What there is.
    pub(super) fn all(&self) -> Vec<Arc<Case>> {
        self.ring.iter().filter_map(ArcSwapOption::load_full).collect()
    }
}

impl Default for Cases {
    fn default() -> Self {
        Self { seen: AtomicU64::new(0), ring: array::from_fn(|_| ArcSwapOption::empty()) }
    }
}

#[cfg(test)]
mod tests;
