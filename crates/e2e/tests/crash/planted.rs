//! The checks themselves, on defects planted for them.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;

use journal::record::{Body, Record, Via};
use model::{
    Action, CampaignKey, Change, CustomerId, Event, Exposure, GoalKey, Identity, Order, PageView,
    SplitKey, TenantKey, TermsKey, Timestamp, VariantKey,
};
use serde_json::json;

use super::folded::{Folded, differences};
use super::traffic::{Call, Deed};
use super::{miscounted, recount};

fn call(id: &str, deed: Deed, person: Option<&str>, browser: Option<&str>) -> Call {
    let owned = |name: Option<&str>| name.map(str::to_owned);
    Call { id: id.to_owned(), deed, person: owned(person), browser: owned(browser) }
}

#[test]
fn lost_doubled_and_invented_events_are_noticed() {
    let by = |id, deed| call(id, deed, Some("p"), None);
    let calls = [
        by("kept", Deed::Cart),
        by("lost", Deed::Page),
        by("twice", Deed::SignIn),
        by("unanswered", Deed::Decide),
        by("view-twice", Deed::Decide),
    ];
    let counts = [("kept", 1), ("twice", 2), ("view-twice", 2), ("alien", 1)];
    let journalled: HashMap<String, u32> =
        counts.into_iter().map(|(id, count)| (id.to_owned(), count)).collect();
    let expected = [
        "lost is journalled 0 times",
        "twice is journalled 2 times",
        "view-twice is journalled 2 times",
        "alien is journalled, but was never sent",
    ];
    assert_eq!(miscounted(&calls, &journalled), expected);
}

#[test]
fn a_browser_and_the_person_who_signed_in_on_it_are_counted_as_one() {
    let calls = [
        call("1", Deed::Cart, None, Some("b-1")),
        call("2", Deed::Cart, Some("p"), None),
        call("3", Deed::Order(1_050), None, Some("b-2")),
        call("4", Deed::SignIn, Some("p"), Some("b-1")),
        call("5", Deed::Decide, None, Some("b-1")),
        call("6", Deed::Page, None, Some("b-3")),
    ];
    let expected = json!({
        "events": {"view": 2, "cart": 2, "purchase": 1, "identify": 1},
        "customers": 3, "customers_with_cart": 1, "buyers": 1, "orders": 1,
        "revenue_minor": {"USD": 1_050}, "decisions": 1,
    });
    assert_eq!(recount::totals(calls.iter()), expected);
}

fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn id_of(customer: &Identity) -> CustomerId {
    CustomerId::of(&tenant(), customer.primary())
}

fn record(customer: &Identity, body: Body) -> Record {
    Record { tenant: tenant(), customer: id_of(customer), body, change: Change::default() }
}

fn event(customer: &Identity, id: &str, action: Action) -> Record {
    let at = Timestamp::from_ms(1_000);
    let event = Event {
        message_id: id.into(),
        at,
        received_at: at,
        who: customer.clone(),
        consent: Box::default(),
        action,
        name: "test".into(),
        properties: Box::default(),
        measures: Box::default(),
    };
    record(customer, Body::Event { event, via: Via::Ingest })
}

/// A browser that orders, is merged into a person, and is exposed.
fn history() -> Vec<Record> {
    let person = Identity::new(Some("p"), None).expect("named");
    let browser = Identity::new(None, Some("b")).expect("named");
    let order = Order {
        id: "o-1".into(),
        revenue: None,
        discount_minor: 0,
        coupon: None,
        products: Box::default(),
    };
    let (absorbed, at) = (id_of(&browser), Timestamp::from_ms(2_000));
    let exposure = Exposure {
        campaign: CampaignKey::parse("cart-rescue").expect("a key"),
        variant: VariantKey::parse("control").expect("a key"),
        shown: false,
        terms: TermsKey::NONE,
        goal: GoalKey::ORDERS,
        attribution_until: Timestamp::from_ms(9_000),
        split: SplitKey::OTHER,
        revenue_before: Box::default(),
        rule_digest: [0; 32],
    };
    vec![
        event(&browser, "m-1", Action::OrderCompleted(order)),
        record(&person, Body::Merged { absorbed, at }),
        event(&person, "m-2", Action::Viewed(PageView::default())),
        record(
            &person,
            Body::Exposed {
                decision: 1,
                plan_version: 1,
                at,
                exposures: vec![exposure],
                charges: Vec::new(),
            },
        ),
    ]
}

/// The history folded, without the record at a place.
fn folded_without(missing: Option<usize>) -> Folded {
    let mut folded = Folded::new();
    for (place, record) in history().iter().enumerate() {
        if Some(place) != missing {
            folded.fold(u64::try_from(place + 1).expect("small"), record);
        }
    }
    folded
}

#[test]
fn a_store_that_holds_all_of_the_journal_is_not_complained_about() {
    let (one, other) = (folded_without(None), folded_without(None));
    assert_eq!(differences(one.store(), &other), Vec::<String>::new());
}

#[test]
fn a_store_that_lacks_any_one_record_is_noticed() {
    let expected = [
        // The order: it and its message would be new again.
        &[" is\n", "m-1 would be taken again", "order o-1 would be taken again"][..],
        // The merge: the browser leads to itself.
        &[" leads to ", " is\n"],
        &[" is\n", "m-2 would be taken again"],
        &[" is\n"],
    ];
    for (missing, expected) in expected.into_iter().enumerate() {
        let noticed = differences(folded_without(Some(missing)).store(), &folded_without(None));
        assert_eq!(noticed.len(), expected.len(), "{missing}: {noticed:?}");
        for word in expected {
            assert!(noticed.iter().any(|told| told.contains(word)), "{missing}: {noticed:?}");
        }
    }
}

#[test]
fn a_profile_in_which_one_number_is_wrong_is_noticed() {
    let (tampered, whole) = (folded_without(None), folded_without(None));
    let person = whole.profiles()[0].id;
    let changed = tampered.store().update::<(), Infallible>(
        &tenant(),
        person,
        Timestamp::from_ms(0),
        |profile, _| {
            profile.tallies[0].orders += 1;
            Ok(((), profile.applied_lsn))
        },
    );
    changed.expect("readable");
    let noticed = differences(tampered.store(), &whole);
    assert_eq!(noticed.len(), 1, "{noticed:?}");
    assert!(noticed[0].starts_with(&person.to_string()), "{noticed:?}");
}

#[test]
fn arms_are_counted_from_the_profiles_of_those_who_were_exposed() {
    let arms = recount::arms(&folded_without(None).profiles(), "cart-rescue");
    let control = json!({
        "customers": 1, "conversions": 0, "outcomes": 0, "orders": 0, "revenue_minor": {},
        "funnel": {
            "eligible": 1, "shown": 0, "seen": 0, "clicked": 0, "cart": 0, "checkout": 0,
            "ordered": 0,
        },
    });
    assert_eq!(arms, BTreeMap::from([("control".to_owned(), control)]));
    assert!(recount::arms(&folded_without(Some(3)).profiles(), "cart-rescue").is_empty());
}
