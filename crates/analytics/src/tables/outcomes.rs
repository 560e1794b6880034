//! The table `outcomes`: what every record changed in the cells of experiments.
//!
//! A record says how a customer's share of a cell was before and is after (see [`model::Change`]). A row
//! is the difference for one variant and currency: what an order adds, what a refund takes back, what a
//! merge moves. So the sum of all rows of a variant is its [`crate::Cell`], number for number, and a sum
//! over any part of the time is what that part contributed. The squares are those of the customer's
//! whole revenue after less before, which cannot be made from the differences alone.

use std::collections::BTreeMap;

use journal::record::{Body, Record};
use model::{Action, CellChange, CellShare, Currency, Timestamp, VariantKey};

use super::column::row;
use super::{Stamp, event_time};
use crate::counts::ActionKind;
use crate::limits::CUSTOMER_REVENUE_MINOR_MAX;

row! {
    /// A row of the table; the README says what each column means.
    struct OutcomeRow<'a> {
        lsn: u64,
        recorded_at: Timestamp,
        event_time: Timestamp,
        feature_flag_context_id: String,
        feature_flag_key: &'a str,
        feature_flag_result_variant: String,
        kind: &'a str,
        order_id: Option<&'a str>,
        customers: i64,
        conversions: i64,
        orders: i64,
        value_minor: i64,
        value_minor_squared: i128,
        currency: Option<String>,
    }
}

/// What changed for one variant.
#[derive(Default)]
struct Difference {
    customers: i64,
    conversions: i64,
    orders: i64,
    /// Sum and sum of squares by currency.
    money: BTreeMap<Currency, (i64, i128)>,
}

// === impl OutcomeRow ===

impl<'a> OutcomeRow<'a> {
    /// The rows of a record; none of one that changes no cell.
    pub(super) fn of(record: &'a Record, stamp: Stamp) -> Vec<Self> {
        let mut rows = Vec::new();
        for change in &record.change.cells {
            for (variant, difference) in differences(change) {
                rows.extend(Self::of_variant(record, stamp, change, &variant, &difference));
            }
        }
        rows
    }

    /// One row for each currency; the counts stand in the first, so that they are summed once.
    fn of_variant(
        record: &'a Record,
        stamp: Stamp,
        change: &'a CellChange,
        variant: &VariantKey,
        difference: &Difference,
    ) -> Vec<Self> {
        let changed = difference.money.iter().filter(|(_, sums)| **sums != (0, 0));
        let mut money: Vec<(Option<Currency>, (i64, i128))> =
            changed.map(|(currency, sums)| (Some(*currency), *sums)).collect();
        if money.is_empty() && difference.counts_anything() {
            money.push((None, (0, 0)));
        }
        let mut rows = Vec::with_capacity(money.len());
        for (place, (currency, (value_minor, value_minor_squared))) in money.into_iter().enumerate()
        {
            let once = |count: i64| if place == 0 { count } else { 0 };
            rows.push(Self {
                lsn: stamp.lsn,
                recorded_at: stamp.recorded_at,
                event_time: event_time(&record.body),
                feature_flag_context_id: record.customer.to_string(),
                feature_flag_key: change.campaign.as_str(),
                feature_flag_result_variant: variant.to_string(),
                kind: kind(&record.body),
                order_id: order_id(&record.body),
                customers: once(difference.customers),
                conversions: once(difference.conversions),
                orders: once(difference.orders),
                value_minor,
                value_minor_squared,
                currency: currency.map(|currency| currency.code().to_owned()),
            });
        }
        rows
    }
}

// === impl Difference ===

impl Difference {
    const fn counts_anything(&self) -> bool {
        self.customers != 0 || self.conversions != 0 || self.orders != 0
    }

    /// Adds a share, or with -1 takes it away; as [`crate::Cell`] does.
    fn change(&mut self, share: &CellShare, sign: i64) {
        // The numbers of outcomes and the steps of the funnel are not in the table.
        let CellShare { variant: _, orders, revenue_minor, outcomes, value_milli: _, steps: _ } =
            share;
        self.customers += sign;
        self.conversions += if *outcomes > 0 { sign } else { 0 };
        self.orders += sign * i64::from(*orders);
        for &(currency, minor) in revenue_minor {
            let minor = minor.clamp(-CUSTOMER_REVENUE_MINOR_MAX, CUSTOMER_REVENUE_MINOR_MAX);
            let (sum, squares) = self.money.entry(currency).or_default();
            *sum += sign * minor;
            *squares += i128::from(sign) * i128::from(minor) * i128::from(minor);
        }
    }
}

fn differences(change: &CellChange) -> BTreeMap<VariantKey, Difference> {
    let mut differences: BTreeMap<VariantKey, Difference> = BTreeMap::new();
    let taken = change.before.iter().map(|share| (share, -1));
    for (share, sign) in taken.chain(change.after.iter().map(|share| (share, 1))) {
        differences.entry(share.variant.clone()).or_default().change(share, sign);
    }
    differences
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
