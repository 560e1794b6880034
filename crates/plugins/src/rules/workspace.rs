//! What the host holds for a running module: values by handle, errors by number, lists under way, and
//! what is left of each allowance.
//!
//! ```text
//! handle:  0 .. constants | constants .. values made since the instance began
//! error:   0 none | 1 .. failures that modules find themselves | then those of the host, in order
//! ```
//!
//! Values stay until the instance ends, because a value that is kept in the module may refer to any.
//! How much one rule adds is bounded, and so is how much there may be when the next begins; when it is
//! more, the next gets a new instance. So no rule pays for another's.

use std::sync::Arc;

use model::FaultKind;
use rules::cel::imports::Failure;
use rules::cel::{EvalError, Program, Source, Value};

use crate::halt::Halt;
use crate::limits::{
    RULE_HOST_CALLS_MAX, RULE_VALUE_BYTES_MAX, RULE_VALUES_MAX, SESSION_VALUE_BYTES_MAX,
    SESSION_VALUES_MAX,
};

/// The host's side of one instance.
pub(crate) struct Workspace {
    pub(super) program: Program,
    pub(super) source: Arc<dyn Source + Send + Sync>,
    values: Vec<Value>,
    errors: Vec<EvalError>,
    builders: Vec<Vec<Value>>,
    /// Bytes of all values, those of shared parts counted each time.
    bytes: usize,
    host_calls_left: u32,
    values_left: u32,
    bytes_left: usize,
}

// === impl Workspace ===

impl Workspace {
    /// An empty workspace.
    pub(super) fn new(program: Program, source: Arc<dyn Source + Send + Sync>) -> Self {
        Self {
            program,
            source,
            values: Vec::new(),
            errors: Vec::new(),
            builders: Vec::new(),
            bytes: 0,
            host_calls_left: 0,
            values_left: 0,
            bytes_left: 0,
        }
    }

    /// Gives a rule its allowances.
    pub(super) fn begin_rule(&mut self) {
        self.builders.clear();
        self.host_calls_left = RULE_HOST_CALLS_MAX;
        self.values_left = RULE_VALUES_MAX;
        self.bytes_left = RULE_VALUE_BYTES_MAX;
    }

    /// Whether so much has gathered that the next rule begins anew.
    pub(super) fn is_full(&self) -> bool {
        let count = self.values.len().saturating_add(self.errors.len());
        count > SESSION_VALUES_MAX || self.bytes > SESSION_VALUE_BYTES_MAX
    }

    /// Counts a call to the host. To be done first in every import.
    pub(super) fn enter(&mut self) -> Result<(), Halt> {
        let left = self.host_calls_left.checked_sub(1).ok_or_else(|| {
            let detail = format!("more than {RULE_HOST_CALLS_MAX} calls to the host");
            Halt::new(FaultKind::HostCalls, detail)
        })?;
        self.host_calls_left = left;
        Ok(())
    }

    /// The value of a handle.
    pub(super) fn value(&self, handle: u32) -> Result<&Value, Halt> {
        self.values_of(handle).first().ok_or_else(|| no_such("value", handle))
    }

    /// The value of a handle, as a list of one argument.
    pub(super) fn argument(&self, handle: u32) -> Result<&[Value], Halt> {
        self.values_of(handle).get(..1).ok_or_else(|| no_such("value", handle))
    }

    /// Gives a value a handle.
    pub(super) fn keep(&mut self, value: Value) -> Result<u32, Halt> {
        self.pay(&value)?;
        let place = self.program.constants().len().saturating_add(self.values.len());
        self.values.push(value);
        u32::try_from(place).map_err(|_| too_much())
    }

    /// Gives an error a number.
    pub(super) fn keep_error(&mut self, error: EvalError) -> Result<u32, Halt> {
        self.values_left = self.values_left.checked_sub(1).ok_or_else(too_much)?;
        let place = Failure::ALL.len().saturating_add(1).saturating_add(self.errors.len());
        self.errors.push(error);
        u32::try_from(place).map_err(|_| too_much())
    }

    /// The error of a number other than 0.
    pub(super) fn error(&self, number: u32) -> EvalError {
        let place = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        if let Some(failure) = Failure::ALL.get(place) {
            return failure.error();
        }
        let found = self.errors.get(place.saturating_sub(Failure::ALL.len())).cloned();
        found.unwrap_or_else(|| Failure::Overflow.error())
    }

    /// Begins a list of values.
    pub(super) fn begin_list(&mut self) -> Result<u32, Halt> {
        self.values_left = self.values_left.checked_sub(1).ok_or_else(too_much)?;
        self.builders.push(Vec::new());
        u32::try_from(self.builders.len().saturating_sub(1)).map_err(|_| too_much())
    }

    /// Adds a value to a list under way. Lists begun later have been left behind.
    pub(super) fn push(&mut self, builder: u32, handle: u32) -> Result<(), Halt> {
        let value = self.value(handle)?.clone();
        self.pay(&value)?;
        let place = usize::try_from(builder).unwrap_or(usize::MAX);
        self.builders.truncate(place.saturating_add(1));
        let list = self.builders.get_mut(place).ok_or_else(|| no_such("builder", builder))?;
        list.push(value);
        Ok(())
    }

    /// Ends a list of values.
    pub(super) fn end_list(&mut self, builder: u32) -> Result<Vec<Value>, Halt> {
        let place = usize::try_from(builder).unwrap_or(usize::MAX);
        self.builders.truncate(place.saturating_add(1));
        if self.builders.len() != place.saturating_add(1) {
            return Err(no_such("builder", builder));
        }
        self.builders.pop().ok_or_else(|| no_such("builder", builder))
    }

    /// From the value of a handle on; empty when there is none.
    fn values_of(&self, handle: u32) -> &[Value] {
        let place = usize::try_from(handle).unwrap_or(usize::MAX);
        let constants = self.program.constants();
        let found = match place.checked_sub(constants.len()) {
            None => constants.get(place..),
            Some(place) => self.values.get(place..),
        };
        found.unwrap_or_default()
    }

    /// Takes a value from the allowances.
    fn pay(&mut self, value: &Value) -> Result<(), Halt> {
        let bytes = own_bytes(value);
        self.values_left = self.values_left.checked_sub(1).ok_or_else(too_much)?;
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or_else(too_much)?;
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }
}

/// What a value takes beside its place, without what its parts take.
fn own_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(content) => content.len(),
        Value::List(elements) => size_of_val::<[Value]>(elements),
        Value::Map(map) => size_of_val(map.entries()),
        _ => 0,
    }
}

fn too_much() -> Halt {
    let detail = format!(
        "more than {RULE_VALUES_MAX} values, or {RULE_VALUE_BYTES_MAX} bytes of them, in one rule"
    );
    Halt::new(FaultKind::OutOfMemory, detail)
}

/// Only a module that our code generator did not make gets here.
fn no_such(what: &str, number: u32) -> Halt {
    Halt::abi(format!("there is no {what} {number}"))
}
