use model::limits::{
    PROFILE_ALIASES_MAX, PROFILE_ORDERS_MAX, PROFILE_ORDERS_WITH_PRODUCTS_MAX, PROFILE_TALLIES_MAX,
};
use model::{
    Action, CampaignKey, Change, ConsentUpdate, Event, Exposure, OrderSeen, Profile, Tally,
    Timestamp, TraitValue,
};
use proptest::prelude::*;

use super::{merge, merge_change};
use crate::testing::{
    added, at, at_min, by, cancelled, completed, empty, eur, event, exposure, goal_of, identified,
    measured, order, product, refunded, removed,
};
use crate::{fold, fold_exposures};

/// One thing that happens to a customer.
#[derive(Clone, Debug)]
enum Happening {
    Event(Action),
    Consent(bool),
    Exposed { campaign: u8, treated: bool },
    Measured(u8),
}

fn happening() -> impl Strategy<Value = Happening> {
    let name = prop::sample::select(vec!["p", "q", "r", "s"]);
    let order = prop::sample::select(vec!["o-1", "o-2", "o-3", "o-4", "o-5"]);
    let value = prop_oneof![
        "[a-c]{1,2}".prop_map(|text| TraitValue::Text(text.into())),
        (0..3_i8).prop_map(|number| TraitValue::Number(f64::from(number))),
        any::<bool>().prop_map(TraitValue::Flag),
        Just(TraitValue::Absent),
    ];
    let action = prop_oneof![
        3 => Just(Action::Viewed(model::PageView::default())),
        3 => (name.clone(), 1..4_u32, 1..500_i64).prop_map(|(name, n, price)| added(name, n, price)),
        2 => (name.clone(), 1..4_u32).prop_map(|(name, n)| removed(name, n)),
        2 => (order.clone(), 0..900_i64).prop_map(|(id, minor)| completed(id, minor)),
        1 => (order.clone(), prop::collection::vec(name.clone(), 1..3)).prop_map(|(id, names)| {
            let products = names.into_iter().map(|name| product(name, 1, 100)).collect();
            Action::OrderCompleted(model::Order { products, ..crate::testing::order(id, 500) })
        }),
        1 => (order.clone(), 1..900_i64).prop_map(|(id, minor)| refunded(id, Some(minor))),
        1 => order.prop_map(cancelled),
        1 => ("[a-d]|email", value).prop_map(|(name, value)| identified(&[(&name, value)])),
        1 => Just(Action::CheckoutStarted),
        1 => Just(Action::PromotionClicked(None)),
    ];
    prop_oneof![
        8 => action.prop_map(Happening::Event),
        1 => any::<bool>().prop_map(Happening::Consent),
        2 => (0..5_u8, any::<bool>()).prop_map(|(campaign, treated)| {
            Happening::Exposed { campaign, treated }
        }),
        1 => (0..5_u8).prop_map(Happening::Measured),
    ]
}

/// What happens, each within a few minutes, so that equal and disordered times are common.
fn history() -> impl Strategy<Value = Vec<(i64, Happening)>> {
    prop::collection::vec((0..90_i64, happening()), 1..40)
}

/// Every other campaign is about points.
fn with_goal(exposure: Exposure) -> Exposure {
    let odd = exposure.campaign.as_str().ends_with(['1', '3']);
    let goal = if odd { goal_of("points") } else { exposure.goal };
    Exposure { goal, ..exposure }
}

/// An event of a few, of which each customer has their own.
fn points(name: &str, at: Timestamp, number: u8) -> Event {
    let message_id = format!("{name}-{number}").into();
    Event { message_id, ..measured(name, at, "points", 1_000 * i64::from(number)) }
}

fn live(name: &str, history: &[(i64, Happening)]) -> Profile {
    let mut profile = empty(name);
    for (lsn, (minute, happening)) in (1..).zip(history) {
        match happening {
            Happening::Event(action) => {
                fold(&mut profile, &event(name, at_min(*minute), action.clone()));
            }
            Happening::Consent(granted) => {
                let plain = event(name, at_min(*minute), Action::ConsentChanged);
                let update = ConsentUpdate { category: "ads".into(), granted: *granted };
                fold(&mut profile, &Event { consent: [update].into(), ..plain });
            }
            Happening::Exposed { campaign, treated } => {
                let variant = if *treated { "treated" } else { "control" };
                let one = exposure(&format!("c-{campaign}"), variant, *treated, minute + 60);
                fold_exposures(&mut profile, at_min(*minute), 1, &[with_goal(one)]);
            }
            Happening::Measured(number) => {
                fold(&mut profile, &points(name, at_min(*minute), *number));
            }
        }
        profile.applied_lsn = lsn;
    }
    profile
}

/// The same history with orders that no other customer has.
fn own_orders(name: &str, mut history: Vec<(i64, Happening)>) -> Vec<(i64, Happening)> {
    for (_, happening) in &mut history {
        if let Happening::Event(
            Action::OrderCompleted(model::Order { id: order_id, .. })
            | Action::OrderRefunded { order_id, .. }
            | Action::OrderCancelled { order_id },
        ) = happening
        {
            *order_id = format!("{name}{order_id}").into();
        }
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn merging_is_commutative(a in history(), b in history()) {
        let (a, b) = (live("a-1", &a), live("u-2", &b));
        prop_assert_eq!(merge(&a, &b), merge(&b, &a));
    }

    #[test]
    fn merging_is_associative(a in history(), b in history(), c in history()) {
        let (a, b, c) = (live("a-1", &a), live("u-2", &b), live("a-3", &c));
        prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
    }

    #[test]
    fn merging_is_idempotent(a in history(), b in history()) {
        let (a, b) = (live("a-1", &a), live("u-2", &b));
        let merged = merge(&a, &b);
        prop_assert_eq!(&merge(&a, &a), &a);
        prop_assert_eq!(&merge(&merged, &b), &merged);
        prop_assert_eq!(&merge(&merged, &merged), &merged);
    }

    #[test]
    fn copies_of_one_customer_merge_into_the_longer_one(
        history in history(),
        part in any::<prop::sample::Index>(),
    ) {
        // Only what grows is compared: a cart line of one instant may differ by order of arrival.
        let whole = live("a-1", &history);
        let before = live("a-1", &history[..part.index(history.len())]);
        let merged = merge(&before, &whole);
        prop_assert_eq!(merged.tallies, whole.tallies);
        prop_assert_eq!(merged.orders, whole.orders);
        prop_assert_eq!(merged.recent, whole.recent);
        prop_assert_eq!(merged.applied_lsn, whole.applied_lsn);
    }

    #[test]
    fn no_count_is_lost_or_doubled(a in history(), b in history()) {
        let (a, b) = (own_orders("a-1", a), own_orders("u-2", b));
        let (a, b) = (live("a-1", &a), live("u-2", &b));
        let merged = merge(&a, &b);
        let counts: [fn(&Tally) -> u32; 6] = [
            |tally| tally.visits, |tally| tally.views, |tally| tally.product_views,
            |tally| tally.cart_adds, |tally| tally.checkouts, |tally| tally.promotion_clicks,
        ];
        for count in counts {
            prop_assert_eq!(merged.total(count), a.total(count) + b.total(count));
        }
        prop_assert_eq!(merged.orders_placed(), a.orders_placed() + b.orders_placed());
        prop_assert_eq!(merged.net_orders(), a.net_orders() + b.net_orders());
        let revenue = a.revenue_minor(eur()) + b.revenue_minor(eur());
        prop_assert_eq!(merged.revenue_minor(eur()), revenue);
    }

    #[test]
    fn the_earliest_enrolment_of_each_campaign_is_kept(a in history(), b in history()) {
        let (a, b) = (live("a-1", &a), live("u-2", &b));
        let merged = merge(&a, &b);
        for enrolment in a.enrolments.iter().chain(&b.enrolments) {
            let kept = merged.enrolment(&enrolment.campaign).expect("no campaign is lost");
            prop_assert!(kept.since <= enrolment.since);
            prop_assert!(kept.last_at >= enrolment.last_at);
            let of_one = |known: &&model::Enrolment| {
                known.since == kept.since && known.variant == kept.variant
            };
            let key = &enrolment.campaign;
            prop_assert!(a.enrolment(key).iter().chain(&b.enrolment(key)).any(of_one));
        }
    }

    #[test]
    fn the_change_of_a_merge_turns_the_old_cells_and_totals_into_the_new(
        a in history(), b in history(),
    ) {
        let (a, b) = (live("a-1", &a), live("u-2", &b));
        let merged = merge(&a, &b);
        let change = merge_change(&a, &b, &merged);
        prop_assert_eq!(change.customers, -1);
        let bought = |profile: &Profile| i8::from(profile.orders_placed() > 0);
        prop_assert_eq!(change.buyers, bought(&merged) - bought(&a) - bought(&b));
        for campaign in (0..5).map(|number| format!("c-{number}")) {
            let key = CampaignKey::parse(&campaign).expect("valid");
            let told = change.cells.iter().find(|cell| cell.campaign == key);
            let before: Vec<_> =
                [a.cell_share(&key), b.cell_share(&key)].into_iter().flatten().collect();
            let after = merged.cell_share(&key);
            match told {
                Some(cell) => prop_assert_eq!((&cell.before, &cell.after), (&before, &after)),
                None => prop_assert_eq!(before, after.into_iter().collect::<Vec<_>>()),
            }
        }
    }

    #[test]
    fn every_refund_after_a_merge_takes_back_its_own_order_and_no_other(
        a in history(),
        b in history(),
        refunds in prop::collection::vec((0..10_usize, prop::option::of(1..900_i64)), 1..20),
    ) {
        let (a, b) = (own_orders("a-1", a), own_orders("u-2", b));
        let mut merged = merge(&live("a-1", &a), &live("u-2", &b));
        for (place, minor) in refunds {
            let name = format!("{}o-{}", ["a-1", "u-2"][place % 2], place / 2 + 1);
            fold(&mut merged, &event("u-2", at_min(99), refunded(&name, minor)));
            let orders: Vec<_> = merged.orders.iter().filter(|it| it.placed.is_some()).collect();
            let kept = orders.iter().filter(|order| !order.is_void()).count();
            prop_assert_eq!(merged.net_orders(), u32::try_from(kept)?);
            let left = |order: &OrderSeen| order.net().map_or(0, |net| net.minor);
            let whole: i64 = orders.iter().map(|order| left(order)).sum();
            prop_assert_eq!(merged.revenue_minor(eur()), whole);
            for enrolment in &merged.enrolments {
                let counted = orders.iter().filter(|order| enrolment.holds(order.at));
                let share = merged.cell_share(&enrolment.campaign).expect("enrolled");
                let part: i64 = counted.map(|order| left(order)).sum();
                prop_assert_eq!(share.revenue.iter().map(|sum| sum.minor).sum::<i64>(), part);
            }
        }
    }

    #[test]
    fn changes_add_up_to_the_final_shares(history in history()) {
        let mut profile = empty("a-1");
        let mut shares = std::collections::BTreeMap::new();
        let mut take = |change: Change| -> Result<(), TestCaseError> {
            for cell in change.cells {
                let before: Option<model::CellShare> = shares.remove(&cell.campaign);
                prop_assert_eq!(before.into_iter().collect::<Vec<_>>(), cell.before);
                shares.extend(cell.after.map(|after| (cell.campaign, after)));
            }
            Ok(())
        };
        for (minute, happening) in &history {
            match happening {
                Happening::Event(action) => {
                    take(fold(&mut profile, &event("a-1", at_min(*minute), action.clone())))?;
                }
                Happening::Exposed { campaign, .. } => {
                    let one = exposure(&format!("c-{campaign}"), "v", true, minute + 60);
                    take(fold_exposures(&mut profile, at_min(*minute), 1, &[with_goal(one)]))?;
                }
                Happening::Measured(number) => {
                    take(fold(&mut profile, &points("a-1", at_min(*minute), *number)))?;
                }
                Happening::Consent(_) => {}
            }
        }
        for (campaign, share) in shares {
            prop_assert_eq!(profile.cell_share(&campaign), Some(share));
        }
    }
}

/// An order of a product that is named as it is.
fn completed_of_one(id: &str, minor: i64) -> Action {
    let products = [product(id, 1, minor)].into();
    Action::OrderCompleted(model::Order { products, ..order(id, minor) })
}

/// A customer with more of everything than the caps allow three of them together.
fn crowded(name: &str, offset: i64) -> Profile {
    let mut profile = empty(name);
    for number in 0..14 {
        let minute = at_min(number * 3 + offset);
        let browser = format!("{name}-b{number}");
        fold(
            &mut profile,
            &by(None, Some(&browser), minute, added(&format!("{name}{number}"), 1, 5)),
        );
        let traits = [
            (format!("{name}-{number}"), TraitValue::Flag(true)),
            (format!("shared-{number}"), TraitValue::Text(name.into())),
        ];
        for (trait_name, value) in traits {
            fold(&mut profile, &event(name, minute, identified(&[(&trait_name, value)])));
        }
    }
    for number in 0..22 {
        let bought = completed_of_one(&format!("{name}-{number}"), 100);
        fold(&mut profile, &event(name, at_min(number * 3 + offset), bought));
    }
    for number in 0..40 {
        let minute = at_min(100 + number * 3 + offset);
        fold(&mut profile, &event(name, minute, added(&format!("{name}{number}"), 1, 5)));
    }
    profile
}

#[test]
fn merging_beyond_the_caps_keeps_the_newest_in_any_order() {
    let (a, b, c) = (crowded("a-1", 0), crowded("a-2", 1), crowded("a-3", 2));
    let one = merge(&merge(&a, &b), &c);
    let other = merge(&a, &merge(&c, &b));
    assert_eq!(one, other);
    assert_eq!(one.orders.len(), PROFILE_ORDERS_MAX);
    assert_eq!(one.aliases.len(), PROFILE_ALIASES_MAX);
    assert_eq!(one.traits.len(), model::limits::PROFILE_TRAITS_MAX);
    assert_eq!(one.cart.lines.len(), model::limits::CART_LINES_MAX);
    assert_eq!(one.orders_placed(), 66);
    let known = one.orders.iter().filter_map(|order| order.placed.as_ref());
    let known = known.map(|placed| placed.products.len()).collect::<Vec<_>>();
    let (newest, others) = known.split_at(PROFILE_ORDERS_WITH_PRODUCTS_MAX);
    assert!(newest.iter().all(|products| *products == 1), "{known:?}");
    assert!(others.iter().all(|products| *products == 0), "{known:?}");
}

#[test]
fn twenty_orders_of_a_browser_count_for_the_campaign_of_the_person_who_signs_in_on_it() {
    let mut browser = empty("a-1");
    for number in 0..20 {
        let bought = completed(&format!("o-{number}"), 100);
        fold(&mut browser, &event("a-1", at_min(number + 1), bought));
    }
    let mut person = empty("u-1");
    fold_exposures(&mut person, at_min(0), 1, &[exposure("c", "treated", true, 100)]);
    let merged = merge(&browser, &person);
    let share = merged.cell_share(&CampaignKey::parse("c").expect("valid")).expect("enrolled");
    assert_eq!((share.orders, share.revenue[0].minor), (20, 2_000));
}

#[test]
fn many_merged_browsers_keep_every_sum_and_the_own_tally() {
    let mut merged = empty("u-1");
    fold(&mut merged, &event("u-1", at_min(0), completed("own", 7)));
    for number in 0..80 {
        let name = format!("a-{number}");
        let mut browser = empty(&name);
        fold(&mut browser, &event(&name, at_min(number), added("p", 1, 1)));
        fold(&mut browser, &event(&name, at_min(number), completed(&name, 100)));
        merged = merge(&merged, &browser);
    }
    assert_eq!(merged.tallies.len(), PROFILE_TALLIES_MAX);
    assert!(merged.tallies.is_sorted_by_key(|tally| tally.origin));
    assert_eq!(merged.orders_placed(), 81);
    assert_eq!(merged.revenue_minor(eur()), 8_007);
    let own = merged.tallies.iter().find(|tally| tally.origin == merged.id).expect("kept");
    assert_eq!(own.orders, 1, "the oldest is summed up");
    assert_eq!(merge(&merged, &merged), merged);
}

#[test]
fn a_refund_after_a_merge_finds_the_order_of_the_absorbed_profile() {
    let mut browser = empty("a-1");
    fold_exposures(&mut browser, at_min(0), 1, &[exposure("c", "treated", true, 100)]);
    fold(&mut browser, &event("a-1", at_min(1), completed("o-1", 500)));
    let mut user = empty("u-1");
    fold(&mut user, &event("u-1", at_min(2), completed("o-2", 90)));
    let mut merged = merge(&browser, &user);
    let change = fold(&mut merged, &event("u-1", at_min(3), cancelled("o-1")));
    let key = CampaignKey::parse("c").expect("valid");
    assert_eq!(merged.net_orders(), 1);
    assert_eq!(merged.revenue_minor(eur()), 90);
    let share = merged.cell_share(&key).expect("enrolled");
    assert_eq!((share.orders, share.revenue[0].minor), (1, 90));
    assert_eq!(change.cells.len(), 1);
}

/// A browser and a user in the same arm of one experiment, with an order each.
fn two_exposed() -> (Profile, CampaignKey) {
    let (mut browser, mut user) = (empty("a-1"), empty("u-1"));
    for profile in [&mut browser, &mut user] {
        fold_exposures(profile, at_min(0), 1, &[exposure("c", "treated", true, 100)]);
    }
    fold(&mut browser, &event("a-1", at_min(1), completed("o-2", 500)));
    fold(&mut user, &event("u-1", at_min(2), completed("o-1", 1_000)));
    (merge(&browser, &user), CampaignKey::parse("c").expect("valid"))
}

#[test]
fn refunds_after_a_merge_take_back_each_order_in_whole_whichever_comes_first() {
    for refunds in [[("o-2", 500), ("o-1", 1_000)], [("o-1", 1_000), ("o-2", 500)]] {
        let (mut merged, key) = two_exposed();
        let mut left = 1_500;
        for (number, (name, minor)) in (1..).zip(refunds) {
            left -= minor;
            fold(&mut merged, &event("u-1", at_min(9), refunded(name, Some(minor))));
            let share = merged.cell_share(&key).expect("enrolled");
            assert_eq!((share.orders, share.revenue[0].minor), (2 - number, left));
            assert_eq!(merged.net_orders(), 2 - number);
            assert_eq!(merged.revenue_minor(eur()), left);
        }
    }
}

#[test]
fn an_order_under_another_name_counts_from_the_first_exposure_on_once_that_is_known() {
    let (mut browser, mut user) = (empty("a-1"), empty("u-1"));
    fold_exposures(&mut browser, at_min(5), 1, &[exposure("c", "treated", true, 100)]);
    fold(&mut browser, &event("a-1", at_min(6), completed("o-2", 500)));
    fold(&mut user, &event("u-1", at_min(4), completed("o-1", 90)));
    fold(&mut user, &event("u-1", at_min(7), completed("o-3", 40)));
    let mut merged = merge(&browser, &user);
    let change = merge_change(&browser, &user, &merged);
    let key = CampaignKey::parse("c").expect("valid");
    let share = merged.cell_share(&key).expect("enrolled");
    assert_eq!((share.orders, share.revenue[0].minor), (2, 540));
    assert_eq!(change.cells[0].after.as_ref(), Some(&share));
    let change = fold(&mut merged, &event("u-1", at_min(8), refunded("o-1", Some(90))));
    assert!(change.cells.is_empty(), "it was placed before the exposure");
    assert_eq!((merged.net_orders(), merged.revenue_minor(eur())), (2, 540));
    fold(&mut merged, &event("u-1", at_min(9), cancelled("o-3")));
    assert_eq!(merged.cell_share(&key).expect("enrolled").revenue[0].minor, 500);
}

#[test]
fn an_order_known_to_two_profiles_counts_once_as_it_was_placed_first() {
    let (mut browser, mut user) = (empty("a-1"), empty("u-1"));
    fold_exposures(&mut browser, at_min(3), 1, &[exposure("c", "treated", true, 100)]);
    fold(&mut browser, &event("a-1", at_min(5), completed("both", 700)));
    fold(&mut user, &event("u-1", at_min(1), completed("both", 400)));
    let merged = merge(&browser, &user);
    let key = CampaignKey::parse("c").expect("valid");
    assert_eq!((merged.orders_placed(), merged.revenue_minor(eur())), (1, 400));
    let change = merge_change(&browser, &user, &merged);
    assert_eq!(change.cells[0].before[0].orders, 1, "what the browser's order counted");
    assert_eq!(merged.cell_share(&key).expect("enrolled").orders, 0, "it was placed before");
}

#[test]
fn a_refund_under_another_name_takes_the_order_back_once_they_are_one_customer() {
    let (mut browser, mut user) = (empty("a-1"), empty("u-1"));
    fold(&mut browser, &event("a-1", at_min(1), completed("o-1", 500)));
    fold(&mut browser, &event("a-1", at_min(2), refunded("o-1", Some(100))));
    fold(&mut user, &event("u-1", at_min(3), refunded("o-1", Some(150))));
    let merged = merge(&browser, &user);
    assert_eq!((merged.net_orders(), merged.revenue_minor(eur())), (1, 250));
}

#[test]
fn copies_that_know_one_order_by_other_products_agree_on_some() {
    let copy = |in_cart: &str| {
        let mut copy = empty("a-1");
        fold(&mut copy, &event("a-1", at_min(1), added(in_cart, 1, 100)));
        fold(&mut copy, &event("a-1", at_min(2), completed("o-1", 100)));
        copy
    };
    let (one, other) = (copy("p"), copy("q"));
    let merged = merge(&one, &other);
    assert_eq!(merged, merge(&other, &one));
    let known = ["p", "q"].map(|product| merged.bought_since(product, at_min(2)));
    assert!(known[0] != known[1], "what one of them knows");
}

#[test]
fn an_order_of_a_tally_that_was_summed_is_taken_back_from_the_sum() {
    let mut merged = empty("u-1");
    for number in 0..12 {
        let name = format!("a-{number}");
        let mut browser = empty(&name);
        fold_exposures(&mut browser, at_min(0), 1, &[exposure("c", "treated", true, 100)]);
        fold(&mut browser, &event(&name, at_min(number + 1), completed(&name, 100 + number)));
        merged = merge(&merged, &browser);
    }
    assert_eq!(merged.tallies.len(), PROFILE_TALLIES_MAX);
    let key = CampaignKey::parse("c").expect("valid");
    let mut left = 12 * 100 + 66;
    for number in 0..12 {
        left -= 100 + number;
        fold(&mut merged, &event("u-1", at_min(50), cancelled(&format!("a-{number}"))));
        let share = merged.cell_share(&key).expect("enrolled");
        assert_eq!((merged.revenue_minor(eur()), share.revenue[0].minor), (left, left));
    }
    assert_eq!(merged.net_orders(), 0);
}

#[test]
fn an_order_in_one_profile_empties_the_older_lines_of_the_other() {
    let mut browser = empty("a-1");
    fold(&mut browser, &event("a-1", at_min(1), added("bought", 1, 5)));
    fold(&mut browser, &event("a-1", at_min(9), added("kept", 1, 5)));
    let mut user = empty("u-1");
    fold(&mut user, &event("u-1", at_min(5), completed("o-1", 5)));
    let merged = merge(&browser, &user);
    let left: Vec<&str> = merged.cart.lines.iter().map(|line| &*line.product).collect();
    assert_eq!(left, ["kept"]);
    assert_eq!(merged.cart.changed_at, Some(at_min(9)));
}

#[test]
fn a_refusal_of_consent_wins_over_a_grant_of_the_same_instant() {
    let choosing = |name: &str, granted: bool| {
        let mut profile = empty(name);
        let plain = event(name, at(5), Action::ConsentChanged);
        let update = ConsentUpdate { category: "ads".into(), granted };
        fold(&mut profile, &Event { consent: [update].into(), ..plain });
        profile
    };
    let merged = merge(&choosing("a-1", true), &choosing("u-1", false));
    assert_eq!(merged.consent("ads"), Some(false));
}
