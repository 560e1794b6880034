//! The bounds of a replay, and what happens when one is reached.

/// Calls under way at a time when nobody says otherwise.
pub(crate) const CONNECTIONS_DEFAULT: u16 = 8;

/// More connections are refused on the command line.
pub(crate) const CONNECTIONS_MAX: u16 = 256;

/// Calls waiting in a lane; the reader waits for room.
pub(super) const LANE_CALLS_MAX: usize = 32;

/// A longer line is skipped. The server takes events of up to 32 KiB.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024;

/// Reasons told apart in the outcome; rows with a further one are counted as "other reasons".
pub(super) const REASONS_MAX: usize = 50;

/// A longer reason is cut.
pub(super) const REASON_BYTES_MAX: usize = 300;

/// Names of a log that are known to be another name's customer. At more the replay ends, since the order
/// of a customer's rows could no longer be kept over several connections; over one it needs no names.
pub(super) const LINKED_NAMES_MAX: usize = 2_000_000;

const _: () = assert!(CONNECTIONS_DEFAULT <= CONNECTIONS_MAX);
