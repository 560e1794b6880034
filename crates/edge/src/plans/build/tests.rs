use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use decision::{Ledger, Question, Visit, decide};
use model::{Currency, CustomerId, Profile, TenantKey, Timestamp, View};

use super::Built;
use crate::plans::bundle::Bundle;
use crate::plans::folder;
use crate::plans::testing::host;

fn dollars() -> Currency {
    Currency::parse("USD").expect("known")
}

/// A campaign for whom a rule is true, with the whole of its `when`.
fn campaign(name: &str, when: &str) -> String {
    format!(
        r#"
key = "{name}"
placement = "{name}"
[when]
{when}
[experiment]
control = "a"
variants = [{{ key = "a", weight = 1, offer = "o" }}, {{ key = "b", weight = 1, offer = "o" }}]
[[offers]]
key = "o"
kind = "banner"
text.en.title = "x"
"#
    )
}

fn bundle(files: &[(&str, &str)]) -> Bundle {
    let named = files.iter().map(|(name, text)| ((*name).into(), text.as_bytes().into()));
    Bundle::new("", named.collect::<BTreeMap<_, _>>()).expect("fit")
}

/// Everything that is wrong with files.
fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
    let found = Built::new(&bundle(files), dollars(), &host()).err().expect("wrong");
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn every_example_of_a_campaign_is_part_of_one_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/examples");
    let bundle = folder::read(&folder).expect("readable").expect("there");
    let built = Built::new(&bundle, dollars(), &host()).map_err(|found| found[0].to_string());
    let built = built.expect("right");
    let plan = built.plan(3, &TenantKey::parse("demo").expect("valid")).expect("whole");
    assert_eq!((plan.version(), plan.campaigns().len()), (3, bundle.campaigns().count()));
    assert!(plan.campaigns().len() >= 10);
}

#[test]
fn each_campaign_has_the_rule_of_its_own_file_and_segments_and_traits_count() {
    let files = [
        ("a.toml", &*campaign("first", "rule = 'false'")),
        ("b.toml", &*campaign("second", "rule = 'segment(\"mobile\")'")),
        ("c.toml", &*campaign("third", "rule = 'view.path == \"/\"'")),
        ("segments.toml", "[segments]\nmobile = 'view.device == \"mobile\"'\n"),
        ("traits.toml", "[traits]\nvip = \"bool\"\n"),
    ];
    let built = Built::new(&bundle(&files), dollars(), &host())
        .map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>());
    let built = built.expect("right");
    let tenant = TenantKey::parse("demo").expect("valid");
    let plan = built.plan(1, &tenant).expect("whole");
    let now = Timestamp::parse("2026-01-31T18:30:00Z").expect("valid");
    let profile = Arc::new(Profile::new(tenant, CustomerId::from_u128(1), now));
    let shown = |path: &str, device: &str| {
        let view = View { path: path.into(), device: device.into(), ..View::default() };
        let ledger = Ledger::new(Duration::ZERO);
        let mut claims = ledger.claims(Visit::First, now);
        let decision = decide(&plan, &mut claims, Question::new(&profile, &Arc::new(view), now));
        assert_eq!(decision.faults, []);
        let shown = decision.offers.iter().map(|made| made.campaign.to_string());
        shown.collect::<Vec<_>>()
    };
    assert_eq!(shown("/", "mobile"), ["second", "third"]);
    assert_eq!(shown("/", "desktop"), ["third"]);
    assert_eq!(shown("/cart", "mobile"), ["second"]);
}

#[test]
fn the_mistakes_of_all_files_are_told_at_once_each_with_its_place() {
    let told = mistakes(&[
        ("a.toml", &campaign("first", "rule = 'custmer.orders > 1'")),
        ("b.toml", &campaign("second", "plugin = 'gone.wat'").replace("weight", "wieght")),
    ]);
    assert!(told[0].starts_with("a.toml:5:9: error: "), "{told:?}");
    assert!(told[1..].iter().all(|it| it.starts_with("b.toml:")), "{told:?}");
    assert!(told.iter().any(|it| it.contains("wieght")), "{told:?}");

    let told = mistakes(&[
        ("a.toml", &campaign("first", "rule = 'segment(\"mobile\")'")),
        ("segments.toml", "[segments]\nmobile = 'view.devise == \"mobile\"'\n"),
    ]);
    assert_eq!(told.len(), 1, "a campaign is not blamed for a segment: {told:?}");
    assert!(told[0].starts_with("segments.toml:2:"), "{told:?}");
}

#[test]
fn two_campaigns_of_one_name_are_told_with_both_files() {
    let first = campaign("same", "rule = 'true'");
    let told = mistakes(&[("a.toml", &first), ("b.toml", &first)]);
    assert_eq!(
        told,
        ["b.toml: error: a.toml has a campaign named same too\n\
                       help: give each campaign its own `key`"]
    );
}

#[test]
fn a_holdout_is_part_of_the_plan_but_not_of_a_campaign_that_is_tried_alone() {
    let one = campaign("one", "rule = 'true'");
    let built = Built::new(
        &bundle(&[("a.toml", &one), ("holdout.toml", "percent = 5\n")]),
        dollars(),
        &host(),
    );
    let built = built.map_err(|found| found[0].to_string()).expect("right");
    let tenant = TenantKey::parse("demo").expect("valid");
    let percent = |plan: Result<decision::Plan, _>| plan.ok()?.holdout().map(|it| it.percent);
    assert_eq!(percent(built.plan(1, &tenant)), Some(5));
    assert_eq!(percent(built.alone(0, &tenant, |_| {})), None);
    assert_eq!(percent(built.alone_with_holdout(0, &tenant, |_| {})), Some(5));
    let told = mistakes(&[("a.toml", "key = 3"), ("holdout.toml", "percent = 500\n")]);
    assert!(told[0].starts_with("holdout.toml:1:11: error: `percent` must be 1 to 50"), "{told:?}");
    assert!(told.len() > 1, "the mistakes of campaigns are told as well: {told:?}");
}

#[test]
fn two_campaigns_with_the_same_customers_of_a_layer_are_told_with_what_is_free() {
    let part = |key: &str, layer: &str| {
        let range = format!("control = \"a\"\nlayer = {{ name = \"checkout\", {layer} }}");
        campaign(key, "rule = 'true'").replace("control = \"a\"", &range)
    };
    let [one, two] = [part("one", "from = 0, to = 50"), part("two", "from = 40, to = 70")];
    let told = mistakes(&[("a.toml", &two), ("b.toml", &one)]);
    let line = two.lines().position(|line| line.starts_with("layer")).expect("it has one") + 1;
    let expected = format!(
        "a.toml:{line}:9: error: the campaigns one and two both have the customers from 40 to 50 of the \
         layer \"checkout\"\n{line:>5} | layer = {{ name = \"checkout\", from = 40, to = 70 }}\n      \
         |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\nhelp: free are from = 70, to = 100"
    );
    assert_eq!(told, [expected]);
    let told = mistakes(&[("a.toml", &one), ("b.toml", &one)]);
    assert_eq!(told.len(), 1, "they are one campaign, which is told already: {told:?}");
}

#[test]
fn a_plugin_that_is_not_there_or_not_allowed_is_told() {
    let text = campaign("first", "plugin = 'plugins/x.wat'");
    let told = mistakes(&[("a.toml", &text)]);
    assert!(
        told[0].starts_with("a.toml: error: the plugin \"plugins/x.wat\" is not there"),
        "{told:?}"
    );
    let told = mistakes(&[("a.toml", &text), ("plugins/x.wat", "(module)")]);
    assert!(told[0].starts_with("plugins/x.wat: error: plugin refused: "), "{told:?}");
}
