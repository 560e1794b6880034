use journal::record::{Body, Record, Via};
use model::{
    Action, CampaignKey, CellChange, CellShare, Change, Currency, CustomerId, Event, Exposure,
    GoalKey, Identity, Money, Order, PageView, Product, SplitKey, Step, Steps, TenantKey, TermsKey,
    Timestamp, VariantKey,
};

use super::Figures;
use crate::limits::{CAMPAIGNS_MAX, SPLITS_MAX};
use crate::totals::Totals;

const AT: Timestamp = Timestamp::from_ms(0);

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("USD").expect("known"))
}

fn record(body: Body, change: Change) -> Record {
    let tenant = TenantKey::parse("demo").expect("valid");
    Record { tenant, customer: CustomerId::from_u128(7), body, change }
}

fn event(action: Action, via: Via, change: Change) -> Record {
    let event = Event {
        message_id: "m".into(),
        at: AT,
        received_at: AT,
        who: Identity::new(Some("u"), None).expect("a name"),
        consent: Box::default(),
        action,
        name: "".into(),
        properties: "".into(),
        measures: Box::default(),
    };
    record(Body::Event { event, via }, change)
}

fn order(minor: i64) -> Action {
    let (revenue, coupon) = (Some(usd(minor)), None);
    let products = Box::default();
    Action::OrderCompleted(Order { id: "o".into(), revenue, discount_minor: 0, coupon, products })
}

fn share(variant: &str, orders: u32, minor: i64) -> CellShare {
    let variant = VariantKey::parse(variant).expect("valid");
    let mut share =
        CellShare { orders, outcomes: orders, ..CellShare::new(variant, SplitKey::OTHER) };
    share.add_revenue(usd(0).currency, minor, orders);
    share
}

fn cells(campaign: &str, before: Vec<CellShare>, after: Option<CellShare>) -> Change {
    let campaign = CampaignKey::parse(campaign).expect("valid");
    Change { cells: vec![CellChange { campaign, before, after }], ..Change::default() }
}

fn exposed(variant: &str, shown: bool, change: Change) -> Record {
    let exposure = Exposure {
        campaign: CampaignKey::parse("cart-rescue").expect("valid"),
        variant: VariantKey::parse(variant).expect("valid"),
        shown,
        terms: TermsKey::NONE,
        goal: GoalKey::ORDERS,
        attribution_until: AT,
        split: SplitKey::OTHER,
        revenue_before: Box::default(),
        rule_digest: [0; 32],
    };
    let exposures = vec![exposure];
    let charges = Vec::new();
    record(Body::Exposed { decision: 1, plan_version: 1, at: AT, exposures, charges }, change)
}

fn figures(records: &[Record]) -> Figures {
    let mut figures = Figures::default();
    for record in records {
        figures.apply(record);
    }
    figures
}

#[test]
fn totals_are_written_with_the_documented_fields_in_their_order() {
    let product = Product { id: "p".into(), price: None, quantity: 1 };
    let view = || Action::Viewed(PageView::default());
    let new = Change { customers: 1, ..Change::default() };
    let first_cart = Change { customers_with_cart: 1, ..Change::default() };
    let first_order = Change { buyers: 1, ..Change::default() };
    let control = || share("control", 0, 0);
    let figures = figures(&[
        event(view(), Via::Decide, new.clone()),
        event(view(), Via::Ingest, new),
        event(Action::ProductAdded(product), Via::Ingest, first_cart),
        exposed("control", false, cells("cart-rescue", vec![], Some(control()))),
        exposed(
            "twenty-percent",
            true,
            cells("cart-rescue", vec![], Some(share("twenty-percent", 0, 0))),
        ),
        event(order(1_999), Via::Ingest, first_order),
        event(order(1), Via::Ingest, Change::default()),
    ]);
    let text = serde_json::to_string(&Totals::from(&figures)).expect("writable");
    assert_eq!(
        text,
        r#"{"events":{"view":2,"cart":1,"purchase":2},"customers":2,"customers_with_cart":1,"#
            .to_owned()
            + r#""buyers":1,"orders":2,"revenue_minor":{"USD":2000},"decisions":1,"#
            + r#""exposed_customers":{"cart-rescue":{"control":1,"twenty-percent":1}}}"#
    );
    let read: Totals = serde_json::from_str(&text).expect("readable");
    assert_eq!(read, Totals::from(&figures));
}

#[test]
fn a_refund_is_told_apart_from_revenue() {
    let refund = Action::OrderRefunded { order_id: "o".into(), amount: Some(usd(500)) };
    let figures = figures(&[
        event(order(1_999), Via::Ingest, Change::default()),
        event(refund, Via::Ingest, Change::default()),
    ]);
    let totals = Totals::from(&figures);
    assert_eq!(totals.revenue_minor["USD"], 1_999);
    assert_eq!(totals.refunded_minor["USD"], 500);
}

#[test]
fn shows_and_withheld_shows_are_counted_for_the_arm() {
    let figures = figures(&[
        exposed("control", false, cells("cart-rescue", vec![], Some(share("control", 0, 0)))),
        exposed("control", false, Change::default()),
        exposed("twenty-percent", true, Change::default()),
        exposed("twenty-percent", false, Change::default()),
    ]);
    let counts = |variant: &str| {
        let cell = &figures.campaigns["cart-rescue"][variant];
        (cell.customers, cell.shows, cell.withheld)
    };
    assert_eq!(counts("control"), (1, 0, 2));
    assert_eq!(counts("twenty-percent"), (0, 1, 1));
}

#[test]
fn two_customers_merged_into_one_count_as_one_in_the_earlier_arm() {
    let merged = Body::Merged { absorbed: CustomerId::from_u128(8), at: AT };
    let before = vec![share("control", 1, 300), share("twenty-percent", 1, 400)];
    let mut change = cells("cart-rescue", before, Some(share("control", 2, 700)));
    change.customers = -1;
    change.buyers = -1;
    let new = |variant, minor| {
        let mut change = cells("cart-rescue", vec![], Some(share(variant, 1, minor)));
        (change.customers, change.buyers) = (1, 1);
        change
    };
    let figures = figures(&[
        exposed("control", false, new("control", 300)),
        exposed("twenty-percent", true, new("twenty-percent", 400)),
        record(merged, change),
    ]);
    assert_eq!((figures.customers, figures.buyers), (1, 1));
    let control = &figures.campaigns["cart-rescue"]["control"];
    assert_eq!((control.customers, control.conversions, control.orders), (1, 1, 2));
    assert_eq!(control.revenue[&usd(0).currency].minor.sum_of_squares, 700 * 700);
    let treated = &figures.campaigns["cart-rescue"]["twenty-percent"];
    assert_eq!((treated.customers, treated.conversions, treated.orders), (0, 0, 0));
    assert!(treated.revenue.is_empty());
    assert_eq!(treated.shows, 1, "what was shown stays shown");
}

#[test]
fn the_funnel_and_the_numbers_of_outcomes_follow_the_shares() {
    let share = |value_milli, outcomes, reached: &[Step]| CellShare {
        outcomes,
        value_milli,
        steps: Steps::of(|step| reached.contains(&step)),
        ..share("control", 0, 0)
    };
    let (new, later) =
        (share(0, 0, &[Step::Eligible]), share(1_500, 2, &[Step::Eligible, Step::Cart]));
    let merged = Body::Merged { absorbed: CustomerId::from_u128(8), at: AT };
    let gone = share(0, 0, &[Step::Eligible, Step::Shown]);
    let figures = figures(&[
        exposed("control", false, cells("cart-rescue", vec![], Some(new.clone()))),
        exposed("control", true, cells("cart-rescue", vec![], Some(gone.clone()))),
        event(Action::Tracked, Via::Ingest, cells("cart-rescue", vec![new], Some(later.clone()))),
        record(merged, cells("cart-rescue", vec![later.clone(), gone], Some(later))),
    ]);
    let cell = &figures.campaigns["cart-rescue"]["control"];
    assert_eq!(cell.steps, [1, 0, 0, 0, 1, 0, 0]);
    assert_eq!((cell.customers, cell.conversions, cell.outcomes), (1, 1, 2));
    assert_eq!((cell.value_milli.sum, cell.value_milli.sum_of_squares), (1_500, 2_250_000));
}

#[test]
fn customers_of_a_split_beyond_the_limit_are_counted_without_it_in_every_arm() {
    let mut figures = Figures::default();
    let mut apply = |variant, split: usize, before: Vec<CellShare>| {
        let split = SplitKey::from_u32(u32::try_from(split).expect("small"));
        let share = CellShare { split, ..share(variant, 0, 0) };
        figures.apply(&exposed(variant, false, cells("cart-rescue", before, Some(share.clone()))));
        share
    };
    for split in 1..=SPLITS_MAX {
        apply("control", split, vec![]);
    }
    let beyond = apply("control", SPLITS_MAX + 1, vec![]);
    apply("twenty-percent", SPLITS_MAX + 1, vec![]);
    apply("twenty-percent", 1, vec![]);
    apply("control", SPLITS_MAX + 1, vec![beyond]);
    let told = |variant: &str| {
        let cell = &figures.campaigns["cart-rescue"][variant];
        (cell.customers, cell.splits.len(), cell.customers_of(SplitKey::OTHER))
    };
    let most = i64::try_from(SPLITS_MAX).expect("small");
    assert_eq!(told("control"), (most + 1, SPLITS_MAX + 1, 1));
    assert_eq!(told("twenty-percent"), (2, 2, 1));
}

#[test]
fn a_campaign_beyond_the_limit_is_ignored_and_the_others_are_not() {
    let mut figures = Figures::default();
    for number in 0..=CAMPAIGNS_MAX {
        let change = cells(&format!("c{number}"), vec![], Some(share("control", 0, 0)));
        figures.apply(&record(Body::Merged { absorbed: CustomerId::from_u128(8), at: AT }, change));
    }
    assert_eq!((figures.campaigns.len(), figures.ignored), (CAMPAIGNS_MAX, 1));
}
