//! The tables of a real server, read as analysts read them, and equal to the server's own report.
//!
//! DuckDB runs every block of SQL of the cookbook in `crates/analytics/README.md`; pyarrow and polars open
//! the same files; and a few lines of Python count everything anew from raw exposures and events, without
//! the table of outcomes. The shops are a recorded day, and one of our own with everything that is hard to
//! count.

use e2e::{Keys, Server, Setup, ok};
use serde_json::{Value, json};

#[path = "tables/agreement.rs"]
mod agreement;
#[path = "tables/shop.rs"]
mod shop;

use agreement::{Analysis, Report};

/// The campaign of the demonstration.
const RESCUE: &str = "cart-rescue";

fn setup() -> Setup {
    Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder")
}

#[test]
#[ignore = "needs Python's packages in crates/e2e/clients/analyst; `cargo xtask test` installs them"]
fn a_shop_with_merges_refunds_and_two_goals_is_recomputed_to_the_cent_by_sql_and_from_raw_events() {
    let setup = setup();
    shop::add_campaign_and_holdout(&setup);
    let keys = setup.keys().expect("keys");
    let server = setup.start().expect("it starts");
    let sent = shop::run(&server.shop(&keys.secret));
    // In the middle of it: what is written in two turns is counted once.
    server.stop().expect("a polite stop");
    let server = setup.start().expect("it starts again");
    let totals = ok(server.shop(&keys.secret).get("/v1/totals"));
    let reports = [RESCUE, shop::POINTS, shop::HOLDOUT];
    let reports = reports.map(|campaign| Report::read(&server, &keys, campaign));
    server.stop().expect("a polite stop");

    let goals = json!({shop::POINTS: {"event": "points_earned", "value": "points"}});
    let found = Analysis::of(&setup.data(), &goals);
    found.check_files();
    for report in &reports {
        found.check_against(report);
    }
    assert_eq!(totals["revenue_minor"], json!(sent.gross_minor));
    let kinds = &totals["events"];
    assert_eq!(kinds["alias"], json!(sent.merged), "{kinds}");
    let devices = found.column("Lift by device", RESCUE, "device");
    for device in ["mobile", "desktop", "unknown"] {
        assert_eq!(devices.iter().filter(|it| **it == device).count(), 2, "{device}: {devices:?}");
    }
    // Or what is hard to count has not happened.
    let [rescue, points, holdout] = &reports;
    assert_eq!(rescue.funnel("clicked"), i64::try_from(sent.clicked.len()).expect("few"));
    for report in [rescue, points] {
        let (shown, seen) = (report.funnel("shown"), report.funnel("seen"));
        assert!(0 < seen && seen < shown && shown < report.funnel("eligible"), "{report:?}");
        assert!(report.funnel("checkout") > 0 && report.funnel("cart") > 0, "{report:?}");
    }
    let everybody = i64::from(shop::CUSTOMERS - sent.merged);
    let customers = holdout.sum("customers");
    assert_eq!(customers, everybody, "everybody once, however many browsers they have");
    for arm in ["held-out", "open"] {
        assert!(holdout.arms[arm]["orders"].as_i64() > Some(0), "{holdout:?}");
    }
    assert_eq!(holdout.arms["held-out"]["shows"], 0);
    assert!(holdout.effects[0]["conversion_rate"]["relative"].is_number(), "{holdout:?}");
    let held_out = holdout.arms["held-out"]["customers"].as_i64().expect("a count");
    assert!(
        points.sum("customers") >= everybody - held_out,
        "all others, and who was joined with one"
    );
    assert!(points.sum("outcomes") > points.sum("conversions"), "{points:?}");
    let names: Vec<&String> = points.arms.keys().collect();
    assert_eq!(names, ["control", "holdout", "treated"]);
    assert!(points.effects[0]["value_per_customer"]["relative"].is_number(), "{points:?}");
    let adjusted = &points.effects[0]["revenue_per_customer_adjusted_minor"];
    assert!(adjusted["USD"]["variance_reduction"].is_number(), "{adjusted}");
    let pounds = points.arms.values().map(|arm| arm["revenue_minor"]["GBP"].as_i64());
    let mut pounds: Vec<_> = pounds.collect();
    pounds.sort_unstable();
    assert_eq!(pounds, [Some(0), Some(0), Some(2_500)], "one of them has somebody who pays so");
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
    let report = Report::read(&server, &keys, RESCUE);
    server.stop().expect("a polite stop");

    let found = Analysis::of(&setup.data(), &json!({}));
    found.check_files();
    found.check_against(&report);
    let retention = found.rows("Retention");
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
        ok(shop.post("/v1/batch", &batch));
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
