//! How the engine is set up, for running and for compiling.
//!
//! Both set-ups share every setting that shapes machine code, so that what the compiling child
//! makes fits the engine that runs it; the engine checks this once more when it loads an artefact.
//!
//! A sandbox is a slot of the engine's pool: memory for one instance is reserved once, and between
//! calls only wiped. Linear memory is reserved to its limit and no further, and every access is
//! checked against that: 4 GiB for each sandbox would save the check and cost the address space
//! that containers like to bound.

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
};

use crate::HostError;
use crate::gate::FEATURES;
use crate::limits::{MEMORY_BYTES_MAX, RESIDENT_BYTES_MAX, STACK_BYTES_MAX, TABLE_ELEMENTS_MAX};

/// Bytes behind each linear memory that nobody may touch.
const GUARD_BYTES: u64 = 64 << 10;

/// An engine that runs up to `sandboxes_max` calls at the same time.
pub(crate) fn for_running(sandboxes_max: u32) -> Result<Engine, HostError> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(sandboxes_max)
        .total_memories(sandboxes_max)
        .total_tables(sandboxes_max)
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .max_memory_size(MEMORY_BYTES_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .linear_memory_keep_resident(RESIDENT_BYTES_MAX)
        .table_keep_resident(RESIDENT_BYTES_MAX)
        // Asking the system which pages were written takes longer than wiping 64 KiB of them: a call
        // of the demonstration's plugin took 2.8 us instead of 2.0.
        .pagemap_scan(Enabled::No);
    let mut config = shared();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    engine(&config)
}

/// An engine that only compiles: it reserves nothing.
pub(crate) fn for_compiling() -> Result<Engine, HostError> {
    let mut config = shared();
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    engine(&config)
}

fn engine(config: &Config) -> Result<Engine, HostError> {
    Engine::new(config).map_err(|error| HostError::Engine { detail: format!("{error:#}").into() })
}

fn shared() -> Config {
    let mut config = Config::new();
    // First everything off, then on what the gate lets through: what neither knows stays off.
    config.wasm_features(!FEATURES, false).wasm_features(FEATURES, true);
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .cranelift_opt_level(OptLevel::Speed)
        .max_wasm_stack(STACK_BYTES_MAX)
        .memory_reservation(reservation())
        .memory_guard_size(GUARD_BYTES)
        .memory_may_move(false)
        .memory_init_cow(true);
    config
}

fn reservation() -> u64 {
    u64::try_from(MEMORY_BYTES_MAX).unwrap_or(u64::MAX)
}
