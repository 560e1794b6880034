//! Whole lives of a journal on a disk that fails.
//!
//! Three processes follow each other on one simulated disk. The first one writes in peace and dies.
//! The second opens, appends, retains and closes while the disk fails at a chosen operation, and dies
//! too, by a kill or a power failure. The third finds an honest disk, and then:
//!
//! - every record that was acknowledged is there, with the bytes it was appended with;
//! - what else is there was really appended at that position, and there is no gap;
//! - what the third process was shown is still there after a power failure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::disk::Disk;
use crate::disk::simulated::{self, Dice, Fault, Lie};
use crate::{AppendError, Config, Journal};

/// What the world outside knows of the journal.
#[derive(Default)]
struct World {
    /// What must be read again.
    promised: BTreeMap<u64, Vec<u8>>,
    /// All payloads that were ever appended at a position.
    appended: BTreeMap<u64, Vec<Vec<u8>>>,
    /// Retention was allowed to delete what lies below.
    retained_from: u64,
}

#[derive(Clone, Copy, Debug)]
enum Death {
    Kill,
    PowerFailure(u64),
}

fn config() -> Config {
    Config {
        segment_bytes_max: 1_500,
        commit_delay: Duration::ZERO,
        retry_backoff: Duration::ZERO,
        ..Config::default()
    }
}

fn open(disk: &simulated::Disk) -> Result<Journal, String> {
    let opened = Journal::open_on(Disk::Simulated(disk.clone()), config());
    opened.map(|(journal, _)| journal).map_err(|error| error.to_string())
}

fn die(disk: &simulated::Disk, death: Death) -> simulated::Disk {
    match death {
        Death::Kill => disk.killed(),
        Death::PowerFailure(seed) => disk.crashed(seed),
    }
}

// === impl World ===

impl World {
    /// Appends a few small batches and one that spans many sectors; stops when the journal does.
    fn append(&mut self, journal: &Journal, dice: &mut Dice) {
        for round in 0..16 {
            let count = if round == 5 { 40 } else { 1 + dice.roll(4) };
            let mut batch = Vec::new();
            for _ in 0..count {
                let Ok(permit) = journal.reserve() else {
                    return;
                };
                let payload = vec![u8::try_from(dice.roll(256)).unwrap(); 1 + dice.roll(90)];
                let lsn = permit.append(7, |buffer| buffer.extend_from_slice(&payload));
                self.appended.entry(lsn).or_default().push(payload.clone());
                batch.push((lsn, payload));
            }
            for (lsn, payload) in batch {
                if journal.wait_durable_blocking(lsn).is_err() {
                    return;
                }
                self.promised.insert(lsn, payload);
            }
            if round == 10 {
                let last_lsn = self.promised.keys().next_back().copied().unwrap_or(0);
                self.retained_from = last_lsn.saturating_sub(20);
                // When the disk refuses, the journal must still be whole.
                let _ = journal.retain_from(self.retained_from);
            }
        }
    }

    /// Reads everything; what was read counts as promised from now on.
    fn read(&mut self, journal: &Journal) -> Result<(), String> {
        let mut reader = journal.reader(0).map_err(|error| error.to_string())?;
        let first_lsn = reader.next_lsn();
        let mut found = BTreeMap::new();
        while let Some(frame) = reader.next().map_err(|error| error.to_string())? {
            let known = self.appended.get(&frame.lsn);
            if !known.is_some_and(|payloads| payloads.iter().any(|bytes| bytes == frame.payload)) {
                return Err(format!("record {} was never appended", frame.lsn));
            }
            found.insert(frame.lsn, frame.payload.to_vec());
        }
        if first_lsn > self.retained_from.max(1) {
            return Err(format!("records from {} on are gone", self.retained_from));
        }
        for (lsn, payload) in self.promised.range(first_lsn..) {
            if found.get(lsn) != Some(payload) {
                return Err(format!("record {lsn} was promised and is not there"));
            }
        }
        self.promised = found;
        Ok(())
    }
}

/// One whole story; `Err` says what the journal did wrong. The number is that of the operations that
/// the second process made.
fn live(fault: Fault, lie: Lie, death: Death, seed: u64) -> Result<u64, String> {
    let mut dice = Dice::new(seed);
    let mut world = World::default();
    let disk = simulated::Disk::new();
    disk.set_lie(lie);
    let journal = open(&disk)?;
    world.append(&journal, &mut dice);
    let disk = die(&disk, death);
    drop(journal);

    disk.set_lie(lie);
    disk.set_fault(fault);
    if let Ok(journal) = open(&disk) {
        // Reading fails where the disk does; what was acknowledged must be there in the end.
        world.append(&journal, &mut dice);
        let _ = journal.close();
    }
    let operations = disk.operations();
    let disk = die(&disk, death);

    disk.set_lie(lie);
    let journal = open(&disk)?;
    world.read(&journal)?;
    let disk = disk.crashed(seed);
    world.read(&open(&disk)?)?;
    Ok(operations)
}

/// Runs stories until the disk is asked to fail at an operation that is never made.
fn live_with_each_fault(fault: fn(u64) -> Fault) {
    for at in 0_u64.. {
        let mut operations = 0;
        for death in [Death::Kill, Death::PowerFailure(at), Death::PowerFailure(!at)] {
            match live(fault(at), Lie::None, death, at % 5) {
                Ok(made) => operations = made.max(operations),
                Err(wrong) => panic!("{:?}, {death:?}: {wrong}", fault(at)),
            }
        }
        if operations <= at {
            assert!(at > 50, "the story must be long enough to mean something");
            return;
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_whichever_disk_operation_fails() {
    live_with_each_fault(Fault::Once);
}

#[test]
fn nothing_acknowledged_is_lost_when_the_disk_fails_for_good_at_any_operation() {
    live_with_each_fault(Fault::From);
}

#[test]
fn nothing_acknowledged_is_lost_in_any_power_failure() {
    for seed in 0..300 {
        let lived = live(Fault::None, Lie::None, Death::PowerFailure(seed), seed);
        assert!(lived.is_ok(), "seed {seed}: {lived:?}");
    }
}

/// The harness counts only because it notices a disk that lies.
#[test]
fn the_simulation_notices_when_a_sync_does_nothing() {
    for lie in [Lie::FileSync, Lie::FolderSync] {
        let caught = (0..20)
            .filter(|&seed| live(Fault::None, lie, Death::PowerFailure(seed), seed).is_err())
            .count();
        assert!(caught > 10, "{lie:?} was caught {caught} times of 20");
    }
}

#[test]
fn a_failed_sync_costs_a_segment_but_no_record() {
    let disk = simulated::Disk::new();
    let journal = open(&disk).unwrap();
    // Create, header, sync, sync folder, write, and then the sync of the frames.
    disk.set_fault(Fault::Once(5));
    let lsn = journal.reserve().unwrap().append(7, |buffer| buffer.push(42));
    journal.wait_durable_blocking(lsn).unwrap();
    let stats = journal.stats();
    assert_eq!((stats.fenced_segments, stats.fenced, stats.segments), (1, false, 2));
    let names: Vec<_> = disk.files().into_keys().collect();
    assert!(names[0].ends_with("1-0000.segment") && names[1].ends_with("1-0001.segment"));
    let reopened = open(&disk.crashed(1)).unwrap();
    let payload = reopened.reader(lsn).unwrap().next().unwrap().map(|frame| frame.payload.to_vec());
    assert_eq!(payload, Some(vec![42]));
}

#[test]
fn a_disk_that_stays_broken_fences_the_journal_and_everybody_is_told() {
    let disk = simulated::Disk::new();
    let journal = open(&disk).unwrap();
    disk.set_fault(Fault::From(0));
    let lsn = journal.reserve().unwrap().append(1, |buffer| buffer.push(1));
    assert_eq!(journal.wait_durable_blocking(lsn), Err(AppendError::Fenced));
    assert_eq!(journal.reserve().unwrap_err(), AppendError::Fenced);
    assert!(journal.stats().fenced);
    assert!(journal.close().is_err());
    assert_eq!(journal.durable_lsn(), 0);
}
