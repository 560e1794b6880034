//! The project's chores, as one program: `cargo xtask test|tidy|guests`.
//!
//! What people run is what CI runs. A chore takes no configuration, installs what it can, and otherwise
//! says which command installs it. Nothing here is part of the service, and no crate may depend on it.
//!
//! Read [`suite`] first: its table of steps is the list of everything that is checked. [`tidy`] holds the
//! rules about the source tree that the compiler and clippy cannot check, [`guests`] builds the
//! WebAssembly plugins.

mod command;
mod guests;
mod limits;
mod repository;
mod suite;
mod terminal;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use guests::{Install, Way};

/// The chores of Vitrine.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every check and test, as CI does.
    Test {
        /// Run only this step; may be repeated.
        #[arg(long, value_name = "STEP")]
        only: Vec<String>,
        /// List the steps and run none.
        #[arg(long)]
        list: bool,
    },
    /// Check the rules about the source tree.
    Tidy,
    /// Build the example plugins for wasm32-unknown-unknown and check them against the contract.
    Guests {
        /// Where the modules go; by default `guests` in the target folder.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Which toolchain builds them; by default the first that is there.
        #[arg(long, value_enum)]
        with: Option<Way>,
        /// Install a missing toolchain with apt-get.
        #[arg(long)]
        install: bool,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let root = repository::root();
    match Arguments::parse().chore {
        Chore::Test { list: true, .. } => suite::list(),
        Chore::Test { only, .. } => suite::run(&root, &only),
        Chore::Tidy => tidy::run(&root),
        Chore::Guests { out, with, install } => {
            let install = if install { Install::Allowed } else { Install::Never };
            guests::run(&root, &repository::target(&root), out, with, install)
        }
    }
}
