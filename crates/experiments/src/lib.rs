//! Which arm a customer is in, and what the arms did.
//!
//! Two pure halves that know nothing of each other. [`Split`] assigns a unit (a customer's id as text)
//! to a variant by a published algorithm, so that anybody can recompute who was in which arm; [`bucket`] draws it
//! for anything else by the same. [`inference`] compares two arms by their counts, or by their sums and sums of squares, and cites the
//! formula of every number. Neither reads a clock nor draws a random number: the same arguments always
//! give the same answer.
//!
//! What this crate refuses to do is to answer with NaN or infinity. Where the data cannot say, the
//! answer is an [`inference::Undetermined`] that tells why.
//!
//! Read in this order: `murmur3` (the hash), `draw` (from hash to bucket), `split` (to variant), `assignment` (who is held out), `inference` (the effect).

mod assignment;
mod draw;
pub mod inference;
pub mod limits;
mod murmur3;
mod split;

pub use assignment::{Assignment, Holdout};
pub use draw::{bucket, holdout_salt, layer_salt, tenant_holdout_salt};
pub use murmur3::murmur3_32;
pub use split::{Split, SplitError, assign};
