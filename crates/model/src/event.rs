//! What happened, in the words of the Segment specification with e-commerce version 2.

use crate::profile::TraitValue;
use crate::{Alias, CampaignKey, Identity, Measure, Money, Timestamp, VariantKey};

/// One thing that a customer did, or that a shop learned about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The client's name for this event; the same name again is the same event, sent again.
    pub message_id: Box<str>,
    /// When it happened by the server's clock, the client's clock error taken out.
    pub at: Timestamp,
    /// When the server received it. Deduplication goes by this time, everything else by `at`.
    pub received_at: Timestamp,
    /// Whose event it is.
    pub who: Identity,
    /// The consent that came along with the event, if any.
    pub consent: Box<[ConsentUpdate]>,
    /// What was done.
    pub action: Action,
    /// The event's name as the shop wrote it: `Order Completed`, or `page` for a page view.
    pub name: Box<str>,
    /// The properties (for `identify`: the traits) as the shop sent them, JSON text or empty. Kept
    /// for analysts; nothing on the serving path reads them.
    pub properties: Box<str>,
    /// What it comes to by the goals of the plan in force when it was taken in; usually nothing. Orders
    /// are measured by themselves.
    pub measures: Box<[Measure]>,
}

/// One choice about one category of data use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentUpdate {
    /// The category as the shop's consent manager names it.
    pub category: Box<str>,
    /// Whether the customer agreed.
    pub granted: bool,
}

/// What an [`Event`] says was done.
///
/// An event name that the e-commerce specification does not have is [`Action::Tracked`]: it is
/// journalled and counted, and rules can ask for it by name.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A page or a screen was viewed.
    Viewed(PageView),
    /// The customer's traits are known.
    Identified(Box<[(Box<str>, TraitValue)]>),
    /// Another name of the same customer.
    Aliased(Alias),
    /// The customer belongs to a group, such as a company.
    Grouped,
    /// A product's page was viewed.
    ProductViewed(Product),
    /// A product was put into the cart.
    ProductAdded(Product),
    /// A product was taken out of the cart.
    ProductRemoved(Product),
    /// The cart was viewed; its content, if sent, is the truth about the cart.
    CartViewed(Box<[Product]>),
    /// The checkout was begun.
    CheckoutStarted,
    /// A step of the checkout was done.
    CheckoutStepCompleted,
    /// An order was placed.
    OrderCompleted(Order),
    /// An order was paid back, wholly or, with an amount, in part.
    OrderRefunded {
        /// The order's name.
        order_id: Box<str>,
        /// What was paid back; all of the order when absent.
        amount: Option<Money>,
    },
    /// An order was cancelled: it counts as refunded in whole.
    OrderCancelled {
        /// The order's name.
        order_id: Box<str>,
    },
    /// A coupon was applied to the cart.
    CouponApplied,
    /// An offer was really seen on the page.
    PromotionViewed(Option<Promotion>),
    /// An offer was clicked.
    PromotionClicked(Option<Promotion>),
    /// Only consent changed.
    ConsentChanged,
    /// Any other event of the shop's own.
    Tracked,
}

/// The page of a [`Action::Viewed`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageView {
    /// The path, such as `/cart`.
    pub path: Box<str>,
}

/// A product in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The shop's name for the product (`product_id`, else `sku`).
    pub id: Box<str>,
    /// The price of one, if sent.
    pub price: Option<Money>,
    /// How many; 1 when the shop sent none.
    pub quantity: u32,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The shop's name for the order; the same name again is the same order.
    pub id: Box<str>,
    /// Revenue without shipping and tax.
    pub revenue: Option<Money>,
    /// What was taken off, in the currency of the revenue.
    pub discount_minor: i64,
    /// The coupon's code, if one was used.
    pub coupon: Option<Box<str>>,
    /// What was bought; empty when the shop did not say.
    pub products: Box<[Product]>,
}

/// Which of our offers a `Promotion Viewed` or `Promotion Clicked` speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// The campaign, sent as `promotion_id`.
    pub campaign: CampaignKey,
    /// The variant, sent as `creative`; absent when the shop did not pass it on.
    pub variant: Option<VariantKey>,
}

// === impl Event ===

impl Event {
    /// The name by which rules ask for the event: the specification's if it has one, whatever the shop
    /// wrote, such as `Product Viewed` for `viewed_product`; else the shop's own.
    pub fn rule_name(&self) -> &str {
        match &self.action {
            Action::ProductViewed(_) => "Product Viewed",
            Action::ProductAdded(_) => "Product Added",
            Action::ProductRemoved(_) => "Product Removed",
            Action::CartViewed(_) => "Cart Viewed",
            Action::CheckoutStarted => "Checkout Started",
            Action::CheckoutStepCompleted => "Checkout Step Completed",
            Action::OrderCompleted(_) => "Order Completed",
            Action::OrderRefunded { .. } => "Order Refunded",
            Action::OrderCancelled { .. } => "Order Cancelled",
            Action::CouponApplied => "Coupon Applied",
            Action::PromotionViewed(_) => "Promotion Viewed",
            Action::PromotionClicked(_) => "Promotion Clicked",
            Action::ConsentChanged => "Segment Consent Preference Updated",
            Action::Viewed(_)
            | Action::Identified(_)
            | Action::Aliased(_)
            | Action::Grouped
            | Action::Tracked => &self.name,
        }
    }
}
