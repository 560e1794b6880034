//! What a sandbox holds on the host's side during one call: the input, the exports that the host
//! uses, and what is left of each allowance.

use model::FaultKind;
use wasmtime::{Memory, Module, ModuleExport, ResourceLimiter, TypedFunc};

use crate::contract::{DECIDE, MEMORY, POST_DECIDE, REALLOC};
use crate::halt::Halt;
use crate::limits::{HOST_CALLS_MAX, LOG_BYTES_MAX, MEMORY_BYTES_MAX, TABLE_ELEMENTS_MAX};
use crate::{Input, LogLevel, LogLine};

/// Where a module's exports are, looked up once for each version of a plugin.
#[derive(Clone, Copy)]
pub(crate) struct Exports {
    pub(crate) memory: ModuleExport,
    pub(crate) decide: ModuleExport,
    pub(crate) realloc: ModuleExport,
    pub(crate) post_decide: Option<ModuleExport>,
}

/// The type of `cabi_realloc`: old address, old size, alignment, new size; new address.
pub(crate) type Realloc = TypedFunc<(u32, u32, u32, u32), u32>;

/// The host's side of one call.
pub(crate) struct Sandbox {
    /// What may be asked about.
    pub(crate) input: Input,
    /// Where the exports are.
    pub(crate) exports: Exports,
    /// The guest's memory, once the instance exists.
    pub(crate) memory: Option<Memory>,
    /// The guest's allocator, once it was needed.
    pub(crate) realloc: Option<Realloc>,
    /// What the guest wrote to its log.
    pub(crate) log: Vec<LogLine>,
    /// Whether more memory or table was asked for than there is.
    pub(crate) denied_memory: bool,
    /// Whether the guest may call the host. Not while it allocates or frees on the host's behalf.
    pub(crate) may_leave: bool,
    host_calls_left: u32,
    log_bytes_left: u32,
}

// === impl Exports ===

impl Exports {
    /// Looks up the exports of a module that the gate has let through.
    pub(crate) fn of(module: &Module) -> wasmtime::Result<Self> {
        let gone = |name| wasmtime::Error::msg(format!("the export {name} is gone"));
        let place = |name| module.get_export_index(name).ok_or_else(|| gone(name));
        Ok(Self {
            memory: place(MEMORY)?,
            decide: place(DECIDE.name)?,
            realloc: place(REALLOC.name)?,
            post_decide: module.get_export_index(POST_DECIDE.name),
        })
    }
}

// === impl Sandbox ===

impl Sandbox {
    /// A sandbox with all its allowances.
    pub(crate) fn new(input: Input, exports: Exports) -> Self {
        Self {
            input,
            exports,
            memory: None,
            realloc: None,
            log: Vec::new(),
            denied_memory: false,
            may_leave: true,
            host_calls_left: HOST_CALLS_MAX,
            log_bytes_left: LOG_BYTES_MAX,
        }
    }

    /// Counts a call to the host. To be done first in every import.
    pub(crate) fn enter(&mut self) -> Result<(), Halt> {
        if !self.may_leave {
            return Err(Halt::abi("the host was called from cabi_realloc or cabi_post_decide"));
        }
        match self.host_calls_left.checked_sub(1) {
            Some(left) => self.host_calls_left = left,
            None => {
                let detail = format!("more than {HOST_CALLS_MAX} calls to the host");
                return Err(Halt::new(FaultKind::HostCalls, detail));
            }
        }
        Ok(())
    }

    /// Takes a line's length from the allowance, before the line is read.
    pub(crate) fn reserve_log(&mut self, bytes: u32) -> Result<(), Halt> {
        match self.log_bytes_left.checked_sub(bytes) {
            Some(left) => self.log_bytes_left = left,
            None => {
                let detail = format!("more than {LOG_BYTES_MAX} bytes of log");
                return Err(Halt::new(FaultKind::LogOutput, detail));
            }
        }
        Ok(())
    }

    /// Keeps a line whose length was reserved.
    pub(crate) fn write_log(&mut self, level: LogLevel, text: Box<str>) {
        self.log.push(LogLine { level, text });
    }
}

impl ResourceLimiter for Sandbox {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = desired <= maximum.unwrap_or(MEMORY_BYTES_MAX).min(MEMORY_BYTES_MAX);
        self.denied_memory |= !allowed;
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = desired <= maximum.unwrap_or(TABLE_ELEMENTS_MAX).min(TABLE_ELEMENTS_MAX);
        self.denied_memory |= !allowed;
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }
}
