//! The command line. [`Cli::run`] is the table of contents of the program.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{Signal, SignalKind, signal};

mod analyse;
mod demo;
mod experiment;
mod export;
mod key;
mod output;
mod publish;
mod redeem;
mod replay;
mod report;
mod rules;
mod serve;
mod weights;

use output::{Output, say};

/// Rearranges a web shop for each customer, on each page view.
#[derive(Debug, Parser)]
#[command(name = "vitrine", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the main job on this machine: a small shop, its visitors, and the report
    Demo(demo::Args),
    /// Serve shops
    Serve(serve::Args),
    /// Make, list and revoke the keys that shops call with
    Key(key::Args),
    /// Show how the arms of a campaign's experiment did
    Report(report::Args),
    /// Publish a folder of campaigns, once they are checked, compiled and tried
    Publish(publish::Args),
    /// Compare the arms of any experiment, from a table of its customers
    Analyse(analyse::Args),
    /// Tell who is in which variant of an experiment
    Experiment(experiment::Args),
    /// Read the tables for analysts: a range of them, as Parquet or as lines of JSON
    Export(export::Args),
    /// Redeem the token of an offer, once
    Redeem(redeem::Args),
    /// Check, explain, test, preview and compile campaigns
    Rules(rules::Args),
    /// Send a recorded log to a server, asking for a decision on each view
    Replay(replay::Args),
    /// Compile one plugin from standard input to standard output; the server runs this in a child
    #[command(hide = true)]
    CompilePlugin,
}

// === impl Cli ===

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// When the command cannot do what it is for; the message says what to do.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command.run() {
            Err(error) => output::ended_by_reader(&error).ok_or(error),
            ended => ended,
        }
    }
}

// === impl Command ===

impl Command {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Command::Demo(args) => wait(demo::run(args)),
            Command::Serve(args) => wait(serve::run(args)),
            Command::Key(args) => key::run(args).map(|()| ExitCode::SUCCESS),
            Command::Report(args) => wait(report::run(args)),
            Command::Publish(args) => wait(publish::run(args)),
            Command::Analyse(args) => analyse::run(args).map(|()| ExitCode::SUCCESS),
            Command::Experiment(args) => experiment::run(args).map(|()| ExitCode::SUCCESS),
            Command::Export(args) => export::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Redeem(args) => wait(redeem::run(args)),
            Command::Rules(args) => rules::run(args),
            Command::Replay(args) => wait(replay::run(args)),
            Command::CompilePlugin => Ok(plugins::compile_in_child()),
        }
    }
}

/// Runs a command that waits for the network.
fn wait(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the event loop")?;
    runtime.block_on(command).map(|()| ExitCode::SUCCESS)
}

/// Writes what is no result to standard error.
fn tell_on_stderr(text: &str) -> anyhow::Result<()> {
    std::io::stderr().lock().write_all(text.as_bytes()).context("cannot write to standard error")
}

/// What a problem document says, or the whole answer where it is none.
fn detail_of(body: &str) -> String {
    let problem: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let detail = problem.as_ref().and_then(|problem| problem.get("detail")?.as_str());
    detail.unwrap_or(body).to_owned()
}

/// Sends logs to standard error, `RUST_LOG` choosing what; one JSON object a line unless for people.
fn log_to_stderr(style: LogStyle, default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match style {
        LogStyle::Json => log.json().flatten_event(true).init(),
        LogStyle::Text => log.init(),
    }
}

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LogStyle {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Text,
}

/// The operating system's request to stop: SIGTERM, or Ctrl-C. It is heard from the moment this is
/// made, so it is made before anything that a stop must drain.
struct StopSignal {
    terminate: Signal,
    interrupt: Signal,
}

// === impl StopSignal ===

impl StopSignal {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?,
        })
    }

    /// Completes when the program is asked to stop; tells by which signal.
    async fn heard(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
