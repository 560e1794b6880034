//! Orders as a profile remembers them, and what was bought.
//!
//! An order is remembered by what was said of it: that it was placed, that it was cancelled, that some of
//! it was paid back. Each statement is kept as it came and none depends on another, so that they may
//! come in any order, twice, or under two names of one customer. What they come to together is
//! worked out when it is asked for. So is which campaigns an order counts for: those in whose
//! window it lies. Orders that are forgotten are summed up in [`super::Tally`].

use super::Profile;
use crate::limits::{PRODUCT_ID_BYTES_MAX, TALLY_CURRENCIES_MAX};
use crate::{Currency, CustomerId, Money, Tally, Tight, Timestamp, short_fingerprint};

/// An order as the profile remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSeen {
    /// A stable hash of the order's name.
    pub id_hash: u64,
    /// When it was placed; until that is known, when it was first cancelled or paid back.
    pub at: Timestamp,
    /// The order itself; `None` until it is known.
    pub placed: Option<Placed>,
    /// Whether it was cancelled, or paid back without an amount, which is in whole.
    pub cancelled: bool,
    /// What was paid back in parts, ordered by id; no more than [`crate::limits::ORDER_REFUNDS_MAX`].
    pub refunds: Tight<Refund>,
}

/// What an order says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The customer id under which it came, in whose tally it is summed up when it is forgotten.
    pub origin: CustomerId,
    /// Revenue without shipping and tax, if it was sent.
    pub revenue: Option<Money>,
    /// What was taken off, in minor units of the revenue's currency.
    pub discount_minor: i64,
    /// What was bought, ordered; no more than [`crate::limits::ORDER_SEEN_PRODUCTS_MAX`]. Empty once
    /// [`crate::limits::PROFILE_ORDERS_WITH_PRODUCTS_MAX`] orders are newer.
    pub products: Tight<ProductHash>,
}

/// That a part of an order was paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refund {
    /// A stable hash of the event's name, which tells two refunds of one order apart.
    pub id: u32,
    /// How much, above 0. In another currency than the order's it takes nothing back.
    pub amount: Money,
}

/// A stable hash of a product's name. Two products share one with odds of 1 to 2^32, which is little
/// for the question whether a customer has bought the one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductHash(u32);

const PRODUCT_LABEL: u64 = 0x7072_6f64_7563_7421;

// === impl OrderSeen ===

impl OrderSeen {
    /// What of the revenue was paid back, in minor units; never more than there was.
    pub fn refunded_minor(&self) -> i64 {
        let Some(revenue) = self.placed.as_ref().and_then(|placed| placed.revenue) else {
            return 0;
        };
        if self.cancelled {
            return revenue.minor;
        }
        let of_it = self.refunds.iter().filter(|refund| refund.amount.currency == revenue.currency);
        let back = of_it.fold(0_i64, |sum, refund| sum.saturating_add(refund.amount.minor));
        back.min(revenue.minor)
    }

    /// Whether the order no longer counts as one: cancelled, or paid back in whole.
    pub fn is_void(&self) -> bool {
        let revenue = self.placed.as_ref().and_then(|placed| placed.revenue);
        let paid = revenue.map_or(0, |revenue| revenue.minor);
        self.cancelled || (paid > 0 && self.refunded_minor() == paid)
    }

    /// Whether it was placed, and nothing has made it void.
    pub fn counts(&self) -> bool {
        self.placed.is_some() && !self.is_void()
    }

    /// What is left of the revenue; `None` where there was never any.
    pub fn net(&self) -> Option<Money> {
        let revenue = self.placed.as_ref()?.revenue?;
        Some(Money { minor: revenue.minor.saturating_sub(self.refunded_minor()), ..revenue })
    }
}

// === impl ProductHash ===

impl ProductHash {
    /// The hash of a name, of which as much counts as a cart keeps. It is on disk, so it must never
    /// change.
    pub fn of(product: &str) -> Self {
        let name = &product[..product.floor_char_boundary(PRODUCT_ID_BYTES_MAX)];
        Self(short_fingerprint(PRODUCT_LABEL, name.as_bytes()))
    }

    /// The hash as a number, for the disk.
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// The hash that [`Self::to_u32`] gave.
    pub const fn from_u32(number: u32) -> Self {
        Self(number)
    }
}

// === impl Profile ===

impl Profile {
    /// Orders placed, those that became void since included.
    pub fn orders_placed(&self) -> u32 {
        let known = self.orders.iter().filter(|order| order.placed.is_some()).count();
        saturating_add(self.total(|tally| tally.orders), known)
    }

    /// Orders that still count.
    pub fn net_orders(&self) -> u32 {
        let known = self.orders.iter().filter(|order| order.counts()).count();
        saturating_add(self.total(Tally::net_orders), known)
    }

    /// Revenue less refunds in one currency, in minor units.
    pub fn revenue_minor(&self, currency: Currency) -> i64 {
        self.revenue_of(currency, |_| true)
    }

    /// Revenue of what was ordered before a time, less what is known to be refunded of it, by currency,
    /// without what is 0, ordered by currency: that of the first [`TALLY_CURRENCIES_MAX`] of them. An order
    /// of that very millisecond is not before it. What is only known as a sum is taken for earlier, since
    /// it is older than all orders that are remembered.
    pub fn revenue_before(&self, time: Timestamp) -> Box<[Money]> {
        let currencies = self.currencies().into_iter();
        let sums = currencies.map(|currency| Money {
            minor: self.revenue_of(currency, |order| order.at < time),
            currency,
        });
        sums.filter(|sum| sum.minor != 0).take(TALLY_CURRENCIES_MAX).collect()
    }

    /// Revenue less refunds in one currency, in minor units, of the orders that are meant and of those that
    /// are only known as a sum.
    fn revenue_of(&self, currency: Currency, is_meant: impl Fn(&OrderSeen) -> bool) -> i64 {
        let summed = self.tallies.iter().flat_map(|tally| &tally.revenue);
        let summed = summed.filter(|sum| sum.currency == currency).map(|sum| sum.net_minor());
        let known = self.orders.iter().filter(|order| is_meant(order)).filter_map(OrderSeen::net);
        let known = known.filter(|net| net.currency == currency).map(|net| net.minor);
        summed.chain(known).fold(0, i64::saturating_add)
    }

    /// What was taken off the customer's orders in one currency, in minor units; of orders that became
    /// void, too.
    pub fn discount_minor(&self, currency: Currency) -> i64 {
        let summed = self.tallies.iter().flat_map(|tally| &tally.revenue);
        let summed = summed.filter(|sum| sum.currency == currency).map(|sum| sum.discount_minor);
        let known = self.orders.iter().filter_map(|order| order.placed.as_ref());
        let known = known.filter(|it| it.revenue.is_some_and(|money| money.currency == currency));
        summed.chain(known.map(|placed| placed.discount_minor)).fold(0, i64::saturating_add)
    }

    /// The currencies in which the customer has ordered, ordered.
    pub fn currencies(&self) -> Vec<Currency> {
        let summed = self.tallies.iter().flat_map(|tally| &tally.revenue).map(|sum| sum.currency);
        let known = self.orders.iter().filter_map(|order| order.placed.as_ref()?.revenue);
        let mut all: Vec<Currency> = summed.chain(known.map(|money| money.currency)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether the customer placed an order at `since` or later. One that became void since counts: it
    /// is asked what the customer did. What it brought is in the sums.
    pub fn ordered_since(&self, since: Timestamp) -> bool {
        self.last_order_at.is_some_and(|at| at >= since)
    }

    /// Whether an order that was placed at `since` or later, and is not void, holds the product. Known
    /// of the latest [`crate::limits::PROFILE_ORDERS_WITH_PRODUCTS_MAX`] orders; a refund of a part
    /// leaves all of its products bought.
    pub fn bought_since(&self, product: &str, since: Timestamp) -> bool {
        let wanted = ProductHash::of(product);
        let mut orders = self.orders.iter().filter(|order| order.at >= since && order.counts());
        orders.any(|order| {
            order.placed.as_ref().is_some_and(|placed| placed.products.contains(&wanted))
        })
    }
}

fn saturating_add(count: u32, more: usize) -> u32 {
    count.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
}
