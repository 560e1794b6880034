//! Layers: of the campaigns that share customers out, each customer is in one.

use decision::limits::LAYER_PLACES;
use decision::{Plan, PlanError};
use experiments::{bucket, layer_salt};
use model::{Campaign, CampaignKey, LayerKey, LayerRange, Profile, Timestamp};
use profiles::{fold_exposures, merge};
use proptest::prelude::*;

use crate::shop::{NOW, campaign, check, customer, decision, enrolled, no, plan, view, yes};

/// A campaign of the layer `checkout`, at a placement of its own.
fn part(key: &str, from: u8, to: u8) -> Campaign {
    let mut campaign = campaign(key, key, "");
    let layer = LayerKey::parse("checkout").expect("valid");
    campaign.experiment.layer = Some(LayerRange { layer, from, to });
    campaign
}

/// Those parts, for everybody.
fn parts(ranges: &[(&str, u8, u8)]) -> Plan {
    let plugin = yes();
    let part = |&(key, from, to): &(&str, u8, u8)| (part(key, from, to), plugin.clone());
    plan(ranges.iter().map(part).collect()).expect("a plan")
}

/// A customer's place in the layer.
fn place_of(profile: &Profile) -> u8 {
    let place = bucket(&layer_salt("checkout"), &profile.id.to_string(), LAYER_PLACES.into());
    u8::try_from(place).expect("below 100")
}

/// A customer whose place in the layer is in a range.
fn customer_at(from: u8, to: u8) -> Profile {
    let mut customers = (0..10_000).map(|number| customer(&format!("a-{number}")));
    customers.find(|it| (from..to).contains(&place_of(it))).expect("one of ten thousand is there")
}

/// The campaigns to which a customer is exposed.
fn exposed(plan: &Plan, profile: &Profile) -> Vec<String> {
    let decision = decision(plan, profile.clone(), view("/", &[]));
    decision.exposures.iter().map(|exposure| exposure.campaign.to_string()).collect()
}

#[test]
fn a_campaign_has_the_customers_of_its_range_and_no_others() {
    let plan = parts(&[("gift", 0, 30), ("express", 30, 90)]);
    let judged = |profile: Profile| {
        let told = decision(&plan, profile, view("/", &[])).explanations;
        told.iter().map(|it| format!("{} {:?}", it.campaign, it.judgement)).collect::<Vec<_>>()
    };
    for profile in (0..200).map(|number| customer(&format!("b-{number}"))) {
        let place = place_of(&profile);
        let expected = match place {
            ..30 => vec!["gift".to_owned()],
            30..90 => vec!["express".to_owned()],
            _ => vec![],
        };
        assert_eq!(exposed(&plan, &profile), expected, "place {place}");
    }
    let outside = judged(customer_at(90, 100));
    assert_eq!(
        outside,
        ["express", "gift"].map(|key| format!("{key} ElsewhereInLayer {{ by: None }}"))
    );
}

#[test]
fn who_is_in_a_campaign_of_a_layer_stays_whatever_the_ranges_are_by_now() {
    let profile = enrolled(customer_at(40, 50), "gift", "control");
    check(
        &decision(&parts(&[("gift", 0, 20), ("express", 20, 100)]), profile, view("/", &[])),
        r#"exposed to gift/control withheld
           express has lost its customer to gift
           gift is withheld, kept control "because""#,
    );
}

#[test]
fn who_was_in_a_campaign_that_is_gone_goes_by_the_ranges() {
    let profile = enrolled(customer_at(40, 50), "gone", "control");
    let profile = enrolled(profile, "other-layer", "control");
    assert_eq!(exposed(&parts(&[("gift", 0, 20), ("express", 20, 100)]), &profile), ["express"]);
}

#[test]
fn a_layer_is_settled_before_anything_else_of_a_campaign() {
    let mut ended = part("gift", 0, 20);
    ended.schedule.until = Some(Timestamp::from_ms(0));
    let plan = plan(vec![(ended, no())]).expect("a plan");
    check(
        &decision(&plan, customer_at(20, 100), view("/", &[])),
        "gift has another part of its layer",
    );
    check(&decision(&plan, customer_at(0, 20), view("/", &[])), "gift does not run now");
}

#[test]
fn a_campaign_of_a_layer_that_is_not_for_the_customer_leaves_its_part_empty() {
    let plan = plan(vec![(part("gift", 0, 50), no()), (part("express", 50, 100), yes())]);
    let plan = plan.expect("a plan");
    assert_eq!(
        exposed(&plan, &customer_at(0, 50)),
        [""; 0],
        "the range is the campaign's all the same"
    );
}

#[test]
fn campaigns_outside_of_the_layer_are_not_concerned() {
    let all = vec![(part("gift", 0, 20), yes()), (campaign("free", "free", ""), yes())];
    let plan = plan(all).expect("a plan");
    assert_eq!(exposed(&plan, &enrolled(customer_at(0, 20), "gift", "control")), ["free", "gift"]);
    assert_eq!(exposed(&plan, &customer_at(20, 100)), ["free"]);
}

#[test]
fn campaigns_that_have_the_same_customers_make_no_plan() {
    let all = vec![(part("late", 40, 60), yes()), (part("early", 0, 41), yes())];
    let key = |text| CampaignKey::parse(text).expect("valid");
    let expected = PlanError::SharedLayer {
        layer: LayerKey::parse("checkout").expect("valid"),
        first: key("early"),
        second: key("late"),
    };
    assert_eq!(plan(all).err(), Some(expected));
}

#[test]
fn after_a_merge_the_first_exposure_counts_and_of_two_at_once_the_smaller_name() {
    let plan = parts(&[("gift", 0, 50), ("express", 50, 100)]);
    let hour = std::time::Duration::from_secs(3_600);
    let in_campaign = |name: &str, ago: u32| {
        let (from, to) = if name == "gift" { (0, 50) } else { (50, 100) };
        let mut profile = customer_at(from, to);
        let exposures = decision(&plan, profile.clone(), view("/", &[])).exposures;
        assert_eq!(exposures[0].campaign.as_str(), name);
        fold_exposures(&mut profile, NOW.minus(hour * ago), 1, &exposures);
        profile
    };
    for (gift, express, expected) in [(2, 1, "gift"), (1, 2, "express"), (1, 1, "express")] {
        let merged = merge(&in_campaign("gift", gift), &in_campaign("express", express));
        assert_eq!(merged.enrolments.len(), 2);
        assert_eq!(exposed(&plan, &merged), [expected]);
    }
}

/// A plan of some of the campaigns `a` to `e`, side by side in any sequence, with gaps between.
fn ranges() -> impl Strategy<Value = Vec<(&'static str, u8, u8)>> {
    let all = ["a", "b", "c", "d", "e"];
    let keys = prop::sample::subsequence(all.to_vec(), 0..=all.len()).prop_shuffle();
    (keys, prop::collection::btree_set(0_u8..=100, 2 * all.len())).prop_map(|(keys, bounds)| {
        let bounds: Vec<u8> = bounds.into_iter().collect();
        keys.into_iter().zip(bounds.chunks(2)).map(|(key, at)| (key, at[0], at[1])).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn over_any_sequence_of_plans_each_customer_is_in_one_campaign_and_stays(
        plans in prop::collection::vec(ranges(), 1..6),
        merged in any::<bool>(),
    ) {
        let mut customers: Vec<Profile> =
            (0..20).map(|number| customer(&format!("c-{number}"))).collect();
        for (step, ranges) in (0_i64..).zip(&plans) {
            let plan = parts(ranges);
            for profile in &mut customers {
                let before = profile.enrolments.clone();
                let exposures = decision(&plan, profile.clone(), view("/", &[])).exposures;
                prop_assert!(exposures.len() <= 1, "{:?} at once", exposures);
                let is_planned = |key: &CampaignKey| ranges.iter().any(|it| it.0 == key.as_str());
                let first = before.iter().filter(|it| is_planned(&it.campaign)).min_by_key(|it| it.since);
                if let Some(first) = first {
                    prop_assert_eq!(&exposures[0].campaign, &first.campaign, "stays");
                    prop_assert_eq!(&exposures[0].variant, &first.variant, "in the same arm");
                } else {
                    let place = place_of(profile);
                    let owner = ranges.iter().find(|(_, from, to)| (*from..*to).contains(&place));
                    let owner = owner.map(|it| it.0);
                    prop_assert_eq!(exposures.first().map(|it| it.campaign.as_str()), owner);
                }
                fold_exposures(profile, Timestamp::from_ms(NOW.ms() + step), 1, &exposures);
            }
            if merged && let Some(other) = customers.pop() {
                customers[0] = merge(&customers[0], &other);
            }
        }
    }
}
