//! The e-commerce events, version 2 of the specification, as shops really send them.
//!
//! Names of events and of properties are compared without case, spaces, `_` and `-`, and the names
//! that version 1 had for the same events (`Completed Order`) are understood. Every other event is
//! [`Action::Tracked`], with its properties untouched.

use model::limits::{ORDER_PRODUCTS_MAX, PRODUCT_ID_BYTES_MAX};
use model::{Action, CampaignKey, Currency, Event, Money, Order, Product, Promotion, VariantKey};
use serde_json::value::RawValue;

use super::error::SkipReason;
use super::json::{Spelling, cut, items, members, name_buffer, squash, string_or_number};
use super::limits::{COUPON_BYTES_MAX, ORDER_ID_BYTES_MAX};
use super::money::{amount, amount_from_zero, currency, quantity};

/// The money members of an order event.
struct Amounts<'a> {
    currency: Currency,
    revenue: Option<&'a RawValue>,
    total: Option<&'a RawValue>,
    tax: Option<&'a RawValue>,
    shipping: Option<&'a RawValue>,
    products: Option<&'a RawValue>,
}

/// What a `track` call says was done; `default` is the currency of amounts without one.
pub(crate) fn action(
    event: &str,
    properties: Option<&RawValue>,
    default: Currency,
) -> Result<Action, SkipReason> {
    let mut buffer = name_buffer();
    let Some(name) = squash(event.as_bytes(), &mut buffer) else { return Ok(Action::Tracked) };
    Ok(match name {
        b"productviewed" | b"viewedproduct" => Action::ProductViewed(product(properties, default)?),
        b"productadded" | b"addedproduct" => Action::ProductAdded(product(properties, default)?),
        b"productremoved" | b"removedproduct" => {
            Action::ProductRemoved(product(properties, default)?)
        }
        b"cartviewed" | b"viewedcart" => Action::CartViewed(cart(properties, default)?),
        b"checkoutstarted" | b"startedcheckout" => Action::CheckoutStarted,
        b"checkoutstepcompleted" | b"completedcheckoutstep" => Action::CheckoutStepCompleted,
        b"ordercompleted" | b"completedorder" => {
            Action::OrderCompleted(order(properties, default)?)
        }
        b"orderrefunded" | b"refundedorder" => refund(properties, default)?,
        b"ordercancelled" | b"ordercanceled" | b"cancelledorder" | b"canceledorder" => {
            Action::OrderCancelled { order_id: order_id(properties)? }
        }
        b"couponapplied" | b"appliedcoupon" => Action::CouponApplied,
        b"promotionviewed" | b"viewedpromotion" => Action::PromotionViewed(promotion(properties)),
        b"promotionclicked" | b"clickedpromotion" => {
            Action::PromotionClicked(promotion(properties))
        }
        // The first releases of the consent wrapper left out the last word.
        b"segmentconsentpreferenceupdated" | b"segmentconsentpreference" => Action::ConsentChanged,
        _ => Action::Tracked,
    })
}

/// The product that an object describes.
fn product(object: Option<&RawValue>, default: Currency) -> Result<Product, SkipReason> {
    let [price, count, code] = members(object, &["price", "quantity", "currency"], Spelling::Loose);
    let id = product_id(object).ok_or(SkipReason::MissingProduct)?;
    let currency = currency(code, default)?;
    let price = amount_from_zero(price, currency, SkipReason::NegativePrice)?;
    Ok(Product { id, price, quantity: quantity(count)? })
}

/// A line of an order. The order was placed whatever a line says, so what cannot be read of it is left
/// out; `None` when it names no product.
fn bought(line: &RawValue, default: Currency) -> Option<Product> {
    let unpriced = || Some(Product { id: product_id(Some(line))?, price: None, quantity: 1 });
    product(Some(line), default).ok().or_else(unpriced)
}

fn product_id(object: Option<&RawValue>) -> Option<Box<str>> {
    let [product_id, sku, id] = members(object, &["productid", "sku", "id"], Spelling::Loose);
    let named = [product_id, sku, id]
        .into_iter()
        .flatten()
        .find_map(|value| string_or_number(value).filter(|name| !name.is_empty()))?;
    Some(cut(&named, PRODUCT_ID_BYTES_MAX).into())
}

/// The products of a cart, as many as a profile looks at.
fn cart(properties: Option<&RawValue>, default: Currency) -> Result<Box<[Product]>, SkipReason> {
    let [products, code] = members(properties, &["products", "currency"], Spelling::Loose);
    let currency = currency(code, default)?;
    let lines = products.and_then(items).unwrap_or_default();
    lines.into_iter().take(ORDER_PRODUCTS_MAX).map(|line| product(Some(line), currency)).collect()
}

fn order(properties: Option<&RawValue>, default: Currency) -> Result<Order, SkipReason> {
    let id = order_id(properties)?;
    let amounts = Amounts::read(properties, default)?;
    let [discount, coupon] = members(properties, &["discount", "coupon"], Spelling::Loose);
    // Some shops write what is taken off below zero; there is no other meaning it could have.
    let discount = amount(discount, amounts.currency)?.map_or(0, |money| money.minor);
    let coupon = coupon.and_then(string_or_number).filter(|code| !code.is_empty());
    Ok(Order {
        id,
        revenue: amounts.revenue()?,
        discount_minor: discount.checked_abs().ok_or(SkipReason::InvalidAmount)?,
        coupon: coupon.map(|code| cut(&code, COUPON_BYTES_MAX).into()),
        products: amounts.bought(),
    })
}

fn refund(properties: Option<&RawValue>, default: Currency) -> Result<Action, SkipReason> {
    let order_id = order_id(properties)?;
    let amounts = Amounts::read(properties, default)?;
    Ok(Action::OrderRefunded { order_id, amount: amounts.revenue()? })
}

/// A refund as it is read where amounts without a currency are in this one, as in that of its order. `None` where
/// it cannot be read so.
pub(crate) fn refunded_in(refund_event: &Event, currency: Currency) -> Option<Action> {
    let properties: &RawValue = serde_json::from_str(&refund_event.properties).ok()?;
    refund(Some(properties), currency).ok()
}

fn order_id(properties: Option<&RawValue>) -> Result<Box<str>, SkipReason> {
    let [order_id] = members(properties, &["orderid"], Spelling::Loose);
    let named = order_id.and_then(string_or_number).filter(|name| !name.is_empty());
    let name = named.ok_or(SkipReason::MissingOrderId)?;
    if name.len() > ORDER_ID_BYTES_MAX {
        return Err(SkipReason::OrderIdTooLong);
    }
    Ok(name.into())
}

/// Which of our offers is meant; `None` when it is somebody else's promotion.
fn promotion(properties: Option<&RawValue>) -> Option<Promotion> {
    let names = ["promotionid", "id", "creative"];
    let [promotion_id, id, creative] = members(properties, &names, Spelling::Loose);
    let campaign = string_or_number(promotion_id.or(id)?)?;
    let variant = creative.and_then(string_or_number);
    Some(Promotion {
        campaign: CampaignKey::parse(&campaign).ok()?,
        variant: variant.and_then(|name| VariantKey::parse(&name).ok()),
    })
}

// === impl Amounts ===

impl<'a> Amounts<'a> {
    fn read(properties: Option<&'a RawValue>, default: Currency) -> Result<Self, SkipReason> {
        let names = ["currency", "revenue", "total", "tax", "shipping", "products"];
        let [code, revenue, total, tax, shipping, products] =
            members(properties, &names, Spelling::Loose);
        let currency = currency(code, default)?;
        Ok(Self { currency, revenue, total, tax, shipping, products })
    }

    /// Revenue without shipping and tax: as sent, else what is left of the total, else the sum of the
    /// products, else nothing.
    fn revenue(&self) -> Result<Option<Money>, SkipReason> {
        if let Some(revenue) = self.positive(self.revenue)? {
            return Ok(Some(revenue));
        }
        let Some(total) = self.positive(self.total)? else { return self.sum_of_products() };
        let mut minor = total.minor;
        for part in [self.tax, self.shipping] {
            minor -= self.positive(part)?.map_or(0, |money| money.minor);
        }
        // A voucher may have paid the shipping, too: then the goods brought nothing.
        Ok(Some(Money::from_minor(minor.max(0), self.currency)))
    }

    /// `None` when no product has a price. The lines need no names here.
    fn sum_of_products(&self) -> Result<Option<Money>, SkipReason> {
        let mut sum: Option<i64> = None;
        for line in self.products.and_then(items).unwrap_or_default() {
            let [price, count] = members(Some(line), &["price", "quantity"], Spelling::Loose);
            let price = amount_from_zero(price, self.currency, SkipReason::NegativePrice)?;
            let Some(price) = price else { continue };
            let line = price.minor.checked_mul(i64::from(quantity(count)?));
            let more = line.and_then(|line| sum.unwrap_or(0).checked_add(line));
            sum = Some(more.ok_or(SkipReason::InvalidAmount)?);
        }
        Ok(sum.map(|minor| Money::from_minor(minor, self.currency)))
    }

    /// The lines that name a product, as many as are looked at.
    fn bought(&self) -> Box<[Product]> {
        let lines = self.products.and_then(items).unwrap_or_default();
        let lines = lines.into_iter().take(ORDER_PRODUCTS_MAX);
        lines.filter_map(|line| bought(line, self.currency)).collect()
    }

    fn positive(&self, value: Option<&RawValue>) -> Result<Option<Money>, SkipReason> {
        amount_from_zero(value, self.currency, SkipReason::NegativeAmount)
    }
}
