//! Lines that the author of a rule reads in a dry run.
//!
//! At most 1 KiB for each call of the rule; more is a fault. Do not log what could name a customer.

use crate::host::log::{Level, write};

/// What only the author wants to know.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// What is worth knowing.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// What looks wrong and does not matter yet.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// What is wrong.
pub fn error(message: &str) {
    write(Level::Error, message);
}
