//! The cart.

use crate::{Currency, Money, Tight, Timestamp};

/// What a customer has put into the cart and not ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cart {
    /// Lines ordered by product. A line of quantity 0 remembers a removal until the cart is emptied.
    pub lines: Tight<CartLine>,
    /// When a line was last added, changed or removed; orders do not count.
    pub changed_at: Option<Timestamp>,
    /// When an order last emptied it; lines that are not later are gone.
    pub emptied_at: Option<Timestamp>,
}

/// Some number of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartLine {
    /// The product's name.
    pub product: Box<str>,
    /// How many.
    pub quantity: u32,
    /// The price of one, if the shop sent it.
    pub price: Option<Money>,
    /// When the line last changed.
    pub changed_at: Timestamp,
}

// === impl Cart ===

impl Cart {
    /// The lines that hold something.
    pub fn filled_lines(&self) -> impl Iterator<Item = &CartLine> {
        self.lines.iter().filter(|line| line.quantity > 0)
    }

    /// The currency of the line that was changed last, which the whole cart is taken to be in.
    pub fn currency(&self) -> Option<Currency> {
        let priced = self.filled_lines().filter(|line| line.price.is_some());
        let latest = priced.max_by_key(|line| line.changed_at)?;
        latest.price.map(|price| price.currency)
    }

    /// The value of all lines in the cart's currency; `None` when nothing in it has a price.
    pub fn value(&self) -> Option<Money> {
        let currency = self.currency()?;
        let prices = self.filled_lines().filter_map(|line| Some((line.price?, line.quantity)));
        let minor = prices.filter(|(price, _)| price.currency == currency).fold(
            0_i64,
            |sum, (price, quantity)| {
                sum.saturating_add(price.minor.saturating_mul(i64::from(quantity)))
            },
        );
        Some(Money::from_minor(minor, currency))
    }
}
