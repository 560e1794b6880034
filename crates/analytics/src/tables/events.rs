//! The table `events`: everything that happened to customers, one row for each record that is no exposure.
//!
//! Merges and redemptions are among them, because whoever counts customers needs to know which of them
//! became one. A row has the fields that the server understood; what else the shop sent is in
//! `properties`, as it was sent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use journal::record::{Body, Record, Via};
use model::{Action, AliasKind, ConsentUpdate, Event, Money, Product, Timestamp};
use serde_json::value::RawValue;

use super::Stamp;
use super::column::row;
use super::outcomes::{kind, order_id};

row! {
    /// A row of the table; the README says what each column means.
    struct EventRow<'a> {
        lsn: u64,
        recorded_at: Timestamp,
        event_time: Timestamp,
        customer: String,
        kind: &'a str,
        name: Option<&'a str>,
        message_id: Option<&'a str>,
        via: Option<&'a str>,
        user_id: Option<&'a str>,
        anonymous_id: Option<&'a str>,
        previous_id: Option<&'a str>,
        absorbed_customer: Option<String>,
        page_path: Option<&'a str>,
        device: Option<String>,
        product_id: Option<&'a str>,
        product_quantity: Option<i64>,
        order_id: Option<&'a str>,
        coupon: Option<&'a str>,
        value_minor: Option<i64>,
        discount_minor: Option<i64>,
        currency: Option<String>,
        feature_flag_key: Option<&'a str>,
        feature_flag_result_variant: Option<&'a str>,
        offer: Option<&'a str>,
        consent: Option<String>,
        properties: Option<&'a str>,
    }
}

// === impl EventRow ===

impl<'a> EventRow<'a> {
    /// The row of a record; `None` of an exposure.
    pub(super) fn of(record: &'a Record, stamp: Stamp) -> Option<Self> {
        let row = Self::empty(record, stamp);
        match &record.body {
            Body::Event { event, via } => Some(row.of_event(event, *via)),
            Body::Merged { absorbed, at: _ } => {
                Some(Self { absorbed_customer: Some(absorbed.to_string()), ..row })
            }
            Body::Redeemed(redemption) => Some(Self {
                feature_flag_key: Some(redemption.campaign.as_str()),
                feature_flag_result_variant: Some(redemption.variant.as_str()),
                offer: Some(redemption.offer.as_str()),
                ..row
            }),
            Body::Exposed { .. } => None,
        }
    }

    fn empty(record: &'a Record, stamp: Stamp) -> Self {
        Self {
            lsn: stamp.lsn,
            recorded_at: stamp.recorded_at,
            event_time: super::event_time(&record.body),
            customer: record.customer.to_string(),
            kind: kind(&record.body),
            name: None,
            message_id: None,
            via: None,
            user_id: None,
            anonymous_id: None,
            previous_id: None,
            absorbed_customer: None,
            page_path: None,
            device: None,
            product_id: None,
            product_quantity: None,
            order_id: order_id(&record.body),
            coupon: None,
            value_minor: None,
            discount_minor: None,
            currency: None,
            feature_flag_key: None,
            feature_flag_result_variant: None,
            offer: None,
            consent: None,
            properties: None,
        }
    }

    fn of_event(self, event: &'a Event, via: Via) -> Self {
        let primary = event.who.primary();
        let (user_id, anonymous_id) = match primary.kind {
            AliasKind::User => {
                (Some(&*primary.name), event.who.also_anonymous().map(|alias| &*alias.name))
            }
            AliasKind::Anonymous => (None, Some(&*primary.name)),
        };
        let row = Self {
            name: Some(&event.name),
            message_id: Some(&event.message_id),
            via: Some(match via {
                Via::Ingest => "ingest",
                Via::Decide => "decide",
            }),
            user_id,
            anonymous_id,
            device: device(&event.properties),
            consent: consent(&event.consent),
            properties: Some(&*event.properties).filter(|text| !text.is_empty()),
            ..self
        };
        row.with_action(&event.action)
    }

    fn with_action(self, action: &'a Action) -> Self {
        match action {
            Action::Viewed(page) => Self { page_path: Some(&page.path), ..self },
            Action::Aliased(previous) => Self { previous_id: Some(&previous.name), ..self },
            Action::ProductViewed(product)
            | Action::ProductAdded(product)
            | Action::ProductRemoved(product) => self.with_product(product),
            Action::OrderCompleted(order) => Self {
                coupon: order.coupon.as_deref(),
                discount_minor: Some(order.discount_minor),
                ..self.with_money(order.revenue)
            },
            Action::OrderRefunded { order_id: _, amount } => self.with_money(*amount),
            Action::PromotionViewed(Some(promotion))
            | Action::PromotionClicked(Some(promotion)) => Self {
                feature_flag_key: Some(promotion.campaign.as_str()),
                feature_flag_result_variant: promotion.variant.as_ref().map(|key| key.as_str()),
                ..self
            },
            Action::Identified(_)
            | Action::Grouped
            | Action::CartViewed(_)
            | Action::CheckoutStarted
            | Action::CheckoutStepCompleted
            | Action::OrderCancelled { .. }
            | Action::CouponApplied
            | Action::PromotionViewed(None)
            | Action::PromotionClicked(None)
            | Action::ConsentChanged
            | Action::Tracked => self,
        }
    }

    fn with_product(self, product: &'a Product) -> Self {
        Self {
            product_id: Some(&product.id),
            product_quantity: Some(i64::from(product.quantity)),
            ..self.with_money(product.price)
        }
    }

    fn with_money(self, money: Option<Money>) -> Self {
        Self {
            value_minor: money.map(|money| money.minor),
            currency: money.map(|money| money.currency.code().to_owned()),
            ..self
        }
    }
}

/// The choices that came along, as a JSON object by category.
fn consent(updates: &[ConsentUpdate]) -> Option<String> {
    if updates.is_empty() {
        return None;
    }
    let choices = updates.iter().map(|update| (&*update.category, update.granted));
    serde_json::to_string(&choices.collect::<BTreeMap<_, _>>()).ok()
}

/// The member `context.device` of the properties, where a page view that asks for a decision has it.
fn device(properties: &str) -> Option<String> {
    // Most events have none, and this is quicker than to read them.
    if !properties.contains("\"device\"") {
        return None;
    }
    let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(properties).ok()?;
    let context: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(members.get("context")?.get()).ok()?;
    serde_json::from_str(context.get("device")?.get()).ok()
}
