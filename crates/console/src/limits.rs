//! The bounds of the control plane, and what happens when one is reached.

use std::time::Duration;

/// Connections served at once; further ones wait in the kernel's accept queue.
pub const CONNECTIONS_MAX: usize = 256;

/// A connection whose request head has not arrived after this long is closed; so is one that stays
/// idle between requests for longer.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of request head buffered for a connection; a longer head is answered 431.
pub const CONNECTION_BUFFER_BYTES_MAX: usize = 32 * 1024;

/// Headers of a request; more are answered 431.
pub const HEADERS_MAX: usize = 64;

/// A larger plugin is answered 413. The plugin gate's own bound on a module is lower; text is longer
/// than the module that it stands for.
pub const PLUGIN_BODY_BYTES_MAX: usize = 1024 * 1024;

/// A larger bundle of campaign files is answered 413. The data plane's own bound on the files is lower;
/// Base64 makes them longer.
pub const PLAN_BODY_BYTES_MAX: usize = 48 * 1024 * 1024;

/// A larger body of a rollback is answered 413.
pub const ROLLBACK_BODY_BYTES_MAX: usize = 1_024;

/// Bundles arriving at once, each in memory; a further one is answered 503 with `Retry-After`. A slow sender
/// holds a place here, and none among [`PUBLICATIONS_MAX`].
pub const BUNDLES_ARRIVING_MAX: usize = 4;

/// Publications and rollbacks under way at once, each with its bundle in memory; a further one is answered
/// 503 with `Retry-After`.
pub const PUBLICATIONS_MAX: usize = 2;

/// Of more mistakes in a plan, the first so many are told, and how many there are.
pub const DIAGNOSTICS_TOLD_MAX: usize = 200;

/// A body that has not arrived after this long is answered 408.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long totals and reports wait for the figures to hold what was recorded before the request; after
/// that they are told as they are.
pub const FIGURES_WAIT: Duration = Duration::from_secs(5);

/// Plugins checked at once; a further one is answered 503 with `Retry-After`.
pub const CHECKS_MAX: usize = 2;

/// A request that is not answered after this long is answered 503. A check or a publication that has begun
/// runs on to its own limits, and keeps its place among [`CHECKS_MAX`] or [`PUBLICATIONS_MAX`] until then.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Whole seconds told in `Retry-After`.
pub const RETRY_AFTER_S: u32 = 5;

/// How long a shutdown waits for requests in flight before it closes their connections.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long accepting pauses after the operating system refused it, for lack of file descriptors for
/// example.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const _: () = assert!(FIGURES_WAIT.as_secs() < REQUEST_TIMEOUT.as_secs());
const _: () = assert!(BODY_TIMEOUT.as_secs() < REQUEST_TIMEOUT.as_secs());
