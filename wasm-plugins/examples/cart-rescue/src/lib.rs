//! Finds the customers who are about to leave a full cart behind.
//!
//! Eligible is who was busy with the cart within the last six hours, has at least 20.00 in it and has not
//! ordered since. They are still on the site, so there is still something to say to them.

#![cfg_attr(not(test), no_std)]

use core::time::Duration;

use vitrine_sdk::{Customer, Offer, View};

/// A smaller cart is not worth a discount; in minor units of whatever currency the cart is in.
const CART_VALUE_MINOR_MIN: i64 = 20_00;
/// Whoever last touched the cart longer ago has made up their mind.
const CART_IDLE_MAX: Duration = Duration::from_secs(6 * 60 * 60);

vitrine_sdk::rule!(decide);

fn decide(customer: &Customer, view: &View) -> Option<Offer> {
    if customer.cart_value_minor() < CART_VALUE_MINOR_MIN {
        return None;
    }
    let changed_at = customer.cart_changed_at()?;
    if view.now().since(changed_at) > CART_IDLE_MAX {
        return None;
    }
    let has_ordered = customer.last_order_at().is_some_and(|ordered_at| ordered_at >= changed_at);
    (!has_ordered)
        .then(|| Offer::because("a cart of 20.00 or more, changed within six hours, no order"))
}

#[cfg(test)]
mod tests;
