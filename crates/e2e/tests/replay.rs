//! Recorded logs, replayed: a real shop's first hours of a day, and calls of a client.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Output;

use e2e::{Server, Setup};
use flate2::read::GzDecoder;
use model::Timestamp;
use serde_json::{Value, json};

const SIX_HOURS_MS: i64 = 6 * 60 * 60 * 1_000;

fn setup() -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder")
}

/// The real log; `None`, and a loud word about it, where it is not on this machine.
fn real_log() -> Option<PathBuf> {
    e2e::recorded("rees46-2019-10-01.csv.gz")
}

/// How many customers view a page while their cart holds at least 20.00 and was changed in the last six
/// hours: counted here with none of the product's code but the reading of times.
fn customers_to_rescue(log: &Path) -> usize {
    let mut carts: HashMap<String, (i64, i64)> = HashMap::new();
    let mut to_rescue = HashSet::new();
    let file = GzDecoder::new(File::open(log).expect("it is there"));
    for row in csv::Reader::from_reader(file).records() {
        let row = row.expect("the log is well-formed");
        let time = row[0].replace(" UTC", "Z");
        let at = Timestamp::parse(&time).expect("a time").ms();
        let cents: i64 = row[6].replace('.', "").parse().expect("a price with two decimals");
        let customer = row[7].to_owned();
        let cart = carts.entry(customer.clone()).or_insert((0, i64::MIN / 2));
        match &row[1] {
            "cart" => *cart = (cart.0 + cents, at),
            "purchase" => *cart = (0, at),
            _ if cart.0 >= 2_000 && at - cart.1 <= SIX_HOURS_MS => {
                to_rescue.insert(customer);
            }
            _ => {}
        }
    }
    to_rescue.len()
}

fn replay(setup: &Setup, log: &Path, more: &[&str]) -> Output {
    let mut command = setup.command(&["replay", "--json"]);
    command.args(more).arg(log).output().expect("the program runs")
}

/// Replays to a server; what it counted then, as it was printed.
fn replay_to(setup: &Setup, server: &Server, key: &str, format: &str, log: &Path) -> String {
    let url = format!("http://{}", server.public);
    let output = replay(setup, log, &["--format", format, "--server", &url, "--key", key]);
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_recorded_day_of_a_shop_gives_the_figures_that_are_in_its_log() {
    let Some(log) = real_log() else { return };
    let output = replay(&setup(), &log, &["--format", "rees46"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let totals: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    let arms = &totals["exposed_customers"]["cart-rescue"];
    let expected = json!({
        "events": {"view": 17055, "cart": 165, "purchase": 214},
        "customers": 4504,
        "customers_with_cart": 111,
        "buyers": 193,
        "orders": 214,
        "revenue_minor": {"USD": 5_944_263},
        "decisions": 17055,
        "exposed_customers": {"cart-rescue": {
            "control": arms["control"], "twenty-percent": arms["twenty-percent"],
        }},
    });
    assert_eq!(totals, expected);
    let customers = |arm: &str| arms[arm].as_u64().expect("a count");
    let exposed = customers("control") + customers("twenty-percent");
    assert_eq!(usize::try_from(exposed).expect("a small count"), customers_to_rescue(&log));
    assert!(customers("control") > 0 && customers("twenty-percent") > 0, "{arms}");
}

#[test]
fn a_second_replay_of_a_log_changes_nothing_also_after_a_restart() {
    let Some(log) = real_log() else { return };
    let setup = setup();
    let keys = setup.keys().expect("keys");
    let server = setup.start().expect("it starts");
    let first = replay_to(&setup, &server, &keys.secret, "rees46", &log);
    let second = replay_to(&setup, &server, &keys.secret, "rees46", &log);
    assert_eq!(first, second);
    server.stop().expect("a polite stop");
    let server = setup.start().expect("it starts again");
    let third = replay_to(&setup, &server, &keys.secret, "rees46", &log);
    server.stop().expect("a polite stop");
    assert_eq!(first, third);
}

/// Calls as a client logged them, among them some that are none.
const CALLS: &str = r#"{"type":"page","messageId":"p1","anonymousId":"a","timestamp":"2019-10-01T00:00:00Z","properties":{"path":"/"}}
{"type":"track","event":"Product Added","messageId":"t1","anonymousId":"a","timestamp":"2019-10-01T00:01:00Z","properties":{"product_id":"x","price":"30.00"}}
{"type":"identify","messageId":"i1","userId":"u","anonymousId":"a","timestamp":"2019-10-01T00:02:00Z","traits":{"email":"a@shop.example"}}
{"type":"page","userId":"u","timestamp":"2019-10-01T00:03:00Z","properties":{"path":"/cart"},"sentAt":"2019-10-01T00:03:01Z"}
{"type":"track","event":"Order Completed","userId":"u","timestamp":"2019-10-01T00:04:00Z","properties":{"order_id":"o1","revenue":30.10,"currency":"USD"}}
{"type":"track","event":"Order Completed","userId":"u","timestamp":"2019-10-01T00:04:00Z","properties":{"revenue":30}}
nonsense
{"type":"page","timestamp":"2019-10-01T00:04:00Z","properties":{"path":"/"}}
"#;

fn file(folder: &Path, content: &[u8]) -> PathBuf {
    let path = folder.join("log");
    std::fs::write(&path, content).expect("writable");
    path
}

#[test]
fn a_log_of_calls_is_replayed_with_its_customers_and_times_and_its_flaws_are_told() {
    let setup = setup();
    let keys = setup.keys().expect("keys");
    let folder = tempfile::tempdir().expect("a folder");
    let log = file(folder.path(), CALLS.as_bytes());
    let server = setup.start().expect("it starts");
    let first = replay_to(&setup, &server, &keys.secret, "segment", &log);
    let totals: Value = serde_json::from_str(&first).expect("JSON");
    let events = json!({"view": 2, "cart": 1, "purchase": 1, "identify": 1});
    assert_eq!(totals["events"], events);
    assert_eq!(totals["customers"], 1, "the browser and the person are one: {totals}");
    assert_eq!(totals["revenue_minor"], json!({"USD": 3_010}));
    assert_eq!(totals["decisions"], 2);
    let arms = totals["exposed_customers"]["cart-rescue"].as_object().expect("arms");
    let exposed: u64 = arms.values().filter_map(Value::as_u64).sum();
    assert_eq!(
        exposed, 1,
        "the cart of two minutes before is rescued at the log's times: {totals}"
    );

    let url = format!("http://{}", server.public);
    let more = ["--format", "segment", "--server", &url, "--key", &keys.secret];
    let output = replay(&setup, &log, &more);
    assert_eq!(String::from_utf8_lossy(&output.stdout), first, "a second replay changes nothing");
    let told = stderr(&output);
    for line in [
        "8 rows: 2 decisions, 3 other events, 1 skipped, 2 refused",
        "1 skipped, first in line 7: the line is not JSON",
        "1 refused by the server, first in line 6: `order_id` is missing",
        "1 refused by the server, first in line 8: one of `userId` and `anonymousId` is needed",
    ] {
        assert!(told.contains(line), "{line:?} is missing in {told}");
    }
    server.stop().expect("a polite stop");
}

#[test]
fn a_server_of_its_own_runs_the_campaigns_of_a_folder_and_leaves_nothing_behind() {
    let (setup, folder) = (setup(), tempfile::tempdir().expect("a folder"));
    let (temporary, log) = (folder.path().join("tmp"), file(folder.path(), CALLS.as_bytes()));
    std::fs::create_dir(&temporary).expect("writable");
    let campaigns = setup.campaigns();
    let text = std::fs::read_to_string(campaigns.join("cart-rescue.toml")).expect("readable");
    let renamed = text.replace("key = \"cart-rescue\"", "key = \"another\"");
    std::fs::write(campaigns.join("cart-rescue.toml"), renamed).expect("writable");
    let run = |log: &Path| {
        let mut command = setup.command(&["replay", "--json", "--format", "segment", "--rules"]);
        let command = command.arg(&campaigns).arg(log).env("TMPDIR", &temporary);
        command.output().expect("the program runs")
    };
    let left = || std::fs::read_dir(&temporary).expect("readable").count();

    let output = run(&log);
    let totals: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(totals["exposed_customers"]["another"].is_object(), "{totals}");
    assert_eq!(left(), 0, "after a replay");

    // The beginning of a gzip file, and no more.
    let torn = file(folder.path(), &[0x1f, 0x8b, 8, 0]);
    let output = run(&torn);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(stderr(&output).contains("after line 0"), "{}", stderr(&output));
    assert_eq!(left(), 0, "after a replay that failed");
}

#[test]
fn a_replay_to_a_wrong_server_or_with_a_wrong_key_says_what_to_do() {
    let setup = setup();
    let keys = setup.keys().expect("keys");
    let folder = tempfile::tempdir().expect("a folder");
    let log = file(folder.path(), CALLS.as_bytes());
    let server = setup.start().expect("it starts");
    let (data_plane, tls) =
        (format!("http://{}", server.public), "https://shop.example".to_owned());
    for (url, key, remedy) in [
        (&data_plane, &keys.publishable, "--key takes a secret key"),
        (&tls, &keys.secret, "https is not spoken here"),
    ] {
        let more = ["--format", "segment", "--server", url, "--key", key];
        let output = replay(&setup, &log, &more);
        assert!(!output.status.success());
        assert!(stderr(&output).contains(remedy), "{}", stderr(&output));
    }
    let totals = server.shop(&keys.secret).get("/v1/totals").expect("answers").json();
    assert_eq!(totals["decisions"], 0, "nothing was sent");
    server.stop().expect("a polite stop");
}
