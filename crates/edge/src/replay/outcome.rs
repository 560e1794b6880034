//! What became of the rows of a log.

use std::collections::BTreeMap;

use super::limits::{REASON_BYTES_MAX, REASONS_MAX};

/// What became of the rows of a log, as the sender saw it. What the server counted is in its totals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Rows read, without the header and blank lines. Each is in one of the four counts that follow.
    pub(crate) rows: u64,
    /// Rows that asked for a decision and got one.
    pub(crate) decisions: u64,
    /// Rows that the server took as events.
    pub(crate) events: u64,
    /// Rows that could not be sent.
    pub(crate) skipped: Reasons,
    /// Rows that the server did not take.
    pub(crate) refused: Reasons,
    /// Rows without a time among those sent.
    pub(crate) undated: Reasons,
}

/// Rows counted by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons(BTreeMap<Box<str>, Count>);

/// The rows of one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    /// How many.
    pub(crate) rows: u64,
    /// The line of the first.
    pub(crate) first_line: u64,
}

// === impl Outcome ===

impl Outcome {
    /// Adds what another part of the replay has seen.
    pub(super) fn absorb(&mut self, other: Self) {
        let Self { rows, decisions, events, skipped, refused, undated } = other;
        self.rows += rows;
        self.decisions += decisions;
        self.events += events;
        self.skipped.absorb(skipped);
        self.refused.absorb(refused);
        self.undated.absorb(undated);
    }
}

// === impl Reasons ===

impl Reasons {
    /// Rows for any reason.
    pub(crate) fn rows(&self) -> u64 {
        self.0.values().map(|count| count.rows).sum()
    }

    /// The reasons, in the order of their texts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Count)> {
        self.0.iter().map(|(reason, count)| (&**reason, *count))
    }

    pub(super) fn add(&mut self, reason: &str, line: u64) {
        let reason = &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)];
        self.count(reason, Count { rows: 1, first_line: line });
    }

    fn absorb(&mut self, other: Self) {
        for (reason, count) in other.0 {
            self.count(&reason, count);
        }
    }

    fn count(&mut self, reason: &str, more: Count) {
        let told_apart = self.0.len() < REASONS_MAX || self.0.contains_key(reason);
        let reason = if told_apart { reason } else { "other reasons" };
        let known = self.0.entry(reason.into());
        let known = known.or_insert(Count { rows: 0, first_line: more.first_line });
        known.rows += more.rows;
        known.first_line = known.first_line.min(more.first_line);
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Reasons};
    use crate::replay::limits::REASONS_MAX;

    #[test]
    fn rows_are_counted_by_reason_with_the_first_line_of_each() {
        let (mut one, mut other) = (Reasons::default(), Reasons::default());
        one.add("bad", 9);
        other.add("bad", 4);
        other.add("worse", 7);
        one.absorb(other);
        let counted: Vec<_> = one.iter().collect();
        let expected = [
            ("bad", Count { rows: 2, first_line: 4 }),
            ("worse", Count { rows: 1, first_line: 7 }),
        ];
        assert_eq!(counted, expected);
        assert_eq!(one.rows(), 3);
    }

    #[test]
    fn no_row_is_lost_when_there_are_more_reasons_than_can_be_told_apart() {
        let mut reasons = Reasons::default();
        for line in 0..1_000 {
            reasons.add(&format!("reason {line}"), line);
        }
        assert_eq!(reasons.rows(), 1_000);
        assert!(reasons.iter().count() <= REASONS_MAX + 1);
    }
}
