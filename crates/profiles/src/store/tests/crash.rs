//! Crashes: the file as it was at some moment, and of the journal what was durable.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::open;
use super::script::{Dice, Journal, Record, everybody, happen, ingest, replay};
use crate::{Config, Store};

/// What a `kill -9` leaves of a store: redb's file in mid-use, never closed.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

/// Opens what a crash left, replays, and compares with the journal folded from its beginning.
fn recover(left: &Path, survivors: &[Record], lost: &[Record]) {
    let (store, opened) = Store::open(left, Config::default()).expect("opens");
    let durable = u64::try_from(survivors.len()).expect("small");
    assert!(opened.covered_lsn <= durable, "the checkpoint knows more than the journal");
    for profile in everybody(&store).into_iter().flatten() {
        assert!(profile.applied_lsn <= durable, "{} is ahead of the journal", profile.id);
    }
    replay(&store, survivors, opened.covered_lsn);
    let dir = tempfile::tempdir().expect("a folder");
    let anew = open(dir.path());
    replay(&anew, survivors, 0);
    assert_eq!(everybody(&store), everybody(&anew));
    // What survived is a duplicate, and what did not can be sent again.
    let journal = Journal::default();
    for record in survivors {
        if let Record::Event(_, event) = record {
            assert!(!ingest(&store, &journal, "a-1", event), "{} is new", event.message_id);
        }
    }
    assert_eq!(journal.appended(), 0);
    for (number, record) in (0..).zip(lost) {
        let Record::Event(_, event) = record else { continue };
        assert!(ingest(&store, &journal, "a-1", event), "{number}: {} is lost", event.message_id);
    }
}

#[test]
fn every_durable_event_counts_once_after_a_crash_at_any_moment() {
    for seed in 0..6 {
        let dir = tempfile::tempdir().expect("a folder");
        let store = open(dir.path());
        let journal = Journal::default();
        let mut dice = Dice(seed);
        for number in 0..900 {
            happen(&store, &journal, &mut dice, number);
            if dice.below(12) == 0 {
                journal.make_durable(journal.appended()).expect("durable");
            }
            if dice.below(90) == 0 {
                let covered = journal.appended();
                let wait = |lsn| journal.make_durable(lsn);
                store.checkpoint(covered, &wait).expect("written");
            }
            if dice.below(150) == 0 {
                let left = tempfile::tempdir().expect("a folder");
                copy(dir.path(), left.path());
                let (survivors, lost) = journal.crash();
                recover(left.path(), &survivors, &lost);
            }
        }
    }
}

#[test]
fn a_second_crash_during_recovery_counts_nothing_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let journal = Journal::default();
    let mut dice = Dice(77);
    {
        let store = open(dir.path());
        for number in 0..400 {
            happen(&store, &journal, &mut dice, number);
        }
        journal.make_durable(journal.appended()).expect("durable");
    }
    let (survivors, _) = journal.crash();
    let (part, left) = (survivors.len() / 2, tempfile::tempdir().expect("a folder"));
    {
        let store = open(dir.path());
        replay(&store, &survivors[..part], 0);
        let covered = u64::try_from(part).expect("small");
        store.checkpoint(covered, &|_| Ok(())).expect("written");
        replay(&store, &survivors[..part + 50], covered);
        copy(dir.path(), left.path());
    }
    recover(left.path(), &survivors, &[]);
}

#[test]
fn checkpoints_beside_live_traffic_merges_and_evictions_are_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let tight = Config { hot_bytes_max: 20_000, ..Config::default() };
    let store = Store::open(dir.path(), tight).expect("opens").0;
    let journal = Journal::default();
    let done = AtomicBool::new(false);
    let mut crashes = Vec::new();
    std::thread::scope(|scope| {
        let traffic: Vec<_> = (0..3_u64)
            .map(|thread| {
                let (store, journal) = (&store, &journal);
                scope.spawn(move || {
                    let mut dice = Dice(1_000 + thread);
                    for number in 0..1_500 {
                        happen(store, journal, &mut dice, thread * 1_000_000 + number);
                    }
                })
            })
            .collect();
        let (done, store_too) = (&done, &store);
        scope.spawn(move || {
            while !done.load(Ordering::SeqCst) {
                store_too.evict();
                std::thread::yield_now();
            }
        });
        scope.spawn(move || {
            for thread in traffic {
                thread.join().expect("no panic");
            }
            done.store(true, Ordering::SeqCst);
        });
        while !done.load(Ordering::SeqCst) {
            let covered = journal.appended();
            store.checkpoint(covered, &|lsn| journal.make_durable(lsn)).expect("written");
            if crashes.len() < 25 {
                let left = tempfile::tempdir().expect("a folder");
                copy(dir.path(), left.path());
                crashes.push((left, journal.crash()));
            }
        }
    });
    let covered = journal.appended();
    store.checkpoint(covered, &|lsn| journal.make_durable(lsn)).expect("written");
    let live = everybody(&store);
    drop(store);
    let anew = open(dir.path());
    assert_eq!(everybody(&anew), live);
    for (left, (survivors, lost)) in crashes {
        recover(left.path(), &survivors, &lost);
    }
}
