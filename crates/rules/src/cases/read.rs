//! The file of cases.
//!
//! What stands above the first `[[cases]]` is given in all cases; a case may give another value, or say that
//! an attribute is absent.

use toml::Spanned;
use toml::de::DeValue;

use super::given::{Given, Wanted};
use super::{Case, Expected};
use crate::Diagnostic;
use crate::cel::evaluate::evaluate;
use crate::cel::tree::{Expr, Kind};
use crate::cel::{self, Declared, Function, Question, Schema, Timestamp, Value, Vocabulary};
use crate::document::document;
use crate::key::{Key, Shape, Table, key};
use crate::limits::CASES_MAX;
use crate::nearest::nearest;
use crate::report::{Report, quoted};
use crate::section::{self, Section, entries, named, text, wrong_type};

const CASES: Key = key("cases", "[[cases]]").shape(Shape::Tables(&CASE, 1, CASES_MAX)).required();
const ANSWERS: Key =
    key("answers", "answers.'customer.count(\"Product Viewed\", duration(\"24h\"))' = 3");
const NAME: Key = key("name", "name = \"the cart is a cent short\"").required();
const EXPECT: Key = key("expect", "expect = true").required();
const ABSENT: Key = key("absent", "absent = [\"customer.last_order_at\"]");

static TOP: Table = Table::of(&[CASES, ANSWERS]);
static CASE: Table = Table::of(&[NAME, EXPECT, ABSENT, ANSWERS]);

/// How a rule without a value is expected.
const NO_VALUE: &str = "no value";

/// The time of a page view, from which all else is told.
const NOW: &str = "now";

/// What one file or case gives, before its questions are asked.
#[derive(Clone, Default)]
struct Written<'t> {
    given: Given,
    answers: Vec<Answer<'t>>,
}

/// An answer as it is written: its arguments may name attributes.
#[derive(Clone)]
struct Answer<'t> {
    name: Spanned<&'t str>,
    question: Question,
    arguments: Vec<Expr>,
    value: Value,
}

/// Reads a file of cases; `file` is its name in messages.
///
/// # Errors
/// All mistakes in the file, in the order of its lines; never an empty list.
pub fn read(
    file: &str,
    written: &str,
    vocabulary: &Vocabulary,
) -> Result<Vec<Case>, Vec<Diagnostic>> {
    let mut report = Report::new(file, written);
    let cases = document(&mut report, written).map(|document| {
        let top = Section::open("", document.get_ref(), 0..0, &TOP);
        let attributes = vec![None; vocabulary.schema.attributes.len()];
        let given = Given { attributes, ..Given::default() };
        let mut common = Written { given, answers: Vec::new() };
        common.read(&mut report, &top, vocabulary);
        let Some(value) = top.require(&mut report, CASES) else { return Vec::new() };
        let mut cases: Vec<Case> = Vec::new();
        for value in Section::list(&mut report, value, CASES, CASES_MAX) {
            cases.extend(case(&mut report, value, &common, vocabulary, &cases));
        }
        cases
    });
    match cases {
        Some(cases) if report.is_empty() => Ok(cases),
        _ => Err(report.into_diagnostics()),
    }
}

fn case<'t>(
    report: &mut Report,
    value: &'t section::Value<'t>,
    common: &Written<'t>,
    vocabulary: &Vocabulary,
    others: &[Case],
) -> Option<Case> {
    let DeValue::Table(table) = value.get_ref() else {
        wrong_type(report, value, CASES, "a table");
        return None;
    };
    let section = Section::open("[[cases]]", table, value.span(), &CASE);
    let name = section.require_text(report, NAME);
    if let Some(name) = &name
        && others.iter().any(|other| *other.name == **name.get_ref())
    {
        let message = format!("two cases are named {}", quoted(name.get_ref()));
        report.error(name.span(), message, "say in each name what is different");
    }
    let expected = section.require(report, EXPECT).and_then(|value| expected(report, value));
    let mut written = Written { given: common.given.clone(), answers: Vec::new() };
    written.read(report, &section, vocabulary);
    absent(report, &section, &vocabulary.schema, &mut written.given);
    let now = now(report, &section, &vocabulary.schema, &written.given)?;
    written.given.fill(&vocabulary.schema, now);
    let given = written.answered(report, common);
    let line = report.line(value.span().start);
    Some(Case { name: (*name?.get_ref()).into(), line, expected: expected?, given })
}

fn expected(report: &mut Report, value: &section::Value) -> Option<Expected> {
    match value.get_ref() {
        DeValue::Boolean(holds) => Some(Expected::Holds(*holds)),
        DeValue::String(text) if text == NO_VALUE => Some(Expected::NoValue),
        _ => {
            wrong_type(report, value, EXPECT, "true, false or \"no value\"");
            None
        }
    }
}

/// Takes away what a case says is absent.
fn absent(report: &mut Report, section: &Section, schema: &Schema, given: &mut Given) {
    let Some(value) = section.find(ABSENT) else { return };
    for value in Section::list(report, value, ABSENT, usize::MAX) {
        let Some(path) = text(report, value, ABSENT) else { continue };
        let Some((place, declared)) = find(&schema.attributes, path.get_ref()) else {
            unknown(report, &path, path.get_ref(), schema, &[]);
            continue;
        };
        if !declared.optional {
            let message = format!("no customer is without `{}`", declared.path);
            report.error(path.span(), message, "remove it; LANGUAGE.md tells what may be absent");
        }
        given.attributes[place] = None;
    }
}

fn now(
    report: &mut Report,
    section: &Section,
    schema: &Schema,
    given: &Given,
) -> Option<Timestamp> {
    let at = find(&schema.attributes, NOW).and_then(|(place, _)| given.attributes[place].clone());
    if let Some(Value::Timestamp(now)) = at {
        return Some(now);
    }
    let help = "write `now = 2026-12-04T19:30:00Z` at the top of the file, or in the case";
    report.error(section.span.clone(), "a case needs a time of the page view, `now`", help);
    None
}

/// A declared name, and its place.
fn find<'s>(names: &'s [Declared], path: &str) -> Option<(usize, &'s Declared)> {
    names.iter().enumerate().find(|(_, declared)| *declared.path == *path)
}

/// Tells that no attribute has this name, and no key of the file, of which `keys` may stand there.
fn unknown(report: &mut Report, key: &Spanned<&str>, path: &str, schema: &Schema, keys: &[&str]) {
    let names = schema.attributes.iter().map(|declared| &*declared.path);
    let names = names.chain(keys.iter().copied());
    let message = format!("unknown name {}", quoted(path));
    let help = if find(&schema.questions, path).is_some() {
        format!("write what it is asked with, too: `{}`", ANSWERS.example)
    } else if let Some(meant) = nearest(path, names) {
        format!("did you mean `{meant}`?")
    } else {
        "write a name that rules can use; LANGUAGE.md lists them".into()
    };
    report.error(key.span(), message, help);
}

// === impl Written ===

impl<'t> Written<'t> {
    fn read(&mut self, report: &mut Report, section: &Section<'t>, vocabulary: &Vocabulary) {
        for (key, value) in section.others() {
            let keys: Vec<&str> = section.known_names().collect();
            self.attribute(report, "", &key, value, &vocabulary.schema, &keys);
        }
        let Some(answers) = section.find(ANSWERS) else { return };
        for (name, value) in named(report, answers, ANSWERS, ANSWERS.example, usize::MAX) {
            let read = answer(report, name, value, vocabulary);
            self.answers.extend(read);
        }
    }

    /// Reads what is given under a key. `customer.cart.value` is a table of tables to TOML.
    fn attribute(
        &mut self,
        report: &mut Report,
        above: &str,
        key: &Spanned<&str>,
        value: &section::Value,
        schema: &Schema,
        keys: &[&str],
    ) {
        let dot = if above.is_empty() { "" } else { "." };
        let path = format!("{above}{dot}{}", key.get_ref());
        if let Some((place, declared)) = find(&schema.attributes, &path) {
            if let Some(value) = Wanted::of(&path, declared, schema).read(report, value) {
                self.given.attributes[place] = Some(value);
            }
            return;
        }
        let below = format!("{path}.");
        let first_below = schema.attributes.iter().find(|it| it.path.starts_with(&below));
        match (first_below, value.get_ref()) {
            (Some(_), DeValue::Table(table)) => {
                for (key, value) in entries(table) {
                    self.attribute(report, &path, &key, value, schema, &[]);
                }
            }
            (Some(below), _) => {
                let message = format!("`{path}` is no value of its own");
                report.error(key.span(), message, format!("name a part, such as `{}`", below.path));
            }
            (None, _) => unknown(report, key, &path, schema, keys),
        }
    }

    /// What is given, with the answers to questions asked of it; those of the case before the common
    /// ones. A common answer whose arguments this customer does not have cannot be asked for.
    fn answered(self, report: &mut Report, common: &Self) -> Given {
        let mut given = self.given;
        let mut answers = Vec::new();
        for (place, answer) in self.answers.iter().chain(&common.answers).enumerate() {
            let arguments = answer.arguments.iter().map(|it| evaluate(it, &given));
            match arguments.collect::<Result<Vec<Value>, _>>() {
                Ok(arguments) => answers.push((answer.question, arguments, answer.value.clone())),
                Err(_) if place >= self.answers.len() => {}
                Err(error) => {
                    let message = format!("what is asked with has no value: {error}");
                    let help = "give the attributes that it names, or write a constant";
                    report.error(answer.name.span(), message, help);
                }
            }
        }
        given.answers = answers;
        given
    }
}

/// Reads an answer: a question as a rule asks it, and what it gives.
fn answer<'t>(
    report: &mut Report,
    name: Spanned<&'t str>,
    value: &section::Value,
    vocabulary: &Vocabulary,
) -> Option<Answer<'t>> {
    let schema = &vocabulary.schema;
    let expr = match cel::check(name.get_ref(), vocabulary) {
        Ok(expr) => expr,
        Err(mistakes) => {
            for mistake in mistakes {
                report.error_within(&name, mistake.span, mistake.message, mistake.help);
            }
            return None;
        }
    };
    let Kind::Call(Function::Ask(question), arguments) = expr.kind else {
        let message = format!("{} is no question", quoted(name.get_ref()));
        report.error(name.span(), message, format!("write `{}`", ANSWERS.example));
        return None;
    };
    let declared = schema.questions.get(usize::from(question.0))?;
    let line = format!("'{}'", name.get_ref());
    let value = Wanted::of(&line, declared, schema).read(report, value)?;
    Some(Answer { name, question, arguments, value })
}
