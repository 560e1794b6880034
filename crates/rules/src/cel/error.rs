//! Why an expression has no value for some input.

use std::borrow::Cow;

use super::Value;

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
    /// A value that would be larger than a rule may make, or more work than a rule may cause.
    TooLarge,
}

// === impl EvalError ===

impl EvalError {
    /// An error.
    pub fn new(kind: EvalErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// The error of integers that overflow.
    pub(super) fn overflow() -> Self {
        Self::new(EvalErrorKind::Overflow, "integer overflow: the result does not fit 64 bits")
    }

    /// The error of numbers and times beyond what `ty` holds.
    pub(super) fn range(ty: &'static str) -> Self {
        Self::new(EvalErrorKind::Overflow, format!("range error: the value does not fit {ty}"))
    }

    /// The error of a function that is not defined for values of these types.
    pub(super) fn no_overload(name: &str, arguments: &[Value]) -> Self {
        let types: Vec<&str> = arguments.iter().map(Value::type_name).collect();
        let detail = format!("no such overload: {name}({})", types.join(", "));
        Self::new(EvalErrorKind::NoOverload, detail)
    }

    /// The error of a place in a text or list that is not there.
    pub(super) fn out_of_range(place: impl std::fmt::Display) -> Self {
        Self::new(EvalErrorKind::IndexOutOfRange, format!("index out of range: {place}"))
    }

    /// The error of a map without the key. `name` is written in the rule, or says of what type the key is.
    pub(super) fn no_such_key(name: &str) -> Self {
        const SHOWN_CHARS_MAX: usize = 64;
        let shown: String = name.chars().take(SHOWN_CHARS_MAX).collect();
        Self::new(EvalErrorKind::NoSuchKey, format!("no such key: {shown}"))
    }

    /// The error of a text that is no value of `ty`.
    pub(super) fn conversion(ty: &'static str, expected: &'static str) -> Self {
        let detail = format!("type conversion error: the text is no {ty}, {expected}");
        Self::new(EvalErrorKind::Conversion, detail)
    }

    /// The error of what would be larger than a rule may make.
    pub(super) fn too_large(what: &'static str) -> Self {
        Self::new(EvalErrorKind::TooLarge, format!("{what} would be larger than a rule may make"))
    }
}
