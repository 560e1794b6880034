//! The values of CEL.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Type;

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
    /// A span of time.
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

/// Values by key, in the order in which they were written. Keys are booleans, integers and texts, and
/// are found as CEL has it: `1`, `1u` and `1.0` find the same entry.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Value, Value)>,
}

// === impl Value ===

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
            (Self::Map(one), Self::Map(other)) => one.entries == other.entries,
            (Self::Type(one), Self::Type(other)) => one == other,
            _ => false,
        }
    }
}

// === impl Map ===

impl Map {
    /// The entries, in the order in which they were written.
    pub fn entries(&self) -> &[(Value, Value)] {
        &self.entries
    }
}
