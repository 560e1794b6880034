//! Aligned columns of plain text, and how numbers are written in them.

use std::fmt::Write;

use model::Currency;

/// Rows of cells; the first is the heading.
pub(crate) struct Grid {
    pub(crate) rows: Vec<Vec<String>>,
    /// Columns from the left that hold words; all others hold numbers.
    pub(crate) text_columns: usize,
}

// === impl Grid ===

impl Grid {
    /// A grid with only its heading.
    pub(crate) fn headed(text_columns: usize, heading: &[&str]) -> Self {
        let heading = heading.iter().map(|&name| name.to_owned()).collect();
        Self { rows: vec![heading], text_columns }
    }

    /// Whether there is nothing below the heading.
    pub(crate) fn is_bare(&self) -> bool {
        self.rows.len() < 2
    }

    /// The lines, each with a line feed.
    pub(crate) fn render(&self) -> String {
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

/// Where there is nothing to write.
pub(crate) fn none() -> String {
    "-".to_owned()
}

/// A difference of proportions in percentage points, with its sign.
pub(crate) fn points(fraction: f64) -> String {
    without_sign_of_zero(format!("{:+.2}", fraction * 100.0))
}

/// A fraction in per cent, with its sign.
pub(crate) fn percent(fraction: f64) -> String {
    without_sign_of_zero(format!("{:+.1} %", fraction * 100.0))
}

/// A p-value with three digits, as far as they tell something.
pub(crate) fn p_value(p_value: f64) -> String {
    if p_value < 0.001 { "< 0.001".to_owned() } else { format!("{p_value:.3}") }
}

/// How often chance would do something of this probability.
pub(crate) fn how_often(p_value: f64) -> String {
    if p_value < 0.001 {
        return "less than once in 1000 times".to_owned();
    }
    format!("about once in {:.0} times", 1.0 / p_value)
}

/// A sum of minor units in whole units, exactly.
pub(crate) fn whole(minor: i128, code: &str) -> String {
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
pub(crate) fn amount(minor: f64, code: &str) -> String {
    let exponent = exponent(code);
    let digits = usize::try_from(exponent).unwrap_or(0);
    without_sign_of_zero(format!("{:.digits$}", minor / f64::from(10_u32.pow(exponent))))
}

/// Thousandths as a decimal, exactly, with no more digits than it needs.
pub(crate) fn thousandths(milli: i128) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    let size = milli.unsigned_abs();
    let decimals = format!(".{:03}", size % 1_000);
    format!("{sign}{}{}", size / 1_000, decimals.trim_end_matches('0').trim_end_matches('.'))
}

/// A number with at least four digits that tell something, and no more than four behind the point.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if (0.1..1e9).contains(&size) => format!("{value:.4}"),
        _ => format!("{value:.3e}"),
    }
}

/// A number that already is text, with its sign.
pub(crate) fn signed(amount: &str) -> String {
    let has_none = is_zero(amount) || amount.starts_with('-');
    if has_none { amount.to_owned() } else { format!("+{amount}") }
}

/// What is rounded to nothing has no direction.
fn without_sign_of_zero(amount: String) -> String {
    if is_zero(&amount) { unsigned(&amount).to_owned() } else { amount }
}

fn is_zero(amount: &str) -> bool {
    !amount.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// The same without its sign: a size, where words tell the direction.
pub(crate) fn unsigned(amount: &str) -> &str {
    amount.trim_start_matches(['+', '-'])
}

fn exponent(code: &str) -> u32 {
    Currency::parse(code).map_or(2, |currency| currency.exponent())
}

#[cfg(test)]
mod tests;
