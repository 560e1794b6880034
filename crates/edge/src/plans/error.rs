//! Why a plan does not come into force.

use std::io;
use std::path::PathBuf;

use model::TenantKey;

use super::canary::Outcome;
use super::complaint::Complaint;
use crate::upkeep::chain;

/// Why a plan does not come into force. The one before it stays.
#[derive(Debug, thiserror::Error)]
pub enum PlansError {
    /// A file or folder cannot be read or written.
    #[error("cannot use {}: check the path, its permissions and the room on its disk", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The source is wrong. All of its mistakes are told at once.
    #[error("{}", complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused {
        /// Each mistake with its place and its remedy.
        complaints: Vec<Complaint>,
        /// What came of trying it, if it came so far.
        canary: Option<Box<Outcome>>,
    },
    /// The record of plan versions is damaged; it is kept as it is.
    #[error("{}: not a record of plan versions; restore it, or move it away to begin at 1", path.display())]
    Versions {
        /// The file.
        path: PathBuf,
        /// Where it is wrong.
        source: serde_json::Error,
    },
    /// No version of this number is kept.
    #[error("version {version} is not kept; kept are {known:?}")]
    UnknownVersion {
        /// The version.
        version: u64,
        /// The versions that are kept, newest first.
        known: Vec<u64>,
    },
    /// No tenant of this name is configured.
    #[error("no tenant {tenant} is configured")]
    UnknownTenant {
        /// The tenant.
        tenant: TenantKey,
    },
    /// A version that was kept is damaged or gone.
    #[error(
        "{}: not the plan of version {version} as it was kept; restore it, or change the folder of the \
         campaigns to publish that instead",
        path.display()
    )]
    Kept {
        /// Its file.
        path: PathBuf,
        /// The version.
        version: u64,
    },
}

// === impl PlansError ===

impl PlansError {
    /// What is wrong, each with its remedy; never empty.
    pub(crate) fn complaints(&self) -> Vec<Complaint> {
        match self {
            Self::Refused { complaints, .. } => complaints.clone(),
            other => vec![Complaint::file("", &chain(other), "the log of the service tells more")],
        }
    }
}

impl From<Vec<Complaint>> for PlansError {
    fn from(complaints: Vec<Complaint>) -> Self {
        Self::Refused { complaints, canary: None }
    }
}

impl From<Complaint> for PlansError {
    fn from(complaint: Complaint) -> Self {
        Self::Refused { complaints: vec![complaint], canary: None }
    }
}
