//! The interface `customer`: what is remembered of the customer.

use model::limits::PRODUCT_ID_BYTES_MAX;
use model::{Lifecycle, Profile, Timestamp, TraitValue};

use super::shape::Interface;
use crate::Input;

/// Defines every function of the interface, in the order of the contract.
pub(super) fn define(customer: &mut Interface<'_>) -> wasmtime::Result<()> {
    customer.count("lifecycle", |input| lifecycle(&input.profile))?;
    customer.amount("first-seen", |input| input.profile.first_seen.ms())?;
    customer.amount("last-seen", |input| input.profile.last_seen.ms())?;
    customer.count("visits", |input| input.profile.total(|tally| tally.visits))?;
    customer.count("views", |input| input.profile.total(|tally| tally.views))?;

    customer
        .amount("cart-value", |input| input.profile.cart.value().map_or(0, |money| money.minor))?;
    customer.count("cart-lines", |input| {
        u32::try_from(input.profile.cart.filled_lines().count()).unwrap_or(u32::MAX)
    })?;
    customer.option_currency("cart-currency", |input| input.profile.cart.currency())?;
    customer.option("cart-changed-at", |input| time(input.profile.cart.changed_at))?;
    customer.count_of("cart-has", cart_has)?;

    customer.count("orders", |input| input.profile.net_orders())?;
    customer.amount_of("revenue", revenue)?;
    customer.option("first-order-at", |input| time(input.profile.first_order_at))?;
    customer.option("last-order-at", |input| time(input.profile.last_order_at))?;

    customer.option_text_of("trait-text", |profile, name| match profile.trait_value(name) {
        Some(TraitValue::Text(text)) => Some(text),
        _ => None,
    })?;
    customer.option_of("trait-number", |input, name| match input.profile.trait_value(name) {
        Some(TraitValue::Number(number)) => Some(number.to_le_bytes()),
        _ => None,
    })?;
    customer.option_of("trait-flag", |input, name| match input.profile.trait_value(name) {
        Some(TraitValue::Flag(flag)) => Some([u8::from(*flag)]),
        _ => None,
    })?;
    customer.option_of("consent", |input, category| {
        input.profile.consent(category).map(|granted| [u8::from(granted)])
    })?;

    customer.count_of("shows", shows)?;
    customer.option_of("exposed-since", exposed_since)
}

/// The place of the stage in the contract's enum.
fn lifecycle(profile: &Profile) -> u32 {
    match profile.lifecycle() {
        Lifecycle::Visitor => 0,
        Lifecycle::Lead => 1,
        Lifecycle::QualifiedLead => 2,
        Lifecycle::Customer => 3,
    }
}

fn time(time: Option<Timestamp>) -> Option<[u8; 8]> {
    time.map(|time| time.ms().to_le_bytes())
}

fn cart_has(input: &Input, product: &str) -> u32 {
    // The profile holds a longer product id cut, so it is searched for as such.
    let product = &product[..product.floor_char_boundary(PRODUCT_ID_BYTES_MAX)];
    u32::from(input.profile.cart.filled_lines().any(|line| *line.product == *product))
}

/// Compares codes rather than parsing one: what is no currency has no revenue.
fn revenue(input: &Input, currency: &str) -> i64 {
    let mut known = input.profile.currencies().into_iter();
    let meant = known.find(|known| known.code().eq_ignore_ascii_case(currency));
    meant.map_or(0, |meant| input.profile.revenue_minor(meant))
}

/// Compares names rather than parsing one: what is no key names no campaign.
fn shows(input: &Input, campaign: &str) -> u32 {
    let tallies = input.profile.tallies.iter().flat_map(|tally| &tally.campaigns);
    tallies
        .filter(|tally| tally.campaign.as_str() == campaign)
        .fold(0, |sum, tally| sum.saturating_add(tally.shows))
}

fn exposed_since(input: &Input, campaign: &str) -> Option<[u8; 8]> {
    let enrolments = &input.profile.enrolments;
    let place = enrolments.binary_search_by(|known| known.campaign.as_str().cmp(campaign)).ok()?;
    time(Some(enrolments[place].since))
}
