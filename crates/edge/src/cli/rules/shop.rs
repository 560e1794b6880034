//! What a path names: all campaigns of a tenant's folder, or one of them, with what their rules use.
//!
//! A campaign alone takes `segments.toml` and `traits.toml` from its own folder, and its plugin from there,
//! so it means what it means within its plan.

use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use decision::{Compiled, Plan, Planned, Rule};
use model::{Campaign, Currency, TenantKey, When};
use plugins::{Getters, Host};
use rules::cel::tree::Expr;
use rules::cel::{self, Program, Vocabulary};
use rules::{Diagnostic, Role};
use serde_json::json;

use crate::limits::{CAMPAIGNS_MAX, RULE_FILE_BYTES_MAX};
use crate::upkeep::chain;

/// Checked campaigns of one folder.
pub(super) struct Shop {
    pub(super) vocabulary: Vocabulary,
    pub(super) campaigns: Vec<Read>,
}

/// A checked campaign.
pub(super) struct Read {
    pub(super) path: PathBuf,
    pub(super) campaign: Campaign,
    rule: Option<Expr>,
}

/// Campaigns that are ready to be asked.
pub(super) struct Loaded {
    host: Host,
    planned: Vec<Planned>,
    pub(super) compiled: Option<Compiled>,
    /// The rules in CEL in one module, in the order of their campaigns.
    pub(super) program: Option<Program>,
}

/// Something that is wrong, and what to do about it.
#[derive(Debug)]
pub(super) enum Complaint {
    /// A mistake in a file, at its place.
    Written(Diagnostic),
    /// Something about a file as a whole.
    File { file: PathBuf, message: String, help: &'static str },
}

/// What is right, or all that is wrong.
pub(super) type Checked<T> = Result<T, Vec<Complaint>>;

/// A file as it is named in messages, and its text.
type Text = (String, String);

// === impl Shop ===

impl Shop {
    /// Reads a folder whole, or one file of it. What is no campaign stands for a folder without any.
    ///
    /// # Errors
    /// When a file cannot be read. What is wrong within files is told as complaints.
    pub(super) fn read(path: &Path, currency: Currency) -> anyhow::Result<Checked<Self>> {
        let (folder, files) = files_of(path)?;
        let traits = shared(&folder.join("traits.toml"))?;
        let segments = shared(&folder.join("segments.toml"))?;
        let vocabulary = match rules::vocabulary(currency, part(&traits), part(&segments)) {
            Ok(vocabulary) => vocabulary,
            // Campaigns that use them would be complained about for nothing of their own.
            Err(mistakes) => return Ok(Err(written(mistakes))),
        };
        let mut complaints = Vec::new();
        let mut campaigns = Vec::with_capacity(files.len());
        for path in files {
            let (file, text) = text_of(&path)?;
            match rules::campaign(&file, &text, &vocabulary) {
                Ok(rules::Written { campaign, rule }) => {
                    campaigns.push(Read { path, campaign, rule });
                }
                Err(mistakes) => complaints.extend(written(mistakes)),
            }
        }
        complaints.extend(twice(&campaigns));
        let shop = Self { vocabulary, campaigns };
        Ok(if complaints.is_empty() { Ok(shop) } else { Err(complaints) })
    }

    /// Compiles all rules to one module and lets it through the gate, and loads the plugins.
    ///
    /// # Errors
    /// When a plugin cannot be read.
    pub(super) fn load(&self, host: &Host) -> anyhow::Result<Checked<Loaded>> {
        let mut complaints = Vec::new();
        let mut planned = Vec::with_capacity(self.campaigns.len());
        let mut rules = Vec::new();
        for Read { path, campaign, rule } in &self.campaigns {
            let rule = match &campaign.when {
                When::Rule(_) => {
                    let rule = rule.clone().expect("a campaign with a rule is read with its tree");
                    rules.push((path, rule));
                    Rule::Compiled(rules.len() - 1)
                }
                When::Plugin(plugin) => {
                    let plugin = path.with_file_name(&**plugin);
                    match host.load(&bytes_of(&plugin)?) {
                        Ok(plugin) => Rule::Plugin(plugin),
                        Err(rejection) => {
                            complaints.push(refused(&plugin, &rejection));
                            continue;
                        }
                    }
                }
            };
            planned.push(Planned { campaign: campaign.clone(), rule });
        }
        let (program, compiled) = match self.compile(host, rules) {
            Ok(Some((program, compiled))) => (Some(program), Some(compiled)),
            Ok(None) => (None, None),
            Err(mistakes) => {
                complaints.extend(mistakes);
                (None, None)
            }
        };
        let loaded = Loaded { host: host.clone(), planned, compiled, program };
        Ok(if complaints.is_empty() { Ok(loaded) } else { Err(complaints) })
    }

    fn compile(
        &self,
        host: &Host,
        rules: Vec<(&PathBuf, Expr)>,
    ) -> Checked<Option<(Program, Compiled)>> {
        let (paths, exprs): (Vec<&PathBuf>, Vec<Expr>) = rules.into_iter().unzip();
        let Some(first) = paths.first() else { return Ok(None) };
        let schema = &self.vocabulary.schema;
        let program = cel::compile(schema, &exprs).map_err(|mistakes| {
            let complaint = |(place, mistake): (usize, cel::TooLarge)| Complaint::File {
                file: paths.get(place).unwrap_or(first).to_path_buf(),
                message: format!("the rule compiles to {mistake}"),
                help: "name what rules have in common in segments.toml",
            };
            mistakes.into_iter().map(complaint).collect::<Vec<_>>()
        })?;
        let folder = first.parent().unwrap_or(first);
        let set = host.load_rules(&program).map_err(|it| vec![refused(folder, &it)])?;
        let getters = Getters::new(schema).map_err(|unknown| {
            let message = unknown.to_string();
            vec![Complaint::File { file: folder.into(), message, help: "this is a bug of Vitrine" }]
        })?;
        Ok(Some((program, Compiled { set, getters: getters.into() })))
    }
}

// === impl Read ===

impl Read {
    /// The rule and its text, unless it is a plugin.
    pub(super) fn rule(&self) -> Option<(&Expr, &str)> {
        match (&self.rule, &self.campaign.when) {
            (Some(rule), When::Rule(text)) => Some((rule, text)),
            _ => None,
        }
    }
}

// === impl Loaded ===

impl Loaded {
    /// A plan of one campaign alone, changed.
    ///
    /// # Errors
    /// When the campaign is not whole in itself.
    pub(super) fn alone(
        &self,
        place: usize,
        tenant: &TenantKey,
        change: impl FnOnce(&mut Campaign),
    ) -> anyhow::Result<Plan> {
        let mut planned = self.planned[place].clone();
        change(&mut planned.campaign);
        let (host, compiled) = (self.host.clone(), self.compiled.clone());
        Ok(Plan::new(0, tenant.clone(), host, vec![planned], compiled)?)
    }
}

// === impl Complaint ===

impl Complaint {
    /// For programs.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Written(Diagnostic { file, line, column, message, help, .. }) => json!({
                "file": file, "line": line, "column": column, "message": message, "help": help,
            }),
            Self::File { file, message, help } => {
                json!({"file": file.display().to_string(), "message": message, "help": help})
            }
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written(diagnostic) => diagnostic.fmt(f),
            Self::File { file, message, help } => {
                write!(f, "{}: error: {message}\nhelp: {help}", file.display())
            }
        }
    }
}

/// The folder of a path, and its campaigns in order.
fn files_of(path: &Path) -> anyhow::Result<(PathBuf, Vec<PathBuf>)> {
    let is_campaign = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| !name.starts_with('.') && Role::of(name) == Some(Role::Campaign))
    };
    if !path.is_dir() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        ensure!(path.is_file(), "there is no file or folder {}", path.display());
        let file = is_campaign(path).then(|| path.to_owned());
        return Ok((folder, file.into_iter().collect()));
    }
    let place = || format!("cannot list {}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(place)? {
        let path = entry.with_context(place)?.path();
        if is_campaign(&path) {
            files.push(path);
        }
    }
    ensure!(
        files.len() <= CAMPAIGNS_MAX,
        "{}: {} campaigns, of at most {CAMPAIGNS_MAX}",
        path.display(),
        files.len()
    );
    ensure!(!files.is_empty(), "{} has no campaigns", path.display());
    files.sort();
    Ok((path.to_owned(), files))
}

/// A file that a folder may have.
fn shared(path: &Path) -> anyhow::Result<Option<Text>> {
    path.exists().then(|| text_of(path)).transpose()
}

fn part(text: &Option<Text>) -> Option<(&str, &str)> {
    text.as_ref().map(|(file, text)| (&**file, &**text))
}

/// Reads a file of text.
pub(super) fn text_of(path: &Path) -> anyhow::Result<Text> {
    let file = path.display().to_string();
    let text = String::from_utf8(bytes_of(path)?);
    Ok((file, text.with_context(|| format!("{} is no UTF-8", path.display()))?))
}

/// A file's bytes; refuses what is no regular file, and what is longer than any campaign or plugin.
fn bytes_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    let place = || format!("cannot read {}", path.display());
    let told = fs::metadata(path).with_context(place)?;
    ensure!(
        told.is_file() && told.len() <= RULE_FILE_BYTES_MAX,
        "{} is no regular file of at most {RULE_FILE_BYTES_MAX} bytes",
        path.display()
    );
    let mut bytes = Vec::new();
    let file = fs::File::open(path).with_context(place)?;
    file.take(RULE_FILE_BYTES_MAX).read_to_end(&mut bytes).with_context(place)?;
    Ok(bytes)
}

pub(super) fn written(mistakes: Vec<Diagnostic>) -> Vec<Complaint> {
    mistakes.into_iter().map(Complaint::Written).collect()
}

fn refused(file: &Path, rejection: &plugins::Rejection) -> Complaint {
    let help = "wasm-plugins/README.md tells the limits";
    Complaint::File { file: file.into(), message: format!("refused: {}", chain(rejection)), help }
}

/// Campaigns with the name of one before them.
fn twice(campaigns: &[Read]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (place, read) in campaigns.iter().enumerate() {
        let mut before = campaigns[..place].iter();
        if let Some(before) = before.find(|before| before.campaign.key == read.campaign.key) {
            let (key, file) = (&read.campaign.key, before.path.display());
            complaints.push(Complaint::File {
                file: read.path.clone(),
                message: format!("{file} has a campaign named {key} too"),
                help: "give each campaign its own `key`",
            });
        }
    }
    complaints
}
