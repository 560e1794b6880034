//! Why a server does not start, or does not stop cleanly.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a server does not start, or does not stop cleanly. The message names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("cannot use the data folder {}: check the path and its permissions", path.display())]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The journal is damaged, in use or cannot be read.
    #[error("journal")]
    Journal(#[from] journal::JournalError),
    /// The journal was closed or fenced.
    #[error("journal")]
    Append(#[from] journal::AppendError),
    /// The checkpoint is damaged, in use or cannot be read.
    #[error("profiles")]
    Store(#[from] profiles::StoreError),
    /// The end of the journal was lost: new records would get positions that the checkpoint takes for
    /// records it has already, and would be passed over.
    #[error(
        "the journal ends at record {appended_lsn}, but the checkpoint holds records up to \
         {covered_lsn}; restore the missing segments into `journal`, or move the whole data folder \
         but for the keys away to begin anew"
    )]
    JournalBehind {
        /// The last record in the journal.
        appended_lsn: u64,
        /// The last record that the checkpoint covers.
        covered_lsn: u64,
    },
    /// The record of budgets is damaged or cannot be read or written.
    #[error("budgets")]
    Budgets(#[from] crate::budgets::BudgetsError),
    /// The live figures cannot be kept.
    #[error("analytics")]
    Analytics(#[from] analytics::AnalyticsError),
    /// The keys cannot be read.
    #[error("keys")]
    Keys(#[from] crate::keys::KeyError),
    /// The sandbox pool cannot be made.
    #[error("plugins")]
    Plugins(#[from] plugins::HostError),
    /// The campaigns are not right.
    #[error(transparent)]
    Plans(#[from] crate::plans::PlansError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: choose a free port in [listen]")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// The work of stopping was itself stopped.
    #[error("stopped before everything was written")]
    Stopped,
}
