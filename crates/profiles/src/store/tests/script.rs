//! Random traffic with a journal that can crash.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use model::{CustomerId, Event, Exposure, Profile, Timestamp};

use super::Refusal;
use crate::testing::{added, at_min, completed, event, exposure, id, tenant};
use crate::window::{Admission, EventKey};
use crate::{Store, fold, fold_exposures};

/// One record, as the journal keeps it.
#[derive(Clone, Debug)]
pub(super) enum Record {
    Event(CustomerId, Box<Event>),
    Merged(CustomerId, CustomerId, Timestamp),
    Exposed(CustomerId, Timestamp, Exposure),
}

/// A journal in memory: what is not durable is lost in a crash.
#[derive(Debug, Default)]
pub(super) struct Journal {
    records: Mutex<Vec<Record>>,
    durable: AtomicU64,
}

/// A generator of numbers that every run repeats (Vigna's splitmix64).
#[derive(Clone, Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

impl Journal {
    pub(super) fn append(&self, record: Record) -> u64 {
        let mut records = self.records.lock().expect("no panic");
        records.push(record);
        u64::try_from(records.len()).expect("small")
    }

    pub(super) fn appended(&self) -> u64 {
        u64::try_from(self.records.lock().expect("no panic").len()).expect("small")
    }

    pub(super) fn make_durable(&self, lsn: u64) -> Result<(), Refusal> {
        assert!(lsn <= self.appended(), "nobody waits for what was not appended");
        self.durable.fetch_max(lsn, Ordering::SeqCst);
        Ok(())
    }

    /// What a crash now would leave, and what it would lose.
    pub(super) fn crash(&self) -> (Vec<Record>, Vec<Record>) {
        let records = self.records.lock().expect("no panic");
        let durable = usize::try_from(self.durable.load(Ordering::SeqCst)).expect("small");
        (records[..durable].to_vec(), records[durable..].to_vec())
    }
}

pub(super) const CUSTOMERS: u64 = 60;

pub(super) fn name(number: u64) -> String {
    let kind = if number.is_multiple_of(3) { "u" } else { "a" };
    format!("{kind}-{number}")
}

/// Makes one random thing happen: an event, sometimes sent twice, an exposure, or a merge.
pub(super) fn happen(store: &Store, journal: &Journal, dice: &mut Dice, number: u64) {
    let customer = name(dice.below(CUSTOMERS));
    // Threads number apart from each other, but live in the same hours.
    let at = at_min(i64::try_from(number % 1_000_000 / 20).expect("small"));
    match dice.below(20) {
        0 => merge(store, journal, &customer, &name(dice.below(CUSTOMERS)), at),
        1..4 => {
            let shown = exposure(&format!("c-{}", dice.below(4)), "treated", true, 1_000_000);
            expose(store, journal, &customer, at, &shown);
        }
        kind => {
            let action = match kind {
                4..6 => completed(&format!("o-{number}"), 100),
                _ => added(&format!("p-{}", dice.below(5)), 1, 100),
            };
            let mut one = event(&customer, at, action);
            one.message_id = format!("m-{number}").into();
            let first = ingest(store, journal, &customer, &one);
            assert!(first, "{} was seen before", one.message_id);
            if dice.below(10) == 0 {
                assert!(!ingest(store, journal, &customer, &one), "sent again");
            }
        }
    }
}

/// Takes an event as the service does; whether it was new.
pub(super) fn ingest(store: &Store, journal: &Journal, name: &str, event: &Event) -> bool {
    let keys = [EventKey::message(&tenant(), &event.message_id)];
    let admitted = store.window().admit(&keys, event.received_at, || {
        store.update::<(), ()>(&tenant(), id(name), event.at, |profile, _| {
            let lsn = journal.append(Record::Event(profile.id, Box::new(event.clone())));
            fold(profile, event);
            Ok(((), lsn))
        })
    });
    matches!(admitted.expect("taken"), Admission::New(()))
}

/// The name of the decision of a time. Each has its own, so that a replay that confuses them is seen.
fn decision(at: Timestamp) -> u128 {
    u128::from(at.ms().unsigned_abs())
}

fn expose(store: &Store, journal: &Journal, name: &str, at: Timestamp, shown: &Exposure) {
    let exposed = store.update::<(), ()>(&tenant(), id(name), at, |profile: &mut Profile, _| {
        let lsn = journal.append(Record::Exposed(profile.id, at, shown.clone()));
        fold_exposures(profile, at, decision(at), std::slice::from_ref(shown));
        Ok(((), lsn))
    });
    exposed.expect("taken");
}

pub(super) fn merge(store: &Store, journal: &Journal, a: &str, b: &str, at: Timestamp) {
    let merged = store.merge::<(), ()>(&tenant(), id(a), id(b), at, |merged, absorbed, _| {
        Ok(((), journal.append(Record::Merged(merged.id, absorbed, at))))
    });
    merged.expect("merged");
}

/// Replays the records after `covered`.
pub(super) fn replay(store: &Store, records: &[Record], covered: u64) {
    for (lsn, record) in (1_u64..).zip(records).filter(|(lsn, _)| *lsn > covered) {
        let replayed = match record {
            Record::Event(customer, event) => store.replay_event(lsn, &tenant(), *customer, event),
            Record::Merged(stays, absorbed, at) => {
                store.replay_merged(lsn, &tenant(), *stays, *absorbed, *at)
            }
            Record::Exposed(customer, at, shown) => {
                let shown = std::slice::from_ref(shown);
                store.replay_exposed(lsn, &tenant(), *customer, *at, decision(*at), shown)
            }
        };
        replayed.expect("replayed");
    }
}

/// Every customer as the store has them.
pub(super) fn everybody(store: &Store) -> Vec<Option<Profile>> {
    let read = |number| store.read(id(&name(number))).expect("read");
    (0..CUSTOMERS).map(|number| read(number).map(|profile| (*profile).clone())).collect()
}
