//! What a rule can ask about the customer. Each method is one call to the host.

use alloc::string::String;

use crate::Timestamp;
use crate::host::customer as host;

/// The customer whose page is being decided.
#[derive(Debug)]
pub struct Customer(());

/// How far a customer has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifecycle {
    /// Nothing but a browser is known.
    #[default]
    Visitor,
    /// The shop knows who it is.
    Lead,
    /// Has shown an intent to buy, and the shop knows who it is.
    QualifiedLead,
    /// Has ordered.
    Customer,
}

// === impl Customer ===

impl Customer {
    pub(crate) const fn present() -> Self {
        Self(())
    }

    /// How far the customer has come.
    pub fn lifecycle(&self) -> Lifecycle {
        host::lifecycle()
    }

    /// The time of the first event.
    pub fn first_seen(&self) -> Timestamp {
        Timestamp::from_ms(host::first_seen())
    }

    /// The time of the latest event, this page view included.
    pub fn last_seen(&self) -> Timestamp {
        Timestamp::from_ms(host::last_seen())
    }

    /// Visits so far, this one included; 30 idle minutes end a visit.
    pub fn visits(&self) -> u32 {
        host::visits()
    }

    /// Pages viewed so far, this one included.
    pub fn views(&self) -> u32 {
        host::views()
    }

    /// The value of the cart in minor units of [`Self::cart_currency`]; 0 when it is empty.
    pub fn cart_value_minor(&self) -> i64 {
        host::cart_value()
    }

    /// The number of different products in the cart.
    pub fn cart_lines(&self) -> u32 {
        host::cart_lines()
    }

    /// The cart's currency, such as `EUR`; `None` when nothing in it has a price.
    pub fn cart_currency(&self) -> Option<String> {
        host::cart_currency()
    }

    /// When the cart was last changed; `None` when it never was.
    pub fn cart_changed_at(&self) -> Option<Timestamp> {
        host::cart_changed_at().map(Timestamp::from_ms)
    }

    /// Whether the cart holds the product.
    pub fn cart_has(&self, product: &str) -> bool {
        host::cart_has(product)
    }

    /// Orders that were neither cancelled nor paid back in whole.
    pub fn orders(&self) -> u32 {
        host::orders()
    }

    /// Revenue less refunds in one currency, in its minor units.
    pub fn revenue_minor(&self, currency: &str) -> i64 {
        host::revenue(currency)
    }

    /// The time of the first order.
    pub fn first_order_at(&self) -> Option<Timestamp> {
        host::first_order_at().map(Timestamp::from_ms)
    }

    /// The time of the latest order.
    pub fn last_order_at(&self) -> Option<Timestamp> {
        host::last_order_at().map(Timestamp::from_ms)
    }

    /// A trait that is text.
    pub fn trait_text(&self, name: &str) -> Option<String> {
        host::trait_text(name)
    }

    /// A trait that is a number.
    pub fn trait_number(&self, name: &str) -> Option<f64> {
        host::trait_number(name)
    }

    /// A trait that is yes or no.
    pub fn trait_flag(&self, name: &str) -> Option<bool> {
        host::trait_flag(name)
    }

    /// The choice for a consent category; `None` when the customer made none.
    pub fn consent(&self, category: &str) -> Option<bool> {
        host::consent(category)
    }

    /// How often the customer was shown a campaign's offer.
    pub fn shows(&self, campaign: &str) -> u32 {
        host::shows(campaign)
    }

    /// When the customer was first exposed to a campaign, shown or withheld.
    pub fn exposed_since(&self, campaign: &str) -> Option<Timestamp> {
        host::exposed_since(campaign).map(Timestamp::from_ms)
    }
}
