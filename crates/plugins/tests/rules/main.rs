//! Rules in CEL as programs in real sandboxes.

mod asking;
mod world;
