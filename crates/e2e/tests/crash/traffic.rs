//! The senders: several shops' servers and browsers at once, speaking for the same customers.
//!
//! Customers come in generations, so that at any time some are new, some sign in and some are known
//! for long. Each has a person's name and some browsers; a sign-in names the person with one of them.
//!
//! All senders but one send batches of events and wait until they are durable. The one asks for
//! decisions, which do not wait for the disk: by its answers a kill comes at any moment between two
//! commits of the journal and not only after one.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use e2e::Shop;
use fastrand::Rng;
use model::limits::TRAIT_BYTES_MAX;
use serde_json::{Map, Value, json};

/// Callers at the same time; the first one asks, the others send.
const SENDERS: u32 = 8;
/// Customers of one generation; few, so that all senders speak for the same ones at the same time.
const CUSTOMERS_PER_GENERATION: u32 = 40;
/// Batches of all senders after which they go on to the next generation.
const BATCHES_PER_GENERATION: u32 = 24;
/// Events of one batch at most.
const EVENTS_PER_BATCH_MAX: u32 = 60;
/// Browsers of each customer.
const BROWSERS: u32 = 4;
/// Traits that a sign-in tells, so that profiles take some memory.
const TRAITS: u32 = 20;
/// Questions that the asking sender counts as a batch.
const QUESTIONS_PER_BATCH: u32 = 10;
/// How long nothing may be answered before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// Answers that may wait to be counted; senders wait when there are more.
const UNCOUNTED_MAX: usize = 1024;

/// One call, as far as counting goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Its `messageId`.
    pub(crate) id: String,
    /// What it says.
    pub(crate) deed: Deed,
    /// `userId`.
    pub(crate) person: Option<String>,
    /// `anonymousId`.
    pub(crate) browser: Option<String>,
}

/// What a call says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// An order was placed, for so many cents.
    Order(u32),
    /// A product was put into the cart.
    Cart,
    /// A page was viewed.
    Page,
    /// A person signed in on a browser.
    SignIn,
    /// A page was viewed and asked what to show.
    Decide,
}

/// All senders.
pub(crate) struct Traffic {
    door: Arc<Door>,
    answered: Receiver<u32>,
    senders: Vec<JoinHandle<Vec<Call>>>,
}

/// Where the server is at the moment; `None` while it is down. Senders wait for it to be up.
#[derive(Default)]
struct Door {
    server: Mutex<Option<Shop>>,
    opened: Condvar,
    /// Batches begun by all senders.
    batches: AtomicU32,
    enough: AtomicBool,
}

/// One caller.
struct Sender {
    number: u32,
    door: Arc<Door>,
    answered: SyncSender<u32>,
    random: Rng,
    /// Which customer of the generation it speaks for at the moment.
    customer: u32,
    calls: Vec<Call>,
    /// Batches that were acknowledged.
    batches: Vec<Value>,
}

// === impl Call ===

impl Call {
    /// The event as it is sent.
    fn event(&self) -> Value {
        let (kind, name, properties) = match self.deed {
            Deed::Order(cents) => {
                let revenue = format!("{}.{:02}", cents / 100, cents % 100);
                let order = format!("o-{}", self.id);
                let properties = json!({"order_id": order, "revenue": revenue, "currency": "USD"});
                ("track", "Order Completed", properties)
            }
            Deed::Cart => {
                let product = json!({"product_id": self.id, "price": "25.00", "currency": "USD"});
                ("track", "Product Added", product)
            }
            Deed::Page | Deed::Decide => ("page", "", json!({"path": "/"})),
            Deed::SignIn => ("identify", "", Value::Null),
        };
        let traits = if self.deed == Deed::SignIn { 0..TRAITS } else { 0..0 };
        let traits: Map<String, Value> =
            traits.map(|place| (format!("t-{place}"), self.padded().into())).collect();
        json!({
            "type": kind, "event": name, "messageId": self.id, "properties": properties,
            "userId": self.person, "anonymousId": self.browser, "traits": traits,
        })
    }

    /// A value of this call's own, as long as a trait may be.
    fn padded(&self) -> String {
        format!("{:.<TRAIT_BYTES_MAX$}", self.id)
    }

    /// The question of a page view.
    fn question(&self) -> Value {
        json!({
            "messageId": self.id, "userId": self.person, "anonymousId": self.browser,
            "page": {"path": "/cart"}, "placements": ["interstitial"],
        })
    }
}

// === impl Traffic ===

impl Traffic {
    /// Senders that wait for a server.
    pub(crate) fn start() -> Self {
        let door = Arc::new(Door::default());
        let (tell, answered) = sync_channel(UNCOUNTED_MAX);
        let senders = (0..SENDERS)
            .map(|number| {
                let sender = Sender {
                    number,
                    door: Arc::clone(&door),
                    answered: tell.clone(),
                    random: Rng::with_seed(number.into()),
                    customer: 0,
                    calls: Vec::new(),
                    batches: Vec::new(),
                };
                std::thread::spawn(move || sender.run())
            })
            .collect();
        Self { door, answered, senders }
    }

    /// Lets the senders send to a server.
    pub(crate) fn open(&self, shop: Shop) {
        *self.door.lock() = Some(shop);
        self.door.opened.notify_all();
    }

    /// Has the senders wait for the next server.
    pub(crate) fn close(&self) {
        *self.door.lock() = None;
    }

    /// Waits until so many more events are acknowledged or questions answered.
    pub(crate) fn wait_for(&self, answers: u32) {
        // What was answered since the last time counts for the life before.
        while self.answered.try_recv().is_ok() {}
        let mut counted = 0;
        while counted < answers {
            counted += self.answered.recv_timeout(PATIENCE).expect("the server answers");
        }
    }

    /// Has every sender send what it has begun; everything that any of them sent.
    pub(crate) fn finish(self) -> Vec<Call> {
        self.door.enough.store(true, Ordering::Release);
        // Whoever waits to tell is let go.
        drop(self.answered);
        let joined = self.senders.into_iter().map(|sender| sender.join().expect("it went well"));
        joined.flatten().collect()
    }
}

// === impl Door ===

impl Door {
    fn lock(&self) -> MutexGuard<'_, Option<Shop>> {
        self.server.lock().expect("nobody panics with the door in hand")
    }

    /// Posts once to the server when it is up; whether it answered 200.
    fn post(&self, path: &str, body: &Value) -> bool {
        let server = self.opened.wait_while(self.lock(), |server| server.is_none());
        let shop = server.expect("nobody panics with the door in hand").clone();
        let Some(Ok(reply)) = shop.map(|shop| shop.post(path, body)) else { return false };
        assert!(matches!(reply.status, 200 | 503), "{path}: {} {}", reply.status, reply.text);
        reply.status == 200
    }

    /// Posts until the answer is 200, as clients do.
    fn deliver(&self, batch: &Value) {
        while !self.post("/v1/batch", batch) {}
    }
}

// === impl Sender ===

impl Sender {
    fn run(mut self) -> Vec<Call> {
        for batch in 0.. {
            if self.door.enough.load(Ordering::Acquire) {
                break;
            }
            if self.number == 0 {
                self.ask(batch);
                continue;
            }
            self.send(batch);
            if self.random.u8(..4) == 0 {
                self.send_again();
            }
        }
        self.calls
    }

    /// A batch of events, until it is acknowledged.
    fn send(&mut self, batch: u32) {
        self.door.batches.fetch_add(1, Ordering::Relaxed);
        let count = self.random.u32(1..=EVENTS_PER_BATCH_MAX);
        let calls: Vec<Call> = (0..count)
            .map(|place| {
                let deed = match self.random.u8(..10) {
                    0..2 => Deed::Order(self.random.u32(1..100_000)),
                    2..5 => Deed::Cart,
                    5..8 => Deed::Page,
                    _ => Deed::SignIn,
                };
                self.call(format!("m-{}-{batch}-{place}", self.number), deed)
            })
            .collect();
        let body = json!({"batch": calls.iter().map(Call::event).collect::<Vec<_>>()});
        self.calls.extend(calls);
        self.door.deliver(&body);
        self.batches.push(body);
        self.tell(count);
    }

    /// Page views, each once: nobody waits for a page that did not come.
    fn ask(&mut self, batch: u32) {
        for place in 0..QUESTIONS_PER_BATCH {
            let call = self.call(format!("d-{}-{batch}-{place}", self.number), Deed::Decide);
            if self.door.post("/v1/decide", &call.question()) {
                self.tell(1);
            }
            self.calls.push(call);
        }
    }

    /// Any batch that was acknowledged, as a client sends it that missed the answer.
    fn send_again(&mut self) {
        let place = self.random.usize(..self.batches.len());
        self.door.deliver(&self.batches[place]);
    }

    fn tell(&self, answers: u32) {
        // Nobody counts any more when the test is at its end.
        let _ = self.answered.send(answers);
    }

    fn call(&mut self, id: String, deed: Deed) -> Call {
        // Customers do some things in a row: who signs in goes on as that person.
        if self.random.u8(..8) == 0 {
            self.customer = self.random.u32(..CUSTOMERS_PER_GENERATION);
        }
        let generation = self.door.batches.load(Ordering::Relaxed) / BATCHES_PER_GENERATION;
        let customer = generation * CUSTOMERS_PER_GENERATION + self.customer;
        let person = format!("person-{customer}");
        let browser = format!("browser-{customer}-{}", self.random.u32(..BROWSERS));
        let (person, browser) = match deed {
            Deed::SignIn => (Some(person), Some(browser)),
            _ if self.random.bool() => (Some(person), None),
            _ => (None, Some(browser)),
        };
        Call { id, deed, person, browser }
    }
}
