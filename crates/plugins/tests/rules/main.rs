//! Rules in CEL as programs in real sandboxes.

mod asking;
mod differential;
mod faults;
mod gate;
mod shop;
mod trees;
mod world;
