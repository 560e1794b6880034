//! Who is held out, and that those are counted like every other arm.

use decision::Plan;
use experiments::{bucket, holdout_salt};
use model::{Campaign, Profile};
use profiles::{fold_exposures, merge};

use crate::shop::{NOW, campaign, check, customer, decision, enrolled, parsed, plan, view, yes};

/// A campaign of two equal variants that holds out ten per cent.
fn held_out(key: &str, placement: &str) -> Campaign {
    let text = format!(
        r#"
key = "{key}"
placement = "{placement}"
[when]
plugin = "p.wat"
[experiment]
control = "control"
holdout = 10
variants = [{{ key = "control", weight = 50 }}, {{ key = "treated", weight = 50, offer = "o" }}]
[[offers]]
key = "o"
kind = "banner"
text.en.title = "x"
"#
    );
    parsed(&text)
}

fn rescue() -> Plan {
    plan(vec![(held_out("rescue", "banner"), yes())]).expect("a plan")
}

fn is_held(profile: &Profile) -> bool {
    bucket(&holdout_salt("rescue"), &profile.id.to_string(), 100) < 10
}

/// A customer whom the campaign `rescue` holds out, or does not, by the number of those before.
fn customer_who(is_held_out: bool, number: usize) -> Profile {
    let mut customers = (0..10_000).map(|number| customer(&format!("a-{number}")));
    let found = customers.by_ref().filter(|profile| is_held(profile) == is_held_out).nth(number);
    found.expect("one of ten thousand is there")
}

#[test]
fn who_is_held_out_is_shown_nothing_and_exposed_like_every_arm() {
    check(
        &decision(&rescue(), customer_who(true, 0), view("/", &[])),
        r#"exposed to rescue/holdout withheld
           rescue is withheld, assigned holdout "because""#,
    );
}

#[test]
fn the_others_divide_as_they_would_without_a_holdout() {
    let without = plan(vec![(campaign("rescue", "banner", ""), yes())]).expect("a plan");
    for number in 0..100 {
        let profile = customer_who(false, number);
        let arms = [&rescue(), &without].map(|plan| {
            let exposures = decision(plan, profile.clone(), view("/", &[])).exposures;
            exposures.into_iter().map(|exposure| exposure.variant).collect::<Vec<_>>()
        });
        assert_eq!(arms[0], arms[1]);
    }
}

#[test]
fn a_campaign_that_holds_a_customer_out_keeps_its_placement() {
    let low = campaign("low", "banner", "priority = -1");
    let plan = plan(vec![(held_out("rescue", "banner"), yes()), (low, yes())]).expect("a plan");
    check(
        &decision(&plan, customer_who(true, 0), view("/", &[])),
        r#"exposed to rescue/holdout withheld
           rescue is withheld, assigned holdout "because"
           low is outranked by rescue"#,
    );
}

#[test]
fn who_was_held_out_or_was_not_stays_so() {
    let stays = |profile: Profile, variant: &str, shown: &str| {
        let profile = enrolled(profile, "rescue", variant);
        check(
            &decision(&rescue(), profile, view("/", &[])),
            &format!(
                "{shown}exposed to rescue/{variant} {}\nrescue is {0}, kept {variant} \"because\"",
                if shown.is_empty() { "withheld" } else { "shown" }
            ),
        );
    };
    stays(customer_who(false, 0), "holdout", "");
    stays(customer_who(true, 0), "treated", "banner: rescue/treated offers o\n");
}

#[test]
fn who_was_held_out_gets_a_variant_when_the_campaign_no_longer_holds_out_anybody() {
    let plan = plan(vec![(campaign("rescue", "banner", ""), yes())]).expect("a plan");
    let profile = enrolled(customer_who(true, 0), "rescue", "holdout");
    let exposures = decision(&plan, profile, view("/", &[])).exposures;
    assert!(["control", "treated"].contains(&exposures[0].variant.as_str()));
}

#[test]
fn a_merge_keeps_the_first_assignment_though_it_was_to_be_held_out() {
    let hour = std::time::Duration::from_secs(3_600);
    let seen = |mut profile: Profile, hours_ago| {
        let exposures = decision(&rescue(), profile.clone(), view("/", &[])).exposures;
        fold_exposures(&mut profile, NOW.minus(hour * hours_ago), &exposures);
        profile
    };
    for (held_ago, other_ago) in [(2, 1), (1, 2)] {
        let (held, other) =
            (seen(customer_who(true, 0), held_ago), seen(customer_who(false, 0), other_ago));
        let first = if held_ago > other_ago { &held } else { &other };
        let merged = merge(&held, &other);
        let exposures = decision(&rescue(), merged, view("/", &[])).exposures;
        assert_eq!(exposures[0].variant, first.enrolments[0].variant);
    }
}

#[test]
fn a_campaign_whose_test_is_over_gives_the_winner_to_all_but_those_who_are_held_out() {
    let text = r#"
key = "rescue"
placement = "banner"
[when]
plugin = "p.wat"
[experiment]
control = "holdout"
holdout = 10
variants = [{ key = "treated", weight = 1, offer = "o" }]
[[offers]]
key = "o"
kind = "banner"
text.en.title = "x"
"#;
    let campaign = parsed(text);
    assert_eq!(campaign.experiment.holdout, Some(campaign.experiment.control));
    let plan = plan(vec![(campaign, yes())]).expect("a plan");
    check(
        &decision(&plan, customer_who(true, 0), view("/", &[])),
        r#"exposed to rescue/holdout withheld
           rescue is withheld, assigned holdout "because""#,
    );
    check(
        &decision(&plan, customer_who(false, 0), view("/", &[])),
        r#"banner: rescue/treated offers o
           exposed to rescue/treated shown
           rescue is shown, assigned treated "because""#,
    );
}
