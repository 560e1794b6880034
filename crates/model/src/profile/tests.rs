use super::{
    CampaignTally, CartLine, Enrolment, Lifecycle, OrderSeen, OutcomeSeen, Placed, Profile, Refund,
    Revenue, Span, Tally,
};
use crate::{
    Alias, CampaignKey, Currency, CustomerId, Goal, GoalKey, Money, RevenueShare, SplitKey, Step,
    Steps, TenantKey, Tight, Timestamp, VariantKey,
};

fn profile() -> Profile {
    let tenant = TenantKey::parse("demo").expect("valid");
    let id = CustomerId::of(&tenant, &Alias::anonymous("a-1"));
    Profile::new(tenant, id, Timestamp::from_ms(1_000))
}

fn line(product: &str, quantity: u32, minor: i64, at_ms: i64) -> CartLine {
    let eur = Currency::parse("EUR").expect("known");
    CartLine {
        product: product.into(),
        quantity,
        price: Some(Money::from_minor(minor, eur)),
        changed_at: Timestamp::from_ms(at_ms),
    }
}

#[test]
fn the_value_of_a_cart_is_price_times_quantity_in_the_latest_currency() {
    let mut cart = profile().cart;
    assert_eq!(cart.value(), None);
    cart.lines = vec![line("a", 2, 1_050, 1), line("b", 0, 9_999, 5)].into();
    let mut dollars = line("c", 1, 777, 0);
    dollars.price = Some(Money::from_minor(777, Currency::parse("USD").expect("known")));
    cart.lines.push(dollars);
    assert_eq!(cart.value().map(|money| money.to_string()), Some("21.00 EUR".into()));
}

#[test]
fn a_visitor_becomes_lead_then_qualified_then_customer() {
    let mut profile = profile();
    let at = Some(Timestamp::from_ms(2_000));
    profile.qualified_since = at;
    assert_eq!(profile.lifecycle(), Lifecycle::Visitor, "a full cart alone names nobody");
    profile.lead_since = at;
    assert_eq!(profile.lifecycle(), Lifecycle::QualifiedLead);
    profile.first_order_at = at;
    assert_eq!(profile.lifecycle(), Lifecycle::Customer);
}

fn enrolment(campaign: &CampaignKey, goal: GoalKey) -> Enrolment {
    Enrolment {
        campaign: campaign.clone(),
        variant: VariantKey::parse("control").expect("valid"),
        split: SplitKey::OTHER,
        since: Timestamp::from_ms(0),
        last_at: Timestamp::from_ms(0),
        goal,
        attribution_until: Timestamp::from_ms(100),
        revenue_before: Box::default(),
        cart_at: Timestamp::MAX,
        checkout_at: Timestamp::MAX,
    }
}

fn order(id_hash: u64, at_ms: i64, minor: i64) -> OrderSeen {
    let eur = Currency::parse("EUR").expect("known");
    let origin = CustomerId::from_u128(1);
    let revenue = Some(Money::from_minor(minor, eur));
    let placed = Placed { origin, revenue, discount_minor: 1, products: Tight::new() };
    let at = Timestamp::from_ms(at_ms);
    OrderSeen { id_hash, at, placed: Some(placed), cancelled: false, refunds: Tight::new() }
}

#[test]
fn an_exposure_comes_behind_what_is_known_of_its_millisecond_and_before_all_that_is_later() {
    let mut profile = profile();
    let exposed_at = |profile: &Profile| profile.exposed_at(Timestamp::from_ms(5)).ms();
    assert_eq!(exposed_at(&profile), 5, "a stranger");
    profile.orders = vec![order(1, 7, 100), order(2, 4, 100)].into();
    assert_eq!(exposed_at(&profile), 5);
    profile.checkouts.extend(Timestamp::from_ms(5));
    assert_eq!(exposed_at(&profile), 6);
    let goal = Goal::orders(std::time::Duration::from_secs(1)).key();
    profile.outcomes =
        vec![OutcomeSeen { at: Timestamp::from_ms(6), goal, id: 1, value_milli: 0 }].into();
    assert_eq!(exposed_at(&profile), 8, "the next free one");
    profile.carts.extend(Timestamp::from_ms(8));
    assert_eq!(exposed_at(&profile), 9);
}

#[test]
fn what_is_told_after_an_exposure_of_the_same_millisecond_happened_with_it() {
    let mut profile = profile();
    let happened_at = |profile: &Profile| profile.happened_at(Timestamp::from_ms(5)).ms();
    profile.orders = vec![order(1, 5, 100)].into();
    assert_eq!(happened_at(&profile), 5, "there is no exposure");
    let exposed = |campaign: &str, since_ms| {
        let key = CampaignKey::parse(campaign).expect("valid");
        let since = Timestamp::from_ms(since_ms);
        Enrolment { since, ..enrolment(&key, GoalKey::ORDERS) }
    };
    profile.enrolments = vec![exposed("a", 6)].into();
    assert_eq!(happened_at(&profile), 6);
    profile.orders = vec![order(2, 6, 100), order(1, 5, 100)].into();
    profile.enrolments = vec![exposed("a", 6), exposed("b", 7), exposed("c", 9)].into();
    assert_eq!(happened_at(&profile), 7, "the third was not put behind that millisecond");
    profile.orders = vec![order(2, 6, 100)].into();
    assert_eq!(happened_at(&profile), 5, "nothing was known of the millisecond, so none was");
}

#[test]
fn what_is_taken_back_of_an_order_is_never_more_than_it_brought() {
    let eur = Currency::parse("EUR").expect("known");
    let usd = Currency::parse("USD").expect("known");
    let refund = |id, minor, currency| Refund { id, amount: Money::from_minor(minor, currency) };
    let mut bought = order(1, 5, 500);
    bought.refunds = vec![refund(1, 300, eur), refund(2, 900, usd)].into();
    assert_eq!((bought.refunded_minor(), bought.counts()), (300, true));
    bought.refunds.push(refund(3, 300, eur));
    assert_eq!((bought.refunded_minor(), bought.counts()), (500, false));
    let unpaid = OrderSeen { refunds: vec![refund(1, 5, eur)].into(), ..order(1, 5, 0) };
    assert!(unpaid.counts(), "nothing of nothing was paid back");
    let unknown = OrderSeen { placed: None, ..bought };
    assert_eq!((unknown.refunded_minor(), unknown.counts(), unknown.net()), (0, false, None));
}

#[test]
fn a_share_counts_what_lies_in_the_window_by_the_goal_of_the_enrolment() {
    let mut profile = profile();
    let campaign = CampaignKey::parse("cart-rescue").expect("valid");
    let points = Goal::of_events("Points Earned", Some("points"), std::time::Duration::ZERO).key();
    profile.orders = vec![order(2, 101, 70), order(1, 100, 50)].into();
    let outcome = |at_ms, goal, id| OutcomeSeen {
        at: Timestamp::from_ms(at_ms),
        goal,
        id,
        value_milli: 1_500,
    };
    let other = GoalKey::from_u32(points.to_u32() ^ 1);
    profile.outcomes =
        vec![outcome(101, points, 1), outcome(100, points, 2), outcome(50, other, 3)].into();
    profile.enrolments = vec![enrolment(&campaign, points)].into();
    let share = profile.cell_share(&campaign).expect("enrolled");
    assert_eq!((share.orders, share.revenue[0].minor), (1, 50));
    assert_eq!((share.outcomes, share.value_milli), (1, 1_500));
    profile.enrolments = vec![enrolment(&campaign, GoalKey::ORDERS)].into();
    let share = profile.cell_share(&campaign).expect("enrolled");
    assert_eq!((share.outcomes, share.value_milli), (1, 0));
}

#[test]
fn a_cart_counts_as_a_step_when_one_of_the_known_times_lies_in_the_window() {
    let mut profile = profile();
    let campaign = CampaignKey::parse("cart-rescue").expect("valid");
    let mut known = enrolment(&campaign, GoalKey::ORDERS);
    known.since = Timestamp::from_ms(10);
    let has = |profile: &Profile, known: &Enrolment| profile.steps(known).contains(Step::Cart);
    assert_eq!(profile.steps(&known), Steps::of(|step| step == Step::Eligible));
    profile.carts.extend(Timestamp::from_ms(9));
    profile.carts.extend(Timestamp::from_ms(101));
    assert!(!has(&profile, &known), "before and after");
    let later = Span { first: Timestamp::from_ms(20), last: Timestamp::from_ms(20) };
    profile.carts = profile.carts.joined(later);
    assert!(!has(&profile, &known), "only the first and the last are known");
    known.cart_at = Timestamp::from_ms(20);
    assert!(has(&profile, &known));
    known.cart_at = Timestamp::MAX;
    profile.carts = later;
    assert!(has(&profile, &known));
}

#[test]
fn the_share_of_a_cell_sums_over_the_profiles_that_were_merged() {
    let mut profile = profile();
    let campaign = CampaignKey::parse("cart-rescue").expect("valid");
    assert_eq!(profile.cell_share(&campaign), None);
    profile.enrolments.push(enrolment(&campaign, GoalKey::ORDERS));
    let eur = Currency::parse("EUR").expect("known");
    for (origin, orders, void) in [(1, 2, 1), (2, 1, 0)] {
        let mut tally = Tally::new(CustomerId::from_u128(origin));
        let mut counted = CampaignTally::new(campaign.clone());
        counted.orders = orders;
        counted.orders_void = void;
        counted.revenue.push(Revenue {
            orders: 1,
            gross_minor: 500,
            refunded_minor: 100,
            ..Revenue::new(eur)
        });
        tally.campaigns.push(counted);
        profile.tallies.push(tally);
    }
    let share = profile.cell_share(&campaign).expect("enrolled");
    let revenue = RevenueShare { currency: eur, minor: 800, orders: 2, before_minor: 0 };
    assert_eq!((share.orders, share.revenue), (2, vec![revenue]));
}

#[test]
fn what_was_brought_before_an_experiment_is_told_by_currency_as_far_as_it_was_ordered_before() {
    let mut profile = profile();
    let so_far = Timestamp::from_ms(102);
    assert!(profile.revenue_before(so_far).is_empty());
    let eur = Currency::parse("EUR").expect("known");
    let cancelled = OrderSeen { cancelled: true, ..order(1, 100, 50) };
    profile.orders = vec![order(2, 101, 70), cancelled].into();
    let mut tally = Tally::new(CustomerId::from_u128(1));
    let usd = Currency::parse("USD").expect("known");
    tally.revenue = vec![
        Revenue { gross_minor: 30, ..Revenue::new(eur) },
        Revenue { gross_minor: 9, refunded_minor: 9, ..Revenue::new(usd) },
    ]
    .into();
    profile.tallies = vec![tally].into();
    assert_eq!(*profile.revenue_before(so_far), [Money::from_minor(100, eur)]);
    let of_the_millisecond = profile.revenue_before(Timestamp::from_ms(101));
    assert_eq!(*of_the_millisecond, [Money::from_minor(30, eur)], "what is only known as a sum");
    let campaign = CampaignKey::parse("cart-rescue").expect("valid");
    let before = Money::from_minor(7, usd);
    let known = enrolment(&campaign, GoalKey::ORDERS);
    profile.enrolments = vec![Enrolment { revenue_before: [before].into(), ..known }].into();
    let share = profile.cell_share(&campaign).expect("enrolled");
    let expected = [
        RevenueShare { currency: eur, minor: 0, orders: 0, before_minor: 0 },
        RevenueShare { currency: usd, minor: 0, orders: 0, before_minor: 7 },
    ];
    assert_eq!(share.revenue, expected, "the order of 70 is outside of the window");
}

#[test]
fn thirty_idle_minutes_end_a_visit() {
    let profile = profile();
    assert!(!profile.visit_is_over(Timestamp::from_ms(1_000 + 30 * 60_000)));
    assert!(profile.visit_is_over(Timestamp::from_ms(1_001 + 30 * 60_000)));
}
