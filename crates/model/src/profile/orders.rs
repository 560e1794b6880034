//! Orders as a profile remembers them, and what was bought.

use super::Profile;
use super::recent::{hash, short};
use crate::limits::PRODUCT_ID_BYTES_MAX;
use crate::{CampaignKey, Currency, CustomerId, Money, Timestamp};

/// An order as the profile remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSeen {
    /// A stable hash of the order's name.
    pub id_hash: u64,
    /// When it was placed.
    pub at: Timestamp,
    /// Revenue without shipping and tax, if it was sent.
    pub revenue: Option<Money>,
    /// What of the revenue has been paid back, in minor units.
    pub refunded_minor: i64,
    /// Whether the order no longer counts as one: cancelled, or paid back in whole.
    pub void: bool,
    /// The tally in which the order was counted, and in which it is taken back.
    pub origin: CustomerId,
    /// The campaigns for which it was counted, ordered; no more than a profile has enrolments.
    pub attributed: Vec<CampaignKey>,
    /// What was bought, ordered; no more than [`crate::limits::ORDER_SEEN_PRODUCTS_MAX`].
    pub products: Vec<ProductHash>,
}

/// A stable hash of a product's name. Two products share one with odds of 1 to 2^32, which is little
/// for the question whether a customer has bought the one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductHash(u32);

const PRODUCT_LABEL: u64 = 0x7072_6f64_7563_7421;

// === impl ProductHash ===

impl ProductHash {
    /// The hash of a name, of which as much counts as a cart keeps. It is on disk, so it must never
    /// change.
    pub fn of(product: &str) -> Self {
        let name = &product[..product.floor_char_boundary(PRODUCT_ID_BYTES_MAX)];
        Self(short(hash(PRODUCT_LABEL, name.as_bytes())))
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
    /// Whether the customer placed an order at `since` or later. One that became void since counts: it
    /// is asked what the customer did. What it brought is in the sums.
    pub fn ordered_since(&self, since: Timestamp) -> bool {
        self.last_order_at.is_some_and(|at| at >= since)
    }

    /// Whether an order that was placed at `since` or later, and is not void, holds the product. Known
    /// of the latest [`crate::limits::PROFILE_ORDERS_MAX`] orders; a refund of a part leaves all of
    /// its products bought.
    pub fn bought_since(&self, product: &str, since: Timestamp) -> bool {
        let wanted = ProductHash::of(product);
        let mut orders = self.orders.iter().filter(|order| order.at >= since && !order.void);
        orders.any(|order| order.products.contains(&wanted))
    }

    /// What was taken off the customer's orders in one currency, in minor units; of orders that became
    /// void, too.
    pub fn discount_minor(&self, currency: Currency) -> i64 {
        let all = self.tallies.iter().flat_map(|tally| &tally.revenue);
        all.filter(|revenue| revenue.currency == currency)
            .fold(0, |sum, revenue| sum.saturating_add(revenue.discount_minor))
    }
}
