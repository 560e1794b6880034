//! A server that is killed at any moment keeps every event that it acknowledged, once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use e2e::{Server, Setup, Shop};
use journal::Journal;
use journal::record::{Body, decode};
use serde_json::{Value, json};

/// How often the server is killed.
const KILLS: usize = 30;
/// Callers that send at the same time.
const SENDERS: u32 = 4;
/// Customers that they send for; few, so that their events meet in the same profiles.
const CUSTOMERS: u32 = 40;

/// Where the server is at the moment; `None` while it is down. Senders wait for it to be up.
#[derive(Default)]
struct Door {
    server: Mutex<Option<Shop>>,
    opened: Condvar,
}

// === impl Door ===

impl Door {
    fn open(&self, server: &Server, key: &str) {
        *self.server.lock().expect("nobody panics with the door in hand") = Some(server.shop(key));
        self.opened.notify_all();
    }

    fn close(&self) {
        *self.server.lock().expect("nobody panics with the door in hand") = None;
    }

    /// Whether the batch was acknowledged. Anything else is tried again by the caller, as clients do.
    fn deliver(&self, body: &Value) -> bool {
        let server = self.server.lock().expect("nobody panics with the door in hand");
        let server = self.opened.wait_while(server, |server| server.is_none());
        let shop = server.expect("nobody panics with the door in hand").clone();
        shop.and_then(|shop| shop.post("/v1/batch", body).ok())
            .is_some_and(|reply| reply.status == 200)
    }
}

/// One sender's batches, each sent until it is acknowledged, then the next.
///
/// Every event is an order of one cent, so that a lost or doubled one shows in count and in revenue.
fn send(number: u32, door: &Door, acknowledged: &AtomicU32, enough: &AtomicBool) -> Vec<String> {
    let mut message_ids = Vec::new();
    for batch in 0_u32.. {
        if enough.load(Ordering::Acquire) {
            break;
        }
        let events: Vec<Value> = (0..1 + (number + batch) % 12)
            .map(|place| {
                let id = format!("m-{number}-{batch}-{place}");
                let customer = (number * 7 + batch * 5 + place) % CUSTOMERS;
                let event = json!({
                    "type": "track", "event": "Order Completed", "messageId": id,
                    "anonymousId": format!("customer-{customer}"),
                    "properties": {"order_id": format!("o-{id}"), "revenue": "0.01", "currency": "USD"},
                });
                message_ids.push(id);
                event
            })
            .collect();
        let count = u32::try_from(events.len()).expect("at most 12");
        let body = json!({"batch": events});
        while !door.deliver(&body) {}
        acknowledged.fetch_add(count, Ordering::Relaxed);
    }
    message_ids
}

/// How often each message id is in the journal.
fn journalled(data: &Path) -> HashMap<String, u32> {
    let (journal, _) =
        Journal::open(&data.join("journal"), journal::Config::default()).expect("it recovers");
    let mut reader = journal.reader(1).expect("nothing is retired yet");
    let mut found = HashMap::new();
    while let Some(frame) = reader.next().expect("no frame is damaged") {
        let record = decode(frame.kind, frame.payload).expect("every record is readable");
        if let Body::Event { event, .. } = record.body {
            *found.entry(event.message_id.into()).or_default() += 1;
        }
    }
    found
}

/// What of `sent` is missing or more than once in `found`.
fn discrepancies(sent: &[String], found: &HashMap<String, u32>) -> Vec<String> {
    let count = |id: &String| found.get(id).copied().unwrap_or(0);
    sent.iter()
        .filter(|id| count(id) != 1)
        .map(|id| format!("{id} is journalled {} times", count(id)))
        .collect()
}

#[test]
fn every_acknowledged_event_survives_thirty_kills_exactly_once() {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    setup.configure("[journal]\nsegment_mib = 1\nretention_hours = 1000\n").expect("writable");
    let keys = setup.keys().expect("keys");
    let door = Arc::new(Door::default());
    let acknowledged = Arc::new(AtomicU32::new(0));
    let enough = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..SENDERS)
        .map(|number| {
            let (door, acknowledged, enough) =
                (Arc::clone(&door), Arc::clone(&acknowledged), Arc::clone(&enough));
            std::thread::spawn(move || send(number, &door, &acknowledged, &enough))
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(20_261_122);
    for kill in 0..KILLS {
        let server = setup.start().expect("it starts after every kill");
        let before = acknowledged.load(Ordering::Relaxed);
        door.open(&server, &keys.secret);
        // The kill comes after a random number of acknowledged events: a moment chosen by work done,
        // not by the clock, so that a slow machine tests the same.
        let until = before + random.u32(1..400);
        while acknowledged.load(Ordering::Relaxed) < until {
            std::thread::yield_now();
        }
        door.close();
        server.kill_at_once().expect("killed");
        assert!(acknowledged.load(Ordering::Relaxed) >= until, "round {kill} did nothing");
    }
    let server = setup.start().expect("it starts");
    door.open(&server, &keys.secret);
    enough.store(true, Ordering::Release);
    let sent: Vec<String> =
        senders.into_iter().flat_map(|sender| sender.join().expect("no sender failed")).collect();
    let totals = server.shop(&keys.secret).get("/v1/totals").expect("answers").json();
    server.stop().expect("a polite stop");

    assert_eq!(discrepancies(&sent, &journalled(&setup.data())), Vec::<String>::new());
    assert_eq!(totals["orders"], json!(sent.len()), "{totals}");
    assert_eq!(totals["revenue_minor"]["USD"], json!(sent.len()), "{totals}");
    assert_eq!(totals["customers"], json!(CUSTOMERS), "{totals}");
    assert_eq!(totals["buyers"], json!(CUSTOMERS), "{totals}");
}

#[test]
fn the_check_itself_notices_a_lost_and_a_doubled_event() {
    let sent = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let found = HashMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    let expected = ["b is journalled 2 times", "c is journalled 0 times"];
    assert_eq!(discrepancies(&sent, &found), expected);
}
