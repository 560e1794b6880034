//! The source of a real decision: a profile, a page view and the time.
//!
//! | | |
//! |---|---|
//! | amounts | in the tenant's currency; what is in another is not summed, and a cart in another is an error |
//! | times | an error outside of the years 1 to 9999, which a shop's broken clock can tell |
//! | counts within a time | of what is remembered, so at most the profile's cap for one name |
//!
//! Names are those of the schema. They are looked up once for a plan, in [`Getters`]; a rule then asks by
//! number. `attributes` and `questions` have the tables.

mod attributes;
mod questions;

use std::sync::Arc;

use model::{Currency, Profile, Timestamp, TraitValue, View};
use rules::cel::{Attribute, EvalError, EvalErrorKind, Map, Question, Schema, Source, Type, Value};

use attributes::Attributes;
use questions::Ask;

/// What the rules of one page view are asked about.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Where values come from.
    pub getters: Arc<Getters>,
    /// The customer.
    pub profile: Arc<Profile>,
    /// The page view.
    pub view: Arc<View>,
    /// The time of the request.
    pub now: Timestamp,
}

/// Where the values of a schema's attributes come from, and who answers its questions; once for a plan.
#[derive(Debug)]
pub struct Getters {
    attributes: Box<[Getter]>,
    questions: Box<[Ask]>,
    currency: Option<Currency>,
    /// The steps of the lifecycle, in their order.
    steps: [Value; 4],
}

/// A schema has a name that no shop knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shop has no `{path}` of type {ty}")]
pub struct UnknownName {
    /// The name.
    pub path: Box<str>,
    /// Its type.
    pub ty: Type,
}

/// Where the value of an attribute comes from.
#[derive(Debug)]
enum Getter {
    /// One that every shop has.
    Known(Get),
    /// A trait that the tenant declares.
    Trait { name: Box<str>, ty: Type },
}

/// A value, or none, or why it cannot be told.
type Found = Result<Option<Value>, EvalError>;

/// Gets the value of an attribute.
type Get = fn(&Shop) -> Found;

/// What the names of declared traits begin with.
const TRAITS: &str = "customer.traits.";

// === impl Getters ===

impl Getters {
    /// The getters of a schema.
    ///
    /// # Errors
    /// When it has a name that a shop does not.
    pub fn new(schema: &Schema) -> Result<Self, UnknownName> {
        let known = Attributes::new();
        let unknown = |path: &str, ty: &Type| UnknownName { path: path.into(), ty: ty.clone() };
        let attribute = |path: &str, ty: &Type| match path.strip_prefix(TRAITS) {
            Some(name) => Some(Getter::Trait { name: name.into(), ty: ty.clone() }),
            None => known.find(path, ty).map(Getter::Known),
        };
        let attributes = schema.attributes.iter().map(|declared| {
            let found = attribute(&declared.path, &declared.ty);
            found.ok_or_else(|| unknown(&declared.path, &declared.ty))
        });
        let questions = schema.questions.iter().map(|declared| {
            let found = questions::find(&declared.path);
            found.ok_or_else(|| unknown(&declared.path, &declared.ty))
        });
        Ok(Self {
            attributes: attributes.collect::<Result<_, _>>()?,
            questions: questions.collect::<Result<_, _>>()?,
            currency: schema.currency,
            steps: ["visitor", "lead", "qualified-lead", "customer"].map(Value::text),
        })
    }
}

// === impl Shop ===

impl Source for Shop {
    fn attribute(&self, attribute: Attribute) -> Found {
        match self.getters.attributes.get(usize::from(attribute.0)) {
            Some(Getter::Known(get)) => get(self),
            Some(Getter::Trait { name, ty }) => self.declared(name, ty),
            None => Ok(None),
        }
    }

    fn ask(&self, question: Question, arguments: &[Value]) -> Result<Value, EvalError> {
        let ask = self.getters.questions.get(usize::from(question.0));
        let answer = ask.and_then(|ask| ask(self, arguments));
        answer.ok_or_else(|| EvalError::new(EvalErrorKind::NoOverload, "no such overload"))
    }
}

impl Shop {
    /// A trait, which shops send as they please, as the type that the tenant declares.
    fn declared(&self, name: &str, ty: &Type) -> Found {
        let Some(value) = self.profile.trait_value(name).and_then(held) else { return Ok(None) };
        if value.type_of() == *ty {
            return Ok(Some(value));
        }
        let detail = format!("the trait {name} is no {ty}, as it is declared");
        Err(EvalError::new(EvalErrorKind::Conversion, detail))
    }
}

/// A trait as a value; `None` for one that the shop took back.
fn held(value: &TraitValue) -> Option<Value> {
    match value {
        TraitValue::Text(text) => Some(Value::text(text)),
        TraitValue::Number(number) => Some(Value::Double(*number)),
        TraitValue::Flag(flag) => Some(Value::Bool(*flag)),
        TraitValue::Absent => None,
    }
}

/// A map with texts as keys, each there once.
fn map(entries: impl Iterator<Item = (Value, Value)>) -> Found {
    Map::new(entries.collect()).map(|map| Some(Value::Map(map.into())))
}
