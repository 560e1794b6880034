//! The values of CEL, and what can be asked of one without knowing a function.
//!
//! A value is small and shares what is large, so that macros and the host of a compiled rule clone it
//! freely. What functions do with values is in `apply`; here are only their types, the fields of maps
//! and how they are written as JSON.

mod duration;
mod json;
mod map;
mod timestamp;

use std::sync::Arc;

use jiff::SignedDuration;

use super::{EvalError, EvalErrorKind, Type};

pub use map::Map;
pub use timestamp::Timestamp;

pub(super) use duration::{duration_from_nanos, duration_text, parse_duration};
pub(super) use timestamp::Civil;

/// A value. Cheap to clone.
///
/// `==` is identity: same type, same bits. What CEL calls equal is [`super::Function::Equals`].
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` and `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer from 0 on.
    Uint(u64),
    /// Floating point.
    Double(f64),
    /// Text.
    String(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A point in time, in the years 1 to 9999.
    Timestamp(Timestamp),
    /// A span of time, at most 2^63 nanoseconds: about 292 years.
    Duration(SignedDuration),
    /// An amount in minor units of the tenant's currency.
    Money(i64),
    /// Values in an order.
    List(Arc<[Value]>),
    /// Values by key.
    Map(Arc<Map>),
    /// A type. `List` and `Map` are those of `dyn`.
    Type(Type),
}

// === impl Value ===

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::String(text.into())
    }

    /// A list.
    pub fn list(elements: impl Into<Arc<[Self]>>) -> Self {
        Self::List(elements.into())
    }

    /// Its type; lists and maps are those of `dyn`, because CEL's values do not know more.
    pub fn type_of(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Uint(_) => Type::Uint,
            Self::Double(_) => Type::Double,
            Self::String(_) => Type::String,
            Self::Bytes(_) => Type::Bytes,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Duration(_) => Type::Duration,
            Self::Money(_) => Type::Money,
            Self::List(_) => Type::list(Type::Dyn),
            Self::Map(_) => Type::map(Type::Dyn, Type::Dyn),
            Self::Type(_) => Type::Type,
        }
    }

    /// The name of its type, as `type(..)` tells it.
    pub(super) fn type_name(&self) -> &'static str {
        type_name(&self.type_of())
    }

    /// `value.field`.
    ///
    /// # Errors
    /// When the value is no map, or the map is without the key.
    pub fn select(&self, field: &str) -> Result<Self, EvalError> {
        let found = self.fields(field)?.get_text(field);
        found.cloned().ok_or_else(|| EvalError::no_such_key(field))
    }

    /// `has(value.field)`.
    ///
    /// # Errors
    /// When the value is no map.
    pub fn has(&self, field: &str) -> Result<bool, EvalError> {
        Ok(self.fields(field)?.get_text(field).is_some())
    }

    fn fields(&self, field: &str) -> Result<&Map, EvalError> {
        match self {
            Self::Map(map) => Ok(map),
            _ => Err(EvalError::new(
                EvalErrorKind::NoOverload,
                format!(
                    "no such overload: a value of type {} has no field {field}",
                    self.type_name()
                ),
            )),
        }
    }

    /// What a macro goes over: the elements of a list, or the keys of a map in the order in which they
    /// were written.
    ///
    /// # Errors
    /// When the value is neither.
    pub fn range(&self) -> Result<impl ExactSizeIterator<Item = &Self>, EvalError> {
        match self {
            Self::List(elements) => Ok(Range::Elements(elements.iter())),
            Self::Map(map) => Ok(Range::Keys(map.entries().iter())),
            _ => Err(EvalError::new(
                EvalErrorKind::NoOverload,
                format!("no such overload: a macro over a value of type {}", self.type_name()),
            )),
        }
    }
}

/// The name of a type, as `type(..)` tells it and as it is written in a rule.
pub(super) fn type_name(ty: &Type) -> &'static str {
    match ty {
        Type::Dyn => "dyn",
        Type::Null => "null_type",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Uint => "uint",
        Type::Double => "double",
        Type::String => "string",
        Type::Bytes => "bytes",
        Type::Timestamp => "google.protobuf.Timestamp",
        Type::Duration => "google.protobuf.Duration",
        Type::Money => "money",
        Type::List(_) => "list",
        Type::Map(_, _) => "map",
        Type::Type => "type",
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Int(one), Self::Int(other)) | (Self::Money(one), Self::Money(other)) => {
                one == other
            }
            (Self::Uint(one), Self::Uint(other)) => one == other,
            (Self::Double(one), Self::Double(other)) => one.to_bits() == other.to_bits(),
            (Self::String(one), Self::String(other)) => one == other,
            (Self::Bytes(one), Self::Bytes(other)) => one == other,
            (Self::Timestamp(one), Self::Timestamp(other)) => one == other,
            (Self::Duration(one), Self::Duration(other)) => one == other,
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Map(one), Self::Map(other)) => one.entries() == other.entries(),
            (Self::Type(one), Self::Type(other)) => one == other,
            _ => false,
        }
    }
}

/// What a macro goes over.
enum Range<'v> {
    Elements(std::slice::Iter<'v, Value>),
    Keys(std::slice::Iter<'v, (Value, Value)>),
}

// === impl Range ===

impl<'v> Iterator for Range<'v> {
    type Item = &'v Value;

    fn next(&mut self) -> Option<&'v Value> {
        match self {
            Self::Elements(elements) => elements.next(),
            Self::Keys(entries) => entries.next().map(|(key, _)| key),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Elements(elements) => elements.size_hint(),
            Self::Keys(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for Range<'_> {}

#[cfg(test)]
mod tests;
