//! Customers and events for this crate's tests.

use model::{
    Action, Alias, CampaignKey, Currency, CustomerId, Event, Exposure, Goal, GoalKey, Identity,
    Measure, Money, Order, Product, Profile, SplitKey, TenantKey, TermsKey, Timestamp, TraitValue,
    VariantKey,
};

pub(crate) fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

pub(crate) fn eur() -> Currency {
    Currency::parse("EUR").expect("known")
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

pub(crate) fn at_min(minute: i64) -> Timestamp {
    Timestamp::from_ms(minute * 60_000)
}

/// `u-...` is a user, anything else a browser.
pub(crate) fn id(name: &str) -> CustomerId {
    let alias = if name.starts_with("u-") { Alias::user(name) } else { Alias::anonymous(name) };
    CustomerId::of(&tenant(), &alias)
}

pub(crate) fn empty(name: &str) -> Profile {
    Profile::new(tenant(), id(name), at(0))
}

pub(crate) fn by(
    user: Option<&str>,
    anonymous: Option<&str>,
    at: Timestamp,
    action: Action,
) -> Event {
    Event {
        message_id: format!("m-{}", at.ms()).into(),
        at,
        received_at: at,
        who: Identity::new(user, anonymous).expect("a name"),
        consent: Box::default(),
        action,
        name: "test".into(),
        properties: Box::default(),
        measures: Box::default(),
    }
}

pub(crate) fn event(name: &str, at: Timestamp, action: Action) -> Event {
    if name.starts_with("u-") {
        by(Some(name), None, at, action)
    } else {
        by(None, Some(name), at, action)
    }
}

/// The goal that sums a property of the events `Points Earned`.
pub(crate) fn goal_of(value: &str) -> GoalKey {
    Goal::of_events("Points Earned", Some(value), std::time::Duration::ZERO).key()
}

/// An event that the goal of [`goal_of`] measured.
pub(crate) fn measured(name: &str, at: Timestamp, value: &str, value_milli: i64) -> Event {
    let measures = [Measure { goal: goal_of(value), value_milli }].into();
    Event { measures, ..event(name, at, Action::Tracked) }
}

pub(crate) fn product(name: &str, quantity: u32, minor: i64) -> Product {
    Product { id: name.into(), price: Some(Money::from_minor(minor, eur())), quantity }
}

pub(crate) fn added(name: &str, quantity: u32, minor: i64) -> Action {
    Action::ProductAdded(product(name, quantity, minor))
}

pub(crate) fn removed(name: &str, quantity: u32) -> Action {
    Action::ProductRemoved(product(name, quantity, 1))
}

pub(crate) fn order(id: &str, minor: i64) -> Order {
    let revenue = Some(Money::from_minor(minor, eur()));
    Order { id: id.into(), revenue, discount_minor: 0, coupon: None, products: Box::default() }
}

pub(crate) fn completed(id: &str, minor: i64) -> Action {
    Action::OrderCompleted(order(id, minor))
}

pub(crate) fn refunded(id: &str, minor: Option<i64>) -> Action {
    let amount = minor.map(|minor| Money::from_minor(minor, eur()));
    Action::OrderRefunded { order_id: id.into(), amount }
}

pub(crate) fn cancelled(id: &str) -> Action {
    Action::OrderCancelled { order_id: id.into() }
}

pub(crate) fn identified(traits: &[(&str, TraitValue)]) -> Action {
    let named = traits.iter().map(|(name, value)| (Box::from(*name), value.clone()));
    Action::Identified(named.collect())
}

pub(crate) fn exposure(campaign: &str, variant: &str, shown: bool, until_min: i64) -> Exposure {
    Exposure {
        campaign: CampaignKey::parse(campaign).expect("valid"),
        variant: VariantKey::parse(variant).expect("valid"),
        shown,
        terms: TermsKey::NONE,
        split: SplitKey::from_u32(7),
        goal: GoalKey::ORDERS,
        attribution_until: at_min(until_min),
        revenue_before: Box::default(),
        rule_digest: [0; 32],
    }
}
