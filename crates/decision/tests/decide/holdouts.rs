//! Who is held out, and that those are counted like every other arm.

use std::time::Duration;

use decision::Plan;
use experiments::{assign, bucket, holdout_salt, tenant_holdout_salt};
use model::{Campaign, CampaignKey, Holdout, Profile, Timestamp};
use profiles::{fold_exposures, merge};
use proptest::prelude::*;

use crate::shop::{
    NOW, campaign, check, customer, decision, enrolled, no, parsed, plan, view, yes,
};

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
    let hour = Duration::from_secs(3_600);
    let seen = |mut profile: Profile, hours_ago| {
        let exposures = decision(&rescue(), profile.clone(), view("/", &[])).exposures;
        fold_exposures(&mut profile, NOW.minus(hour * hours_ago), 1, &exposures);
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

/// A holdout of all campaigns.
fn holdout(percent: u8) -> Holdout {
    Holdout {
        key: CampaignKey::parse("holdout").expect("valid"),
        percent,
        salt: "2026-q4".into(),
        attribution_window: Duration::from_secs(30 * 86_400),
    }
}

/// Two campaigns side by side and one that wants nobody, for a tenant that holds out half of its customers.
fn guarded() -> Plan {
    let all = vec![
        (campaign("one", "banner", "priority = 1"), yes()),
        (campaign("nobody", "banner", "priority = 2"), no()),
        (campaign("two", "footer", ""), yes()),
    ];
    plan(all).and_then(|plan| plan.holding_out(holdout(50))).expect("a plan")
}

/// A customer whom the tenant holds out, or does not, who is in the treated half of campaign `one`.
fn customer_held_out_of_all(is_held_out: bool) -> Profile {
    customer_held_out_by("holdout", is_held_out)
}

/// The same of a holdout of this name.
fn customer_held_out_by(key: &str, is_held_out: bool) -> Profile {
    let salt = tenant_holdout_salt(key, "2026-q4");
    let is_meant = |profile: &Profile| {
        let unit = profile.id.to_string();
        (bucket(&salt, &unit, 100) < 50) == is_held_out && assign("one", &unit, &[1, 1]) == Ok(1)
    };
    let mut customers = (0..1_000).map(|number| customer(&format!("d-{number}")));
    customers.find(is_meant).expect("a quarter of a thousand")
}

#[test]
fn who_is_held_out_of_all_campaigns_is_exposed_to_the_holdout_alone() {
    check(
        &decision(&guarded(), customer_held_out_of_all(true), view("/", &[])),
        r#"exposed to holdout/held-out withheld
           nobody is not for this customer
           one holds the customer out with all others
           two holds the customer out with all others"#,
    );
}

#[test]
fn the_others_come_into_the_holdout_and_go_on_to_the_campaigns() {
    let decision = decision(&guarded(), customer_held_out_of_all(false), view("/", &["banner"]));
    check(
        &decision,
        r#"banner: one/treated offers twenty
           exposed to holdout/open shown
           exposed to one/treated shown
           nobody is not for this customer
           one is shown, assigned treated "because"
           two is for another placement"#,
    );
    let [entered, exposed] = &decision.exposures[..] else { unreachable!("two, as just checked") };
    assert_eq!(entered.attribution_until, NOW.plus(Duration::from_secs(30 * 86_400)));
    assert_eq!(
        entered.rule_digest, exposed.rule_digest,
        "the rule that found the customer eligible"
    );
}

#[test]
fn nobody_comes_into_the_holdout_before_a_campaign_finds_them_eligible() {
    let plan = plan(vec![(campaign("nobody", "banner", ""), no())]);
    let plan = plan.and_then(|plan| plan.holding_out(holdout(50))).expect("a plan");
    for is_held_out in [true, false] {
        let decision = decision(&plan, customer_held_out_of_all(is_held_out), view("/", &[]));
        check(&decision, "nobody is not for this customer");
    }
}

#[test]
fn who_is_in_the_holdout_stays_in_the_arm_and_is_recorded_once() {
    let held = enrolled(customer_held_out_of_all(false), "holdout", "held-out");
    check(
        &decision(&guarded(), held, view("/", &[])),
        r#"nobody holds the customer out with all others
           one holds the customer out with all others
           two holds the customer out with all others"#,
    );
    let open = enrolled(customer_held_out_of_all(true), "holdout", "open");
    check(
        &decision(&guarded(), open, view("/", &["banner"])),
        r#"banner: one/treated offers twenty
           exposed to one/treated shown
           nobody is not for this customer
           one is shown, assigned treated "because"
           two is for another placement"#,
    );
}

#[test]
fn a_holdout_under_a_new_key_draws_everybody_again_though_its_salt_stays() {
    const CUSTOMERS: usize = 400;
    let arms = |key: &str| {
        let holdout = Holdout { key: CampaignKey::parse(key).expect("valid"), ..holdout(50) };
        let plan = plan(vec![(campaign("one", "banner", ""), yes())]);
        let plan = plan.and_then(|plan| plan.holding_out(holdout)).expect("a plan");
        let customers = (0..CUSTOMERS).map(|number| customer(&format!("k-{number}")));
        let exposures =
            customers.map(|it| decision(&plan, it, view("/", &[])).exposures.swap_remove(0));
        exposures.map(|it| (it.variant, it.split)).collect::<Vec<_>>()
    };
    let (before, after) = (arms("holdout"), arms("holdout-2027"));
    assert_ne!(before[0].1, after[0].1, "another split");
    let stayed = before.iter().zip(&after).filter(|(one, two)| one.0 == two.0).count();
    // Of two draws that know nothing of each other half agree: 200, give or take 6 standard deviations.
    assert!((140..=260).contains(&stayed), "{stayed} of {CUSTOMERS} are in the same arm");
}

#[test]
fn who_was_in_a_campaign_before_the_holdout_comes_into_it_like_everybody() {
    let exposures = |is_held_out| {
        let profile = enrolled(customer_held_out_of_all(is_held_out), "one", "control");
        let exposures = decision(&guarded(), profile, view("/", &["banner"])).exposures.into_iter();
        exposures.map(|it| format!("{}/{}", it.campaign, it.variant)).collect::<Vec<_>>()
    };
    assert_eq!(exposures(true), ["holdout/held-out"]);
    assert_eq!(exposures(false), ["holdout/open", "one/control"]);
}

#[test]
fn who_was_held_out_comes_into_the_next_holdout_like_everybody() {
    let profile = customer_held_out_by("holdout-2027", false);
    let profile = enrolled(profile, "holdout", "held-out");
    let key = CampaignKey::parse("holdout-2027").expect("valid");
    let next = Holdout { key, ..holdout(50) };
    let plan = plan(vec![(campaign("one", "banner", ""), yes())]);
    let plan = plan.and_then(|plan| plan.holding_out(next)).expect("a plan");
    let exposures = decision(&plan, profile, view("/", &[])).exposures;
    let arm = |at: usize| (exposures[at].campaign.as_str(), exposures[at].variant.as_str());
    assert_eq!((arm(0), arm(1)), (("holdout-2027", "open"), ("one", "treated")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn over_any_weights_and_merges_each_customer_keeps_the_first_arm(
        weights in prop::collection::vec(prop::array::uniform3(1_u32..100), 2..6),
        merged in prop::collection::vec((0_usize..12, 0_usize..12), 0..4),
    ) {
        let plans = weights.into_iter().map(|weights| {
            let mut campaign = held_out("rescue", "banner");
            for (variant, weight) in campaign.experiment.variants.iter_mut().zip(weights) {
                variant.weight = weight;
            }
            plan(vec![(campaign, yes())]).expect("a plan")
        });
        let mut customers: Vec<Profile> =
            (0..12).map(|number| customer(&format!("w-{number}"))).collect();
        let mut merged = merged.into_iter();
        for (step, plan) in (0_i64..).zip(plans) {
            for (number, profile) in (0_i64..).zip(&mut customers) {
                let exposures = decision(&plan, profile.clone(), view("/", &[])).exposures;
                if let Some(first) = profile.enrolments.first() {
                    prop_assert_eq!(&exposures[0].variant, &first.variant);
                }
                let at = Timestamp::from_ms(NOW.ms() + step * 100 + number);
                fold_exposures(profile, at, 1, &exposures);
            }
            if let Some((one, two)) = merged.next() {
                let [first, second] = [one, two].map(|place| &customers[place].enrolments[0]);
                let earlier = if first.since <= second.since { first } else { second };
                let both = merge(&customers[one], &customers[two]);
                prop_assert_eq!(&both.enrolments[0].variant, &earlier.variant);
                customers[one] = both.clone();
                customers[two] = both;
            }
        }
    }
}
