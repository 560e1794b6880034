//! The interface `view`: the page view, its time and its randomness.

use super::shape::Interface;

/// Defines every function of the interface, in the order of the contract.
pub(super) fn define(view: &mut Interface<'_>) -> wasmtime::Result<()> {
    view.amount("now", |input| input.now.ms())?;
    view.text("path", |view| &view.path)?;
    view.text("url", |view| &view.url)?;
    view.text("referrer", |view| &view.referrer)?;
    view.text("locale", |view| &view.locale)?;
    view.text("device", |view| &view.device)?;
    view.amount("random", |input| input.seed.cast_signed())
}
