//! The bounds that tidy holds the tree to, and those of the chores themselves.

/// A longer Rust file is two subjects: tidy asks for it to be split.
pub(crate) const FILE_LINES_MAX: usize = 600;

/// A doc comment with fewer words on a limit does not say what happens when it is reached.
pub(crate) const LIMIT_WORDS_MIN: usize = 4;

/// A guest that declares more memory does not fit the pages that the host keeps resident: it is refused.
pub(crate) const GUEST_PAGES_MAX: u64 = 1;

/// A guest above this size would be refused by the host at upload, so it is refused here.
pub(crate) const GUEST_BYTES_MAX: usize = 256 * 1024;

/// After this time without a byte rustup gives up on a download, and the next toolchain is tried.
pub(crate) const DOWNLOAD_SECONDS_MAX: u32 = 30;
