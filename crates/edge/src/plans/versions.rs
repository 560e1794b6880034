//! The numbers of plans, and the plans of late as they were.
//!
//! ```text
//!  data/
//!    plan-versions.json         by tenant: the version in force, and which are kept
//!    plans/<tenant>/<n>.json    the source of version n, as a bundle
//! ```
//!
//! A version's number goes up by one whenever a plan comes into force, across restarts, and is never given
//! twice: each exposure carries it, and must tell which campaigns it was made under. The source is
//! written before the record names it, and the record is replaced whole, so a crash leaves the plan from
//! before or the plan from after. What the record does not name is of no account.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use model::{TenantKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::bundle::Bundle;
use super::error::PlansError;
use crate::files;
use crate::limits::{PLAN_VERSIONS_FILE_BYTES_MAX, PLAN_VERSIONS_KEPT_MAX};

/// The record of versions, and the folder of what is kept.
#[derive(Debug)]
pub(super) struct Versions {
    file: PathBuf,
    kept: PathBuf,
    /// By tenant. Whoever asks takes what is there and never waits for the disk.
    recorded: ArcSwap<BTreeMap<String, Recorded>>,
    /// Held while the record is changed: one change after the other.
    changing: Mutex<()>,
}

/// A plan that is or was in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Version {
    /// Its number.
    pub(crate) version: u64,
    /// The digest of its source.
    pub(crate) sha256: Box<str>,
    /// When it came into force, in milliseconds since 1970.
    pub(crate) published_at_ms: i64,
    /// Where it came from.
    pub(crate) source: Source,
}

/// Where a plan came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// The tenant's folder.
    Folder,
    /// The control plane.
    Api,
    /// An earlier version, put in force again.
    Rollback(u64),
}

/// What is recorded for one tenant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Recorded {
    /// The version in force; 0 before the first.
    version: u64,
    /// The digest of the folder that has been dealt with: it was published, or something was published
    /// since. Only a folder with another one is news.
    #[serde(default)]
    folder_sha256: Option<Box<str>>,
    /// The folder that failed when it was tried, on page views that are forgotten at a restart.
    #[serde(default)]
    failed_folder: Option<Failed>,
    /// The versions that are kept, oldest first, the one in force among them.
    #[serde(default)]
    kept: Vec<Version>,
}

/// A folder that failed when it was tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failed {
    /// Its digest.
    pub(super) sha256: Box<str>,
    /// Why it does not come into force.
    pub(super) why: Box<str>,
}

// === impl Version ===

impl Version {
    /// When it came into force.
    pub(crate) fn published_at(&self) -> Timestamp {
        Timestamp::from_ms(self.published_at_ms)
    }
}

// === impl Recorded ===

impl Recorded {
    /// The version in force, if it is kept.
    pub(super) fn in_force(&self) -> Option<&Version> {
        self.kept.iter().find(|kept| kept.version == self.version)
    }

    /// The number of the next version.
    pub(super) fn next(&self) -> u64 {
        self.version.saturating_add(1)
    }

    /// Whether a folder with this digest has been dealt with.
    pub(super) fn knows_folder(&self, sha256: &str) -> bool {
        self.folder_sha256.as_deref() == Some(sha256)
    }

    /// Why a folder with this digest does not come into force, if it failed when it was tried.
    pub(super) fn failed_folder(&self, sha256: &str) -> Option<&Failed> {
        self.failed_folder.as_ref().filter(|failed| *failed.sha256 == *sha256)
    }

    /// The versions that are kept, newest first.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Version> {
        self.kept.iter().rev()
    }
}

// === impl Versions ===

impl Versions {
    /// Opens the record in a data folder.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub(super) fn open(data: &Path) -> Result<Self, PlansError> {
        let file = data.join("plan-versions.json");
        let damaged = |source| PlansError::Versions { path: file.clone(), source };
        let recorded = match read_bounded(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(damaged)?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(source) => return Err(PlansError::Unreadable { path: file, source }),
        };
        let recorded = ArcSwap::from_pointee(recorded);
        Ok(Self { file, kept: data.join("plans"), recorded, changing: Mutex::new(()) })
    }

    /// What is recorded for a tenant; of an unknown one, that it had no version.
    pub(super) fn of(&self, tenant: &TenantKey) -> Recorded {
        self.recorded.load().get(tenant.as_str()).cloned().unwrap_or_default()
    }

    /// Keeps a version's source and records it as in force. `folder` is the digest of the folder that is
    /// thereby dealt with. The oldest versions beyond [`PLAN_VERSIONS_KEPT_MAX`] are deleted.
    ///
    /// # Errors
    /// When it cannot be written; the version before is then in force.
    pub(super) fn record(
        &self,
        tenant: &TenantKey,
        version: Version,
        bundle: &Bundle,
        folder: Option<Box<str>>,
    ) -> Result<(), PlansError> {
        let path = self.path_of(tenant, version.version);
        let unwritable = |source| PlansError::Unreadable { path: path.clone(), source };
        let parent = self.kept.join(tenant.as_str());
        DirBuilder::new().recursive(true).mode(0o700).create(&parent).map_err(unwritable)?;
        files::replace(&path, &bundle.to_json()).map_err(unwritable)?;
        let mut deleted = Vec::new();
        self.change(tenant, |recorded| {
            recorded.version = version.version;
            recorded.folder_sha256 = folder.or(recorded.folder_sha256.take());
            recorded.failed_folder = None;
            recorded.kept.retain(|kept| kept.version != version.version);
            recorded.kept.push(version);
            let surplus = recorded.kept.len().saturating_sub(PLAN_VERSIONS_KEPT_MAX);
            deleted = recorded.kept.drain(..surplus).collect();
        })?;
        for old in deleted {
            let path = self.path_of(tenant, old.version);
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a plan that is not needed stays");
            }
        }
        Ok(())
    }

    /// Records that a folder has been dealt with, the version in force being the same.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn settle(&self, tenant: &TenantKey, folder: &str) -> Result<(), PlansError> {
        if self.of(tenant).knows_folder(folder) {
            return Ok(());
        }
        self.change(tenant, |recorded| recorded.folder_sha256 = Some(folder.into()))
    }

    /// Records that a folder failed when it was tried, so that it is not tried on less after a restart.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn fail(&self, tenant: &TenantKey, failed: Failed) -> Result<(), PlansError> {
        self.change(tenant, |recorded| recorded.failed_folder = Some(failed))
    }

    /// The source of a version that is kept.
    ///
    /// # Errors
    /// When it is damaged or gone.
    pub(super) fn source(
        &self,
        tenant: &TenantKey,
        version: &Version,
    ) -> Result<Bundle, PlansError> {
        let path = self.path_of(tenant, version.version);
        let bundle = fs::read(&path).ok().and_then(|json| Bundle::from_json(&json).ok());
        bundle
            .filter(|bundle| **bundle.sha256() == *version.sha256)
            .ok_or(PlansError::Kept { path, version: version.version })
    }

    fn path_of(&self, tenant: &TenantKey, version: u64) -> PathBuf {
        self.kept.join(tenant.as_str()).join(format!("{version}.json"))
    }

    /// Changes the record on disk, then in memory.
    fn change(
        &self,
        tenant: &TenantKey,
        change: impl FnOnce(&mut Recorded),
    ) -> Result<(), PlansError> {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = BTreeMap::clone(&self.recorded.load());
        change(changed.entry(tenant.as_str().to_owned()).or_default());
        let text = serde_json::to_vec_pretty(&changed).expect("strings and numbers serialise");
        files::replace(&self.file, &text)
            .map_err(|source| PlansError::Unreadable { path: self.file.clone(), source })?;
        self.recorded.store(Arc::new(changed));
        Ok(())
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > PLAN_VERSIONS_FILE_BYTES_MAX {
        let text = format!("more than {PLAN_VERSIONS_FILE_BYTES_MAX} bytes");
        return Err(io::Error::new(ErrorKind::InvalidData, text));
    }
    fs::read(path)
}

#[cfg(test)]
mod tests;
