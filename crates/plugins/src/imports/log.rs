//! The interface `log`: lines for the plugin's author.

use super::shape::Interface;

/// Defines every function of the interface.
pub(super) fn define(log: &mut Interface<'_>) -> wasmtime::Result<()> {
    log.line("write")
}
