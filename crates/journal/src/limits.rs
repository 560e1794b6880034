//! The bounds of the journal, and what happens when one is reached.

use std::time::Duration;

/// A longer payload fences the journal, since it can be neither written nor acknowledged. The largest
/// event that is accepted is far below.
pub const PAYLOAD_BYTES_MAX: usize = 4 << 20;

/// A record that claims more memory than this while it is decoded is refused as damaged.
pub const RECORD_MEMORY_BYTES_MAX: usize = 64 << 20;

/// The default size at which a segment is closed and the next one begun.
pub const SEGMENT_BYTES_MAX: u64 = 64 << 20;

/// The default for the bytes that wait for the disk; beyond it `reserve` answers `Backlogged`.
pub const BACKLOG_BYTES_MAX: usize = 64 << 20;

/// How long the writer by default gathers further frames before it writes, so that more of them share
/// one `fdatasync`. It gathers no longer once somebody waits for one of them. A crash loses at most
/// this much of what nobody waited for.
pub const COMMIT_DELAY: Duration = Duration::from_millis(5);

/// The writer stops gathering once this much waits.
pub const COMMIT_BYTES: usize = 1 << 20;

/// The buffers for pending frames are given back to the allocator when they have grown beyond this.
pub const BUFFER_BYTES_KEPT: usize = 4 << 20;

/// How often a batch is tried again in a new segment after its write or sync failed; then the journal
/// is fenced.
pub const RETRIES_MAX: u32 = 5;

/// The default pause before the first retry; it doubles with each further one.
pub const RETRY_BACKOFF: Duration = Duration::from_millis(20);

/// How much a reader and the recovery read from a segment at a time; a longer frame gets a buffer of
/// its own length.
pub const READ_BYTES: usize = 256 << 10;

const _: () = assert!(PAYLOAD_BYTES_MAX <= RECORD_MEMORY_BYTES_MAX);
const _: () = assert!(PAYLOAD_BYTES_MAX < 1 << 31, "the length shares its 32 bits with a flag");
const _: () = assert!(COMMIT_BYTES <= BACKLOG_BYTES_MAX);
