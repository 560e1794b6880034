//! Merges of what was merged, between a checkpoint's taking of ids and its look at their profiles.

use super::{add, adds, durable, merge, open, read};
use crate::codec::Row;
use crate::testing::{added, at_min, event, id, tenant};

/// Names of which the first merges into the second, and the second into the third.
fn chain() -> [&'static str; 3] {
    let mut names = ["u-1", "u-2", "u-3"];
    names.sort_by_key(|name| std::cmp::Reverse(id(name)));
    names
}

#[test]
fn a_profile_is_written_with_every_signpost_that_leads_to_it() {
    let [a, b, c] = chain();
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    for (lsn, name) in (1..).zip([a, b, c]) {
        add(&store, name, lsn);
    }
    merge(&store, a, b, 4).expect("they were two");
    merge(&store, b, c, 5).expect("they were two");
    let rows = store.snapshot(vec![id(c)]);
    let led: Vec<_> = rows
        .iter()
        .map(|(id, row)| match row {
            Row::Moved(to) => (*id, *to),
            Row::Profile(profile) => (*id, profile.id),
        })
        .collect();
    assert_eq!(led, [(id(c), id(c)), (id(b), id(c)), (id(a), id(b))]);
}

#[test]
fn a_chain_of_merges_during_a_checkpoint_counts_nothing_twice_after_a_crash() {
    let [a, b, c] = chain();
    let dir = tempfile::tempdir().expect("a folder");
    {
        let store = open(dir.path());
        add(&store, a, 1);
        add(&store, b, 2);
        store.checkpoint(2, &durable).expect("written");
        add(&store, c, 3);
        // A checkpoint that covers 3 has taken the third, and looks at it after all of the rest.
        let taken = store.dirty.take();
        assert_eq!(taken, [id(c)]);
        merge(&store, a, b, 4).expect("they were two");
        merge(&store, b, c, 5).expect("they were two");
        for lsn in 6..=8 {
            add(&store, c, lsn);
        }
        let rows = store.snapshot(taken);
        store.write(3, &rows, &[Vec::new(), Vec::new()], &durable).expect("written");
    }
    let store = open(dir.path());
    store.replay_merged(4, &tenant(), id(b), id(a), at_min(2)).expect("merged");
    store.replay_merged(5, &tenant(), id(c), id(b), at_min(2)).expect("merged");
    let again = event(c, at_min(1), added("p", 1, 100));
    for lsn in 6..=8 {
        store.replay_event(lsn, &tenant(), id(c), &again).expect("folded");
    }
    let profile = read(&store, a);
    assert_eq!((profile.id, adds(&profile), profile.applied_lsn), (id(c), 6, 8));
}

#[test]
fn a_merge_that_is_replayed_leaves_a_profile_at_its_latest_position() {
    let [a, _, c] = chain();
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    add(&store, a, 1);
    add(&store, c, 15);
    store.replay_merged(11, &tenant(), id(c), id(a), at_min(2)).expect("merged");
    assert_eq!(read(&store, a).applied_lsn, 15);
    let again = event(c, at_min(1), added("p", 1, 100));
    store.replay_event(15, &tenant(), id(c), &again).expect("folded");
    assert_eq!(adds(&read(&store, c)), 2, "15 is in it already");
}
