use model::{
    Action, Alias, CampaignKey, CellChange, CellShare, Change, Charge, ConsentUpdate, Currency,
    CustomerId, Event, Exposure, GoalKey, Identity, Measure, Money, OfferKey, Order, PageView,
    Product, Promotion, Redemption, RevenueShare, SplitKey, Steps, TenantKey, TermsKey, Timestamp,
    TraitValue, VariantKey,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{Body, KIND_EVENT, Record, Via, decode, encode, peek};
use crate::JournalError;

fn encoded(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(record, &mut bytes);
    bytes
}

fn text() -> impl Strategy<Value = Box<str>> {
    "\\PC{0,12}".prop_map(String::into_boxed_str)
}

fn campaign() -> impl Strategy<Value = CampaignKey> {
    "[a-z0-9][a-z0-9_-]{0,20}".prop_map(|text| CampaignKey::parse(&text).unwrap())
}

fn variant() -> impl Strategy<Value = VariantKey> {
    "[a-z0-9][a-z0-9_-]{0,20}".prop_map(|text| VariantKey::parse(&text).unwrap())
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["EUR", "USD", "JPY", "KWD"])
        .prop_map(|code| Currency::parse(code).unwrap())
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_ms)
}

fn customer() -> impl Strategy<Value = CustomerId> {
    any::<u128>().prop_map(CustomerId::from_u128)
}

prop_compose! {
    fn money()(minor in any::<i64>(), currency in currency()) -> Money {
        Money::from_minor(minor, currency)
    }
}

prop_compose! {
    fn product()(id in text(), price in option::of(money()), quantity in any::<u32>()) -> Product {
        Product { id, price, quantity }
    }
}

prop_compose! {
    fn order()(
        id in text(),
        revenue in option::of(money()),
        discount_minor in any::<i64>(),
        coupon in option::of(text()),
        products in vec(product(), 0..4),
    ) -> Order {
        Order { id, revenue, discount_minor, coupon, products: products.into() }
    }
}

prop_compose! {
    fn promotion()(campaign in campaign(), variant in option::of(variant())) -> Promotion {
        Promotion { campaign, variant }
    }
}

fn trait_value() -> impl Strategy<Value = TraitValue> {
    prop_oneof![
        text().prop_map(TraitValue::Text),
        prop::num::f64::NORMAL.prop_map(TraitValue::Number),
        any::<bool>().prop_map(TraitValue::Flag),
        Just(TraitValue::Absent),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let with_product = prop_oneof![
        product().prop_map(Action::ProductViewed),
        product().prop_map(Action::ProductAdded),
        product().prop_map(Action::ProductRemoved),
        vec(product(), 0..4).prop_map(|products| Action::CartViewed(products.into())),
    ];
    let with_order = prop_oneof![
        order().prop_map(Action::OrderCompleted),
        (text(), option::of(money()))
            .prop_map(|(order_id, amount)| Action::OrderRefunded { order_id, amount }),
        text().prop_map(|order_id| Action::OrderCancelled { order_id }),
    ];
    let bare = prop::sample::select(vec![
        Action::Grouped,
        Action::CheckoutStarted,
        Action::CheckoutStepCompleted,
        Action::CouponApplied,
        Action::ConsentChanged,
        Action::Tracked,
    ]);
    prop_oneof![
        text().prop_map(|path| Action::Viewed(PageView { path })),
        vec((text(), trait_value()), 0..4).prop_map(|traits| Action::Identified(traits.into())),
        text().prop_map(|name| Action::Aliased(Alias::user(&name))),
        text().prop_map(|name| Action::Aliased(Alias::anonymous(&name))),
        with_product,
        with_order,
        option::of(promotion()).prop_map(Action::PromotionViewed),
        option::of(promotion()).prop_map(Action::PromotionClicked),
        bare,
    ]
}

fn identity() -> impl Strategy<Value = Identity> {
    prop_oneof![
        text().prop_map(|user| Identity::new(Some(&user), None).unwrap()),
        text().prop_map(|anonymous| Identity::new(None, Some(&anonymous)).unwrap()),
        (text(), text()).prop_map(|(user, anonymous)| {
            Identity::new(Some(&user), Some(&anonymous)).unwrap()
        }),
    ]
}

prop_compose! {
    fn event()(
        message_id in text(),
        at in time(),
        received_at in time(),
        who in identity(),
        consent in vec((text(), any::<bool>()), 0..3),
        action in action(),
        name in text(),
        properties in text(),
        measures in vec((any::<u32>(), any::<i64>()), 0..3),
    ) -> Event {
        let consent = consent
            .into_iter()
            .map(|(category, granted)| ConsentUpdate { category, granted })
            .collect();
        let measures = measures.into_iter().map(|(goal, value_milli)| Measure {
            goal: GoalKey::from_u32(goal),
            value_milli,
        });
        let measures = measures.collect();
        Event { message_id, at, received_at, who, consent, action, name, properties, measures }
    }
}

prop_compose! {
    fn exposure()(
        campaign in campaign(),
        variant in variant(),
        shown in any::<bool>(),
        terms in any::<u32>().prop_map(TermsKey::from_u32),
        split in any::<u32>().prop_map(SplitKey::from_u32),
        goal in any::<u32>().prop_map(GoalKey::from_u32),
        attribution_until in time(),
        revenue_before in vec(money(), 0..3),
        rule_digest in any::<[u8; 32]>(),
    ) -> Exposure {
        let revenue_before = revenue_before.into();
        Exposure {
            campaign,
            variant,
            shown,
            terms,
            split,
            goal,
            attribution_until,
            revenue_before,
            rule_digest,
        }
    }
}

prop_compose! {
    fn share()(
        variant in variant(),
        split in any::<u32>().prop_map(SplitKey::from_u32),
        orders in any::<u32>(),
        revenue in vec((currency(), any::<i64>(), any::<u32>(), any::<i64>()), 0..3),
        outcomes in any::<u32>(),
        value_milli in any::<i64>(),
        bits in 0..128_u8,
    ) -> CellShare {
        let steps = Steps::from_bits(bits).unwrap();
        let revenue = revenue.into_iter();
        let revenue =
            revenue.map(|(currency, minor, orders, before_minor)| RevenueShare { currency, minor, orders, before_minor });
        let revenue = revenue.collect();
        CellShare { variant, split, orders, revenue, outcomes, value_milli, steps }
    }
}

prop_compose! {
    fn charge()(
        campaign in campaign(),
        discount in option::of(money()),
        confirm_until in time(),
    ) -> Charge {
        Charge { campaign, discount, confirm_until }
    }
}

prop_compose! {
    fn redemption()(
        token in any::<u128>(),
        campaign in campaign(),
        variant in variant(),
        offer in "[a-z0-9][a-z0-9_-]{0,20}",
        order_id in option::of(text()),
        at in time(),
    ) -> Redemption {
        let offer = OfferKey::parse(&offer).unwrap();
        Redemption { token, campaign, variant, offer, order_id, at }
    }
}

prop_compose! {
    fn cell()(
        campaign in campaign(),
        before in vec(share(), 0..3),
        after in option::of(share()),
    ) -> CellChange {
        CellChange { campaign, before, after }
    }
}

prop_compose! {
    fn change()(
        customers in any::<i8>(),
        customers_with_cart in any::<i8>(),
        buyers in any::<i8>(),
        cells in vec(cell(), 0..3),
    ) -> Change {
        Change { customers, customers_with_cart, buyers, cells }
    }
}

fn body() -> impl Strategy<Value = Body> {
    let via = prop::sample::select(vec![Via::Ingest, Via::Decide]);
    prop_oneof![
        4 => (event(), via).prop_map(|(event, via)| Body::Event { event, via }),
        1 => (customer(), time()).prop_map(|(absorbed, at)| Body::Merged { absorbed, at }),
        2 => (
            any::<u128>(), any::<u64>(), time(), vec(exposure(), 0..4), vec(charge(), 0..3)
        ).prop_map(
            |(decision, plan_version, at, exposures, charges)| {
                Body::Exposed { decision, plan_version, at, exposures, charges }
            }
        ),
        1 => redemption().prop_map(Body::Redeemed),
    ]
}

prop_compose! {
    pub(crate) fn record()(
        tenant in "[a-z0-9][a-z0-9_-]{0,20}",
        customer in customer(),
        body in body(),
        change in change(),
    ) -> Record {
        Record { tenant: TenantKey::parse(&tenant).unwrap(), customer, body, change }
    }
}

proptest! {
    #[test]
    fn any_record_is_read_as_it_was_written(record in record()) {
        let bytes = encoded(&record);
        prop_assert_eq!(decode(record.kind(), &bytes).unwrap(), record);
    }

    #[test]
    fn the_head_of_any_record_can_be_read_alone(record in record()) {
        let bytes = encoded(&record);
        let head = peek(record.kind(), &bytes).unwrap();
        prop_assert_eq!(head.tenant, record.tenant.as_str());
        prop_assert_eq!(head.customer, record.customer);
        prop_assert_eq!(head.change, record.change);
    }

    #[test]
    fn a_record_with_a_byte_too_few_or_too_many_is_refused(record in record()) {
        let mut bytes = encoded(&record);
        bytes.push(0);
        prop_assert!(decode(record.kind(), &bytes).is_err());
        bytes.truncate(bytes.len() - 2);
        prop_assert!(decode(record.kind(), &bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic_the_decoder(kind in 0_u8..6, mut bytes in vec(any::<u8>(), 0..200)) {
        let _ = decode(kind, &bytes);
        if let Some(version) = bytes.first_mut() {
            *version = super::VERSION;
        }
        let _ = decode(kind, &bytes);
        let _ = peek(kind, &bytes);
    }
}

fn page_view() -> Record {
    Record {
        tenant: TenantKey::parse("demo").unwrap(),
        customer: CustomerId::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10),
        body: Body::Event {
            event: Event {
                message_id: "m-1".into(),
                at: Timestamp::from_ms(1_000),
                received_at: Timestamp::from_ms(1_002),
                who: Identity::new(None, Some("a-1")).unwrap(),
                consent: Box::default(),
                action: Action::Viewed(PageView { path: "/cart".into() }),
                name: "page".into(),
                properties: "".into(),
                measures: Box::default(),
            },
            via: Via::Decide,
        },
        change: Change { customers: 1, ..Change::default() },
    }
}

#[test]
fn the_bytes_of_format_version_7_never_change() {
    let bytes = encoded(&page_view());
    let expected = [
        &[7_u8][..],                                              // format version
        b"\x04demo",                                              // tenant
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], // customer
        &[1, 0, 0, 0],                                            // change: +1 customer, no cells
        &[1],                                                     // via a decision
        b"\x03m-1",                                               // message id
        &[251, 0xd0, 0x07],                                       // at 1,000 ms, zigzag
        &[4],                                                     // received 2 ms later
        &[0, 1],                                                  // no user id, an anonymous id
        b"\x03a-1",
        &[0],             // no consent
        b"\x00\x05/cart", // viewed /cart
        b"\x04page\x00",  // name, no properties
        &[0],             // no goal measures it
    ]
    .concat();
    assert_eq!(bytes, expected);
}

#[test]
fn the_bytes_of_an_exposure_and_a_share_never_change() {
    let eur = Currency::parse("EUR").unwrap();
    let variant = VariantKey::parse("control").unwrap();
    let campaign = CampaignKey::parse("c").unwrap();
    let split = SplitKey::from_u32(0x0403_0201);
    let exposure = Exposure {
        campaign: campaign.clone(),
        variant: variant.clone(),
        shown: false,
        terms: TermsKey::from_u32(0x0807_0605),
        split,
        goal: GoalKey::ORDERS,
        attribution_until: Timestamp::from_ms(1),
        revenue_before: [Money::from_minor(-1, eur)].into(),
        rule_digest: [7; 32],
    };
    let revenue = vec![RevenueShare { currency: eur, minor: 2, orders: 3, before_minor: -1 }];
    let share = CellShare {
        orders: 4,
        revenue,
        outcomes: 5,
        value_milli: -6,
        steps: Steps::from_bits(3).unwrap(),
        ..CellShare::new(variant, split)
    };
    let cells = vec![CellChange { campaign, before: Vec::new(), after: Some(share) }];
    let exposures = vec![exposure];
    let at = Timestamp::from_ms(0);
    let body = Body::Exposed { decision: 9, plan_version: 2, at, exposures, charges: Vec::new() };
    let record = Record { body, change: Change { cells, ..Change::default() }, ..page_view() };
    let (head, exposed) = (&encoded(&page_view())[..22], {
        let mut decision = [0; 16];
        decision[15] = 9;
        decision
    });
    let expected = [
        head,                                    // version, tenant, customer
        &[0, 0, 0, 1],                           // change: one cell
        b"\x01c\x00\x01",                        // of c: nothing to take away, something to add
        b"\x07control\x01\x02\x03\x04\x04",      // variant, split, orders
        b"\x01\x03EUR\x04\x03\x01",              // by currency: minor units, orders, before
        &[5, 11, 3],                             // outcomes, thousandths, steps
        &exposed,                                // decision
        &[2, 0, 1],                              // plan version, time, one exposure
        b"\x01c\x07control\x00\x05\x06\x07\x08", // campaign, variant, not shown, terms
        b"\x01\x02\x03\x04",                     // split
        &[0, 0, 0, 0, 2],                        // goal, until
        b"\x01\x01\x03EUR",                      // before: one amount
        &[7; 32],                                // digest
    ]
    .concat();
    assert_eq!(encoded(&record), expected);
}

#[test]
fn an_order_is_written_as_before_products_were_and_with_them_as_another_variant() {
    let eur = Currency::parse("EUR").unwrap();
    let record = |products: Box<[Product]>| {
        let Record { body: Body::Event { event, via }, .. } = page_view() else { unreachable!() };
        let (id, revenue) = ("o-1".into(), Some(Money::from_minor(100, eur)));
        let order = Order { id, revenue, discount_minor: 1, coupon: None, products };
        let event = Event { action: Action::OrderCompleted(order), ..event };
        Record { body: Body::Event { event, via }, ..page_view() }
    };
    let page = encoded(&page_view());
    let (action, rest) = (b"\x00\x05/cart", b"\x04page\x00\x00");
    let head = &page[..page.len() - action.len() - rest.len()];
    let order = b"\x03o-1\x01\xc8\x03EUR\x02\x00"; // named, 1.00 EUR, 0.01 off, no coupon
    let products = b"\x01\x03p-1\x00\x02"; // one: p-1, no price, two of it
    let before = record(Box::default());
    let bytes = [head, &[11], order, rest].concat();
    assert_eq!((encoded(&before), decode(KIND_EVENT, &bytes).unwrap()), (bytes, before));
    let with = record([Product { id: "p-1".into(), price: None, quantity: 2 }].into());
    let bytes = [head, &[19], order, products, rest].concat();
    assert_eq!((encoded(&with), decode(KIND_EVENT, &bytes).unwrap()), (bytes, with));
}

#[test]
fn a_record_of_an_unknown_version_or_kind_is_refused_by_name() {
    let mut bytes = encoded(&page_view());
    let what = |result: Result<Record, JournalError>| match result {
        Err(JournalError::NotARecord { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(what(decode(99, &bytes)), "unknown kind");
    assert_eq!(what(decode(KIND_EVENT, &[])), "empty");
    for version in [1, 2, 3, 4, 5, 6, 8] {
        bytes[0] = version;
        let told = what(decode(KIND_EVENT, &bytes));
        assert!(told.starts_with(&format!("unknown format version {version}: ")), "{told}");
    }
}
