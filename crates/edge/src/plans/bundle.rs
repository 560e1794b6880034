//! The source of a plan: the files of one tenant, whole, in memory and immutable.
//!
//! ```text
//!  *.toml              campaigns
//!  segments.toml       conditions with a name, for all campaigns
//!  traits.toml         the types of the tenant's own traits
//!  holdout.toml        who is held out of all campaigns
//!  any/path.wasm       plugins that campaigns name in `when.plugin`; .wat is text
//!  *.cases.toml        golden cases: not part of the plan, and left out
//! ```
//!
//! What a plan means depends on these files and on nothing else, so their digest tells whether two plans are
//! the same. A file that no plan would read is refused, for it is a name written wrong: it must not be
//! thought to be in force. Read next: `folder` and `json`, where bundles come from.

mod json;

use std::collections::BTreeMap;
use std::sync::Arc;

use rules::Role;
use sha2::{Digest as _, Sha256};

use super::complaint::Complaint;
use crate::limits::{
    CAMPAIGNS_MAX, PLAN_BYTES_MAX, PLAN_COMPLAINTS_MAX, PLUGIN_FILES_MAX, RULE_FILE_BYTES_MAX,
};

pub(crate) use json::BundleError;

/// The file of conditions with a name.
pub(crate) const SEGMENTS: &str = "segments.toml";

/// The file of the types of traits.
pub(crate) const TRAITS: &str = "traits.toml";

/// The file of the customers who are held out of all campaigns.
pub(crate) const HOLDOUT: &str = "holdout.toml";

/// All files of a plan. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bundle {
    /// What is written before a file's name in messages; empty, or a folder with `/`.
    origin: Arc<str>,
    /// By the path within the folder, with `/` between its parts.
    files: Arc<BTreeMap<Box<str>, Box<[u8]>>>,
    sha256: Arc<str>,
}

/// What a file is, by its path within the folder; `None` when it is no campaign and nothing that belongs to
/// one. A name that begins with a dot is what an editor leaves beside a file.
pub(super) fn role_of(name: &str) -> Option<Role> {
    let is_plain = !name.contains('/') && !name.starts_with('.');
    Role::of(name).filter(|_| is_plain)
}

/// Whether a file can be a plugin, by its path.
fn is_plugin(name: &str) -> bool {
    name.ends_with(".wasm") || name.ends_with(".wat")
}

// === impl Bundle ===

impl Bundle {
    /// Makes a bundle of files by name. `origin` is written before their names in messages.
    ///
    /// # Errors
    /// When there are too many, one or all are too large, or one is nothing that a plan reads.
    pub(crate) fn new(
        origin: &str,
        mut files: BTreeMap<Box<str>, Box<[u8]>>,
    ) -> Result<Self, Vec<Complaint>> {
        files.retain(|name, _| role_of(name) != Some(Role::Cases));
        let named = plugins_named_in(&files);
        let mut complaints = Vec::new();
        for (name, bytes) in &files {
            let shown = format!("{origin}{name}");
            match role_of(name) {
                None if is_plugin(name) && !named.contains(name) => {
                    complaints.push(Complaint::file(
                        &shown,
                        "no campaign names this plugin",
                        "name it in the `when.plugin` of a campaign, or leave it out",
                    ))
                }
                None if !is_plugin(name) => complaints.push(Complaint::file(
                    &shown,
                    "no file of a plan",
                    "a plan has campaigns (*.toml, in no folder), segments.toml, traits.toml, \
                     holdout.toml, and plugins (*.wasm, *.wat)",
                )),
                _ if length_of(bytes) > RULE_FILE_BYTES_MAX => complaints.push(Complaint::file(
                    &shown,
                    &format!("{} bytes, of at most {RULE_FILE_BYTES_MAX}", bytes.len()),
                    "make it smaller",
                )),
                _ => {}
            }
        }
        complaints.truncate(PLAN_COMPLAINTS_MAX);
        if let Some(complaint) = too_much(origin, &files, named.len()) {
            complaints.push(complaint);
        }
        if !complaints.is_empty() {
            return Err(complaints);
        }
        let sha256 = digest(&files).into();
        Ok(Self { origin: origin.into(), files: Arc::new(files), sha256 })
    }

    /// One campaign of it, with what its rule uses, its plugin, and who is held out.
    pub(crate) fn only(&self, campaign: &str) -> Self {
        let is_part = |name: &str| match role_of(name) {
            Some(Role::Campaign) => name == campaign,
            Some(Role::Segments | Role::Traits | Role::Holdout) => true,
            Some(Role::Cases) | None => false,
        };
        let all = || self.files.iter().map(|(name, bytes)| (name.clone(), bytes.clone()));
        let mut files: BTreeMap<_, _> = all().filter(|(name, _)| is_part(name)).collect();
        let plugins = plugins_named_in(&files);
        files.extend(all().filter(|(name, _)| plugins.contains(name)));
        let sha256 = digest(&files).into();
        Self { origin: Arc::clone(&self.origin), files: Arc::new(files), sha256 }
    }

    /// SHA-256 of all files with their names, in hexadecimal.
    pub(crate) fn sha256(&self) -> &Arc<str> {
        &self.sha256
    }

    /// The campaigns, in the order of their names.
    pub(crate) fn campaigns(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.files.iter().map(|(name, bytes)| (&**name, &**bytes));
        files.filter(|(name, _)| role_of(name) == Some(Role::Campaign))
    }

    /// The file of a name.
    pub(crate) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(|bytes| &**bytes)
    }

    /// A file's name as messages have it.
    pub(crate) fn shown(&self, name: &str) -> String {
        format!("{}{name}", self.origin)
    }

    /// The plugins that campaigns name, whether the bundle has them or not, in order.
    pub(crate) fn plugins_named(&self) -> Vec<Box<str>> {
        plugins_named_in(&self.files)
    }
}

/// The paths in `when.plugin` of all campaigns, each once. A campaign that cannot be read names none; what
/// is wrong with it is told when the plan is built. So is a path that leads out of the folder, and it
/// must not be followed before that.
pub(super) fn plugins_named_in(files: &BTreeMap<Box<str>, Box<[u8]>>) -> Vec<Box<str>> {
    let campaigns = files.iter().filter(|(name, _)| role_of(name) == Some(Role::Campaign));
    let named = campaigns.filter_map(|(_, bytes)| {
        let text = std::str::from_utf8(bytes).ok()?;
        let campaign: toml::Table = toml::from_str(text).ok()?;
        let plugin = campaign.get("when")?.get("plugin")?.as_str()?;
        let is_inside = plugin.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let is_allowed = is_plugin(plugin) && !plugin.contains(['\\', '\0']);
        (is_inside && is_allowed).then(|| plugin.into())
    });
    let mut named: Vec<Box<str>> = named.collect();
    named.sort_unstable();
    named.dedup();
    named
}

fn too_much(
    origin: &str,
    files: &BTreeMap<Box<str>, Box<[u8]>>,
    plugins: usize,
) -> Option<Complaint> {
    let campaigns = files.keys().filter(|name| role_of(name) == Some(Role::Campaign)).count();
    let bytes: usize = files.values().map(|bytes| bytes.len()).sum();
    let help = "move ended campaigns away";
    let message = if campaigns > CAMPAIGNS_MAX {
        format!("{campaigns} campaigns, of at most {CAMPAIGNS_MAX}")
    } else if plugins > PLUGIN_FILES_MAX {
        format!("{plugins} plugins, of at most {PLUGIN_FILES_MAX}")
    } else if bytes > PLAN_BYTES_MAX {
        format!("{bytes} bytes in all files together, of at most {PLAN_BYTES_MAX}")
    } else {
        return None;
    };
    Some(Complaint::file(origin, &message, help))
}

/// Names and lengths count too, so that text moved from one file to the next is a change.
fn digest(files: &BTreeMap<Box<str>, Box<[u8]>>) -> String {
    let mut digest = Sha256::new();
    let length = |bytes: &[u8]| length_of(bytes).to_le_bytes();
    for (name, bytes) in files {
        digest.update(length(name.as_bytes()));
        digest.update(name.as_bytes());
        digest.update(length(bytes));
        digest.update(bytes);
    }
    hex(&digest.finalize())
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
        text
    })
}

#[cfg(test)]
mod tests;
