//! The tables of a real server, read as analysts read them, and equal to the server's own report.
//!
//! DuckDB runs every block of SQL of the cookbook in `crates/analytics/README.md`; pyarrow and polars open
//! the same files. The shops are a recorded day, and one of our own with everything that is hard to count:
//! devices, sign-ins that merge customers of different arms, refunds in part and in whole,
//! cancellations, orders sent twice and two currencies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::{Keys, Server, Setup};
use serde_json::{Value, json};

#[path = "tables/shop.rs"]
mod shop;

fn setup() -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder")
}

fn here() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is").into()
}

/// What the analysts' tools find in a data folder.
fn analysed(data: &Path) -> Value {
    let analyst = here().join("clients/analyst");
    let output = Command::new(analyst.join(".venv/bin/python"))
        .arg(analyst.join("cookbook.py"))
        .arg(here().join("../analytics/README.md"))
        .arg(data)
        .output()
        .expect("Python is installed");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the cookbook fails:\n{told}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The report of a campaign, its arms by variant.
fn report(server: &Server, keys: &Keys) -> BTreeMap<String, Value> {
    let report = server.office(&keys.admin).get("/v1/campaigns/cart-rescue/report");
    let report = report.expect("answers").json();
    let arms = report["arms"].as_array().expect("arms");
    let name = |arm: &Value| arm["variant"].as_str().expect("a name").to_owned();
    arms.iter().map(|arm| (name(arm), arm.clone())).collect()
}

/// The rows of a block of the cookbook.
fn rows<'a>(found: &'a Value, heading: &str) -> &'a [Value] {
    found["cookbook"][heading].as_array().expect("the cookbook has the block")
}

/// A column of a block, by variant, summed where there are several rows.
fn sums(found: &Value, heading: &str, column: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in rows(found, heading) {
        let variant = row["variant"].as_str().expect("a name").to_owned();
        *sums.entry(variant).or_default() += row[column].as_i64().expect("a whole number");
    }
    sums
}

/// A number of each arm of the report.
fn told(report: &BTreeMap<String, Value>, name: &str) -> BTreeMap<String, i64> {
    let number = |arm: &Value| arm[name].as_i64().expect("a whole number");
    report.iter().map(|(variant, arm)| (variant.clone(), number(arm))).collect()
}

/// Revenue by variant and currency, without what is 0.
fn revenue(found: &Value, heading: &str) -> BTreeMap<(String, String), i64> {
    let text = |row: &Value, column: &str| row[column].as_str().expect("text").to_owned();
    let rows = rows(found, heading).iter();
    rows.map(|row| {
        let minor = row["revenue_minor"].as_i64().expect("a whole number");
        ((text(row, "variant"), text(row, "currency")), minor)
    })
    .filter(|(_, minor)| *minor != 0)
    .collect()
}

fn told_revenue(report: &BTreeMap<String, Value>) -> BTreeMap<(String, String), i64> {
    let mut all = BTreeMap::new();
    for (variant, arm) in report {
        for (currency, minor) in arm["revenue_minor"].as_object().expect("by currency") {
            let minor = minor.as_i64().expect("a whole number");
            all.insert((variant.clone(), currency.clone()), minor);
        }
    }
    all.retain(|_, minor| *minor != 0);
    all
}

/// What must hold whatever happened in the shop.
fn check_against_report(found: &Value, report: &BTreeMap<String, Value>) {
    for name in ["customers", "conversions", "orders"] {
        assert_eq!(sums(found, "Lift by arm", name), told(report, name), "{name}");
    }
    assert_eq!(revenue(found, "Revenue by arm"), told_revenue(report));
    for name in ["shows", "withheld"] {
        assert_eq!(sums(found, "Shown and withheld", name), told(report, name), "{name}");
    }
    for name in ["customers", "conversions"] {
        assert_eq!(sums(found, "Lift by device", name), told(report, name), "{name} by device");
    }
    assert_eq!(sums(found, "Funnel", "eligible"), told(report, "customers"));
    for table in ["exposures", "outcomes", "events"] {
        let counts = &found["counts"][table];
        assert!(counts["duckdb"].as_i64().expect("a count") > 0, "{table}: {counts}");
        assert_eq!(counts["duckdb"], counts["pyarrow"], "{table}");
        assert_eq!(counts["duckdb"], counts["polars"], "{table}");
        assert_eq!(counts["tenants"], json!(["demo"]), "{table}");
    }
    let events = &found["counts"]["events"];
    assert_eq!(events["lsns"], events["duckdb"], "each record once: {events}");
}

#[test]
#[ignore = "needs Python's packages in crates/e2e/clients/analyst; `cargo xtask test` installs them"]
fn a_shop_with_merges_refunds_and_two_currencies_is_recomputed_to_the_cent_by_sql() {
    let setup = setup();
    let keys = setup.keys().expect("keys");
    let server = setup.start().expect("it starts");
    let sent = shop::run(&server.shop(&keys.secret));
    // In the middle of it: what is written in two turns is counted once.
    server.stop().expect("a polite stop");
    let server = setup.start().expect("it starts again");
    let totals = server.shop(&keys.secret).get("/v1/totals").expect("answers").json();
    let report = report(&server, &keys);
    server.stop().expect("a polite stop");

    let found = analysed(&setup.data());
    check_against_report(&found, &report);
    let gross: BTreeMap<_, _> = sent.gross_minor.into_iter().collect();
    assert_eq!(totals["revenue_minor"], json!(gross));
    let kinds = &totals["events"];
    assert_eq!(kinds["alias"], json!(sent.merged), "{kinds}");
    let devices: Vec<&str> =
        rows(&found, "Lift by device").iter().filter_map(|row| row["device"].as_str()).collect();
    for device in ["mobile", "desktop", "unknown"] {
        assert_eq!(devices.iter().filter(|it| **it == device).count(), 2, "{device}: {devices:?}");
    }
    let funnel = |column: &str| sums(&found, "Funnel", column).values().sum::<i64>();
    assert_eq!(funnel("clicked"), i64::try_from(sent.clicked.len()).expect("few"));
    assert!(funnel("seen") > funnel("clicked") && funnel("seen") <= funnel("shown"));
    let told: i64 = told(&report, "customers").values().sum();
    assert!(told < i64::from(shop::CUSTOMERS), "customers became one: {told}");
    assert!(report.values().all(|arm| arm["revenue_minor"].as_object().expect("money").len() == 2));
}

#[test]
#[ignore = "needs Python's packages in crates/e2e/clients/analyst; `cargo xtask test` installs them"]
fn a_recorded_day_is_recounted_from_its_raw_events_and_equals_the_report_to_the_cent() {
    let Some(log) = e2e::recorded("rees46-2019-10-01.csv.gz") else { return };
    let setup = setup();
    let keys = setup.keys().expect("keys");
    let server = setup.start().expect("it starts");
    let url = format!("http://{}", server.public);
    let arguments =
        ["replay", "--format", "rees46", "--server", &url, "--key", &keys.secret, "--json"];
    let output = setup.command(&arguments).arg(log).output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let totals: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let report = report(&server, &keys);
    server.stop().expect("a polite stop");

    let found = analysed(&setup.data());
    check_against_report(&found, &report);
    for name in ["customers", "conversions", "orders"] {
        assert_eq!(sums(&found, "Recount", name), told(&report, name), "{name} recounted");
    }
    let usd: BTreeMap<String, i64> =
        told_revenue(&report).into_iter().map(|((variant, _), minor)| (variant, minor)).collect();
    let mut recounted = sums(&found, "Recount", "revenue_minor");
    recounted.retain(|_, minor| *minor != 0);
    assert_eq!(recounted, usd);
    let retention = rows(&found, "Retention");
    assert_eq!(retention.len(), 1, "one day: {retention:?}");
    assert_eq!(retention[0]["customers"], totals["customers"]);
}

/// Sends events of several segments of the journal.
fn fill_segments(server: &Server, keys: &Keys) {
    let shop = server.shop(&keys.secret);
    for batch in 0..20 {
        let events = (0..25).map(|number| {
            json!({
                "type": "track", "event": "Something Long", "messageId": format!("m-{batch}-{number}"),
                "anonymousId": format!("a-{number}"), "properties": {"text": "x".repeat(10_000)},
            })
        });
        let batch = json!({"batch": events.collect::<Vec<_>>()});
        assert_eq!(shop.post("/v1/batch", &batch).expect("answers").status, 200);
    }
}

/// Whether the journal still has its first record.
fn has_first_record(setup: &Setup) -> bool {
    setup.data().join("journal/00000000000000000001-0000.segment").is_file()
}

/// Asks for metrics until they say so.
fn wait_for_metric(server: &Server, line: &str) {
    let office = server.office("");
    let says_so =
        |_| office.get("/metrics").expect("answers").text.lines().any(|found| found == line);
    assert!((0..100_000).any(says_so), "the metrics never say {line}");
}

#[test]
fn tables_that_cannot_be_written_disturb_no_shop_and_lose_no_record() {
    let setup = setup();
    let keys = setup.keys().expect("keys");
    let eager = "[journal]\nsegment_mib = 1\nretention_hours = 0\n[checkpoint]\ninterval_ms = 20\n";
    setup.configure(eager).expect("writable");
    let tables = setup.data().join("parquet");
    std::fs::write(&tables, "a file where the folder should be").expect("writable");
    let server = setup.start().expect("it starts all the same");
    fill_segments(&server, &keys);
    wait_for_metric(&server, "vitrine_tables_stopped 1");
    server.stop().expect("a polite stop");
    assert!(has_first_record(&setup), "the journal has deleted what is in no table");

    std::fs::remove_file(&tables).expect("removable");
    let server = setup.start().expect("it starts");
    wait_for_metric(&server, "vitrine_tables_lag_records 0");
    server.stop().expect("a polite stop");
    assert!(!has_first_record(&setup), "the journal keeps what is in the tables");
    let data = setup.data().display().to_string();
    let lines = setup.output(&["export", "--data", &data, "--table", "events"]).expect("exports");
    assert_eq!(lines.lines().count(), 500);
}
