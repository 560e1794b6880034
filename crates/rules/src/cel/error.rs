//! Why an expression has no value for some input.

use std::borrow::Cow;

/// Why an expression has no value for some input. In CEL's words, so that its users find them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct EvalError {
    /// What went wrong.
    pub kind: EvalErrorKind,
    /// What the author of the rule needs to find it; no customer's data beyond names of keys.
    pub detail: Cow<'static, str>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvalErrorKind {
    /// A division by zero, or the remainder of one.
    DivideByZero,
    /// An integer, time or amount that does not fit its type.
    Overflow,
    /// A map without the key, or a customer without the attribute.
    NoSuchKey,
    /// A place beyond the end of a list.
    IndexOutOfRange,
    /// A function that is not defined for these types of values.
    NoOverload,
    /// A text or number that cannot be converted.
    Conversion,
    /// An argument that the function does not take, such as a pattern that is none.
    Argument,
    /// A value that would be larger than a rule may make.
    TooLarge,
}

// === impl EvalError ===

impl EvalError {
    /// An error.
    pub fn new(kind: EvalErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into() }
    }
}
