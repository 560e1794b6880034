use std::collections::BTreeMap;
use std::time::Duration;

use super::SECTOR_BYTES;
use crate::disk::{Disk, simulated};
use crate::frame;
use crate::segment::{HEADER_BYTES, SegmentId};
use crate::{Config, Journal, JournalError, Recovery};

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn payload(lsn: u64) -> Vec<u8> {
    format!("record number {lsn}, {}", "x".repeat(usize::try_from(lsn % 7).unwrap())).into_bytes()
}

/// A segment whose batches have these numbers of records.
pub(crate) fn segment(base_lsn: u64, attempt: u32, batches: &[u64]) -> (String, Vec<u8>) {
    let id = SegmentId { base_lsn, attempt };
    let mut bytes = id.header().to_vec();
    let mut lsn = base_lsn;
    for &count in batches {
        let mut batch = Vec::new();
        for _ in 0..count {
            assert!(frame::append(&mut batch, lsn, 1, |b| b.extend_from_slice(&payload(lsn))));
            lsn += 1;
        }
        frame::seal(&mut batch);
        bytes.extend_from_slice(&batch);
    }
    (id.name(), bytes)
}

pub(crate) fn open(files: &Files) -> (simulated::Disk, Result<(Journal, Recovery), JournalError>) {
    let disk = simulated::Disk::holding(files.clone());
    let config = Config { commit_delay: Duration::ZERO, ..Config::default() };
    (disk.clone(), Journal::open_on(Disk::Simulated(disk), config))
}

/// All records from the first to the last, checked.
pub(crate) fn read(journal: &Journal) -> Vec<u64> {
    let mut reader = journal.reader(0).unwrap();
    let mut found = Vec::new();
    while let Some(frame) = reader.next().unwrap() {
        assert_eq!(frame.payload, payload(frame.lsn));
        found.push(frame.lsn);
    }
    found
}

/// The length of the file's beginning that holds the records up to `lsn`.
fn bytes_until(base_lsn: u64, lsn: u64) -> usize {
    HEADER_BYTES
        + (base_lsn..=lsn).map(|lsn| frame::HEADER_BYTES + payload(lsn).len()).sum::<usize>()
}

#[test]
fn a_log_cut_at_any_byte_keeps_every_record_that_is_whole() {
    let (first, (name, whole)) = (segment(1, 0, &[3, 2]), segment(6, 0, &[1, 3, 2]));
    for cut in 0..=whole.len() {
        let files = Files::from([first.clone(), (name.clone(), whole[..cut].to_vec())]);
        let (disk, opened) = open(&files);
        let (journal, recovery) = opened.unwrap();
        let last = (5..=11).rev().find(|&lsn| lsn == 5 || bytes_until(6, lsn) <= cut).unwrap();
        assert_eq!(read(&journal), (1..=last).collect::<Vec<_>>(), "cut at {cut}");
        let kept = if cut < HEADER_BYTES { 0 } else { bytes_until(6, last) };
        assert_eq!(recovery.torn_bytes, (cut - kept) as u64, "cut at {cut}");
        let after = disk.files();
        assert_eq!(after[&name], whole[..kept]);
        if cut > kept {
            let side = recovery.torn_file.unwrap().display().to_string();
            assert_eq!(after[&side], whole[kept..cut], "what is cut is kept beside");
        }
    }
}

#[test]
fn a_log_that_was_cut_goes_on_with_the_next_position() {
    let (name, whole) = segment(1, 0, &[5]);
    let files = Files::from([(name, whole[..whole.len() - 1].to_vec())]);
    let (disk, opened) = open(&files);
    let (journal, _) = opened.unwrap();
    assert_eq!(journal.reserve().unwrap().append(1, |b| b.extend_from_slice(&payload(5))), 5);
    journal.close().unwrap();
    let (_, reopened) = open(&disk.files());
    assert_eq!(read(&reopened.unwrap().0), [1, 2, 3, 4, 5]);
}

#[test]
fn a_flipped_bit_at_any_byte_before_the_last_segment_is_named_and_nothing_is_changed() {
    let segments = [segment(1, 0, &[2]), segment(3, 0, &[1, 3]), segment(7, 0, &[1])];
    let files = Files::from(segments.clone());
    for (name, bytes) in &segments[..2] {
        for place in 0..bytes.len() {
            let mut files = files.clone();
            files.get_mut(name).unwrap()[place] ^= 1 << (place % 8);
            let (disk, opened) = open(&files);
            match opened.unwrap_err() {
                JournalError::Damaged { path, offset, .. } => {
                    assert_eq!(path.display().to_string(), *name);
                    assert!(offset <= place as u64);
                }
                other => panic!("byte {place}: {other}"),
            }
            assert_eq!(disk.files(), files, "nothing may be changed");
        }
    }
}

#[test]
fn a_flipped_bit_at_any_byte_of_the_last_segment_costs_at_most_the_last_record() {
    let (name, whole) = segment(1, 0, &[1, 3, 2]);
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        let files = Files::from([(name.clone(), bytes.clone())]);
        let (disk, opened) = open(&files);
        match opened {
            Err(JournalError::Damaged { .. }) => {
                assert!(place < bytes_until(1, 5), "byte {place}");
                assert_eq!(disk.files(), files, "nothing may be changed");
            }
            Ok((journal, recovery)) => {
                assert!(place >= bytes_until(1, 5), "byte {place}");
                assert_eq!(read(&journal), [1, 2, 3, 4, 5]);
                let side = recovery.torn_file.unwrap().display().to_string();
                assert_eq!(disk.files()[&side], bytes[bytes_until(1, 5)..]);
            }
            Err(other) => panic!("byte {place}: {other}"),
        }
    }
}

#[test]
fn a_missing_segment_is_named_by_its_records() {
    let files = Files::from([segment(1, 0, &[2]), segment(7, 0, &[1])]);
    let (disk, opened) = open(&files);
    let error = opened.unwrap_err();
    assert!(matches!(error, JournalError::Gap { missing_from: 3, missing_to: 6, .. }), "{error}");
    assert!(error.to_string().contains("records 3 to 6 are missing"), "{error}");
    assert_eq!(disk.files(), files);
}

#[test]
fn a_record_with_a_position_out_of_turn_is_damage_even_at_the_end() {
    let (name, mut bytes) = segment(1, 0, &[2]);
    bytes.extend_from_slice(&segment(9, 0, &[1]).1[HEADER_BYTES..]);
    let (_, opened) = open(&Files::from([(name, bytes)]));
    assert!(matches!(opened.unwrap_err(), JournalError::Damaged { lsn: 3, .. }));
}

#[test]
fn a_newer_segment_supersedes_what_a_fenced_one_holds_of_the_same_records() {
    let (fenced, mut bytes) = segment(1, 0, &[2, 3]);
    let cut = bytes_until(1, 2) + 5;
    bytes.truncate(cut);
    bytes.extend_from_slice(b"never acknowledged");
    let stillborn = (SegmentId { base_lsn: 3, attempt: 0 }.name(), b"VTRN".to_vec());
    let files = Files::from([(fenced, bytes), stillborn, segment(3, 1, &[4])]);
    let (disk, opened) = open(&files);
    let (journal, recovery) = opened.unwrap();
    assert_eq!(read(&journal), [1, 2, 3, 4, 5, 6]);
    assert_eq!((recovery.torn_bytes, recovery.segments), (0, 3));
    assert_eq!(disk.files(), files);
}

#[test]
fn a_power_failure_that_kept_later_sectors_of_an_unfinished_write_is_a_tear() {
    let (name, whole) = segment(1, 0, &[3, 60]);
    let sector = usize::try_from(SECTOR_BYTES).unwrap();
    assert!(whole.len() > 4 * sector);
    for lost in [0, 1, 2] {
        let mut bytes = whole.clone();
        let start = bytes_until(1, 3).max(lost * sector);
        bytes[start..(lost + 1) * sector].fill(0);
        let (_, opened) = open(&Files::from([(name.clone(), bytes)]));
        let (journal, recovery) = opened.unwrap();
        assert!(recovery.last_lsn >= 3 && recovery.torn_bytes > 0);
        assert_eq!(read(&journal).len() as u64, recovery.last_lsn);
    }
}

#[test]
fn a_hole_before_a_later_batch_is_damage() {
    let (name, mut bytes) = segment(1, 0, &[60, 1]);
    bytes[512..1024].fill(0);
    let files = Files::from([(name, bytes)]);
    let (disk, opened) = open(&files);
    assert!(matches!(opened.unwrap_err(), JournalError::Damaged { .. }));
    assert_eq!(disk.files(), files);
}

#[test]
fn a_segment_of_a_later_version_is_refused_by_number() {
    let (name, mut bytes) = segment(1, 0, &[1]);
    bytes[8] = 9;
    let crc = crc32c::crc32c(&bytes[..24]);
    bytes[24..28].copy_from_slice(&crc.to_le_bytes());
    let (_, opened) = open(&Files::from([(name, bytes)]));
    assert!(matches!(opened.unwrap_err(), JournalError::UnknownFormat { found: 9, .. }));
}

#[test]
fn files_of_others_are_left_alone() {
    let files = Files::from([("notes.txt".to_owned(), b"hello".to_vec())]);
    let (disk, opened) = open(&files);
    let (journal, recovery) = opened.unwrap();
    assert_eq!(recovery, Recovery::default());
    assert_eq!((journal.appended_lsn(), disk.files()), (0, files));
}
