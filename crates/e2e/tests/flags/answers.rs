//! Every answer is one that the specification allows.

use e2e::{Keys, Reply, Server};
use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{ALL, ONE, context, setup};

const SEED: u64 = 0x0f4e_0001;
const CONTEXTS: usize = 300;

/// What the judge is told of an answer.
fn seen(path: &str, reply: &Reply) -> Value {
    let operation = if path == ALL { "evaluateFlagsBulk" } else { "evaluateFlag" };
    json!({
        "operation": operation, "status": reply.status, "body": reply.text,
        "headers": {"content-type": reply.content_type, "etag": reply.etag},
    })
}

/// Bodies with a mistake each, and the code that names it.
fn mistakes() -> Vec<(String, &'static str)> {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let long = "x".repeat(300);
    let in_context = |members: &str| format!(r#"{{"context":{{{members}}}}}"#);
    vec![
        (String::new(), "PARSE_ERROR"),
        ("{".to_owned(), "PARSE_ERROR"),
        ("[]".to_owned(), "PARSE_ERROR"),
        (format!(r#"{{"context":{deep}}}"#), "INVALID_CONTEXT"),
        (format!(r#"{{"pad":"{}"}}"#, "x".repeat(100_000)), "PARSE_ERROR"),
        ("{}".to_owned(), "TARGETING_KEY_MISSING"),
        (in_context(""), "TARGETING_KEY_MISSING"),
        (in_context(r#""userId":"u-1""#), "TARGETING_KEY_MISSING"),
        (r#"{"context":"u-1"}"#.to_owned(), "INVALID_CONTEXT"),
        (in_context(r#""targetingKey":[1]"#), "INVALID_CONTEXT"),
        (in_context(&format!(r#""targetingKey":"{long}""#)), "INVALID_CONTEXT"),
        (in_context(r#""targetingKey":"u","userId":{}"#), "INVALID_CONTEXT"),
        (in_context(r#""targetingKey":"u","placements":7"#), "INVALID_CONTEXT"),
    ]
}

/// A random value, nested a little.
fn value(rng: &mut Rng, depth: u8) -> Value {
    match rng.u8(0..if depth == 0 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => rng.i64(..).into(),
        3 => (rng.f64() * 1e9).into(),
        4 => (0..rng.usize(0..6)).map(|_| rng.char(..)).collect::<String>().into(),
        5 => (0..rng.usize(0..3)).map(|_| value(rng, depth - 1)).collect(),
        _ => members(rng, depth - 1).into(),
    }
}

/// A random object whose members often have names that mean something.
fn members(rng: &mut Rng, depth: u8) -> Map<String, Value> {
    let known = ["targetingKey", "userId", "anonymousId", "page", "path", "url", "locale", "other"];
    let some = rng.usize(0..6);
    (0..some).map(|_| (known[rng.usize(..known.len())].to_owned(), value(rng, depth))).collect()
}

/// Answers of every status that a caller can bring about; what is expected of each is checked on the way.
fn provoked(server: &Server, keys: &Keys) -> Vec<Value> {
    let mut all = Vec::new();
    let mut take = |path: &str, reply: Reply, status: u16, code: &str| {
        let told = reply.json();
        assert_eq!(reply.status, status, "{path}: {}", reply.text);
        assert_eq!(told["errorCode"].as_str().unwrap_or_default(), code, "{path}: {told}");
        all.push(seen(path, &reply));
    };
    let shop = server.shop(&keys.secret);
    let post = |key: &str, path: &str, body: &str| {
        server.shop(key).post_text(path, body).expect("an answer")
    };
    let good = context("u-1").to_string();
    for (body, code) in mistakes() {
        take(ONE, post(&keys.secret, ONE, &body), 400, code);
        take(ALL, post(&keys.secret, ALL, &body), 400, code);
    }
    for path in [ONE, ALL] {
        take(path, post("vsk_nonsense", path, &good), 401, "GENERAL");
        take(path, post(&keys.admin, path, &good), 403, "GENERAL");
        let elsewhere = server.shop(&keys.publishable);
        let elsewhere = elsewhere.post_from(path, "https://elsewhere.example", &good);
        take(path, elsewhere.expect("an answer"), 403, "GENERAL");
    }
    for key in ["nothing", "", "Rush", "a%20b", "%ff", "a/b", "%22%7B"] {
        let path = format!("{ALL}/{key}");
        take(&path, post(&keys.secret, &path, &good), 404, "FLAG_NOT_FOUND");
    }
    let later = format!("{ALL}/later");
    take(&later, post(&keys.publishable, &later, &good), 404, "FLAG_NOT_FOUND");
    take(&later, post(&keys.secret, &later, &good), 200, "");
    for user in 0..8 {
        let context = context(&format!("u-{user}")).to_string();
        take(ONE, post(&keys.secret, ONE, &context), 200, "");
        take(ALL, post(&keys.publishable, ALL, &context), 200, "");
    }
    let first = shop.post_text(ALL, &good).expect("an answer");
    let etag = first.etag.expect("a tag");
    let polled = shop.post_if_changed(ALL, &etag, &context("u-1")).expect("an answer");
    take(ALL, polled, 304, "");
    all
}

#[test]
#[ignore = "needs Python's packages in crates/e2e/clients/openfeature; `cargo xtask test` installs them"]
fn every_answer_to_whatever_context_is_valid_by_the_specification() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let mut answers = provoked(&server, &keys);
    let shop = server.shop(&keys.secret);
    let mut rng = Rng::with_seed(SEED);
    let mut evaluated = 0;
    for _ in 0..CONTEXTS {
        let body = json!({"context": members(&mut rng, 3)});
        for path in [ONE, ALL] {
            let reply = shop.post(path, &body).expect("an answer");
            assert!([200, 400].contains(&reply.status), "{body}: {}", reply.text);
            evaluated += u32::from(reply.status == 200);
            answers.push(seen(path, &reply));
        }
    }
    assert!(evaluated > 20, "of seed {SEED:x} only {evaluated} were evaluated");
    server.stop().expect("a polite stop");
    let judged = e2e::client("openfeature/conforms.py", &[], &json!(answers).to_string());
    judged.expect("every answer is valid");
}
