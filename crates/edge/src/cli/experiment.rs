//! `vitrine experiment`: what the server does with the customers of an experiment, without one.

use clap::Subcommand;

mod assign;

/// What `vitrine experiment` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print each unit's arm
    Assign(assign::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Assign(args) => assign::run(args),
    }
}
