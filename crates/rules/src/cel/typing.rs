//! The types of CEL, and money.

use std::fmt;

/// What is known of a value before there is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Known only when the rule runs.
    Dyn,
    /// `null`.
    Null,
    /// `true` and `false`.
    Bool,
    /// 64-bit integers; what overflows is an error.
    Int,
    /// 64-bit integers from 0 on.
    Uint,
    /// 64-bit floating point.
    Double,
    /// Unicode text.
    String,
    /// Bytes.
    Bytes,
    /// A point in time to the nanosecond, in the years 1 to 9999.
    Timestamp,
    /// A span of time to the nanosecond.
    Duration,
    /// An amount in the minor unit of the tenant's currency. Not in CEL: an opaque type of ours.
    Money,
    /// Values in an order.
    List(Box<Type>),
    /// Values by key.
    Map(Box<Type>, Box<Type>),
    /// The type of a value, such as `int` in `type(1) == int`.
    Type,
}

// === impl Type ===

impl Type {
    /// A list of values of a type.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A map between two types.
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }
}

impl fmt::Display for Type {
    /// As it is written in CEL's own documentation: `list(map(string, int))`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("dyn"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::Money => f.write_str("money"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Type => f.write_str("type"),
        }
    }
}
