//! What WebAssembly computes itself: how values are held, and the operations that it has on them.

use std::ops::RangeInclusive;

use wasm_encoder::ValType;

use super::graph::Node;
use crate::cel::{Function, Timestamp, Type};

/// How a value is held while a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Repr {
    /// `i32`, 0 or 1.
    Bool,
    /// `i64`: integers, amounts, and times in whole milliseconds.
    Int,
    /// `f64`.
    Double,
    /// `i32`: a place in the host's list of values.
    Handle,
}

/// An operation on two or one natively held values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Native {
    /// `a < b` and its like.
    Compare(Comparison, Operand),
    /// Of 64-bit integers.
    Signed(Arithmetic),
    /// Of 64-bit integers from 0 on.
    Unsigned(Arithmetic),
    /// Of floating point; IEEE 754 has a result for everything.
    Double(Arithmetic),
    /// Of a time and a span, or of spans; then checked against a range.
    Time(Sum, Range),
    /// `-a`.
    NegateInt,
    /// `-a`.
    NegateDouble,
    /// `!a`.
    Not,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equals,
    NotEquals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Bool,
    Signed,
    Unsigned,
    Double,
}

/// An operation of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// A sum or a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    Add,
    Subtract,
}

/// What a time must lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// Of a point in time.
    Timestamp,
    /// Of a span.
    Duration,
}

// === impl Repr ===

impl Repr {
    /// How values of a type are held; times, unless they are known to be whole milliseconds.
    pub(super) const fn of(ty: &Type) -> Self {
        match ty {
            Type::Bool => Self::Bool,
            Type::Int | Type::Uint | Type::Money => Self::Int,
            Type::Double => Self::Double,
            _ => Self::Handle,
        }
    }

    /// The type of WebAssembly.
    pub(super) const fn val_type(self) -> ValType {
        match self {
            Self::Bool | Self::Handle => ValType::I32,
            Self::Int => ValType::I64,
            Self::Double => ValType::F64,
        }
    }
}

// === impl Native ===

impl Native {
    /// Whether it has no result for some operands.
    pub(super) const fn may_fail(self) -> bool {
        match self {
            Self::Signed(_) | Self::Unsigned(_) | Self::NegateInt | Self::Time(..) => true,
            Self::Compare(..) | Self::Double(_) | Self::NegateDouble | Self::Not => false,
        }
    }
}

/// The operation that a call stands for, if WebAssembly has it for operands like these.
pub(super) fn operation(function: Function, operands: &[&Node]) -> Option<Native> {
    if operands.iter().any(|operand| operand.repr == Repr::Handle) {
        return None;
    }
    match operands {
        [one] => unary(function, &one.ty),
        [one, other] => binary(function, &one.ty, &other.ty),
        _ => None,
    }
}

fn unary(function: Function, ty: &Type) -> Option<Native> {
    match (function, ty) {
        (Function::Negate, Type::Int) => Some(Native::NegateInt),
        (Function::Negate, Type::Double) => Some(Native::NegateDouble),
        (Function::Not, Type::Bool) => Some(Native::Not),
        _ => None,
    }
}

fn binary(function: Function, one: &Type, other: &Type) -> Option<Native> {
    if let (Some(comparison), true) = (comparison(function), one == other) {
        let operand = match one {
            Type::Bool => Operand::Bool,
            Type::Uint => Operand::Unsigned,
            Type::Double => Operand::Double,
            _ => Operand::Signed,
        };
        return Some(Native::Compare(comparison, operand));
    }
    let arithmetic = arithmetic(function)?;
    match (one, other) {
        (Type::Int, Type::Int) => Some(Native::Signed(arithmetic)),
        (Type::Uint, Type::Uint) => Some(Native::Unsigned(arithmetic)),
        (Type::Double, Type::Double) if arithmetic != Arithmetic::Modulo => {
            Some(Native::Double(arithmetic))
        }
        (Type::Money, Type::Money) => sum(arithmetic).map(|_| Native::Signed(arithmetic)),
        _ => time(sum(arithmetic)?, one, other),
    }
}

fn time(sum: Sum, one: &Type, other: &Type) -> Option<Native> {
    let range = match (one, sum, other) {
        (Type::Timestamp, _, Type::Duration) => Range::Timestamp,
        (Type::Duration, Sum::Add, Type::Timestamp) => Range::Timestamp,
        (Type::Duration, _, Type::Duration) => Range::Duration,
        (Type::Timestamp, Sum::Subtract, Type::Timestamp) => Range::Duration,
        _ => return None,
    };
    Some(Native::Time(sum, range))
}

const fn comparison(function: Function) -> Option<Comparison> {
    Some(match function {
        Function::Equals => Comparison::Equals,
        Function::NotEquals => Comparison::NotEquals,
        Function::Less => Comparison::Less,
        Function::LessEquals => Comparison::LessEquals,
        Function::Greater => Comparison::Greater,
        Function::GreaterEquals => Comparison::GreaterEquals,
        _ => return None,
    })
}

const fn arithmetic(function: Function) -> Option<Arithmetic> {
    Some(match function {
        Function::Add => Arithmetic::Add,
        Function::Subtract => Arithmetic::Subtract,
        Function::Multiply => Arithmetic::Multiply,
        Function::Divide => Arithmetic::Divide,
        Function::Modulo => Arithmetic::Modulo,
        _ => return None,
    })
}

const fn sum(arithmetic: Arithmetic) -> Option<Sum> {
    match arithmetic {
        Arithmetic::Add => Some(Sum::Add),
        Arithmetic::Subtract => Some(Sum::Subtract),
        Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Modulo => None,
    }
}

/// The points in time that there are, in milliseconds: the years 1 to 9999.
pub(super) fn timestamps() -> RangeInclusive<i64> {
    Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond()
}

/// The spans that there are, in milliseconds: what fits 64 bits of nanoseconds.
pub(super) const fn durations() -> RangeInclusive<i64> {
    i64::MIN / 1_000_000..=i64::MAX / 1_000_000
}
