//! Updates that return the profile, and updates under ids that were merged away.

use std::sync::Arc;

use super::{add, adds, durable, merge, open, read};
use crate::error::UpdateError;
use crate::testing::{added, at_min, event, id, tenant};
use crate::{Known, fold};

#[test]
fn an_update_gives_back_the_very_profile_that_it_made() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    for (lsn, expected) in [(1, Known::New), (2, Known::Old)] {
        let viewed = event("a-1", at_min(1), added("p", 1, 100));
        let updated =
            store.update_and_read::<_, ()>(&tenant(), id("a-1"), at_min(1), |profile, known| {
                fold(profile, &viewed);
                Ok((known, lsn))
            });
        let (known, profile) = updated.expect("folded");
        assert_eq!((known, profile.applied_lsn), (expected, lsn));
        assert_eq!(u64::from(adds(&profile)), lsn);
        assert!(Arc::ptr_eq(&profile, &read(&store, "a-1")), "no copy");
    }
}

#[test]
fn an_update_that_changes_nothing_gives_back_what_there_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let look =
        |name| store.update_and_read::<_, ()>(&tenant(), id(name), at_min(1), |_, _| Ok(((), 0)));
    let ((), nobody) = look("a-1").expect("looked");
    assert_eq!((nobody.id, nobody.applied_lsn), (id("a-1"), 0));
    assert_eq!(store.read(id("a-1")).expect("read"), None, "nobody was made");
    add(&store, "a-1", 7);
    let ((), somebody) = look("a-1").expect("looked");
    assert_eq!((adds(&somebody), somebody.applied_lsn), (1, 7));
    let failed =
        store.update_and_read::<(), &str>(&tenant(), id("a-1"), at_min(1), |_, _| Err("full"));
    assert!(matches!(failed, Err(UpdateError::Caller("full"))));
}

#[test]
fn an_update_finds_a_customer_under_every_id_hot_or_cold() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut names = ["u-1", "u-2", "u-3"];
    names.sort_by_key(|name| std::cmp::Reverse(id(name)));
    let [first, second, third] = names;
    let store = open(dir.path());
    for (lsn, name) in (1..).zip(names) {
        add(&store, name, lsn);
    }
    merge(&store, first, second, 4).expect("they were two");
    merge(&store, second, third, 5).expect("they were two");
    assert_eq!(add(&store, first, 6), Known::Old);
    store.checkpoint(6, &durable).expect("written");
    drop(store);
    let store = open(dir.path());
    assert!(!store.is_hot(id(first)));
    let updated = store.update_and_read::<_, ()>(&tenant(), id(first), at_min(2), |profile, _| {
        fold(profile, &event(first, at_min(2), added("p", 1, 100)));
        Ok((profile.id, 7))
    });
    let (stays, profile) = updated.expect("folded");
    assert_eq!((stays, profile.id, adds(&profile)), (id(third), id(third), 5));
    assert!(Arc::ptr_eq(&profile, &read(&store, third)));
}
