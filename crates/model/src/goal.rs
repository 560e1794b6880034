//! What counts as success of a campaign, and how an event is measured by it.
//!
//! A goal of orders needs nothing but the order: its revenue is money, and a refund takes it back. Any
//! other goal counts events of a name, and may sum a number that they carry. Which numbers those are, the
//! plan knows and a profile does not; so whoever takes an event in measures it once by the goals of the
//! plan ([`Measure`]), and what was measured goes with the event into the journal. Folding it again
//! gives the same, whatever the plan is by then, and a customer who turns out later to have been in
//! the experiment brings along what was measured before.

use std::time::Duration;

use crate::short_fingerprint;

/// What counts as success of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    key: GoalKey,
    event: Box<str>,
    value: Option<Box<str>>,
    /// What happens this long after the customer's first exposure still counts.
    pub attribution_window: Duration,
}

/// The short name of what a goal measures: campaigns that measure the same share it, whatever their
/// windows. Two goals of one tenant are taken for the same with odds of 1 to 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoalKey(u32);

/// What one event comes to by one goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// By which goal.
    pub goal: GoalKey,
    /// The number that the event carries, in thousandths; 0 where it carries none.
    pub value_milli: i64,
}

/// The name of the event that goals of orders count.
pub const ORDER_COMPLETED: &str = "Order Completed";

const GOAL_LABEL: u64 = 0x676f_616c_2121_2121;

/// Whether two names differ in nothing but case, spaces, `_` and `-`, which shops write differently.
pub fn same_name(one: &str, other: &str) -> bool {
    squashed(one).eq(squashed(other))
}

fn squashed(name: &str) -> impl Iterator<Item = u8> {
    let kept = name.bytes().filter(|byte| !matches!(byte, b' ' | b'_' | b'-'));
    kept.map(|byte| byte.to_ascii_lowercase())
}

// === impl Goal ===

impl Goal {
    /// Orders, and their revenue less refunds.
    pub fn orders(attribution_window: Duration) -> Self {
        Self {
            key: GoalKey::ORDERS,
            event: ORDER_COMPLETED.into(),
            value: None,
            attribution_window,
        }
    }

    /// Events of a name, and the sum of a property of theirs. Orders are orders, whichever way their
    /// name is written.
    pub fn of_events(event: &str, value: Option<&str>, attribution_window: Duration) -> Self {
        if same_name(event, ORDER_COMPLETED) {
            return Self::orders(attribution_window);
        }
        Self {
            key: GoalKey::of(event, value),
            event: event.into(),
            value: value.map(Into::into),
            attribution_window,
        }
    }

    /// What it measures.
    pub const fn key(&self) -> GoalKey {
        self.key
    }

    /// The name of the events that it counts.
    pub const fn event(&self) -> &str {
        &self.event
    }

    /// The property whose numbers it sums, if it sums any.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Whether it counts events of a name, as [`crate::Event::rule_name`] tells it.
    pub fn counts(&self, event: &str) -> bool {
        same_name(&self.event, event)
    }
}

// === impl GoalKey ===

impl GoalKey {
    /// Orders and their revenue.
    pub const ORDERS: Self = Self(0);

    /// Events of a name, and the sum of a property. It is on disk, so it must never change.
    fn of(event: &str, value: Option<&str>) -> Self {
        let value = value.map(|value| std::iter::once(0).chain(squashed(value)));
        let name: Vec<u8> = squashed(event).chain(value.into_iter().flatten()).collect();
        Self(short_fingerprint(GOAL_LABEL, &name).max(1))
    }

    /// The key as a number, for the disk.
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// The key that [`Self::to_u32`] gave.
    pub const fn from_u32(number: u32) -> Self {
        Self(number)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Goal, GoalKey};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn goals_that_measure_the_same_have_the_same_key_however_they_are_written() {
        let goal = Goal::of_events("Points Earned", Some("points"), DAY);
        assert_eq!(goal.key(), Goal::of_events("points_earned", Some("Points"), DAY * 2).key());
        assert_eq!(goal.key(), GoalKey::from_u32(0x0fef_b167), "it is on disk");
        for (event, value) in [("Points Earned", None), ("Points", Some("earnedpoints"))] {
            assert_ne!(goal.key(), Goal::of_events(event, value, DAY).key());
        }
        assert!(goal.counts("POINTS-EARNED") && !goal.counts("Points"));
    }

    #[test]
    fn orders_are_orders_whichever_way_their_name_is_written() {
        let goal = Goal::of_events("order_completed", None, DAY);
        assert_eq!(goal, Goal::orders(DAY));
        assert_eq!((goal.key(), goal.event()), (GoalKey::ORDERS, "Order Completed"));
    }
}
