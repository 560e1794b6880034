//! What the parts of a rule gave, as an indented tree for people.
//!
//! ```text
//! customer.cart.items >= 2 && customer.country == "DE"   false
//!   customer.cart.items >= 2                             true
//!     customer.cart.items                                3
//!   customer.country == "DE"                             no value: ...
//! ```

use std::ops::Range;

use model::{Currency, Money};
use rules::cel::evaluate::Traced;
use rules::cel::{EvalError, Value};

/// A longer part of a rule is cut.
const PART_CHARS_MAX: usize = 64;

/// A longer value is cut.
const VALUE_CHARS_MAX: usize = 80;

/// The parts of a rule that were evaluated, each with its value.
pub(in crate::cli::rules) fn tree(
    text: &str,
    traced: &[Traced],
    currency: Option<Currency>,
) -> String {
    let mut around: Vec<Range<usize>> = Vec::new();
    let mut rows = Vec::with_capacity(traced.len());
    for Traced { span, value } in traced {
        // The parts of a macro come once for each element, and none is within the one before.
        while around.last().is_some_and(|outer| outer == span || !contains(outer, span)) {
            around.pop();
        }
        let part = text.get(span.clone()).unwrap_or_default();
        let part = part.split_whitespace().collect::<Vec<&str>>().join(" ");
        let part = shortened(&part, PART_CHARS_MAX);
        rows.push((format!("{:indent$}{part}", "", indent = 2 * around.len()), value));
        around.push(span.clone());
    }
    let width = rows.iter().map(|(part, _)| part.chars().count()).max().unwrap_or(0);
    let row = |(part, value): &(String, &Result<Value, EvalError>)| {
        format!("{part:<width$}   {}\n", shown(value, currency))
    };
    rows.iter().map(row).collect()
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// A value for people: an amount with its currency, anything else as JSON.
pub(in crate::cli::rules) fn shown(
    value: &Result<Value, EvalError>,
    currency: Option<Currency>,
) -> String {
    match (value, currency) {
        (Ok(Value::Money(minor)), Some(currency)) => {
            Money::from_minor(*minor, currency).to_string()
        }
        (Ok(value), _) => match value.to_json() {
            Ok(json) => shortened(&json, VALUE_CHARS_MAX),
            Err(error) => format!("({error})"),
        },
        (Err(error), _) => format!("no value: {error}"),
    }
}

/// A text, cut when it is long.
fn shortened(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
