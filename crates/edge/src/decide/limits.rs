//! The bounds of a decide request, and what happens when one is reached.

/// A request for more placements is answered with 400.
pub(crate) const PLACEMENTS_MAX: usize = 32;

/// A longer URL, path, referrer or title is cut: rules look at beginnings.
pub(crate) const PAGE_TEXT_BYTES_MAX: usize = 2_048;

/// A longer locale or device is cut.
pub(crate) const CONTEXT_TEXT_BYTES_MAX: usize = 64;

/// A request that forces more campaigns is answered with 400.
pub(crate) const FORCED_MAX: usize = 32;
