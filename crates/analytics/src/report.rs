//! What an experiment's figures mean.
//!
//! A report is computed from copies of at most a few cells, so it takes the same time whatever the
//! number of customers. Arms are counted by the customers who were ever eligible, shown the offer or
//! not, because only so are they comparable. Effects are treated less control with 95 % intervals;
//! [`experiments::inference`] cites the formulas.
//!
//! # As JSON
//!
//! These names are stable. Rates and relative effects are fractions (0.01 is one per cent), amounts are
//! minor units, integers where they are sums and decimals where they are means. Objects over currencies
//! go by ISO 4217 code.
//!
//! | field | what |
//! |---|---|
//! | `campaign` | its key |
//! | `control` | the control arm's variant; null when the campaign is in no plan any more |
//! | `arms[]` | one for each variant, the campaign's order, then variants it had before |
//! | `arms[].variant`, `.customers`, `.conversions`, `.orders`, `.shows`, `.withheld` | see [`Arm`] |
//! | `arms[].conversion_rate` | conversions per customer; null without customers |
//! | `arms[].revenue_minor` | revenue less refunds, by currency |
//! | `arms[].revenue_per_customer_minor` | the same per customer; empty without customers |
//! | `effects[]` | one for each arm but the control |
//! | `effects[].variant` | the arm that is compared with the control |
//! | `effects[].conversion_rate` | an effect, as below |
//! | `effects[].revenue_per_customer_minor` | effects by currency |
//! | `effects[].verdict` | one sentence for people |
//!
//! An effect is either `absolute`, `relative` (null when the control's value is 0), `ci_low`, `ci_high`
//! (of `absolute`), `statistic` and `p_value`, or only `undetermined`: the reason why there is none.

mod table;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use experiments::inference::{self, Undetermined};
use model::{Campaign, CampaignKey, Currency, TenantKey, VariantKey};
use serde::{Deserialize, Serialize};

use crate::cell::{Cell, count};
use crate::error::AnalyticsError;
use crate::figures::Cells;
use crate::live::Live;

/// What a report needs to know of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// The campaign.
    pub campaign: CampaignKey,
    /// The arm that others are compared with.
    pub control: VariantKey,
    /// All arms, in the order in which they are shown.
    pub variants: Vec<VariantKey>,
}

/// How the arms of one campaign did. Equal figures give an equal report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The campaign.
    pub campaign: String,
    /// The control arm, if the campaign is in the plan.
    pub control: Option<String>,
    /// The arms.
    pub arms: Vec<Arm>,
    /// Every other arm against the control.
    pub effects: Vec<Effect>,
}

/// What the customers of one arm did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// The variant.
    pub variant: String,
    /// Customers who were ever eligible and are in this arm.
    pub customers: u64,
    /// Those with at least one order that counts: in the attribution window, not paid back in whole.
    pub conversions: u64,
    /// Conversions per customer; `None` without customers.
    pub conversion_rate: Option<f64>,
    /// Orders that count.
    pub orders: u64,
    /// Page views whose answer held the offer.
    pub shows: u64,
    /// Page views of eligible customers whose answer did not.
    pub withheld: u64,
    /// Revenue of the orders less refunds, in minor units by currency.
    pub revenue_minor: BTreeMap<String, i128>,
    /// The same per customer of the arm.
    pub revenue_per_customer_minor: BTreeMap<String, f64>,
}

/// One arm against the control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The arm.
    pub variant: String,
    /// On the conversion rate, as a fraction.
    pub conversion_rate: Comparison,
    /// On revenue per customer, in minor units by currency.
    pub revenue_per_customer_minor: BTreeMap<String, Comparison>,
    /// What may be concluded about conversion, in one sentence.
    pub verdict: String,
}

/// An effect, or why there is none to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Comparison {
    /// What the data say.
    Estimate(EffectEstimate),
    /// The data say nothing.
    Undetermined {
        /// Why not.
        undetermined: String,
    },
}

/// A difference, treated less control.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectEstimate {
    /// The difference, in the unit of the measure.
    pub absolute: f64,
    /// The difference relative to the control; `None` when the control's value is 0.
    pub relative: Option<f64>,
    /// The lower end of the 95 % interval of `absolute`.
    pub ci_low: f64,
    /// The upper end of the 95 % interval of `absolute`.
    pub ci_high: f64,
    /// z or t.
    pub statistic: f64,
    /// How probable so large a difference would be if there were none in truth.
    pub p_value: f64,
}

// === impl Report ===

impl Report {
    /// The report on one campaign of a tenant, by its name. `designs` are the campaigns of the current
    /// plan. A campaign that has left the plan is reported without comparison.
    ///
    /// # Errors
    /// When neither the plan nor the figures know the campaign: the error lists those they know.
    pub fn of(
        live: &Live,
        tenant: &TenantKey,
        campaign: &str,
        designs: &[Design],
    ) -> Result<Self, AnalyticsError> {
        let cells = live.cells(tenant, campaign);
        let design = designs.iter().find(|design| design.campaign.as_str() == campaign);
        if cells.is_none() && design.is_none() {
            let planned = designs.iter().map(|design| design.campaign.clone());
            let known: BTreeSet<_> = planned.chain(live.campaigns(tenant)).collect();
            let (campaign, known) = (campaign.to_owned(), known.into_iter().collect());
            return Err(AnalyticsError::UnknownCampaign { campaign, known });
        }
        Ok(Self::new(campaign, design, &cells.unwrap_or_default()))
    }

    fn new(campaign: &str, design: Option<&Design>, cells: &Cells) -> Self {
        let empty = Cell::default();
        let cell = |variant: &VariantKey| cells.get(variant).unwrap_or(&empty);
        let planned = design.map_or(&[][..], |design| &design.variants);
        let former = cells.keys().filter(|variant| !planned.contains(variant));
        let variants: Vec<&VariantKey> = planned.iter().chain(former).collect();
        let currencies: BTreeSet<Currency> =
            cells.values().flat_map(|cell| cell.revenue.keys().copied()).collect();
        let arms = variants.iter().map(|variant| Arm::new(variant, cell(variant), &currencies));
        let arms: Vec<Arm> = arms.collect();
        let mut effects = Vec::new();
        if let Some(Design { control, .. }) = design {
            for variant in variants.iter().filter(|variant| **variant != control) {
                effects.push(Effect::new(
                    (variant, cell(variant)),
                    (control, cell(control)),
                    &currencies,
                ));
            }
        }
        let control = design.map(|design| design.control.to_string());
        Self { campaign: campaign.to_owned(), control, arms, effects }
    }

    /// A table for people: plain text, aligned, with a verdict in words. Ends with a line feed.
    pub fn to_table(&self) -> String {
        table::render(self)
    }

    /// The report as JSON text, on several lines, without a line feed at the end.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("text keys and numbers can always be written")
    }
}

// === impl Design ===

impl From<&Campaign> for Design {
    fn from(campaign: &Campaign) -> Self {
        let variants = &campaign.experiment.variants;
        Self {
            campaign: campaign.key.clone(),
            control: variants[campaign.experiment.control].key.clone(),
            variants: variants.iter().map(|variant| variant.key.clone()).collect(),
        }
    }
}

// === impl Arm ===

impl Arm {
    fn new(variant: &VariantKey, cell: &Cell, currencies: &BTreeSet<Currency>) -> Self {
        let mut revenue_minor = BTreeMap::new();
        let mut revenue_per_customer_minor = BTreeMap::new();
        for &currency in currencies {
            let sums = cell.revenue_sums(currency);
            revenue_minor.insert(currency.code().to_owned(), sums.sum);
            if let Some(mean) = sums.mean() {
                revenue_per_customer_minor.insert(currency.code().to_owned(), mean);
            }
        }
        let conversions = cell.conversion_counts();
        Self {
            variant: variant.to_string(),
            customers: conversions.customers,
            conversions: conversions.converted,
            conversion_rate: conversions.rate(),
            orders: count(cell.orders),
            shows: cell.shows,
            withheld: cell.withheld,
            revenue_minor,
            revenue_per_customer_minor,
        }
    }
}

// === impl Effect ===

impl Effect {
    fn new(
        (variant, treated): (&VariantKey, &Cell),
        (control, base): (&VariantKey, &Cell),
        currencies: &BTreeSet<Currency>,
    ) -> Self {
        let (treated_counts, base_counts) = (treated.conversion_counts(), base.conversion_counts());
        let conversion = inference::proportions(treated_counts, base_counts);
        let verdict = verdict::sentence(
            (variant.as_str(), treated_counts),
            (control.as_str(), base_counts),
            conversion.as_ref().ok(),
        );
        let revenue = currencies.iter().map(|&currency| {
            let effect =
                inference::means(treated.revenue_sums(currency), base.revenue_sums(currency));
            (currency.code().to_owned(), Comparison::from(effect))
        });
        Self {
            variant: variant.to_string(),
            conversion_rate: conversion.into(),
            revenue_per_customer_minor: revenue.collect(),
            verdict,
        }
    }
}

// === impl Comparison ===

impl From<Result<inference::Effect, Undetermined>> for Comparison {
    fn from(outcome: Result<inference::Effect, Undetermined>) -> Self {
        match outcome {
            Ok(effect) => Self::Estimate(EffectEstimate {
                absolute: effect.absolute,
                relative: effect.relative,
                ci_low: effect.ci_low,
                ci_high: effect.ci_high,
                statistic: effect.statistic,
                p_value: effect.p_value,
            }),
            Err(reason) => Self::Undetermined { undetermined: reason.to_string() },
        }
    }
}

#[cfg(test)]
mod tests;
