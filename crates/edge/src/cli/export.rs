//! `vitrine export`: reads the tables for analysts from a data folder, while a server runs on it or not.
//!
//! Only files are read, so it needs no server and no key: whoever may read the data folder has them all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use analytics::{Export, Exported, Table};
use anyhow::{Context as _, bail};
use model::{TenantKey, Timestamp};

use super::Output;

/// What `vitrine export` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data folder of the server, or a copy of it
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Which table
    #[arg(long, value_enum)]
    table: TableName,
    /// Only this tenant's rows; of all tenants by default
    #[arg(long, value_name = "KEY", value_parser = tenant)]
    tenant: Option<TenantKey>,
    /// Only what the server recorded at this time or later, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    from: Option<Timestamp>,
    /// Only what the server recorded before this time
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    until: Option<Timestamp>,
    /// Files of the same layout, or one line of JSON for each row
    #[arg(long, value_enum, default_value = "ndjson")]
    format: Format,
    /// Where to: a folder for Parquet, a file for JSON; JSON goes to standard output by default
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// The tables by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TableName {
    /// Who was exposed to which campaign, in which variant
    Exposures,
    /// What every record changed in the figures of experiments
    Outcomes,
    /// Everything that happened to customers
    Events,
}

/// What rows become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Parquet files
    Parquet,
    /// Lines of JSON
    Ndjson,
}

fn tenant(text: &str) -> Result<TenantKey, String> {
    TenantKey::parse(text).map_err(|error| error.to_string())
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let export = Export {
        folder: args.data.join("parquet"),
        journal: args.data.join("journal"),
        table: args.table.table(),
        tenant: args.tenant.clone(),
        from: args.from,
        until: args.until,
    };
    let exported = match (args.format, &args.out) {
        (Format::Parquet, Some(folder)) => export.to_parquet(folder)?,
        (Format::Parquet, None) => bail!("name the folder for the Parquet files with --out DIR"),
        (Format::Ndjson, Some(path)) => {
            let place = || path.display().to_string();
            let mut file = BufWriter::new(File::create(path).with_context(place)?);
            export.to_ndjson(&mut file)?
        }
        (Format::Ndjson, None) => export.to_ndjson(&mut Output::open())?,
    };
    tell(&exported)
}

/// The count goes to standard error, so that standard output is rows and nothing else.
fn tell(exported: &Exported) -> anyhow::Result<()> {
    let Exported { rows, files, last_lsn } = exported;
    let text = format!("{rows} rows, of {files} files and the journal up to record {last_lsn}\n");
    io::stderr().write_all(text.as_bytes()).context("cannot write to standard error")
}

// === impl TableName ===

impl TableName {
    const fn table(self) -> Table {
        match self {
            Self::Exposures => Table::Exposures,
            Self::Outcomes => Table::Outcomes,
            Self::Events => Table::Events,
        }
    }
}
