//! The bounds of what is read from the wire, and what happens when one is reached.

/// A larger event is skipped in a batch and answered with 400 by itself. As Segment has it.
pub(crate) const EVENT_BYTES_MAX: usize = 32 * 1024;

/// A larger body is answered with 400, as Segment does; clients split at 480 KB and below.
pub(crate) const BATCH_BYTES_MAX: usize = 500 * 1024;

/// A batch of more events is answered with 400. As Segment has it.
pub(crate) const BATCH_EVENTS_MAX: usize = 2_500;

/// An event with deeper nesting of objects and arrays is skipped: whoever reads the journal later may
/// use a recursive reader.
pub(crate) const EVENT_DEPTH_MAX: usize = 64;

/// A `track` call with a longer event name is skipped.
pub(crate) const EVENT_NAME_BYTES_MAX: usize = 256;

/// An order with a longer `order_id` is skipped: cut names could make two orders one.
pub(crate) const ORDER_ID_BYTES_MAX: usize = 256;

/// A longer coupon code is cut.
pub(crate) const COUPON_BYTES_MAX: usize = 64;

/// A longer path is cut; the properties keep it whole.
pub(crate) const PATH_BYTES_MAX: usize = 2_048;

/// An event that would lie further in the future than this counts as happening when it was received.
pub(crate) const FUTURE_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// Skipped events that the answer names; it counts the rest.
pub(crate) const SKIPPED_LISTED_MAX: usize = 100;

const _: () = assert!(EVENT_BYTES_MAX < BATCH_BYTES_MAX);
