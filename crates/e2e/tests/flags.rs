//! Campaigns as feature flags, from outside: by OFREP as it is, and by two real clients of OpenFeature.

use e2e::{Campaign, Keys, Server, Setup, Shop, ok};
use serde_json::{Value, json};

#[path = "flags/answers.rs"]
mod answers;
#[path = "flags/clients.rs"]
mod clients;
#[path = "flags/polls.rs"]
mod polls;

const ONE: &str = "/ofrep/v1/evaluate/flags/rush";
const ALL: &str = "/ofrep/v1/evaluate/flags";

/// Campaigns for everybody: `rush`, which offers half of them a coupon with a token; `side`, in another place;
/// `later`, which does not run yet; and `scarce`, which is shown ten times, once to each customer, on one page.
fn setup() -> (Setup, Keys) {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    let coupon = "kind = \"coupon\"\ndiscount = { percent = 20 }\ntoken = \"1d\"\n\
                  text.en.title = \"20 % off\"\ntext.de.title = \"20 % Rabatt\"";
    let rush = Campaign::new("rush").fills("banner");
    let rush = rush.withholding("plain", 1).offering("bold", 1, coupon);
    let other = |key: &str| Campaign::new(key).banner("one", 1, "It").banner("two", 1, "It");
    let limits = "[limits]\nshows = 10\nper_customer = { shows = 1, within = \"1h\" }";
    let campaigns = [
        rush,
        other("side"),
        other("later").section("[schedule]\nfrom = 2100-01-01T00:00:00Z"),
        other("scarce").rule("view.path == '/scarce'").section(limits),
    ];
    for campaign in &campaigns {
        setup.add(campaign).expect("written");
    }
    let keys = setup.keys().expect("keys");
    (setup, keys)
}

fn context(user: &str) -> Value {
    json!({"context": {"targetingKey": user, "locale": "de-DE"}})
}

/// One flag out of a bulk answer.
fn flag<'a>(answer: &'a Value, key: &str) -> &'a Value {
    let flags = answer["flags"].as_array().expect("flags");
    flags.iter().find(|flag| flag["key"] == key).expect("the flag")
}

/// Customers, shows and withheld of the arms of a campaign that these variants name, together.
fn arms(server: &Server, keys: &Keys, campaign: &str, variants: &[&str]) -> [u64; 3] {
    let path = format!("/v1/campaigns/{campaign}/report");
    let report = ok(server.office(&keys.admin).get(&path));
    let arms = report["arms"].as_array().expect("arms").iter();
    let meant = arms.filter(|arm| variants.iter().any(|variant| arm["variant"] == *variant));
    let meant: Vec<&Value> = meant.collect();
    assert_eq!(meant.len(), variants.len(), "{report}");
    ["customers", "shows", "withheld"]
        .map(|name| meant.iter().map(|arm| arm[name].as_u64().expect("a number")).sum())
}

#[test]
fn a_flag_and_a_page_view_give_a_customer_the_same_arm_and_the_same_offer() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let mut counted = [0, 0];
    for number in 0..16 {
        let user = format!("u-{number}");
        let told = ok(shop.post(ONE, &context(&user)));
        let view =
            json!({"userId": user, "context": {"locale": "de-DE"}, "placements": ["banner"]});
        let viewed = ok(shop.post("/v1/decide", &view));
        assert_eq!(told["variant"], viewed["experiments"]["rush"], "{told} {viewed}");
        assert_eq!(told["reason"], "SPLIT");
        assert_eq!(told["metadata"]["contextId"], viewed["customerId"]);
        let mut offer = viewed["offers"][0]["offer"].clone();
        if told["variant"] == "bold" {
            counted[1] += 1;
            assert_eq!(offer["text"]["title"], "20 % Rabatt");
            // Each answer has a token of its own.
            assert_ne!(told["value"]["token"], viewed["offers"][0]["token"]);
            offer["token"] = told["value"]["token"].clone();
            assert!(offer["token"].is_string(), "{told}");
        } else {
            counted[0] += 1;
        }
        assert_eq!(told.get("value").unwrap_or(&Value::Null), &offer, "none where none is shown");
    }
    assert_eq!(arms(&server, &keys, "rush", &["plain"]), [counted[0], 0, 2 * counted[0]]);
    assert_eq!(arms(&server, &keys, "rush", &["bold"]), [counted[1], 2 * counted[1], 0]);
    server.stop().expect("a polite stop");
}

#[test]
fn an_evaluation_is_no_page_view_and_exposes_to_no_campaign_that_was_not_asked_for() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    for user in ["u-1", "u-2", "u-1"] {
        ok(shop.post(ONE, &context(user)));
    }
    let totals = ok(shop.get("/v1/totals"));
    assert_eq!(totals["customers"], 2, "who is exposed is known: {totals}");
    assert_eq!(totals["decisions"], 0, "{totals}");
    assert_eq!(totals["events"]["view"], 0, "{totals}");
    assert_eq!(arms(&server, &keys, "side", &["one", "two"]), [0, 0, 0]);
    let path = "/ofrep/v1/evaluate/flags/scarce";
    let elsewhere = ok(shop.post(path, &context("u-3")));
    assert_eq!((&elsewhere["reason"], &elsewhere["variant"]), (&json!("UNKNOWN"), &json!("")));
    let totals = ok(shop.get("/v1/totals"));
    assert_eq!(totals["customers"], 2, "who is exposed to nothing stays unknown: {totals}");
    server.stop().expect("a polite stop");
}

#[test]
fn a_page_of_the_shop_may_evaluate_flags_and_others_may_not() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop: Shop = server.shop(&keys.publishable);
    let body = context("u-1").to_string();
    for path in [ONE, ALL] {
        let preflight = shop.preflight(path, "https://shop.example").expect("an answer");
        assert_eq!(preflight.status, 204);
        let own = shop.post_from(path, "https://shop.example", &body).expect("an answer");
        assert_eq!((own.status, own.origin.as_deref()), (200, Some("https://shop.example")));
        let other = shop.post_from(path, "https://elsewhere.example", &body).expect("an answer");
        assert_eq!((other.status, other.origin), (403, None));
    }
    server.stop().expect("a polite stop");
}
