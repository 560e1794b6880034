//! Rules in CEL as programs in real sandboxes.

mod asking;
mod conformance;
mod differential;
mod faults;
mod gate;
mod interpreter;
mod language;
mod shop;
mod trees;
mod world;
