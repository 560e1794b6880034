//! Records for the tests of the tables and of what is done with them.

use journal::record::{Body, Record, Via};
use model::{
    Action, CampaignKey, CellChange, CellShare, Change, Currency, CustomerId, Event, Exposure,
    GoalKey, Identity, Money, Order, PageView, RevenueShare, SplitKey, Step, Steps, TenantKey,
    TermsKey, Timestamp, VariantKey,
};

pub(crate) fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

pub(crate) fn tenant(name: &str) -> TenantKey {
    TenantKey::parse(name).expect("a name")
}

pub(crate) fn campaign() -> CampaignKey {
    CampaignKey::parse("cart-rescue").expect("a name")
}

pub(crate) fn variant(name: &str) -> VariantKey {
    VariantKey::parse(name).expect("a name")
}

pub(crate) fn usd() -> Currency {
    Currency::parse("USD").expect("ISO 4217 has it")
}

pub(crate) fn share(name: &str, orders: u32, revenue_minor: &[(Currency, i64)]) -> CellShare {
    let revenue = revenue_minor.iter();
    let revenue = revenue
        .map(|&(currency, minor)| RevenueShare { currency, minor, orders, before_minor: 0 })
        .collect();
    let steps = Steps::of(|step| match step {
        Step::Eligible => true,
        Step::Ordered => orders > 0,
        Step::Shown | Step::Seen | Step::Clicked | Step::Cart | Step::Checkout => false,
    });
    CellShare {
        orders,
        revenue,
        outcomes: orders,
        steps,
        ..CellShare::new(variant(name), SplitKey::OTHER)
    }
}

pub(crate) fn change(before: &[CellShare], after: Option<CellShare>) -> Change {
    let cells = vec![CellChange { campaign: campaign(), before: before.to_vec(), after }];
    Change { cells, ..Change::default() }
}

pub(crate) fn record(shop: &str, customer: u128, body: Body, change: Change) -> Record {
    Record { tenant: tenant(shop), customer: CustomerId::from_u128(customer), body, change }
}

pub(crate) fn event(id: &str, received_at: Timestamp, action: Action) -> Body {
    let event = Event {
        message_id: id.into(),
        at: Timestamp::from_ms(received_at.ms() - 250),
        received_at,
        who: Identity::new(Some("u-1"), Some("a-1")).expect("a name"),
        consent: Box::default(),
        action,
        name: "page".into(),
        properties: r#"{"path":"/cart","context":{"device":"mobile"}}"#.into(),
        measures: Box::default(),
    };
    Body::Event { event, via: Via::Decide }
}

pub(crate) fn view(shop: &str, id: &str, received_at: Timestamp) -> Record {
    let action = Action::Viewed(PageView { path: "/cart".into() });
    record(shop, 7, event(id, received_at, action), Change::default())
}

pub(crate) fn order(shop: &str, id: &str, received_at: Timestamp, minor: i64) -> Record {
    let action = Action::OrderCompleted(Order {
        id: id.into(),
        revenue: Some(Money::from_minor(minor, usd())),
        discount_minor: 0,
        coupon: None,
        products: Box::default(),
    });
    let before = [share("control", 0, &[])];
    let change = change(&before, Some(share("control", 1, &[(usd(), minor)])));
    record(shop, 7, event(id, received_at, action), change)
}

pub(crate) fn exposed(shop: &str, at: Timestamp) -> Record {
    let exposures = vec![Exposure {
        campaign: campaign(),
        variant: variant("control"),
        shown: false,
        terms: TermsKey::NONE,
        goal: GoalKey::ORDERS,
        attribution_until: Timestamp::MAX,
        split: SplitKey::OTHER,
        revenue_before: [Money::from_minor(250, usd())].into(),
        rule_digest: [0xab; 32],
    }];
    let body = Body::Exposed { decision: 42, plan_version: 3, at, exposures, charges: Vec::new() };
    record(shop, 7, body, change(&[], Some(share("control", 0, &[]))))
}

pub(crate) fn merged(shop: &str, at: Timestamp) -> Record {
    let body = Body::Merged { absorbed: CustomerId::from_u128(9), at };
    record(shop, 7, body, Change { customers: -1, ..Change::default() })
}
