//! The data plane, and the program around it.
//!
//! `edge` is the only crate that knows the network's side of a page view: it listens, bounds and routes
//! requests, learns the tenant from the key, turns wire formats into the words of `model`, asks
//! `decision`, records what happened, answers, and drains when it is told to stop. It is also where all
//! other crates are put together.
//!
//! In reading order: [`cli`], the table of contents of the program; [`config`], what it is told;
//! [`service`], what a running server consists of; `server`, connections; `route` and `handle`,
//! requests; `segment`, `decide` and `ofrep`, the wire formats; `deciding`, what the latter two share;
//! `digest`, names made of what they stand for; `seal`, what is believed when it comes back; `token`, what
//! an offer can be redeemed with; `keys`, who calls; `record`, how anything gets into memory and onto disk;
//! `budgets`, how budgets survive; `upkeep`, what is done now and then; `snapshot`, the profiles beside a
//! running server; [`throwaway`], a server for a while; `replay` and [`demo`], the server seen from outside.

pub mod budgets;
pub mod cli;
mod client;
mod clock;
pub mod config;
mod control;
mod decide;
mod deciding;
pub mod demo;
mod digest;
mod files;
mod handle;
pub mod keys;
mod limits;
mod metrics;
mod ofrep;
pub mod plans;
mod problem;
mod record;
mod replay;
mod route;
mod seal;
mod segment;
mod server;
pub mod service;
mod snapshot;
mod tenants;
pub mod throwaway;
mod token;
mod upkeep;
