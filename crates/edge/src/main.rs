//! The `vitrine` program. `vitrine help` is its table of contents, as is [`edge::cli::Command`].

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> anyhow::Result<ExitCode> {
    edge::cli::Cli::parse().run()
}
