//! The questions that rules put to a shop, by name.
//!
//! Each looks at the types of its arguments, which the schema cannot promise where a rule has `dyn`.

use model::limits::PRODUCT_ID_BYTES_MAX;
use model::{CampaignKey, Timestamp};
use rules::cel::Value;

use super::Shop;

/// Answers a question; `None` when the arguments are of other types.
pub(super) type Ask = fn(&Shop, &[Value]) -> Option<Value>;

const QUESTIONS: [(&str, Ask); 6] = [
    ("customer.count", count),
    ("customer.ordered_since", ordered_since),
    ("customer.bought_since", bought_since),
    ("customer.has_in_cart", has_in_cart),
    ("customer.exposed_to", exposed_to),
    ("customer.shows", shows),
];

/// Who answers the question of a name.
pub(super) fn find(path: &str) -> Option<Ask> {
    QUESTIONS.iter().find(|(known, _)| *known == path).map(|(_, ask)| *ask)
}

fn count(shop: &Shop, arguments: &[Value]) -> Option<Value> {
    let [Value::String(name), Value::Duration(within)] = arguments else { return None };
    let since = since(shop, within.as_millis());
    Some(Value::Int(shop.profile.count_since(name, since, shop.now).into()))
}

fn ordered_since(shop: &Shop, arguments: &[Value]) -> Option<Value> {
    let [Value::Timestamp(since)] = arguments else { return None };
    Some(Value::Bool(shop.profile.ordered_since(at_least(*since))))
}

fn bought_since(shop: &Shop, arguments: &[Value]) -> Option<Value> {
    let [Value::String(product), Value::Timestamp(since)] = arguments else { return None };
    Some(Value::Bool(shop.profile.bought_since(product, at_least(*since))))
}

fn has_in_cart(shop: &Shop, arguments: &[Value]) -> Option<Value> {
    let [Value::String(product)] = arguments else { return None };
    // The profile holds a longer product id cut, so it is searched for as such.
    let product = &product[..product.floor_char_boundary(PRODUCT_ID_BYTES_MAX)];
    let mut lines = shop.profile.cart.filled_lines();
    Some(Value::Bool(lines.any(|line| *line.product == *product)))
}

fn exposed_to(shop: &Shop, arguments: &[Value]) -> Option<Value> {
    let [Value::String(campaign)] = arguments else { return None };
    let mut enrolments = shop.profile.enrolments.iter();
    Some(Value::Bool(enrolments.any(|known| *known.campaign.as_str() == **campaign)))
}

/// Exposures, shown or withheld: a rule must not know the arm. What is no key names no campaign.
fn shows(shop: &Shop, arguments: &[Value]) -> Option<Value> {
    let [Value::String(campaign), Value::Duration(within)] = arguments else { return None };
    let since = since(shop, within.as_millis());
    let campaign = CampaignKey::parse(campaign).ok();
    let exposures = campaign.map_or(0, |campaign| shop.profile.exposures_since(&campaign, since));
    Some(Value::Int(exposures.into()))
}

/// The beginning of so many milliseconds that end now.
fn since(shop: &Shop, within_ms: i128) -> Timestamp {
    let ms = i64::try_from(within_ms).unwrap_or(i64::MAX);
    Timestamp::from_ms(shop.now.ms().saturating_sub(ms))
}

/// The first whole millisecond that is not before a time.
fn at_least(time: rules::cel::Timestamp) -> Timestamp {
    let below = !time.subsec_nanosecond().is_multiple_of(1_000_000);
    Timestamp::from_ms(time.as_millisecond().saturating_add(i64::from(below)))
}
