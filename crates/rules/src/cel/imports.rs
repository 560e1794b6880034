//! What a compiled rule asks its host for.
//!
//! A module of rules imports all of these and nothing else, in this order; the host's gate compares,
//! and a test of the host compares what it offers. The interface is between one version of the emitter
//! and one version of the host, which are the same program: there is no other party to it.
//!
//! ```text
//! handle   i32   a value of the host's: a constant of the program, or made while a rule runs
//! error    i32   0, or why there is no value: first the [`Failure`]s, then errors of the host's list
//! T        i32 for handles and booleans, i64, f64
//! ```
//!
//! A function that may fail gives its result and an error; the result then means nothing. Functions
//! that come for several types are told apart by a suffix: none for handles, `-bool`, `-i64`, `-f64`.

use jiff::SignedDuration;

use super::{EvalError, EvalErrorKind, Value};

/// The namespace of all imports.
pub const MODULE: &str = "vitrine:cel@1";

/// The function that a module exports: the rule's number; its value, as 0 or 1 if it is a condition and
/// otherwise as a handle; an error.
pub const RULE: &str = "rule";

/// The custom section with what the module's numbers stand for, so that the module alone tells what it
/// means, and its digest covers all of it.
pub const MEANING: &str = "vitrine:cel";

/// A type of WebAssembly, as far as rules use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Native {
    /// 32 bits: a handle, a boolean, an error, a number of something.
    I32,
    /// 64 bits: an integer, an amount, a time in milliseconds.
    I64,
    /// Floating point of 64 bits.
    F64,
}

/// A function of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its name.
    pub name: &'static str,
    /// Parameters.
    pub params: &'static [Native],
    /// Results.
    pub results: &'static [Native],
}

/// Why an operation that the module computes itself has no value. The number is the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Failure {
    /// An integer or amount does not fit 64 bits.
    Overflow = 1,
    /// A division by zero.
    DivideByZero = 2,
    /// The remainder of a division by zero.
    ModulusByZero = 3,
    /// A point in time before the year 1 or after the year 9999.
    TimestampRange = 4,
    /// A span of more than 292 years.
    DurationRange = 5,
}

use Native::{F64, I32, I64};

/// Every function that a module of rules imports.
pub const IMPORTS: [Import; 44] = [
    // Attributes, by number.
    import("attribute", &[I32], &[I32, I32]),
    import("attribute-bool", &[I32], &[I32, I32]),
    import("attribute-i64", &[I32], &[I64, I32]),
    import("attribute-f64", &[I32], &[F64, I32]),
    import("present", &[I32], &[I32, I32]),
    // Operations of the program, by number, on one to three values, or on those of a builder.
    import("apply1", &[I32, I32], &[I32, I32]),
    import("apply1-bool", &[I32, I32], &[I32, I32]),
    import("apply1-i64", &[I32, I32], &[I64, I32]),
    import("apply1-f64", &[I32, I32], &[F64, I32]),
    import("apply2", &[I32, I32, I32], &[I32, I32]),
    import("apply2-bool", &[I32, I32, I32], &[I32, I32]),
    import("apply2-i64", &[I32, I32, I32], &[I64, I32]),
    import("apply2-f64", &[I32, I32, I32], &[F64, I32]),
    import("apply3", &[I32, I32, I32, I32], &[I32, I32]),
    import("apply3-bool", &[I32, I32, I32, I32], &[I32, I32]),
    import("apply3-i64", &[I32, I32, I32, I32], &[I64, I32]),
    import("apply3-f64", &[I32, I32, I32, I32], &[F64, I32]),
    import("apply", &[I32, I32], &[I32, I32]),
    import("apply-bool", &[I32, I32], &[I32, I32]),
    import("apply-i64", &[I32, I32], &[I64, I32]),
    import("apply-f64", &[I32, I32], &[F64, I32]),
    // The fields of maps, by the handle of their name.
    import("select", &[I32, I32], &[I32, I32]),
    import("has", &[I32, I32], &[I32, I32]),
    // From native values to handles, and back.
    import("box-bool", &[I32], &[I32]),
    import("box-int", &[I64], &[I32]),
    import("box-uint", &[I64], &[I32]),
    import("box-double", &[F64], &[I32]),
    import("box-money", &[I64], &[I32]),
    import("box-timestamp", &[I64], &[I32]),
    import("box-duration", &[I64], &[I32]),
    import("unbox-bool", &[I32], &[I32, I32]),
    import("unbox-int", &[I32], &[I64, I32]),
    import("unbox-uint", &[I32], &[I64, I32]),
    import("unbox-money", &[I32], &[I64, I32]),
    import("unbox-double", &[I32], &[F64, I32]),
    // Elements of lists and keys of maps, by place.
    import("length", &[I32], &[I32, I32]),
    import("element", &[I32, I32], &[I32]),
    import("element-bool", &[I32, I32], &[I32]),
    import("element-i64", &[I32, I32], &[I64]),
    import("element-f64", &[I32, I32], &[F64]),
    // Builders of lists and maps, and of arguments. They end in the opposite order of their beginning,
    // or are left behind when an error leads past their end.
    import("begin", &[], &[I32]),
    import("push", &[I32, I32], &[]),
    import("list", &[I32], &[I32]),
    import("map", &[I32], &[I32, I32]),
];

const fn import(
    name: &'static str,
    params: &'static [Native],
    results: &'static [Native],
) -> Import {
    Import { name, params, results }
}

// === impl Failure ===

impl Failure {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [
        Self::Overflow,
        Self::DivideByZero,
        Self::ModulusByZero,
        Self::TimestampRange,
        Self::DurationRange,
    ];

    /// The error that stands for it outside of the module.
    pub fn error(self) -> EvalError {
        let (kind, detail) = match self {
            Self::Overflow => (EvalErrorKind::Overflow, "the number does not fit 64 bits"),
            Self::DivideByZero => (EvalErrorKind::DivideByZero, "divide by zero"),
            Self::ModulusByZero => (EvalErrorKind::DivideByZero, "modulus by zero"),
            Self::TimestampRange => {
                (EvalErrorKind::Overflow, "the time lies outside of the years 1 to 9999")
            }
            Self::DurationRange => {
                (EvalErrorKind::Overflow, "the duration is longer than about 292 years")
            }
        };
        EvalError::new(kind, detail)
    }
}

/// A time in milliseconds, as modules hold it; `None` for one that is finer, and for what is no time.
pub fn milliseconds(value: &Value) -> Option<i64> {
    match value {
        Value::Timestamp(time) => {
            let whole = time.subsec_nanosecond().is_multiple_of(1_000_000);
            whole.then(|| time.as_millisecond())
        }
        Value::Duration(span) => {
            let ms = i64::try_from(span.as_millis()).ok()?;
            (SignedDuration::from_millis(ms) == *span).then_some(ms)
        }
        _ => None,
    }
}

/// A span of milliseconds as modules hold it.
pub fn duration(milliseconds: i64) -> Value {
    Value::Duration(SignedDuration::from_millis(milliseconds))
}
