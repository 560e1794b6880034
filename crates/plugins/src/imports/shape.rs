//! The shapes of imported functions, by what they take and give.

use std::sync::Arc;

use model::{Currency, Profile, View};
use wasmtime::{AsContextMut, Caller, Extern, Linker, Memory};

use crate::abi;
use crate::halt::Halt;
use crate::limits::ARGUMENT_BYTES_MAX;
use crate::sandbox::{Realloc, Sandbox};
use crate::{Input, LogLevel};

type Guest<'a> = Caller<'a, Sandbox>;

/// One interface that is being defined.
pub(super) struct Interface<'l> {
    linker: &'l mut Linker<Sandbox>,
    module: &'static str,
}

// === impl Interface ===

impl<'l> Interface<'l> {
    /// Begins an interface.
    pub(super) fn new(linker: &'l mut Linker<Sandbox>, module: &'static str) -> Self {
        Self { linker, module }
    }

    /// `func() -> u32`, also for an enum.
    pub(super) fn count(&mut self, name: &str, get: fn(&Input) -> u32) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>| -> wasmtime::Result<u32> {
            guest.data_mut().enter()?;
            Ok(get(&guest.data().input))
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func() -> s64`, also for `u64`.
    pub(super) fn amount(&mut self, name: &str, get: fn(&Input) -> i64) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>| -> wasmtime::Result<i64> {
            guest.data_mut().enter()?;
            Ok(get(&guest.data().input))
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func() -> option<T>` of a scalar, given as its bytes.
    pub(super) fn option<const BYTES: usize>(
        &mut self,
        name: &str,
        get: fn(&Input) -> Option<[u8; BYTES]>,
    ) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>, result: u32| -> wasmtime::Result<()> {
            guest.data_mut().enter()?;
            let (memory, sandbox) = split(&mut guest)?;
            Ok(abi::put_option(memory, result, get(&sandbox.input))?)
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func(name: string) -> u32`, also for `bool`.
    pub(super) fn count_of(
        &mut self,
        name: &str,
        get: fn(&Input, &str) -> u32,
    ) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>, at: u32, length: u32| -> wasmtime::Result<u32> {
            guest.data_mut().enter()?;
            let (memory, sandbox) = split(&mut guest)?;
            Ok(get(&sandbox.input, argument(memory, at, length)?))
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func(name: string) -> s64`.
    pub(super) fn amount_of(
        &mut self,
        name: &str,
        get: fn(&Input, &str) -> i64,
    ) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>, at: u32, length: u32| -> wasmtime::Result<i64> {
            guest.data_mut().enter()?;
            let (memory, sandbox) = split(&mut guest)?;
            Ok(get(&sandbox.input, argument(memory, at, length)?))
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func(name: string) -> option<T>` of a scalar, given as its bytes.
    pub(super) fn option_of<const BYTES: usize>(
        &mut self,
        name: &str,
        get: fn(&Input, &str) -> Option<[u8; BYTES]>,
    ) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>,
                         at: u32,
                         length: u32,
                         result: u32|
              -> wasmtime::Result<()> {
            guest.data_mut().enter()?;
            let (memory, sandbox) = split(&mut guest)?;
            let value = get(&sandbox.input, argument(memory, at, length)?);
            Ok(abi::put_option(memory, result, value)?)
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func(name: string) -> option<string>`, from the profile.
    pub(super) fn option_text_of(
        &mut self,
        name: &str,
        get: for<'p> fn(&'p Profile, &str) -> Option<&'p str>,
    ) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>,
                         at: u32,
                         length: u32,
                         result: u32|
              -> wasmtime::Result<()> {
            guest.data_mut().enter()?;
            // A second owner, as the guest has to allocate while the text is held.
            let profile = Arc::clone(&guest.data().input.profile);
            let (memory, _) = split(&mut guest)?;
            let text = get(&profile, argument(memory, at, length)?);
            give_option_text(&mut guest, result, text)
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func() -> option<string>` of a currency.
    pub(super) fn option_currency(
        &mut self,
        name: &str,
        get: fn(&Input) -> Option<Currency>,
    ) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>, result: u32| -> wasmtime::Result<()> {
            guest.data_mut().enter()?;
            let currency = get(&guest.data().input);
            give_option_text(&mut guest, result, currency.map(Currency::code))
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func() -> string`, from the page view.
    pub(super) fn text(&mut self, name: &str, get: fn(&View) -> &str) -> wasmtime::Result<()> {
        let call = move |mut guest: Guest<'_>, result: u32| -> wasmtime::Result<()> {
            guest.data_mut().enter()?;
            abi::aligned(result, 4)?;
            let view = Arc::clone(&guest.data().input.view);
            let text = give_text(&mut guest, get(&view))?;
            let (memory, _) = split(&mut guest)?;
            Ok(abi::put_text(memory, result, text)?)
        };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }

    /// `func(level: level, message: string)`.
    pub(super) fn line(&mut self, name: &str) -> wasmtime::Result<()> {
        let call =
            |mut guest: Guest<'_>, level: u32, at: u32, length: u32| -> wasmtime::Result<()> {
                guest.data_mut().enter()?;
                let level = match level {
                    0 => LogLevel::Debug,
                    1 => LogLevel::Info,
                    2 => LogLevel::Warn,
                    3 => LogLevel::Error,
                    other => return Err(Halt::abi(format!("{other} is no log level")).into()),
                };
                guest.data_mut().reserve_log(length)?;
                let (memory, sandbox) = split(&mut guest)?;
                let text = abi::text(memory, at, length)?.into();
                sandbox.write_log(level, text);
                Ok(())
            };
        self.linker.func_wrap(self.module, name, call).map(drop)
    }
}

/// The guest's memory, and the host's side of the sandbox beside it.
fn split<'g>(guest: &'g mut Guest<'_>) -> wasmtime::Result<(&'g mut [u8], &'g mut Sandbox)> {
    let memory = memory(guest)?;
    Ok(memory.data_and_store_mut(guest.as_context_mut()))
}

/// The guest's memory. Without a start function no import is called before it is known.
fn memory(guest: &Guest<'_>) -> wasmtime::Result<Memory> {
    guest.data().memory.ok_or_else(|| wasmtime::Error::msg("an import was called before the call"))
}

/// Reads a name. One that is longer than every name there is, is not searched for.
fn argument(memory: &[u8], at: u32, length: u32) -> Result<&str, Halt> {
    if length > ARGUMENT_BYTES_MAX {
        let detail = format!("a name of {length} bytes; at most {ARGUMENT_BYTES_MAX} are read");
        return Err(Halt::abi(detail));
    }
    abi::text(memory, at, length)
}

fn give_option_text(
    guest: &mut Guest<'_>,
    result: u32,
    text: Option<&str>,
) -> wasmtime::Result<()> {
    abi::aligned(result, 4)?;
    let text = text.map(|text| give_text(guest, text)).transpose()?;
    let (memory, _) = split(guest)?;
    Ok(abi::put_option_text(memory, result, text)?)
}

/// Copies a text to where the guest's allocator says; gives its address and length.
fn give_text(guest: &mut Guest<'_>, text: &str) -> wasmtime::Result<(u32, u32)> {
    let length = u32::try_from(text.len())
        .map_err(|_| wasmtime::Error::msg("a text of the input is longer than 4 GiB"))?;
    let realloc = take_realloc(guest)?;
    guest.data_mut().may_leave = false;
    let at = realloc.call(guest.as_context_mut(), (0, 0, 1, length))?;
    guest.data_mut().may_leave = true;
    guest.data_mut().realloc = Some(realloc);
    let (memory, _) = split(guest)?;
    abi::put(memory, at, text.as_bytes()).map_err(|_| {
        Halt::abi(format!("cabi_realloc gave {at}, where {length} bytes lie outside of memory"))
    })?;
    Ok((at, length))
}

/// The guest's allocator. Taken and put back rather than cloned, as a clone registers its type anew,
/// which takes as long as the call. The guest cannot need it meanwhile: it may not leave.
fn take_realloc(guest: &mut Guest<'_>) -> wasmtime::Result<Realloc> {
    if let Some(realloc) = guest.data_mut().realloc.take() {
        return Ok(realloc);
    }
    let place = guest.data().exports.realloc;
    let export = guest.get_module_export(&place).and_then(Extern::into_func);
    let export = export.ok_or_else(|| wasmtime::Error::msg("cabi_realloc is gone"))?;
    export.typed(guest.as_context_mut())
}
