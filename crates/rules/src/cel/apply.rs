//! What the functions of CEL mean: from values to a value.
//!
//! There is one implementation of each function, here. The constant folder and the evaluator call it,
//! and so does the host of a compiled rule; therefore comparing, searching and taking a part of a value
//! allocate nothing.
//!
//! A function has overloads, chosen by the types of the values. A module of `apply/` answers `None` when
//! no overload fits, and the error is made in one place. What a rule can make is bounded by
//! [`crate::limits`], because a rule may double a text at each step.

mod arithmetic;
mod calendar;
mod collections;
mod conversions;
mod floats;
mod format;
mod order;
mod pattern;
mod strings;
mod text;

use super::{EvalError, EvalErrorKind, Function, Value};

pub use pattern::Pattern;

pub(super) use floats::double_text;

/// What a function gives; `None` when it has no overload for the types of the arguments.
type Overload = Result<Option<Value>, EvalError>;

// === impl Function ===

impl Function {
    /// What the function gives for these arguments, the receiver of a method being the first.
    ///
    /// # Errors
    /// When the function is not defined for their types or values. [`Function::Ask`] always is an
    /// error, since only a [`super::Source`] can answer it, and so is [`Function::ToMoney`], which
    /// depends on the tenant's currency and is gone once a rule is checked.
    pub fn apply(self, arguments: &[Value]) -> Result<Value, EvalError> {
        let found = match self {
            Self::Add
            | Self::Subtract
            | Self::Multiply
            | Self::Divide
            | Self::Modulo
            | Self::Negate
            | Self::Not => arithmetic::apply(self, arguments),
            Self::Equals
            | Self::NotEquals
            | Self::Less
            | Self::LessEquals
            | Self::Greater
            | Self::GreaterEquals => order::apply(self, arguments),
            Self::In | Self::Index | Self::Size => collections::apply(self, arguments),
            Self::Contains
            | Self::StartsWith
            | Self::EndsWith
            | Self::Matches
            | Self::LowerAscii
            | Self::UpperAscii
            | Self::Trim
            | Self::Reverse
            | Self::Quote => text::apply(self, arguments),
            Self::CharAt
            | Self::IndexOf
            | Self::LastIndexOf
            | Self::Replace
            | Self::Split
            | Self::Substring
            | Self::Join => strings::apply(self, arguments),
            Self::Format => format::apply(arguments),
            Self::ToBool
            | Self::ToInt
            | Self::ToUint
            | Self::ToDouble
            | Self::ToString
            | Self::ToBytes
            | Self::ToTimestamp
            | Self::ToDuration
            | Self::ToDyn
            | Self::TypeOf => conversions::apply(self, arguments),
            Self::GetFullYear
            | Self::GetMonth
            | Self::GetDate
            | Self::GetDayOfMonth
            | Self::GetDayOfWeek
            | Self::GetDayOfYear
            | Self::GetHours
            | Self::GetMinutes
            | Self::GetSeconds
            | Self::GetMilliseconds => calendar::apply(self, arguments),
            Self::ToMoney => Err(EvalError::new(
                EvalErrorKind::Argument,
                "an amount is written as a text in the rule, such as money('20.00')",
            )),
            Self::Ask(_) => Ok(None),
        };
        found?.ok_or_else(|| EvalError::no_overload(self.name(), arguments))
    }
}

/// A text that a rule makes.
fn text(text: &str) -> Overload {
    check_bytes(text.len(), "a text")?;
    Ok(Some(Value::text(text)))
}

fn bool(value: bool) -> Overload {
    Ok(Some(Value::Bool(value)))
}

/// A count or place, which is far below 2^63.
fn int(number: usize) -> Overload {
    let number = i64::try_from(number).map_err(|_| EvalError::overflow())?;
    Ok(Some(Value::Int(number)))
}

fn check_bytes(length: usize, what: &'static str) -> Result<(), EvalError> {
    let fits = length <= crate::limits::CEL_TEXT_BYTES_MAX;
    fits.then_some(()).ok_or_else(|| EvalError::too_large(what))
}

fn check_elements(length: usize) -> Result<(), EvalError> {
    let fits = length <= crate::limits::CEL_ELEMENTS_MAX;
    fits.then_some(()).ok_or_else(|| EvalError::too_large("a list"))
}

#[cfg(test)]
mod tests;
