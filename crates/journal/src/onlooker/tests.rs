use std::time::Duration;

use super::Onlooker;
use crate::disk::{Disk, simulated};
use crate::recovery::tests::{Files, open, payload, read, segment};
use crate::segment::SegmentId;
use crate::{Config, Journal, JournalError};

/// All that an onlooker sees from a position on, and how it ends. Nothing may be changed by looking.
fn look(files: &Files, from_lsn: u64) -> Result<Vec<u64>, (Vec<u64>, JournalError)> {
    let disk = simulated::Disk::holding(files.clone());
    let mut seen = Vec::new();
    let onlooker = Onlooker::on(Disk::Simulated(disk.clone()), from_lsn);
    let mut onlooker = onlooker.map_err(|error| (Vec::new(), error))?;
    let ended = loop {
        match onlooker.next() {
            Ok(Some(frame)) => {
                assert_eq!(frame.payload, payload(frame.lsn));
                seen.push(frame.lsn);
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert_eq!(disk.files(), *files, "an onlooker changes nothing");
    assert_eq!(onlooker.next_lsn(), seen.last().map_or(from_lsn.max(1), |last| last + 1));
    ended.map_or(Ok(seen.clone()), |error| Err((seen, error)))
}

/// Holds an onlooker against what the owner makes of the same files.
fn compare(files: &Files, what: &str) {
    let (_, opened) = open(files);
    match (opened, look(files, 0)) {
        (Ok((journal, _)), Ok(seen)) => assert_eq!(seen, read(&journal), "{what}"),
        (Err(owner), Err((seen, onlooker))) => {
            assert_eq!(owner.to_string(), onlooker.to_string(), "{what}");
            let JournalError::Damaged { lsn, .. } = onlooker else { panic!("{what}: {onlooker}") };
            assert_eq!(seen, (1..lsn).collect::<Vec<_>>(), "{what}: all before it is given");
        }
        (Ok(_), Err((_, onlooker))) => panic!("{what}: only the onlooker objects: {onlooker}"),
        (Err(owner), Ok(_)) => panic!("{what}: only the owner objects: {owner}"),
    }
}

#[test]
fn an_onlooker_ends_where_the_owner_will_cut() {
    let (first, (name, whole)) = (segment(1, 0, &[3, 2]), segment(6, 0, &[1, 3, 2]));
    for cut in 0..=whole.len() {
        let files = Files::from([first.clone(), (name.clone(), whole[..cut].to_vec())]);
        compare(&files, &format!("cut at {cut}"));
    }
}

#[test]
fn an_onlooker_tells_of_damage_as_the_owner_does() {
    let segments = [segment(1, 0, &[2]), segment(3, 0, &[1, 3]), segment(7, 0, &[1, 3, 2])];
    let files = Files::from(segments.clone());
    for (name, bytes) in &segments {
        for place in 0..bytes.len() {
            let mut files = files.clone();
            files.get_mut(name).unwrap()[place] ^= 1 << (place % 8);
            compare(&files, &format!("{name}, byte {place}"));
        }
    }
}

#[test]
fn an_onlooker_reads_superseded_records_once() {
    let (fenced, mut bytes) = segment(1, 0, &[2, 3]);
    bytes.truncate(bytes.len() - 5);
    bytes.extend_from_slice(b"never acknowledged");
    let stillborn = (SegmentId { base_lsn: 3, attempt: 0 }.name(), b"VTRN".to_vec());
    let files = Files::from([(fenced, bytes), stillborn, segment(3, 1, &[4])]);
    compare(&files, "superseded");
    assert_eq!(look(&files, 0).unwrap(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn an_onlooker_begins_where_it_is_told_or_says_that_the_record_is_gone() {
    let files = Files::from([segment(4, 0, &[2]), segment(6, 0, &[3]), segment(9, 0, &[1])]);
    assert_eq!(look(&files, 0).unwrap(), [4, 5, 6, 7, 8, 9]);
    assert_eq!(look(&files, 7).unwrap(), [7, 8, 9]);
    assert_eq!(look(&files, 10).unwrap(), [0; 0]);
    let (_, error) = look(&files, 3).unwrap_err();
    assert!(matches!(error, JournalError::Gone { lsn: 3, first_lsn: 4 }), "{error}");
    let (seen, error) =
        look(&Files::from([segment(1, 0, &[2]), segment(7, 0, &[1])]), 0).unwrap_err();
    assert_eq!(seen, [1, 2]);
    assert!(matches!(error, JournalError::Damaged { lsn: 3, .. }), "{error}");
}

#[test]
fn an_onlooker_reads_beside_the_process_that_has_the_journal_open() {
    let dir = tempfile::tempdir().unwrap();
    let config =
        Config { segment_bytes_max: 300, commit_delay: Duration::ZERO, ..Config::default() };
    let (journal, _) = Journal::open(dir.path(), config).unwrap();
    let append = || {
        let permit = journal.reserve().unwrap();
        let lsn = permit.append(5, |buffer| buffer.extend_from_slice(&[7; 40]));
        journal.wait_durable_blocking(lsn).unwrap();
    };
    let seen = |onlooker: &mut Onlooker| {
        let mut count = 0;
        while let Some(frame) = onlooker.next().unwrap() {
            assert_eq!((frame.kind, frame.payload), (5, &[7; 40][..]));
            count += 1;
        }
        count
    };
    (0..3).for_each(|_| append());
    let mut onlooker = Onlooker::open(dir.path(), 2).unwrap();
    assert_eq!(seen(&mut onlooker), 2);
    append();
    assert_eq!(seen(&mut onlooker), 1, "the segment has grown since");
    (0..20).for_each(|_| append());
    assert_eq!(seen(&mut Onlooker::open(dir.path(), 0).unwrap()), 24);
    let nowhere = Onlooker::open(&dir.path().join("nowhere"), 0).unwrap_err().to_string();
    assert!(nowhere.starts_with("cannot open "), "{nowhere}");
}
