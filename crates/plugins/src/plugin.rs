//! A plugin that is ready to be called.

use std::fmt;
use std::sync::Arc;

use model::FaultKind;
use wasmtime::{Extern, Instance, InstancePre, ModuleExport, Store};

use crate::artefact::hex;
use crate::breaker::{Breaker, Purpose};
use crate::epoch::Clock;
use crate::halt::fault;
use crate::limits::{DEADLINE_TICKS, FUEL_MAX};
use crate::sandbox::{Exports, Sandbox};
use crate::{Call, GuestFault, Input, Suggestion, offer};

/// One version of a plugin. Cheap to clone; immutable, but for its breaker.
#[derive(Clone)]
pub struct Plugin {
    shared: Arc<Shared>,
}

struct Shared {
    digest: [u8; 32],
    instance: InstancePre<Sandbox>,
    exports: Exports,
    breaker: Breaker,
    /// Without it a guest that never ends would never be ended.
    clock: Arc<Clock>,
}

// === impl Plugin ===

impl Plugin {
    /// A plugin of a module whose imports are resolved.
    pub(crate) fn new(
        digest: [u8; 32],
        instance: InstancePre<Sandbox>,
        clock: Arc<Clock>,
    ) -> wasmtime::Result<Self> {
        let exports = Exports::of(instance.module())?;
        let breaker = Breaker::new();
        Ok(Self { shared: Arc::new(Shared { digest, instance, exports, breaker, clock }) })
    }

    /// SHA-256 of the WebAssembly module: its name for ever.
    pub fn digest(&self) -> &[u8; 32] {
        &self.shared.digest
    }

    /// Whether the plugin keeps failing and is not run for the time being.
    pub fn is_stopped(&self) -> bool {
        self.shared.breaker.is_open()
    }

    /// Asks the plugin, in a sandbox of its own that is thrown away afterwards.
    ///
    /// Never fails and never panics: what goes wrong is in [`Call::outcome`]. Takes at most some 5
    /// ms, in the calling thread, which needs [`crate::limits::STACK_BYTES_MAX`] of stack and some
    /// more.
    pub fn call(&self, input: &Input) -> Call {
        self.call_for(Purpose::Serve, input)
    }

    /// The same for somebody who only looks: what comes of it does not count for stopping the plugin. One that is
    /// stopped is not run.
    pub fn look(&self, input: &Input) -> Call {
        self.call_for(Purpose::Look, input)
    }

    fn call_for(&self, purpose: Purpose, input: &Input) -> Call {
        let breaker = &self.shared.breaker;
        let Some(pass) = breaker.admit(purpose, self.shared.clock.ticks()) else {
            let detail = "the plugin failed too often in a row and was not run".into();
            let fault = GuestFault { kind: FaultKind::BreakerOpen, detail };
            return Call { outcome: Err(fault), fuel_used: 0, log: Vec::new() };
        };
        let call = self.run(input);
        match &call.outcome {
            Ok(_) => breaker.answered(pass),
            // The host's own failure says nothing about the plugin.
            Err(fault) if fault.kind == FaultKind::NoSandbox => {}
            Err(fault) => {
                if breaker.failed(pass, self.shared.clock.ticks()) {
                    let digest = hex(self.digest());
                    tracing::warn!(digest, fault = %fault.detail, "plugin stopped for a while");
                }
            }
        }
        call
    }

    fn run(&self, input: &Input) -> Call {
        let sandbox = Sandbox::new(input.clone(), self.shared.exports);
        let mut store = Store::new(self.shared.instance.module().engine(), sandbox);
        store.limiter(|sandbox| sandbox);
        store.set_epoch_deadline(DEADLINE_TICKS);
        let outcome = self.decide(&mut store).map_err(|error| {
            if error.is::<wasmtime::PoolConcurrencyLimitError>() {
                let detail = "every sandbox is in use".into();
                return GuestFault { kind: FaultKind::NoSandbox, detail };
            }
            fault(&error, store.data().denied_memory)
        });
        let fuel_used = FUEL_MAX.saturating_sub(store.get_fuel().unwrap_or(FUEL_MAX));
        let log = std::mem::take(&mut store.data_mut().log);
        Call { outcome, fuel_used, log }
    }

    fn decide(&self, store: &mut Store<Sandbox>) -> wasmtime::Result<Option<Suggestion>> {
        let exports = &self.shared.exports;
        store.set_fuel(FUEL_MAX)?;
        let instance = self.shared.instance.instantiate(&mut *store)?;
        let memory = export(&instance, store, &exports.memory).and_then(Extern::into_memory);
        store.data_mut().memory = memory;
        let decide = export(&instance, store, &exports.decide).and_then(Extern::into_func);
        let (Some(memory), Some(decide)) = (memory, decide) else { return Err(gone()) };

        let at = decide.typed::<(), u32>(&*store)?.call(&mut *store, ())?;
        let suggestion = offer::lift(memory.data(&*store), at)?;

        if let Some(place) = &exports.post_decide {
            let post = export(&instance, store, place).and_then(Extern::into_func);
            let post = post.ok_or_else(gone)?.typed::<u32, ()>(&*store)?;
            store.data_mut().may_leave = false;
            post.call(&mut *store, at)?;
        }
        Ok(suggestion)
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("digest", &self.shared.digest).finish_non_exhaustive()
    }
}

fn export(instance: &Instance, store: &mut Store<Sandbox>, place: &ModuleExport) -> Option<Extern> {
    instance.get_module_export(store, place)
}

/// The gate has seen the export, so this is the host's mistake.
fn gone() -> wasmtime::Error {
    wasmtime::Error::msg("an export that the gate has checked is gone")
}
