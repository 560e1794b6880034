//! An [`Action`] on disk.

use bincode::{BorrowDecode, Encode};
use model::{
    Action, Alias, AliasKind, Currency, Money, Order, PageView, Product, Promotion, TraitValue,
};

use super::{campaign_key, variant_key};

#[derive(Encode, BorrowDecode)]
pub(super) enum StoredAction<'a> {
    Viewed {
        path: &'a str,
    },
    Identified(Vec<(&'a str, StoredValue<'a>)>),
    AliasedUser(&'a str),
    AliasedAnonymous(&'a str),
    Grouped,
    ProductViewed(StoredProduct<'a>),
    ProductAdded(StoredProduct<'a>),
    ProductRemoved(StoredProduct<'a>),
    CartViewed(Vec<StoredProduct<'a>>),
    CheckoutStarted,
    CheckoutStepCompleted,
    OrderCompleted(StoredOrder<'a>),
    OrderRefunded {
        order_id: &'a str,
        amount: Option<StoredMoney<'a>>,
    },
    OrderCancelled {
        order_id: &'a str,
    },
    CouponApplied,
    PromotionViewed(Option<StoredPromotion<'a>>),
    PromotionClicked(Option<StoredPromotion<'a>>),
    ConsentChanged,
    Tracked,
    /// [`Self::OrderCompleted`] is an order without products.
    OrderOfProducts(StoredOrder<'a>, Vec<StoredProduct<'a>>),
}

#[derive(Encode, BorrowDecode)]
pub(super) enum StoredValue<'a> {
    Text(&'a str),
    Number(f64),
    Flag(bool),
    Absent,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct StoredProduct<'a> {
    id: &'a str,
    price: Option<StoredMoney<'a>>,
    quantity: u32,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct StoredOrder<'a> {
    id: &'a str,
    revenue: Option<StoredMoney<'a>>,
    discount_minor: i64,
    coupon: Option<&'a str>,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct StoredPromotion<'a> {
    campaign: &'a str,
    variant: Option<&'a str>,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct StoredMoney<'a> {
    minor: i64,
    currency: &'a str,
}

// === impl StoredAction ===

impl<'a> From<&'a Action> for StoredAction<'a> {
    fn from(action: &'a Action) -> Self {
        match action {
            Action::Viewed(PageView { path }) => Self::Viewed { path },
            Action::Identified(traits) => Self::Identified(
                traits.iter().map(|(name, value)| (&**name, StoredValue::from(value))).collect(),
            ),
            Action::Aliased(Alias { kind: AliasKind::User, name }) => Self::AliasedUser(name),
            Action::Aliased(Alias { kind: AliasKind::Anonymous, name }) => {
                Self::AliasedAnonymous(name)
            }
            Action::Grouped => Self::Grouped,
            Action::ProductViewed(product) => Self::ProductViewed(product.into()),
            Action::ProductAdded(product) => Self::ProductAdded(product.into()),
            Action::ProductRemoved(product) => Self::ProductRemoved(product.into()),
            Action::CartViewed(products) => {
                Self::CartViewed(products.iter().map(StoredProduct::from).collect())
            }
            Action::CheckoutStarted => Self::CheckoutStarted,
            Action::CheckoutStepCompleted => Self::CheckoutStepCompleted,
            Action::OrderCompleted(order) if order.products.is_empty() => {
                Self::OrderCompleted(order.into())
            }
            Action::OrderCompleted(order) => {
                let products = order.products.iter().map(StoredProduct::from).collect();
                Self::OrderOfProducts(order.into(), products)
            }
            Action::OrderRefunded { order_id, amount } => {
                Self::OrderRefunded { order_id, amount: amount.as_ref().map(StoredMoney::from) }
            }
            Action::OrderCancelled { order_id } => Self::OrderCancelled { order_id },
            Action::CouponApplied => Self::CouponApplied,
            Action::PromotionViewed(promotion) => {
                Self::PromotionViewed(promotion.as_ref().map(StoredPromotion::from))
            }
            Action::PromotionClicked(promotion) => {
                Self::PromotionClicked(promotion.as_ref().map(StoredPromotion::from))
            }
            Action::ConsentChanged => Self::ConsentChanged,
            Action::Tracked => Self::Tracked,
        }
    }
}

impl StoredAction<'_> {
    pub(super) fn into_model(self) -> Result<Action, String> {
        Ok(match self {
            Self::Viewed { path } => Action::Viewed(PageView { path: path.into() }),
            Self::Identified(traits) => Action::Identified(
                traits.into_iter().map(|(name, value)| (name.into(), value.into_model())).collect(),
            ),
            Self::AliasedUser(name) => Action::Aliased(Alias::user(name)),
            Self::AliasedAnonymous(name) => Action::Aliased(Alias::anonymous(name)),
            Self::Grouped => Action::Grouped,
            Self::ProductViewed(product) => Action::ProductViewed(product.into_model()?),
            Self::ProductAdded(product) => Action::ProductAdded(product.into_model()?),
            Self::ProductRemoved(product) => Action::ProductRemoved(product.into_model()?),
            Self::CartViewed(products) => {
                let products = products.into_iter().map(StoredProduct::into_model);
                Action::CartViewed(products.collect::<Result<_, _>>()?)
            }
            Self::CheckoutStarted => Action::CheckoutStarted,
            Self::CheckoutStepCompleted => Action::CheckoutStepCompleted,
            Self::OrderCompleted(order) => Action::OrderCompleted(order.into_model(Vec::new())?),
            Self::OrderOfProducts(order, products) => {
                Action::OrderCompleted(order.into_model(products)?)
            }
            Self::OrderRefunded { order_id, amount } => Action::OrderRefunded {
                order_id: order_id.into(),
                amount: amount.map(StoredMoney::into_model).transpose()?,
            },
            Self::OrderCancelled { order_id } => {
                Action::OrderCancelled { order_id: order_id.into() }
            }
            Self::CouponApplied => Action::CouponApplied,
            Self::PromotionViewed(promotion) => {
                Action::PromotionViewed(promotion.map(StoredPromotion::into_model).transpose()?)
            }
            Self::PromotionClicked(promotion) => {
                Action::PromotionClicked(promotion.map(StoredPromotion::into_model).transpose()?)
            }
            Self::ConsentChanged => Action::ConsentChanged,
            Self::Tracked => Action::Tracked,
        })
    }
}

// === impl StoredValue ===

impl<'a> From<&'a TraitValue> for StoredValue<'a> {
    fn from(value: &'a TraitValue) -> Self {
        match value {
            TraitValue::Text(text) => Self::Text(text),
            TraitValue::Number(number) => Self::Number(*number),
            TraitValue::Flag(flag) => Self::Flag(*flag),
            TraitValue::Absent => Self::Absent,
        }
    }
}

impl StoredValue<'_> {
    fn into_model(self) -> TraitValue {
        match self {
            Self::Text(text) => TraitValue::Text(text.into()),
            Self::Number(number) => TraitValue::Number(number),
            Self::Flag(flag) => TraitValue::Flag(flag),
            Self::Absent => TraitValue::Absent,
        }
    }
}

// === impl StoredProduct ===

impl<'a> From<&'a Product> for StoredProduct<'a> {
    fn from(product: &'a Product) -> Self {
        let Product { id, price, quantity } = product;
        Self { id, price: price.as_ref().map(StoredMoney::from), quantity: *quantity }
    }
}

impl StoredProduct<'_> {
    fn into_model(self) -> Result<Product, String> {
        Ok(Product {
            id: self.id.into(),
            price: self.price.map(StoredMoney::into_model).transpose()?,
            quantity: self.quantity,
        })
    }
}

// === impl StoredOrder ===

impl<'a> From<&'a Order> for StoredOrder<'a> {
    fn from(order: &'a Order) -> Self {
        // The products are written behind the order.
        let Order { id, revenue, discount_minor, coupon, products: _ } = order;
        Self {
            id,
            revenue: revenue.as_ref().map(StoredMoney::from),
            discount_minor: *discount_minor,
            coupon: coupon.as_deref(),
        }
    }
}

impl StoredOrder<'_> {
    fn into_model(self, products: Vec<StoredProduct<'_>>) -> Result<Order, String> {
        let products = products.into_iter().map(StoredProduct::into_model);
        Ok(Order {
            id: self.id.into(),
            revenue: self.revenue.map(StoredMoney::into_model).transpose()?,
            discount_minor: self.discount_minor,
            coupon: self.coupon.map(Into::into),
            products: products.collect::<Result<_, _>>()?,
        })
    }
}

// === impl StoredPromotion ===

impl<'a> From<&'a Promotion> for StoredPromotion<'a> {
    fn from(promotion: &'a Promotion) -> Self {
        let Promotion { campaign, variant } = promotion;
        Self {
            campaign: campaign.as_str(),
            variant: variant.as_ref().map(model::VariantKey::as_str),
        }
    }
}

impl StoredPromotion<'_> {
    fn into_model(self) -> Result<Promotion, String> {
        Ok(Promotion {
            campaign: campaign_key(self.campaign)?,
            variant: self.variant.map(variant_key).transpose()?,
        })
    }
}

// === impl StoredMoney ===

impl<'a> From<&'a Money> for StoredMoney<'a> {
    fn from(money: &'a Money) -> Self {
        let Money { minor, currency } = money;
        Self { minor: *minor, currency: currency.code() }
    }
}

impl StoredMoney<'_> {
    pub(super) fn into_model(self) -> Result<Money, String> {
        let currency = Currency::parse(self.currency).map_err(|error| error.to_string())?;
        Ok(Money::from_minor(self.minor, currency))
    }
}
