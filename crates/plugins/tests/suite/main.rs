//! What plugins can and cannot do, with real modules in real sandboxes.

mod cache;
mod call;
mod gate;
mod getters;
mod hostile;
mod sdk;
mod world;
