//! Thousands of experiments in which the truth is known, on the real server: customers ask for decisions and
//! order over HTTP, and its reports are read again and again while they do.
//!
//! Everything comes from seeds, and an arm is a function of names, so a run that fails fails again.

use e2e::{Campaign, Keys, Server, Setup, Shop, ok};
use fastrand::Rng;
use model::{Alias, CustomerId, TenantKey};
use serde_json::{Value, json};

/// The 95 % interval of how many of 2,000 a test at 5 % finds by chance: `100 ± 1.96 sqrt(2000 · 0.05 · 0.95)`.
const BINOMIAL: std::ops::RangeInclusive<usize> = 81..=119;

/// Pages that are visited, and reports that are read, at the same time.
const CALLERS: usize = 8;

/// The most that a customer asks until all experiments of the page have answered. Rules on a busy machine may
/// meet the deadline; what they decide then counts for no arm.
const ASKED_MAX: usize = 1_000;

/// Experiments that are run alike.
#[derive(Clone, Copy)]
struct Study {
    /// Pages, each with customers of its own.
    pages: usize,
    /// Experiments on a page. Its customers are in all of them, and each divides them by a salt of its own: so
    /// what one experiment finds by chance tells nothing of what the next one finds.
    on_a_page: usize,
    /// Customers of a page.
    customers: usize,
    /// How often the reports are read while the customers come.
    looks: usize,
    /// The probability that a customer of the control orders, and one of the treated arm. They differ only where
    /// a page has one experiment.
    rates: [f64; 2],
    /// The share of treated customers whose page never asks, as when it is cached.
    lost: f64,
}

/// An experiment's page view and what came of it.
struct Page {
    number: usize,
    chance: Rng,
    /// Customers who have come.
    came: usize,
    /// Those whose page has asked.
    asked: i64,
    heard: Vec<Heard>,
}

/// What was ever said of an experiment, and what was said last.
#[derive(Clone, Default)]
struct Heard {
    /// Some verdict claimed a difference.
    claimed: bool,
    /// Some report called the split broken.
    broken: bool,
    /// Some p-value of the fixed test was significant: what comes of looking on and on.
    fixed_ever: bool,
    /// The last one was, of conversion or revenue.
    fixed_last: [bool; 2],
    /// Some p-value for any look was, of conversion or revenue.
    anytime_ever: [bool; 2],
    /// The fixed check of the split was, in the last report.
    split_last: bool,
}

/// A server that runs a study.
struct Running {
    setup: Setup,
    server: Server,
    keys: Keys,
}

fn key(page: usize, place: usize) -> String {
    format!("e-{page}-{place}")
}

fn count(all: &[Heard], of: impl Fn(&Heard) -> bool) -> usize {
    all.iter().filter(|heard| of(heard)).count()
}

// === impl Study ===

impl Study {
    /// Runs all experiments; what was said of each.
    fn run(self) -> Vec<Heard> {
        let running = Running::start(self);
        let page = |number: usize| Page {
            number,
            chance: Rng::with_seed(u64::try_from(number).expect("fits")),
            came: 0,
            asked: 0,
            heard: vec![Heard::default(); self.on_a_page],
        };
        let mut pages: Vec<Page> = (0..self.pages).map(page).collect();
        let shop = running.server.shop(&running.keys.secret);
        let office = running.server.office(&running.keys.admin);
        for _ in 0..self.looks {
            each(&mut pages, |page| page.receive(self, &shop));
            // Everybody has ordered who will by now: a report of any experiment is of the same moment.
            each(&mut pages, |page| page.listen(&office));
        }
        let Running { setup, server, keys: _ } = running;
        server.stop().expect("a polite stop");
        drop(setup);
        pages.into_iter().flat_map(|page| page.heard).collect()
    }
}

/// Does something with each page, several at a time.
fn each(pages: &mut [Page], work: impl Fn(&mut Page) + Sync) {
    let size = pages.len().div_ceil(CALLERS);
    std::thread::scope(|scope| {
        for pages in pages.chunks_mut(size) {
            scope.spawn(|| pages.iter_mut().for_each(&work));
        }
    });
}

// === impl Running ===

impl Running {
    fn start(study: Study) -> Self {
        let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
        setup.configure("[tables]\nparquet = false\n").expect("writable");
        std::fs::remove_dir_all(setup.campaigns()).expect("removed");
        std::fs::create_dir(setup.campaigns()).expect("made");
        for page in 0..study.pages {
            for place in 0..study.on_a_page {
                let campaign = Campaign::new(&key(page, place)).withholding("control", 1);
                setup.add(&campaign.banner("treated", 1, "Hello")).expect("written");
            }
        }
        let keys = setup.keys().expect("keys");
        let server = setup.start().expect("it starts");
        Self { setup, server, keys }
    }
}

// === impl Page ===

impl Page {
    /// Has the customers come who come before the next look, and order.
    fn receive(&mut self, study: Study, shop: &Shop) {
        let mut orders = Vec::new();
        for _ in 0..study.customers / study.looks {
            let customer = format!("c-{}-{}", self.number, self.came);
            self.came += 1;
            let treated = self.is_treated(&customer);
            let is_lost = self.chance.f64() < study.lost;
            let ordered = self.chance.f64() < study.rates[usize::from(treated)];
            // From 10.00 to 100.00. Few carts that are far larger than all others would make the t test of
            // so few customers find less than 5 %.
            let minor = self.chance.u32(1_000..10_000);
            if treated && is_lost {
                continue;
            }
            self.ask(study, shop, &customer);
            self.asked += 1;
            if ordered {
                orders.push(json!({
                    "type": "track", "messageId": customer, "anonymousId": customer,
                    "event": "Order Completed",
                    "properties": {
                        "order_id": customer, "currency": "USD",
                        "revenue": format!("{}.{:02}", minor / 100, minor % 100),
                    },
                }));
            }
        }
        if !orders.is_empty() {
            ok(shop.post("/v1/batch", &json!({"batch": orders})));
        }
    }

    /// Whether a customer will be in the treated arm of the page's first experiment.
    fn is_treated(&self, customer: &str) -> bool {
        let tenant = TenantKey::parse("demo").expect("valid");
        let id = CustomerId::of(&tenant, &Alias::anonymous(customer)).to_string();
        experiments::assign(&key(self.number, 0), &id, &[1, 1]).expect("weights") == 1
    }

    /// Has the customer's page ask until all its experiments have answered.
    fn ask(&self, study: Study, shop: &Shop, customer: &str) {
        let placements: Vec<String> =
            (0..study.on_a_page).map(|place| key(self.number, place)).collect();
        let question =
            json!({"anonymousId": customer, "page": {"path": "/"}, "placements": placements});
        let answered = |_| {
            let answer = ok(shop.post("/v1/decide", &question));
            let arms = answer["experiments"].as_object().expect("arms");
            arms.len() == study.on_a_page
        };
        assert!((0..ASKED_MAX).any(answered), "some experiment of {customer} never answers");
    }

    /// Reads the report of each experiment.
    fn listen(&mut self, office: &Shop) {
        for (place, heard) in self.heard.iter_mut().enumerate() {
            let key = key(self.number, place);
            let report = ok(office.get(&format!("/v1/campaigns/{key}/report")));
            let arms = report["arms"].as_array().expect("arms").iter();
            let customers: i64 = arms.map(|arm| arm["customers"].as_i64().expect("whole")).sum();
            assert_eq!(customers, self.asked, "no exposure of {key} is lost, and none is double");
            heard.hear(&report);
        }
    }
}

// === impl Heard ===

impl Heard {
    fn hear(&mut self, report: &Value) {
        let effect = &report["effects"][0];
        let verdict = effect["verdict"].as_str().expect("words");
        self.claimed |= verdict.starts_with("treated converts");
        let split = &report["split"];
        self.broken |= split["broken"].as_bool().expect("said");
        let is_low = |p: &Value| p.as_f64().is_some_and(|p| p < 0.05);
        self.split_last = is_low(&split["p_value"]);
        let measures = [&effect["conversion_rate"], &effect["revenue_per_customer_minor"]["USD"]];
        self.fixed_last = measures.map(|told| is_low(&told["p_value"]));
        self.fixed_ever |= self.fixed_last[0];
        for (ever, told) in self.anytime_ever.iter_mut().zip(measures) {
            *ever |= is_low(&told["anytime"]["p_value"]);
        }
    }
}

#[test]
fn where_nothing_differs_nothing_is_found_more_often_than_promised() {
    let study =
        Study { pages: 80, on_a_page: 25, customers: 400, looks: 8, rates: [0.3, 0.3], lost: 0.0 };
    let all = study.run();
    assert_eq!(all.len(), 2_000);
    // So few that the true share, too, is below 5 %.
    let few = 0..*BINOMIAL.start();
    for (measure, name) in ["conversion", "revenue"].into_iter().enumerate() {
        let fixed = count(&all, |heard| heard.fixed_last[measure]);
        assert!(BINOMIAL.contains(&fixed), "one look at {name}: {fixed}");
        let ever = count(&all, |heard| heard.anytime_ever[measure]);
        assert!(few.contains(&ever), "any look at {name}: {ever}");
    }
    let split = count(&all, |heard| heard.split_last);
    assert!(BINOMIAL.contains(&split), "one look at the split: {split}");
    // What people read, at all looks together.
    let claimed = count(&all, |heard| heard.claimed);
    assert!(few.contains(&claimed), "claimed: {claimed}");
    let broken = count(&all, |heard| heard.broken);
    assert!(broken <= all.len() / 100, "split called broken: {broken}");
    // What the looks would have made of the fixed test, or this says nothing.
    let peeked = count(&all, |heard| heard.fixed_ever);
    assert!(peeked > all.len() / 10, "the fixed test at many looks: {peeked}");
}

/// Few experiments of many customers, one on each page.
const PLANTED: Study =
    Study { pages: 12, on_a_page: 1, customers: 900, looks: 3, rates: [0.2, 0.2], lost: 0.0 };

#[test]
fn exposures_that_get_lost_in_one_arm_are_noticed() {
    let all = Study { lost: 0.5, ..PLANTED }.run();
    assert_eq!(count(&all, |heard| heard.broken), all.len());
}

#[test]
fn an_effect_that_is_there_is_found() {
    let all = Study { rates: [0.2, 0.4], ..PLANTED }.run();
    assert_eq!(count(&all, |heard| heard.claimed), all.len());
    assert_eq!(count(&all, |heard| heard.broken), 0, "by orders, and not by who was asked");
}
