//! Checking, testing, explaining and compiling campaigns.

use super::run::{Folder, campaign, rules_folder, rules_in};

const CASES: &str = r#"
now = 2026-12-04T19:30:00Z
[[cases]]
name = "a full cart"
expect = true
customer.cart.value = "20.00"
[[cases]]
name = "a cent short"
expect = false
customer.cart.value = "19.99"
"#;

/// A folder with one campaign, of carts from 20 euro on, and its cases.
fn carts(cases: &str) -> Folder {
    Folder::new()
        .with("carts.toml", &campaign("carts", "customer.cart.value >= money(\"20.00\")"))
        .with("carts.cases.toml", cases)
}

#[test]
fn the_campaigns_by_example_have_no_mistakes_and_pass_their_cases() {
    let rules = rules_folder();
    let checked = rules_in(&rules, &["check", "examples", "demo"]);
    let printed = checked.printed();
    assert!(printed.starts_with("no mistakes in 1"), "{printed}");
    let tested = rules_in(&rules, &["test", "examples"]);
    assert!(tested.printed().ends_with(" passed, 0 failed\n"), "{}", tested.stdout);
    assert!(tested.stdout.contains("  ok    the cart is a cent short\n"), "{}", tested.stdout);
}

#[test]
fn every_mistake_of_every_file_is_told_at_its_place() {
    let folder = Folder::new()
        .with("one.toml", &campaign("one", "customer.cart.valeu >= money(\"20.00\")"))
        .with("two.toml", &campaign("two", "segment(\"regulars\")"));
    let ran = folder.rules(&["check", "."]);
    let complaint = ran.complaint();
    assert!(complaint.contains("./one.toml:5:"), "{complaint}");
    assert!(complaint.contains("\n    5 | rule = '''customer.cart.valeu"), "{complaint}");
    assert!(complaint.contains("^^^^"), "{complaint}");
    assert!(complaint.contains("customer.cart.value"), "what is meant: {complaint}");
    assert!(complaint.contains("./two.toml:5:"), "{complaint}");
    assert!(complaint.ends_with("2 mistakes\n"), "{complaint}");
    let json = folder.rules(&["check", "--json", "one.toml"]);
    assert_eq!((json.code, &*json.stderr), (Some(1), ""));
    let told: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(told[0]["line"], 5, "{told}");
    assert_eq!(told[0]["file"], "./one.toml", "{told}");
    let well = carts(CASES).rules(&["check", "--json", "."]);
    assert_eq!(well.printed(), "[]\n");
}

#[test]
fn a_campaign_alone_is_checked_with_what_its_folder_declares() {
    let folder = Folder::new()
        .with("one.toml", &campaign("one", "segment(\"regulars\") && customer.traits.vip"))
        .with("other.toml", "this is no campaign")
        .with("traits.toml", "[traits]\nvip = \"bool\"\n")
        .with("segments.toml", "[segments]\nregulars = 'customer.orders >= 3'\n");
    let checked = folder.rules(&["check", "one.toml"]);
    assert_eq!(checked.printed(), "no mistakes in 1 campaign\n");
    assert!(folder.rules(&["check", "."]).complaint().contains("other.toml:1:"));
    assert!(folder.rules(&["check", "no-such.toml"]).complaint().contains("no-such.toml"));
    let empty = Folder::new().rules(&["check", "."]);
    assert!(empty.complaint().contains(". has no campaigns"), "{}", empty.stderr);
}

#[test]
fn two_campaigns_of_one_name_and_a_plugin_that_is_none_are_refused() {
    let plugin = campaign("b", "true").replace("rule = '''true'''", "plugin = \"b.wat\"");
    let folder = Folder::new()
        .with("a.toml", &campaign("a", "customer.orders > 0"))
        .with("again.toml", &campaign("a", "customer.orders > 1"));
    let ran = folder.rules(&["check", "."]);
    assert!(ran.complaint().contains("./a.toml has a campaign named a too"), "{}", ran.stderr);
    let folder = Folder::new().with("b.toml", &plugin).with("b.wat", "(module)");
    let ran = folder.rules(&["check", "."]);
    assert!(ran.complaint().contains("./b.wat: error: plugin refused: "), "{}", ran.stderr);
}

#[test]
fn a_case_that_fails_is_told_with_what_was_seen_and_why() {
    let wrong = CASES.replace("expect = false", "expect = true");
    let ran = carts(&wrong).rules(&["test", "carts.toml"]);
    assert_eq!(ran.code, Some(1));
    let expected = "\
./carts.cases.toml
  ok    a full cart
  FAIL  a cent short
        line 7: expected true, found false
          customer.cart.value >= money(\"20.00\")   false
            customer.cart.value                   19.99 EUR
2 cases: 1 passed, 1 failed
";
    assert_eq!(ran.stdout, expected, "{}", ran.stderr);
}

#[test]
fn tests_without_a_case_or_with_a_broken_one_do_not_pass() {
    let folder = carts(CASES);
    assert!(folder.rules(&["test"]).printed().ends_with("2 cases: 2 passed, 0 failed\n"));
    std::fs::remove_file(folder.path().join("carts.cases.toml")).unwrap();
    let none = folder.rules(&["test"]);
    assert_eq!((none.code, &*none.stdout), (Some(1), "0 cases: 0 passed, 0 failed\n"));
    assert!(none.stderr.contains("in a file beside it"), "{}", none.stderr);
    let mistyped = CASES.replace("customer.cart.value = \"20", "customer.cart.valeu = \"20");
    let broken = carts(&mistyped).rules(&["test"]);
    assert_eq!(broken.code, Some(1));
    assert!(broken.stderr.contains("carts.cases.toml:6:"), "{}", broken.stderr);
    assert!(carts(&mistyped).rules(&["check", "."]).complaint().contains("carts.cases.toml:6:"));
}

#[test]
fn a_case_is_explained_part_by_part() {
    let folder = carts(CASES);
    let expected = "\
carts: the rule is true for the case \"a full cart\"

customer.cart.value >= money(\"20.00\")   true
  customer.cart.value                   20.00 EUR
";
    let explained = folder.rules(&["explain", "carts.toml", "--case", "a full cart"]);
    assert_eq!(explained.printed(), expected);
    let unknown = folder.rules(&["explain", "carts.toml", "--case", "nobody"]);
    assert!(unknown.complaint().contains("\"a cent short\""), "{}", unknown.stderr);
    let nobody = folder.rules(&["explain", "carts.toml"]);
    assert_eq!(nobody.code, Some(2), "{}", nobody.stderr);
}

#[test]
fn the_compiled_module_has_the_rules_of_the_folder_and_is_webassembly() {
    let folder = carts(CASES).with("more.toml", &campaign("more", "customer.orders > 2"));
    let ran = folder.rules(&["compile", ".", "-o", "out.wasm"]);
    let wasm = std::fs::read(folder.path().join("out.wasm")).expect("written");
    assert_eq!(&wasm[..8], b"\0asm\x01\0\0\0");
    let begin = format!("out.wasm: 2 rules, {} bytes, ", wasm.len());
    assert!(ran.printed().starts_with(&begin), "{}", ran.stdout);
    let alone = folder.rules(&["compile", "more.toml", "-o", "more.wasm"]);
    assert!(alone.printed().starts_with("more.wasm: 1 rule, "), "{}", alone.stdout);
    let nothing = rules_in(&rules_folder(), &["compile", "demo", "-o", "/dev/null"]);
    assert!(nothing.complaint().contains("no campaign of demo"), "{}", nothing.stderr);
    let mistaken = Folder::new().with("a.toml", &campaign("a", "customer.order > 2"));
    let ran = mistaken.rules(&["compile", ".", "-o", "out.wasm"]);
    assert!(ran.complaint().contains("./a.toml:5:"), "{}", ran.stderr);
    assert!(!mistaken.path().join("out.wasm").exists(), "nothing is written");
}

#[test]
fn a_file_of_cases_stands_for_its_campaign() {
    let checked = carts(CASES).rules(&["check", "carts.cases.toml"]);
    assert_eq!(checked.printed(), "no mistakes in 1 campaign with 2 cases\n");
    let tested = carts(CASES).rules(&["test", "carts.cases.toml"]);
    assert!(tested.printed().ends_with("2 passed, 0 failed\n"), "{}", tested.stdout);
    let broken = carts("garbage").rules(&["check", "carts.cases.toml"]);
    assert!(broken.complaint().contains("carts.cases.toml:1:"), "{}", broken.stderr);
    let alone = Folder::new().with("other.cases.toml", CASES);
    let told = alone.rules(&["check", "other.cases.toml"]);
    assert!(told.complaint().contains("no campaign other.toml beside it"), "{}", told.stderr);
}
