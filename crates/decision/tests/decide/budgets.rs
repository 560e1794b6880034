//! Groups, stacking, limits and budgets: what keeps a campaign off the page, in every arm alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use decision::limits::{CONFIRM_WITHIN, PAGE_CAMPAIGNS_MAX};
use decision::{Ledger, Plan, Question, Visit, decide};
use model::limits::PROFILE_CAMPAIGNS_MAX;
use model::{
    Campaign, CampaignKey, CartLine, Currency, CustomerLimit, Discount, GroupKey, Judgement,
    Limits, Money, Profile, TenantKey, TermsKey, VariantKey,
};
use profiles::fold_exposures;

use crate::shop::{
    NOW, campaign, check, customer, customer_in, decision, decision_with, enrolled, no, plan, trap,
    view, yes,
};

fn grouped(key: &str, placement: &str, top: &str) -> Campaign {
    let group = Some(GroupKey::parse("season").expect("valid"));
    Campaign { group, ..campaign(key, placement, top) }
}

fn alone(key: &str, placement: &str, top: &str) -> Campaign {
    Campaign { stacks: false, ..campaign(key, placement, top) }
}

fn limited(limits: Limits) -> Plan {
    let campaign = Campaign { limits, ..campaign("rescue", "banner", "") };
    plan(vec![(campaign, yes())]).expect("a plan")
}

fn shows(most: u64) -> Limits {
    Limits { shows: Some(most), ..Limits::default() }
}

fn euros(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("EUR").expect("known"))
}

fn with_cart(mut profile: Profile, price: Money) -> Profile {
    profile.cart.lines.push(CartLine {
        product: "shoe".into(),
        quantity: 1,
        price: Some(price),
        changed_at: NOW,
    });
    profile
}

fn key(name: &str) -> CampaignKey {
    CampaignKey::parse(name).expect("valid")
}

fn demo() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

#[test]
fn of_a_group_one_campaign_appears_though_it_withholds() {
    let plan = plan(vec![
        (grouped("a", "banner", "priority = 3"), yes()),
        (grouped("b", "footer", "priority = 2"), trap()),
        (campaign("c", "sidebar", ""), yes()),
    ])
    .expect("a plan");
    for arm_of_b in ["control", "treated"] {
        let profile = enrolled(enrolled(customer_in("a", 0), "b", arm_of_b), "c", "treated");
        check(
            &decision(&plan, profile, view("/", &[])),
            r#"sidebar: c/treated offers twenty
               exposed to a/control withheld
               exposed to c/treated shown
               a is withheld, assigned control "because"
               b loses its group to a
               c is shown, kept treated "because""#,
        );
    }
}

#[test]
fn a_group_is_free_when_its_first_campaign_does_not_want_the_customer() {
    let plan = plan(vec![
        (grouped("a", "banner", "priority = 3"), no()),
        (grouped("b", "footer", "priority = 2"), yes()),
    ]);
    check(
        &decision(&plan.expect("a plan"), customer_in("b", 1), view("/", &[])),
        r#"footer: b/treated offers twenty
           exposed to b/treated shown
           a is not for this customer
           b is shown, assigned treated "because""#,
    );
}

#[test]
fn a_campaign_that_does_not_stack_keeps_all_others_off_in_either_arm() {
    let plan = plan(vec![
        (alone("a", "banner", "priority = 3"), yes()),
        (campaign("b", "footer", ""), trap()),
    ])
    .expect("a plan");
    check(
        &decision(&plan, customer_in("a", 1), view("/", &[])),
        r#"banner: a/treated offers twenty
           exposed to a/treated shown
           a is shown, assigned treated "because"
           b does not stack with a"#,
    );
    check(
        &decision(&plan, customer_in("a", 0), view("/", &[])),
        r#"exposed to a/control withheld
           a is withheld, assigned control "because"
           b does not stack with a"#,
    );
}

#[test]
fn a_campaign_that_does_not_stack_stays_away_from_a_page_that_is_taken() {
    let plan = plan(vec![
        (campaign("a", "banner", "priority = 3"), yes()),
        (alone("b", "footer", "priority = 2"), trap()),
        (campaign("c", "sidebar", ""), no()),
    ]);
    check(
        &decision(&plan.expect("a plan"), customer_in("a", 0), view("/", &[])),
        r#"exposed to a/control withheld
           a is withheld, assigned control "because"
           b does not stack with a
           c is not for this customer"#,
    );
}

/// Else the treated arm would stop and the control arm go on, and they would hold different customers.
#[test]
fn a_customers_limit_counts_the_exposures_of_either_arm() {
    let per_customer = Some(CustomerLimit { shows: 2, within: Duration::from_secs(3_600) });
    let plan = limited(Limits { per_customer, ..Limits::default() });
    for place in [0, 1] {
        let mut profile = customer_in("rescue", place);
        let hours = |hours: u64| NOW.minus(Duration::from_secs(hours * 3_600));
        for at in [hours(3), hours(1), NOW] {
            let decision = decision(&plan, profile.clone(), view("/", &[]));
            assert_eq!(decision.exposures.len(), 1, "at {at}, in arm {place}");
            fold_exposures(&mut profile, at, 1, &decision.exposures);
        }
        check(&decision(&plan, profile.clone(), view("/", &[])), "rescue was shown often enough");
        let ledger = Ledger::new(CONFIRM_WITHIN);
        let again = || ledger.claims(Visit::Again, NOW).beside(vec![key("rescue")]);
        let repeated = decision_with(&plan, &again, profile, view("/", &[]));
        assert_eq!(repeated.exposures.len(), 1, "the last of them again shows what it showed");
    }
}

/// Else a page that asks again would lose what it has to its own show, or have it counted once more.
#[test]
fn what_a_page_has_stays_and_what_is_new_beside_it_is_judged_as_new() {
    let per_customer = Some(CustomerLimit { shows: 1, within: Duration::from_secs(3_600) });
    let limits = Limits { per_customer, ..shows(10) };
    let campaigns = ["a", "b"]
        .map(|key| (Campaign { limits: limits.clone(), ..campaign(key, key, "") }, yes()));
    let plan = plan(campaigns.into()).expect("a plan");
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let mut profile = enrolled(customer_in("a", 1), "b", "treated");
    let both = decision(&plan, profile.clone(), view("/", &[]));
    assert_eq!(both.offers.len(), 2);
    fold_exposures(&mut profile, NOW, 1, &both.exposures);
    let shown = |visit: Visit, on_page: &[&str]| {
        let on_page = on_page.iter().map(|campaign| key(campaign)).collect();
        let mut claims = ledger.claims(visit, NOW).beside(on_page);
        let (profile, page) = (Arc::new(profile.clone()), Arc::new(view("/", &[])));
        let decision = decide(&plan, &mut claims, Question::new(&profile, &page, NOW));
        claims.keep(profile.id, |charges| {
            assert_eq!(charges, [], "nothing is reserved once more");
            1
        });
        decision.offers.iter().map(|made| made.campaign.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(shown(Visit::First, &[]), [""; 0], "both were shown often enough");
    assert_eq!(shown(Visit::First, &["b"]), ["b"]);
    assert_eq!(shown(Visit::First, &["a", "b"]), ["a", "b"]);
    assert_eq!(shown(Visit::Again, &["a"]), ["a"]);
}

/// Else a campaign for which the customer is eligible by now would take the place of what the page had, and then be left
/// out itself, because nothing of a page view that is sent again is recorded.
#[test]
fn a_page_view_that_is_sent_again_asks_only_for_what_it_had() {
    let rival = (campaign("rival", "banner", "priority = 9"), yes());
    let plan = plan(vec![rival, (campaign("rescue", "banner", ""), yes())]).expect("a plan");
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let again = || ledger.claims(Visit::Again, NOW).beside(vec![key("rescue")]);
    let both = enrolled(customer_in("rescue", 1), "rival", "treated");
    let repeated = decision_with(&plan, &again, both, view("/", &[]));
    assert_eq!(repeated.offers[0].campaign, key("rescue"));
    check(
        &repeated,
        r#"banner: rescue/treated offers twenty
           exposed to rescue/treated shown
           rival was not on it before
           rescue is shown, assigned treated "because""#,
    );
}

/// Else whoever is in the arm that reserves nothing would be given what comes after it.
#[test]
fn a_budget_that_is_used_up_takes_nothing_from_a_page_in_either_arm() {
    let after = (campaign("after", "banner", "priority = -1"), yes());
    let rescue = Campaign { limits: shows(1), ..campaign("rescue", "banner", "") };
    let plan = plan(vec![(rescue, yes()), after]).expect("a plan");
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let mut claims = ledger.claims(Visit::First, NOW);
    let (other, page) = (Arc::new(customer_in("rescue", 1)), Arc::new(view("/", &[])));
    decide(&plan, &mut claims, Question::new(&other, &page, NOW));
    claims.keep(other.id, |_| 1);
    for (place, arm) in [(0, "control"), (1, "treated")] {
        for visit in [Visit::First, Visit::Again] {
            let claims = || ledger.claims(visit, NOW).beside(vec![key("rescue")]);
            let decision =
                decision_with(&plan, &claims, customer_in("rescue", place), view("/", &[]));
            let exposed = decision.exposures.iter().map(|it| (&it.campaign, it.variant.as_str()));
            assert_eq!(exposed.collect::<Vec<_>>(), [(&key("rescue"), arm)], "{visit:?}");
        }
    }
}

#[test]
fn the_arms_of_a_customer_are_those_of_the_campaigns_in_which_they_are() {
    let plan = limited(Limits::default());
    let arms = |profile: &Profile| {
        let terms = TermsKey::of(&plan.campaign(&key("rescue")).expect("there").campaign);
        let arms = plan.arms_of(profile).inspect(|arm| assert_eq!(arm.terms, terms));
        arms.map(|arm| format!("{}/{}", arm.campaign, arm.variant)).collect::<Vec<_>>()
    };
    let stranger = customer_in("rescue", 1);
    assert_eq!(arms(&stranger), [""; 0]);
    let mut exposed = stranger.clone();
    let exposures = decision(&plan, stranger, view("/", &[])).exposures;
    fold_exposures(&mut exposed, NOW, 1, &exposures);
    assert_eq!(arms(&exposed), ["rescue/treated"]);
    exposed.enrolments[0].variant = VariantKey::parse("gone").expect("a name");
    assert_eq!(arms(&exposed), ["rescue/treated"], "as if the customer came now");
    exposed.enrolments[0].variant = VariantKey::parse("control").expect("a name");
    assert_eq!(arms(&exposed), ["rescue/control"]);
}

/// A profile remembers no more, and would forget what it was given first.
#[test]
fn a_page_has_no_more_campaigns_than_a_customer_can_be_in() {
    let campaigns = (0..PAGE_CAMPAIGNS_MAX + 2).map(|number| {
        let key = format!("c-{number:03}");
        (campaign(&key, &key, ""), yes())
    });
    let plan = plan(campaigns.collect()).expect("a plan");
    let decision = decision(&plan, customer("a-1"), view("/", &[]));
    assert_eq!(decision.exposures.len(), PAGE_CAMPAIGNS_MAX);
    let last = &decision.explanations[PAGE_CAMPAIGNS_MAX..];
    assert!(last.iter().all(|it| it.judgement == Judgement::PageFull), "{last:?}");
}

/// Else two pages that poll would take turns in making each other's campaigns new, and count them each time.
#[test]
fn what_a_customer_met_of_late_is_not_forgotten_for_another_campaign() {
    let campaigns = (0..=PROFILE_CAMPAIGNS_MAX).map(|number| {
        let key = format!("c-{number:03}");
        (campaign(&key, &key, ""), yes())
    });
    let plan = plan(campaigns.collect()).expect("a plan");
    let mut profile = customer("a-1");
    let meet = |profile: &mut Profile, places: &[&str], at| {
        let ledger = Ledger::new(CONFIRM_WITHIN);
        let (known, page) = (Arc::new(profile.clone()), Arc::new(view("/", places)));
        let question = Question::new(&known, &page, at);
        let met = decide(&plan, &mut ledger.claims(Visit::First, at), question);
        fold_exposures(profile, at, 1, &met.exposures);
        met.exposures.len()
    };
    let hour = Duration::from_secs(3_600);
    let early = NOW.minus(hour * 2);
    for number in 0..PROFILE_CAMPAIGNS_MAX {
        assert_eq!(meet(&mut profile, &[&format!("c-{number:03}")], early), 1);
    }
    let last = format!("c-{PROFILE_CAMPAIGNS_MAX:03}");
    assert_eq!(meet(&mut profile, &[&last], NOW), 0, "it has to wait");
    let explained = decision(&plan, profile.clone(), view("/", &[&last])).explanations;
    let judged = explained.last().map(|it| &it.judgement);
    assert_eq!(judged, Some(&Judgement::CustomerFull));
    assert_eq!(meet(&mut profile, &["c-000", "c-001"], NOW), 2, "what is there stays");
    let next_day = early.plus(hour * 25);
    assert_eq!(meet(&mut profile, &[&last], next_day), 1, "the rest was met long ago");
    let is_known = |key: &str| profile.enrolment(&self::key(key)).is_some();
    assert_eq!(["c-000", "c-001", "c-002", &last].map(is_known), [true, true, false, true]);
}

#[test]
fn a_budget_that_is_used_up_ends_the_campaign_in_either_arm() {
    let plan = limited(shows(1));
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let shown = customer_in("rescue", 1);
    let mut claims = ledger.claims(Visit::First, NOW);
    let (profile, page) = (Arc::new(shown.clone()), Arc::new(view("/", &[])));
    let first = decide(&plan, &mut claims, Question::new(&profile, &page, NOW));
    assert_eq!(first.offers.len(), 1);
    claims.keep(profile.id, |charges| {
        assert_eq!(charges.len(), 1);
        assert_eq!(charges[0].campaign, key("rescue"));
        assert_eq!(charges[0].confirm_until, NOW.plus(CONFIRM_WITHIN));
        1
    });
    for place in [0, 1] {
        let claims = || ledger.claims(Visit::First, NOW);
        check(
            &decision_with(&plan, &claims, customer_in("rescue", place), view("/", &[])),
            "rescue has spent its budget",
        );
    }
    let again = || ledger.claims(Visit::Again, NOW).beside(vec![key("rescue")]);
    let repeated = decision_with(&plan, &again, shown, view("/", &[]));
    assert_eq!(repeated.offers.len(), 1, "the same page view again shows what it showed");
}

#[test]
fn the_control_arm_is_exposed_while_there_is_room_and_takes_none() {
    let plan = limited(shows(1));
    let ledger = Ledger::new(CONFIRM_WITHIN);
    for _ in 0..3 {
        let mut claims = ledger.claims(Visit::First, NOW);
        let profile = Arc::new(customer_in("rescue", 0));
        let page = Arc::new(view("/", &[]));
        let decision = decide(&plan, &mut claims, Question::new(&profile, &page, NOW));
        assert_eq!(decision.exposures.len(), 1);
        claims.keep(profile.id, |charges| {
            assert_eq!(charges, []);
            1
        });
    }
    let standing = ledger.standing(&demo(), &key("rescue"), &shows(1), NOW);
    assert_eq!(standing.shows, decision::Used::default());
}

#[test]
fn a_budget_of_discount_is_judged_by_the_largest_offer_and_charged_for_the_one_shown() {
    let limits = Limits { discount: Some(euros(1_000)), ..Limits::default() };
    let plan = limited(limits.clone());
    let decided = |place, price| {
        decision(&plan, with_cart(customer_in("rescue", place), price), view("/", &[]))
    };
    let dollars = Money::from_minor(10, Currency::parse("USD").expect("known"));
    for place in [0, 1] {
        assert_eq!(decided(place, euros(5_000)).exposures.len(), 1, "20 % of 50.00 are 10.00");
        check(&decided(place, euros(5_001)), "rescue has spent its budget");
        check(&decided(place, dollars), "rescue has spent its budget");
    }
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let mut claims = ledger.claims(Visit::First, NOW);
    let profile = Arc::new(with_cart(customer_in("rescue", 1), euros(3_333)));
    decide(&plan, &mut claims, Question::new(&profile, &Arc::new(view("/", &[])), NOW));
    claims.keep(profile.id, |charges| {
        assert_eq!(charges[0].discount, Some(euros(667)), "rounded up");
        1
    });
    let standing = ledger.standing(&demo(), &key("rescue"), &limits, NOW);
    assert_eq!(standing.discount_minor.reserved, 667);
}

#[test]
fn an_amount_costs_at_most_what_the_cart_is_worth() {
    let mut fixed = campaign("rescue", "banner", "");
    let mut offer = (*fixed.offers[0]).clone();
    offer.discount = Some(Discount::Amount(euros(500)));
    fixed.offers = vec![Arc::new(offer)];
    fixed.limits = Limits { discount: Some(euros(10_000)), ..Limits::default() };
    let plan = plan(vec![(fixed, yes())]).expect("a plan");
    let cost = |profile: Profile| {
        let ledger = Ledger::new(CONFIRM_WITHIN);
        let mut claims = ledger.claims(Visit::First, NOW);
        let profile = Arc::new(profile);
        decide(&plan, &mut claims, Question::new(&profile, &Arc::new(view("/", &[])), NOW));
        let mut told = None;
        claims.keep(profile.id, |charges| {
            told = charges[0].discount;
            1
        });
        told
    };
    assert_eq!(cost(with_cart(customer_in("rescue", 1), euros(300))), Some(euros(300)));
    assert_eq!(cost(with_cart(customer_in("rescue", 1), euros(900))), Some(euros(500)));
    assert_eq!(cost(customer_in("rescue", 1)), Some(euros(500)), "an empty cart may yet be filled");
}

/// What a deadline takes from a decision on a busy machine shows nothing, so only the sum is exact.
#[test]
fn of_two_thousand_decisions_at_once_a_budget_of_a_hundred_shows_a_hundred() {
    const THREADS: usize = 4;
    const DECISIONS: usize = 2_000;
    let plan = limited(shows(100));
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let (asked, lsn) = (AtomicUsize::new(0), AtomicU64::new(0));
    let shown: usize = std::thread::scope(|scope| {
        let one = || {
            let mut shown = 0;
            loop {
                let number = asked.fetch_add(1, Ordering::Relaxed);
                if number >= DECISIONS {
                    return shown;
                }
                let profile = enrolled(customer(&format!("a-{number}")), "rescue", "treated");
                let (profile, page) = (Arc::new(profile), Arc::new(view("/", &[])));
                let mut claims = ledger.claims(Visit::First, NOW);
                let decision =
                    decide(&plan, &mut claims, Question::new(&profile, &page, NOW).explained());
                let judgement = &decision.explanations[0].judgement;
                shown += usize::from(matches!(judgement, Judgement::Shown(_)));
                claims.keep(profile.id, |_| lsn.fetch_add(1, Ordering::Relaxed) + 1);
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(shown, 100);
    let standing = ledger.standing(&demo(), &key("rescue"), &shows(100), NOW);
    assert_eq!(standing.shows.reserved, 100);
}
