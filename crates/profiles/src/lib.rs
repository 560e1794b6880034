//! Customers' profiles: folded from events, merged, hot in memory, checkpointed to disk.
//!
//! This crate owns the truth about customers: [`fold()`] says what an event means for a profile,
//! [`merge()`] how two profiles become one, and the [`Store`] keeps millions of them, the ones in use in
//! memory within a byte budget, all of them in a file together with the journal position that it
//! covers. It refuses to know the journal itself: positions are numbers that the caller gives, and
//! recovery is the caller reading the journal's tail to [`Store::replay_event`] and its siblings. It
//! reads no clock either. Folding and merging are pure.
//!
//! Read in this order: `fold`, `merge` (the rules); `store` (the locks, and why a crash loses nothing);
//! `window` (deduplication); `checkpoint` and `codec` (the format on disk); [`limits`].

mod checkpoint;
mod codec;
mod error;
mod fold;
pub mod limits;
mod merge;
mod sorted;
mod store;
#[cfg(test)]
mod testing;
mod window;

pub use error::{StoreError, UpdateError};
pub use fold::{currency_of_order, fold, fold_exposures, fold_redemption, happened_at};
pub use merge::{merge, merge_change};
pub use store::{CheckpointStats, Config, EvictStats, Known, Opened, Stats, Store, WaitDurable};
pub use window::{Admission, EventKey, Window};
