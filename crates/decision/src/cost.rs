//! What a show costs a budget of discount.
//!
//! It is an estimate, made when the offer is shown: what the customer would save by ordering the cart as it
//! is. A percentage is taken of the cart's value and rounded up. An amount counts at most as much as the
//! cart is worth, and in full while nothing in the cart has a price. A cart in another currency than the
//! budget has no cost that can be told, so nothing is shown for it.

use model::{Campaign, Currency, Discount, Money, Offer, Profile};

/// What an offer costs a customer's campaign in the currency of its budget, with a discount that the
/// plugin may have made smaller; `None` when that cannot be told.
pub(crate) fn cost(
    offer: &Offer,
    chosen_percent: Option<u8>,
    profile: &Profile,
    currency: Currency,
) -> Option<Money> {
    let discount = chosen_percent.map(Discount::Percent).or(offer.discount);
    let cart = profile.cart.value();
    if cart.is_some_and(|cart| cart.currency != currency) {
        return None;
    }
    let value = cart.map(|cart| cart.minor.max(0));
    let minor = match discount {
        None => 0,
        Some(Discount::Percent(percent)) => share(value.unwrap_or(0), percent),
        Some(Discount::Amount(amount)) if amount.currency != currency => return None,
        Some(Discount::Amount(amount)) => amount.minor.min(value.unwrap_or(i64::MAX)),
    };
    Some(Money::from_minor(minor, currency))
}

/// The most that any offer of a campaign costs; `None` when the cost of one cannot be told.
pub(crate) fn largest(campaign: &Campaign, profile: &Profile, currency: Currency) -> Option<Money> {
    let mut costs = campaign.offers.iter().map(|offer| cost(offer, None, profile, currency));
    costs.try_fold(Money::from_minor(0, currency), |most, cost| {
        Some(cost?).map(|cost| if cost.minor > most.minor { cost } else { most })
    })
}

/// So many percent of a value, rounded up.
fn share(value: i64, percent: u8) -> i64 {
    let hundredths = i128::from(value) * i128::from(percent);
    i64::try_from((hundredths + 99) / 100).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_percentage_is_rounded_up_so_that_a_budget_is_never_charged_too_little() {
        assert_eq!(share(1_000, 20), 200);
        assert_eq!(share(1_001, 20), 201);
        assert_eq!(share(1, 1), 1);
        assert_eq!(share(0, 100), 0);
        assert_eq!(share(i64::MAX, 100), i64::MAX);
    }
}
