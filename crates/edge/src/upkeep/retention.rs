//! Which part of the journal may be deleted.
//!
//! A record has been used once it is in the checkpoint, in the snapshot of the live figures and in the
//! tables for analysts. It stays for a while after that, for whoever wants to look or to read it elsewhere. Times are counted
//! by this process, so a restart lets records stay longer, never shorter.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many points in time are remembered over the whole retention; a segment stays up to one part
/// longer than it must.
const MARKS_MAX: u32 = 256;

/// What had been used at which time.
#[derive(Debug)]
pub(super) struct Retention {
    keep: Duration,
    marks: VecDeque<(Instant, u64)>,
}

// === impl Retention ===

impl Retention {
    pub(super) fn new(keep: Duration) -> Self {
        Self { keep, marks: VecDeque::new() }
    }

    /// Notes that all records up to `used` have been used by `now`. Gives the last record that may be
    /// deleted, if any.
    pub(super) fn note(&mut self, used: u64, now: Instant) -> Option<u64> {
        let between = self.keep / MARKS_MAX;
        if self.marks.back().is_none_or(|(at, _)| now.duration_since(*at) >= between) {
            self.marks.push_back((now, used));
        }
        let mut deletable = None;
        while let Some((at, lsn)) = self.marks.front()
            && now.duration_since(*at) >= self.keep
        {
            deletable = Some(*lsn);
            self.marks.pop_front();
        }
        deletable
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MARKS_MAX, Retention};
    use crate::clock::Clock;

    #[test]
    fn a_record_may_be_deleted_once_it_has_been_used_for_long_enough() {
        let begin = Clock.instant();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut retention = Retention::new(Duration::from_secs(100));
        assert_eq!(retention.note(10, at(0)), None);
        assert_eq!(retention.note(20, at(50)), None);
        assert_eq!(retention.note(30, at(100)), Some(10));
        assert_eq!(retention.note(30, at(149)), None);
        assert_eq!(retention.note(30, at(151)), Some(20));
    }

    #[test]
    fn without_retention_a_used_record_may_go_at_once() {
        assert_eq!(Retention::new(Duration::ZERO).note(7, Clock.instant()), Some(7));
    }

    #[test]
    fn the_memory_of_it_is_bounded() {
        let begin = Clock.instant();
        let mut retention = Retention::new(Duration::from_secs(86_400));
        for second in 0..10_000 {
            retention.note(second, begin + Duration::from_secs(second * 10));
        }
        assert!(retention.marks.len() <= usize::try_from(MARKS_MAX + 1).expect("small"));
    }
}
