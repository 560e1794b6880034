//! Untrusted rule plugins: gated, compiled, cached and run in sandboxes.
//!
//! A plugin is a core WebAssembly module under the Canonical ABI of the world `rule` in
//! `wasm-plugins/wit/rules.wit`. It is written by somebody whom nobody here knows, so everything
//! that it does is bounded: what the compiler is given ([`Rejection`]), how it is compiled
//! ([`Compiler::Child`]), and what one call may take and answer ([`GuestFault`]). A call that goes
//! wrong is a value, never an error and never a panic; the host goes on to serve everyone else.
//!
//! ```text
//!  source -> gate -> cache? -> compile -> seal -> verify -> load      Host::load, once a version
//!
//!  breaker? -> fresh sandbox -> decide -> lift the offer -> drop        Plugin::call, microseconds
//!                   \ imports: customer, view, log
//! ```
//!
//! What is not here: what a suggestion means (`decision`), which plugin a tenant uses (`edge` and
//! `console`), and anything that a plugin could keep: no state survives a call.
//!
//! The rules of a plan, in CEL, are compiled by the crate of that name and run the same way, all of them
//! in one sandbox; see [`RuleSet`].
//!
//! Read in this order: [`limits`], then `contract`, what the two sides agreed on; `gate`, `compile`
//! and `artefact`, the way in; `plugin`, `sandbox`, `imports`, `abi` and `offer`, one call; `halt`
//! and `breaker`, what happens when it goes wrong; `engine` and `epoch`, what all stands on.

mod abi;
mod artefact;
mod breaker;
mod call;
mod compile;
mod contract;
mod engine;
mod epoch;
mod error;
mod gate;
mod halt;
mod host;
mod imports;
pub mod limits;
mod offer;
mod plugin;
mod rejection;
mod rules;
mod sandbox;

pub use call::{Call, GuestFault, Input, LogLevel, LogLine, Suggestion};
pub use compile::{Compiler, compile_in_child};
pub use error::HostError;
pub use host::{Config, Host, Stats};
pub use plugin::Plugin;
pub use rejection::Rejection;
pub use rules::{Getters, RuleSet, Session, Shop, UnknownName};
