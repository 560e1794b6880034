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

/// What the server has counted.
fn counted(server: &Server, keys: &Keys) -> [Value; 4] {
    let totals = server.shop(&keys.secret).get("/v1/totals").expect("answers").json();
    ["customers", "decisions", "exposed_customers", "events"].map(|name| totals[name].clone())
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
    let after = counted(&server, &keys);
    assert_eq!((&after[0], &after[1]), (&json!(1), &json!(1)), "that page view is the first");
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
