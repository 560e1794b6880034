//! Collections kept in order: what a profile is made of.
//!
//! A profile's collections hold a handful of entries, so one that is ordered and tight is both the smallest
//! and the fastest map.

use std::cmp::Ordering;

use model::Tight;

/// Forgets the least entries until at most `max` remain; the order of the others does not change.
///
/// `rank` must be a total order that no two entries share, so that forgetting before a merge or after
/// it leaves the same entries.
pub(crate) fn keep_greatest<T>(
    entries: &mut Tight<T>,
    max: usize,
    rank: impl Fn(&T, &T) -> Ordering,
) {
    while entries.len() > max {
        let least = (0..entries.len()).min_by(|&a, &b| rank(&entries[a], &entries[b]));
        let Some(least) = least else { return };
        entries.remove(least);
    }
}

/// Joins two collections ordered by `key`: entries of the same key become one by `join`.
pub(crate) fn join_ordered<T: Clone>(
    a: &[T],
    b: &[T],
    key: impl Fn(&T, &T) -> Ordering,
    join: impl Fn(&T, &T) -> T,
) -> Tight<T> {
    let mut joined = Vec::with_capacity(a.len() + b.len());
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return joined.into(),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => key(one, other),
        };
        let one = if order.is_le() { left.next() } else { None };
        let other = if order.is_ge() { right.next() } else { None };
        match (one, other) {
            (Some(one), Some(other)) => joined.push(join(one, other)),
            (Some(only), None) | (None, Some(only)) => joined.push(only.clone()),
            (None, None) => return joined.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Tight;

    use super::{join_ordered, keep_greatest};

    #[test]
    fn the_least_entries_are_forgotten_and_the_others_stay_in_order() {
        let mut entries = Tight::from(vec![3, 9, 1, 7]);
        keep_greatest(&mut entries, 2, Ord::cmp);
        assert_eq!(*entries, [9, 7]);
    }

    #[test]
    fn joining_keeps_the_order_and_joins_equal_keys_once() {
        let a = [(1, 1), (3, 1)];
        let b = [(0, 1), (3, 2), (4, 1)];
        let joined = join_ordered(&a, &b, |x, y| x.0.cmp(&y.0), |x, y| (x.0, x.1 + y.1));
        assert_eq!(*joined, [(0, 1), (1, 1), (3, 3), (4, 1)]);
    }
}
