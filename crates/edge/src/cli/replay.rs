//! `vitrine replay`: sends a recorded log to a server, or to one of its own.
//!
//! Standard output is for what the server counted. What the sender saw (rows that could not be read,
//! rows that the server refused) goes to standard error, as does the progress bar.

use std::fmt::Write as _;
use std::path::PathBuf;

use analytics::{ActionKind, Totals};
use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use model::{CampaignKey, Currency, Money};

use super::{LogStyle, StopSignal, log_to_stderr, say, tell_on_stderr};
use crate::files::TemporaryFolder;
use crate::replay::{
    CONNECTIONS_DEFAULT, CONNECTIONS_MAX, Format, Outcome, Reasons, Target, replay, totals,
};
use crate::throwaway::{Campaigns, Throwaway};

/// What `vitrine replay` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The log, plain or gzip
    file: PathBuf,
    /// How the log is written
    #[arg(long, value_enum)]
    format: FormatArg,
    /// The data plane of the server to send to, such as http://127.0.0.1:8080; without it a server is
    /// started for the replay and thrown away afterwards
    #[arg(long, value_name = "URL", requires = "key")]
    server: Option<String>,
    /// A secret key of the tenant
    #[arg(long, value_name = "SECRET", env = "VITRINE_SECRET_KEY", hide_env_values = true)]
    key: Option<String>,
    /// The folder with the campaigns of the server that is started, as in rules/demo; without it
    /// that server runs the cart-rescue campaign
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    rules: Option<PathBuf>,
    /// Print the server's totals as JSON instead of a table for people
    #[arg(long)]
    json: bool,
    /// Connections to the server, each with one call at a time; a customer keeps to one
    #[arg(
        long,
        value_name = "N",
        default_value_t = CONNECTIONS_DEFAULT,
        value_parser = clap::value_parser!(u16).range(1..=i64::from(CONNECTIONS_MAX)),
    )]
    connections: u16,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormatArg {
    /// The clickstream of REES46, comma-separated values
    Rees46,
    /// Calls of the Segment specification, one JSON object a line
    Segment,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    log_to_stderr(LogStyle::Text, "warn");
    let mut stop = StopSignal::listen()?;
    match (&args.server, &args.key) {
        (Some(server), Some(key)) => {
            send(&args, server, key, &mut stop).await?;
            if args.json {
                return Ok(());
            }
            say("\nRead how a campaign did from the server's control plane:\n  \
                 vitrine report --campaign KEY --server http://HOST:8081 --key ADMIN_KEY\n")
        }
        _ => send_to_own(&args, &mut stop).await,
    }
}

/// Starts a server, sends the log to it, and stops it whatever came of that.
async fn send_to_own(args: &Args, stop: &mut StopSignal) -> anyhow::Result<()> {
    // Declared first so that it goes last.
    let folder = TemporaryFolder::create("replay").context("cannot make a temporary folder")?;
    let campaigns = match &args.rules {
        Some(rules) if !rules.is_dir() => bail!("--rules {} is no folder", rules.display()),
        Some(rules) => Campaigns::Folder(rules),
        None => Campaigns::CartRescue,
    };
    let dollar = Currency::parse("USD").expect("ISO 4217 has it");
    let shop = Throwaway::start(folder.path(), dollar, campaigns)
        .await
        .context("the server for the replay did not start")?;
    let server = format!("http://{}", shop.running.public());
    let sent = send(args, &server, &shop.keys.secret, stop).await;
    let reported = match &sent {
        Ok(totals) if !args.json => report(&shop, totals),
        _ => Ok(()),
    };
    let drained = shop.running.drain().await;
    sent.and(reported)?;
    drained.context("the server for the replay did not stop cleanly")
}

/// Prints the reports of all campaigns that anybody was eligible for.
fn report(shop: &Throwaway, totals: &Totals) -> anyhow::Result<()> {
    for campaign in totals.exposed_customers.keys() {
        let table = shop.running.report_table(&shop.tenant, &CampaignKey::parse(campaign)?)?;
        say(&format!("\n{}\n", table.trim_end()))?;
    }
    Ok(())
}

/// Sends the log and prints what the server has counted then.
async fn send(
    args: &Args,
    server: &str,
    key: &str,
    stop: &mut StopSignal,
) -> anyhow::Result<Totals> {
    let connections = usize::from(args.connections);
    let target = Target { server, key, connections };
    let progress = progress_bar();
    let outcome = tokio::select! {
        outcome = replay(&args.file, args.format.into(), target, &progress) => outcome,
        signal = stop.heard() => bail!("stopped by {signal} before the end of the log"),
    };
    progress.finish_and_clear();
    let outcome = outcome?;
    tell_on_stderr(&account_of(&outcome))?;
    if outcome.rows > 0 && outcome.decisions + outcome.events == 0 {
        bail!("the server took none of the {} rows: is --format right?", outcome.rows);
    }
    let text = totals(target).await?;
    let counted: Totals =
        serde_json::from_str(&text).context("the server's totals are not as expected")?;
    match args.json {
        true => say(&format!("{}\n", text.trim_end()))?,
        false => say(&table_of(&counted))?,
    }
    Ok(counted)
}

/// A bar over the bytes of the file, on standard error; it hides itself where that is no terminal.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}, {eta} left")
        .expect("a valid template");
    ProgressBar::new(0).with_style(style)
}

/// What the sender saw, one line for each reason that a row did not arrive.
fn account_of(outcome: &Outcome) -> String {
    let Outcome { rows, decisions, events, skipped, refused, undated } = outcome;
    let mut text = format!(
        "{rows} rows: {decisions} decisions, {events} other events, {} skipped, {} refused",
        skipped.rows(),
        refused.rows(),
    );
    let lines = |text: &mut String, what: &str, reasons: &Reasons| {
        for (reason, count) in reasons.iter() {
            let (rows, first) = (count.rows, count.first_line);
            write!(text, "\n  {rows} {what}, first in line {first}: {reason}")
                .expect("a String takes everything");
        }
    };
    lines(&mut text, "skipped", skipped);
    lines(&mut text, "refused by the server", refused);
    lines(&mut text, "without a time", undated);
    text.push('\n');
    text
}

/// What the server counted, for people.
fn table_of(totals: &Totals) -> String {
    let mut rows = vec![];
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    for kind in ActionKind::ALL.into_iter().filter(|kind| totals.events.of(*kind) > 0) {
        row(&format!("events: {}", kind.as_str()), totals.events.of(kind).to_string());
    }
    row("decisions", totals.decisions.to_string());
    row("customers", totals.customers.to_string());
    row("customers with a cart", totals.customers_with_cart.to_string());
    row("buyers", totals.buyers.to_string());
    row("orders", totals.orders.to_string());
    for (name, sums) in [("revenue", &totals.revenue_minor), ("refunded", &totals.refunded_minor)] {
        for (currency, minor) in sums {
            row(name, amount(*minor, currency));
        }
    }
    for (campaign, variants) in &totals.exposed_customers {
        for (variant, customers) in variants {
            row(&format!("exposed to {campaign}, {variant}"), customers.to_string());
        }
    }
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut table = String::from("Counted by the server since its first event\n");
    for (name, value) in rows {
        writeln!(table, "  {name:<width$}  {value:>16}").expect("a String takes everything");
    }
    table
}

fn amount(minor: i128, currency: &str) -> String {
    match (i64::try_from(minor), Currency::parse(currency)) {
        (Ok(minor), Ok(currency)) => Money::from_minor(minor, currency).to_string(),
        _ => format!("{minor} minor units of {currency}"),
    }
}

// === impl FormatArg ===

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Rees46 => Self::Rees46,
            FormatArg::Segment => Self::Segment,
        }
    }
}
