//! What a tenant's plans are published with: handed in by the data plane, whose plans they are.

use model::{TenantKey, Timestamp};

/// Who puts plans in force.
pub trait Publisher: Send + Sync {
    /// How it stands with the tenant's plan. Never waits for a publication.
    fn standing(&self, tenant: &TenantKey) -> Standing;

    /// The versions that can be put in force again, newest first.
    fn versions(&self, tenant: &TenantKey) -> Vec<Version>;

    /// Checks, compiles and tries a bundle of campaign files, and puts it in force if that is the purpose.
    /// Blocks the thread for as long as that takes, and while another publication of the tenant runs.
    ///
    /// # Errors
    /// When it does not come into force; what was in force stays.
    fn publish(
        &self,
        tenant: &TenantKey,
        bundle: &[u8],
        purpose: Purpose,
    ) -> Result<Publication, NotPublished>;

    /// Puts an earlier version in force again, under a new number. Blocks as [`Self::publish`] does.
    ///
    /// # Errors
    /// When it does not come into force; what was in force stays.
    fn roll_back(&self, tenant: &TenantKey, version: u64) -> Result<Publication, NotPublished>;
}

/// Whether a plan is to come into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Yes, if it is good.
    Publish,
    /// No, it is only checked and tried.
    DryRun,
}

/// How it stands with a tenant's plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The version in force; `None` when the tenant has no plan.
    pub in_force: Option<Version>,
    /// What was offered last, if it was refused.
    pub refused: Option<Rejection>,
}

/// A plan that is or was in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number, which exposures carry.
    pub version: u64,
    /// SHA-256 of its files, in hexadecimal.
    pub sha256: String,
    /// When it came into force.
    pub published_at: Timestamp,
    /// Where it came from: `folder`, `api`, or `rollback to` an earlier version.
    pub source: String,
}

/// A plan that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// When.
    pub at: Timestamp,
    /// Where it came from, as in [`Version::source`].
    pub source: String,
    /// Everything that is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// What came of trying it, if it came so far.
    pub canary: Option<Canary>,
}

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file; empty when it is none of them alone.
    pub file: String,
    /// Line and column from 1, where there is a place.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// All of it as a compiler tells it, with the line as it is written.
    pub rendered: String,
}

/// What came of trying a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canary {
    /// Page views of late that it was tried on.
    pub recorded: usize,
    /// Customers who do not exist that it was tried on.
    pub synthetic: usize,
    /// How often rules were asked.
    pub asked: u64,
    /// Whether the time was over before everything was asked.
    pub cut_short: bool,
    /// The campaigns whose rules did not always answer.
    pub faulty: Vec<Faulty>,
}

/// A campaign whose rule did not always answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faulty {
    /// The campaign.
    pub campaign: String,
    /// How often it was asked.
    pub asked: u64,
    /// How often it did not answer, by what went wrong.
    pub faults: Vec<(String, u64)>,
}

/// What came of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// What is in force; what would be, of a dry run.
    pub version: Version,
    /// Whether it is new; if not, the same was in force already.
    pub changed: bool,
    /// What came of trying it.
    pub canary: Canary,
}

/// Why a plan does not come into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPublished {
    /// The body is no bundle; in words for its sender.
    Malformed(String),
    /// The plan is wrong.
    Refused(Rejection),
    /// No version of this number is kept.
    UnknownVersion {
        /// The versions that are kept, newest first.
        known: Vec<u64>,
    },
    /// It could not be recorded, for lack of room for example. The log tells more.
    Failed,
}
