//! Where the values of a rule's attributes come from.

use super::{Attribute, EvalError, Question, Value};

/// The customer, page view and time that a rule is asked about; in tests, any set of variables.
pub trait Source {
    /// The value of an attribute; `None` when there is none, such as the last order of somebody who has
    /// never ordered.
    ///
    /// # Errors
    /// When the attribute has a value that the rule's type cannot hold.
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError>;

    /// The answer to a question. The checker has seen to it that the arguments have the types that
    /// the schema declares, or they are `dyn` and the source checks them.
    ///
    /// # Errors
    /// When an argument is of another type, or goes beyond what is remembered.
    fn ask(&self, question: Question, arguments: &[Value]) -> Result<Value, EvalError>;
}
