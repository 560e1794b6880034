//! What the tables for analysts hold after all kills: each record of the journal once, and the arms.

use std::collections::BTreeMap;

use e2e::Setup;
use serde_json::{Value, json};

/// The rows of a table, as `vitrine export` gives them.
fn rows(setup: &Setup, table: &str) -> Vec<Value> {
    let data = setup.data().display().to_string();
    let arguments = ["export", "--data", &data, "--table", table, "--format", "ndjson"];
    let lines = setup.output(&arguments).expect("it exports");
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Complaints about records up to `last_lsn` that are not in the tables once.
///
/// A record is rows of one table: a decision's exposures share their position, all else has its own.
pub(crate) fn miscounted(setup: &Setup, last_lsn: u64) -> Vec<String> {
    let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
    let position = |row: &Value| row["lsn"].as_u64().expect("a position");
    for row in rows(setup, "events") {
        *counts.entry(position(&row)).or_default() += 1;
    }
    let mut exposures: BTreeMap<(u64, String), u32> = BTreeMap::new();
    for row in rows(setup, "exposures") {
        let campaign = row["feature_flag_key"].as_str().expect("text").to_owned();
        *exposures.entry((position(&row), campaign)).or_default() += 1;
    }
    let twice = exposures.iter().filter(|(_, count)| **count != 1);
    let twice =
        twice.map(|(place, count)| format!("the exposure {place:?} is there {count} times"));
    let mut complaints: Vec<String> = twice.collect();
    for (lsn, _) in exposures.into_keys() {
        counts.entry(lsn).and_modify(|count| *count += 1).or_insert(1);
    }
    let missing = (1..=last_lsn).filter(|lsn| !counts.contains_key(lsn));
    complaints.extend(missing.map(|lsn| format!("record {lsn} is in no table")));
    let wrong = counts.iter().filter(|(lsn, count)| **count != 1 || **lsn > last_lsn);
    complaints.extend(wrong.map(|(lsn, count)| format!("record {lsn} is there {count} times")));
    complaints
}

/// The arms of a campaign as the sums of `outcomes`, in the words of the report.
pub(crate) fn arms(setup: &Setup, campaign: &str) -> BTreeMap<String, Value> {
    let mut arms: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for row in rows(setup, "outcomes") {
        if row["feature_flag_key"] != campaign {
            continue;
        }
        let variant = row["feature_flag_result_variant"].as_str().expect("text").to_owned();
        let sums = arms.entry(variant).or_default();
        for (column, value) in row.as_object().expect("an object") {
            *sums.entry(column.clone()).or_default() += value.as_i64().unwrap_or(0);
        }
        assert!(row["currency"].is_null() || row["currency"] == "USD", "{row}");
    }
    let told = |sums: BTreeMap<String, i64>| {
        let minor = sums["value_minor"];
        let revenue = if minor == 0 { json!({}) } else { json!({"USD": minor}) };
        let steps =
            sums.iter().filter_map(|(column, sum)| Some((column.strip_prefix("reached_")?, *sum)));
        json!({
            "customers": sums["customers"], "conversions": sums["conversions"],
            "outcomes": sums["outcomes"], "orders": sums["orders"], "revenue_minor": revenue,
            "funnel": steps.collect::<BTreeMap<_, _>>(),
        })
    };
    arms.into_iter().map(|(variant, sums)| (variant, told(sums))).collect()
}
