//! What can go wrong.

use std::path::PathBuf;

use model::{CustomerId, TenantKey};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder or file could not be made or opened.
    #[error("cannot open the profile checkpoint {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: redb::Error,
    },
    /// The file is damaged. It is never written anew.
    #[error(
        "the profile checkpoint {} is damaged ({reason}); it is kept as it is: restore it from a \
         backup, or move it away so that the profiles are built again from the journal",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The file was written by a version that this one does not know.
    #[error(
        "the profile checkpoint {} has format {found} and this version reads format {expected}: \
         run the version that wrote it",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u64,
        /// The version that can be read.
        expected: u64,
    },
    /// A profile is larger than a row may be, which the caps of a profile rule out.
    #[error("the profile of {customer} does not fit a row: {bytes} bytes")]
    TooLarge {
        /// Whose.
        customer: CustomerId,
        /// How large.
        bytes: usize,
    },
    /// A record of one tenant names a profile of another's customer: two ids collided, or a caller
    /// took the wrong one. Nothing was changed.
    #[error("{customer} is a customer of tenant {owner}, and a record of tenant {tenant} names it")]
    ForeignTenant {
        /// Whose profile it is.
        customer: CustomerId,
        /// The tenant of the profile.
        owner: TenantKey,
        /// The tenant of the record.
        tenant: TenantKey,
    },
    /// The file could not be read.
    #[error("cannot read the profile checkpoint")]
    Read(#[source] redb::Error),
    /// The file could not be written; everything stays to be written.
    #[error("cannot write the profile checkpoint")]
    Write(#[source] redb::Error),
    /// The journal did not become durable, so nothing was written.
    #[error("the journal is not durable up to {lsn}, so the profile checkpoint was not written")]
    NotDurable {
        /// The position waited for.
        lsn: u64,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Why an update was not made.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError<E> {
    /// The store failed, before the caller's part began.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The caller's part failed; nothing was changed.
    #[error("the update was given up")]
    Caller(#[source] E),
}
