//! Real clients, unchanged: what a shop's code gets, and what is counted for it.

use serde_json::{Value, json};

use super::{arms, setup};

const CUSTOMERS: usize = 24;

/// Runs a client of ours with a question, and reads what it prints.
fn run(client: &str, question: &Value) -> Value {
    let told = e2e::client(client, &[], &question.to_string()).expect("it ends well");
    serde_json::from_str(&told).expect("JSON")
}

/// Checks what the code of a shop gets for `rush`, and counts it by arm: plain and bold.
fn count(details: &Value, counted: &mut [u64; 2]) {
    assert_eq!(details["reason"], "SPLIT", "{details}");
    let variant = details["variant"].as_str().expect("a variant");
    assert_eq!(details["errorCode"].as_str(), None, "{details}");
    if variant == "bold" {
        counted[1] += 1;
        assert_eq!(details["value"]["key"], "bold", "{details}");
        assert_eq!(details["value"]["discount"], json!({"percent": 20, "of": "cart"}));
        assert_eq!(details["value"]["text"]["title"], "20 % Rabatt");
        assert!(details["value"]["token"].is_string(), "{details}");
    } else {
        assert_eq!(variant, "plain");
        counted[0] += 1;
        assert_eq!(details["value"], json!({"default": true}), "the code's own");
    }
}

#[test]
#[ignore = "needs Python's packages in crates/e2e/clients/openfeature; `cargo xtask test` installs them"]
fn the_openfeature_client_for_python_gets_the_offer_and_every_customer_is_counted() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let question = |flag: &str, context: Value| json!({"flag": flag, "context": context});
    let context = |number: usize| json!({"targetingKey": format!("u-{number}"), "locale": "de"});
    let mut questions: Vec<Value> =
        (0..CUSTOMERS).map(|number| question("rush", context(number))).collect();
    for flag in ["nothing", "later", "cart-rescue"] {
        questions.push(question(flag, context(0)));
    }
    questions.push(question("rush", json!({"locale": "de"})));
    questions.push(question("rush", json!({"targetingKey": "u", "placements": 7})));
    let asked = json!({
        "server": format!("http://{}", server.public), "key": keys.secret, "questions": questions,
    });
    let answers = run("openfeature/flags.py", &asked);
    let answers = answers.as_array().expect("a list");
    let (customers, others) = answers.split_at(CUSTOMERS);
    let mut counted = [0, 0];
    customers.iter().for_each(|details| count(details, &mut counted));
    assert!(counted.iter().all(|customers| *customers > 0), "{counted:?}");
    let outcome = |details: &Value| {
        assert_eq!(details["value"], json!({"default": true}), "{details}");
        [details["reason"].clone(), details["errorCode"].clone()]
    };
    let outcomes: Vec<_> = others.iter().map(outcome).collect();
    assert_eq!(outcomes[0], ["ERROR", "FLAG_NOT_FOUND"]);
    assert_eq!(outcomes[1], [json!("DISABLED"), Value::Null]);
    assert_eq!(outcomes[2], [json!("UNKNOWN"), Value::Null]);
    assert_eq!(outcomes[3], ["ERROR", "TARGETING_KEY_MISSING"]);
    assert_eq!(outcomes[4], ["ERROR", "INVALID_CONTEXT"]);
    assert_eq!(arms(&server, &keys, "rush", &["plain"]), [counted[0], 0, counted[0]]);
    assert_eq!(arms(&server, &keys, "rush", &["bold"]), [counted[1], counted[1], 0]);
    server.stop().expect("a polite stop");
}

#[test]
#[ignore = "needs `npm ci` in crates/e2e/clients; `cargo xtask test` does both"]
fn the_openfeature_client_for_browsers_gets_the_offer_and_its_polls_count_nothing() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let context = |number: usize| {
        json!({"targetingKey": format!("a-{number}"), "anonymousId": format!("a-{number}"),
               "locale": "de-DE", "page": {"path": "/"}, "placements": ["banner"]})
    };
    let asked = json!({
        "server": format!("http://{}", server.public), "key": keys.publishable,
        "flags": ["rush", "side", "later"],
        "contexts": (0..CUSTOMERS).map(context).collect::<Vec<_>>(),
    });
    let told = run("openfeature-web.mjs", &asked);
    let pages = told["pages"].as_array().expect("pages");
    assert_eq!(pages.len(), CUSTOMERS);
    let mut counted = [0, 0];
    for page in pages {
        assert_eq!(page["polled"], 304);
        count(&page["details"]["rush"], &mut counted);
        let side = &page["details"]["side"];
        assert_eq!((&side["reason"], &side["variant"]), (&json!("UNKNOWN"), &json!("")));
        assert_eq!(side["value"], json!({"default": true}), "the page has no place for it");
        assert_eq!(page["details"]["later"]["errorCode"], "FLAG_NOT_FOUND");
    }
    assert!(counted.iter().all(|customers| *customers > 0), "{counted:?}");
    let refused = told["refused"].as_str().expect("a page that names nobody is refused");
    assert!(refused.contains("400"), "{refused}");
    assert_eq!(arms(&server, &keys, "rush", &["plain"])[0], counted[0]);
    assert_eq!(arms(&server, &keys, "rush", &["bold"])[0], counted[1]);
    assert_eq!(arms(&server, &keys, "side", &["one", "two"]), [0, 0, 0]);
    let totals = server.shop(&keys.secret).get("/v1/totals").expect("answers").json();
    assert_eq!(totals["customers"], json!(CUSTOMERS), "{totals}");
    server.stop().expect("a polite stop");
}
