//! What the host offers to guests: the three interfaces of the contract.
//!
//! Each function first counts the call, then reads its arguments, then asks the input, then writes
//! the result; an error anywhere ends the guest. The shapes are here, so that the files of the
//! interfaces read like the contract: a name, and where the value comes from.

mod customer;
mod log;
mod shape;
mod view;

use wasmtime::Linker;

use crate::contract::{CUSTOMER, LOG, VIEW};
use crate::sandbox::Sandbox;
use shape::Interface;

/// Defines every import of the contract.
pub(crate) fn define(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    customer::define(&mut Interface::new(linker, CUSTOMER))?;
    view::define(&mut Interface::new(linker, VIEW))?;
    log::define(&mut Interface::new(linker, LOG))
}

#[cfg(test)]
mod tests;
