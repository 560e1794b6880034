use std::collections::BTreeMap;

use super::{Bundle, BundleError};
use crate::limits::{CAMPAIGNS_MAX, RULE_FILE_BYTES_MAX};

const CAMPAIGN: &str = "[when]\nplugin = \"plugins/x.wasm\"";

fn files(named: &[(&str, &[u8])]) -> BTreeMap<Box<str>, Box<[u8]>> {
    named.iter().map(|(name, bytes)| ((*name).into(), (*bytes).into())).collect()
}

fn file_bytes_max() -> usize {
    usize::try_from(RULE_FILE_BYTES_MAX).expect("small")
}

fn refused(files: BTreeMap<Box<str>, Box<[u8]>>) -> String {
    let complaints = Bundle::new("rules/demo/", files).expect_err("refused");
    complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_plan_is_the_same_only_with_the_same_text_under_the_same_names() {
    let bundle = |named| Bundle::new("", files(named)).expect("fit");
    let one = bundle(&[("a.toml", b"x"), ("b.toml", b"yz")]);
    assert_eq!(one.sha256(), bundle(&[("b.toml", b"yz"), ("a.toml", b"x")]).sha256());
    let others: [&[(&str, &[u8])]; 4] = [
        &[("a.toml", b"xy"), ("b.toml", b"z")],
        &[("a.toml", b"x"), ("c.toml", b"yz")],
        &[("a.toml", b"x"), ("b.toml", b"yz"), ("segments.toml", b"")],
        &[("a.toml", b"x")],
    ];
    for other in others {
        assert_ne!(one.sha256(), bundle(other).sha256(), "{other:?}");
    }
    let with_cases = bundle(&[("a.toml", b"x"), ("b.toml", b"yz"), ("a.cases.toml", b"")]);
    assert_eq!(one.sha256(), with_cases.sha256(), "golden cases are no part of a plan");
}

#[test]
fn a_bundle_goes_through_json_unchanged_also_where_it_is_no_text() {
    let plugin: &[u8] = &[0, b'a', b's', b'm', 0xff, 0xfe];
    let named = [("a.toml", CAMPAIGN.as_bytes()), ("plugins/x.wasm", plugin)];
    let bundle = Bundle::new("", files(&named)).expect("fit");
    let json = bundle.to_json();
    assert!(String::from_utf8_lossy(&json).contains(r#"{"base64":"AGFzbf/+"}"#));
    assert_eq!(Bundle::from_json(&json).expect("the same"), bundle);
}

#[test]
fn json_that_is_no_bundle_is_malformed_and_a_file_told_twice_too() {
    let malformed = [
        "",
        "[]",
        "{}",
        r#"{"files": []}"#,
        r#"{"files": {"a.toml": 7}}"#,
        r#"{"files": {"a.toml": {"base64": "!"}}}"#,
        r#"{"files": {}, "more": 1}"#,
        r#"{"files": {"a.toml": "", "a.toml": ""}}"#,
    ];
    for json in malformed {
        let outcome = Bundle::from_json(json.as_bytes());
        assert!(matches!(outcome, Err(BundleError::Malformed(_))), "{json}");
    }
}

#[test]
fn a_file_that_no_plan_would_read_is_told_and_not_left_out_in_silence() {
    let strays =
        ["plugins/x.wasm", "notes.txt", "drafts/a.toml", "../a.toml", "/a.toml", ".a.toml"];
    for stray in strays {
        let told = refused(files(&[("a.toml", b""), (stray, b"")]));
        assert!(told.contains(&format!("rules/demo/{stray}: error: no ")), "{told}");
    }
}

#[test]
fn plugins_are_looked_for_inside_of_the_folder_only() {
    let named = |path: &str| {
        let campaign = format!("[when]\nplugin = {path:?}");
        Bundle::new("", files(&[("a.toml", campaign.as_bytes())])).expect("fit").plugins_named()
    };
    assert_eq!(named("plugins/x.wasm"), ["plugins/x.wasm".into()]);
    for path in ["../x.wasm", "/x.wasm", "a/../../x.wasm", "a//x.wasm", "./x.wasm", "x.toml"] {
        assert!(named(path).is_empty(), "{path}");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let large = vec![b'x'; file_bytes_max() + 1];
    assert!(
        refused(files(&[("a.toml", &large)])).contains("a.toml: error: 1048577 bytes, of at most")
    );
    let names: Vec<String> = (0..=CAMPAIGNS_MAX).map(|number| format!("{number}.toml")).collect();
    let many = names.iter().map(|name| (name.as_str().into(), Box::default())).collect();
    assert!(refused(many).contains("2001 campaigns, of at most 2000"));
    let full = vec![b'x'; file_bytes_max()];
    let names: Vec<String> = (0..33).map(|number| format!("{number}.toml")).collect();
    let all: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &*full)).collect();
    assert!(refused(files(&all)).contains("bytes in all files together"));
}
