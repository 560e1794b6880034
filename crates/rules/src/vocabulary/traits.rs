//! The traits that a tenant declares.

use model::limits::TRAIT_BYTES_MAX;
use toml::Spanned;

use crate::Diagnostic;
use crate::cel::{DeclaredTrait, TraitType};
use crate::document::document;
use crate::key::{Key, Shape, Table, key};
use crate::limits::TRAITS_MAX;
use crate::nearest::nearest;
use crate::report::{Report, quoted};
use crate::schema::schema;
use crate::section::{Section, Value, named, text_named};

const TRAITS: Key = key("traits", "[traits]")
    .required()
    .shape(Shape::Named(NAME, &Shape::Choice(&TYPE_NAMES), TRAITS_MAX))
    .about("What the shop tells of its customers, by name, with its type.");

static TOP: Table = Table::of(&[TRAITS]);

/// What the name of a trait looks like: what may stand behind a dot in a rule.
const NAME: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

/// The words for the types.
const TYPE_NAMES: [&str; TYPES.len()] = ["string", "number", "bool"];
const TYPES: [TraitType; 3] = [TraitType::Text, TraitType::Number, TraitType::Flag];

/// Reads `traits.toml`.
pub(super) fn read(file: &str, written: &str) -> Result<Vec<DeclaredTrait>, Vec<Diagnostic>> {
    let mut report = Report::new(file, written);
    let traits = document(&mut report, written).map(|document| {
        let top = Section::top(&mut report, document.get_ref(), &TOP);
        let Some(value) = top.require(&mut report, TRAITS) else { return Vec::new() };
        let entries = named(&mut report, value, TRAITS, "vip = \"bool\"", TRAITS_MAX).into_iter();
        entries.filter_map(|(name, value)| declared(&mut report, &name, value)).collect()
    });
    match traits {
        Some(traits) if report.is_empty() => Ok(traits),
        _ => Err(report.into_diagnostics()),
    }
}

/// The JSON Schema of `traits.toml`, draft 2020-12. It refuses nothing that [`super::vocabulary()`] takes.
pub fn traits_schema() -> String {
    schema("Traits", "The traits of a shop's customers: rules/README.md is the reference.", &TOP)
}

fn declared(report: &mut Report, name: &Spanned<&str>, value: &Value) -> Option<DeclaredTrait> {
    let is_name = name_of_trait(report, name);
    let example = format!("{} = \"bool\"", name.get_ref());
    let written = text_named(report, name.get_ref(), value, &example)?;
    let place = TYPE_NAMES.iter().position(|known| known == written.get_ref());
    if place.is_none() {
        let help = match nearest(written.get_ref(), TYPE_NAMES) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("write one of {}", TYPE_NAMES.map(|it| format!("{it:?}")).join(", ")),
        };
        let message = format!("unknown type of a trait {}", quoted(written.get_ref()));
        report.error(written.span(), message, help);
    }
    let ty = TYPES[place?];
    is_name.then(|| DeclaredTrait { name: (*name.get_ref()).into(), ty })
}

/// Whether a rule can write this name behind `customer.traits.`.
fn name_of_trait(report: &mut Report, name: &Spanned<&str>) -> bool {
    /// Words that are no names anywhere in a rule.
    const WORDS: [&str; 4] = ["in", "true", "false", "null"];
    let written = *name.get_ref();
    let begins_well =
        written.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let goes_on_well = written.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if begins_well && goes_on_well && written.len() <= TRAIT_BYTES_MAX && !WORDS.contains(&written)
    {
        return true;
    }
    let message = format!("rules cannot name a trait {}", quoted(written));
    let help =
        "let the shop send it under a name of letters, digits and _, such as \"loyalty_points\"";
    report.error(name.span(), message, help);
    false
}
