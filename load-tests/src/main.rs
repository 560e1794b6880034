//! Measurements of a whole server, from outside, over loopback.
//!
//! Everything here is a comparison: two servers on the same machine in the same minute, in turn, so
//! that the ratio stands where absolute figures of a shared machine do not. See README.md.

mod bare;
mod compare;
mod load;
mod report;

use std::io::Write as _;

use clap::{Parser, Subcommand};

/// Measures Vitrine under load.
#[derive(Debug, Parser)]
#[command(name = "load-tests", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare the decide path with a bare hyper server that answers the same bytes
    Compare(compare::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let text = match Cli::parse().command {
        Command::Compare(args) => compare::run(args).await?,
    };
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}
