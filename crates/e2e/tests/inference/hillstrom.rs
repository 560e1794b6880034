//! The MineThatData e-mail experiment (Kevin Hillstrom, 2008) through the program: three arms, 64,000 rows.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The real table; `None`, and a loud word about it, where it is not on this machine.
fn real_table() -> Option<PathBuf> {
    e2e::recorded("hillstrom.csv.gz")
}

fn analyse(table: &Path, metric: &str, kind: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vitrine-under-test"))
        .arg("analyse")
        .arg(table)
        .args(["--arm", "segment", "--control", "No E-Mail", "--metric", metric, "--kind", kind])
        .args(more)
        .output()
        .expect("it starts")
}

/// What is said of the men's e-mail, and of the whole.
fn mens(table: &Path, metric: &str, kind: &str) -> (Value, Value) {
    let output = analyse(table, metric, kind, &["--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let whole: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let treatments = whole["treatments"].as_array().expect("a list");
    let mens = treatments.iter().find(|treatment| treatment["arm"] == "Mens E-Mail");
    (mens.expect("an arm").clone(), whole)
}

#[track_caller]
fn close(value: &Value, expected: f64, within: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value - expected).abs() <= within, "{value} is not {expected}");
}

#[test]
fn the_published_lift_in_conversion_comes_out_of_the_file() {
    let Some(table) = real_table() else { return };
    let (mens, whole) = mens(&table, "conversion", "proportion");
    assert_eq!((&mens["n"], &whole["control"]["n"]), (&21_307.into(), &21_306.into()));
    close(&mens["lift_absolute"], 0.006_805, 5e-8);
    close(&mens["statistic"], 7.390, 5e-4);
    close(&mens["pooled_statistic"], 7.385, 5e-4);
    close(&whole["srm_p_value"], 0.904, 5e-4);
    assert_eq!(whole["rows"], 64_000);
}

#[test]
fn the_published_lift_in_spend_comes_out_of_the_file() {
    let Some(table) = real_table() else { return };
    let (mens, whole) = mens(&table, "spend", "mean");
    close(&mens["lift_absolute"], 0.7698, 5e-5);
    close(&mens["statistic"], 5.300, 5e-4);
    close(&mens["ci_low"], 0.485, 5e-4);
    close(&mens["ci_high"], 1.055, 5e-4);
    close(&whole["srm_p_value"], 0.904, 5e-4);
}

#[test]
fn people_read_a_verdict_and_are_told_of_a_column_that_is_not_there() {
    let Some(table) = real_table() else { return };
    let output = analyse(&table, "spend", "mean", &["--winsorise", "99.9"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("Mens E-Mail is higher than No E-Mail, by 0."), "{text}");
    assert!(text.contains("Values above"), "{text}");
    let weights = ["--weights", "No E-Mail=2,Mens E-Mail=1,Womens E-Mail=1"];
    let output = analyse(&table, "spend", "mean", &weights);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.starts_with("THE SPLIT IS BROKEN"), "{text}");
    let output = analyse(&table, "spent", "mean", &[]);
    let text = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success() && text.contains(r#"did you mean "spend"?"#), "{text}");
}
