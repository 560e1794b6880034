//! The imports of the contract, answered from the [`Example`] on this thread's stage.
//!
//! The names and signatures are those that `wit-bindgen` generates, so that the methods of `Customer` and
//! `View` are the same code in a guest and in a test.

use super::{Example, ON_STAGE};

fn ask<T>(question: impl FnOnce(&Example) -> T) -> T {
    ON_STAGE.with_borrow(|(example, _)| question(example))
}

pub(crate) mod customer {
    use super::ask;
    use crate::testing::TraitFact;
    use crate::{Lifecycle, Timestamp};

    pub(crate) fn lifecycle() -> Lifecycle {
        ask(|on| on.customer.lifecycle)
    }
    pub(crate) fn first_seen() -> i64 {
        ask(|on| on.customer.first_seen.ms())
    }
    pub(crate) fn last_seen() -> i64 {
        ask(|on| on.customer.last_seen.ms())
    }
    pub(crate) fn visits() -> u32 {
        ask(|on| on.customer.visits)
    }
    pub(crate) fn views() -> u32 {
        ask(|on| on.customer.views)
    }
    pub(crate) fn cart_value() -> i64 {
        ask(|on| on.customer.cart.value_minor)
    }
    pub(crate) fn cart_lines() -> u32 {
        ask(|on| u32::try_from(on.customer.cart.products.len()).unwrap_or(u32::MAX))
    }
    pub(crate) fn cart_currency() -> Option<String> {
        ask(|on| on.customer.cart.currency.clone())
    }
    pub(crate) fn cart_changed_at() -> Option<i64> {
        ask(|on| on.customer.cart.changed_at.map(Timestamp::ms))
    }
    pub(crate) fn cart_has(product: &str) -> bool {
        ask(|on| on.customer.cart.products.contains(product))
    }
    pub(crate) fn orders() -> u32 {
        ask(|on| on.customer.orders.count)
    }
    pub(crate) fn revenue(currency: &str) -> i64 {
        ask(|on| on.customer.orders.revenue_minor.get(currency).copied().unwrap_or(0))
    }
    pub(crate) fn first_order_at() -> Option<i64> {
        ask(|on| on.customer.orders.first_at.map(Timestamp::ms))
    }
    pub(crate) fn last_order_at() -> Option<i64> {
        ask(|on| on.customer.orders.last_at.map(Timestamp::ms))
    }
    pub(crate) fn trait_text(name: &str) -> Option<String> {
        ask(|on| match on.customer.traits.get(name) {
            Some(TraitFact::Text(text)) => Some(text.clone()),
            _ => None,
        })
    }
    pub(crate) fn trait_number(name: &str) -> Option<f64> {
        ask(|on| match on.customer.traits.get(name) {
            Some(TraitFact::Number(number)) => Some(*number),
            _ => None,
        })
    }
    pub(crate) fn trait_flag(name: &str) -> Option<bool> {
        ask(|on| match on.customer.traits.get(name) {
            Some(TraitFact::Flag(flag)) => Some(*flag),
            _ => None,
        })
    }
    pub(crate) fn consent(category: &str) -> Option<bool> {
        ask(|on| on.customer.consent.get(category).copied())
    }
    pub(crate) fn shows(campaign: &str) -> u32 {
        ask(|on| on.customer.campaigns.get(campaign).map_or(0, |met| met.shows))
    }
    pub(crate) fn exposed_since(campaign: &str) -> Option<i64> {
        ask(|on| on.customer.campaigns.get(campaign)?.exposed_since.map(Timestamp::ms))
    }
}

pub(crate) mod view {
    use super::ask;

    pub(crate) fn now() -> i64 {
        ask(|on| on.view.now.ms())
    }
    pub(crate) fn path() -> String {
        ask(|on| on.view.path.clone())
    }
    pub(crate) fn url() -> String {
        ask(|on| on.view.url.clone())
    }
    pub(crate) fn referrer() -> String {
        ask(|on| on.view.referrer.clone())
    }
    pub(crate) fn locale() -> String {
        ask(|on| on.view.locale.clone())
    }
    pub(crate) fn device() -> String {
        ask(|on| on.view.device.clone())
    }
    pub(crate) fn random() -> u64 {
        ask(|on| on.view.random)
    }
}

pub(crate) mod log {
    use super::ON_STAGE;

    #[derive(Clone, Copy)]
    pub(crate) enum Level {
        Debug,
        Info,
        Warn,
        Error,
    }

    impl Level {
        fn as_str(self) -> &'static str {
            match self {
                Self::Debug => "debug",
                Self::Info => "info",
                Self::Warn => "warn",
                Self::Error => "error",
            }
        }
    }

    pub(crate) fn write(level: Level, message: &str) {
        let line = format!("{}: {message}", level.as_str());
        ON_STAGE.with_borrow_mut(|(_, log)| log.push(line));
    }
}
