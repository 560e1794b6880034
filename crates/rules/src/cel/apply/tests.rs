//! What the tables of each area share.

mod arithmetic;
mod calendar;
mod collections;
mod conversions;
mod format;
mod laws;
mod order;
mod pattern;
mod strings;
mod text;

use super::super::value::Timestamp;
use super::super::{EvalError, EvalErrorKind, Function, Map, Value};

/// A value, from what is shortest to write in a table.
trait Written {
    fn value(self) -> Value;
}

impl Written for Value {
    fn value(self) -> Value {
        self
    }
}

impl Written for bool {
    fn value(self) -> Value {
        Value::Bool(self)
    }
}

impl Written for i32 {
    fn value(self) -> Value {
        Value::Int(self.into())
    }
}

impl Written for i64 {
    fn value(self) -> Value {
        Value::Int(self)
    }
}

impl Written for u64 {
    fn value(self) -> Value {
        Value::Uint(self)
    }
}

impl Written for f64 {
    fn value(self) -> Value {
        Value::Double(self)
    }
}

impl Written for &str {
    fn value(self) -> Value {
        Value::text(self)
    }
}

fn v(written: impl Written) -> Value {
    written.value()
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.into())
}

fn time(text: &str) -> Value {
    Value::Timestamp(Timestamp::parse(text).unwrap())
}

fn span(text: &str) -> Value {
    Function::ToDuration.apply(&[v(text)]).unwrap()
}

fn map<const N: usize>(entries: [(Value, Value); N]) -> Value {
    Value::Map(Map::new(entries.into()).unwrap().into())
}

/// A list of values.
macro_rules! list {
    ($($element:expr),* $(,)?) => {
        crate::cel::Value::list(vec![$(super::v($element)),*])
    };
}

use list;

fn apply(function: Function, arguments: &[Value]) -> Result<Value, EvalErrorKind> {
    function.apply(arguments).map_err(|error: EvalError| error.kind)
}

#[track_caller]
fn check(function: Function, arguments: &[Value], expected: impl Written) {
    assert_eq!(apply(function, arguments), Ok(expected.value()), "{function:?} of {arguments:?}");
}

#[track_caller]
fn fails(function: Function, arguments: &[Value], expected: EvalErrorKind) {
    assert_eq!(apply(function, arguments), Err(expected), "{function:?} of {arguments:?}");
}

#[test]
fn the_error_of_a_missing_overload_names_the_types() {
    let error = Function::Less.apply(&[v("a"), v(1)]).unwrap_err();
    assert_eq!(error.to_string(), "no such overload: <(string, int)");
}
