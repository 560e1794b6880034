//! Untrusted rule plugins: gated, compiled, cached and run in sandboxes.
//!
//! A plugin is a core WebAssembly module under the Canonical ABI of the world `rule` in
//! `wasm-plugins/wit/rules.wit`. It is written by somebody whom nobody here knows, so everything that
//! it does is bounded: what the compiler is given ([`Rejection`]), how it is compiled
//! ([`Compiler::Child`]), and what one call may take and answer ([`GuestFault`]). A call that goes
//! wrong is a value, never an error and never a panic; the host goes on to serve everyone else.

mod call;
mod compile;
mod error;
mod host;
mod plugin;
mod rejection;

pub use call::{Call, GuestFault, Input, LogLevel, LogLine, Suggestion};
pub use compile::{Compiler, compile_in_child};
pub use error::HostError;
pub use host::{Config, Host, Stats};
pub use plugin::Plugin;
pub use rejection::Rejection;
