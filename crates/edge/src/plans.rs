//! From a folder of campaign files to the plans in force.
//!
//! ```text
//! rules/
//!   <tenant>/
//!     *.toml             campaigns
//!     plugins/*.wasm     what they name in `when.plugin`; .wat is compiled as it is read
//! ```
//!
//! A plan's version goes up by one whenever any byte of its campaigns or plugins differs from the plan
//! before it, across restarts, so that each exposure tells which campaigns it was made under.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use decision::{Plan, Planned, Rule};
use model::{Campaign, TenantKey, When};
use rules::Role;
use rules::cel::Vocabulary;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits::{CAMPAIGNS_MAX, RULE_FILE_BYTES_MAX};

/// The plans of all tenants, immutable; a change makes a new one.
#[derive(Default)]
pub(crate) struct Plans {
    by_tenant: HashMap<TenantKey, Arc<Plan>>,
}

/// Why no plan could be made. All of a folder's mistakes are told at once.
#[derive(Debug, thiserror::Error)]
pub enum PlansError {
    /// A file or folder cannot be read.
    #[error("cannot use {}: check the path, its permissions and the room on its disk", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Campaign files with mistakes, each told with file, line and remedy.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Campaigns(Vec<rules::Diagnostic>),
    /// A plugin that the gate or the compiler refuses.
    #[error("{}: plugin refused", path.display())]
    Plugin {
        /// The plugin's file.
        path: PathBuf,
        /// Why.
        source: plugins::Rejection,
    },
    /// A campaign with a rule, of which no plan is made yet.
    #[error("the campaign {campaign} has a rule: only those with a plugin are run yet")]
    Rule {
        /// The campaign's name.
        campaign: Box<str>,
    },
    /// More campaigns than allowed.
    #[error("{}: {count} campaigns, of at most {CAMPAIGNS_MAX}: move ended ones away", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// How many it has.
        count: usize,
    },
    /// Campaigns that do not go together.
    #[error("{}", path.display())]
    Plan {
        /// The tenant's folder.
        path: PathBuf,
        /// Why.
        source: decision::PlanError,
    },
    /// The record of plan versions is damaged; it is kept as it is.
    #[error("{}: not a record of plan versions; restore it, or move it away to begin at 1", path.display())]
    Versions {
        /// The file.
        path: PathBuf,
        /// Where it is wrong.
        source: serde_json::Error,
    },
}

/// What the version record keeps for one tenant.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    version: u64,
    sha256: String,
}

// === impl Plans ===

impl Plans {
    /// The plan of a tenant; `None` when it has no campaigns.
    pub(crate) fn of(&self, tenant: &TenantKey) -> Option<&Arc<Plan>> {
        self.by_tenant.get(tenant)
    }

    /// Reads, checks and compiles the campaigns of every tenant.
    ///
    /// # Errors
    /// When any file of any tenant is wrong: a start with half of the campaigns would be a surprise.
    pub(crate) fn load<'a>(
        rules: &Path,
        tenants: impl Iterator<Item = &'a TenantKey>,
        host: &plugins::Host,
        versions_file: &Path,
    ) -> Result<Self, PlansError> {
        fs::read_dir(rules).map_err(|source| unreadable(rules, source))?;
        let mut versions = read_versions(versions_file)?;
        let mut changed = false;
        let mut by_tenant = HashMap::new();
        for tenant in tenants {
            let folder = rules.join(tenant.as_str());
            let Some((planned, sha256)) = load_folder(&folder, host)? else {
                tracing::warn!(%tenant, folder = %folder.display(), "the tenant has no campaigns");
                continue;
            };
            let known = versions
                .entry(tenant.as_str().to_owned())
                .or_insert_with(|| Version { version: 0, sha256: String::new() });
            if known.sha256 != sha256 {
                *known = Version { version: known.version + 1, sha256 };
                changed = true;
            }
            let plan = Plan::new(known.version, tenant.clone(), host.clone(), planned, None)
                .map_err(|source| PlansError::Plan { path: folder, source })?;
            by_tenant.insert(tenant.clone(), Arc::new(plan));
        }
        if changed {
            write_versions(versions_file, &versions)?;
        }
        Ok(Self { by_tenant })
    }
}

/// The campaigns of a folder with their plugins, and the digest of all that was read; `None` when the
/// tenant has no folder.
fn load_folder(
    folder: &Path,
    host: &plugins::Host,
) -> Result<Option<(Vec<Planned>, String)>, PlansError> {
    let mut files = match campaign_files(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        listed => listed.map_err(|source| unreadable(folder, source))?,
    };
    if files.len() > CAMPAIGNS_MAX {
        return Err(PlansError::TooMany { path: folder.to_owned(), count: files.len() });
    }
    files.sort();
    let mut digest = Sha256::new();
    let mut complaints = Vec::new();
    let mut campaigns: Vec<Campaign> = Vec::new();
    for path in &files {
        let text = read_bounded(path).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
        });
        let text = text.map_err(|source| unreadable(path, source))?;
        take_in(&mut digest, path, text.as_bytes());
        match rules::campaign(&path.display().to_string(), &text, &Vocabulary::default()) {
            Ok(written) => campaigns.push(written.campaign),
            Err(found) => complaints.extend(found),
        }
    }
    if !complaints.is_empty() {
        return Err(PlansError::Campaigns(complaints));
    }
    let mut planned = Vec::with_capacity(campaigns.len());
    for campaign in campaigns {
        let When::Plugin(relative) = &campaign.when else {
            return Err(PlansError::Rule { campaign: campaign.key.as_str().into() });
        };
        let path = folder.join(&**relative);
        let source = read_bounded(&path).map_err(|source| unreadable(&path, source))?;
        take_in(&mut digest, &path, &source);
        let plugin = host
            .load(&source)
            .map_err(|source| PlansError::Plugin { path: path.clone(), source })?;
        planned.push(Planned { campaign, rule: Rule::Plugin(plugin) });
    }
    Ok(Some((planned, hex(&digest.finalize()))))
}

/// A file's bytes; refuses what is no regular file, such as a pipe that never ends, and what is longer
/// than any campaign or plugin.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let told = fs::metadata(path)?;
    if !told.is_file() || told.len() > RULE_FILE_BYTES_MAX {
        let text = format!("not a regular file of at most {RULE_FILE_BYTES_MAX} bytes");
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(RULE_FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Names and lengths count too, so that text moved from one file to the next is a change.
fn take_in(digest: &mut Sha256, path: &Path, bytes: &[u8]) {
    digest.update(path.file_name().unwrap_or_default().as_encoded_bytes());
    digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
    digest.update(bytes);
}

fn campaign_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let role = path.file_name().and_then(OsStr::to_str).and_then(Role::of);
        if role == Some(Role::Campaign) {
            files.push(path);
        }
    }
    Ok(files)
}

fn read_versions(path: &Path) -> Result<BTreeMap<String, Version>, PlansError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|source| PlansError::Versions { path: path.to_owned(), source }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(source) => Err(unreadable(path, source)),
    }
}

fn write_versions(path: &Path, versions: &BTreeMap<String, Version>) -> Result<(), PlansError> {
    let text = serde_json::to_vec_pretty(versions).expect("strings and numbers serialise");
    crate::files::replace(path, &text).map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> PlansError {
    PlansError::Unreadable { path: path.to_owned(), source }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
        text
    })
}
