//! What callers and operators get wrong is told clearly, and nothing else is lost by it.

use std::fs::OpenOptions;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use e2e::{Keys, Server, Setup};
use serde_json::{Value, json};

fn setup() -> (Setup, Keys) {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    let keys = setup.keys().expect("keys");
    (setup, keys)
}

/// Status and kind of problem of a posted text.
fn problem(server: &Server, key: &str, path: &str, body: &str) -> (u16, String) {
    let reply = server.shop(key).post_text(path, body).expect("an answer");
    let told = reply.json();
    let kind = told["type"].as_str().unwrap_or_default();
    if reply.status != 200 {
        assert_eq!(reply.content_type.as_deref(), Some("application/problem+json"), "{body}");
        assert_eq!(told["status"], json!(reply.status));
        assert!(told["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{told}");
    }
    (reply.status, kind.rsplit('/').next().unwrap_or_default().to_owned())
}

#[test]
fn each_mistake_of_a_caller_is_a_problem_that_names_it() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_page = format!(r#"{{"anonymousId":"a","page":{deep}}}"#);
    let oversize = format!(r#"{{"anonymousId":"a","pad":"{}"}}"#, "x".repeat(600_000));
    let track = |properties: &str| {
        format!(r#"{{"anonymousId":"a","event":"Product Added","properties":{properties}}}"#)
    };
    let cases: Vec<(&str, &str, String, u16)> = vec![
        (&keys.secret, "/v1/decide", "{".into(), 400),
        (&keys.secret, "/v1/decide", "[]".into(), 400),
        (&keys.secret, "/v1/decide", "{}".into(), 400),
        (&keys.secret, "/v1/decide", deep_page.clone(), 400),
        (&keys.secret, "/v1/decide", oversize.clone(), 413),
        (&keys.secret, "/v1/decide", r#"{"anonymousId":"a","timestamp":"soon"}"#.into(), 400),
        (&keys.secret, "/v1/decide", r#"{"anonymousId":"a","placements":[7]}"#.into(), 400),
        (&keys.publishable, "/v1/decide", r#"{"anonymousId":"a","explain":true}"#.into(), 403),
        (
            &keys.publishable,
            "/v1/decide",
            r#"{"anonymousId":"a","traits":{"vip":true}}"#.into(),
            403,
        ),
        (&keys.admin, "/v1/decide", r#"{"anonymousId":"a"}"#.into(), 403),
        ("", "/v1/decide", r#"{"anonymousId":"a"}"#.into(), 401),
        ("vsk_nonsense", "/v1/track", r#"{"anonymousId":"a","event":"x"}"#.into(), 401),
        (&keys.secret, "/v1/track", oversize, 400),
        (&keys.secret, "/v1/track", deep_page.replace("page", "properties"), 400),
        (&keys.secret, "/v1/track", r#"{"event":"x"}"#.into(), 400),
        (&keys.secret, "/v1/track", r#"{"anonymousId":"a"}"#.into(), 400),
        (&keys.secret, "/v1/track", track(r#"{"product_id":"p","price":-1}"#), 400),
        (&keys.secret, "/v1/track", track(r#"{"product_id":"p","price":1,"currency":"XXQ"}"#), 400),
        (&keys.secret, "/v1/batch", r#"{"batch":7}"#.into(), 400),
        (&keys.secret, "/v1/nowhere", "{}".into(), 404),
    ];
    for (key, path, body, expected) in cases {
        let shown: String = body.chars().take(80).collect();
        let (status, kind) = problem(&server, key, path, &body);
        assert_eq!(status, expected, "{path} {shown} -> {kind}");
        assert!(!kind.is_empty(), "{path} {shown}");
    }
    let wrong_method = server.shop(&keys.secret).get("/v1/decide").expect("an answer");
    assert_eq!(wrong_method.status, 405);
    let alive = server.shop(&keys.secret).get("/livez").expect("an answer");
    assert_eq!(alive.status, 200, "none of it harmed the server");
    server.stop().expect("a polite stop");
}

#[test]
fn in_a_batch_only_the_bad_events_are_left_out_and_each_with_its_reason() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let add = |properties: Value| json!({"type": "track", "anonymousId": "a", "event": "Product Added", "properties": properties});
    let batch = json!({"batch": [
        add(json!({"product_id": "p-1", "price": 10, "currency": "USD"})),
        add(json!({"product_id": "p-2", "price": -10, "currency": "USD"})),
        add(json!({"product_id": "p-3", "price": 10, "currency": "NOPE"})),
        {"type": "track", "event": "Product Added", "properties": {"product_id": "p-4"}},
        {"type": "dance", "anonymousId": "a"},
        7,
        {"type": "track", "anonymousId": "a", "event": "Order Completed", "properties": {"revenue": 1}},
        {"type": "track", "anonymousId": "a", "event": "x", "timestamp": "yesterday"},
        add(json!({"product_id": "p-5", "price": "12.50", "currency": "USD"})),
    ]});
    let reply = shop.post("/v1/batch", &batch).expect("an answer");
    assert_eq!(reply.status, 200, "{}", reply.text);
    let told = reply.json();
    assert_eq!(told["skipped"], json!(7), "{told}");
    assert_eq!(told["reasons"].as_array().map(Vec::len), Some(7), "{told}");
    assert_eq!(told["reasons"][0]["reason"], json!("negative-price"));
    let totals = shop.get("/v1/totals").expect("an answer").json();
    assert_eq!(totals["events"]["cart"], json!(2), "{totals}");
    let metrics = server.office(&keys.admin).get("/metrics").expect("an answer").text;
    assert!(metrics.contains("vitrine_events_total{result=\"skipped\"} 7"), "{metrics}");
    server.stop().expect("a polite stop");
}

#[test]
fn a_head_that_never_ends_is_cut_off_while_others_are_served() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let mut endless = TcpStream::connect(server.public).expect("connects");
    endless.write_all(b"POST /v1/decide HTTP/1.1\r\n").expect("written");
    let line = format!("x-pad: {}\r\n", "y".repeat(1_000));
    // 64 headers and 64 KiB are allowed; the server hangs up at the latest when both are passed.
    for _ in 0..200 {
        if endless.write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    // A reset is as good an end as an answer.
    let _ = endless.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let alive = server.shop(&keys.secret).get("/livez").expect("an answer");
    assert_eq!(alive.status, 200);
    server.stop().expect("a polite stop");
}

#[test]
fn a_wrong_configuration_or_campaign_stops_the_start_with_file_line_and_remedy() {
    let (setup, _) = setup();
    setup.configure("[memory]\nprofile_mib = 1\n").expect("writable");
    let told = setup.start().err().expect("it must not start").to_string();
    assert!(told.contains("vitrine.toml:11:1: unknown field `profile_mib`"), "{told}");
    setup.configure("").expect("writable");

    let campaign = setup.campaigns().join("cart-rescue.toml");
    let text = std::fs::read_to_string(&campaign).expect("readable");
    std::fs::write(&campaign, text.replace("priority", "priorty")).expect("writable");
    let told = setup.start().err().expect("it must not start").to_string();
    assert!(told.contains("cart-rescue.toml:"), "{told}");
    assert!(told.contains("priority"), "it says what was meant: {told}");
    std::fs::write(&campaign, text).expect("writable");
    setup.start().expect("it starts again").stop().expect("a polite stop");
}

/// The only file in a folder with this ending.
fn file_in(folder: &Path, ending: &str) -> PathBuf {
    let entries =
        std::fs::read_dir(folder).expect("readable").map(|entry| entry.expect("one").path());
    let mut found = entries.filter(|path| path.to_string_lossy().ends_with(ending));
    found.next().unwrap_or_else(|| unreachable!("no {ending} in {}", folder.display()))
}

fn flip_byte(path: &Path, offset: u64) -> Vec<u8> {
    let mut file = OpenOptions::new().read(true).write(true).open(path).expect("writable");
    file.seek(SeekFrom::Start(offset)).expect("seekable");
    let mut byte = [0];
    file.read_exact(&mut byte).expect("readable");
    file.seek(SeekFrom::Start(offset)).expect("seekable");
    file.write_all(&[byte[0] ^ 0x40]).expect("writable");
    drop(file);
    std::fs::read(path).expect("readable")
}

#[test]
fn a_damaged_journal_or_checkpoint_is_named_and_kept_as_it_is() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let event = |number: u32| json!({"anonymousId": format!("a-{number}"), "event": "x"});
    for number in 0..50 {
        server.shop(&keys.secret).post("/v1/track", &event(number)).expect("an answer");
    }
    server.stop().expect("a polite stop");

    for (folder, ending, offset) in [("journal", ".segment", 2_000), ("profiles", ".redb", 5_000)] {
        let path = file_in(&setup.data().join(folder), ending);
        let whole = std::fs::read(&path).expect("readable");
        let damaged = flip_byte(&path, offset);
        let outcome = setup.start();
        if let Err(told) = outcome {
            assert!(told.to_string().contains(&path.display().to_string()), "{told}");
            let after = std::fs::read(&path).expect("readable");
            assert!(after == damaged, "{} was changed", path.display());
        } else {
            assert_eq!(folder, "profiles", "a page that nothing refers to may be damaged unseen");
        }
        std::fs::write(&path, whole).expect("writable");
    }
    setup.start().expect("the files restored, it starts").stop().expect("a polite stop");
}
