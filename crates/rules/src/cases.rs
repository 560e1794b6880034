//! Cases: customers written down beside a campaign, and whether its rule is true for each.
//!
//! A marketer writes them to be sure of a rule, and to see later what a change of it changes. A case names
//! attributes as rules do, with values of the types that the vocabulary declares, so a mistyped name or
//! a text where an amount belongs is told as in any other file. What a case leaves out has a value that
//! stands for little: `rules/README.md` has the table. Nothing is derived from something else: who is
//! given an order is not thereby given revenue.
//!
//! Read next: `given` for values and defaults, `read` for the file.

mod given;
mod read;

use crate::cel::evaluate::evaluate;
use crate::cel::tree::Expr;
use crate::cel::{Attribute, EvalError, EvalErrorKind, Question, Source, Value};

use given::Given;

pub use read::read;

/// A customer on a page view, and what a rule is expected to say.
#[derive(Clone, Debug)]
pub struct Case {
    /// What makes the customer this one, in a few words.
    pub name: Box<str>,
    /// The line of the file at which the case begins, from 1.
    pub line: usize,
    /// What the rule is expected to say.
    pub expected: Expected,
    given: Given,
}

/// What a rule is expected to say of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Whether it is true.
    Holds(bool),
    /// That it has no value.
    NoValue,
}

/// What a rule says of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whether it is true, or why it has no value.
    pub found: Result<bool, EvalError>,
    /// Whether this is what was expected.
    pub is_met: bool,
}

/// Asks a rule about a case. The vocabulary with which both were read must be the same.
pub fn run(rule: &Expr, case: &Case) -> Outcome {
    let found = evaluate(rule, case).and_then(|value| match value {
        Value::Bool(holds) => Ok(holds),
        _ => Err(EvalError::new(EvalErrorKind::NoOverload, "the rule is neither true nor false")),
    });
    let is_met = match case.expected {
        Expected::Holds(expected) => found == Ok(expected),
        Expected::NoValue => found.is_err(),
    };
    Outcome { found, is_met }
}

// === impl Case ===

impl Source for Case {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        self.given.attribute(attribute)
    }

    fn ask(&self, question: Question, arguments: &[Value]) -> Result<Value, EvalError> {
        self.given.ask(question, arguments)
    }
}

#[cfg(test)]
mod tests;
