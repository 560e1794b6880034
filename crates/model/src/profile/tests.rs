use super::{CampaignTally, CartLine, Enrolment, Lifecycle, Profile, Revenue, Tally};
use crate::{Alias, CampaignKey, Currency, CustomerId, Money, TenantKey, Timestamp, VariantKey};

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
    cart.lines = vec![line("a", 2, 1_050, 1), line("b", 0, 9_999, 5)];
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

#[test]
fn the_share_of_a_cell_sums_over_the_profiles_that_were_merged() {
    let mut profile = profile();
    let campaign = CampaignKey::parse("cart-rescue").expect("valid");
    assert_eq!(profile.cell_share(&campaign), None);
    profile.enrolments.push(Enrolment {
        campaign: campaign.clone(),
        variant: VariantKey::parse("control").expect("valid"),
        since: Timestamp::from_ms(0),
        last_at: Timestamp::from_ms(0),
        attribution_until: Timestamp::MAX,
    });
    let eur = Currency::parse("EUR").expect("known");
    for (origin, orders, void) in [(1, 2, 1), (2, 1, 0)] {
        let mut tally = Tally::new(CustomerId::from_u128(origin));
        let mut counted = CampaignTally::new(campaign.clone());
        counted.orders = orders;
        counted.orders_void = void;
        counted.revenue.push(Revenue {
            gross_minor: 500,
            refunded_minor: 100,
            ..Revenue::new(eur)
        });
        tally.campaigns.push(counted);
        profile.tallies.push(tally);
    }
    let share = profile.cell_share(&campaign).expect("enrolled");
    assert_eq!((share.orders, share.revenue_minor), (2, vec![(eur, 800)]));
}

#[test]
fn thirty_idle_minutes_end_a_visit() {
    let profile = profile();
    assert!(!profile.visit_is_over(Timestamp::from_ms(1_000 + 30 * 60_000)));
    assert!(profile.visit_is_over(Timestamp::from_ms(1_001 + 30 * 60_000)));
}
