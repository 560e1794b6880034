//! The words of an offer, by language.

use model::Texts;
use toml::Spanned;
use toml::de::DeValue;

use super::DEFAULT_LOCALE;
use super::offers::{LINK, TEXT};
use crate::key::{Key, Shape, Table, key};
use crate::limits::{
    ACTION_BYTES_MAX, BODY_BYTES_MAX, LOCALE_BYTES_MAX, LOCALES_MAX, PLACEHOLDER_BYTES_MAX,
    TITLE_BYTES_MAX,
};
use crate::report::{Report, quoted};
use crate::section::{Section, wrong_type};

const TITLE: Key = key("title", "title = \"20 % off your cart\"")
    .required()
    .shape(Shape::Pattern(WORDS, TITLE_BYTES_MAX))
    .about("The heading.");
const BODY: Key = key("body", "body = \"Only today.\"")
    .shape(Shape::Pattern(WORDS, BODY_BYTES_MAX))
    .about("The text below.");
const ACTION: Key = key("action", "action = \"To the cart\"")
    .shape(Shape::Pattern(WORDS, ACTION_BYTES_MAX))
    .about("What is written on the button.");

static TABLE: Table = Table::of(&[TITLE, BODY, ACTION]);

/// What the texts of one language look like.
pub(super) const SHAPE: Shape = Shape::Table(&TABLE);

/// What a language tag looks like.
pub(super) const LOCALE: &str = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$";

/// What words look like: braces only around the names of values.
const WORDS: &str = "^([^{}]|\\{[A-Za-z0-9_-]{1,64}\\})+$";

const _: () = assert!(PLACEHOLDER_BYTES_MAX == 64, "as in the pattern above");

/// Reads `default_locale`.
pub(super) fn default_locale(report: &mut Report, top: &Section) -> Option<Spanned<Box<str>>> {
    let text = top.text(report, DEFAULT_LOCALE)?;
    let tag = locale(report, &text)?;
    Some(Spanned::new(text.span(), tag))
}

/// Reads all `[offers.text.LOCALE]` of an offer in the order written, but the default first.
pub(super) fn read(
    report: &mut Report,
    offer: &Section,
    default_locale: Option<&Spanned<Box<str>>>,
) -> Option<Vec<(Box<str>, Texts)>> {
    let value = offer.require(report, TEXT)?;
    let DeValue::Table(table) = value.get_ref() else {
        wrong_type(report, value, TEXT, "a table");
        return None;
    };
    let mut languages: Vec<_> = table.iter().collect();
    languages.sort_by_key(|(name, _)| name.span().start);
    if languages.is_empty() {
        let help = format!("add `{}`", TEXT.example);
        report.error(value.span(), "an offer needs texts in at least one language", help);
    }
    if let Some((beyond, _)) = languages.get(LOCALES_MAX) {
        let message = format!("more than {LOCALES_MAX} languages");
        report.error(beyond.span(), message, "keep those of the shop's customers");
    }
    let has_link = offer.find(LINK).is_some();
    let mut texts: Vec<(Box<str>, Texts)> = Vec::new();
    for (name, value) in languages.into_iter().take(LOCALES_MAX) {
        let name = Spanned::new(name.span(), name.get_ref().as_ref());
        let Some(tag) = locale(report, &name) else { continue };
        if texts.iter().any(|(known, _)| *known == tag) {
            let message = format!("two languages are {}", quoted(&tag));
            report.error(name.span(), message, "remove one; upper and lower case are the same");
        }
        let heading = format!("[offers.text.{tag}]");
        let Some(section) = Section::new(report, heading, TEXT, value) else { continue };
        texts.push((tag, words(report, &section, has_link)));
    }
    if let Some(default) = default_locale {
        match texts.iter().position(|(tag, _)| tag == default.get_ref()) {
            Some(place) => texts[..=place].rotate_right(1),
            None if texts.is_empty() => (),
            None => {
                let message = format!("no texts in the default language {:?}", default.get_ref());
                let help = format!("add [offers.text.{}]", default.get_ref());
                report.error(value.span(), message, help);
            }
        }
    }
    Some(texts)
}

fn words(report: &mut Report, section: &Section, has_link: bool) -> Texts {
    let title = section.require_text(report, TITLE);
    let body = section.text(report, BODY);
    let action = if has_link {
        // A link without a button could not be followed.
        section.require_text(report, ACTION)
    } else {
        section.text(report, ACTION)
    };
    let mut checked = |text: Option<Spanned<&str>>, key: Key, bytes_max: usize| -> Box<str> {
        let Some(text) = text else { return "".into() };
        check_text(report, &text, key, bytes_max);
        (*text.get_ref()).into()
    };
    Texts {
        title: checked(title, TITLE, TITLE_BYTES_MAX),
        body: checked(body, BODY, BODY_BYTES_MAX),
        action: checked(action, ACTION, ACTION_BYTES_MAX),
    }
}

fn check_text(report: &mut Report, text: &Spanned<&str>, key: Key, bytes_max: usize) {
    let written = *text.get_ref();
    if written.len() > bytes_max {
        let message = format!("`{}` has more than {bytes_max} bytes", key.name);
        report.error(text.span(), message, "write a shorter text");
    }
    if written.chars().any(|letter| letter.is_control() && letter != '\n') {
        let message = format!("`{}` has a control character", key.name);
        report.error(text.span(), message, "write plain text");
    }
    if let Some(part) = bad_placeholder(written) {
        let message = format!("{} is not a value to fill in", quoted(part));
        let help = "write a name of letters, digits, - and _ in braces, such as {minutes}";
        report.error(text.span(), message, help);
    }
}

/// The first brace in a text that does not belong to a `{name}`.
fn bad_placeholder(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(begin) = rest.find(['{', '}']) {
        let from_brace = &rest[begin..];
        let Some(end) = from_brace.strip_prefix('{').and_then(|inner| inner.find('}')) else {
            return Some(from_brace);
        };
        let (placeholder, after) = from_brace.split_at(end + 2);
        let name = &from_brace[1..=end];
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || name.len() > PLACEHOLDER_BYTES_MAX || !name.bytes().all(is_allowed) {
            return Some(placeholder);
        }
        rest = after;
    }
    None
}

/// Reads a language tag such as `de` or `de-AT` (the shape of BCP 47), in lower case.
fn locale(report: &mut Report, text: &Spanned<&str>) -> Option<Box<str>> {
    let written = *text.get_ref();
    let mut parts = written.split('-');
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_language =
        parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && letters(part));
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if !is_language || !parts.all(is_subtag) || written.len() > LOCALE_BYTES_MAX {
        let message = format!("{} is not a language tag", quoted(written));
        report.error(text.span(), message, "write one such as de, en or de-AT");
        return None;
    }
    Some(written.to_ascii_lowercase().into())
}
