//! Stops running a plugin that keeps failing.
//!
//! ```text
//!            5 faults in a row                 1,000 ticks later, one call
//!   Closed ---------------------> Open --------------------------------------> Probing
//!     ^                            ^                                              |
//!     |                            +-------------------- fault -------------------+
//!     +------------------------------------------------ answer -------------------+
//! ```
//!
//! Who only looks must not stop a plugin for the customers, nor take their probe: such a call passes when one of theirs
//! would, and comes to nothing here.
//!
//! Lock-free, since every call of a plugin passes here. A call that was under way when the breaker
//! opened can neither close it nor open it again: only the probe's outcome counts.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::limits::{BREAKER_FAULTS_MAX, BREAKER_RETRY_TICKS};

/// The breaker of one plugin.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// Faults since the last answer.
    faults: AtomicU32,
    /// The tick of the next probe while open; [`CLOSED`] otherwise.
    retry_at: AtomicU64,
}

/// What a call is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A customer's page view.
    Serve,
    /// A look at what would be.
    Look,
}

/// The right to make one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// The breaker is closed.
    Regular,
    /// The breaker is open, and this is the call that tries.
    Probe,
    /// Whatever comes of it changes nothing.
    Aside,
}

const CLOSED: u64 = u64::MAX;

// === impl Breaker ===

impl Breaker {
    /// A closed breaker.
    pub(crate) const fn new() -> Self {
        Self { faults: AtomicU32::new(0), retry_at: AtomicU64::new(CLOSED) }
    }

    /// Whether a call may be made at `tick`.
    pub(crate) fn admit(&self, purpose: Purpose, tick: u64) -> Option<Pass> {
        let retry_at = self.retry_at.load(Ordering::Acquire);
        if retry_at != CLOSED && tick < retry_at {
            return None;
        }
        if purpose == Purpose::Look {
            return Some(Pass::Aside);
        }
        if retry_at == CLOSED {
            return Some(Pass::Regular);
        }
        // Of several calls that come now, the one that moves the next probe away is the probe.
        let next = tick.saturating_add(BREAKER_RETRY_TICKS).min(CLOSED - 1);
        self.retry_at
            .compare_exchange(retry_at, next, Ordering::AcqRel, Ordering::Relaxed)
            .ok()
            .map(|_| Pass::Probe)
    }

    /// Notes that a call had an answer.
    pub(crate) fn answered(&self, pass: Pass) {
        if pass == Pass::Aside {
            return;
        }
        // Written only when it changes something: all cores that call the plugin share the line.
        if self.faults.load(Ordering::Relaxed) != 0 {
            self.faults.store(0, Ordering::Relaxed);
        }
        if pass == Pass::Probe {
            self.retry_at.store(CLOSED, Ordering::Release);
        }
    }

    /// Notes that a call ended in a fault of the plugin at `tick`. Gives whether that opened it.
    pub(crate) fn failed(&self, pass: Pass, tick: u64) -> bool {
        if pass != Pass::Regular {
            return false;
        }
        let faults = self.faults.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if faults < BREAKER_FAULTS_MAX {
            return false;
        }
        let retry_at = tick.saturating_add(BREAKER_RETRY_TICKS).min(CLOSED - 1);
        // Fails when another call opened it just before, which then stands.
        self.retry_at
            .compare_exchange(CLOSED, retry_at, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// Whether calls are refused.
    pub(crate) fn is_open(&self) -> bool {
        self.retry_at.load(Ordering::Relaxed) != CLOSED
    }
}

#[cfg(test)]
mod tests {
    use super::Purpose::{Look, Serve};
    use super::{Breaker, Pass};
    use crate::limits::{BREAKER_FAULTS_MAX, BREAKER_RETRY_TICKS};

    fn open() -> Breaker {
        let breaker = Breaker::new();
        for _ in 0..BREAKER_FAULTS_MAX {
            assert_eq!(breaker.admit(Serve, 7), Some(Pass::Regular));
            breaker.failed(Pass::Regular, 7);
        }
        breaker
    }

    #[test]
    fn faults_in_a_row_stop_a_plugin_and_single_ones_do_not() {
        let breaker = Breaker::new();
        for _ in 0..10 {
            for _ in 1..BREAKER_FAULTS_MAX {
                breaker.failed(Pass::Regular, 0);
            }
            breaker.answered(Pass::Regular);
        }
        assert_eq!(breaker.admit(Serve, 0), Some(Pass::Regular));
        assert_eq!(open().admit(Serve, 7), None);
        assert!(open().is_open());
    }

    #[test]
    fn one_call_tries_whether_a_stopped_plugin_works_again() {
        let breaker = open();
        let later = 7 + BREAKER_RETRY_TICKS;
        assert_eq!(breaker.admit(Serve, later - 1), None);
        assert_eq!(breaker.admit(Serve, later), Some(Pass::Probe));
        assert_eq!(breaker.admit(Serve, later), None, "only one at a time");
        breaker.failed(Pass::Probe, later);
        assert_eq!(breaker.admit(Serve, later + 1), None, "still broken");
        assert_eq!(breaker.admit(Serve, later + BREAKER_RETRY_TICKS), Some(Pass::Probe));
        breaker.answered(Pass::Probe);
        assert_eq!(breaker.admit(Serve, later + BREAKER_RETRY_TICKS), Some(Pass::Regular));
        assert!(!breaker.is_open());
    }

    #[test]
    fn who_only_looks_passes_as_a_customer_would_and_changes_nothing() {
        let breaker = Breaker::new();
        for _ in 1..BREAKER_FAULTS_MAX {
            breaker.failed(Pass::Regular, 7);
        }
        assert_eq!(breaker.admit(Look, 7), Some(Pass::Aside));
        breaker.failed(Pass::Aside, 7);
        assert!(!breaker.is_open(), "that was no customer's");
        breaker.answered(Pass::Aside);
        breaker.failed(Pass::Regular, 7);
        assert!(breaker.is_open(), "the faults before it still count");
        let later = 7 + BREAKER_RETRY_TICKS;
        assert_eq!(breaker.admit(Look, later - 1), None);
        assert_eq!(breaker.admit(Look, later), Some(Pass::Aside));
        breaker.answered(Pass::Aside);
        assert_eq!(breaker.admit(Serve, later), Some(Pass::Probe), "the probe is the customers'");
    }

    #[test]
    fn a_call_that_was_under_way_does_not_close_the_breaker() {
        let breaker = open();
        breaker.answered(Pass::Regular);
        assert_eq!(breaker.admit(Serve, 8), None);
        breaker.failed(Pass::Regular, 500);
        assert_eq!(breaker.admit(Serve, 7 + BREAKER_RETRY_TICKS), Some(Pass::Probe));
    }
}
