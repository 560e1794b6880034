//! Why a module is not taken as a plugin.

/// Why a module is not taken as a plugin, in words that tell its author what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The compiler gave up or was given up on.
    #[error("cannot be compiled: {detail}")]
    Compile {
        /// What happened.
        detail: Box<str>,
    },
}

// === impl Rejection ===

impl Rejection {
    /// The stable short name, for metrics, tests and the admin interface.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Compile { .. } => "compile",
        }
    }
}
