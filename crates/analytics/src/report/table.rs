//! A report as plain text for a terminal.

use std::collections::BTreeSet;
use std::fmt::Write;

use model::Currency;

use super::verdict::points;
use super::{Comparison, Report};

/// Rows of cells; the first is the heading.
struct Grid {
    rows: Vec<Vec<String>>,
    /// Columns from the left that hold words; all others hold numbers.
    text_columns: usize,
}

/// The whole report.
pub(super) fn render(report: &Report) -> String {
    let mut text = match &report.control {
        Some(control) => format!("Campaign {}, control arm {control}\n\n", report.campaign),
        None => format!("Campaign {}\n\n", report.campaign),
    };
    text.push_str(&arms(report).render());
    if report.control.is_none() {
        text.push_str(
            "\nThe campaign is in no plan any more, so it is not known which arm is the control, and \
             nothing is compared.\n",
        );
    }
    if report.effects.is_empty() {
        return text;
    }
    let effects = effects(report);
    if effects.rows.len() > 1 {
        text.push('\n');
        text.push_str(&effects.render());
    }
    for effect in &report.effects {
        text.push('\n');
        text.push_str(&effect.verdict);
        text.push('\n');
    }
    text.push_str(
        "\nIntervals and p are right for one look at a time that was fixed beforehand. Whoever looks \
         until they please finds differences that are not there.\n",
    );
    text
}

fn arms(report: &Report) -> Grid {
    let currencies = currencies(report);
    let mut heading: Vec<String> =
        ["arm", "customers", "converted", "rate", "shows", "withheld", "orders"]
            .map(str::to_owned)
            .into();
    for code in &currencies {
        heading.push(format!("revenue {code}"));
        heading.push("per customer".to_owned());
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
        for code in &currencies {
            row.push(arm.revenue_minor.get(*code).map_or_else(none, |&sum| whole(sum, code)));
            let mean = arm.revenue_per_customer_minor.get(*code);
            row.push(mean.map_or_else(none, |&mean| amount(mean, code)));
        }
        rows.push(row);
    }
    Grid { rows, text_columns: 1 }
}

/// The effects that can be told; where one cannot, the verdict says why.
fn effects(report: &Report) -> Grid {
    let heading = ["against control", "measure", "difference", "relative", "95 % interval", "p"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for effect in &report.effects {
        let percent = |fraction: f64| format!("{} pt", points(fraction));
        rows.extend(row(&effect.variant, "conversion rate", &effect.conversion_rate, percent));
        for (code, comparison) in &effect.revenue_per_customer_minor {
            let money = |minor: f64| signed(&amount(minor, code));
            let measure = format!("{code} per customer");
            rows.extend(row(&effect.variant, &measure, comparison, money));
        }
    }
    Grid { rows, text_columns: 2 }
}

fn row(
    variant: &str,
    measure: &str,
    comparison: &Comparison,
    show: impl Fn(f64) -> String,
) -> Option<Vec<String>> {
    let Comparison::Estimate(effect) = comparison else {
        return None;
    };
    let relative = effect.relative.map(|relative| format!("{:+.1} %", relative * 100.0));
    let p_value = match effect.p_value {
        p_value if p_value < 0.001 => "< 0.001".to_owned(),
        p_value => format!("{p_value:.3}"),
    };
    Some(vec![
        variant.to_owned(),
        measure.to_owned(),
        show(effect.absolute),
        relative.unwrap_or_else(none),
        format!("{} to {}", show(effect.ci_low), show(effect.ci_high)),
        p_value,
    ])
}

fn currencies(report: &Report) -> BTreeSet<&str> {
    report.arms.iter().flat_map(|arm| &arm.revenue_minor).map(|(code, _)| code.as_str()).collect()
}

fn none() -> String {
    "-".to_owned()
}

fn exponent(code: &str) -> u32 {
    Currency::parse(code).map_or(2, |currency| currency.exponent())
}

/// A sum of minor units in whole units, exactly.
fn whole(minor: i128, code: &str) -> String {
    let exponent = exponent(code);
    let unit = 10_u128.pow(exponent);
    let sign = if minor < 0 { "-" } else { "" };
    let size = minor.unsigned_abs();
    if exponent == 0 {
        return format!("{sign}{size}");
    }
    let width = usize::try_from(exponent).unwrap_or(0);
    format!("{sign}{}.{:0width$}", size / unit, size % unit)
}

/// A mean of minor units in whole units, with as many digits as the currency has.
fn amount(minor: f64, code: &str) -> String {
    let exponent = exponent(code);
    let digits = usize::try_from(exponent).unwrap_or(0);
    format!("{:.digits$}", minor / f64::from(10_u32.pow(exponent)))
}

fn signed(amount: &str) -> String {
    if amount.starts_with('-') { amount.to_owned() } else { format!("+{amount}") }
}

// === impl Grid ===

impl Grid {
    fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let gap = if column == 0 { "" } else { "  " };
                let outcome = if column < self.text_columns {
                    write!(line, "{gap}{cell:<width$}")
                } else {
                    write!(line, "{gap}{cell:>width$}")
                };
                outcome.expect("a string takes all text");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
