//! The store as its users see it; crashes are in `crash`, budgets in `budget`, merges of merges in
//! `chain`, what belongs to whom in `tenants`, updates that return the profile in `update`, all customers at
//! once in `scan`.

mod budget;
mod chain;
mod crash;
mod scan;
mod script;
mod tenants;
mod update;

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use model::{Change, CustomerId, Profile, Timestamp};

use super::{Config, Known, Store};
use crate::error::{StoreError, UpdateError};
use crate::fold;
use crate::testing::{added, at_min, completed, event, id, tenant};
use crate::window::{Admission, EventKey};

type Refusal = Box<dyn std::error::Error + Send + Sync>;

fn open(dir: &Path) -> Store {
    Store::open(dir, Config::default()).expect("opens").0
}

/// Everything is durable at once.
fn durable(_: u64) -> Result<(), Refusal> {
    Ok(())
}

/// Folds one cart event under a journal position; whether the customer was new.
fn add(store: &Store, name: &str, lsn: u64) -> Known {
    let event = event(name, at_min(1), added("p", 1, 100));
    let added = store.update::<_, ()>(&tenant(), id(name), at_min(1), |profile, known| {
        fold(profile, &event);
        Ok((known, lsn))
    });
    added.expect("folded")
}

fn merge(store: &Store, a: &str, b: &str, lsn: u64) -> Option<(CustomerId, CustomerId, Change)> {
    let merged =
        store.merge::<_, ()>(&tenant(), id(a), id(b), at_min(2), |merged, other, change| {
            Ok(((merged.id, other, change.clone()), lsn))
        });
    merged.expect("merged")
}

fn read(store: &Store, name: &str) -> Arc<Profile> {
    store.read(id(name)).expect("read").expect("known")
}

fn adds(profile: &Profile) -> u32 {
    profile.total(|tally| tally.cart_adds)
}

#[test]
fn a_customer_is_new_once_and_costs_no_look_at_an_empty_disk() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    assert!(store.is_hot(id("a-1")));
    assert_eq!(store.read(id("a-1")).expect("read"), None);
    assert_eq!(add(&store, "a-1", 1), Known::New);
    assert_eq!(add(&store, "a-1", 2), Known::Old);
    let profile = read(&store, "a-1");
    assert_eq!((adds(&profile), profile.applied_lsn), (2, 2));
    assert_eq!(store.stats().loads, 0);
}

#[test]
fn what_the_caller_gives_up_leaves_nothing_behind() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let refused = store.update::<(), &str>(&tenant(), id("a-1"), at_min(0), |_, _| Err("full"));
    assert!(matches!(refused, Err(UpdateError::Caller("full"))));
    let duplicate = store.update::<_, ()>(&tenant(), id("a-1"), at_min(0), |_, _| Ok((7, 0)));
    assert!(matches!(duplicate, Ok(7)));
    assert_eq!(add(&store, "a-1", 1), Known::New, "nobody was made");
    let merged =
        store.merge::<(), &str>(&tenant(), id("a-1"), id("u-1"), at_min(0), |_, _, _| Err("full"));
    assert!(matches!(merged, Err(UpdateError::Caller("full"))));
    assert_eq!(store.resolve(id("a-1")).expect("read"), id("a-1"));
    let stats = store.checkpoint(1, &durable).expect("written");
    assert_eq!((stats.profiles, stats.moved), (1, 0));
}

#[test]
fn a_profile_that_a_reader_holds_does_not_change_under_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    add(&store, "a-1", 1);
    let held = read(&store, "a-1");
    add(&store, "a-1", 2);
    assert_eq!((adds(&held), adds(&read(&store, "a-1"))), (1, 2));
}

#[test]
fn a_profile_that_nobody_holds_is_changed_in_place() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    add(&store, "a-1", 1);
    let place = Arc::as_ptr(&read(&store, "a-1"));
    add(&store, "a-1", 2);
    assert_eq!(Arc::as_ptr(&read(&store, "a-1")), place);
}

#[test]
fn two_customers_become_one_under_the_smaller_id() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    add(&store, "a-1", 1);
    add(&store, "u-1", 2);
    let (stays, absorbed, change) = merge(&store, "a-1", "u-1", 3).expect("they were two");
    assert_eq!((stays, absorbed), (id("u-1"), id("a-1")));
    assert_eq!((change.customers, change.customers_with_cart), (-1, -1));
    assert_eq!(merge(&store, "u-1", "a-1", 4), None, "they are one");
    assert_eq!(add(&store, "a-1", 5), Known::Old);
    let profile = read(&store, "a-1");
    assert_eq!((profile.id, adds(&profile), profile.applied_lsn), (id("u-1"), 3, 5));
    assert_eq!(store.resolve(id("a-1")).expect("read"), id("u-1"));
}

#[test]
fn a_merge_tells_which_ids_it_found_after_earlier_merges() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let mut names = ["u-1", "u-2", "u-3"];
    names.sort_by_key(|name| id(name));
    let [first, second, third] = names;
    for (lsn, name) in (1..).zip(names) {
        add(&store, name, lsn);
    }
    merge(&store, second, third, 4).expect("they were two");
    let (stays, absorbed, _) = merge(&store, third, first, 5).expect("they were two");
    assert_eq!((stays, absorbed), (id(first), id(second)), "neither argument is what was absorbed");
    assert_eq!(adds(&read(&store, third)), 3);
}

#[test]
fn an_id_without_a_profile_is_merged_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    add(&store, "a-1", 1);
    let (stays, _, change) = merge(&store, "a-1", "u-1", 2).expect("they were two");
    assert_eq!((stays, change.is_empty()), (id("u-1"), true), "one customer, as before");
    assert_eq!(add(&store, "u-1", 3), Known::Old);
    assert_eq!(adds(&read(&store, "u-1")), 2);
    let (_, _, change) = merge(&store, "a-8", "a-9", 4).expect("they were two");
    assert_eq!(change.customers, 1, "nobody was known");
    assert_eq!(add(&store, "a-8", 5), Known::Old);
}

/// Else whoever may send events could have a show redeemed twice.
#[test]
fn no_number_of_events_makes_a_redemption_forgotten() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = Config { window_keys_max: 1, ..Config::default() };
    let (store, _) = Store::open(dir.path(), config.clone()).expect("opens");
    let show = [EventKey::token(&tenant(), 7)];
    let is_new = |store: &Store| {
        let admitted = store.redemptions().admit::<_, ()>(&show, at_min(1), || Ok(()));
        matches!(admitted, Ok(Admission::New(())))
    };
    assert!(is_new(&store));
    for number in 0..10_000 {
        let event = [EventKey::message(&tenant(), &number.to_string())];
        store.window().admit::<_, ()>(&event, at_min(1), || Ok(())).expect("new");
    }
    assert!(store.stats().window_forgotten_early > 0, "they were too many");
    assert!(!is_new(&store));
    store.checkpoint(1, &|_| Ok(())).expect("written");
    drop(store);
    let (store, _) = Store::open(dir.path(), config).expect("opens again");
    assert!(!is_new(&store));
}

#[test]
fn a_checkpoint_brings_everything_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    for lsn in 1..=100 {
        add(&store, &format!("a-{lsn}"), lsn);
    }
    merge(&store, "a-1", "u-1", 101).expect("they were two");
    let key = [EventKey::message(&tenant(), "m")];
    store.window().admit::<_, ()>(&key, at_min(1), || Ok(())).expect("new");
    let stats = store.checkpoint(101, &durable).expect("written");
    assert_eq!((stats.profiles, stats.moved, stats.window_keys), (100, 1, 1));
    let before = read(&store, "a-1");
    drop(store);
    let (store, opened) = Store::open(dir.path(), Config::default()).expect("opens");
    assert_eq!((opened.covered_lsn, opened.profiles), (101, 100));
    assert_eq!(store.stats().loads, 0, "no profile is read on opening");
    assert!(!store.is_hot(id("a-1")) && !store.is_hot(id("nobody")));
    assert_eq!(read(&store, "a-1"), before);
    assert_eq!(store.stats().loads, 2, "the signpost and the profile");
    assert_eq!(add(&store, "a-2", 102), Known::Old);
    assert_eq!(add(&store, "nobody", 103), Known::New);
    let again = store.window().admit::<_, ()>(&key, at_min(2), || Ok(()));
    assert_eq!(again, Ok(Admission::Duplicate));
}

#[test]
fn a_checkpoint_writes_only_what_changed() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    for lsn in 1..=50 {
        add(&store, &format!("a-{lsn}"), lsn);
    }
    assert_eq!(store.checkpoint(50, &durable).expect("written").profiles, 50);
    add(&store, "a-7", 51);
    assert_eq!(store.stats().dirty, 1);
    assert_eq!(store.checkpoint(51, &durable).expect("written").profiles, 1);
    assert_eq!(store.checkpoint(51, &durable).expect("written").profiles, 0);
    assert_eq!(store.stats().profiles_on_disk, 50);
}

#[test]
fn a_checkpoint_waits_for_the_journal_to_hold_what_it_writes() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    add(&store, "a-1", 7);
    let waited = Cell::new(0);
    let wait = |lsn: u64| -> Result<(), Refusal> {
        waited.set(lsn);
        Ok(())
    };
    store.checkpoint(3, &wait).expect("written");
    assert_eq!(waited.get(), 7, "a later change was seen");
    store.checkpoint(9, &wait).expect("written");
    assert_eq!(waited.get(), 9);
}

#[test]
fn a_checkpoint_that_fails_leaves_everything_to_the_next() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    add(&store, "a-1", 1);
    add(&store, "a-2", 2);
    merge(&store, "a-1", "u-1", 3).expect("they were two");
    let key = [EventKey::message(&tenant(), "m")];
    store.window().admit::<_, ()>(&key, at_min(1), || Ok(())).expect("new");
    let fenced = |_: u64| -> Result<(), Refusal> { Err("fenced".into()) };
    let error = store.checkpoint(3, &fenced).expect_err("the journal is fenced");
    assert!(matches!(error, StoreError::NotDurable { lsn: 3, .. }), "{error}");
    assert_eq!(store.stats().profiles_on_disk, 0);
    assert_eq!(store.evict().evicted, 0);
    let stats = store.checkpoint(3, &durable).expect("written");
    assert_eq!((stats.profiles, stats.moved, stats.window_keys), (2, 1, 1));
    drop(store);
    let (store, opened) = Store::open(dir.path(), Config::default()).expect("opens");
    assert_eq!((opened.covered_lsn, opened.profiles), (3, 2));
    assert_eq!(adds(&read(&store, "a-1")), 1);
}

#[test]
fn two_rows_of_a_merge_are_written_together_whichever_was_marked() {
    // Only one of the two is dirty when the merge is made, and then the other way round.
    for (clean, soiled) in [("a-1", "u-1"), ("u-1", "a-1")] {
        let dir = tempfile::tempdir().expect("a folder");
        let store = open(dir.path());
        add(&store, clean, 1);
        store.checkpoint(1, &durable).expect("written");
        add(&store, soiled, 2);
        merge(&store, clean, soiled, 3).expect("they were two");
        let stats = store.checkpoint(3, &durable).expect("written");
        assert_eq!((stats.profiles, stats.moved), (1, 1));
    }
}

#[test]
fn a_merge_between_marking_and_taking_still_writes_both_rows() {
    for marked in ["a-1", "u-1"] {
        let dir = tempfile::tempdir().expect("a folder");
        let store = open(dir.path());
        add(&store, "a-1", 1);
        add(&store, "u-1", 2);
        merge(&store, "a-1", "u-1", 3);
        let rows = store.snapshot(vec![id(marked)]);
        let ids: Vec<CustomerId> = rows.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, [id("u-1"), id("a-1")], "only {marked} was marked");
    }
}

#[test]
fn an_id_is_marked_before_the_caller_can_append() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    for lsn in 1..=2 {
        let updated = store
            .update::<_, ()>(&tenant(), id("a-1"), at_min(0), |_, _| Ok((store.dirty.len(), lsn)));
        assert_eq!(updated.expect("folded"), 1, "new at first, then old");
        store.checkpoint(lsn, &durable).expect("written");
    }
    let merged = store.merge::<_, ()>(&tenant(), id("a-1"), id("u-1"), at_min(0), |_, _, _| {
        Ok((store.dirty.len(), 3))
    });
    assert_eq!(merged.expect("merged"), Some(2));
}

#[test]
fn what_changes_while_a_checkpoint_writes_is_neither_evicted_nor_forgotten() {
    let dir = tempfile::tempdir().expect("a folder");
    let tight = Config { hot_bytes_max: 0, ..Config::default() };
    let store = Store::open(dir.path(), tight).expect("opens").0;
    add(&store, "a-1", 1);
    add(&store, "a-2", 2);
    let meanwhile = |_: u64| -> Result<(), Refusal> {
        add(&store, "a-1", 3);
        assert_eq!(store.evict().evicted, 0, "the disk does not have them yet");
        Ok(())
    };
    store.checkpoint(2, &meanwhile).expect("written");
    assert_eq!(store.evict().evicted, 1, "only the one that did not change again");
    assert_eq!(adds(&read(&store, "a-1")), 2);
    assert_eq!(store.checkpoint(3, &durable).expect("written").profiles, 1);
    store.evict();
    assert_eq!(store.stats().hot, 0);
    assert_eq!(adds(&read(&store, "a-1")), 2);
}

#[test]
fn updates_of_many_threads_are_all_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let lsn = std::sync::atomic::AtomicU64::new(1);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for number in 0..500 {
                    let next = lsn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    add(&store, &format!("a-{}", number % 7), next);
                }
            });
        }
    });
    let total: u32 = (0..7).map(|number| adds(&read(&store, &format!("a-{number}")))).sum();
    assert_eq!(total, 2_000);
}

#[test]
fn replay_skips_what_a_profile_holds_already() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let order = event("a-1", at_min(1), completed("o-1", 100));
    let view = event("a-1", at_min(2), added("p", 1, 100));
    for _ in 0..2 {
        store.replay_event(1, &tenant(), id("a-1"), &order).expect("folded");
        store.replay_event(2, &tenant(), id("a-1"), &view).expect("folded");
        store.replay_merged(3, &tenant(), id("u-1"), id("a-1"), at_min(3)).expect("merged");
    }
    let profile = read(&store, "a-1");
    assert_eq!((profile.id, adds(&profile), profile.applied_lsn), (id("u-1"), 1, 3));
    for key in [EventKey::message(&tenant(), "m-60000"), EventKey::order(&tenant(), "o-1")] {
        let again = store.window().admit::<(), ()>(&[key], Timestamp::from_ms(9), || Ok(()));
        assert_eq!(again, Ok(Admission::Duplicate), "replay refills the window");
    }
}
