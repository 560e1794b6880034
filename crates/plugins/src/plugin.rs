//! A plugin that is ready to be called.

use std::sync::Arc;

use model::FaultKind;

use crate::{Call, GuestFault, Input};

/// One version of a plugin. Cheap to clone; immutable, but for its breaker.
#[derive(Clone)]
pub struct Plugin {
    digest: Arc<[u8; 32]>,
}

// === impl Plugin ===

impl Plugin {
    /// SHA-256 of the WebAssembly module: its name for ever.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Asks the plugin, in a sandbox of its own that is thrown away afterwards.
    pub fn call(&self, _input: &Input) -> Call {
        let fault = GuestFault { kind: FaultKind::NoSandbox, detail: "no engine yet".into() };
        Call { outcome: Err(fault), fuel_used: 0, log: Vec::new() }
    }
}
