//! The same program as `vitrine`, built where cargo tells end-to-end tests its path.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> anyhow::Result<ExitCode> {
    edge::cli::Cli::parse().run()
}
