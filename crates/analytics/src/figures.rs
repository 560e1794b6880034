//! The figures of one tenant, and what one journal record does to them.
//!
//! Reading a record costs a few additions: the journal's writer has already worked out, with the
//! profile at hand, what the record changes (see [`model::Change`]). Nothing here depends on anything
//! but the record, so reading the same journal again gives the same figures.

use std::collections::{BTreeMap, BTreeSet};

use journal::record::{Body, Record, Via};
use model::{
    Action, CampaignKey, CellShare, Change, Currency, Event, Exposure, Money, SplitKey, VariantKey,
};

use crate::cell::Cell;
use crate::counts::{ActionKind, EventCounts};
use crate::limits::{CAMPAIGNS_MAX, CURRENCIES_MAX, SPLITS_MAX, VARIANTS_MAX};

/// The cells of one campaign.
pub(crate) type Cells = BTreeMap<VariantKey, Cell>;

/// The figures of one tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) events: EventCounts,
    pub(crate) customers: i64,
    pub(crate) customers_with_cart: i64,
    pub(crate) buyers: i64,
    pub(crate) orders: u64,
    pub(crate) revenue_minor: BTreeMap<Currency, i128>,
    pub(crate) refunded_minor: BTreeMap<Currency, i128>,
    pub(crate) decisions: u64,
    pub(crate) campaigns: BTreeMap<CampaignKey, Cells>,
    /// The splits that are told apart, by campaign. A campaign's customers of further ones are counted under
    /// [`SplitKey::OTHER`], in all of its arms alike.
    pub(crate) splits: BTreeMap<CampaignKey, BTreeSet<SplitKey>>,
    /// Changes of campaigns and variants beyond the limits.
    pub(crate) ignored: u64,
}

// === impl Figures ===

impl Figures {
    /// Applies the next record of the tenant.
    pub(crate) fn apply(&mut self, record: &Record) {
        match &record.body {
            Body::Event { event, via } => self.count_event(event, *via),
            // Nothing but their change.
            Body::Merged { .. } | Body::Redeemed(_) => {}
            Body::Exposed { exposures, .. } => {
                for exposure in exposures {
                    self.count_exposure(exposure);
                }
            }
        }
        self.change(&record.change);
    }

    fn count_event(&mut self, event: &Event, via: Via) {
        let kind = ActionKind::of(&event.action);
        self.events.add_one(kind);
        match &event.action {
            Action::Viewed(_) if matches!(via, Via::Decide) => {
                self.decisions = self.decisions.saturating_add(1);
            }
            Action::OrderCompleted(order) => {
                self.orders = self.orders.saturating_add(1);
                if let Some(revenue) = order.revenue {
                    add_money(&mut self.revenue_minor, revenue);
                }
            }
            Action::OrderRefunded { amount: Some(amount), .. } => {
                add_money(&mut self.refunded_minor, *amount);
            }
            _ => {}
        }
    }

    fn count_exposure(&mut self, exposure: &Exposure) {
        let Some(cell) = self.cell(&exposure.campaign, &exposure.variant) else {
            return;
        };
        let count = if exposure.shown { &mut cell.shows } else { &mut cell.withheld };
        *count = count.saturating_add(1);
    }

    fn change(&mut self, change: &Change) {
        self.customers = self.customers.saturating_add(i64::from(change.customers));
        let with_cart = i64::from(change.customers_with_cart);
        self.customers_with_cart = self.customers_with_cart.saturating_add(with_cart);
        self.buyers = self.buyers.saturating_add(i64::from(change.buyers));
        for cells in &change.cells {
            for share in &cells.before {
                self.with_cell(&cells.campaign, share, Cell::take);
            }
            if let Some(share) = &cells.after {
                self.with_cell(&cells.campaign, share, Cell::add);
            }
        }
    }

    fn with_cell(
        &mut self,
        campaign: &CampaignKey,
        share: &CellShare,
        change: impl FnOnce(&mut Cell, &CellShare),
    ) {
        let is_known = self.knows_split(campaign, share.split);
        let Some(cell) = self.cell(campaign, &share.variant) else { return };
        match is_known {
            true => change(cell, share),
            false => change(cell, &CellShare { split: SplitKey::OTHER, ..share.clone() }),
        }
    }

    /// Whether a split is told apart: from its first customer on, while there is room for one more.
    fn knows_split(&mut self, campaign: &CampaignKey, split: SplitKey) -> bool {
        let Some(known) = self.splits.get_mut(campaign) else {
            // Of a campaign beyond the limit nothing is counted at all.
            if self.splits.len() < CAMPAIGNS_MAX {
                self.splits.insert(campaign.clone(), BTreeSet::from([split]));
            }
            return true;
        };
        known.contains(&split) || (known.len() < SPLITS_MAX && known.insert(split))
    }

    /// The cell of a variant, new if need be; `None`, counted as ignored, beyond the limits.
    fn cell(&mut self, campaign: &CampaignKey, variant: &VariantKey) -> Option<&mut Cell> {
        // Looked up before it is inserted, because an insertion needs a copy of the key.
        if !self.campaigns.contains_key(campaign) {
            if self.campaigns.len() >= CAMPAIGNS_MAX {
                self.ignored = self.ignored.saturating_add(1);
                return None;
            }
            self.campaigns.insert(campaign.clone(), Cells::new());
        }
        let cells = self.campaigns.get_mut(campaign)?;
        if !cells.contains_key(variant) {
            if cells.len() >= VARIANTS_MAX {
                self.ignored = self.ignored.saturating_add(1);
                return None;
            }
            cells.insert(variant.clone(), Cell::default());
        }
        cells.get_mut(variant)
    }
}

fn add_money(sums: &mut BTreeMap<Currency, i128>, money: Money) {
    if sums.len() >= CURRENCIES_MAX && !sums.contains_key(&money.currency) {
        return;
    }
    let sum = sums.entry(money.currency).or_default();
    // Cannot overflow: it would take 2^64 orders of the largest amount.
    *sum = sum.saturating_add(i128::from(money.minor));
}

#[cfg(test)]
mod tests;
