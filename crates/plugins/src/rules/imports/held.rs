//! The ways in which a module holds a value.

use rules::cel::imports::milliseconds;
use rules::cel::{EvalError, EvalErrorKind, Value};
use wasmtime::WasmTy;

use crate::halt::Halt;
use crate::rules::Workspace;

/// A way to hold a value. The code generator has chosen it by the value's type, so a value that cannot
/// be held so is a source's that does not keep to its schema.
pub(super) trait Held: 'static {
    /// What the functions that give such a value end in.
    const SUFFIX: &'static str;
    /// The type of WebAssembly.
    type Native: WasmTy + Default;

    /// Gives a value to the module.
    fn hold(workspace: &mut Workspace, value: Value) -> Result<Self::Native, Halt>;

    /// Refuses an attribute that would lose something.
    fn exact(value: Value) -> Result<Value, EvalError> {
        Ok(value)
    }
}

/// As a handle.
pub(super) struct AsHandle;
/// As 0 or 1.
pub(super) struct AsBool;
/// As 64 bits: integers, amounts, times in milliseconds.
pub(super) struct AsInt;
/// As floating point.
pub(super) struct AsDouble;

impl Held for AsHandle {
    const SUFFIX: &'static str = "";
    type Native = u32;

    fn hold(workspace: &mut Workspace, value: Value) -> Result<u32, Halt> {
        workspace.keep(value)
    }
}

impl Held for AsBool {
    const SUFFIX: &'static str = "-bool";
    type Native = u32;

    fn hold(_: &mut Workspace, value: Value) -> Result<u32, Halt> {
        match value {
            Value::Bool(flag) => Ok(u32::from(flag)),
            _ => Err(mismatch("a boolean")),
        }
    }
}

impl Held for AsInt {
    const SUFFIX: &'static str = "-i64";
    type Native = i64;

    fn hold(_: &mut Workspace, value: Value) -> Result<i64, Halt> {
        match value {
            Value::Int(number) | Value::Money(number) => Ok(number),
            Value::Uint(number) => Ok(number.cast_signed()),
            time => milliseconds(&time).ok_or_else(|| mismatch("an integer, amount or time")),
        }
    }

    fn exact(value: Value) -> Result<Value, EvalError> {
        let is_time = matches!(value, Value::Timestamp(_) | Value::Duration(_));
        if is_time && milliseconds(&value).is_none() {
            let detail = "the time is finer than a millisecond";
            return Err(EvalError::new(EvalErrorKind::Conversion, detail));
        }
        Ok(value)
    }
}

impl Held for AsDouble {
    const SUFFIX: &'static str = "-f64";
    type Native = f64;

    fn hold(_: &mut Workspace, value: Value) -> Result<f64, Halt> {
        match value {
            Value::Double(number) => Ok(number),
            _ => Err(mismatch("floating point")),
        }
    }
}

/// A value that is not what its type promised.
pub(super) fn mismatch(expected: &str) -> Halt {
    Halt::abi(format!("a value is not {expected}, as its type in the schema says"))
}
