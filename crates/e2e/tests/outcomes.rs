//! Outcomes, from outside: two goals, what is taken back, what comes twice, late or under another name.
//!
//! What is sent is counted again by a few lines that know nothing of how the server counts.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Campaign, Keys, Server, Setup, ok};
use serde_json::{Value, json};

const CUSTOMERS: usize = 24;

fn setup() -> (Setup, Keys) {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    // Everybody is eligible for both; half of them are shown something.
    let campaign = |key: &str, goal: &str| {
        let campaign = Campaign::new(key).withholding("nothing", 1).banner("something", 1, "Hello");
        setup.add(&campaign.section(goal)).expect("written");
    };
    campaign("orders", "[goal]\nwindow = \"1h\"");
    campaign("points", "[goal]\nevent = \"points_earned\"\nvalue = \"Points\"\nwindow = \"1h\"");
    let keys = setup.keys().expect("keys");
    (setup, keys)
}

/// A moment so many seconds after the page views, which a minute of the past is.
fn time(seconds: i64) -> String {
    let begin = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let begin = i64::try_from(begin).expect("before 292 million years") - 60_000;
    model::Timestamp::from_ms(begin + seconds * 1_000).to_string()
}

fn track(id: &str, name: (&str, &str), event: &str, properties: Value) -> Value {
    json!({"type": "track", "messageId": id, name.0: name.1, "event": event, "properties": properties})
}

/// All that happens to one customer after the page view, in a sequence that no shop would choose: the
/// refund before the order, and some of it twice. What the person does is told by the person's name.
fn happenings(number: usize) -> Vec<Value> {
    let browser = ("anonymousId", format!("b-{number}"));
    let person = ("userId", format!("p-{number}"));
    let browser = (browser.0, browser.1.as_str());
    let person = (person.0, person.1.as_str());
    let name = if number.is_multiple_of(4) { person } else { browser };
    let order = format!("o-{number}");
    let mut all = Vec::new();
    if number.is_multiple_of(3) {
        let part = json!({"order_id": order, "revenue": 2.5, "currency": "USD"});
        all.push(track(&format!("refund-{number}"), name, "Order Refunded", part));
    }
    if number.is_multiple_of(5) {
        let whole = json!({"order_id": order});
        all.push(track(&format!("cancel-{number}"), browser, "Order Cancelled", whole));
    }
    if number.is_multiple_of(2) {
        let placed = json!({"order_id": order, "revenue": 10 + number, "currency": "USD"});
        all.push(track(&format!("order-{number}"), name, "Order Completed", placed.clone()));
        all.push(track(&format!("order-{number}"), name, "Order Completed", placed.clone()));
        all.push(track(&format!("again-{number}"), browser, "Order Completed", placed));
    }
    for part in 0..number % 4 {
        let earned = json!({"points": format!("{number}.{part}")});
        all.push(track(&format!("points-{number}-{part}"), name, "Points Earned", earned));
    }
    if number % 3 == 1 {
        let product = json!({"product_id": "p", "price": 1, "currency": "USD"});
        all.push(track(&format!("cart-{number}"), name, "Product Added", product));
        all.push(track(&format!("checkout-{number}"), browser, "Checkout Started", json!({})));
    }
    all
}

/// An arm as the report tells it.
#[derive(Debug, Default, PartialEq)]
struct Arm {
    customers: i64,
    conversions: i64,
    outcomes: i64,
    orders: i64,
    revenue_minor: i64,
    value_milli: i64,
    funnel: BTreeMap<String, i64>,
}

fn reported(server: &Server, keys: &Keys, campaign: &str) -> BTreeMap<String, Arm> {
    let report = ok(server.office(&keys.admin).get(&format!("/v1/campaigns/{campaign}/report")));
    let arm = |arm: &Value| {
        let number = |name: &str| arm[name].as_i64().expect("a whole number");
        let funnel = arm["funnel"].as_object().expect("a funnel").iter();
        let told = Arm {
            customers: number("customers"),
            conversions: number("conversions"),
            outcomes: number("outcomes"),
            orders: number("orders"),
            revenue_minor: arm["revenue_minor"]["USD"].as_i64().unwrap_or(0),
            value_milli: number("value_milli"),
            funnel: funnel.map(|(step, n)| (step.clone(), n.as_i64().expect("whole"))).collect(),
        };
        (arm["variant"].as_str().expect("a name").to_owned(), told)
    };
    report["arms"].as_array().expect("arms").iter().map(arm).collect()
}

/// The arms, counted from what was sent and from the arm that each customer was told.
fn recounted(campaign: &str, variants: &[String], sent: &[Vec<Value>]) -> BTreeMap<String, Arm> {
    let mut arms: BTreeMap<String, Arm> = BTreeMap::new();
    for (variant, events) in variants.iter().zip(sent) {
        let arm = arms.entry(variant.clone()).or_default();
        let of = |name: &'static str| events.iter().filter(move |event| event["event"] == name);
        let cents = |event: &Value| {
            (event["properties"]["revenue"].as_f64().unwrap_or(0.0) * 100.0).round()
        };
        let placed = of("Order Completed").map(cents).next();
        let cancelled = of("Order Cancelled").next().is_some();
        let back: f64 = of("Order Refunded").map(cents).sum();
        let left = placed.map_or(0.0, |cents| if cancelled { 0.0 } else { cents - back });
        let order = i64::from(left > 0.0);
        let milli = |event: &Value| {
            let text = event["properties"]["points"].as_str().expect("points as text");
            (text.parse::<f64>().expect("a number") * 1_000.0).round()
        };
        let points = of("Points Earned").count();
        let points = i64::try_from(points).expect("few");
        let (outcomes, value) = match campaign {
            "orders" => (order, 0.0),
            _ => (points, of("Points Earned").map(milli).sum()),
        };
        arm.customers += 1;
        arm.conversions += i64::from(outcomes > 0);
        arm.outcomes += outcomes;
        arm.orders += order;
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers below 2^53")]
        {
            arm.revenue_minor += left as i64;
            arm.value_milli += value as i64;
        }
        let has = |name: &'static str| i64::from(of(name).next().is_some());
        let shown = i64::from(variant == "something");
        let steps = [
            ("eligible", 1),
            ("shown", shown),
            ("seen", shown),
            ("clicked", 0),
            ("cart", has("Product Added")),
            ("checkout", has("Checkout Started")),
            ("ordered", order),
        ];
        for (step, count) in steps {
            *arm.funnel.entry(step.to_owned()).or_default() += count;
        }
    }
    arms
}

#[test]
fn the_report_of_two_goals_is_what_the_events_come_to_in_whatever_sequence_they_came() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let mut variants: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut sent = Vec::new();
    for number in 0..CUSTOMERS {
        let (browser, person) = (format!("b-{number}"), format!("p-{number}"));
        // Some events arrive before the page view to which they are later: a person of whom it is not
        // known yet that this is their browser.
        let events = happenings(number);
        let before = events.len() / 2;
        let (now, later) = (time(1), time(30));
        let with_time = |event: &Value| {
            let mut event = event.clone();
            event["timestamp"] = json!(later);
            event
        };
        let early: Vec<Value> =
            events[..before].iter().filter(|it| it["userId"].is_string()).map(with_time).collect();
        let late: Vec<Value> =
            events.iter().map(with_time).filter(|event| !early.contains(event)).collect();
        if !early.is_empty() {
            ok(shop.post("/v1/batch", &json!({"batch": early})));
        }
        let view = json!({
            "anonymousId": browser, "timestamp": now, "page": {"path": "/"},
            "placements": ["orders", "points"],
        });
        let decision = ok(shop.post("/v1/decide", &view));
        for campaign in ["orders", "points"] {
            let variant = decision["experiments"][campaign].as_str().expect("everybody is in");
            variants.entry(campaign).or_default().push(variant.to_owned());
            let seen = json!({"promotion_id": campaign, "creative": variant});
            if variant == "something" {
                let name = ("anonymousId", browser.as_str());
                let id = format!("seen-{campaign}-{number}");
                let event = with_time(&track(&id, name, "Promotion Viewed", seen));
                ok(shop.post("/v1/track", &event));
            }
        }
        if number.is_multiple_of(2) && !late.is_empty() {
            ok(shop.post("/v1/batch", &json!({"batch": late})));
        }
        let both = json!({"anonymousId": browser, "userId": person, "timestamp": later});
        ok(shop.post("/v1/identify", &both));
        if !late.is_empty() {
            ok(shop.post("/v1/batch", &json!({"batch": late})));
        }
        sent.push(events);
    }
    for (campaign, variants) in &variants {
        assert_eq!(variants.iter().collect::<BTreeSet<_>>().len(), 2, "both arms have customers");
        let counted = recounted(campaign, variants, &sent);
        assert_eq!(reported(&server, &keys, campaign), counted, "{campaign}");
    }
    let before = ["orders", "points"].map(|campaign| reported(&server, &keys, campaign));
    server.kill_at_once().expect("killed");
    let server = setup.start().expect("it starts");
    let after = ["orders", "points"].map(|campaign| reported(&server, &keys, campaign));
    assert_eq!(after, before, "a restart folds the same again");
    // What comes after the restart changes shares that were made again from the journal.
    let cancel = track("late", ("userId", "p-2"), "Order Cancelled", json!({"order_id": "o-2"}));
    ok(server.shop(&keys.secret).post("/v1/track", &cancel));
    let orders = |arms: &BTreeMap<String, Arm>| arms.values().map(|arm| arm.orders).sum::<i64>();
    let last = reported(&server, &keys, "orders");
    assert_eq!(orders(&last), orders(&before[0]) - 1);
    server.stop().expect("a polite stop");
}

#[test]
fn a_refund_that_names_no_currency_is_in_that_of_its_order() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let view = json!({"anonymousId": "b", "page": {"path": "/"}, "placements": ["orders"]});
    ok(shop.post("/v1/decide", &view));
    let tell = |id: &str, event: &str, properties: Value| {
        ok(shop.post("/v1/track", &track(id, ("anonymousId", "b"), event, properties)));
    };
    let left = |currency: &str| {
        let office = server.office(&keys.admin);
        let report = ok(office.get("/v1/campaigns/orders/report"));
        let arms = report["arms"].as_array().expect("arms").iter();
        arms.filter_map(|arm| arm["revenue_minor"][currency].as_i64()).sum::<i64>()
    };
    // In dinars, of which a thousandth counts, and in yen, which have no smaller unit. The shop's are dollars.
    tell("1", "Order Completed", json!({"order_id": "d", "revenue": "10", "currency": "KWD"}));
    tell("2", "Order Completed", json!({"order_id": "y", "revenue": "5000", "currency": "JPY"}));
    tell("3", "Order Refunded", json!({"order_id": "d", "total": "4.005"}));
    tell("4", "Order Refunded", json!({"order_id": "y", "total": 1_000, "currency": ""}));
    assert_eq!((left("KWD"), left("JPY")), (5_995, 4_000));
    tell("5", "Order Refunded", json!({"order_id": "y", "total": 1_000, "currency": "USD"}));
    assert_eq!(left("JPY"), 4_000, "dollars take no yen back");
    let totals = ok(shop.get("/v1/totals"));
    let back = json!({"JPY": 1_000, "KWD": 4_005, "USD": 100_000});
    assert_eq!(totals["refunded_minor"], back);
    server.stop().expect("a polite stop");
}

/// What a customer does in one moment, which a shop's clock tells that knows whole seconds only.
fn at_once(customer: &str, turn: u32, at: &str) -> Value {
    let id = format!("o-{customer}-{turn}");
    let order = json!({"order_id": id, "revenue": 5, "currency": "USD"});
    let product = json!({"product_id": "p", "price": 1, "currency": "USD"});
    let done = [
        ("Product Added", product),
        ("Checkout Started", json!({})),
        ("Points Earned", json!({"points": 1})),
        ("Order Completed", order),
    ];
    let events = done.into_iter().map(|(event, properties)| {
        let id = format!("{event}-{customer}-{turn}");
        let mut event = track(&id, ("anonymousId", customer), event, properties);
        event["timestamp"] = json!(at);
        event
    });
    json!({"batch": events.collect::<Vec<_>>()})
}

#[test]
fn what_was_done_in_the_millisecond_of_the_exposure_counts_only_when_it_came_after() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let now = time(0);
    let views = |customer: &str| {
        let view = json!({
            "anonymousId": customer, "timestamp": now, "page": {"path": "/"},
            "placements": ["orders", "points"],
        });
        ok(shop.post("/v1/decide", &view));
    };
    let acts = |customer: &str, turn| {
        ok(shop.post("/v1/batch", &at_once(customer, turn, &now)));
    };
    let sums = || {
        ["orders", "points"].map(|campaign| {
            let arms = reported(&server, &keys, campaign);
            let sum = |of: fn(&Arm) -> i64| arms.values().map(of).sum::<i64>();
            let reached = ["cart", "checkout", "ordered"]
                .map(|step| arms.values().filter_map(|arm| arm.funnel.get(step)).sum::<i64>());
            (sum(|arm| arm.customers), sum(|arm| arm.conversions), sum(|arm| arm.orders), reached)
        })
    };
    acts("acts-first", 1);
    views("acts-first");
    assert_eq!(sums(), [(1, 0, 0, [0; 3]); 2], "nothing of it can have come of the exposure");
    views("looks-first");
    acts("looks-first", 1);
    assert_eq!(sums(), [(2, 1, 1, [1; 3]); 2]);
    acts("acts-first", 2);
    assert_eq!(sums(), [(2, 2, 2, [2; 3]); 2], "what came after it in that moment");
    acts("acts-first", 2);
    assert_eq!(sums(), [(2, 2, 2, [2; 3]); 2], "and only once");
    server.stop().expect("a polite stop");
}
