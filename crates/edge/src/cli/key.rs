//! `vitrine key`: makes, lists and revokes keys in a server's data folder.
//!
//! A running server notices the change within a second.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use model::TenantKey;

use super::say;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::{self, Kind};

/// What `vitrine key` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key and print it; it is shown this once
    Create {
        #[command(flatten)]
        place: Place,
        /// The tenant that the key stands for
        #[arg(long)]
        tenant: String,
        /// What the key may do
        #[arg(long, value_enum)]
        kind: KindArg,
    },
    /// List all keys, without their secrets
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Make a key worthless, within a second
    Revoke {
        #[command(flatten)]
        place: Place,
        /// The key's id: the ten letters after its prefix
        id: String,
    },
}

/// Which server's keys are meant.
#[derive(Debug, clap::Args)]
struct Place {
    /// The server's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    /// For browsers: decide and send events
    Publishable,
    /// For the shop's servers: also times, traits and explanations of one's own choice
    Secret,
    /// For the control plane: reports and plugins
    Admin,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Create { place, tenant, kind } => create(&place, &tenant, kind.into()),
        Action::List { place } => list(&place),
        Action::Revoke { place, id } => {
            let config = Config::load(&place.config)?;
            keys::revoke(&config.data, &id, Clock.now())?;
            say(&format!("revoked {id}\n"))
        }
    }
}

fn create(place: &Place, tenant: &str, kind: Kind) -> anyhow::Result<()> {
    let config = Config::load(&place.config)?;
    let tenant = TenantKey::parse(tenant)?;
    if !config.tenants.contains_key(&tenant) {
        bail!("no tenant {tenant} in {}: add a [[tenant]] with this key", place.config.display());
    }
    let key = keys::create(&config.data, &tenant, kind, Clock.now())?;
    say(&format!("{}\n", key.text()))
}

fn list(place: &Place) -> anyhow::Result<()> {
    let config = Config::load(&place.config)?;
    let mut table =
        format!("{:<12} {:<12} {:<20} {:<25} revoked\n", "id", "kind", "tenant", "created");
    for key in keys::list(&config.data)? {
        let revoked = key.revoked_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        table.push_str(&format!(
            "{:<12} {:<12} {:<20} {:<25} {revoked}\n",
            key.id.as_str(),
            key.kind.as_str(),
            key.tenant.as_str(),
            key.created_at.to_string(),
        ));
    }
    say(&table)
}

// === impl KindArg ===

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Publishable => Self::Publishable,
            KindArg::Secret => Self::Secret,
            KindArg::Admin => Self::Admin,
        }
    }
}
