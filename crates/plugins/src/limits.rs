//! What a plugin may take, and what happens when it wants more.
//!
//! Three lines of defence, each with its own limits: what is given to the compiler at all, what the
//! compiler may take to compile it, and what a call may take. A Rust guest by wit-bindgen is 2 to
//! 60 kB of WebAssembly with some hundred functions, and spends a few thousand units of fuel.

use std::time::Duration;

// --- What is given to the compiler. Beyond one of these the module is rejected.

/// A longer module is rejected before it is read.
pub const MODULE_BYTES_MAX: usize = 256 << 10;

/// A longer text is rejected before it is parsed; text is several times longer than what it stands
/// for.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// More functions, imported ones included, are rejected: each costs the compiler some 0.1 ms.
pub const FUNCTIONS_MAX: u32 = 2_000;

/// A longer function body is rejected: register allocation takes more than linear time.
pub const BODY_BYTES_MAX: usize = 16 << 10;

/// A function with more locals, parameters not counted, is rejected.
pub const LOCALS_MAX: u32 = 500;

/// Blocks nested deeper are rejected: the compiler's passes over the control flow grow with depth.
pub const NESTING_MAX: u32 = 64;

/// A function with more targets in all its `br_table`s is rejected. Each is an edge that carries
/// every local: with 500 locals in 60 loops, 14 tables took 25 times as long to compile as one.
pub const BRANCH_TARGETS_MAX: u32 = 512;

/// More function types are rejected.
pub const TYPES_MAX: u32 = 512;

/// A function type, or a block's, with more parameters or with more results is rejected.
pub const TYPE_ARITY_MAX: usize = 32;

/// More imports are rejected; an import may be named twice.
pub const IMPORTS_MAX: u32 = 64;

/// More exports are rejected; those beyond the contract's are ignored.
pub const EXPORTS_MAX: u32 = 64;

/// More globals are rejected: they are set up anew for each call.
pub const GLOBALS_MAX: u32 = 256;

/// More data segments, or more element segments, are rejected: they are set up anew for each call.
pub const SEGMENTS_MAX: u32 = 256;

/// A longer module of rules is rejected. The code generator stays below it by bounds of its own.
pub const RULE_MODULE_BYTES_MAX: usize = 2 << 20;

/// A module of more rules and parts of rules is rejected.
pub const RULE_FUNCTIONS_MAX: u32 = 16_384;

/// A module of rules that keeps more values is rejected: each global takes some 3 ns of a page view.
pub const RULE_GLOBALS_MAX: u32 = 4_096;

// --- What compiling may take. Beyond one of these the child is killed and the module is rejected.

/// Processor time of the compiling child.
pub const COMPILE_CPU_SECONDS_MAX: u64 = 10;

/// Time on the clock, after which a child is killed that waits for something that never comes.
pub const COMPILE_WALL_MAX: Duration = Duration::from_secs(60);

/// Address space of the compiling child, its program included. Modules of 256 kB of ordinary code
/// compiled in 40 MiB; those made to be slow run into the processor time first.
pub const COMPILE_ADDRESS_BYTES_MAX: u64 = 512 << 20;

/// A larger artefact is not taken from the child, and not read from the cache.
pub const ARTEFACT_BYTES_MAX: usize = 32 << 20;

/// Files in the cache; of more, those written longest ago are removed and compiled again when
/// needed.
pub const CACHE_FILES_MAX: usize = 256;

// --- What a call may take. Beyond one of these the call ends with the fault that is named.

/// Linear memory. `memory.grow` beyond it answers -1; a trap after that is `out-of-memory`.
pub const MEMORY_BYTES_MAX: usize = 16 << 20;

/// Pages of linear memory: [`MEMORY_BYTES_MAX`] in WebAssembly's unit.
pub const MEMORY_PAGES_MAX: u64 = 256;

/// Entries of the table. `table.grow` beyond it answers -1; a trap after that is `out-of-memory`.
pub const TABLE_ELEMENTS_MAX: usize = 4_096;

/// The guest's stack, then `stack-overflow`. A thread that calls plugins needs this much and some
/// more.
pub const STACK_BYTES_MAX: usize = 256 << 10;

/// Units of work, roughly one per instruction and one per byte of a bulk copy, then `out-of-fuel`.
/// About 0.2 to 0.5 ms. It is deterministic: a guest that runs out does so on every machine.
pub const FUEL_MAX: u64 = 500_000;

/// Length of an epoch, in which time is measured.
pub const TICK: Duration = Duration::from_millis(1);

/// Epochs that a call may last, then `timeout`. What fuel does not see is bounded by it: page
/// faults, calls to the host, and a processor that is taken away.
pub const DEADLINE_TICKS: u64 = 5;

/// Calls to the host, then `host-calls`.
pub const HOST_CALLS_MAX: u32 = 1_000;

/// Bytes of log, then `log-output`.
pub const LOG_BYTES_MAX: u32 = 1 << 10;

/// A longer text given to the host, a log line apart, is a `bad-abi`: no name is as long as this.
pub const ARGUMENT_BYTES_MAX: u32 = 1 << 10;

/// A longer reason is a `bad-offer`.
pub const REASON_BYTES_MAX: u32 = 256;

/// More values in one offer are a `bad-offer`.
pub const VALUES_MAX: u32 = 16;

/// A longer name or text of a value is a `bad-offer`.
pub const VALUE_BYTES_MAX: u32 = 256;

/// A longer name of a function, which the author chose, is cut where a fault tells of it.
pub const FUNCTION_NAME_CHARS_MAX: usize = 80;

// --- What one rule may take. Beyond one of these it ends with the fault that is named, and the next
// rule begins with all of it.

/// Units of work, as [`FUEL_MAX`]; then `out-of-fuel`.
pub const RULE_FUEL_MAX: u64 = FUEL_MAX;

/// Epochs that a rule may last, then `timeout`.
pub const RULE_DEADLINE_TICKS: u64 = DEADLINE_TICKS;

/// Calls to the host, then `host-calls`. A macro over 1,000 elements makes some thousands.
pub const RULE_HOST_CALLS_MAX: u32 = 50_000;

/// Values and errors that a rule makes the host hold, then `out-of-memory`.
pub const RULE_VALUES_MAX: u32 = 20_000;

/// Bytes of those values, then `out-of-memory`.
pub const RULE_VALUE_BYTES_MAX: usize = 4 << 20;

/// Values and errors of a page view; once there are more, the next rule begins with a new sandbox.
pub const SESSION_VALUES_MAX: usize = 40_000;

/// Bytes of the values of a page view; once there are more, the next rule begins with a new sandbox.
pub const SESSION_VALUE_BYTES_MAX: usize = 8 << 20;

// --- What goes around a call.

/// Memory of an idle sandbox that is wiped in place. Guests whose memory is not larger cost no call
/// to the system; what is beyond it is given back to the system after each call.
pub const RESIDENT_BYTES_MAX: usize = 64 << 10;

/// Faults in a row after which a plugin's breaker opens and the plugin is no longer run.
pub const BREAKER_FAULTS_MAX: u32 = 5;

/// Ticks after which an open breaker lets one call through to try.
pub const BREAKER_RETRY_TICKS: u64 = 1_000;

const _: () = assert!(MEMORY_BYTES_MAX as u64 == MEMORY_PAGES_MAX * 65_536);
const _: () = assert!(RESIDENT_BYTES_MAX <= MEMORY_BYTES_MAX);
const _: () = assert!(BODY_BYTES_MAX < MODULE_BYTES_MAX);
const _: () = assert!(MODULE_BYTES_MAX <= RULE_MODULE_BYTES_MAX);
const _: () = assert!(DEADLINE_TICKS < BREAKER_RETRY_TICKS);
const _: () = assert!(LOG_BYTES_MAX <= ARGUMENT_BYTES_MAX);
