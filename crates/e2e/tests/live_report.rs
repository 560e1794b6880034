//! The live report's figures that need each customer's own numbers: revenue per order, revenue less what was
//! brought before, and the sizes of arms whose weights have changed.
//!
//! What the server tells is compared with what the same inference gives of the customers one by one.

use std::collections::BTreeMap;

use e2e::{Campaign, Keys, Server, Setup, ok};
use experiments::inference::{
    Joint, Measure, RunningPairs, Sample, adjust, compare, variance_reduction,
};
use serde_json::{Value, json};

/// What a customer brought, in minor units.
struct Customer {
    arm: String,
    before: i64,
    minor: i64,
    orders: i64,
}

fn campaign(control: u32, treated: u32) -> Campaign {
    Campaign::new("all").withholding("control", control).banner("treated", treated, "Hello")
}

fn order(browser: &str, order: &str, cents: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let revenue = cents as f64 / 100.0;
    let properties = json!({"order_id": order, "revenue": revenue, "currency": "USD"});
    json!({
        "type": "track", "messageId": order, "anonymousId": browser, "event": "Order Completed",
        "properties": properties,
    })
}

/// An hour ago, which is before everything that the test does.
fn an_hour_ago() -> String {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let now = i64::try_from(now).expect("before 292 million years");
    model::Timestamp::from_ms(now - 3_600_000).to_string()
}

/// A customer orders, sees the page, orders again and takes some of it back.
fn visit(server: &Server, keys: &Keys, number: i64) -> Customer {
    let shop = server.shop(&keys.secret);
    let browser = format!("b-{number}");
    let before = if number % 3 == 0 { 1_000 + 70 * number } else { 0 };
    if before > 0 {
        let mut earlier = order(&browser, &format!("before-{number}"), before);
        earlier["timestamp"] = json!(an_hour_ago());
        ok(shop.post("/v1/track", &earlier));
    }
    let view = json!({"anonymousId": browser, "page": {"path": "/"}});
    let decision = ok(shop.post("/v1/decide", &view));
    let arm = decision["experiments"]["all"].as_str().expect("everybody is in").to_owned();
    let orders = number % 4 / 2 * (1 + number % 2);
    let mut minor = 0;
    for place in 0..orders {
        let cents = 500 + before / 2 + 13 * (number % 11) + 100 * place;
        ok(shop.post("/v1/track", &order(&browser, &format!("o-{number}-{place}"), cents)));
        minor += cents;
    }
    if orders == 2 {
        let part = json!({"order_id": format!("o-{number}-0"), "revenue": 1.5, "currency": "USD"});
        let refund = json!({
            "type": "track", "messageId": format!("back-{number}"), "anonymousId": browser,
            "event": "Order Refunded", "properties": part,
        });
        ok(shop.post("/v1/track", &refund));
        minor -= 150;
    }
    Customer { arm, before, minor, orders }
}

fn report(server: &Server, keys: &Keys) -> Value {
    ok(server.office(&keys.admin).get("/v1/campaigns/all/report"))
}

/// Revenue and something else of the customers of both arms, control first.
fn joints(customers: &[Customer], beside: fn(&Customer) -> i64) -> [Joint; 2] {
    ["control", "treated"].map(|arm| {
        let mut pairs = RunningPairs::default();
        for customer in customers.iter().filter(|customer| customer.arm == arm) {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            pairs.add(customer.minor as f64, beside(customer) as f64);
        }
        pairs.joint(Measure::Mean).expect("both arms have customers")
    })
}

#[track_caller]
fn same(told: &Value, expected: f64) {
    let number = told.as_f64().expect("a number");
    assert!((number - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{number} {expected}");
}

#[track_caller]
fn same_effect(told: &Value, treated: Sample, control: Sample) {
    let expected = compare(treated, control).expect("it varies");
    same(&told["absolute"], expected.absolute);
    same(&told["statistic"], expected.statistic);
    same(&told["ci_low"], expected.interval.low);
    same(&told["p_value"], expected.p_value);
}

#[test]
fn ratios_and_adjusted_effects_are_those_of_the_customers_one_by_one() {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    setup.add(&campaign(1, 1)).expect("written");
    let keys = setup.keys().expect("keys");
    let server = setup.start().expect("it starts");
    let customers: Vec<Customer> = (0..72).map(|number| visit(&server, &keys, number)).collect();
    let told = report(&server, &keys);
    let effect = &told["effects"][0];
    let [control, treated] = joints(&customers, |customer| customer.orders);
    let per_order = [control, treated].map(|arm| arm.ratio().expect("orders"));
    same_effect(&effect["revenue_per_order_minor"]["USD"], per_order[1], per_order[0]);
    same(&told["arms"][0]["revenue_per_order_minor"]["USD"], per_order[0].mean());

    let [control, treated] = joints(&customers, |customer| customer.before);
    let adjusted = adjust(treated, control).expect("it varies");
    let told_adjusted = &effect["revenue_per_customer_adjusted_minor"]["USD"];
    same_effect(told_adjusted, adjusted.0, adjusted.1);
    let alone = joints(&customers, |_| 1);
    let [control, treated] = alone.map(|arm| arm.ratio().expect("ones"));
    let reduction = variance_reduction((treated, control), adjusted).expect("it varies");
    assert!(reduction > 0.1, "what was brought before tells something: {reduction}");
    same(&told_adjusted["variance_reduction"], reduction);

    server.kill_at_once().expect("killed");
    let server = setup.start().expect("it starts");
    assert_eq!(report(&server, &keys), told, "what was known before is kept");
    server.stop().expect("a polite stop");
}

#[test]
fn a_change_of_weights_while_the_experiment_runs_is_no_broken_split() {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    setup.add(&campaign(1, 1)).expect("written");
    let keys = setup.keys().expect("keys");
    let server = setup.start().expect("it starts");
    let mut arms: BTreeMap<String, u64> = BTreeMap::new();
    for number in 0..150 {
        *arms.entry(visit(&server, &keys, number).arm).or_default() += 1;
    }
    let files = json!({"files": {"all.toml": campaign(1, 20).to_string()}});
    ok(server.office(&keys.admin).post("/v1/plan", &files));
    // Who was there comes again, and stays; the new ones go by the new weights.
    let mut since: BTreeMap<String, u64> = BTreeMap::new();
    for number in 100..400 {
        let arm = visit(&server, &keys, number).arm;
        if number >= 150 {
            *since.entry(arm).or_default() += 1;
        }
    }
    let split = &report(&server, &keys)["split"];
    assert_eq!(
        (&split["customers"], &split["customers_of_other_splits"]),
        (&250.into(), &150.into())
    );
    assert_eq!(split["broken"], false, "{split}");
    let expected = experiments::inference::split_mismatch(&[
        (since["control"], 1.0),
        (since["treated"], 20.0),
    ]);
    same(&split["p_value"], expected.expect("customers").p_value);
    server.stop().expect("a polite stop");
}
