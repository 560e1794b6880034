//! The host: one engine, one clock, one cache.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::rules::cel::Program;
use sha2::{Digest, Sha256};
use wasmtime::{Engine, Linker, Module};

use crate::artefact::{Cache, Seal};
use crate::epoch::Clock;
use crate::limits::TEXT_BYTES_MAX;
use crate::rules::Workspace;
use crate::sandbox::Sandbox;
use crate::{Compiler, HostError, Plugin, Rejection, RuleSet, engine, gate, imports, rules};

/// What the host is made from.
#[derive(Clone)]
pub struct Config {
    /// Where compiled plugins are kept; `None` compiles each anew at every start.
    pub cache_dir: Option<PathBuf>,
    /// The secret that marks compiled plugins as our own. Whoever has it, and can write to the
    /// cache, can run code in this process.
    pub mac_key: [u8; 32],
    /// Where modules are compiled.
    pub compiler: Compiler,
    /// How many calls of plugins, and page views of rules in CEL, can run at the same time; further
    /// ones fault with `no-sandbox`. Each reserves some 16 MiB of address space, and keeps up to 128 KiB
    /// of memory once it was used.
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

/// Runs plugins. Cheap to clone; the epoch thread ends with the last clone and the last plugin.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    linker: Linker<Sandbox>,
    rules_linker: Linker<Workspace>,
    clock: Arc<Clock>,
    compiler: Compiler,
    seal: Seal,
    cache: Option<Cache>,
    compiled: AtomicU64,
    cached: AtomicU64,
    artefacts_refused: AtomicU64,
}

/// The beginning of every binary module and component.
const WASM_MAGIC: &[u8] = b"\0asm";

// === impl Host ===

impl Host {
    /// Sets up the engine, the pool of sandboxes and the epoch thread.
    ///
    /// # Errors
    /// When memory for the pool cannot be reserved, or the thread or cache folder cannot be made.
    pub fn new(config: Config) -> Result<Self, HostError> {
        let engine = engine::for_running(config.sandboxes_max)?;
        let mut linker = Linker::new(&engine);
        imports::define(&mut linker)
            .map_err(|error| HostError::Engine { detail: format!("{error:#}").into() })?;
        let mut rules_linker = Linker::new(&engine);
        rules::define(&mut rules_linker)
            .map_err(|error| HostError::Engine { detail: format!("{error:#}").into() })?;
        let cache = config
            .cache_dir
            .map(|path| Cache::open(&path).map_err(|source| HostError::CacheDir { path, source }));
        let clock = Arc::new(Clock::start(&engine)?);
        let shared = Shared {
            seal: Seal::new(&config.mac_key, &engine),
            cache: cache.transpose()?,
            engine,
            linker,
            rules_linker,
            clock,
            compiler: config.compiler,
            compiled: AtomicU64::new(0),
            cached: AtomicU64::new(0),
            artefacts_refused: AtomicU64::new(0),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Makes a plugin from a module, in binary or in text form.
    ///
    /// Blocks for as long as the compiler takes, at most [`crate::limits::COMPILE_WALL_MAX`].
    ///
    /// # Errors
    /// When the module is not allowed or cannot be compiled.
    pub fn load(&self, source: &[u8]) -> Result<Plugin, Rejection> {
        let wasm = binary(source)?;
        gate::check(&wasm)?;
        let digest: [u8; 32] = Sha256::digest(&wasm).into();
        let module = self.module(&digest, &wasm)?;
        let instance = self.shared.linker.instantiate_pre(&module);
        let clock = Arc::clone(&self.shared.clock);
        instance.and_then(|instance| Plugin::new(digest, instance, clock)).map_err(refused)
    }

    /// Makes the rules of a plan ready to be asked.
    ///
    /// Blocks for as long as the compiler takes, at most [`crate::limits::COMPILE_WALL_MAX`].
    ///
    /// # Errors
    /// When the program is not allowed or cannot be compiled.
    pub fn load_rules(&self, program: &Program) -> Result<RuleSet, Rejection> {
        rules::check(program.wasm())?;
        let module = self.module(program.digest(), program.wasm())?;
        let instance = self.shared.rules_linker.instantiate_pre(&module);
        let clock = Arc::clone(&self.shared.clock);
        let set = instance.and_then(|instance| RuleSet::new(program.clone(), instance, clock));
        set.map_err(refused)
    }

    /// The epoch: a counter that the host's own thread advances once a millisecond.
    pub fn tick(&self) -> u64 {
        self.shared.clock.ticks()
    }

    /// Counts since the start.
    pub fn stats(&self) -> Stats {
        let pool = self.shared.engine.pooling_allocator_metrics();
        Stats {
            sandboxes: pool.map_or(0, |pool| pool.core_instances()),
            compiled: self.shared.compiled.load(Ordering::Relaxed),
            cached: self.shared.cached.load(Ordering::Relaxed),
            artefacts_refused: self.shared.artefacts_refused.load(Ordering::Relaxed),
        }
    }

    /// The compiled module, from the cache or anew.
    fn module(&self, digest: &[u8; 32], wasm: &[u8]) -> Result<Module, Rejection> {
        match self.cached(digest) {
            Some(module) => Ok(module),
            None => self.compile(digest, wasm),
        }
    }

    /// The compiled module, if the cache has it and its seal is whole. A cache that cannot be used
    /// is no reason to refuse a plugin, but one to tell the operator.
    fn cached(&self, digest: &[u8; 32]) -> Option<Module> {
        let cache = self.shared.cache.as_ref()?;
        let sealed = cache.read(&self.shared.seal, digest).unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot read a compiled plugin, compiling it anew");
            None
        })?;
        let opened = self.shared.seal.open(digest, &sealed);
        let loaded = opened.map_err(|error| error.to_string()).and_then(|verified| {
            verified.load(&self.shared.engine).map_err(|error| format!("{error:#}"))
        });
        match loaded {
            Ok(module) => {
                self.shared.cached.fetch_add(1, Ordering::Relaxed);
                Some(module)
            }
            Err(error) => {
                self.shared.artefacts_refused.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(error, "refused a compiled plugin, compiling it anew");
                None
            }
        }
    }

    fn compile(&self, digest: &[u8; 32], wasm: &[u8]) -> Result<Module, Rejection> {
        let shared = &self.shared;
        let code = shared.compiler.compile(&shared.engine, wasm)?;
        shared.compiled.fetch_add(1, Ordering::Relaxed);
        let sealed = shared.seal.seal(digest, &code);
        if let Some(cache) = &shared.cache
            && let Err(error) = cache.write(&shared.seal, digest, &sealed)
        {
            tracing::warn!(%error, "cannot keep a compiled plugin");
        }
        let verified = shared
            .seal
            .open(digest, &sealed)
            .map_err(|error| Rejection::CompilerUnavailable { detail: error.to_string().into() })?;
        verified.load(&shared.engine).map_err(refused)
    }
}

/// The binary form of a module.
fn binary(source: &[u8]) -> Result<Cow<'_, [u8]>, Rejection> {
    if source.starts_with(WASM_MAGIC) {
        return Ok(Cow::Borrowed(source));
    }
    let not_wasm = |detail: &str| Rejection::NotWasm { detail: detail.into() };
    if source.len() > TEXT_BYTES_MAX {
        return Err(Rejection::TooLarge { bytes: source.len(), bytes_max: TEXT_BYTES_MAX });
    }
    let text = std::str::from_utf8(source)
        .map_err(|_| not_wasm("neither a binary module nor UTF-8 text"))?;
    let wasm = wat::parse_str(text).map_err(|error| not_wasm(&error.to_string()))?;
    Ok(Cow::Owned(wasm))
}

/// What passes the gate and compiles fits the engine; if not, the two disagree.
fn refused(error: wasmtime::Error) -> Rejection {
    Rejection::Compile { detail: format!("{error:#}").into() }
}
