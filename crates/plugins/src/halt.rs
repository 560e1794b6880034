//! Why the host ends a call: the guest's fault, as an error that travels through the engine.

use std::borrow::Cow;
use std::fmt;

use model::FaultKind;
use wasmtime::{Trap, WasmBacktrace};

use crate::GuestFault;
use crate::limits::FUNCTION_NAME_CHARS_MAX;

/// A fault that the host found in what the guest asked or answered.
#[derive(Debug)]
pub(crate) struct Halt {
    kind: FaultKind,
    detail: Cow<'static, str>,
}

// === impl Halt ===

impl Halt {
    /// A fault. The detail must not repeat what the guest has read or written.
    pub(crate) fn new(kind: FaultKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// A breach of the Canonical ABI.
    pub(crate) fn abi(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::BadAbi, detail)
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Halt {}

/// Tells whose fault an error is that ended a call, and which.
///
/// What is neither a halt nor a trap is the host's own failure. It is logged, and the call has no
/// answer for want of a sandbox: it must not count against the plugin.
pub(crate) fn fault(error: &wasmtime::Error, denied_memory: bool) -> GuestFault {
    if let Some(halt) = error.downcast_ref::<Halt>() {
        return GuestFault { kind: halt.kind, detail: halt.detail.as_ref().into() };
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        let kind = kind_of(*trap, denied_memory);
        let after = match kind {
            FaultKind::OutOfMemory => ", after more memory was asked for than allowed",
            _ => "",
        };
        return GuestFault { kind, detail: format!("{trap}{}{after}", place(error)).into() };
    }
    tracing::error!(error = format!("{error:#}"), "a sandbox failed on the host's side");
    GuestFault { kind: FaultKind::NoSandbox, detail: "the sandbox failed".into() }
}

fn kind_of(trap: Trap, denied_memory: bool) -> FaultKind {
    match trap {
        Trap::StackOverflow => FaultKind::StackOverflow,
        Trap::OutOfFuel => FaultKind::OutOfFuel,
        Trap::Interrupt => FaultKind::Timeout,
        _ if denied_memory => FaultKind::OutOfMemory,
        _ => FaultKind::Trap,
    }
}

/// The innermost function, by the name that its author gave it.
fn place(error: &wasmtime::Error) -> String {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    let Some(frame) = backtrace.and_then(|trace| trace.frames().first()) else {
        return String::new();
    };
    let named = frame.func_name().map(|name| {
        let name = name.chars().take(FUNCTION_NAME_CHARS_MAX);
        format!(" `{}`", name.flat_map(char::escape_debug).collect::<String>())
    });
    format!(" in function {}{}", frame.func_index(), named.unwrap_or_default())
}
