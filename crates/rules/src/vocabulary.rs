//! What the rules of a tenant can use, from two files beside the campaigns.
//!
//! Both are optional. Without `traits.toml` rules take traits as they come, without a type; without
//! `segments.toml` there are none. A mistake in the one does not hide those in the other.

mod segments;
mod traits;

use model::Currency;

use crate::Diagnostic;
use crate::cel::{Schema, Vocabulary};

pub use segments::segments_schema;
pub use traits::traits_schema;

/// Reads what rules can use from `traits.toml` and `segments.toml`, each as its name in messages and its
/// text.
///
/// # Errors
/// All mistakes in both files; never an empty list.
pub fn vocabulary(
    currency: Currency,
    traits: Option<(&str, &str)>,
    segments: Option<(&str, &str)>,
) -> Result<Vocabulary, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let mut or_tell = |mut found: Vec<Diagnostic>| mistakes.append(&mut found);
    let traits = traits.map(|(file, text)| traits::read(file, text));
    // Of traits that are not known, segments are not told that they use unknown ones.
    let traits = traits.transpose().map_err(&mut or_tell).ok().flatten().unwrap_or_default();
    let schema = Schema::shop(currency, &traits);
    let segments = segments.map(|(file, text)| segments::read(file, text, &schema));
    let segments = segments.transpose().map_err(or_tell).ok().flatten().unwrap_or_default();
    if mistakes.is_empty() { Ok(Vocabulary { schema, segments }) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests;
