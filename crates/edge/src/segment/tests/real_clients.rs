//! What the two clients that most shops use really send: bodies recorded from
//! `@segment/analytics-node` 3.1.0 and `@segment/analytics-next` 1.84.3. The latter ran in Node.js with
//! an emulated page; the user agent was put in the place of the emulation's.

use model::{
    Action, Alias, ConsentUpdate, Currency, Event, Money, Order, PageView, Product, Promotion,
    TraitValue,
};

use super::{reception, time};
use crate::segment::{Batch, CallType, Endpoint, Envelope};

fn read(endpoint: Endpoint, body: &str) -> Batch {
    let envelope = Envelope::read(endpoint, body.as_bytes()).expect("well-formed");
    assert_eq!(envelope.write_key(), Some("vpk_test"));
    let batch = envelope.into_batch(&reception()).expect("taken");
    assert!(batch.skipped.is_empty(), "{:?}", batch.skipped);
    assert_eq!(batch.adjusted, super::super::Adjusted::default());
    batch
}

fn only(endpoint: Endpoint, body: &str) -> Event {
    let [event] = <[Event; 1]>::try_from(read(endpoint, body).events).expect("one event");
    event
}

fn euros(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("EUR").expect("known"))
}

fn added() -> Action {
    Action::ProductAdded(Product { id: "p-1".into(), price: Some(euros(1_999)), quantity: 1 })
}

fn consent(pairs: [(&str, bool); 2]) -> Box<[ConsentUpdate]> {
    let update =
        |(category, granted): (&str, bool)| ConsentUpdate { category: category.into(), granted };
    pairs.map(update).into()
}

#[test]
fn a_batch_of_the_node_client() {
    let batch = read(Endpoint::Batch, include_str!("node_batch.json"));
    let [identify, order, page, screen, group, alias, cart] = &batch.events[..] else {
        panic!("seven events: {batch:?}")
    };
    let Action::Identified(traits) = &identify.action else { panic!("{identify:?}") };
    let names: Vec<&str> = traits.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["age", "email", "plan", "vip"], "an address is no flat trait");
    assert_eq!(traits[0].1, TraitValue::Number(36.0));
    assert_eq!(identify.who.primary(), &Alias::user("u-1"));
    assert_eq!(identify.who.also_anonymous(), Some(&Alias::anonymous("a-1")));
    assert_eq!(
        &*identify.message_id,
        "node-next-1795328065768-bc61757c-65fb-446e-ace3-05fc90e26ac5"
    );

    let expected = Order {
        id: "o-1".into(),
        revenue: Some(euros(2_550)),
        discount_minor: 0,
        coupon: Some("TWENTY".into()),
        products: [Product { id: "p-1".into(), price: Some(euros(1_275)), quantity: 2 }].into(),
    };
    assert_eq!(order.action, Action::OrderCompleted(expected));
    assert_eq!(page.action, Action::Viewed(PageView { path: "/cart".into() }));
    assert_eq!(page.who.primary(), &Alias::anonymous("a-1"));
    assert_eq!(screen.action, Action::Viewed(PageView::default()));
    assert_eq!(group.action, Action::Grouped);
    assert_eq!(alias.action, Action::Aliased(Alias::anonymous("a-1")));
    assert_eq!(cart.action, added());
    assert_eq!(cart.consent, consent([("Advertising", true), ("Functional", false)]));
}

#[test]
fn times_of_the_node_client_are_corrected_by_when_the_batch_was_sent() {
    let batch = read(Endpoint::Batch, include_str!("node_batch.json"));
    // Received 4.228 s after the client says to have sent it.
    assert_eq!(batch.events[0].at, time("2026-11-22T06:14:29.996Z"));
    assert_eq!(batch.events[1].at, time("2026-01-31T18:30:04.228Z"), "an order of months ago");
    assert!(batch.events.iter().all(|event| event.received_at == reception().received_at));
}

#[test]
fn single_calls_of_the_browser_client() {
    let page = only(Endpoint::Call(CallType::Page), include_str!("browser_page.json"));
    assert_eq!(page.action, Action::Viewed(PageView { path: "/cart".into() }));
    let visitor = Alias::anonymous("c3d4b6c6-a818-42aa-85b8-19ebf914203d");
    assert_eq!(page.who.primary(), &visitor, "`userId: null` is absent");
    assert_eq!(&*page.name, "page");

    let cart = only(Endpoint::Call(CallType::Track), include_str!("browser_track.json"));
    assert_eq!((&cart.action, &*cart.name), (&added(), "Product Added"));

    let identify = only(Endpoint::Call(CallType::Identify), include_str!("browser_identify.json"));
    let email = ("email".into(), TraitValue::Text("ada@example.org".into()));
    assert_eq!(identify.action, Action::Identified([email].into()));
    assert_eq!(identify.who.also_anonymous(), Some(&visitor));

    let seen = only(Endpoint::Call(CallType::Track), include_str!("browser_promotion.json"));
    let Action::PromotionViewed(Some(Promotion { campaign, variant })) = seen.action else {
        panic!("{seen:?}")
    };
    assert_eq!(campaign.as_str(), "cart-rescue");
    assert_eq!(variant.as_ref().map(model::VariantKey::as_str), Some("twenty-percent"));

    let choice = only(Endpoint::Call(CallType::Track), include_str!("browser_consent.json"));
    assert_eq!(choice.action, Action::ConsentChanged);
    assert_eq!(choice.consent, consent([("Advertising", true), ("Analytics", false)]));
}

#[test]
fn a_batch_of_the_browser_client() {
    let batch = read(Endpoint::Batch, include_str!("browser_batch.json"));
    let names: Vec<&str> = batch.events.iter().map(|event| &*event.name).collect();
    assert_eq!(
        names,
        [
            "page",
            "Product Added",
            "Segment Consent Preference Updated",
            "identify",
            "Promotion Viewed",
            "alias",
            "group",
            "screen",
        ]
    );
    assert_eq!(batch.events[1].action, added());
    assert_eq!(batch.events[7].action, Action::Viewed(PageView { path: "/cart".into() }));
}
