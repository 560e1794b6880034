//! Events by what was done.

use std::collections::BTreeMap;

use model::Action;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an event says was done, without the particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionKind {
    /// A page or screen was viewed, by an event or by a decide call.
    View,
    /// A product was put into the cart.
    Cart,
    /// An order was placed.
    Purchase,
    /// A product's page was viewed.
    ProductView,
    /// A product was taken out of the cart.
    CartRemove,
    /// The cart was viewed.
    CartView,
    /// The checkout was begun.
    Checkout,
    /// A step of the checkout was done.
    CheckoutStep,
    /// An order was paid back.
    Refund,
    /// An order was cancelled.
    Cancel,
    /// A coupon was applied.
    Coupon,
    /// An offer was seen.
    PromotionView,
    /// An offer was clicked.
    PromotionClick,
    /// Traits came to be known.
    Identify,
    /// Another name came to be known.
    Alias,
    /// A group came to be known.
    Group,
    /// Consent changed.
    Consent,
    /// An event of the shop's own.
    Other,
}

/// How many events there were of each kind.
///
/// As JSON an object by [`ActionKind::as_str`], in the order of [`ActionKind::ALL`]. `view`, `cart` and
/// `purchase` are always there, the others when they are not 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventCounts([u64; ActionKind::ALL.len()]);

// === impl ActionKind ===

impl ActionKind {
    /// Every kind, in the order in which counts are written.
    pub const ALL: [Self; 18] = [
        Self::View,
        Self::Cart,
        Self::Purchase,
        Self::ProductView,
        Self::CartRemove,
        Self::CartView,
        Self::Checkout,
        Self::CheckoutStep,
        Self::Refund,
        Self::Cancel,
        Self::Coupon,
        Self::PromotionView,
        Self::PromotionClick,
        Self::Identify,
        Self::Alias,
        Self::Group,
        Self::Consent,
        Self::Other,
    ];

    /// The kind of an action.
    pub const fn of(action: &Action) -> Self {
        match action {
            Action::Viewed(_) => Self::View,
            Action::ProductAdded(_) => Self::Cart,
            Action::OrderCompleted(_) => Self::Purchase,
            Action::ProductViewed(_) => Self::ProductView,
            Action::ProductRemoved(_) => Self::CartRemove,
            Action::CartViewed(_) => Self::CartView,
            Action::CheckoutStarted => Self::Checkout,
            Action::CheckoutStepCompleted => Self::CheckoutStep,
            Action::OrderRefunded { .. } => Self::Refund,
            Action::OrderCancelled { .. } => Self::Cancel,
            Action::CouponApplied => Self::Coupon,
            Action::PromotionViewed(_) => Self::PromotionView,
            Action::PromotionClicked(_) => Self::PromotionClick,
            Action::Identified(_) => Self::Identify,
            Action::Aliased(_) => Self::Alias,
            Action::Grouped => Self::Group,
            Action::ConsentChanged => Self::Consent,
            Action::Tracked => Self::Other,
        }
    }

    /// The name in totals and snapshots; it never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
            Self::ProductView => "product_view",
            Self::CartRemove => "cart_remove",
            Self::CartView => "cart_view",
            Self::Checkout => "checkout",
            Self::CheckoutStep => "checkout_step",
            Self::Refund => "refund",
            Self::Cancel => "cancel",
            Self::Coupon => "coupon",
            Self::PromotionView => "promotion_view",
            Self::PromotionClick => "promotion_click",
            Self::Identify => "identify",
            Self::Alias => "alias",
            Self::Group => "group",
            Self::Consent => "consent",
            Self::Other => "other",
        }
    }

    const fn place(self) -> usize {
        self as usize
    }

    const fn always_written(self) -> bool {
        matches!(self, Self::View | Self::Cart | Self::Purchase)
    }
}

// === impl EventCounts ===

impl EventCounts {
    /// How many events there were of a kind.
    pub const fn of(&self, kind: ActionKind) -> u64 {
        self.0[kind.place()]
    }

    /// Counts one more.
    pub(crate) const fn add_one(&mut self, kind: ActionKind) {
        let count = &mut self.0[kind.place()];
        *count = count.saturating_add(1);
    }
}

impl Serialize for EventCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for kind in ActionKind::ALL {
            let count = self.of(kind);
            if count > 0 || kind.always_written() {
                map.serialize_entry(kind.as_str(), &count)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for EventCounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut counts = Self::default();
        for (name, count) in BTreeMap::<String, u64>::deserialize(deserializer)? {
            let known = ActionKind::ALL.into_iter().find(|kind| kind.as_str() == name);
            let kind = known
                .ok_or_else(|| D::Error::custom(format_args!("unknown kind of event {name:?}")))?;
            counts.0[kind.place()] = count;
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::{ActionKind, EventCounts};

    #[test]
    fn every_kind_has_a_place_and_a_name_of_its_own() {
        for (place, kind) in ActionKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.place(), place);
            let same_name = ActionKind::ALL.iter().filter(|other| other.as_str() == kind.as_str());
            assert_eq!(same_name.count(), 1, "{kind:?}");
        }
    }

    #[test]
    fn counts_are_written_in_order_and_read_back() {
        let mut counts = EventCounts::default();
        counts.add_one(ActionKind::Other);
        counts.add_one(ActionKind::Purchase);
        let text = serde_json::to_string(&counts).expect("writable");
        assert_eq!(text, r#"{"view":0,"cart":0,"purchase":1,"other":1}"#);
        assert_eq!(serde_json::from_str::<EventCounts>(&text).expect("readable"), counts);
        assert!(serde_json::from_str::<EventCounts>(r#"{"vew":1}"#).is_err());
    }
}
