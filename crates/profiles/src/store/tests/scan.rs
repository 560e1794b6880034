use std::collections::BTreeMap;

use model::CustomerId;

use super::{Config, Store, StoreError, add, adds, durable, id, merge, open};
use crate::limits::SCAN_ROWS;

/// Everybody with the count of what was put into the cart; nobody may be given twice.
fn everybody(store: &Store) -> BTreeMap<CustomerId, u32> {
    let mut found = BTreeMap::new();
    let scanned = store.scan(|profile| {
        assert_eq!(found.insert(profile.id, adds(profile)), None, "given twice");
    });
    scanned.expect("scanned");
    found
}

fn of(names: &[(&str, u32)]) -> BTreeMap<CustomerId, u32> {
    names.iter().map(|&(name, adds)| (id(name), adds)).collect()
}

#[test]
fn a_scan_gives_everybody_once_as_of_now_wherever_they_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert_eq!(everybody(&store), of(&[]));
    add(&store, "cold", 1);
    add(&store, "changed", 2);
    add(&store, "u-person", 3);
    add(&store, "browser", 4);
    store.checkpoint(4, &durable).unwrap();
    drop(store);
    let store = open(dir.path());
    add(&store, "changed", 5);
    add(&store, "new", 6);
    merge(&store, "u-person", "browser", 7);
    let expected = of(&[("cold", 1), ("changed", 2), ("u-person", 2), ("new", 1)]);
    assert_eq!(everybody(&store), expected);
    assert!(!store.is_hot(id("cold")), "a scan does not warm anybody up");
    store.checkpoint(7, &durable).unwrap();
    assert_eq!(everybody(&store), expected, "and the same after a checkpoint");
}

#[test]
fn a_scan_goes_on_after_the_rows_that_it_holds_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let names: Vec<String> = (0..=2 * SCAN_ROWS).map(|number| format!("a-{number}")).collect();
    for (lsn, name) in (1..).zip(&names) {
        add(&store, name, lsn);
    }
    store.checkpoint(names.len() as u64, &durable).unwrap();
    drop(store);
    let expected: Vec<(&str, u32)> = names.iter().map(|name| (&**name, 1)).collect();
    assert_eq!(everybody(&open(dir.path())), of(&expected));
}

#[test]
fn a_copy_is_opened_while_the_original_is_in_use_and_leaves_it_alone() {
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(dir.path());
    add(&store, "before", 1);
    store.checkpoint(1, &durable).unwrap();
    let file = dir.path().join("profiles.redb");
    let bytes = std::fs::read(&file).unwrap();
    let (copied, opened) =
        Store::open_copy(dir.path(), copy.path(), Config::default()).expect("copied");
    assert_eq!((opened.covered_lsn, opened.profiles), (1, 1));
    add(&copied, "only in the copy", 2);
    copied.checkpoint(2, &durable).unwrap();
    assert_eq!(everybody(&copied), of(&[("before", 1), ("only in the copy", 1)]));
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    assert_eq!(everybody(&store), of(&[("before", 1)]));
}

#[test]
fn a_copy_of_nothing_is_empty() {
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (copied, opened) = Store::open_copy(dir.path(), copy.path(), Config::default()).unwrap();
    assert_eq!((opened.covered_lsn, everybody(&copied)), (0, of(&[])));
}

#[test]
fn a_page_that_is_not_as_its_commit_wrote_it_is_noticed_in_a_copy() {
    const PAGE_BYTES: usize = 4_096;
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let names: Vec<String> = (0..200).map(|number| format!("a-{number}")).collect();
    for (lsn, name) in (1..).zip(&names) {
        add(&store, name, lsn);
    }
    store.checkpoint(200, &durable).unwrap();
    drop(store);
    let path = dir.path().join("profiles.redb");
    let whole = std::fs::read(&path).unwrap();
    let mut noticed_by_the_check_alone = 0;
    for start in (PAGE_BYTES..whole.len()).step_by(PAGE_BYTES).take(100) {
        let mut torn = whole.clone();
        torn[start + PAGE_BYTES / 2] ^= 1;
        std::fs::write(&path, &torn).unwrap();
        let (copy, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        match Store::open_copy(dir.path(), copy.path(), Config::default()) {
            // The page was free, or the commit before is whole.
            Ok((copied, opened)) => {
                let expected = if opened.covered_lsn == 200 { 200 } else { 0 };
                assert_eq!(everybody(&copied).len(), expected, "page at {start}");
            }
            Err(StoreError::Damaged { .. }) => {
                std::fs::write(plain.path().join("profiles.redb"), &torn).unwrap();
                let opened = Store::open(plain.path(), Config::default());
                noticed_by_the_check_alone += usize::from(opened.is_ok());
            }
            Err(other) => panic!("page at {start}: {other}"),
        }
    }
    assert!(noticed_by_the_check_alone > 0, "the check finds what opening does not");
}
