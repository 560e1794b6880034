use std::fs;
use std::path::Path;

use model::TenantKey;

use super::{Bundle, Source, Version, Versions};
use crate::limits::PLAN_VERSIONS_KEPT_MAX;
use crate::plans::error::PlansError;

fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn bundle(text: &str) -> Bundle {
    let json = format!(r#"{{"files": {{"a.toml": {text:?}}}}}"#);
    Bundle::from_json(json.as_bytes()).expect("a bundle")
}

/// Records the next version.
fn record(versions: &Versions, text: &str, folder: Option<&str>) -> Version {
    let bundle = bundle(text);
    let version = Version {
        version: versions.of(&tenant()).next(),
        sha256: bundle.sha256().as_ref().into(),
        published_at_ms: 1_000,
        source: Source::Api,
    };
    versions.record(&tenant(), version.clone(), &bundle, folder.map(Box::from)).expect("room");
    version
}

fn open(data: &Path) -> Versions {
    Versions::open(data).expect("readable")
}

#[test]
fn versions_go_up_across_restarts_and_what_is_in_force_can_be_read_again() {
    let data = tempfile::tempdir().expect("a folder");
    let versions = open(data.path());
    assert_eq!(record(&versions, "one", Some("f-1")).version, 1);
    let second = record(&versions, "two", None);

    let versions = open(data.path());
    let recorded = versions.of(&tenant());
    assert_eq!((recorded.in_force(), recorded.next()), (Some(&second), 3));
    assert!(recorded.knows_folder("f-1"), "it stays dealt with");
    assert_eq!(versions.source(&tenant(), &second).expect("kept"), bundle("two"));
    assert_eq!(versions.of(&TenantKey::parse("other").expect("valid")).next(), 1);
}

#[test]
fn a_record_without_kept_plans_goes_on_with_its_numbers() {
    let data = tempfile::tempdir().expect("a folder");
    let text = r#"{"demo": {"version": 7, "sha256": "ab"}}"#;
    fs::write(data.path().join("plan-versions.json"), text).expect("written");
    let versions = open(data.path());
    assert_eq!(versions.of(&tenant()).in_force(), None);
    assert_eq!(record(&versions, "eight", None).version, 8);
}

#[test]
fn only_the_latest_versions_are_kept() {
    let data = tempfile::tempdir().expect("a folder");
    let versions = open(data.path());
    let recorded: Vec<Version> = (0..PLAN_VERSIONS_KEPT_MAX + 3)
        .map(|number| record(&versions, &number.to_string(), None))
        .collect();
    let kept = versions.of(&tenant());
    let newest_first: Vec<&Version> = kept.kept().collect();
    let expected: Vec<&Version> = recorded.iter().rev().take(PLAN_VERSIONS_KEPT_MAX).collect();
    assert_eq!(newest_first, expected);
    let files = fs::read_dir(data.path().join("plans/demo")).expect("readable").count();
    assert_eq!(files, PLAN_VERSIONS_KEPT_MAX);
    assert!(versions.source(&tenant(), expected[PLAN_VERSIONS_KEPT_MAX - 1]).is_ok());
}

#[test]
fn a_kept_plan_that_was_tampered_with_is_not_put_in_force() {
    let data = tempfile::tempdir().expect("a folder");
    let versions = open(data.path());
    let version = record(&versions, "one", None);
    let path = data.path().join("plans/demo/1.json");
    fs::write(&path, bundle("another").to_json()).expect("written");
    let told = versions.source(&tenant(), &version).expect_err("damaged");
    assert!(matches!(told, PlansError::Kept { version: 1, .. }), "{told}");
    fs::remove_file(&path).expect("removed");
    assert!(versions.source(&tenant(), &version).is_err());
}

#[test]
fn a_damaged_record_is_named_and_kept_as_it_is() {
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("plan-versions.json");
    fs::write(&file, "{").expect("written");
    let told = Versions::open(data.path()).expect_err("damaged").to_string();
    assert!(told.contains("plan-versions.json: not a record of plan versions"), "{told}");
    assert_eq!(fs::read_to_string(&file).expect("readable"), "{");
}
