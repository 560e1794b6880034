//! How keys are read from a table of the file.
//!
//! A [`Section`] is one table together with its heading and the keys it may have; a [`Key`] has an
//! example of its line, which every complaint about it ends with. Reading returns `None` after a
//! complaint as well as for an absent key, so that the other keys are still looked at; the campaign is built only
//! when there was no complaint at all.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::key::{Key, Shape, Table};
use crate::nearest::nearest;
use crate::report::{Report, quoted};

/// A value with its place in the file.
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// A table of the file.
pub(crate) struct Section<'t> {
    /// As in the file, such as `[when]`; empty for the keys above all headings.
    heading: String,
    pub(crate) table: &'t DeTable<'t>,
    /// Where the heading is.
    pub(crate) span: Range<usize>,
    known: &'static [Key],
}

/// Keys above all headings that no other section has.
const PLAIN_AT_TOP: [&str; 6] =
    ["placement", "priority", "pages", "group", "stacks", "default_locale"];

/// Complains that a value is of another type.
pub(crate) fn wrong_type(report: &mut Report, value: &Value, key: Key, wanted: &str) {
    let message = format!("`{}` must be {wanted}, not {}", key.name, type_of(value));
    report.error(value.span(), message, format!("write `{}`", key.example));
}

/// The type of a value, in the words of messages.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

// === impl Section ===

impl<'t> Section<'t> {
    /// Takes the whole file as a section without a heading, and complains about unknown keys.
    pub(crate) fn top(report: &mut Report, table: &'t DeTable<'t>, known: &Table) -> Self {
        let top = Self { heading: String::new(), table, span: 0..0, known: known.keys };
        top.check_keys(report);
        top
    }

    /// Takes a value as the table of a key, and complains about unknown keys in it.
    pub(crate) fn new(
        report: &mut Report,
        heading: impl Into<String>,
        key: Key,
        value: &'t Value<'t>,
    ) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            wrong_type(report, value, key, "a table");
            return None;
        };
        let known = key.keys();
        let section = Self { heading: heading.into(), table, span: value.span(), known };
        section.check_keys(report);
        Some(section)
    }

    /// Takes a table that has further keys than those of `known`, which the caller reads.
    pub(crate) fn open(
        heading: impl Into<String>,
        table: &'t DeTable<'t>,
        span: Range<usize>,
        known: &Table,
    ) -> Self {
        Self { heading: heading.into(), table, span, known: known.keys }
    }

    /// The names of the keys that are known.
    pub(crate) fn known_names(&self) -> impl Iterator<Item = &'static str> {
        self.known.iter().map(|key| key.name)
    }

    /// The names and values of the keys that are not known, in the order in which they are written.
    pub(crate) fn others(&self) -> Vec<(Spanned<&'t str>, &'t Value<'t>)> {
        let is_known = |name: &str| self.known.iter().any(|key| key.name == name);
        let mut others = entries(self.table);
        others.retain(|(name, _)| !is_known(name.get_ref()));
        others
    }

    fn check_keys(&self, report: &mut Report) {
        for (name, _) in self.others() {
            let word = *name.get_ref();
            let place = if self.heading.is_empty() { "" } else { " in " };
            let message = format!("unknown key {}{place}{}", ticked(word), self.heading);
            // A common mistake: a heading only ends at the next.
            let help = if !self.heading.is_empty() && PLAIN_AT_TOP.contains(&word) {
                format!("move `{word}` to the top of the file, above the first [heading]")
            } else if let Some(meant) = self.meant_by(word) {
                format!("did you mean `{meant}`?")
            } else if let [Key { shape: Shape::Named(..), example, .. }] = self.known {
                format!("write it below {example}")
            } else {
                let names: Vec<&str> = self.known_names().collect();
                format!("remove it; the keys here are {}", names.join(", "))
            };
            report.error(name.span(), message, help);
        }
    }

    /// The known key that an unknown one was probably meant to be.
    fn meant_by(&self, word: &str) -> Option<&'static str> {
        if self.known_names().any(|name| name == word) {
            return None;
        }
        nearest(word, self.known_names())
    }

    /// Whether there is an unknown key that was probably meant to be this one. It has been told, and the
    /// absence of the key is no further mistake.
    pub(crate) fn is_mistyped(&self, key: Key) -> bool {
        self.table.keys().any(|word| self.meant_by(word.get_ref()) == Some(key.name))
    }

    /// The value of a key, if it is there.
    pub(crate) fn find(&self, key: Key) -> Option<&'t Value<'t>> {
        self.table.get(key.name)
    }

    /// The value of a key; its absence is a mistake, unless it was only mistyped.
    pub(crate) fn require(&self, report: &mut Report, key: Key) -> Option<&'t Value<'t>> {
        let found = self.find(key);
        if found.is_none() && !self.is_mistyped(key) {
            let place = match self.heading.as_str() {
                "" => "at the top of the file".into(),
                heading => format!("in {heading}"),
            };
            let message = format!("missing key `{}` {place}", key.name);
            report.error(self.span.clone(), message, format!("add `{}`", key.example));
        }
        found
    }

    /// A text, if the key is there; an empty one is a mistake.
    pub(crate) fn text(&self, report: &mut Report, key: Key) -> Option<Spanned<&'t str>> {
        text(report, self.find(key)?, key)
    }

    /// A text; its absence is a mistake.
    pub(crate) fn require_text(&self, report: &mut Report, key: Key) -> Option<Spanned<&'t str>> {
        let value = self.require(report, key)?;
        text(report, value, key)
    }

    /// The elements of a list, at most `count_max`; an empty list is a mistake.
    pub(crate) fn list(
        report: &mut Report,
        value: &'t Value<'t>,
        key: Key,
        count_max: usize,
    ) -> &'t [Value<'t>] {
        let DeValue::Array(array) = value.get_ref() else {
            wrong_type(report, value, key, "a list");
            return &[];
        };
        if array.is_empty() {
            let message = format!("`{}` is an empty list", key.name);
            report.error(
                value.span(),
                message,
                format!("write `{}`, or leave it out", key.example),
            );
        }
        if let Some(first_beyond) = array.get(count_max) {
            let message = format!("more than {count_max} entries in `{}`", key.name);
            report.error(first_beyond.span(), message, "keep the most important ones");
        }
        &array.as_ref()[..array.len().min(count_max)]
    }
}

/// The values of a table whose names are free, in the order in which they are written, at most
/// `count_max`; an empty table is a mistake. `example` is a line of the table.
pub(crate) fn named<'t>(
    report: &mut Report,
    value: &'t Value<'t>,
    key: Key,
    example: &str,
    count_max: usize,
) -> Vec<(Spanned<&'t str>, &'t Value<'t>)> {
    let DeValue::Table(table) = value.get_ref() else {
        wrong_type(report, value, key, "a table");
        return Vec::new();
    };
    let mut entries = entries(table);
    if entries.is_empty() {
        let message = format!("`{}` is empty", key.name);
        report.error(value.span(), message, format!("add `{example}`"));
    }
    if let Some((beyond, _)) = entries.get(count_max) {
        let message = format!("more than {count_max} entries in `{}`", key.name);
        report.error(beyond.span(), message, "keep the most important ones");
        entries.truncate(count_max);
    }
    entries
}

/// The names and values of a table, in the order in which they are written.
pub(crate) fn entries<'t>(table: &'t DeTable<'t>) -> Vec<(Spanned<&'t str>, &'t Value<'t>)> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(name, value)| (Spanned::new(name.span(), name.get_ref().as_ref()), value))
        .collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// Takes a value as a text that is not blank.
pub(crate) fn text<'t>(
    report: &mut Report,
    value: &'t Value<'t>,
    key: Key,
) -> Option<Spanned<&'t str>> {
    text_named(report, key.name, value, key.example)
}

/// Takes the value of a name as a text that is not blank; `example` is a line that is right.
pub(crate) fn text_named<'t>(
    report: &mut Report,
    name: &str,
    value: &'t Value<'t>,
    example: &str,
) -> Option<Spanned<&'t str>> {
    let message = match value.get_ref() {
        DeValue::String(text) if text.trim().is_empty() => format!("`{name}` is empty"),
        DeValue::String(text) => return Some(Spanned::new(value.span(), text.as_ref())),
        _ => format!("`{name}` must be text in quotes, not {}", type_of(value)),
    };
    report.error(value.span(), message, format!("write `{example}`"));
    None
}

/// Takes a value as a whole number within the range of its key.
pub(crate) fn integer(report: &mut Report, value: &Value, key: Key) -> Option<i64> {
    let DeValue::Integer(integer) = value.get_ref() else {
        wrong_type(report, value, key, "a whole number");
        return None;
    };
    let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
    let (least, most) = key.range();
    let found = number.filter(|number| (least..=most).contains(number));
    if found.is_none() {
        let message = format!("`{}` must be {least} to {most}", key.name);
        report.error(value.span(), message, format!("write `{}`", key.example));
    }
    found
}

/// Takes a value as true or false.
pub(crate) fn boolean(report: &mut Report, value: &Value, key: Key) -> Option<bool> {
    let DeValue::Boolean(boolean) = value.get_ref() else {
        wrong_type(report, value, key, "true or false, without quotes");
        return None;
    };
    Some(*boolean)
}

/// Takes a text as a name: `parse` is the `parse` of a [`model`] key.
pub(crate) fn name<T, E>(
    report: &mut Report,
    text: &Spanned<&str>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<T> {
    let written = *text.get_ref();
    if let Ok(name) = parse(written) {
        return Some(name);
    }
    let plain: String = written
        .chars()
        .map(
            |letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' },
        )
        .collect();
    let plain: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let rule = format!(
        "write 1 to {} of a-z, 0-9, - and _, beginning with a letter or digit",
        model::limits::KEY_BYTES_MAX
    );
    let help = match plain.join("-") {
        slug if parse(&slug).is_ok() => format!("{rule}, such as \"{slug}\""),
        _ => rule,
    };
    report.error(text.span(), format!("{} is not a valid name", quoted(written)), help);
    None
}

/// A word of the file between backticks, or in quotes when it is strange or long.
fn ticked(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if word.len() <= 40 && !word.is_empty() && word.chars().all(is_plain) {
        return format!("`{word}`");
    }
    quoted(word)
}
