//! What a path names: all campaigns of a tenant's folder, or one of them, with what their rules use.
//!
//! They are read, checked and compiled as a server does it. A campaign alone takes `segments.toml` and
//! `traits.toml` from its own folder, and its plugin from there, so it means what it means within its plan.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use model::{Currency, When};
use plugins::Host;
use rules::cel::tree::Expr;
use rules::cel::{Program, Vocabulary};
use rules::{Diagnostic, Role, Written};
use serde_json::json;

use crate::plans::{self, Built, Bundle, Checked, Complaint};

/// Checked campaigns of one folder.
pub(super) struct Campaigns {
    bundle: Bundle,
    currency: Currency,
    checked: Checked,
}

/// What is right, or all that is wrong.
pub(super) type Judged<T> = Result<T, Vec<Complaint>>;

// === impl Campaigns ===

impl Campaigns {
    /// Reads a folder whole, or one file of it. What is no campaign stands for a folder without any.
    ///
    /// # Errors
    /// When there is no such file or folder. What is wrong within it is told as complaints.
    pub(super) fn read(path: &Path, currency: Currency) -> anyhow::Result<Judged<Self>> {
        let (folder, only) = place_of(path)?;
        let bundle = match plans::read_folder(&folder) {
            Ok(bundle) => {
                bundle.with_context(|| format!("there is no folder {}", path.display()))?
            }
            Err(error) => return Ok(Err(error.complaints())),
        };
        let bundle = match only {
            Some(name) => bundle.only(&name),
            None => bundle,
        };
        let has_any = !path.is_dir() || bundle.campaigns().next().is_some();
        ensure!(has_any, "{} has no campaigns", path.display());
        let checked = Checked::new(&bundle, currency);
        Ok(checked.map(|checked| Self { bundle, currency, checked }))
    }

    /// What their rules can use.
    pub(super) const fn vocabulary(&self) -> &Vocabulary {
        self.checked.vocabulary()
    }

    /// Each with its file.
    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = (PathBuf, &Written)> {
        self.checked.campaigns().iter().map(|(file, written)| (PathBuf::from(&**file), written))
    }

    /// Compiles all rules to one module and lets it through the gate, and loads the plugins.
    ///
    /// # Errors
    /// What a server would refuse.
    pub(super) fn build(&self, host: &Host) -> Judged<Built> {
        Built::new(&self.bundle, self.currency, host)
    }

    /// The module of all rules; `None` when there are none.
    ///
    /// # Errors
    /// The rules that compile to too much.
    pub(super) fn compile(&self) -> Judged<Option<Program>> {
        self.checked.compile()
    }
}

/// The rule of a campaign and its text, unless it is a plugin.
pub(super) fn rule_of(written: &Written) -> Option<(&Expr, &str)> {
    match (&written.rule, &written.campaign.when) {
        (Some(rule), When::Rule(text)) => Some((rule, text)),
        _ => None,
    }
}

/// A complaint for programs.
pub(super) fn to_json(complaint: &Complaint) -> serde_json::Value {
    match complaint {
        Complaint::Written(Diagnostic { file, line, column, message, help, .. }) => json!({
            "file": file, "line": line, "column": column, "message": message, "help": help,
        }),
        Complaint::File { file, message, help } => {
            json!({"file": file, "message": message, "help": help})
        }
    }
}

/// Reads a file of text as it is named in messages.
pub(super) fn text_of(path: &Path) -> anyhow::Result<(String, String)> {
    let place = || format!("cannot read {}", path.display());
    let text = String::from_utf8(plans::read_bounded(path).with_context(place)?);
    Ok((path.display().to_string(), text.with_context(place)?))
}

/// The folder of a path, and the name of the one file that is meant, if it is one.
fn place_of(path: &Path) -> anyhow::Result<(PathBuf, Option<String>)> {
    if path.is_dir() {
        return Ok((path.to_owned(), None));
    }
    ensure!(path.is_file(), "there is no file or folder {}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let folder = folder.unwrap_or(Path::new(".")).to_owned();
    match Role::of(name) {
        None => bail!("{} is no campaign, whose name ends in .toml", path.display()),
        // Cases mean nothing without the campaign that they are beside.
        Some(Role::Cases) => {
            let campaign = name.replace(".cases.", ".");
            let is_there = folder.join(&campaign).is_file();
            ensure!(is_there, "{} has no campaign {campaign} beside it", path.display());
            Ok((folder, Some(campaign)))
        }
        Some(_) => Ok((folder, Some(name.to_owned()))),
    }
}
