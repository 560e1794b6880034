use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use journal::record::encode;
use journal::{Config, Journal};
use model::Timestamp;
use serde_json::Value;

use super::{Export, Exported};
use crate::error::AnalyticsError;
use crate::exporter::Exporter;
use crate::tables::Table;
use crate::tables::sample::{exposed, order, tenant, time, view};

/// Tables of two shops over three hours, one view each and an order.
fn tables(folder: &Path) {
    let (journal, _) = Journal::open(&folder.join("journal"), Config::default()).expect("opens");
    let journal = Arc::new(journal);
    for (shop, at) in [
        ("one", "2026-01-31T18:10:00Z"),
        ("two", "2026-01-31T18:50:00Z"),
        ("one", "2026-01-31T19:10:00Z"),
        ("one", "2026-01-31T20:10:00Z"),
    ] {
        let record = view(shop, at, time(at));
        let permit = journal.reserve().expect("room");
        permit.append(record.kind(), |buffer| encode(&record, buffer));
    }
    let record = order("two", "o-1", time("2026-01-31T20:11:00Z"), 1_999);
    let permit = journal.reserve().expect("room");
    let lsn = permit.append(record.kind(), |buffer| encode(&record, buffer));
    journal.wait_durable_blocking(lsn).expect("durable");
    let hour = Duration::from_secs(3_600);
    let exporter = Exporter::start(Arc::clone(&journal), &folder.join("parquet"), hour);
    exporter.expect("starts").close().expect("written");
}

fn export(folder: &Path, table: Table) -> Export {
    let (folder, journal) = (folder.join("parquet"), folder.join("journal"));
    Export { folder, journal, table, tenant: None, from: None, until: None }
}

fn lines(export: &Export) -> (Vec<Value>, Exported) {
    let mut lines = Vec::new();
    let exported = export.to_ndjson(&mut lines).expect("readable");
    let text = String::from_utf8(lines).expect("text");
    (text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(), exported)
}

fn messages(export: &Export) -> Vec<String> {
    let (lines, _) = lines(export);
    lines.iter().map(|line| line["message_id"].as_str().expect("text").to_owned()).collect()
}

#[test]
fn a_row_is_a_line_of_json_with_its_tenant_and_every_column() {
    let folder = tempfile::tempdir().expect("a folder");
    tables(folder.path());
    let (lines, exported) = lines(&export(folder.path(), Table::Outcomes));
    assert_eq!(exported, Exported { rows: 1, files: 1, last_lsn: 5 });
    let expected = serde_json::json!({
        "tenant": "two", "lsn": 5, "recorded_at": "2026-01-31T20:11:00.000Z",
        "event_time": "2026-01-31T20:10:59.750Z",
        "feature_flag_context_id": "c-00000000000000000000000007",
        "feature_flag_key": "cart-rescue", "feature_flag_result_variant": "control",
        "split": "00000000", "kind": "purchase", "order_id": "o-1", "customers": 0, "conversions": 1, "outcomes": 1,
        "value_milli": 0, "value_milli_squared": 0, "orders": 1,
        "value_minor": 1_999, "value_minor_squared": 3_996_001, "value_orders": 1,
        "value_orders_squared": 1, "value_minor_times_orders": 1_999, "before_minor": 0,
        "before_minor_squared": 0, "value_minor_times_before": 0, "currency": "USD",
        "reached_eligible": 0, "reached_shown": 0, "reached_seen": 0, "reached_clicked": 0,
        "reached_cart": 0, "reached_checkout": 0, "reached_ordered": 1,
    });
    assert_eq!(lines, [expected]);
}

#[test]
fn a_range_has_its_first_instant_and_not_its_last() {
    let folder = tempfile::tempdir().expect("a folder");
    tables(folder.path());
    let all = export(folder.path(), Table::Events);
    let since = |from: &str| Export { from: Some(time(from)), ..all.clone() };
    assert_eq!(messages(&all).len(), 5);
    assert_eq!(messages(&since("2026-01-31T19:10:00Z")).len(), 3);
    assert_eq!(messages(&since("2026-01-31T19:10:00.001Z")).len(), 2);
    let until = |until: Timestamp| Export { until: Some(until), ..all.clone() };
    assert_eq!(messages(&until(time("2026-01-31T18:50:00Z"))), ["2026-01-31T18:10:00Z"]);
    let one = Export { tenant: Some(tenant("two")), ..all.clone() };
    assert_eq!(messages(&one), ["2026-01-31T18:50:00Z", "o-1"]);
}

#[test]
fn an_export_of_parquet_files_is_itself_a_folder_of_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    tables(folder.path());
    let out = folder.path().join("out");
    let all = export(folder.path(), Table::Events);
    let from = Some(time("2026-01-31T18:30:00Z"));
    let exported = Export { from, ..all.clone() }.to_parquet(&out).expect("written");
    assert_eq!(exported.rows, 4);
    let place = "tenant=two/table=events/date=2026-01-31/hour=18/\
                 part-00000000000000000001-00000000000000000005.parquet";
    assert!(out.join(place).is_file());
    let empty = "tenant=one/table=events/date=2026-01-31/hour=18";
    assert!(!out.join(empty).exists(), "no file without rows");
    // Whole files come out as they are.
    all.to_parquet(&out).expect("written");
    let original = folder.path().join("parquet").join(place);
    assert_eq!(fs::read(out.join(place)).expect("there"), fs::read(original).expect("there"));
}

#[test]
fn an_export_never_writes_into_the_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    tables(folder.path());
    let all = export(folder.path(), Table::Events);
    let refused = all.to_parquet(&folder.path().join("parquet/copy")).expect_err("inside");
    assert!(matches!(refused, AnalyticsError::TableFile { .. }), "{refused}");
    assert!(!folder.path().join("parquet/copy").exists());
}

#[test]
fn what_is_in_no_file_yet_is_read_from_the_journal_of_a_running_server() {
    let folder = tempfile::tempdir().expect("a folder");
    tables(folder.path());
    let opened = Journal::open(&folder.path().join("journal"), Config::default());
    let (journal, _) = opened.expect("opens again");
    let append = |record: journal::record::Record| {
        let permit = journal.reserve().expect("room");
        let lsn = permit.append(record.kind(), |buffer| encode(&record, buffer));
        journal.wait_durable_blocking(lsn).expect("durable");
    };
    append(view("one", "late", time("2026-01-31T20:12:00Z")));
    append(exposed("one", time("2019-10-01T00:00:00Z")));
    let (lines, exported) = lines(&export(folder.path(), Table::Exposures));
    assert_eq!(exported, Exported { rows: 1, files: 0, last_lsn: 7 });
    assert_eq!(lines[0]["recorded_at"], "2026-01-31T20:12:00.000Z");
    let events = export(folder.path(), Table::Events);
    assert_eq!(messages(&events).last().map(String::as_str), Some("late"));
    let until = Some(time("2026-01-31T20:12:00Z"));
    assert_eq!(messages(&Export { until, ..events }).len(), 5);

    // The same, of a server that writes no tables at all.
    fs::remove_dir_all(folder.path().join("parquet")).expect("removable");
    assert_eq!(messages(&export(folder.path(), Table::Events)).len(), 6);
}

#[test]
fn without_tables_the_remedy_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = export(folder.path(), Table::Events).to_ndjson(&mut Vec::new());
    let text = refused.expect_err("nothing there").to_string();
    assert!(text.contains("`parquet = true` in [tables]"), "{text}");
}
