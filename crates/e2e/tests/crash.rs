//! A server that is killed at any moment keeps every event that it acknowledged, once, and remembers
//! of each customer exactly what the journal tells.
//!
//! The server writes a checkpoint every 20 ms, so that kills meet it before, in and after one, and in
//! every other life it has little memory for profiles, so that they come and go.
//! Several senders speak for the same customers: orders, carts, pages, sign-ins that merge a browser
//! into a person, and page views that ask for a decision (`traffic`). They send a batch until it is
//! acknowledged, and some batches again after that, as a client does that missed the answer.
//!
//! After every kill, what is left on disk is copied, brought up to its journal as a start does, and
//! compared with the journal folded from its first record (`folded`). At the end the server's totals
//! are compared with a count that uses none of its code, and the arms of the experiment with one over
//! the folded profiles (`recount`); and the files for analysts must hold every record once and give the
//! same arms (`tables`): each start writes what the kill before left unwritten, and is often killed at it.
//! `planted` shows that these checks notice what they are there for.
//!
//! Where a kill lands is chance. Orders of events that last for microseconds, such as a merge between
//! two steps of a checkpoint, are met seldom or never here: the tests of `profiles` make them happen.

#[path = "crash/folded.rs"]
mod folded;
#[path = "crash/planted.rs"]
mod planted;
#[path = "crash/recount.rs"]
mod recount;
#[path = "crash/tables.rs"]
mod tables;
#[path = "crash/traffic.rs"]
mod traffic;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use e2e::{Keys, Server, Setup};
use serde_json::{Value, json};

use folded::{Folded, Left};
use traffic::{Call, Deed, Traffic};

/// How often the server is killed at least.
const KILLS_MIN: u32 = 32;
/// So many kills must leave a checkpoint that was written while events came in, and so holds some of
/// the records that the restart replays; the server is killed until they do.
const OVERLAPS_MIN: u32 = 5;
/// With more kills than this and still too few overlaps the test does not test what it says.
const KILLS_MAX: u32 = 200;
/// After so many kills it is stopped politely once, so that figures begin from a snapshot too.
const KILLS_PER_STOP: u32 = 6;
/// A life ends after fewer acknowledged events and answered questions than this: some within the first checkpoint, some
/// after many. A moment chosen by work done, not by the clock, so that a slow machine tests the same.
const ANSWERS_PER_LIFE_MAX: u32 = 1_500;

/// Memory for profiles in one life and the next, in mebibytes.
const PROFILES_MIB: [u32; 2] = [64, 1];

/// Starts a server that writes checkpoints all the time.
fn start(setup: &Setup, profiles_mib: u32) -> Server {
    let more = format!(
        "[journal]\nsegment_mib = 1\nretention_hours = 1000\n\
         [checkpoint]\ninterval_ms = 20\n[memory]\nprofiles_mib = {profiles_mib}\n\
         [tables]\ninterval_seconds = 1\n"
    );
    setup.configure(&more).expect("writable");
    setup.start().expect("it starts after every kill")
}

/// A copy of a data folder's journal and profiles: opening them changes them.
fn copy_of(data: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for folder in ["journal", "profiles"] {
        fs::create_dir(copy.path().join(folder)).expect("writable");
        for entry in fs::read_dir(data.join(folder)).expect("it is there") {
            let entry = entry.expect("readable");
            let target = copy.path().join(folder).join(entry.file_name());
            fs::copy(entry.path(), target).expect("copied");
        }
    }
    copy
}

/// What of the calls is missing from the journal, in it more than once, or in it without being called.
///
/// A page view that asks for a decision is answered before it is durable, so it may be missing.
fn miscounted(calls: &[Call], journalled: &HashMap<String, u32>) -> Vec<String> {
    let mut known: BTreeMap<&str, Deed> = BTreeMap::new();
    known.extend(calls.iter().map(|call| (call.id.as_str(), call.deed)));
    let count = |id: &str| journalled.get(id).copied().unwrap_or(0);
    let wrong = |id: &str, deed: Deed| match count(id) {
        1 => false,
        0 => deed != Deed::Decide,
        _ => true,
    };
    let called = known
        .iter()
        .filter(|(id, deed)| wrong(id, **deed))
        .map(|(id, _)| format!("{id} is journalled {} times", count(id)));
    let mut uncalled: Vec<String> = journalled
        .keys()
        .filter(|id| !known.contains_key(id.as_str()))
        .map(|id| format!("{id} is journalled, but was never sent"))
        .collect();
    uncalled.sort_unstable();
    called.chain(uncalled).collect()
}

/// Fails with the first few of many complaints.
fn assert_none(complaints: &[String], about: &str) {
    let shown = complaints.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(complaints.is_empty(), "{about}: {} complaints, first:\n{shown}", complaints.len());
}

/// The server's totals and its report without what is computed from other parts of it.
fn figures(server: &Server, keys: &Keys) -> (Value, BTreeMap<String, Value>) {
    let totals = server.shop(&keys.secret).get("/v1/totals").expect("answers").json();
    let report = server.office(&keys.admin).get("/v1/campaigns/cart-rescue/report");
    let report = report.expect("answers").json();
    let arms = report["arms"].as_array().expect("arms");
    let counted = |arm: &Value| {
        json!({
            "customers": arm["customers"], "conversions": arm["conversions"],
            "outcomes": arm["outcomes"], "orders": arm["orders"],
            "revenue_minor": arm["revenue_minor"], "funnel": arm["funnel"],
        })
    };
    let name = |arm: &Value| arm["variant"].as_str().expect("a name").to_owned();
    (totals, arms.iter().map(|arm| (name(arm), counted(arm))).collect())
}

#[test]
fn every_acknowledged_event_survives_every_kill_exactly_once() {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    let keys = setup.keys().expect("keys");
    let traffic = Traffic::start();
    let mut random = fastrand::Rng::with_seed(20_261_122);
    let mut folded = Folded::new();
    let (mut kill, mut overlaps) = (0, 0);
    for profiles_mib in PROFILES_MIB.into_iter().cycle() {
        if kill >= KILLS_MIN && overlaps >= OVERLAPS_MIN {
            break;
        }
        kill += 1;
        assert!(kill <= KILLS_MAX, "only {overlaps} checkpoints overlapped with the journal");
        let server = start(&setup, profiles_mib);
        traffic.open(server.shop(&keys.secret));
        traffic.wait_for(random.u32(1..ANSWERS_PER_LIFE_MAX));
        server.kill_at_once().expect("killed");
        traffic.close();
        let copy = copy_of(&setup.data());
        let left = Left::open(copy.path());
        folded.catch_up(&left.journal);
        assert_none(&left.differences(&folded), &format!("after kill {kill}"));
        overlaps += u32::from(left.overlaps);
        if kill % KILLS_PER_STOP == 0 {
            start(&setup, PROFILES_MIB[0]).stop().expect("a polite stop");
        }
    }
    let server = start(&setup, PROFILES_MIB[0]);
    traffic.open(server.shop(&keys.secret));
    let calls = traffic.finish();
    let (totals, arms) = figures(&server, &keys);
    server.stop().expect("a polite stop");

    // From the first record again: what was folded before must still be there.
    let mut folded = Folded::new();
    let left = Left::open(&setup.data());
    folded.catch_up(&left.journal);
    assert_eq!(left.covered_lsn, folded.last_lsn(), "a polite stop leaves nothing to replay");
    assert_none(&left.differences(&folded), "after the last stop");
    assert_none(&miscounted(&calls, folded.messages()), "in the journal");
    let recorded = calls.iter().filter(|call| folded.messages().contains_key(&call.id));
    let mut expected = recount::totals(recorded);
    let expected_arms = recount::arms(&folded.profiles(), "cart-rescue");
    let customers = |(name, arm): (&String, &Value)| (name.clone(), arm["customers"].clone());
    expected["exposed_customers"] = json!({
        "cart-rescue": expected_arms.iter().map(customers).collect::<BTreeMap<_, _>>(),
    });
    assert_eq!(totals, expected);
    assert_eq!(arms, expected_arms);
    assert_none(&tables::miscounted(&setup, folded.last_lsn()), "in the tables");
    assert_eq!(tables::arms(&setup, "cart-rescue"), expected_arms);
    assert!(folded.merges() > 100, "only {} merges were tested", folded.merges());
    assert!(expected_arms.len() == 2, "nobody was exposed: {totals}");
}
