use std::fs;
use std::path::Path;
use std::sync::Arc;

use model::CustomerId;

use super::{Batch, FILE_NAME, File, HEAD, Hours, Opening, UNFINISHED_NAME, head};
use crate::codec::Row;
use crate::error::StoreError;
use crate::testing::{empty, id};
use crate::window::HourKeys;

const PLAIN: Opening = Opening { cache_bytes: 1 << 20, verify: false };

fn batch<'a>(rows: &'a [(CustomerId, Row)], keys: &'a [HourKeys]) -> Batch<'a> {
    let events = Hours { keys, horizon_hour: 0 };
    Batch { covered_lsn: 5, rows, windows: [events, Hours { keys: &[], horizon_hour: 0 }] }
}

fn profile_row(name: &str) -> (CustomerId, Row) {
    (id(name), Row::Profile(Arc::new(empty(name))))
}

fn filled(dir: &Path, customers: usize) {
    let (file, _) = File::open(dir, PLAIN).expect("opens");
    let rows: Vec<_> = (0..customers).map(|number| profile_row(&format!("a-{number}"))).collect();
    file.commit(&batch(&rows, &[HourKeys { hour: 3, keys: vec![1, 2] }])).expect("written");
}

#[test]
fn a_checkpoint_reads_back_what_was_written_last() {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, covered) = File::open(dir.path(), PLAIN).expect("opens");
    assert_eq!((covered, file.is_empty(), file.profiles()), (0, true, 0));
    let (a, b) = (profile_row("a-1"), profile_row("a-2"));
    file.commit(&batch(&[a.clone(), b.clone()], &[])).expect("written");
    assert_eq!((file.is_empty(), file.profiles()), (false, 2));
    let to = a.0.min(b.0);
    let from = a.0.max(b.0);
    file.commit(&batch(&[(from, Row::Moved(to))], &[])).expect("written");
    assert_eq!(file.profiles(), 1, "a moved id is no customer");
    drop(file);
    let (file, covered) = File::open(dir.path(), PLAIN).expect("opens");
    assert_eq!((covered, file.profiles()), (5, 1));
    assert_eq!(file.load(from).expect("read"), Some(Row::Moved(to)));
    assert_eq!(file.load(id("nobody")).expect("read"), None);
}

#[test]
fn the_covered_position_never_goes_back() {
    let dir = tempfile::tempdir().expect("a folder");
    filled(dir.path(), 1);
    let (file, _) = File::open(dir.path(), PLAIN).expect("opens");
    file.commit(&Batch { covered_lsn: 2, ..batch(&[], &[]) }).expect("written");
    drop(file);
    assert_eq!(File::open(dir.path(), PLAIN).expect("opens").1, 5);
}

#[test]
fn hours_that_are_over_are_deleted_and_many_keys_take_many_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, _) = File::open(dir.path(), PLAIN).expect("opens");
    let many: Vec<u64> = (0..100_000).collect();
    let hours = [HourKeys { hour: -5, keys: vec![7] }, HourKeys { hour: 3, keys: many.clone() }];
    let both = [Hours { keys: &hours, horizon_hour: -9 }; 2];
    file.commit(&Batch { windows: both, ..batch(&[], &[]) }).expect("written");
    let read_of = |window| {
        let mut hours = Vec::new();
        let mut note = |hour: HourKeys| hours.push((hour.hour, hour.keys));
        file.windows(|place, hour| {
            if place == window {
                note(hour)
            }
        })
        .expect("read");
        hours
    };
    let read = || read_of(0);
    assert_eq!(read().iter().map(|(hour, _)| *hour).collect::<Vec<_>>(), [-5, 3, 3]);
    let [events, _] = batch(&[], &[]).windows;
    let later = [events, Hours { horizon_hour: -5, ..events }];
    file.commit(&Batch { windows: later, ..batch(&[], &[]) }).expect("written");
    assert_eq!(read_of(1).iter().map(|(hour, _)| *hour).collect::<Vec<_>>(), [-5, 3, 3]);
    let left = read();
    assert_eq!(left.iter().map(|(hour, _)| *hour).collect::<Vec<_>>(), [3, 3]);
    assert_eq!(left.into_iter().flat_map(|(_, keys)| keys).collect::<Vec<_>>(), many);
}

#[test]
fn a_file_that_was_never_finished_is_begun_again() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join(UNFINISHED_NAME), b"half a head").expect("written");
    assert!(File::open(dir.path(), PLAIN).is_ok());
    assert!(!dir.path().join(UNFINISHED_NAME).exists());
}

#[test]
fn a_file_in_use_is_not_opened_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_file, _) = File::open(dir.path(), PLAIN).expect("opens");
    let error = File::open(dir.path(), PLAIN).expect_err("in use");
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
}

#[test]
fn a_cut_file_is_named_and_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    filled(dir.path(), 200);
    let path = dir.path().join(FILE_NAME);
    let whole = fs::read(&path).expect("read");
    for length in [0, 1, 9, 64, 320, 4_095, 4_096, 8_192, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).expect("written");
        let error = File::open(dir.path(), PLAIN).expect_err("it is cut");
        let text = error.to_string();
        assert!(matches!(error, StoreError::Damaged { .. }), "{length}: {text}");
        assert!(text.contains(FILE_NAME) && text.contains("backup"), "{text}");
        assert_eq!(fs::read(&path).expect("read"), whole[..length], "cut at {length}");
    }
}

#[test]
fn a_file_that_is_something_else_is_named_and_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(FILE_NAME);
    let text = b"this is a letter to a friend\n".repeat(1_000);
    fs::write(&path, &text).expect("written");
    let error = File::open(dir.path(), PLAIN).expect_err("no checkpoint");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&path).expect("read"), text);
    fs::remove_file(&path).expect("removed");
    drop(redb::Database::create(&path).expect("made"));
    let error = File::open(dir.path(), PLAIN).expect_err("another program's file");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_file_of_another_format_is_refused_with_both_versions() {
    for other in [2, 4] {
        let dir = tempfile::tempdir().expect("a folder");
        let (file, _) = File::open(dir.path(), PLAIN).expect("opens");
        let transaction = file.database().expect("open").begin_write().expect("begins");
        let head = head::sealed(head::HEAD_LABEL, 0, &[other, 0, 0, 0]);
        transaction.open_table(HEAD).expect("there").insert(0, head.as_slice()).expect("written");
        transaction.commit().expect("committed");
        drop(file);
        let error = File::open(dir.path(), PLAIN).expect_err("another format");
        let StoreError::Format { found, expected: 3, .. } = error else { panic!("{error}") };
        assert_eq!(found, other);
    }
}

/// Changes the file at many places, one at a time, and opens each; returns how often a customer could
/// not be found or opening failed with damage.
fn damage_everywhere(opening: Opening) -> (usize, usize) {
    let dir = tempfile::tempdir().expect("a folder");
    filled(dir.path(), 300);
    let path = dir.path().join(FILE_NAME);
    let whole = fs::read(&path).expect("read");
    let (mut hidden, mut named) = (0, 0);
    for place in (0..whole.len()).step_by(whole.len() / 150) {
        let mut changed = whole.clone();
        changed[place] ^= 0x55;
        fs::write(&path, &changed).expect("written");
        let Ok((file, covered)) = File::open(dir.path(), opening) else {
            named += 1;
            continue;
        };
        assert_eq!(covered, 5, "changed at {place}");
        for number in 0..300 {
            let (customer, row) = profile_row(&format!("a-{number}"));
            match file.load(customer) {
                Ok(Some(found)) => assert_eq!(found, row, "changed at {place}"),
                Ok(None) => hidden += 1,
                Err(error) => {
                    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
                    named += 1;
                }
            }
        }
    }
    (hidden, named)
}

#[test]
fn a_damaged_file_is_never_read_as_something_else() {
    let (_, named) = damage_everywhere(PLAIN);
    assert!(named > 0, "the damage lay where nothing is");
}

#[test]
fn a_file_verified_on_opening_hides_no_customer() {
    let (hidden, named) = damage_everywhere(Opening { verify: true, ..PLAIN });
    assert_eq!(hidden, 0);
    assert!(named > 0, "the damage lay where nothing is");
}
