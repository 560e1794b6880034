//! Forced variants, from outside: whoever makes a campaign looks at it, and nobody is counted.

use e2e::{Campaign, Keys, Server, Setup};
use serde_json::{Value, json};

fn setup() -> (Setup, Keys) {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    let coupon = "kind = \"coupon\"\ndiscount = { percent = 20 }\ntoken = \"15m\"\n\
                  text.en.title = \"20 % off\"";
    let rush = Campaign::new("rush").withholding("plain", 1).offering("bold", 1, coupon);
    let rush = rush.rule("customer.orders > 7").section("[limits]\nshows = 1");
    let side = Campaign::new("side").banner("one", 1, "One").banner("two", 1, "Two");
    for campaign in [rush, side] {
        setup.add(&campaign).expect("written");
    }
    let keys = setup.keys().expect("keys");
    (setup, keys)
}

fn forced(force: &Value) -> Value {
    json!({"userId": "u-1", "messageId": "m-1", "page": {"path": "/"}, "explain": true, "force": force})
}

/// What the server has counted, and its metrics of decisions.
fn counted(server: &Server, keys: &Keys) -> ([Value; 4], Vec<String>) {
    let totals = server.shop(&keys.secret).get("/v1/totals").expect("answers").json();
    let counts = ["customers", "decisions", "exposed_customers", "events"];
    let metrics = server.office(&keys.admin).get("/metrics").expect("answers").text;
    let of_decisions = ["vitrine_decisions_total", "vitrine_decide_", "vitrine_rule_faults_total"];
    let lines = metrics.lines().filter(|line| of_decisions.iter().any(|it| line.starts_with(it)));
    (counts.map(|name| totals[name].clone()), lines.map(str::to_owned).collect())
}

#[test]
fn a_forced_variant_is_shown_to_who_is_not_eligible_and_nothing_of_it_is_recorded() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let before = counted(&server, &keys);
    for _ in 0..3 {
        let told = shop.post("/v1/decide", &forced(&json!({"rush": "bold"}))).expect("answers");
        assert_eq!(told.status, 200, "{}", told.text);
        let told = told.json();
        let offers = told["offers"].as_array().expect("offers");
        let offer = |campaign: &str| offers.iter().find(|offer| offer["campaign"] == campaign);
        let rush = offer("rush").expect("the forced one");
        assert_eq!(rush["offer"]["discount"], json!({"percent": 20, "of": "cart"}));
        assert_eq!(rush.get("token"), None, "a preview is no offer to anybody");
        assert_eq!(told["experiments"]["rush"], "bold");
        assert!(offer("side").is_some(), "the rest of the page is there, too");
        let why = told["explanations"].as_array().expect("explanations").iter();
        let why: Vec<_> = why.filter(|it| it["campaign"] == "rush").collect();
        assert_eq!(why, [&json!({"campaign": "rush", "judgement": "forced", "variant": "bold"})]);
    }
    let withheld = shop.post("/v1/decide", &forced(&json!({"rush": "plain"}))).expect("answers");
    assert!(!withheld.text.contains("coupon"), "{}", withheld.text);
    let looked = shop.post("/v1/decide", &forced(&json!({}))).expect("answers").json();
    assert!(looked["experiments"]["side"].is_string(), "only to look is allowed: {looked}");
    assert_eq!(counted(&server, &keys), before);

    let viewed = json!({"userId": "u-1", "messageId": "m-1", "page": {"path": "/"}});
    shop.post("/v1/decide", &viewed).expect("answers");
    let (after, metrics) = counted(&server, &keys);
    assert_eq!((&after[0], &after[1]), (&json!(1), &json!(1)), "that page view is the first");
    assert!(metrics.contains(&"vitrine_decide_duration_seconds_count 1".to_owned()), "{metrics:?}");
    server.stop().expect("a polite stop");
}

#[test]
fn a_preview_is_judged_as_the_page_view_would_be_and_again_and_again() {
    let (setup, keys) = setup();
    let first =
        Campaign::new("first").fills("footer").banner("one", 1, "One").banner("two", 1, "Two");
    setup
        .add(&first.rule("customer.views == 1 && customer.consent[\"marketing\"]"))
        .expect("written");
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let question = |who: &str, force: Option<Value>| {
        let page = json!({"path": "/"});
        let context = json!({"consent": {"categoryPreferences": {"marketing": true}}});
        let mut question =
            json!({"userId": who, "page": page, "context": context, "explain": true});
        if let Some(force) = force {
            question["force"] = force;
        }
        let told = shop.post("/v1/decide", &question).expect("answers");
        assert_eq!(told.status, 200, "{}", told.text);
        let told = told.json();
        ["offers", "experiments", "explanations"].map(|name| told[name].clone())
    };
    let looked = question("u-1", Some(json!({})));
    assert!(looked[1]["first"].is_string(), "it is their first view, and they agree: {looked:?}");
    assert_eq!(question("u-1", Some(json!({}))), looked, "looking has not made it the second");
    let beside_forced = question("u-1", Some(json!({"rush": "bold"})));
    assert_eq!(beside_forced[1]["first"], looked[1]["first"], "{beside_forced:?}");
    assert_eq!(question("u-1", None), looked, "the page view itself");
    assert_eq!(question("u-1", Some(json!({})))[1].get("first"), None, "it would be the second");
    server.stop().expect("a polite stop");
}

#[test]
fn a_mistake_in_what_is_forced_is_told_with_what_there_is_and_browsers_may_not() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let detail = |key: &str, force: &Value, status: u16| {
        let told = server.shop(key).post("/v1/decide", &forced(force)).expect("answers");
        assert_eq!(told.status, status, "{}", told.text);
        told.json()["detail"].as_str().expect("a detail").to_owned()
    };
    let campaign = detail(&keys.secret, &json!({"rash": "bold"}), 400);
    assert!(campaign.contains("rush") && campaign.contains("side"), "{campaign}");
    let variant = detail(&keys.secret, &json!({"rush": "holdout"}), 400);
    assert!(variant.contains("plain, bold"), "{variant}");
    for wrong in [json!("rush"), json!([]), json!({"rush": 1})] {
        assert!(detail(&keys.secret, &wrong, 400).contains("`force` must"));
    }
    let many: serde_json::Map<String, Value> =
        (0..33).map(|number| (format!("c-{number}"), json!("a"))).collect();
    assert!(detail(&keys.secret, &many.into(), 400).contains("at most 32"));
    let without_explain = json!({"userId": "u-1", "force": {"rush": "bold"}});
    let told = server.shop(&keys.publishable).post("/v1/decide", &without_explain);
    let told = told.expect("answers");
    assert_eq!(told.status, 403, "{}", told.text);
    assert!(told.text.contains("`force`"), "{}", told.text);
    server.stop().expect("a polite stop");
}

#[test]
fn a_fault_of_the_forced_campaigns_rule_is_told_and_the_arm_is_shown() {
    let (setup, keys) = setup();
    let doubtful = Campaign::new("doubtful").banner("one", 1, "One").banner("two", 1, "Two");
    setup.add(&doubtful.rule("customer.last_order_at < now")).expect("written");
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let told = shop.post("/v1/decide", &forced(&json!({"doubtful": "two"}))).expect("answers");
    assert_eq!(told.status, 200, "{}", told.text);
    let told = told.json();
    assert_eq!(told["experiments"]["doubtful"], "two");
    let why = told["explanations"].as_array().expect("explanations").iter();
    let why = why.filter(|it| it["campaign"] == "doubtful").collect::<Vec<_>>();
    assert_eq!((&why[0]["judgement"], &why[0]["fault"]), (&json!("forced"), &json!("rule-error")));
    assert!(why[0]["detail"].as_str().expect("words").contains("last_order_at"), "{}", why[0]);
    server.stop().expect("a polite stop");
}
