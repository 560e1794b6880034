//! What the journal tells, folded from its first record, and what a server left on disk beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use journal::Journal;
use journal::record::{Body, Record, decode};
use model::{Action, CustomerId, Profile, Timestamp};
use profiles::{Admission, EventKey, Store};

/// A journal folded into a store of its own, without any checkpoint in between.
pub(crate) struct Folded {
    store: Store,
    last_lsn: u64,
    /// Every id that any record names.
    customers: BTreeSet<CustomerId>,
    /// How often each `messageId` is in the journal.
    messages: HashMap<String, u32>,
    /// Everything that must be known for a duplicate when it comes again, by its name.
    admitted: BTreeMap<String, EventKey>,
    merges: usize,
    /// Kept for as long as the store is open.
    _folder: tempfile::TempDir,
}

/// What a server left, brought up to its journal as a start does.
pub(crate) struct Left {
    pub(crate) journal: Journal,
    store: Store,
    /// How far its checkpoint went.
    pub(crate) covered_lsn: u64,
    /// Profiles in its checkpoint.
    profiles: u64,
    /// Whether some profile in its checkpoint held records that were replayed, and so had to be skipped.
    pub(crate) overlaps: bool,
}

// === impl Folded ===

impl Folded {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, _) = open(folder.path());
        Self {
            store,
            last_lsn: 0,
            customers: BTreeSet::new(),
            messages: HashMap::new(),
            admitted: BTreeMap::new(),
            merges: 0,
            _folder: folder,
        }
    }

    /// Folds what the journal has beyond what was folded before.
    pub(crate) fn catch_up(&mut self, journal: &Journal) {
        for (lsn, record) in records(journal, self.last_lsn + 1) {
            assert_eq!(lsn, self.last_lsn + 1, "the journal has a hole");
            self.fold(lsn, &record);
        }
    }

    /// Folds one record.
    pub(crate) fn fold(&mut self, lsn: u64, record: &Record) {
        replay(&self.store, lsn, record);
        self.last_lsn = lsn;
        self.customers.insert(record.customer);
        match &record.body {
            Body::Event { event, .. } => {
                let id = &*event.message_id;
                *self.messages.entry(id.to_owned()).or_default() += 1;
                self.admitted.insert(id.to_owned(), EventKey::message(&record.tenant, id));
                if let Action::OrderCompleted(order) = &event.action {
                    let key = EventKey::order(&record.tenant, &order.id);
                    self.admitted.insert(format!("order {}", order.id), key);
                }
            }
            Body::Merged { absorbed, .. } => {
                self.customers.insert(*absorbed);
                self.merges += 1;
            }
            Body::Exposed { .. } | Body::Redeemed(_) => {}
        }
    }

    /// Where it was folded into.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The last record.
    pub(crate) fn last_lsn(&self) -> u64 {
        self.last_lsn
    }

    /// How often each `messageId` is in the journal.
    pub(crate) fn messages(&self) -> &HashMap<String, u32> {
        &self.messages
    }

    /// How many merges there were.
    pub(crate) fn merges(&self) -> usize {
        self.merges
    }

    /// Every customer's profile, once.
    pub(crate) fn profiles(&self) -> Vec<Arc<Profile>> {
        let read = |id: &CustomerId| self.store.read(*id).expect("readable");
        let by_id: BTreeMap<CustomerId, Arc<Profile>> =
            self.customers.iter().filter_map(read).map(|profile| (profile.id, profile)).collect();
        by_id.into_values().collect()
    }
}

// === impl Left ===

impl Left {
    /// Opens what is in a data folder. Nobody else may have it open.
    pub(crate) fn open(data: &Path) -> Self {
        let (journal, _) = Journal::open(&data.join("journal"), journal::Config::default())
            .expect("the journal recovers");
        let (store, opened) = open(&data.join("profiles"));
        let covered_lsn = opened.covered_lsn;
        // Of a checkpoint that is ahead of the journal only that is told, by `differences`.
        let is_behind = journal.durable_lsn() < covered_lsn;
        let tail = if is_behind { Vec::new() } else { records(&journal, covered_lsn + 1) };
        let is_ahead = |(_, record): &(u64, Record)| {
            let profile = store.read(record.customer).expect("readable");
            profile.is_some_and(|profile| profile.applied_lsn > covered_lsn)
        };
        let overlaps = tail.iter().any(is_ahead);
        for (lsn, record) in tail {
            replay(&store, lsn, &record);
        }
        Self { journal, store, covered_lsn, profiles: opened.profiles, overlaps }
    }

    /// In what it differs from the journal folded from its beginning.
    pub(crate) fn differences(&self, folded: &Folded) -> Vec<String> {
        let mut found = differences(&self.store, folded);
        if self.covered_lsn > folded.last_lsn {
            found.push(format!("the checkpoint covers {}, beyond the journal", self.covered_lsn));
        }
        let expected = folded.profiles().len();
        if self.covered_lsn == folded.last_lsn && usize::try_from(self.profiles) != Ok(expected) {
            found.push(format!("the checkpoint has {} profiles of {expected}", self.profiles));
        }
        found
    }
}

/// In what a store differs from a journal folded from its beginning: profiles to the last field, where
/// merged ids lead, and which events are known.
pub(crate) fn differences(store: &Store, folded: &Folded) -> Vec<String> {
    let mut found = Vec::new();
    for id in &folded.customers {
        let resolve = |store: &Store| store.resolve(*id).expect("readable");
        let (here, there) = (resolve(store), resolve(&folded.store));
        if here != there {
            found.push(format!("{id} leads to {here} and not to {there}"));
        }
        if there != *id {
            // Whom it leads to has a turn of their own.
            continue;
        }
        let read = |store: &Store| store.read(*id).expect("readable");
        let (here, there) = (read(store), read(&folded.store));
        if here != there {
            found.push(format!("{id} is\n  {here:?} and not\n  {there:?}"));
        }
    }
    let forgotten = folded.admitted.iter().filter(|(_, key)| !is_known(store, **key));
    found.extend(forgotten.map(|(name, _)| format!("{name} would be taken again")));
    found
}

/// Whether an event that comes again now would be told to be a duplicate. Nothing is remembered.
fn is_known(store: &Store, key: EventKey) -> bool {
    let long_ago = Timestamp::from_ms(0);
    let admission = store.window().admit(&[key], long_ago, || Err::<Infallible, ()>(()));
    matches!(admission, Ok(Admission::Duplicate))
}

fn open(folder: &Path) -> (Store, profiles::Opened) {
    Store::open(folder, profiles::Config::default()).expect("the checkpoint is whole")
}

/// The journal's durable records from a position on.
fn records(journal: &Journal, from_lsn: u64) -> Vec<(u64, Record)> {
    let mut reader = journal.reader(from_lsn).expect("nothing is retired yet");
    let mut records = Vec::new();
    while let Some(frame) = reader.next().expect("no frame is damaged") {
        let record = decode(frame.kind, frame.payload).expect("every record is readable");
        records.push((frame.lsn, record));
    }
    records
}

/// Folds a record as recovery does.
fn replay(store: &Store, lsn: u64, record: &Record) {
    let (tenant, customer) = (&record.tenant, record.customer);
    let replayed = match &record.body {
        Body::Event { event, .. } => store.replay_event(lsn, tenant, customer, event),
        Body::Merged { absorbed, at } => store.replay_merged(lsn, tenant, customer, *absorbed, *at),
        Body::Exposed { decision, at, exposures, .. } => {
            store.replay_exposed(lsn, tenant, customer, *at, *decision, exposures)
        }
        Body::Redeemed(redemption) => store.replay_redeemed(lsn, tenant, customer, redemption),
    };
    replayed.expect("readable");
}
