//! The table `outcomes`: what every record changed in the cells of experiments.
//!
//! A record says how a customer's share of a cell was before and is after (see [`model::Change`]). A row
//! is the difference for one variant and currency: what an order adds, what a refund takes back, what a
//! merge moves. The difference is worked out as a [`Cell`] of this one change, so the sum of all rows of
//! a variant is its cell in the report, number for number, and a sum over any part of the time is what
//! that part contributed. The squares are those of the customer's whole revenue after less before,
//! which cannot be made from the differences alone.

use std::collections::BTreeMap;

use journal::record::{Body, Record};
use model::{
    Action, CampaignKey, CellChange, CellShare, Currency, SplitKey, Timestamp, VariantKey,
};

use super::column::row;
use super::{Stamp, event_time};
use crate::cell::{Cell, RevenueSums};
use crate::counts::ActionKind;

row! {
    /// A row of the table; the README says what each column means.
    struct OutcomeRow<'a> {
        lsn: u64,
        recorded_at: Timestamp,
        event_time: Timestamp,
        feature_flag_context_id: String,
        feature_flag_key: &'a str,
        feature_flag_result_variant: String,
        split: String,
        kind: &'a str,
        order_id: Option<&'a str>,
        customers: i64,
        conversions: i64,
        outcomes: i64,
        value_milli: i64,
        value_milli_squared: i128,
        orders: i64,
        value_minor: i64,
        value_minor_squared: i128,
        value_orders: i64,
        value_orders_squared: i128,
        value_minor_times_orders: i128,
        before_minor: i64,
        before_minor_squared: i128,
        value_minor_times_before: i128,
        currency: Option<String>,
        reached_eligible: i64,
        reached_shown: i64,
        reached_seen: i64,
        reached_clicked: i64,
        reached_cart: i64,
        reached_checkout: i64,
        reached_ordered: i64,
    }
}

/// The customers of a variant who were assigned under one split.
type Arm = (VariantKey, SplitKey);

// === impl OutcomeRow ===

impl<'a> OutcomeRow<'a> {
    /// The rows of a record; none of one that changes no cell.
    pub(super) fn of(record: &'a Record, stamp: Stamp) -> Vec<Self> {
        let mut rows = Vec::new();
        for change in &record.change.cells {
            for (arm, difference) in differences(change) {
                rows.extend(Self::of_variant(record, stamp, &change.campaign, &arm, &difference));
            }
        }
        rows
    }

    /// One row for each currency. What is of no currency stands in the first, so that it is summed once.
    fn of_variant(
        record: &'a Record,
        stamp: Stamp,
        campaign: &'a CampaignKey,
        arm: &Arm,
        difference: &Cell,
    ) -> Vec<Self> {
        if *difference == Cell::default() {
            return Vec::new();
        }
        let none = RevenueSums::default();
        let money = difference.revenue.iter().map(|(currency, sums)| (Some(*currency), sums));
        let no_money = difference.revenue.is_empty().then_some((None, &none));
        let mut counts = Some(difference);
        let nothing = Cell::default();
        money
            .chain(no_money)
            .map(|money| {
                let counts = counts.take().unwrap_or(&nothing);
                Self::new(record, stamp, campaign, arm, counts, money)
            })
            .collect()
    }

    fn new(
        record: &'a Record,
        stamp: Stamp,
        campaign: &'a CampaignKey,
        (variant, split): &Arm,
        counts: &Cell,
        (currency, money): (Option<Currency>, &RevenueSums),
    ) -> Self {
        // Revenue is given by currency; shows are counted by exposures, of which there is a table.
        let Cell {
            customers,
            // All of one row's are of its split.
            splits: _,
            conversions,
            outcomes,
            value_milli,
            orders,
            steps,
            shows: _,
            withheld: _,
            revenue: _,
        } = counts;
        let RevenueSums {
            minor,
            orders: value_orders,
            minor_times_orders,
            before,
            minor_times_before,
            // Each customer's own revenue can be summed from the rows.
            bands: _,
        } = money;
        let [eligible, shown, seen, clicked, cart, checkout, ordered] = *steps;
        Self {
            lsn: stamp.lsn,
            recorded_at: stamp.recorded_at,
            event_time: event_time(&record.body),
            feature_flag_context_id: record.customer.to_string(),
            feature_flag_key: campaign.as_str(),
            feature_flag_result_variant: variant.to_string(),
            split: split.to_string(),
            kind: kind(&record.body),
            order_id: order_id(&record.body),
            customers: *customers,
            conversions: *conversions,
            outcomes: *outcomes,
            value_milli: long(value_milli.sum),
            value_milli_squared: value_milli.sum_of_squares,
            orders: *orders,
            value_minor: long(minor.sum),
            value_minor_squared: minor.sum_of_squares,
            value_orders: long(value_orders.sum),
            value_orders_squared: value_orders.sum_of_squares,
            value_minor_times_orders: *minor_times_orders,
            before_minor: long(before.sum),
            before_minor_squared: before.sum_of_squares,
            value_minor_times_before: *minor_times_before,
            currency: currency.map(|currency| currency.code().to_owned()),
            reached_eligible: eligible,
            reached_shown: shown,
            reached_seen: seen,
            reached_clicked: clicked,
            reached_cart: cart,
            reached_checkout: checkout,
            reached_ordered: ordered,
        }
    }
}

/// What a change comes to for each variant, and of it for each split.
fn differences(change: &CellChange) -> BTreeMap<Arm, Cell> {
    let mut differences: BTreeMap<Arm, Cell> = BTreeMap::new();
    let arm = |share: &CellShare| (share.variant.clone(), share.split);
    for share in &change.before {
        differences.entry(arm(share)).or_default().take(share);
    }
    if let Some(share) = &change.after {
        differences.entry(arm(share)).or_default().add(share);
    }
    differences
}

/// A sum as a column has it. One record holds the shares of two customers or three, each of them capped, and
/// would have to hold those of thousands to exceed it.
fn long(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// What the change came from.
pub(super) fn kind(body: &Body) -> &'static str {
    match body {
        Body::Event { event, .. } => ActionKind::of(&event.action).as_str(),
        Body::Merged { .. } => "merge",
        Body::Exposed { .. } => "exposure",
        Body::Redeemed(_) => "redeem",
    }
}

/// The shop's name for the order that a record is about.
pub(super) fn order_id(body: &Body) -> Option<&str> {
    match body {
        Body::Event { event, .. } => match &event.action {
            Action::OrderCompleted(order) => Some(&order.id),
            Action::OrderRefunded { order_id, .. } | Action::OrderCancelled { order_id } => {
                Some(order_id)
            }
            _ => None,
        },
        Body::Redeemed(redemption) => redemption.order_id.as_deref(),
        Body::Merged { .. } | Body::Exposed { .. } => None,
    }
}
