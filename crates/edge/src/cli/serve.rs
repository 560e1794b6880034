//! `vitrine serve`: config, start, run, drain.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::{LogStyle, StopSignal, log_to_stderr};
use crate::config::Config;
use crate::service::{PluginCompiler, Running};

/// What `vitrine serve` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// How logs look
    #[arg(long, value_enum, default_value = "json")]
    log: LogStyle,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    log_to_stderr(args.log, "info");
    let mut stop = StopSignal::listen()?;
    let config = Config::load(&args.config)?;
    let starting = Running::start(config, PluginCompiler::Child, None);
    let running = tokio::select! {
        started = starting => started.context("the server did not start")?,
        signal = stop.heard() => bail!("stopped by {signal} before the server was ready"),
    };
    tracing::info!(public = %running.public(), control = %running.control(), "serving");
    let signal = stop.heard().await;
    tracing::info!(signal, "draining");
    running.drain().await.context("the server did not stop cleanly")?;
    tracing::info!("stopped");
    Ok(())
}
