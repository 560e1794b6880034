//! Customers' profiles: folded from events, merged, hot in memory, checkpointed to disk.
//!
//! Read in this order: [`fold`], what an event means for a profile; [`merge`], how two profiles
//! become one; [`Store`], where profiles live; [`Window`], which events were seen already;
//! `checkpoint` and `codec`, the file on disk; [`limits`].

mod error;
mod fold;
pub mod limits;
mod merge;
mod store;
mod window;

pub use error::{StoreError, UpdateError};
pub use fold::{fold, fold_exposures};
pub use merge::{merge, merge_change};
pub use store::{CheckpointStats, Config, EvictStats, Known, Opened, Stats, Store};
pub use window::{Admission, EventKey, Window};
