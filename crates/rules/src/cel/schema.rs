//! What a rule can ask about: attributes with types, and questions with arguments.

use model::Currency;

use super::Type;

mod shop;

/// An attribute: a place in [`Schema::attributes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attribute(pub u16);

/// A question with arguments: a place in [`Schema::questions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question(pub u16);

/// A name that rules can use, with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name, with dots: `customer.cart.value`, `now`, `customer.count`.
    pub path: Box<str>,
    /// What its arguments are; empty for attributes.
    pub parameters: Box<[Type]>,
    /// What it gives.
    pub ty: Type,
    /// Whether a customer may be without it; `has(..)` then tells, and to use it regardless is an error
    /// when the rule runs.
    pub optional: bool,
    /// What it is, in a sentence without a full stop.
    pub about: Box<str>,
}

/// All names that the rules of a tenant can use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Attributes, by [`Attribute`].
    pub attributes: Vec<Declared>,
    /// Questions, by [`Question`].
    pub questions: Vec<Declared>,
    /// The currency of `money(..)`; without one, the function is refused.
    pub currency: Option<Currency>,
    /// The namespace within which names are looked up first, as CEL's containers have it; empty for
    /// the rules of a tenant.
    pub container: Box<str>,
    /// Whether no time among the attributes is finer than a millisecond. Rules then compute with times
    /// as with integers; a source that gives a finer one breaks the promise, and the rule has no value.
    pub whole_milliseconds: bool,
}
