use model::limits::{CART_LINES_MAX, PROFILE_CAMPAIGNS_MAX, PROFILE_OUTCOMES_MAX};
use model::{
    Action, CampaignKey, CellShare, Change, ConsentUpdate, Exposure, Lifecycle, Money, Profile,
    Promotion, SplitKey, Step, TraitValue,
};

use super::{fold, fold_exposures};
use crate::testing::{
    added, at, at_min, by, cancelled, completed, empty, eur, event, exposure, goal_of, identified,
    measured, product, refunded, removed,
};

mod orders;

fn folded(actions: &[(i64, Action)]) -> Profile {
    let mut profile = empty("a-1");
    for (minute, action) in actions {
        fold(&mut profile, &event("a-1", at_min(*minute), action.clone()));
    }
    profile
}

fn step(profile: &mut Profile, minute: i64, action: Action) -> Change {
    fold(profile, &event("a-1", at_min(minute), action))
}

fn viewed() -> Action {
    Action::Viewed(model::PageView { path: "/".into() })
}

fn lines(profile: &Profile) -> Vec<(&str, u32)> {
    profile.cart.lines.iter().map(|line| (&*line.product, line.quantity)).collect()
}

#[test]
fn a_visit_ends_after_thirty_idle_minutes_whatever_the_customer_did() {
    let profile = folded(&[
        (0, viewed()),
        (30, Action::Tracked),
        (61, Action::Grouped),
        (90, viewed()),
        (5, viewed()),
    ]);
    assert_eq!(profile.total(|tally| tally.visits), 2, "a late event begins no visit");
    assert_eq!(profile.total(|tally| tally.views), 3);
    assert_eq!((profile.first_seen, profile.last_seen), (at_min(0), at_min(90)));
}

#[test]
fn the_first_event_dates_the_customer_and_not_the_clock_of_the_server() {
    let mut profile = Profile::new(empty("a-1").tenant, empty("a-1").id, at_min(1_000_000));
    step(&mut profile, 7, viewed());
    assert_eq!((profile.first_seen, profile.last_seen), (at_min(7), at_min(7)));
}

#[test]
fn adding_a_product_again_adds_its_quantity_and_takes_the_new_price() {
    let profile = folded(&[(0, added("p", 1, 500)), (1, added("p", 2, 400))]);
    assert_eq!(lines(&profile), [("p", 3)]);
    assert_eq!(profile.cart.value(), Some(Money::from_minor(1_200, eur())));
    assert_eq!(profile.cart.changed_at, Some(at_min(1)));
    assert_eq!(profile.total(|tally| tally.cart_adds), 2);
    let late = folded(&[(5, added("p", 1, 500)), (1, added("p", 1, 999))]);
    assert_eq!(late.cart.value(), Some(Money::from_minor(1_000, eur())), "an old price stays old");
    assert_eq!(late.cart.changed_at, Some(at_min(5)), "the time only grows");
}

#[test]
fn a_quantity_saturates_at_its_cap() {
    let profile = folded(&[(0, added("p", u32::MAX, 1)), (1, added("p", u32::MAX, 1))]);
    assert_eq!(lines(&profile), [("p", model::limits::CART_QUANTITY_MAX)]);
}

#[test]
fn removing_a_product_leaves_a_line_that_remembers_it() {
    let profile = folded(&[(0, added("p", 2, 500)), (1, removed("p", 1)), (2, removed("p", 5))]);
    assert_eq!(lines(&profile), [("p", 0)]);
    assert_eq!(profile.cart.filled_lines().count(), 0);
    assert_eq!(profile.cart.changed_at, Some(at_min(2)));
}

#[test]
fn a_viewed_cart_is_the_truth_about_its_content() {
    let content = |names: &[&str]| {
        Action::CartViewed(names.iter().map(|name| product(name, 1, 300)).collect())
    };
    let profile =
        folded(&[(0, added("a", 1, 300)), (1, added("b", 4, 300)), (2, content(&["b", "c"]))]);
    assert_eq!(lines(&profile), [("a", 0), ("b", 1), ("c", 1)]);
    let again = folded(&[(0, content(&["b", "c"])), (9, content(&["c", "b"]))]);
    assert_eq!(again.cart.changed_at, Some(at_min(0)), "looking at a cart does not change it");
    let unsaid = folded(&[(0, added("a", 1, 300)), (1, content(&[]))]);
    assert_eq!(lines(&unsaid), [("a", 1)], "no content was sent");
    let twice = folded(&[(0, content(&["b", "b"]))]);
    assert_eq!(lines(&twice), [("b", 2)]);
    let late = folded(&[(3, added("a", 2, 300)), (1, content(&["b"]))]);
    assert_eq!(lines(&late), [("a", 2), ("b", 1)], "a newer line is newer knowledge");
}

#[test]
fn a_cart_beyond_its_cap_forgets_the_lines_changed_longest_ago() {
    let mut profile = empty("a-1");
    for number in 0..60 {
        step(&mut profile, number, added(&format!("p{number:02}"), 1, 1));
    }
    assert_eq!(profile.cart.lines.len(), CART_LINES_MAX);
    assert_eq!(&*profile.cart.lines[0].product, "p10");
}

#[test]
fn a_product_name_beyond_its_cap_is_cut_between_characters() {
    let name = format!("{}ää", "x".repeat(63));
    let profile = folded(&[(0, added(&name, 1, 1)), (1, added(&name, 1, 1))]);
    assert_eq!(lines(&profile), [("x".repeat(63).as_str(), 2)]);
}

#[test]
fn an_order_empties_the_cart_of_what_is_not_later() {
    let mut profile = folded(&[(0, added("old", 1, 1)), (9, added("new", 1, 1))]);
    step(&mut profile, 5, completed("o-1", 100));
    assert_eq!(lines(&profile), [("new", 1)]);
    step(&mut profile, 4, added("late", 1, 1));
    assert_eq!(lines(&profile), [("new", 1)], "what was said before the order was bought");
    step(&mut profile, 5, added("same", 1, 1));
    assert_eq!(lines(&profile), [("new", 1), ("same", 1)], "the same instant counts");
    assert_eq!(profile.cart.emptied_at, Some(at_min(5)));
    assert_eq!(profile.cart.changed_at, Some(at_min(9)), "an order is no change of the cart");
}

#[test]
fn an_exposure_that_is_recorded_late_counts_what_came_before_it_was() {
    let mut profile = folded(&[(5, completed("before", 100)), (11, completed("in", 700))]);
    step(&mut profile, 12, added("p", 1, 1));
    let entered =
        fold_exposures(&mut profile, at_min(10), 1, &[exposure("c", "treated", true, 20)]);
    let after = entered.cells[0].after.as_ref().expect("enrolled");
    assert_eq!((after.orders, after.revenue[0].minor, entered.cells[0].before.len()), (1, 700, 0));
    assert!(after.steps.contains(Step::Cart) && !after.steps.contains(Step::Checkout));
    let before = Money::from_minor(7, eur());
    let renamed = Exposure {
        revenue_before: [before].into(),
        split: SplitKey::from_u32(8),
        ..exposure("c", "control", false, 9)
    };
    let earlier = fold_exposures(&mut profile, at_min(1), 1, &[renamed]);
    let share = earlier.cells[0].after.as_ref().expect("enrolled");
    assert_eq!((share.revenue[0].minor, share.revenue[0].before_minor), (100, 7));
    let kept = (&after.variant, after.split);
    assert_eq!((&share.variant, share.split), kept, "who saw the one is not counted in the other");
}

#[test]
fn each_step_of_the_funnel_is_told_once_when_it_is_reached() {
    let mut profile = empty("a-1");
    let key = CampaignKey::parse("c").expect("valid");
    fold_exposures(&mut profile, at_min(1), 1, &[exposure("c", "treated", false, 60)]);
    let offer = || Some(Promotion { campaign: key.clone(), variant: None });
    let happened = [
        (Action::PromotionViewed(offer()), Step::Seen),
        (Action::PromotionClicked(offer()), Step::Clicked),
        (added("p", 1, 1), Step::Cart),
        (Action::CheckoutStarted, Step::Checkout),
        (completed("o-1", 5), Step::Ordered),
    ];
    for (minute, (action, reached)) in (2..).zip(happened) {
        let change = step(&mut profile, minute, action.clone());
        let [cell] = change.cells.as_slice() else {
            panic!("{reached:?} was not told: {change:?}")
        };
        let after = cell.after.as_ref().expect("enrolled");
        assert!(!cell.before[0].steps.contains(reached) && after.steps.contains(reached));
        assert!(step(&mut profile, minute, action).cells.is_empty(), "{reached:?} again");
    }
    let shown = fold_exposures(&mut profile, at_min(9), 1, &[exposure("c", "treated", true, 60)]);
    assert!(shown.cells[0].after.as_ref().expect("enrolled").steps.contains(Step::Shown));
    let again = fold_exposures(&mut profile, at_min(9), 1, &[exposure("c", "treated", true, 60)]);
    assert!(again.is_empty());
    step(&mut profile, 50, cancelled("o-1"));
    let share = profile.cell_share(&key).expect("enrolled");
    assert!(!share.steps.contains(Step::Ordered), "an order that was taken back is none");
}

#[test]
fn a_cart_of_the_window_is_not_forgotten_for_one_after_it() {
    let mut profile = folded(&[(1, added("p", 1, 1)), (12, added("p", 1, 1))]);
    fold_exposures(&mut profile, at_min(10), 1, &[exposure("c", "treated", true, 20)]);
    assert!(step(&mut profile, 30, added("p", 1, 1)).cells.is_empty());
    let key = CampaignKey::parse("c").expect("valid");
    assert!(profile.cell_share(&key).expect("enrolled").steps.contains(Step::Cart));
}

#[test]
fn outcomes_count_for_the_campaigns_whose_goal_measures_them() {
    let mut profile = empty("a-1");
    let goal = |campaign: &str, goal| Exposure { goal, ..exposure(campaign, "v", true, 20) };
    let one = [goal("points", goal_of("points")), goal("stars", goal_of("stars"))];
    fold_exposures(&mut profile, at_min(10), 1, &one);
    let early = fold(&mut profile, &measured("a-1", at_min(9), "points", 7_000));
    assert!(early.is_empty(), "before the exposure");
    let change = fold(&mut profile, &measured("a-1", at_min(11), "points", 1_500));
    assert_eq!(change.cells.len(), 1);
    assert_eq!(change.cells[0].campaign.as_str(), "points");
    assert!(fold(&mut profile, &measured("a-1", at_min(11), "points", 1_500)).is_empty());
    fold(&mut profile, &measured("a-1", at_min(12), "points", -500));
    let share = profile.cell_share(&one[0].campaign).expect("enrolled");
    assert_eq!((share.outcomes, share.value_milli, share.orders), (2, 1_000, 0));
    for part in 0..PROFILE_OUTCOMES_MAX {
        let time = at(at_min(13).ms() + i64::try_from(part).expect("small"));
        fold(&mut profile, &measured("a-1", time, "points", 1));
    }
    let share = profile.cell_share(&one[0].campaign).expect("enrolled");
    assert_eq!(profile.outcomes.len(), PROFILE_OUTCOMES_MAX);
    assert_eq!((share.outcomes, share.value_milli), (66, 1_064), "what is forgotten is summed up");
}

#[test]
fn an_order_counts_for_the_campaigns_whose_window_holds_it() {
    let mut profile = empty("a-1");
    let key = CampaignKey::parse("cart-rescue").expect("valid");
    let entered = fold_exposures(
        &mut profile,
        at_min(10),
        1,
        &[exposure("cart-rescue", "treated", true, 20)],
    );
    assert_eq!(entered.cells.len(), 1);
    assert_eq!((entered.cells[0].before.len(), entered.cells[0].after.is_some()), (0, true));
    let shares = |change: &Change| -> Vec<(u32, u32, i64)> {
        let money = |share: &CellShare| share.revenue.iter().map(|sum| sum.minor).sum();
        let cells = change.cells.iter().map(|cell| {
            let after = cell.after.as_ref().expect("enrolled");
            (cell.before[0].orders, after.orders, money(after))
        });
        cells.collect()
    };
    assert_eq!(shares(&step(&mut profile, 9, completed("before", 100))), []);
    assert_eq!(shares(&step(&mut profile, 10, completed("first", 100))), [(0, 1, 100)]);
    assert_eq!(shares(&step(&mut profile, 20, completed("last", 100))), [(1, 2, 200)]);
    assert_eq!(shares(&step(&mut profile, 21, completed("after", 100))), []);
    assert_eq!(shares(&step(&mut profile, 30, refunded("last", Some(30)))), [(2, 2, 170)]);
    assert_eq!(shares(&step(&mut profile, 31, cancelled("first"))), [(2, 1, 70)]);
    assert_eq!(shares(&step(&mut profile, 31, cancelled("after"))), []);
    assert_eq!(profile.cell_share(&key).map(|share| share.outcomes), Some(1));
}

#[test]
fn a_first_assignment_is_kept() {
    let mut profile = empty("a-1");
    fold_exposures(&mut profile, at_min(1), 1, &[exposure("c", "control", false, 10)]);
    let later = fold_exposures(&mut profile, at_min(5), 1, &[exposure("c", "treated", true, 50)]);
    let after = later.cells[0].after.as_ref().expect("enrolled");
    assert_eq!(after.variant.as_str(), "control");
    assert!(after.steps.contains(Step::Shown), "what was shown was shown");
    let key = CampaignKey::parse("c").expect("valid");
    let enrolment = profile.enrolment(&key).expect("enrolled");
    assert_eq!(enrolment.variant.as_str(), "control");
    assert_eq!((enrolment.since, enrolment.last_at), (at_min(1), at_min(5)));
    assert_eq!(enrolment.attribution_until, at_min(10));
    let counted = |which: fn(&model::CampaignTally) -> u32| profile.campaign_total(&key, which);
    assert_eq!((counted(|tally| tally.withheld), counted(|tally| tally.shows)), (1, 1));
}

#[test]
fn engagement_counts_for_a_campaign_only_in_the_customers_own_variant() {
    let mut profile = empty("a-1");
    fold_exposures(&mut profile, at_min(1), 1, &[exposure("c", "treated", true, 10)]);
    let promotion = |campaign: &str, variant: Option<&str>| {
        Some(Promotion {
            campaign: CampaignKey::parse(campaign).expect("valid"),
            variant: variant.map(|name| model::VariantKey::parse(name).expect("valid")),
        })
    };
    step(&mut profile, 2, Action::PromotionViewed(promotion("c", None)));
    step(&mut profile, 2, Action::PromotionViewed(promotion("c", Some("control"))));
    step(&mut profile, 2, Action::PromotionViewed(promotion("other", None)));
    step(&mut profile, 2, Action::PromotionClicked(promotion("c", Some("treated"))));
    step(&mut profile, 2, Action::PromotionClicked(None));
    let key = CampaignKey::parse("c").expect("valid");
    assert_eq!(profile.campaign_total(&key, |tally| tally.seen), 1);
    assert_eq!(profile.campaign_total(&key, |tally| tally.clicks), 1);
    assert_eq!(profile.total(|tally| tally.promotion_views), 3);
    assert_eq!(profile.total(|tally| tally.promotion_clicks), 2);
}

#[test]
fn campaigns_beyond_the_cap_are_forgotten_with_what_was_counted_for_them() {
    let mut profile = empty("a-1");
    for number in 0..72 {
        let one = exposure(&format!("c{number:02}"), "treated", true, 100);
        assert_eq!(fold_exposures(&mut profile, at_min(number), 1, &[one]).cells.len(), 1);
    }
    assert_eq!(profile.enrolments.len(), PROFILE_CAMPAIGNS_MAX);
    assert_eq!(profile.enrolments[0].campaign.as_str(), "c08");
    assert_eq!(profile.tallies[0].campaigns.len(), PROFILE_CAMPAIGNS_MAX);
    let older = fold_exposures(&mut profile, at(0), 1, &[exposure("zz", "treated", true, 100)]);
    assert!(older.is_empty(), "who is forgotten at once was never in the cell");
}

/// Else a page view would put the customer out of a campaign that it is about.
#[test]
fn of_the_campaigns_of_one_decision_none_is_forgotten_for_another() {
    let mut profile = empty("a-1");
    let full = i64::try_from(PROFILE_CAMPAIGNS_MAX).expect("small");
    for number in 0..full {
        let one = exposure(&format!("c{number:02}"), "treated", true, 100);
        fold_exposures(&mut profile, at_min(number), 1, &[one]);
    }
    let both = ["new", "c00"].map(|key| exposure(key, "treated", true, 200));
    fold_exposures(&mut profile, at_min(full), 2, &both);
    let is_known = |key| profile.enrolment(&CampaignKey::parse(key).expect("valid")).is_some();
    assert_eq!(profile.enrolments.len(), PROFILE_CAMPAIGNS_MAX);
    assert_eq!(["new", "c00", "c01", "c02"].map(is_known), [true, true, false, true]);
}

#[test]
fn the_holdout_is_not_forgotten_for_campaigns_that_were_entered_after_it() {
    let mut profile = empty("a-1");
    fold_exposures(&mut profile, at(0), 1, &[exposure("holdout", "open", false, 100)]);
    for number in 0..72 {
        let one = exposure(&format!("c{number:02}"), "treated", true, 100);
        fold_exposures(&mut profile, at_min(number + 1), 1, &[one]);
    }
    let is_known = |key| profile.enrolment(&CampaignKey::parse(key).expect("valid")).is_some();
    assert_eq!(profile.enrolments.len(), PROFILE_CAMPAIGNS_MAX);
    assert!(is_known("holdout") && is_known("c09") && !is_known("c08"));
}

#[test]
fn an_order_of_a_forgotten_campaign_takes_nothing_back_when_the_customer_enters_it_again() {
    let mut profile = empty("a-1");
    let enter = |profile: &mut Profile, minute: i64, campaign: &str| {
        fold_exposures(profile, at_min(minute), 1, &[exposure(campaign, "treated", true, 999)]);
    };
    enter(&mut profile, 0, "c");
    step(&mut profile, 1, completed("old", 100));
    for number in 0..32 {
        enter(&mut profile, 2 + number, &format!("c{number:02}"));
    }
    enter(&mut profile, 50, "c");
    step(&mut profile, 51, completed("new", 100));
    step(&mut profile, 52, cancelled("old"));
    let key = CampaignKey::parse("c").expect("valid");
    assert_eq!(profile.cell_share(&key).expect("enrolled").orders, 1);
    assert_eq!(profile.net_orders(), 1);
}

#[test]
fn of_two_statements_the_later_counts_and_of_the_same_time_the_last() {
    let set = |value: &str| identified(&[("plan", TraitValue::Text(value.into()))]);
    let profile = folded(&[(5, set("b")), (1, set("a"))]);
    assert_eq!(profile.trait_value("plan"), Some(&TraitValue::Text("b".into())));
    let profile = folded(&[(5, set("b")), (5, set("a"))]);
    assert_eq!(profile.trait_value("plan"), Some(&TraitValue::Text("a".into())));
    let consent = |granted| vec![ConsentUpdate { category: "ads".into(), granted }];
    let mut profile = empty("a-1");
    for (minute, granted) in [(5, true), (6, false), (1, true)] {
        let mut event = event("a-1", at_min(minute), Action::ConsentChanged);
        event.consent = consent(granted).into();
        fold(&mut profile, &event);
    }
    assert_eq!(profile.consent("ads"), Some(false));
}

#[test]
fn values_too_long_for_a_trait_are_not_stored() {
    let long = "x".repeat(257);
    let profile = folded(&[(
        0,
        identified(&[
            ("long", TraitValue::Text(long.as_str().into())),
            (&long, TraitValue::Flag(true)),
            ("nan", TraitValue::Number(f64::NAN)),
            ("ok", TraitValue::Number(1.5)),
        ]),
    )]);
    assert_eq!(profile.traits.len(), 1);
}

#[test]
fn an_address_or_a_user_id_makes_a_lead_and_a_cart_a_qualified_one() {
    let email = identified(&[("email", TraitValue::Text("a@example.com".into()))]);
    let gone = identified(&[("email", TraitValue::Absent)]);
    assert_eq!(folded(&[(0, gone)]).lifecycle(), Lifecycle::Visitor);
    let profile = folded(&[(3, email), (5, added("p", 1, 1))]);
    assert_eq!(profile.lifecycle(), Lifecycle::QualifiedLead);
    assert_eq!(profile.lead_since, Some(at_min(3)));
    let mut named = empty("u-1");
    fold(&mut named, &by(Some("u-1"), Some("a-9"), at_min(2), viewed()));
    assert_eq!(named.lifecycle(), Lifecycle::Lead);
    let names: Vec<&str> = named.aliases.iter().map(|seen| &*seen.alias.name).collect();
    assert_eq!(names, ["u-1", "a-9"]);
}

#[test]
fn names_are_listed_newest_first_and_the_oldest_forgotten() {
    let mut profile = empty("u-1");
    for number in 0..20 {
        let browser = format!("a-{number:02}");
        fold(&mut profile, &by(Some("u-1"), Some(&browser), at_min(number), viewed()));
    }
    fold(&mut profile, &by(Some("u-1"), Some("a-10"), at_min(30), viewed()));
    let names: Vec<&str> = profile.aliases.iter().map(|seen| &*seen.alias.name).collect();
    assert_eq!(names.len(), model::limits::PROFILE_ALIASES_MAX);
    assert_eq!(names[..3], ["u-1", "a-10", "a-19"]);
    assert!(!names.contains(&"a-04"));
}

#[test]
fn a_first_cart_and_a_first_order_are_told_once() {
    let mut profile = empty("a-1");
    let told = |change: Change| (change.customers, change.customers_with_cart, change.buyers);
    assert_eq!(told(step(&mut profile, 0, viewed())), (0, 0, 0));
    assert_eq!(told(step(&mut profile, 1, added("p", 1, 1))), (0, 1, 0));
    assert_eq!(told(step(&mut profile, 2, added("p", 1, 1))), (0, 0, 0));
    assert_eq!(told(step(&mut profile, 3, completed("o", 5))), (0, 0, 1));
    assert_eq!(told(step(&mut profile, 1, added("q", 1, 1))), (0, 0, 0));
    let mut buyer = empty("a-1");
    assert_eq!(told(step(&mut buyer, 3, completed("o", 5))), (0, 0, 1), "no cart was seen");
    assert_eq!(told(step(&mut buyer, 1, added("q", 1, 1))), (0, 1, 0), "but it was put there");
}
