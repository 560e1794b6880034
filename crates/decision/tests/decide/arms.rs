//! Who is in which arm, and that both arms are counted alike.

use std::sync::Arc;

use decision::Plan;
use model::{
    Campaign, Currency, CustomerId, Discount, Money, Offer, OrderSeen, Placed, SplitKey, TermsKey,
    Tight, Timestamp, Variant, VariantKey,
};

use crate::shop::{NOW, campaign, check, customer_in, decision, enrolled, parsed, plan, view, yes};

fn rescue() -> Plan {
    plan(vec![(campaign("rescue", "banner", ""), yes())]).expect("a plan")
}

#[test]
fn the_treated_arm_is_shown_the_offer_and_exposed() {
    check(
        &decision(&rescue(), customer_in("rescue", 1), view("/", &[])),
        r#"banner: rescue/treated offers twenty
           exposed to rescue/treated shown
           rescue is shown, assigned treated "because""#,
    );
}

#[test]
fn the_control_arm_is_shown_nothing_and_exposed_all_the_same() {
    check(
        &decision(&rescue(), customer_in("rescue", 0), view("/", &[])),
        r#"exposed to rescue/control withheld
           rescue is withheld, assigned control "because""#,
    );
}

#[test]
fn a_variant_once_given_is_kept() {
    check(
        &decision(
            &rescue(),
            enrolled(customer_in("rescue", 0), "rescue", "treated"),
            view("/", &[]),
        ),
        r#"banner: rescue/treated offers twenty
           exposed to rescue/treated shown
           rescue is shown, kept treated "because""#,
    );
}

#[test]
fn a_variant_that_no_longer_exists_is_replaced() {
    check(
        &decision(
            &rescue(),
            enrolled(customer_in("rescue", 0), "rescue", "retired"),
            view("/", &[]),
        ),
        r#"exposed to rescue/control withheld
           rescue is withheld, assigned control "because""#,
    );
}

#[test]
fn campaigns_with_the_same_salt_and_weights_divide_customers_alike() {
    let one = campaign("one", "banner", "");
    let mut two = campaign("two", "footer", "");
    two.experiment.salt = "one".into();
    let plan = plan(vec![(one, yes()), (two, yes())]).expect("a plan");
    for place in [0, 1] {
        let exposures = decision(&plan, customer_in("one", place), view("/", &[])).exposures;
        assert_eq!(exposures.len(), 2);
        assert_eq!(exposures[0].variant, exposures[1].variant);
    }
}

#[test]
fn the_first_exposure_sets_the_window_in_which_orders_count() {
    let until =
        |profile| decision(&rescue(), profile, view("/", &[])).exposures[0].attribution_until;
    let week = std::time::Duration::from_secs(7 * 86_400);
    assert_eq!(until(customer_in("rescue", 0)), NOW.plus(week));
    let hour = std::time::Duration::from_secs(3_600);
    let again = enrolled(customer_in("rescue", 0), "rescue", "control");
    assert_eq!(until(again), NOW.plus(hour), "a later exposure does not move it");
    let mut ahead = enrolled(customer_in("rescue", 0), "rescue", "control");
    ahead.enrolments[0].since = NOW.plus(std::time::Duration::from_millis(1));
    ahead.enrolments[0].attribution_until = ahead.enrolments[0].since.plus(2 * week);
    assert_eq!(until(ahead.clone()), NOW.plus(2 * week), "an earlier one begins as long a one");
    let mut shifted = ahead;
    shifted.carts.extend(NOW);
    let later = NOW.plus(std::time::Duration::from_millis(1)).plus(2 * week);
    assert_eq!(until(shifted), later, "both are put behind that millisecond");
}

/// An order of some minor units of EUR.
fn order(id_hash: u64, at: Timestamp, minor: i64) -> OrderSeen {
    let revenue = Some(Money::from_minor(minor, Currency::parse("EUR").expect("known")));
    let origin = CustomerId::from_u128(1);
    let placed = Some(Placed { origin, revenue, discount_minor: 0, products: Tight::new() });
    OrderSeen { id_hash, at, placed, cancelled: false, refunds: Tight::new() }
}

#[test]
fn an_exposure_as_of_an_earlier_time_has_only_what_was_ordered_before_that_and_keeps_the_arm() {
    let minute = std::time::Duration::from_secs(60);
    let mut profile = enrolled(customer_in("rescue", 0), "rescue", "treated");
    profile.orders =
        vec![order(2, NOW.plus(minute), 2_000), order(1, NOW.minus(minute), 500)].into();
    let known = &mut profile.enrolments[0];
    known.since = NOW.plus(2 * minute);
    known.revenue_before =
        [Money::from_minor(2_500, Currency::parse("EUR").expect("known"))].into();
    let (variant, split, goal) = (known.variant.clone(), known.split, known.goal);
    let exposure = decision(&rescue(), profile.clone(), view("/", &[])).exposures.remove(0);
    let before: Vec<i64> = exposure.revenue_before.iter().map(|sum| sum.minor).collect();
    assert_eq!(before, [500], "what was ordered between the two counts after the exposure");
    assert_eq!((exposure.variant, exposure.split, exposure.goal), (variant, split, goal));
}

#[test]
fn what_was_brought_before_and_the_split_are_those_of_the_first_exposure() {
    let mut profile = customer_in("rescue", 0);
    let ago = NOW.minus(std::time::Duration::from_secs(60));
    let order = |id_hash, minor| order(id_hash, ago, minor);
    let orders = vec![order(1, 1_999), OrderSeen { cancelled: true, ..order(2, 500) }];
    profile.orders = orders.into();
    let exposure = |profile| decision(&rescue(), profile, view("/", &[])).exposures.remove(0);
    let first = exposure(profile.clone());
    assert_eq!(first.revenue_before.iter().map(|sum| sum.minor).collect::<Vec<_>>(), [1_999]);
    let rescue = campaign("rescue", "banner", "");
    assert_eq!(first.split, SplitKey::of(&rescue.experiment));
    let later = exposure(enrolled(profile, "rescue", "control"));
    assert!(later.revenue_before.is_empty(), "what the enrolment says, not what is known by now");
    assert_eq!(later.split, SplitKey::OTHER);
}

#[test]
fn an_exposure_names_the_plugin_that_found_the_customer_eligible() {
    let plugin = yes();
    let digest = *plugin.digest();
    let plan = plan(vec![(campaign("rescue", "banner", ""), plugin)]).expect("a plan");
    let exposure = decision(&plan, customer_in("rescue", 0), view("/", &[])).exposures.remove(0);
    assert_eq!(exposure.rule_digest, digest);
    assert_eq!(exposure.variant, VariantKey::parse("control").expect("valid"));
    assert!(exposure.attribution_until > Timestamp::from_ms(0));
}

#[test]
fn a_control_arm_may_have_an_offer_of_its_own() {
    let text = r#"
key = "rescue"
placement = "banner"
[when]
plugin = "p.wat"
[experiment]
control = "usual"
variants = [
  { key = "usual", weight = 50, offer = "usual" },
  { key = "better", weight = 50, offer = "better" },
]
[[offers]]
key = "usual"
kind = "banner"
text.en.title = "Welcome"
[[offers]]
key = "better"
kind = "banner"
text.en.title = "Welcome back"
"#;
    let plan = plan(vec![(parsed(text), yes())]).expect("a plan");
    check(
        &decision(&plan, customer_in("rescue", 0), view("/", &[])),
        r#"banner: rescue/usual offers usual
           exposed to rescue/usual shown
           rescue is shown, assigned usual "because""#,
    );
}

/// They are on disk. Else a page would keep what its campaign does not offer any more, in one arm and not in the other.
#[test]
fn the_terms_of_a_campaign_are_what_its_arms_offer_and_never_change_otherwise() {
    let terms = |change: &dyn Fn(&mut Campaign)| {
        let mut changed = campaign("rescue", "banner", "");
        change(&mut changed);
        TermsKey::of(&changed)
    };
    let before = terms(&|_| {});
    assert_eq!(before.to_u32(), 3_008_846_541);
    for same in [
        terms(&|it| it.priority += 1),
        terms(&|it| it.limits.shows = Some(9)),
        terms(&|it| it.experiment.variants.reverse()),
        terms(&|it| it.experiment.variants[0].weight += 1),
        terms(&|it| {
            it.experiment
                .variants
                .push(Variant { offer: None, ..it.experiment.variants[0].clone() })
        }),
    ] {
        assert_eq!(same, before);
    }
    let offer = |it: &mut Campaign, discount| {
        it.offers[0] = Arc::new(Offer { discount, ..Offer::clone(&it.offers[0]) });
    };
    for other in [
        terms(&|it| offer(it, Some(Discount::Percent(21)))),
        terms(&|it| offer(it, None)),
        terms(&|it| it.experiment.variants[0].offer = Some(0)),
        terms(&|it| it.experiment.variants[1].offer = None),
    ] {
        assert_ne!(other, before);
    }
}
