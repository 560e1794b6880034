//! What an experiment's figures mean.
//!
//! A report is computed from copies of at most a few cells, so it takes the same time whatever the
//! number of customers. Arms are counted by the customers who were ever eligible, shown the offer or
//! not, because only so are they comparable. Effects are treated less control with 95 % intervals;
//! [`experiments::inference`] cites the formulas. Verdicts go by what holds at every look, because a live
//! report is looked at all the time.
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
//! | `last_version` | null while the campaign is in force; else the version of the last plan that had it, by which all below is told |
//! | `control` | the control arm's variant; null when the campaign is in no plan that is kept |
//! | `goal` | the name of the events that count as success, as in the plan; null as above |
//! | `goal_value` | the property whose numbers the goal sums; null when it sums none, as that of orders |
//! | `split` | see [`SplitCheck`]; null when it cannot be checked. While it is `broken`, nothing else counts |
//! | `customers_of_untold_splits` | customers of whom it is not told apart which split assigned them; 0 but for a campaign with very many |
//! | `caps` | by currency: see [`Cap`]; without currencies in which no customer is above one |
//! | `arms[]` | one for each variant, the campaign's order, then variants it had before |
//! | `arms[].variant`, `.weight`, `.customers`, `.conversions`, `.orders`, `.shows`, `.withheld` | see [`Arm`] |
//! | `arms[].outcomes`, `.value_milli`, `.value_per_customer` | see [`Arm`] |
//! | `arms[].funnel` | customers by step: see [`Funnel`] |
//! | `arms[].conversion_rate` | conversions per customer; null without customers |
//! | `arms[].revenue_minor` | revenue less refunds, by currency |
//! | `arms[].revenue_per_customer_minor` | the same per customer; empty without customers |
//! | `arms[].revenue_per_order_minor` | the same per order that counts; without a currency that has none |
//! | `effects[]` | one for each arm but the control and those who are held out |
//! | `effects[].variant` | the arm that is compared with the control |
//! | `effects[].conversion_rate` | an effect, as below |
//! | `effects[].value_per_customer` | an effect in whole units; null when the goal sums no numbers |
//! | `effects[].revenue_per_customer_minor` | effects by currency |
//! | `effects[].revenue_per_customer_adjusted_minor` | the same less what customers had brought before (CUPED), see [`Adjusted`] |
//! | `effects[].revenue_per_customer_winsorised_minor` | the same with revenue above the cap counted as the cap, by the currencies of `caps` |
//! | `effects[].revenue_per_order_minor` | effects by currency, by the delta method: customers are what was assigned |
//! | `effects[].verdict` | some sentences for people |
//!
//! An effect is either all the fields of [`EffectEstimate`](crate::EffectEstimate), those relative to the
//! control null when its value is not above 0, or only `undetermined`: the reason why there is none.

mod effects;
mod funnel;
mod table;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use experiments::inference::Pairs;
use model::{
    Campaign, CampaignKey, Currency, Goal, Holdout, HoldoutArm, SplitKey, TenantKey, Variant,
    VariantKey,
};
use serde::{Deserialize, Serialize};

pub use self::funnel::Funnel;
use crate::bands::{Bands, cap_minor};
use crate::cell::{Cell, count};
use crate::comparison::{Adjusted, Comparison};
use crate::error::AnalyticsError;
use crate::figures::Cells;
use crate::limits::WINSORISE_TEN_THOUSANDTHS;
use crate::live::Live;
use crate::split_check::{Looks, SplitCheck};

/// What a report needs to know of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// The campaign.
    pub campaign: CampaignKey,
    /// The arm that others are compared with.
    pub control: VariantKey,
    /// All arms, in the order in which they are shown.
    pub arms: Vec<PlannedArm>,
    /// What counts as success.
    pub goal: Goal,
    /// The split by which customers are assigned.
    pub split: SplitKey,
    /// `None` while it is in force; else the version of the last plan that had it.
    pub last_version: Option<u64>,
}

/// One arm of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedArm {
    /// The variant.
    pub variant: VariantKey,
    /// Its share of customers, relative to the sum of all weights.
    pub weight: u32,
}

/// How the arms of one campaign did. Equal figures give an equal report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The campaign.
    pub campaign: String,
    /// The version of the last plan that had the campaign, when it is in force no more.
    pub last_version: Option<u64>,
    /// The control arm, if the campaign is in a plan.
    pub control: Option<String>,
    /// The events that count as success, if the campaign is in a plan.
    pub goal: Option<String>,
    /// The property whose numbers the goal sums, if it sums any.
    pub goal_value: Option<String>,
    /// Whether the arms have the sizes that their weights promise; `None` when it cannot be checked.
    pub split: Option<SplitCheck>,
    /// Customers whose split is not told apart, because the campaign has had too many.
    pub customers_of_untold_splits: u64,
    /// Where the revenue of a customer is capped in winsorised effects, by currency.
    pub caps: BTreeMap<String, Cap>,
    /// The arms.
    pub arms: Vec<Arm>,
    /// Every other arm against the control.
    pub effects: Vec<Effect>,
}

/// A revenue above which few customers are, of all arms together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cap {
    /// The percentile of all customers at which it lies or up to a quarter above.
    pub percentile: f64,
    /// The cap, in minor units.
    pub minor: i64,
    /// Customers who brought more.
    pub customers_above: u64,
}

/// What the customers of one arm did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// The variant.
    pub variant: String,
    /// Its share of customers in the plan; `None` when it is not in it.
    pub weight: Option<u32>,
    /// Customers who were ever eligible and are in this arm.
    pub customers: u64,
    /// Those with at least one outcome by the campaign's goal that counts: in the attribution window, and of
    /// orders, not paid back in whole.
    pub conversions: u64,
    /// Conversions per customer; `None` without customers.
    pub conversion_rate: Option<f64>,
    /// Orders that count, whatever the campaign's goal is.
    pub orders: u64,
    /// Page views whose answer held the offer.
    pub shows: u64,
    /// Page views of eligible customers whose answer did not.
    pub withheld: u64,
    /// Revenue of the orders less refunds, in minor units by currency.
    pub revenue_minor: BTreeMap<String, i128>,
    /// The same per customer of the arm.
    pub revenue_per_customer_minor: BTreeMap<String, f64>,
    /// The same per order in the currency; none where there are no orders.
    pub revenue_per_order_minor: BTreeMap<String, f64>,
    /// Outcomes by the campaign's goal that count; of a goal of orders, the orders.
    pub outcomes: u64,
    /// The sum of their numbers, in thousandths; 0 for a goal that sums none, as that of orders.
    pub value_milli: i128,
    /// The same per customer of the arm, in whole units; `None` without customers.
    pub value_per_customer: Option<f64>,
    /// How far the customers came.
    pub funnel: Funnel,
}

/// One arm against the control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The arm.
    pub variant: String,
    /// On the conversion rate, as a fraction.
    pub conversion_rate: Comparison,
    /// On the sum of the numbers of outcomes per customer, in whole units; `None` when the goal sums none.
    pub value_per_customer: Option<Comparison>,
    /// On revenue per customer, in minor units by currency.
    pub revenue_per_customer_minor: BTreeMap<String, Comparison>,
    /// The same after what customers had brought before their first exposure is taken out; without
    /// currencies in which nothing was.
    pub revenue_per_customer_adjusted_minor: BTreeMap<String, Adjusted>,
    /// On revenue per customer, each customer's counted up to the cap alone, by the currencies of the caps.
    pub revenue_per_customer_winsorised_minor: BTreeMap<String, Comparison>,
    /// On revenue per order, in minor units by currency.
    pub revenue_per_order_minor: BTreeMap<String, Comparison>,
    /// What may be concluded, in plain words.
    pub verdict: String,
}

/// An arm with its figures.
#[derive(Clone, Copy)]
struct Measured<'a> {
    variant: &'a VariantKey,
    /// Its weight in the plan, if it is in it.
    weight: Option<u32>,
    cell: &'a Cell,
}

/// Whether the split allows for verdicts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    Kept,
    Broken,
}

// === impl Report ===

impl Report {
    /// The report on one campaign of a tenant, by its name. `designs` are the campaigns of the current plan, and those
    /// of earlier ones that are known. A campaign of which no plan is known is reported without comparison.
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
        let planned = design.map_or(&[][..], |design| &design.arms);
        let is_former = |variant: &VariantKey| planned.iter().all(|arm| arm.variant != *variant);
        let former = cells.keys().filter(|variant| is_former(variant));
        let planned = planned.iter().map(|arm| (&arm.variant, Some(arm.weight)));
        let empty = Cell::default();
        let measured: Vec<Measured<'_>> = planned
            .chain(former.map(|variant| (variant, None)))
            .map(|(variant, weight)| Measured {
                variant,
                weight,
                cell: cells.get(variant).unwrap_or(&empty),
            })
            .collect();
        let currencies: BTreeSet<Currency> =
            cells.values().flat_map(|cell| cell.revenue.keys().copied()).collect();
        let split = design.and_then(|design| split_of(&measured, design.split));
        let trust = match &split {
            Some(split) if split.broken => Trust::Broken,
            _ => Trust::Kept,
        };
        let caps: BTreeMap<Currency, Cap> = currencies
            .iter()
            .filter_map(|&currency| Some((currency, Cap::new(&measured, currency)?)))
            .collect();
        let effects =
            design.map(|design| effects::compare(&measured, design, &currencies, &caps, trust));
        let goal_value = design.and_then(|design| design.goal.value());
        Self {
            campaign: campaign.to_owned(),
            last_version: design.and_then(|design| design.last_version),
            control: design.map(|design| design.control.to_string()),
            goal: design.map(|design| design.goal.event().to_owned()),
            goal_value: goal_value.map(str::to_owned),
            split,
            customers_of_untold_splits: measured
                .iter()
                .map(|arm| arm.cell.customers_of(SplitKey::OTHER))
                .sum(),
            caps: caps.iter().map(|(currency, cap)| (currency.code().to_owned(), *cap)).collect(),
            arms: measured.iter().map(|arm| Arm::new(arm, &currencies)).collect(),
            effects: effects.unwrap_or_default(),
        }
    }

    /// A table for people: plain text, aligned, with a verdict in words. Ends with a line feed.
    pub fn to_table(&self) -> String {
        let mut text = table::render(self);
        text.push('\n');
        text.push_str(&funnel::grid(self).render());
        text
    }

    /// The report as JSON text, on several lines, without a line feed at the end.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("text keys and numbers can always be written")
    }
}

/// Checks the arms that are in the plan, for only those have a weight, by the customers who were assigned by
/// these weights.
fn split_of(arms: &[Measured<'_>], split: SplitKey) -> Option<SplitCheck> {
    let planned = arms.iter().filter(|arm| arm.weight.is_some());
    let all: u64 = planned.map(|arm| count(arm.cell.customers)).sum();
    let share = |arm: &Measured<'_>| {
        Some((arm.variant.to_string(), arm.cell.customers_of(split), f64::from(arm.weight?)))
    };
    let shares: Vec<_> = arms.iter().filter_map(share).collect();
    let check = SplitCheck::new(&shares, Looks::Always).ok()?;
    let customers_of_other_splits = all.saturating_sub(check.customers);
    Some(SplitCheck { customers_of_other_splits, ..check })
}

// === impl Design ===

impl From<&Campaign> for Design {
    fn from(campaign: &Campaign) -> Self {
        let variants = &campaign.experiment.variants;
        let arm =
            |variant: &Variant| PlannedArm { variant: variant.key.clone(), weight: variant.weight };
        Self {
            campaign: campaign.key.clone(),
            control: variants[campaign.experiment.control].key.clone(),
            arms: variants.iter().map(arm).collect(),
            goal: campaign.goal.clone(),
            split: SplitKey::of(&campaign.experiment),
            last_version: None,
        }
    }
}

impl From<&Holdout> for Design {
    fn from(holdout: &Holdout) -> Self {
        let arms = holdout.arms().into_iter();
        Self {
            campaign: holdout.key.clone(),
            control: HoldoutArm::HeldOut.variant(),
            arms: arms.map(|(variant, weight)| PlannedArm { variant, weight }).collect(),
            goal: Goal::orders(holdout.attribution_window),
            split: SplitKey::of_holdout(holdout),
            last_version: None,
        }
    }
}

// === impl Cap ===

impl Cap {
    /// The cap in a currency; `None` where no customer is above it, or it would be 0.
    fn new(arms: &[Measured<'_>], currency: Currency) -> Option<Self> {
        let with_bands = arms.iter().map(|arm| {
            let sums = arm.cell.revenue.get(&currency);
            (count(arm.cell.customers), sums.map(|sums| &sums.bands))
        });
        let arms: Vec<(u64, Option<&Bands>)> = with_bands.collect();
        let minor = cap_minor(&arms, WINSORISE_TEN_THOUSANDTHS).filter(|minor| *minor > 0)?;
        let above = arms.iter().filter_map(|(_, bands)| *bands);
        let customers_above = count(above.map(|bands| bands.customers_above(minor)).sum());
        let percentile = f64::from(WINSORISE_TEN_THOUSANDTHS) / 100.0;
        (customers_above > 0).then_some(Self { percentile, minor, customers_above })
    }
}

// === impl Arm ===

impl Arm {
    fn new(
        &Measured { variant, weight, cell }: &Measured<'_>,
        currencies: &BTreeSet<Currency>,
    ) -> Self {
        let mut revenue_minor = BTreeMap::new();
        let mut revenue_per_customer_minor = BTreeMap::new();
        let mut revenue_per_order_minor = BTreeMap::new();
        for &currency in currencies {
            let code = currency.code().to_owned();
            let Pairs { first: revenue, second: orders, .. } = cell.revenue_and_orders(currency);
            let means = revenue.mean().zip(orders.mean());
            revenue_per_customer_minor.extend(means.map(|(revenue, _)| (code.clone(), revenue)));
            let means = means.filter(|(_, orders)| *orders > 0.0);
            let per_order = means.map(|(revenue, orders)| (code.clone(), revenue / orders));
            revenue_per_order_minor.extend(per_order);
            revenue_minor.insert(code, revenue.sum);
        }
        let conversions = cell.conversion_counts();
        let value = cell.value_sums();
        Self {
            variant: variant.to_string(),
            weight,
            customers: conversions.customers,
            conversions: conversions.converted,
            conversion_rate: conversions.rate(),
            orders: count(cell.orders),
            shows: cell.shows,
            withheld: cell.withheld,
            revenue_minor,
            revenue_per_customer_minor,
            revenue_per_order_minor,
            outcomes: count(cell.outcomes),
            value_milli: value.sum,
            value_per_customer: value.mean().map(|milli| milli / 1_000.0),
            funnel: Funnel::from(cell),
        }
    }
}

#[cfg(test)]
mod tests;
