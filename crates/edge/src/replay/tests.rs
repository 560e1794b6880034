//! Whole replays to a server that notes what arrives and answers as each test says.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Format, Outcome, ReplayError, Target};

/// A call, noted when its answer leaves.
#[derive(Clone, Debug)]
struct Noted {
    path: String,
    body: Value,
}

/// How the server treats a call: the status, the body, and how often it lets others go first.
type Manners = fn(&Noted) -> (u16, &'static str, u32);

/// A server that takes every call at once.
fn obliging(_: &Noted) -> (u16, &'static str, u32) {
    (200, "{\"success\":true}", 0)
}

/// Sends a log to a server with these manners and gives what the server noted.
async fn replayed(
    format: Format,
    log: &str,
    connections: usize,
    manners: Manners,
) -> (Result<Outcome, ReplayError>, Vec<Noted>) {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    let server = format!("http://{}", listener.local_addr().expect("bound"));
    let serving = tokio::spawn(serve(listener, manners, Arc::clone(&noted)));
    let (_folder, path) = file(log.as_bytes());
    let target = Target { server: &server, key: "key", connections };
    let outcome = super::replay(&path, format, target, &ProgressBar::hidden()).await;
    serving.abort();
    let mut noted = std::mem::take(&mut *noted.lock().expect("no panic"));
    noted.retain(|call| call.path != "/v1/totals");
    (outcome, noted)
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    std::fs::write(&path, bytes).expect("writable");
    (folder, path)
}

async fn serve(listener: TcpListener, manners: Manners, noted: Arc<Mutex<Vec<Noted>>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let noted = Arc::clone(&noted);
        let answer = service_fn(move |request: Request<Incoming>| {
            let noted = Arc::clone(&noted);
            async move {
                let path = request.uri().path().to_owned();
                let body = request.into_body().collect().await.expect("the body").to_bytes();
                let call = Noted { path, body: serde_json::from_slice(&body).unwrap_or_default() };
                let (status, body, patience) = manners(&call);
                for _ in 0..patience {
                    tokio::task::yield_now().await;
                }
                noted.lock().expect("no panic").push(call);
                let mut answer = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
                *answer.status_mut() = status.try_into().expect("a status");
                Ok::<_, Infallible>(answer)
            }
        });
        connections.spawn(async move {
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await
                .unwrap_or(());
        });
    }
}

const HEADER: &str = "event_time,event_type,product_id,category_id,category_code,brand,price,\
                      user_id,user_session\n";

#[tokio::test]
async fn each_customers_rows_arrive_in_the_order_of_the_file() {
    let (customers, rows) = (37, 900);
    let mut log = String::from(HEADER);
    for row in 0..rows {
        let kind = ["view", "cart", "view", "purchase"][row % 4];
        let customer = row * 7 % customers;
        writeln!(log, "2019-10-01 00:00:00 UTC,{kind},{row},1,,b,1.00,{customer},s").expect("text");
    }
    // Earlier rows take longer than later ones, so that calls that overlap are noted in disorder.
    let slow_at_first = |call: &Noted| {
        let row: u32 = call.body["messageId"].as_str().and_then(row_of).unwrap_or(0);
        (200, "{\"success\":true}", (900 - row) / 4)
    };
    let (outcome, noted) = replayed(Format::Rees46, &log, 8, slow_at_first).await;
    let outcome = outcome.expect("all is sent");
    assert_eq!((outcome.rows, outcome.decisions, outcome.events), (900, 450, 450));
    let rows_of = |customer: usize| {
        let name = json!(customer.to_string());
        let of_customer = noted.iter().filter(|call| call.body["userId"] == name);
        let ids = of_customer.filter_map(|call| call.body["messageId"].as_str().and_then(row_of));
        ids.collect::<Vec<u32>>()
    };
    for customer in 0..customers {
        let arrived = rows_of(customer);
        assert!(
            arrived.len() >= rows / customers && arrived.is_sorted(),
            "{customer}: {arrived:?}"
        );
    }
    let all: Vec<_> =
        noted.iter().filter_map(|call| row_of(call.body["messageId"].as_str()?)).collect();
    assert!(!all.is_sorted(), "eight connections are used at the same time");
}

fn row_of(message_id: &str) -> Option<u32> {
    message_id.split('-').nth(1)?.parse().ok()
}

#[tokio::test]
async fn a_call_that_links_two_names_arrives_after_what_either_did_before() {
    let mut log = String::new();
    let mut write = |call: Value| writeln!(log, "{call}").expect("text");
    for person in 0..40 {
        let (u, a, v) = (format!("u{person}"), format!("a{person}"), format!("v{person}"));
        let track = |name: &str, id: &str, number: u32| json!({"type": "track", "event": "e", (name): id, "person": person, "number": number});
        write(track("anonymousId", &a, 0));
        write(track("anonymousId", &a, 1));
        write(track("userId", &u, 2));
        write(json!({"type": "identify", "userId": u, "anonymousId": a,
            "person": person, "number": 3}));
        write(track("anonymousId", &a, 4));
        write(track("userId", &u, 5));
        write(json!({"type": "alias", "userId": v, "previousId": u,
            "person": person, "number": 6}));
        write(track("userId", &v, 7));
        write(track("anonymousId", &a, 8));
    }
    let slow_at_first = |call: &Noted| {
        let number = call.body["batch"][0]["number"].as_u64().unwrap_or(0);
        (200, "{\"success\":true}", 300 / (u32::try_from(number).unwrap_or(0) + 1))
    };
    let (outcome, noted) = replayed(Format::Segment, &log, 8, slow_at_first).await;
    assert_eq!(outcome.expect("all is sent").events, 360);
    for person in 0..40 {
        let calls = noted.iter().map(|call| &call.body["batch"][0]);
        let of_person = calls.filter(|call| call["person"] == person);
        let numbers: Vec<_> = of_person.filter_map(|call| call["number"].as_u64()).collect();
        // Until they are linked the two names are two customers, who may overtake each other.
        let (mut before, after) = (numbers[..3].to_vec(), &numbers[3..]);
        assert!(
            before.iter().position(|&number| number == 0)
                < before.iter().position(|&number| number == 1)
        );
        before.sort_unstable();
        assert_eq!(before, [0, 1, 2], "person {person}: {numbers:?}");
        assert_eq!(after, [3, 4, 5, 6, 7, 8], "person {person}");
    }
}

#[tokio::test]
async fn every_row_that_does_not_arrive_is_counted_with_its_reason_and_first_line() {
    let log = format!(
        "{HEADER}\
         2019-10-01 00:00:00 UTC,view,1,1,,b,1.00,7,s\n\
         2019-10-01 00:00:00 UTC,wish,1,1,,b,1.00,7,s\n\
         \n\
         2019-10-01 00:00:00 UTC,cart,1,1,,b,-1.00,7,s\n\
         never,view,1,1,,b,1.00,7,s\n\
         2019-10-01 00:00:00 UTC,cart,2,1,,b,-2.00,8,s\n\
         2019-10-01 00:00:00 UTC,wish,1,1,,b,1.00,7,s\n"
    );
    let strict = |call: &Noted| match call.path.as_str() {
        "/v1/track" => (400, "{\"detail\":\"a price must not be negative\"}", 0),
        _ => (200, "{}", 0),
    };
    let (outcome, noted) = replayed(Format::Rees46, &log, 2, strict).await;
    let outcome = outcome.expect("all is sent");
    assert_eq!((outcome.rows, outcome.decisions, outcome.events), (6, 1, 0));
    assert_eq!(noted.len(), 3);
    let told = |reasons: &super::Reasons| {
        let each = reasons.iter();
        each.map(|(reason, count)| format!("{}x from {}: {reason}", count.rows, count.first_line))
            .collect::<Vec<_>>()
    };
    let skipped = [
        "1x from 6: event_time is no time such as 2019-10-01 00:00:00 UTC",
        "2x from 3: event_type is none of view, cart, remove_from_cart and purchase",
    ];
    assert_eq!(told(&outcome.skipped), skipped);
    assert_eq!(told(&outcome.refused), ["2x from 5: a price must not be negative"]);
}

#[tokio::test]
async fn an_event_that_the_server_skipped_within_its_answer_is_counted_as_refused() {
    let log = "{\"type\":\"track\",\"userId\":\"u\"}\n{\"type\":\"page\",\"userId\":\"u\"}\n";
    let skipping = |call: &Noted| match call.path.as_str() {
        "/v1/batch" => {
            (200, r#"{"success":true,"skipped":1,"reasons":[{"index":0,"detail":"no name"}]}"#, 0)
        }
        _ => (200, "{}", 0),
    };
    let (outcome, _) = replayed(Format::Segment, log, 1, skipping).await;
    let outcome = outcome.expect("all is sent");
    assert_eq!((outcome.rows, outcome.decisions, outcome.events), (2, 1, 0));
    assert_eq!(outcome.refused.iter().map(|(reason, _)| reason).collect::<Vec<_>>(), ["no name"]);
    assert_eq!(outcome.undated.rows(), 2);
}

#[tokio::test]
async fn a_wrong_key_is_told_before_anything_is_sent() {
    let strict = |_: &Noted| (401, "{\"detail\":\"no such key\"}", 0);
    let log = "{\"type\":\"page\",\"userId\":\"u\"}\n";
    let (outcome, noted) = replayed(Format::Segment, log, 2, strict).await;
    let error = outcome.expect_err("refused").to_string();
    assert!(error.contains("401: no such key") && error.contains("--key"), "{error}");
    assert!(noted.is_empty());
}

#[tokio::test]
async fn a_server_that_fails_ends_the_replay_instead_of_losing_the_rest() {
    let mut log = String::new();
    for number in 0..5_000 {
        let call = json!({"type": "track", "event": "e", "userId": number.to_string()});
        writeln!(log, "{call}").expect("text");
    }
    let failing = |call: &Noted| match call.path.as_str() {
        "/v1/batch" if call.body["batch"][0]["userId"] == "1000" => (500, "out of order", 0),
        _ => obliging(call),
    };
    let (outcome, noted) = replayed(Format::Segment, &log, 8, failing).await;
    let error = outcome.expect_err("the server failed").to_string();
    assert!(error.contains("/v1/batch with 500: out of order"), "{error}");
    assert!(noted.len() < 2_000, "{} calls", noted.len());
}

#[tokio::test]
async fn a_file_of_another_format_is_refused_by_its_header() {
    let (outcome, noted) = replayed(Format::Rees46, "{\"type\":\"page\"}\n", 1, obliging).await;
    let error = outcome.expect_err("no header").to_string();
    assert!(error.contains("has no column event_time"), "{error}");
    let (outcome, _) = replayed(Format::Rees46, "", 1, obliging).await;
    assert!(outcome.expect_err("no header").to_string().contains("the file is empty"));
    assert!(noted.is_empty());
}

#[tokio::test]
async fn an_empty_log_of_calls_is_sent_in_no_time() {
    let (outcome, _) = replayed(Format::Segment, "\n", 4, obliging).await;
    assert_eq!(outcome.expect("nothing to do"), Outcome::default());
}
