//! What is given of a case, as values of the types that the schema declares.

use model::Currency;
use toml::Spanned;
use toml::de::DeValue;

use crate::amount::amount;
use crate::cel::{
    Attribute, Declared, EvalError, Function, Map, Question, Schema, Source, Timestamp, Type, Value,
};
use crate::report::{Report, quoted};
use crate::section::{self, entries, type_of};

/// The attributes and answers of a case.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// The values of attributes, by [`Attribute`]; `None` of one that is absent.
    pub(super) attributes: Vec<Option<Value>>,
    /// Answers to questions with these arguments.
    pub(super) answers: Vec<(Question, Vec<Value>, Value)>,
    /// The answers to all other questions, by [`Question`].
    pub(super) otherwise: Vec<Value>,
}

/// What the value of an attribute or an answer is to be.
pub(super) struct Wanted<'s> {
    /// As it is named in the file.
    name: &'s str,
    /// The type of the value that is read now: that of the whole, or of its elements.
    ty: &'s Type,
    whole: &'s Type,
    currency: Option<Currency>,
}

// === impl Given ===

impl Given {
    /// Gives each attribute that nobody may be without, and that is not given, what stands for little.
    pub(super) fn fill(&mut self, schema: &Schema, now: Timestamp) {
        for (value, declared) in self.attributes.iter_mut().zip(&schema.attributes) {
            if value.is_none() && !declared.optional {
                *value = little(&declared.ty, now);
            }
        }
        let questions = schema.questions.iter();
        self.otherwise = questions.map(|it| little(&it.ty, now).unwrap_or(Value::Null)).collect();
    }
}

impl Source for Given {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        Ok(self.attributes.get(usize::from(attribute.0)).cloned().flatten())
    }

    fn ask(&self, question: Question, arguments: &[Value]) -> Result<Value, EvalError> {
        let mut answers = self.answers.iter();
        let given = answers.find(|(of, with, _)| *of == question && with == arguments);
        let otherwise = self.otherwise.get(usize::from(question.0));
        let answer = given.map(|(_, _, answer)| answer).or(otherwise);
        Ok(answer.cloned().unwrap_or(Value::Null))
    }
}

/// What stands for a value that is not given; `None` when a type has nothing of the kind.
fn little(ty: &Type, now: Timestamp) -> Option<Value> {
    Some(match ty {
        Type::Bool => Value::Bool(false),
        Type::Int => Value::Int(0),
        Type::Uint => Value::Uint(0),
        Type::Double => Value::Double(0.0),
        Type::Money => Value::Money(0),
        Type::String => Value::text(""),
        Type::Timestamp => Value::Timestamp(now),
        Type::Duration => Function::ToDuration.apply(&[Value::text("0s")]).ok()?,
        Type::List(_) => Value::list(Vec::new()),
        Type::Map(..) => Value::Map(Map::new(Vec::new()).ok()?.into()),
        Type::Dyn | Type::Null | Type::Bytes | Type::Type => return None,
    })
}

// === impl Wanted ===

impl<'s> Wanted<'s> {
    /// The value of what is declared, and `name` in the file.
    pub(super) fn of(name: &'s str, declared: &'s Declared, schema: &Schema) -> Self {
        Self { name, ty: &declared.ty, whole: &declared.ty, currency: schema.currency }
    }

    /// Reads a value of this type, or tells what it must be.
    pub(super) fn read(&self, report: &mut Report, value: &section::Value) -> Option<Value> {
        let found = value.get_ref();
        match (self.ty, found) {
            (Type::Bool | Type::Dyn, DeValue::Boolean(boolean)) => Some(Value::Bool(*boolean)),
            (Type::String | Type::Dyn, DeValue::String(text)) => Some(Value::text(text)),
            (Type::Int, DeValue::Integer(number)) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                self.or_tell(report, value, number.map(Value::Int))
            }
            // The numbers that shops tell are decimal, and so they are in rules.
            (Type::Double | Type::Dyn, DeValue::Integer(number)) => {
                let is_decimal = number.radix() == 10;
                let number = is_decimal.then(|| number.as_str().parse().ok()).flatten();
                self.or_tell(report, value, number.map(Value::Double))
            }
            (Type::Double | Type::Dyn, DeValue::Float(number)) => {
                let number = number.as_str().parse().ok();
                self.or_tell(report, value, number.map(Value::Double))
            }
            (Type::Money, DeValue::String(text)) => {
                let text = Spanned::new(value.span(), text.as_ref());
                let line = self.example();
                let money = amount(report, &text, self.currency?, &line)?;
                Some(Value::Money(money.minor))
            }
            (Type::Duration, DeValue::String(text)) => {
                let duration = Function::ToDuration.apply(&[Value::text(text)]).ok();
                self.or_tell(report, value, duration)
            }
            (Type::Timestamp, DeValue::Datetime(written)) => {
                let mut whole = *written;
                whole.time = whole.time.map(|mut time| {
                    time.second = time.second.or(Some(0));
                    time
                });
                let time = Timestamp::parse(&whole.to_string()).ok();
                self.or_tell(report, value, time.map(Value::Timestamp))
            }
            (Type::List(of), DeValue::Array(values)) => {
                let one = Self { ty: of, ..*self };
                let values = values.iter().map(|value| one.read(report, value));
                // All are read, so that all mistakes are told.
                let values: Vec<Option<Value>> = values.collect();
                values.into_iter().collect::<Option<Vec<Value>>>().map(Value::list)
            }
            (Type::Map(_, of), DeValue::Table(table)) => {
                let one = Self { ty: of, ..*self };
                let read = entries(table).into_iter().map(|(name, value)| {
                    Some((Value::text(name.get_ref()), one.read(report, value)?))
                });
                let read: Vec<Option<(Value, Value)>> = read.collect();
                let map = Map::new(read.into_iter().collect::<Option<_>>()?).ok()?;
                Some(Value::Map(map.into()))
            }
            _ => self.or_tell(report, value, None),
        }
    }

    /// Tells what the value must be, when it is not that.
    fn or_tell(
        &self,
        report: &mut Report,
        value: &section::Value,
        read: Option<Value>,
    ) -> Option<Value> {
        if read.is_none() {
            let name = self.name;
            let message = match (self.ty, value.get_ref()) {
                (Type::Duration, DeValue::String(text)) => {
                    format!("{} is not a duration", quoted(text))
                }
                (Type::Int, DeValue::Integer(_)) => format!("`{name}` does not fit 64 bits"),
                (Type::Timestamp, DeValue::Datetime(_)) => {
                    format!("`{name}` must have a date, a time of day and an offset")
                }
                _ => {
                    let part = if self.ty == self.whole { "" } else { "a value in " };
                    let (wanted, found) = (self.words(), type_of(value));
                    format!("{part}`{name}` must be {wanted}, not {found}")
                }
            };
            report.error(value.span(), message, format!("write `{}`", self.example()));
        }
        read
    }

    /// What a value of the type is, in the words of messages.
    fn words(&self) -> &'static str {
        match self.ty {
            Type::Bool => "true or false",
            Type::Int | Type::Uint => "a whole number",
            Type::Double => "a number",
            Type::Money => "an amount in quotes",
            Type::String => "text in quotes",
            Type::Timestamp => "a date and time with an offset",
            Type::Duration => "a duration in quotes",
            Type::List(_) => "a list",
            Type::Map(..) => "a table",
            Type::Dyn | Type::Null | Type::Bytes | Type::Type => "text, a number, true or false",
        }
    }

    /// A line that is right.
    fn example(&self) -> String {
        let example = match self.whole {
            Type::Bool => "true",
            Type::Int | Type::Uint => "3",
            Type::Double => "3.5",
            Type::Money => "\"44.90\"",
            Type::Timestamp => "2026-12-04T19:30:00Z",
            Type::Duration => "\"2h30m\"",
            Type::List(_) => "[\"grinder\"]",
            Type::Map(..) => "{ marketing = true }",
            _ => "\"de-AT\"",
        };
        format!("{} = {example}", self.name)
    }
}
