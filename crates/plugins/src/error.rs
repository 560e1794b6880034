//! What can go wrong on the host's side.

use std::path::PathBuf;

/// Why the host could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The engine did not accept its configuration.
    #[error("cannot set up the WebAssembly engine: {detail}")]
    Engine {
        /// The engine's words.
        detail: Box<str>,
    },
    /// The folder for compiled plugins cannot be made.
    #[error("cannot make the plugin cache {}", path.display())]
    CacheDir {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The thread that drives deadlines cannot be started.
    #[error("cannot start the epoch thread")]
    Thread(#[source] std::io::Error),
}
