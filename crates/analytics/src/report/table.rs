//! A report as plain text for a terminal.

use std::collections::BTreeSet;

use experiments::inference::Conversions;
use model::ORDER_COMPLETED;

use super::{Report, verdict};
use crate::comparison::{CORRECTED, Comparison, EffectEstimate};
use crate::grid::{
    Grid, amount, none, number, p_value, percent, points, signed, thousandths, whole,
};
use crate::limits::SPLITS_MAX;

/// The whole report.
pub(super) fn render(report: &Report) -> String {
    let mut text = match &report.control {
        Some(control) => format!("Campaign {}, control arm {control}\n\n", report.campaign),
        None => format!("Campaign {}\n\n", report.campaign),
    };
    if let Some(split) = report.split.as_ref().filter(|split| split.broken) {
        text.push_str(&format!("{}\n\n", split.verdict));
    }
    text.push_str(&arms(report).render());
    text.push_str(&standing(report));
    if report.effects.is_empty() {
        return text;
    }
    text.push_str(&too_early(report));
    let told = told(report);
    for grid in [any_look(&told), one_look(&told)] {
        if !grid.is_bare() {
            text.push('\n');
            text.push_str(&grid.render());
        }
    }
    for effect in &report.effects {
        text.push_str(&format!("\n{}\n", effect.verdict));
    }
    text.push_str(&measures(report));
    text.push_str(&sizes(report));
    text.push_str(&format!(
        "What is said to hold at any look may be read as often as one likes. The rest is right for one \
         look at a time that was fixed beforehand. {CORRECTED} Nothing is corrected for the number of measures \
         and currencies.\n",
    ));
    text
}

/// What is to be said of a campaign that is in force no more.
fn standing(report: &Report) -> String {
    match (report.last_version, &report.control) {
        (Some(version), _) => format!(
            "\nThe campaign is not in force any more. Arms, weights and goal are those of the last plan that had it, \
             version {version}. What its customers do in their windows still counts.\n",
        ),
        (None, None) => "\nThe campaign is not in force any more and in no plan that is kept, so it is not known \
                         which arm is the control, and nothing is compared.\n"
            .to_owned(),
        (None, Some(_)) => String::new(),
    }
}

/// Above the tables of what is compared: of whose conversion rate the verdict says that it is too early, for a figure
/// with an interval is else read as a result.
fn too_early(report: &Report) -> String {
    let is_bearing = |name: &str| {
        let mut arms = report.arms.iter().filter(|arm| arm.variant == name);
        arms.any(|arm| {
            verdict::is_large_enough(Conversions {
                customers: arm.customers,
                converted: arm.conversions,
            })
        })
    };
    let is_control_bearing = report.control.as_deref().is_some_and(is_bearing);
    let early = report.effects.iter().map(|effect| effect.variant.as_str());
    let early: Vec<&str> = early.filter(|name| !is_control_bearing || !is_bearing(name)).collect();
    if early.is_empty() {
        return String::new();
    }
    format!(
        "\nIt is too early to compare conversion rates with the control's, for {}: what is below of them is no \
         result yet.\n",
        early.join(", "),
    )
}

/// What the measures are whose names do not say it.
fn measures(report: &Report) -> String {
    let mut text = String::new();
    for effect in &report.effects {
        for (code, adjusted) in &effect.revenue_per_customer_adjusted_minor {
            let Some(reduction) = adjusted.variance_reduction else { continue };
            text.push_str(&format!(
                "\n{code} adjusted is {code} per customer of {} less what follows from orders before the \
                 first exposure, which {}.\n",
                effect.variant,
                took_away(reduction),
            ));
        }
    }
    for (code, cap) in &report.caps {
        text.push_str(&format!(
            "\n{code} winsorised is {code} per customer with what is above {} counted as that. Customers \
             above it: {}.\n",
            whole(cap.minor.into(), code),
            cap.customers_above,
        ));
    }
    text
}

/// What an adjustment did to the variance. With few customers, or orders that tell nothing, it may add to it.
fn took_away(reduction: f64) -> String {
    let percent = format!("{:.0} %", reduction.abs() * 100.0);
    match reduction < 0.0 {
        true => format!("takes nothing of the variance away but adds {percent} to it"),
        false => format!("takes {percent} of the variance away"),
    }
}

/// Whether the arms have the sizes that they should have, and of whom that is said.
fn sizes(report: &Report) -> String {
    let Some(split) = &report.split else {
        let customers = report.arms.iter().any(|arm| arm.customers > 0);
        return match (customers, report.customers_of_untold_splits) {
            (false, _) => String::new(),
            (true, 0) => "\nThe sizes of the arms cannot be checked yet: nobody was assigned since weights and \
                          variants are what they are.\n"
                .to_owned(),
            (true, untold) => format!(
                "\nThe sizes of the arms cannot be checked: salt, weights and variants were changed more than \
                 {SPLITS_MAX} times, so it is not told apart which of them assigned {untold} of the customers. A new \
                 campaign can be checked.\n",
            ),
        };
    };
    let p_value = p_value(split.anytime_p_value);
    let mut text = format!("\nSizes of the arms against their weights: p {p_value}.\n");
    if split.customers_of_other_splits > 0 {
        text.push_str(&format!(
            "That is of the {} customers who were assigned since weights and variants are what they are. {} \
             others kept their arms from before; if the one time was better than the other, so is the arm that \
             got more of its customers then. A new experiment is surer.\n",
            split.customers, split.customers_of_other_splits,
        ));
    }
    text
}

fn arms(report: &Report) -> Grid {
    let currencies = currencies(report);
    let mut heading: Vec<String> =
        ["arm", "customers", "converted", "rate", "shows", "withheld", "orders"]
            .map(str::to_owned)
            .into();
    // Of a goal of orders the outcomes are the orders.
    let has_outcomes = report.goal.as_ref().is_some_and(|goal| goal != ORDER_COMPLETED);
    if has_outcomes {
        heading.push("outcomes".to_owned());
    }
    if let Some(value) = &report.goal_value {
        heading.extend([value.clone(), "per customer".to_owned()]);
    }
    for code in &currencies {
        heading.push(format!("revenue {code}"));
        heading.extend(["per customer", "per order"].map(str::to_owned));
    }
    let mut rows = vec![heading];
    for arm in &report.arms {
        let rate = arm.conversion_rate.map(|rate| format!("{:.2} %", rate * 100.0));
        let mut row = vec![
            arm.variant.clone(),
            arm.customers.to_string(),
            arm.conversions.to_string(),
            rate.unwrap_or_else(none),
            arm.shows.to_string(),
            arm.withheld.to_string(),
            arm.orders.to_string(),
        ];
        row.extend(has_outcomes.then(|| arm.outcomes.to_string()));
        if report.goal_value.is_some() {
            row.push(thousandths(arm.value_milli));
            row.push(arm.value_per_customer.map_or_else(none, number));
        }
        for code in &currencies {
            row.push(arm.revenue_minor.get(*code).map_or_else(none, |&sum| whole(sum, code)));
            for means in [&arm.revenue_per_customer_minor, &arm.revenue_per_order_minor] {
                row.push(means.get(*code).map_or_else(none, |&mean| amount(mean, code)));
            }
        }
        rows.push(row);
    }
    Grid { rows, text_columns: 1 }
}

/// An effect that can be told; where one cannot, the verdict says why.
struct Told<'a> {
    variant: &'a str,
    measure: String,
    effect: &'a EffectEstimate,
    unit: Unit<'a>,
}

/// What the values of a measure are.
#[derive(Clone, Copy)]
enum Unit<'a> {
    /// A proportion.
    Points,
    /// Whatever the property of an event counts.
    Whole,
    /// Minor units of a currency.
    Minor(&'a str),
}

// === impl Told ===

impl Told<'_> {
    fn show(&self, value: f64) -> String {
        match self.unit {
            Unit::Points => format!("{} pt", points(value)),
            Unit::Whole => signed(&number(value)),
            Unit::Minor(code) => signed(&amount(value, code)),
        }
    }

    /// The same for what is only a size.
    fn size(&self, value: f64) -> String {
        self.show(value).trim_start_matches('+').to_owned()
    }

    fn range(&self, low: f64, high: f64) -> String {
        format!("{} to {}", self.show(low), self.show(high))
    }
}

fn told<'r>(report: &'r Report) -> Vec<Told<'r>> {
    let mut all = Vec::new();
    for effect in &report.effects {
        let mut tell = |measure: String, unit, comparison: &'r Comparison| {
            let variant = effect.variant.as_str();
            let told = comparison.estimate();
            all.extend(told.map(|effect| Told { variant, measure, effect, unit }));
        };
        tell("conversion rate".to_owned(), Unit::Points, &effect.conversion_rate);
        if let Some((value, comparison)) =
            report.goal_value.as_ref().zip(effect.value_per_customer.as_ref())
        {
            tell(format!("{value} per customer"), Unit::Whole, comparison);
        }
        for (code, comparison) in &effect.revenue_per_customer_minor {
            tell(format!("{code} per customer"), Unit::Minor(code), comparison);
        }
        for (code, adjusted) in &effect.revenue_per_customer_adjusted_minor {
            tell(format!("{code} adjusted"), Unit::Minor(code), &adjusted.comparison);
        }
        for (code, comparison) in &effect.revenue_per_customer_winsorised_minor {
            tell(format!("{code} winsorised"), Unit::Minor(code), comparison);
        }
        for (code, comparison) in &effect.revenue_per_order_minor {
            tell(format!("{code} per order"), Unit::Minor(code), comparison);
        }
    }
    all
}

/// What holds however often one looks.
fn any_look(told: &[Told<'_>]) -> Grid {
    let heading =
        ["at any look", "measure", "difference", "95 % interval", "relative", "95 % interval", "p"];
    let mut grid = Grid::headed(2, &heading);
    grid.rows.extend(told.iter().map(|told| {
        let (effect, anytime) = (told.effect, told.effect.anytime);
        vec![
            told.variant.to_owned(),
            told.measure.clone(),
            told.show(effect.absolute),
            told.range(anytime.ci_low, anytime.ci_high),
            effect.relative.map_or_else(none, percent),
            relative_range(anytime.relative_ci_low, anytime.relative_ci_high),
            p_value(anytime.p_value_corrected),
        ]
    }));
    grid
}

/// What holds at one planned look.
fn one_look(told: &[Told<'_>]) -> Grid {
    let heading = [
        "at one look",
        "measure",
        "95 % interval",
        "relative",
        "p",
        "better",
        "expected loss",
        "detectable",
    ];
    let mut grid = Grid::headed(2, &heading);
    grid.rows.extend(told.iter().map(|told| {
        let effect = told.effect;
        vec![
            told.variant.to_owned(),
            told.measure.clone(),
            told.range(effect.ci_low, effect.ci_high),
            relative_range(effect.relative_ci_low, effect.relative_ci_high),
            p_value(effect.p_value_corrected),
            format!("{:.1} %", effect.chance_to_win * 100.0),
            told.size(effect.expected_loss),
            told.size(effect.minimum_detectable),
        ]
    }));
    grid
}

fn relative_range(low: Option<f64>, high: Option<f64>) -> String {
    let both = low.zip(high);
    both.map_or_else(none, |(low, high)| format!("{} to {}", percent(low), percent(high)))
}

fn currencies(report: &Report) -> BTreeSet<&str> {
    report.arms.iter().flat_map(|arm| &arm.revenue_minor).map(|(code, _)| code.as_str()).collect()
}
