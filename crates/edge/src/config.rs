//! The configuration: one TOML file, checked before anything listens.
//!
//! Every mistake is told with file, line and remedy. Without a file the defaults run embedded: local
//! disk, no other server.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use decision::limits::CONFIRM_WITHIN;
use model::{Currency, TenantKey};
use serde::Deserialize;
use toml::Spanned;

use crate::limits::{CONFIG_BYTES_MAX, ORIGINS_MAX, TENANTS_MAX};

/// Everything that `vitrine serve` needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the two planes listen.
    pub listen: Listen,
    /// The folder of the journal, the checkpoint, the keys and all else that is written.
    pub data: PathBuf,
    /// The folder with one folder of campaigns for each tenant.
    pub rules: PathBuf,
    /// What is kept in memory.
    pub memory: Memory,
    /// How the journal writes.
    pub journal: Journal,
    /// When profiles are written to disk.
    pub checkpoint: Checkpoint,
    /// How budgets are kept.
    pub budgets: Budgets,
    /// Whether and when the tables for analysts are written.
    pub tables: Tables,
    /// Who is served.
    pub tenants: HashMap<TenantKey, Tenant>,
}

/// Where the two planes listen.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// The data plane, public.
    pub public: SocketAddr,
    /// The control plane, private.
    pub control: SocketAddr,
}

/// What is kept in memory.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Memory {
    /// Mebibytes for hot profiles.
    pub profiles_mib: usize,
}

/// How the journal writes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Journal {
    /// Mebibytes after which a new segment is begun.
    pub segment_mib: u64,
    /// Mebibytes of records waiting for the disk before calls are answered 503.
    pub backlog_mib: usize,
    /// How long a commit waits for company while nobody waits for it, in milliseconds. A crash loses
    /// at most this much of page views and exposures, which no call waits for.
    pub commit_delay_ms: u64,
    /// Hours that a segment is kept after everything in it has been used.
    pub retention_hours: u64,
}

/// When profiles are written to disk.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checkpoint {
    /// Milliseconds between two checkpoints. A restart replays what the journal has since the last.
    pub interval_ms: u64,
}

/// How budgets are kept.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budgets {
    /// Seconds within which a page has to confirm a show; after them its part of the budget is free
    /// again. At most a day.
    pub confirm_seconds: u64,
}

/// Whether and when the tables for analysts are written.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tables {
    /// Whether they are written, as Parquet files, to `parquet` in the data folder. The journal keeps
    /// every record until it is in them.
    pub parquet: bool,
    /// Seconds within which a record is in a file. Each file holds what one such interval brought, so
    /// more of them make fewer files.
    pub interval_seconds: u64,
}

/// What is set for one tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The currency of amounts that come without one.
    pub currency: Currency,
    /// Origins whose pages may call from a browser; `*` stands for all.
    pub origins: Vec<Box<str>>,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: check the path and its permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file says something that cannot be.
    #[error("{}:{line}:{column}: {message}\n  help: {help}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// What to write instead.
        help: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    listen: Listen,
    data: PathBuf,
    rules: PathBuf,
    #[serde(default)]
    memory: Memory,
    #[serde(default)]
    journal: Journal,
    #[serde(default)]
    checkpoint: Checkpoint,
    #[serde(default)]
    budgets: Budgets,
    #[serde(default)]
    tables: Tables,
    #[serde(default, rename = "tenant")]
    tenants: Vec<TenantFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantFile {
    key: Spanned<String>,
    currency: Option<Spanned<String>>,
    #[serde(default)]
    origins: Vec<Spanned<String>>,
}

/// A complaint before its place is known as line and column.
struct Complaint {
    offset: usize,
    message: String,
    help: String,
}

// === impl Config ===

impl Config {
    /// Reads and checks a file. Relative folders in it are relative to the file.
    ///
    /// # Errors
    /// When the file cannot be read or is not a valid configuration.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let size = fs::metadata(path).map_err(unreadable)?.len();
        if size > CONFIG_BYTES_MAX {
            let too_large = std::io::Error::other(format!("{size} bytes, of at most 1 MiB"));
            return Err(unreadable(too_large));
        }
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let base = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, base).map_err(|complaint| {
            let before = &text[..text.floor_char_boundary(complaint.offset)];
            let line_start = before.rfind('\n').map_or(0, |place| place + 1);
            ConfigError::Invalid {
                path: path.to_owned(),
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                message: complaint.message,
                help: complaint.help,
            }
        })
    }

    fn parse(text: &str, base: &Path) -> Result<Self, Complaint> {
        let file: File = toml::from_str(text).map_err(|error| Complaint {
            offset: error.span().map_or(0, |span| span.start),
            message: error.message().trim().to_owned(),
            help: "the README lists every key of the configuration with its default".to_owned(),
        })?;
        if file.tenants.is_empty() || file.tenants.len() > TENANTS_MAX {
            return Err(Complaint {
                offset: text.len(),
                message: format!("{} tenants", file.tenants.len()),
                help: format!("write 1 to {TENANTS_MAX} [[tenant]] sections, each with a key"),
            });
        }
        file.refuse_zeros(text)?;
        let mut tenants = HashMap::new();
        for tenant in &file.tenants {
            let key = tenant.key()?;
            if tenants.insert(key, tenant.settings()?).is_some() {
                return Err(Complaint {
                    offset: tenant.key.span().start,
                    message: format!("a second tenant {:?}", tenant.key.get_ref()),
                    help: "give each tenant a key of its own".to_owned(),
                });
            }
        }
        Ok(Self {
            listen: file.listen,
            data: base.join(file.data),
            rules: base.join(file.rules),
            memory: file.memory,
            journal: file.journal,
            checkpoint: file.checkpoint,
            budgets: file.budgets,
            tables: file.tables,
            tenants,
        })
    }

    /// The configuration of a server of one's own for a demonstration or a replay: a free port on
    /// loopback, everything in `folder`.
    pub fn throwaway(folder: &Path, tenant: TenantKey, currency: Currency) -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let settings = Tenant { currency, origins: vec!["*".into()] };
        Self {
            listen: Listen { public: loopback, control: loopback },
            data: folder.join("data"),
            rules: folder.join("rules"),
            memory: Memory::default(),
            journal: Journal::default(),
            checkpoint: Checkpoint::default(),
            budgets: Budgets::default(),
            // They would be thrown away with the folder.
            tables: Tables { parquet: false, ..Tables::default() },
            tenants: HashMap::from([(tenant, settings)]),
        }
    }
}

// === impl File ===

impl File {
    /// A server that keeps nothing, or has no time between two checkpoints, is not what anybody wants.
    fn refuse_zeros(&self, text: &str) -> Result<(), Complaint> {
        let is_zero = [
            ("profiles_mib", self.memory.profiles_mib == 0),
            ("segment_mib", self.journal.segment_mib == 0),
            ("backlog_mib", self.journal.backlog_mib == 0),
            ("interval_ms", self.checkpoint.interval_ms == 0),
            ("confirm_seconds", self.budgets.confirm_seconds == 0),
            ("interval_seconds", self.tables.interval_seconds == 0),
        ];
        match is_zero.into_iter().find(|(_, is_zero)| *is_zero) {
            None => Ok(()),
            Some((key, _)) => Err(Complaint {
                offset: text.find(key).unwrap_or(0),
                message: format!("{key} is 0"),
                help: "write 1 or more, or leave the key out for its default".to_owned(),
            }),
        }
    }
}

// === impl TenantFile ===

impl TenantFile {
    fn key(&self) -> Result<TenantKey, Complaint> {
        TenantKey::parse(self.key.get_ref()).map_err(|error| Complaint {
            offset: self.key.span().start,
            message: error.to_string(),
            help: "for example: key = \"my-shop\"".to_owned(),
        })
    }

    fn settings(&self) -> Result<Tenant, Complaint> {
        let currency = match &self.currency {
            None => Currency::parse("EUR").expect("ISO 4217 has EUR"),
            Some(code) => Currency::parse(code.get_ref()).map_err(|error| Complaint {
                offset: code.span().start,
                message: error.to_string(),
                help: "for example: currency = \"EUR\"".to_owned(),
            })?,
        };
        if self.origins.len() > ORIGINS_MAX {
            return Err(Complaint {
                offset: self.key.span().start,
                message: format!("{} origins", self.origins.len()),
                help: format!("list at most {ORIGINS_MAX} origins"),
            });
        }
        for origin in &self.origins {
            let text = origin.get_ref();
            let scheme_and_host = text
                .strip_prefix("https://")
                .or_else(|| text.strip_prefix("http://"))
                .is_some_and(|host| !host.is_empty() && !host.contains('/'));
            if text != "*" && !scheme_and_host {
                return Err(Complaint {
                    offset: origin.span().start,
                    message: format!("{text:?} is no origin"),
                    help: "write scheme and host without a path: \"https://shop.example\""
                        .to_owned(),
                });
            }
        }
        let origins = self.origins.iter().map(|origin| origin.get_ref().as_str().into()).collect();
        Ok(Tenant { currency, origins })
    }
}

// === impl Tenant ===

impl Tenant {
    /// Whether pages of an origin may call from a browser.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| &**known == "*" || &**known == origin)
    }
}

// === impl Listen ===

impl Default for Listen {
    fn default() -> Self {
        Self {
            public: SocketAddr::from(([0, 0, 0, 0], 8080)),
            control: SocketAddr::from(([127, 0, 0, 1], 8081)),
        }
    }
}

// === impl Memory ===

impl Memory {
    /// Bytes for hot profiles.
    pub fn profile_bytes(self) -> usize {
        self.profiles_mib.saturating_mul(1024 * 1024)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { profiles_mib: 1_024 }
    }
}

// === impl Journal ===

impl Journal {
    /// How long a commit waits for company.
    pub fn commit_delay(self) -> Duration {
        Duration::from_millis(self.commit_delay_ms)
    }

    /// How long a segment is kept after everything in it has been used.
    pub fn retention(self) -> Duration {
        Duration::from_secs(self.retention_hours.saturating_mul(3_600))
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self { segment_mib: 64, backlog_mib: 64, commit_delay_ms: 5, retention_hours: 24 }
    }
}

// === impl Budgets ===

impl Budgets {
    /// The time within which a page has to confirm a show.
    pub fn confirm_within(self) -> Duration {
        Duration::from_secs(self.confirm_seconds)
    }
}

impl Default for Budgets {
    fn default() -> Self {
        Self { confirm_seconds: CONFIRM_WITHIN.as_secs() }
    }
}

// === impl Tables ===

impl Tables {
    /// The time within which a record is in a file.
    pub fn interval(self) -> Duration {
        Duration::from_secs(self.interval_seconds)
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self { parquet: true, interval_seconds: 300 }
    }
}

// === impl Checkpoint ===

impl Checkpoint {
    /// The time between two checkpoints.
    pub fn interval(self) -> Duration {
        Duration::from_millis(self.interval_ms)
    }
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self { interval_ms: 10_000 }
    }
}

#[cfg(test)]
mod tests;
