//! `vitrine rules compile`: writes the module that the rules of a path are run as.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use model::Currency;

use super::super::say;
use super::campaigns::Campaigns;
use super::check::counted;
use super::{complain_of, host, verdict};

/// What `vitrine rules compile` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A tenant's folder, or a campaign in it
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Where the module goes
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The tenant's currency
    #[arg(long, value_name = "CODE", default_value = "EUR", value_parser = Currency::parse)]
    currency: Currency,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let campaigns = match Campaigns::read(&args.path, args.currency)? {
        Ok(campaigns) => campaigns,
        Err(complaints) => return complain_of(&complaints),
    };
    // A module that the gate refuses is none to be written.
    let built = campaigns.build(&host()?);
    let program = match built.and_then(|_| campaigns.compile()) {
        Ok(Some(program)) => program,
        Ok(None) => bail!("no campaign of {} states a rule in CEL", args.path.display()),
        Err(complaints) => return complain_of(&complaints),
    };
    std::fs::write(&args.output, program.wasm())
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    say(&format!(
        "{}: {}, {}, {}\n",
        args.output.display(),
        counted(program.len(), "rule"),
        counted(program.wasm().len(), "byte"),
        counted(program.functions(), "function"),
    ))?;
    Ok(verdict(true))
}
