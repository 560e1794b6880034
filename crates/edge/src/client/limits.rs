//! The bounds of a call to a server, and what happens when one is reached.

use std::time::Duration;

/// A server that has not taken the connection after this long counts as unreachable.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A call whose answer has not wholly arrived after this long fails. A server says by itself that something
/// takes too long, and is given the time to.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(75);

/// A call whose answer is longer fails.
pub(super) const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A call whose answer has a longer head fails.
pub(super) const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How often a call is made while the server answers 429 or 503; the last such answer is the result.
pub(super) const TRIES_MAX: u32 = 20;

/// The time before the next try when the server does not tell one.
pub(super) const PAUSE_DEFAULT: Duration = Duration::from_secs(1);

/// A server that asks for a longer pause is tried again after this one.
pub(super) const PAUSE_MAX: Duration = Duration::from_secs(30);

const _: () = assert!(TRIES_MAX > 0);
const _: () = assert!(console::limits::REQUEST_TIMEOUT.as_secs() < ANSWER_TIMEOUT.as_secs());
const _: () = assert!(PAUSE_DEFAULT.as_secs() <= PAUSE_MAX.as_secs());
