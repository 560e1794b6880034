//! `vitrine rules`: works on campaigns without a server.
//!
//! Rules are compiled and run here as a server does it, in the same sandbox. What was asked for goes to
//! standard output; what is wrong with what was given goes to standard error, and the exit code is then 1.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use plugins::{Compiler, Host};

use crate::limits::COMMAND_SANDBOXES_MAX;
use crate::plans::Complaint;

mod campaigns;
mod cases;
mod check;
mod compile;
mod eval;
mod explain;
mod preview;
mod question;
mod test;
mod variables;

/// What `vitrine rules` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Tell all mistakes of campaigns, and what a server would refuse
    Check(check::Args),
    /// Show what each part of a rule gave for a customer
    Explain(explain::Args),
    /// Run the golden cases beside campaigns
    Test(test::Args),
    /// Count whom a campaign is for right now, writing nothing
    Preview(preview::Args),
    /// Write the WebAssembly module of campaigns' rules
    Compile(compile::Args),
    /// Print the value of an expression as JSON
    Eval(eval::Args),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::Check(args) => check::run(&args),
        Action::Explain(args) => explain::run(&args),
        Action::Test(args) => test::run(&args),
        Action::Preview(args) => preview::run(&args),
        Action::Compile(args) => compile::run(&args),
        Action::Eval(args) => eval::run(&args),
    }
}

/// A host to run rules in. It compiles in a child, as a server does, and keeps nothing.
fn host() -> anyhow::Result<Host> {
    let program = std::env::current_exe()
        .context("cannot find this program, which compiles rules in a process of its own")?;
    let compiler = Compiler::Child { program, args: vec!["compile-plugin".into()] };
    let mut mac_key = [0; 32];
    getrandom::fill(&mut mac_key).context("cannot draw a random number")?;
    let sandboxes_max = COMMAND_SANDBOXES_MAX;
    let config = plugins::Config { cache_dir: None, mac_key, compiler, sandboxes_max };
    Ok(Host::new(config)?)
}

/// Writes what is wrong to standard error.
fn complain(text: &str) -> anyhow::Result<()> {
    let mut err = std::io::stderr().lock();
    err.write_all(text.as_bytes()).context("cannot write to standard error")
}

/// Tells what is wrong with campaigns that a command cannot work on.
fn complain_of(complaints: &[Complaint]) -> anyhow::Result<ExitCode> {
    let told: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    complain(&format!("{}\n", told.join("\n\n")))?;
    Ok(verdict(false))
}

/// The exit code of a command that found something wrong, or nothing.
fn verdict(is_well: bool) -> ExitCode {
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
