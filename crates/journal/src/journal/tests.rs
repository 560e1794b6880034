use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use super::{Config, Journal};
use crate::disk::Disk;
use crate::disk::simulated::{self, Fault};
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::{AppendError, JournalError, Reader};

fn quick() -> Config {
    Config { segment_bytes_max: 300, commit_delay: Duration::ZERO, ..Config::default() }
}

fn open(dir: &TempDir, config: Config) -> Journal {
    Journal::open(dir.path(), config).expect("opens").0
}

fn append(journal: &Journal, payload: &[u8]) -> u64 {
    let permit = journal.reserve().expect("open and with room");
    permit.append(5, |buffer| buffer.extend_from_slice(payload))
}

fn rest(reader: &mut Reader) -> Vec<(u64, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some(frame) = reader.next().expect("readable") {
        assert_eq!(frame.kind, 5);
        found.push((frame.lsn, frame.payload.to_vec()));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_appended_is_read_in_order_before_and_after_a_restart(
        payloads in vec(vec(any::<u8>(), 0..400), 1..40),
        segment_bytes_max in 1_u64..2_000,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let config = Config { segment_bytes_max, ..quick() };
        let journal = open(&dir, config.clone());
        for (place, payload) in payloads.iter().enumerate() {
            let lsn = append(&journal, payload);
            prop_assert_eq!(lsn, place as u64 + 1);
            if place % 3 == 0 {
                journal.wait_durable_blocking(lsn).unwrap();
            }
        }
        journal.close().unwrap();
        let expected: Vec<_> = (1..).zip(payloads).collect();
        prop_assert_eq!(rest(&mut journal.reader(1).unwrap()), expected.clone());
        drop(journal);
        let (journal, recovery) = Journal::open(dir.path(), config).unwrap();
        prop_assert_eq!(recovery.last_lsn, expected.len() as u64);
        prop_assert_eq!(recovery.torn_bytes, 0);
        for (from, _) in &expected {
            let place = usize::try_from(from - 1).unwrap();
            prop_assert_eq!(rest(&mut journal.reader(*from).unwrap()), expected[place..].to_vec());
        }
    }
}

#[test]
fn a_second_process_cannot_open_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(&dir, quick());
    assert!(matches!(Journal::open(dir.path(), quick()), Err(JournalError::Locked { .. })));
    drop(first);
    assert!(Journal::open(dir.path(), quick()).is_ok());
}

#[test]
fn a_journal_makes_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, recovery) = Journal::open(&dir.path().join("a/b"), quick()).unwrap();
    assert_eq!((recovery.first_lsn, recovery.last_lsn), (0, 0));
    assert_eq!(append(&journal, b"x"), 1);
}

#[test]
fn a_backlog_beyond_its_limit_is_refused_and_what_was_taken_is_still_written() {
    let dir = tempfile::tempdir().unwrap();
    let config =
        Config { backlog_bytes_max: 100, commit_delay: Duration::from_secs(3_600), ..quick() };
    let journal = open(&dir, config);
    let mut taken = 0;
    while journal.reserve().is_ok() {
        taken = append(&journal, b"0123456789");
    }
    assert_eq!(taken, 4, "27 bytes each");
    assert_eq!(journal.reserve().unwrap_err(), AppendError::Backlogged);
    journal.close().unwrap();
    assert_eq!(journal.durable_lsn(), taken);
}

#[test]
fn a_closed_journal_accepts_nothing_and_keeps_nobody_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(&dir, quick());
    let last = append(&journal, b"last");
    thread::scope(|scope| {
        let waiter = scope.spawn(|| journal.wait_durable_blocking(last + 1));
        journal.close().unwrap();
        assert_eq!(waiter.join().unwrap(), Err(AppendError::Closed));
    });
    assert_eq!(journal.reserve().unwrap_err(), AppendError::Closed);
    assert_eq!(journal.wait_durable_blocking(last), Ok(()));
    assert!(journal.close().is_ok(), "closing twice is closing once");
}

#[test]
fn a_permit_used_after_closing_gets_a_position_that_is_never_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(&dir, quick());
    let permit = journal.reserve().unwrap();
    journal.close().unwrap();
    let lsn = permit.append(5, |buffer| buffer.push(1));
    assert_eq!(journal.wait_durable_blocking(lsn), Err(AppendError::Closed));
    assert!(matches!(journal.close(), Err(JournalError::NotDurable { first_lsn: 1, .. })));
}

#[test]
fn a_payload_beyond_the_limit_fences_the_journal_after_what_came_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(&dir, Config { commit_delay: Duration::from_secs(3_600), ..quick() });
    let before = append(&journal, b"before");
    let permit = journal.reserve().unwrap();
    let after = journal.reserve().unwrap();
    let long = permit.append(5, |buffer| buffer.resize(buffer.len() + PAYLOAD_BYTES_MAX + 1, 0));
    let after = after.append(5, |buffer| buffer.push(1));
    assert_eq!((long, after), (before + 1, before + 2));
    assert_eq!(journal.reserve().unwrap_err(), AppendError::Fenced);
    assert!(journal.close().is_err());
    assert_eq!(journal.durable_lsn(), before);
    assert_eq!(journal.wait_durable_blocking(long), Err(AppendError::Fenced));
    drop(journal);
    assert_eq!(rest(&mut open(&dir, quick()).reader(0).unwrap()), [(1, b"before".to_vec())]);
}

#[test]
fn a_caller_that_panics_while_writing_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(&dir, quick());
    append(&journal, b"one");
    let panicked = thread::scope(|scope| {
        let write = |buffer: &mut Vec<u8>| {
            buffer.extend_from_slice(b"half");
            panic!("planted");
        };
        let permit = journal.reserve().unwrap();
        scope.spawn(move || permit.append(5, write)).join()
    });
    assert!(panicked.is_err());
    assert_eq!(append(&journal, b"two"), 2);
    journal.close().unwrap();
    let found = rest(&mut journal.reader(1).unwrap());
    assert_eq!(found, [(1, b"one".to_vec()), (2, b"two".to_vec())]);
}

#[tokio::test]
async fn a_task_can_wait_for_its_record() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(&dir, quick());
    let lsn = append(&journal, b"one");
    assert_eq!(journal.durable(lsn).await, Ok(()));
    assert!(journal.durable_lsn() >= lsn);
    journal.close().unwrap();
    assert_eq!(journal.durable(lsn + 1).await, Err(AppendError::Closed));
}

#[test]
fn a_reader_follows_many_writers_across_segments() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(&dir, Config { segment_bytes_max: 4_000, ..quick() });
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let mut reader = journal.reader(1).unwrap();
            let mut next = 1;
            loop {
                let finished = done.load(Ordering::Acquire);
                for (lsn, payload) in rest(&mut reader) {
                    assert_eq!(lsn, next);
                    assert_eq!(payload, lsn.to_le_bytes().repeat(3));
                    next += 1;
                }
                if finished {
                    return next - 1;
                }
                let _ = reader.wait_blocking();
            }
        });
        let append = |_| {
            let mut last = 0;
            for count in 0..500 {
                // The position is known only inside, so writers take turns to write it.
                static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
                let turn = TURN.lock().unwrap();
                let lsn = journal.appended_lsn() + 1;
                let permit = journal.reserve().unwrap();
                last = permit.append(5, |b| b.extend_from_slice(&lsn.to_le_bytes().repeat(3)));
                drop(turn);
                if count % 50 == 0 {
                    journal.wait_durable_blocking(last).unwrap();
                }
            }
            journal.wait_durable_blocking(last).unwrap();
        };
        let writers: Vec<_> = (0..4).map(|n| scope.spawn(move || append(n))).collect();
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Release);
        journal.close().unwrap();
        assert_eq!(follower.join().unwrap(), 2_000);
    });
    assert!(journal.stats().segments > 3);
}

#[test]
fn retention_deletes_only_whole_segments_and_says_so_to_who_comes_late() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(&dir, quick());
    for _ in 0..30 {
        let lsn = append(&journal, &[7; 60]);
        journal.wait_durable_blocking(lsn).unwrap();
    }
    let mut late = journal.reader(1).unwrap();
    assert_eq!(late.next().unwrap().map(|frame| frame.lsn), Some(1));
    let segments = journal.stats().segments;
    assert_eq!(journal.retain_from(1).unwrap(), 0);
    let deleted = journal.retain_from(15).unwrap();
    assert!(deleted > 0 && journal.stats().segments == segments - deleted);
    let found = rest(&mut journal.reader(0).unwrap());
    let first = found[0].0;
    assert!(first <= 15 && first > 8, "{first}");
    assert_eq!(found.last().unwrap().0, 30);
    assert!(matches!(
        journal.reader(1),
        Err(JournalError::Gone { lsn: 1, first_lsn }) if first_lsn == first
    ));
    // The segment that it has open can still be read; the next one is gone.
    let gone = loop {
        match late.next() {
            Ok(Some(frame)) => assert!(frame.lsn < first),
            Ok(None) => panic!("there is more"),
            Err(error) => break error,
        }
    };
    assert!(matches!(gone, JournalError::Gone { .. }), "{gone}");
    assert!(journal.retain_from(u64::MAX).unwrap() > 0);
    assert_eq!(journal.stats().segments, 1, "the newest stays");
    drop((journal, late));
    let (journal, recovery) = Journal::open(dir.path(), quick()).unwrap();
    assert_eq!((journal.appended_lsn(), recovery.last_lsn), (30, 30));
}

#[test]
fn a_segment_that_cannot_be_deleted_stays_readable_until_it_can() {
    let disk = simulated::Disk::new();
    let journal = Journal::open_on(Disk::Simulated(disk.clone()), quick()).unwrap().0;
    for _ in 0..30 {
        let lsn = append(&journal, &[7; 60]);
        journal.wait_durable_blocking(lsn).unwrap();
    }
    let segments = journal.stats().segments;
    disk.set_fault(Fault::Once(0));
    assert!(matches!(journal.retain_from(15), Err(JournalError::Disk { doing: "delete", .. })));
    assert_eq!(journal.stats().segments, segments);
    assert_eq!(rest(&mut journal.reader(1).unwrap()).len(), 30);
    assert!(journal.retain_from(15).unwrap() > 0);
    assert!(journal.reader(1).is_err());
}

#[test]
fn a_reader_outlives_the_handle() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(open(&dir, quick()));
    append(&journal, b"one");
    let mut reader = journal.reader(1).unwrap();
    drop(journal);
    assert_eq!(rest(&mut reader), [(1, b"one".to_vec())]);
}

#[tokio::test]
async fn a_record_that_somebody_waits_for_does_not_wait_for_company() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(&dir, Config { commit_delay: Duration::from_secs(3_600), ..quick() });
    let unawaited = append(&journal, b"one");
    let awaited = append(&journal, b"two");
    assert_eq!(journal.durable(awaited).await, Ok(()));
    assert!(journal.durable_lsn() >= unawaited);
    let next = append(&journal, b"three");
    assert_eq!(journal.wait_durable_blocking(next), Ok(()));
}
