//! Layers and holdouts, from outside: who is in what, that it stays so, and what the reports say of it.
//!
//! Who is to be where is worked out here from the id that each answer tells; `assignment.rs` holds those functions to a
//! recomputation by others.

use std::collections::BTreeMap;

use e2e::{Campaign, Keys, Reply, Server, Setup, Shop, ok};
use experiments::{assign, bucket, holdout_salt, layer_salt, tenant_holdout_salt};
use model::{Alias, CustomerId, TenantKey};
use serde_json::{Value, json};

const CUSTOMERS: usize = 600;

/// Where a customer is: nothing but these, by campaign.
type Arms = BTreeMap<String, String>;

fn part(key: &str, from: u32, to: u32) -> Campaign {
    let layer = format!("layer = {{ name = \"checkout\", from = {from}, to = {to} }}");
    let campaign = Campaign::new(key).withholding("nothing", 1).banner("something", 1, "Hello");
    campaign.experiment(&layer)
}

/// A plan of two campaigns of one layer, one of which holds out a fifth, and of a holdout of all.
fn files(gift: (u32, u32), express: (u32, u32), holdout: &str) -> BTreeMap<&'static str, String> {
    let gift = part("gift", gift.0, gift.1).experiment("holdout = 20");
    BTreeMap::from([
        ("gift.toml", gift.to_string()),
        ("express.toml", part("express", express.0, express.1).to_string()),
        ("holdout.toml", holdout.to_owned()),
    ])
}

fn first_plan() -> BTreeMap<&'static str, String> {
    files((0, 50), (50, 100), "percent = 20\nsalt = \"2026-q4\"\n")
}

fn setup() -> (Setup, Keys) {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    std::fs::remove_dir_all(setup.campaigns()).expect("removed");
    std::fs::create_dir_all(setup.campaigns()).expect("made");
    for (name, text) in first_plan() {
        std::fs::write(setup.campaigns().join(name), text).expect("written");
    }
    let keys = setup.keys().expect("keys");
    (setup, keys)
}

/// What a customer is exposed to by a page view, the customer's id, and how many offers there are.
fn ask(shop: &Shop, name: (&str, &str)) -> (Arms, String, usize) {
    asked(shop, &json!({name.0: name.1, "page": {"path": "/"}}))
}

/// The same of a page view so many seconds ago.
fn ask_ago(shop: &Shop, name: (&str, &str), seconds: i64) -> Arms {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let now = i64::try_from(now).expect("before 292 million years");
    let at = model::Timestamp::from_ms(now - seconds * 1_000).to_string();
    asked(shop, &json!({name.0: name.1, "page": {"path": "/"}, "timestamp": at})).0
}

fn asked(shop: &Shop, question: &Value) -> (Arms, String, usize) {
    let told = ok(shop.post("/v1/decide", question));
    let arms = told["experiments"].as_object().expect("experiments").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let arms = arms.map(|(campaign, arm)| (campaign.clone(), text(arm))).collect();
    (arms, text(&told["customerId"]), told["offers"].as_array().expect("offers").len())
}

/// Where a new customer is to be.
fn expected(unit: &str) -> Arms {
    let below = |salt: &str, percent| bucket(salt, unit, 100) < percent;
    let arms = |all: &[(&str, &str)]| {
        all.iter().map(|&(campaign, arm)| (campaign.to_owned(), arm.to_owned())).collect()
    };
    if below(&tenant_holdout_salt("holdout", "2026-q4"), 20) {
        return arms(&[("holdout", "held-out")]);
    }
    let campaign = if below(&layer_salt("checkout"), 50) { "gift" } else { "express" };
    let place = assign(campaign, unit, &[1, 1]).expect("two variants");
    let is_held_out = campaign == "gift" && below(&holdout_salt("gift"), 20);
    let arm = if is_held_out { "holdout" } else { ["nothing", "something"][place] };
    arms(&[("holdout", "open"), (campaign, arm)])
}

/// The arms of a report: customers and conversions.
fn reported(server: &Server, keys: &Keys, campaign: &str) -> BTreeMap<String, (u64, u64)> {
    let report = ok(server.office(&keys.admin).get(&format!("/v1/campaigns/{campaign}/report")));
    assert_eq!(report["split"]["broken"], json!(false), "{report}");
    let arms = report["arms"].as_array().expect("arms").iter().map(|arm| {
        let count = |name: &str| arm[name].as_u64().expect("a count");
        let variant = arm["variant"].as_str().expect("a name").to_owned();
        (variant, (count("customers"), count("conversions")))
    });
    arms.collect()
}

fn publish(server: &Server, keys: &Keys, files: BTreeMap<&'static str, String>) -> Reply {
    let office = server.office(&keys.admin);
    office.post("/v1/plan", &json!({"files": files})).expect("an answer")
}

#[test]
fn nobody_is_in_two_campaigns_of_a_layer_and_the_held_out_see_nothing_whatever_the_plan_becomes() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let name = |number: usize| format!("v-{number}");
    let mut counted: BTreeMap<String, BTreeMap<String, (u64, u64)>> = BTreeMap::new();
    let mut all: Vec<Arms> = Vec::new();
    for number in 0..CUSTOMERS {
        let (arms, id, offers) = ask(&shop, ("anonymousId", &name(number)));
        assert_eq!(arms, expected(&id), "{id}");
        let is_shown = arms.values().any(|arm| arm == "something");
        assert_eq!(offers, usize::from(is_shown), "{arms:?}");
        let orders = number.is_multiple_of(3);
        if orders {
            let order = json!({"anonymousId": name(number), "event": "Order Completed",
                "properties": {"order_id": name(number), "revenue": 10, "currency": "USD"}});
            ok(shop.post("/v1/track", &order));
        }
        for (campaign, arm) in &arms {
            let arm = counted.entry(campaign.clone()).or_default().entry(arm.clone()).or_default();
            *arm = (arm.0 + 1, arm.1 + u64::from(orders));
        }
        all.push(arms);
    }
    let sizes = counted.values().map(BTreeMap::len).collect::<Vec<_>>();
    assert_eq!(sizes, [2, 3, 2], "all arms of express, gift and holdout: {counted:?}");
    for (campaign, arms) in &counted {
        assert_eq!(&reported(&server, &keys, campaign), arms, "{campaign}");
    }
    let listed = ok(server.office(&keys.admin).get("/v1/campaigns"));
    let holdout =
        json!({"key": "holdout", "control": "held-out", "variants": ["held-out", "open"]});
    assert_eq!(listed["campaigns"][2], holdout, "{listed}");

    // Ranges change sides, and nearly nobody new is held out.
    let next = files((50, 100), (0, 50), "percent = 1\nsalt = \"another\"\n");
    assert_eq!(publish(&server, &keys, next).status, 200);
    for (number, mut before) in all.into_iter().enumerate() {
        let (arms, id, _) = ask(&shop, ("anonymousId", &name(number)));
        // The holdout was recorded once, at the first page view.
        before.remove("holdout");
        assert_eq!(arms, before, "{id} stays");
    }
    for (campaign, arms) in &counted {
        let arms_now =
            ok(server.office(&keys.admin).get(&format!("/v1/campaigns/{campaign}/report")));
        let customers: u64 = arms.values().map(|(customers, _)| customers).sum();
        let now = arms_now["arms"].as_array().expect("arms").iter();
        let now: u64 = now.map(|arm| arm["customers"].as_u64().expect("a count")).sum();
        assert_eq!(now, customers, "nobody came twice: {arms_now}");
    }
    server.stop().expect("a polite stop");
}

#[test]
fn two_customers_who_become_one_stay_in_the_campaign_that_the_first_of_them_entered() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let tenant = TenantKey::parse("demo").expect("valid");
    let found = |alias: fn(&str) -> Alias, campaign: &str| {
        let mut names = (0..1_000).map(|number| format!("p-{number}"));
        let is_in = |name: &String| {
            let id = CustomerId::of(&tenant, &alias(name)).to_string();
            expected(&id).contains_key(campaign)
        };
        names.find(is_in).expect("two in five are")
    };
    for (first, second) in [("gift", "express"), ("express", "gift")] {
        let browser = found(Alias::anonymous, first);
        let person = found(Alias::user, second);
        // Not at once: of two at the same time the smaller name counts.
        let before = ask_ago(&shop, ("anonymousId", &browser), 20);
        let other = ask_ago(&shop, ("userId", &person), 10);
        assert!(before.contains_key(first) && other.contains_key(second));
        ok(shop.post("/v1/identify", &json!({"userId": person, "anonymousId": browser})));
        let (arms, ..) = ask(&shop, ("userId", &person));
        assert_eq!(arms.get(first), before.get(first), "the arm of the first exposure");
        assert_eq!(arms.len(), 1, "and no other campaign of the layer: {arms:?}");
    }
    server.stop().expect("a polite stop");
}

#[test]
fn who_is_asked_for_one_flag_comes_into_the_holdout_too() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let tenant = TenantKey::parse("demo").expect("valid");
    let mut counted: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for number in 0..60 {
        let name = format!("f-{number}");
        let id = CustomerId::of(&tenant, &Alias::anonymous(&name)).to_string();
        let arms = expected(&id);
        let context = json!({"context": {"targetingKey": name, "anonymousId": name}});
        let told = ok(shop.post("/ofrep/v1/evaluate/flags/gift", &context));
        let variant = arms.get("gift").map_or("", String::as_str);
        assert_eq!(told["variant"].as_str(), Some(variant), "{arms:?}: {told}");
        assert_eq!(told.get("value").is_some(), variant == "something", "{told}");
        counted.entry(arms["holdout"].clone()).or_default().0 += 1;
    }
    assert_eq!(counted.len(), 2, "somebody is held out: {counted:?}");
    assert_eq!(reported(&server, &keys, "holdout"), counted);
    server.stop().expect("a polite stop");
}

#[test]
fn what_has_left_the_plan_stays_readable_by_the_last_plan_that_had_it() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    for number in 0..CUSTOMERS / 4 {
        ask(&shop, ("anonymousId", &format!("v-{number}")));
    }
    let report = |server: &Server, campaign: &str| {
        ok(server.office(&keys.admin).get(&format!("/v1/campaigns/{campaign}/report")))
    };
    let begun = ["holdout", "gift"].map(|campaign| report(&server, campaign));
    assert!(begun.iter().all(|report| report["last_version"].is_null()), "{begun:?}");
    // The holdout has a new name and one campaign is gone; then something else changes.
    for title in ["Hello", "Hello again"] {
        let salt = "percent = 20\nsalt = \"2026-q4\"\nkey = \"holdout-2027\"\n";
        let mut later = files((0, 50), (50, 100), salt);
        later.remove("gift.toml");
        let express = later["express.toml"].replace("\"Hello\"", &format!("\"{title}\""));
        later.insert("express.toml", express);
        let told = publish(&server, &keys, later);
        assert_eq!(told.status, 200, "{told:?}");
    }
    let ended = |server: &Server| ["holdout", "gift"].map(|campaign| report(server, campaign));
    for (mut now, then) in ended(&server).into_iter().zip(&begun) {
        assert_eq!(now["last_version"].take(), json!(1), "{now}");
        assert_eq!(&now, then, "arms, weights, control and figures are as they were");
    }
    // Windows still run.
    for number in 0..CUSTOMERS / 4 {
        let name = format!("v-{number}");
        let order = json!({"anonymousId": name, "event": "Order Completed",
            "properties": {"order_id": name, "revenue": 10, "currency": "USD"}});
        ok(shop.post("/v1/track", &order));
    }
    let bought = ended(&server);
    for report in &bought {
        for arm in report["arms"].as_array().expect("arms") {
            assert_eq!(arm["conversions"], arm["customers"], "{report}");
        }
        assert!(report["effects"][0]["conversion_rate"].is_object(), "{report}");
    }
    assert_eq!(report(&server, "holdout-2027")["arms"][0]["customers"], 0, "a new one");
    server.kill_at_once().expect("killed");
    let server = setup.start().expect("it starts again");
    assert_eq!(ended(&server), bought);
    server.stop().expect("a polite stop");
}

#[test]
fn ranges_that_overlap_are_refused_with_both_campaigns_and_what_is_free() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let refused = publish(&server, &keys, files((0, 50), (40, 90), "percent = 5\n"));
    assert_eq!(refused.status, 422, "{}", refused.text);
    let told = "the campaigns gift and express both have the customers from 40 to 50 of the layer";
    assert!(refused.text.contains(told), "{}", refused.text);
    assert!(refused.text.contains("free are from = 90, to = 100"), "{}", refused.text);
    server.stop().expect("a polite stop");
}
