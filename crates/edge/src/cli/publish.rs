//! `vitrine publish`: has a server take a folder of campaigns, or tells what is wrong with them.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::{detail_of, say};
use crate::client::Client;
use crate::plans;

/// What `vitrine publish` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the tenant's campaigns
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The server's control plane
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8081")]
    server: String,
    /// An admin key of the tenant
    #[arg(long, value_name = "KEY", env = "VITRINE_ADMIN_KEY", hide_env_values = true)]
    key: String,
    /// Check, compile and try the campaigns, and leave in force what is
    #[arg(long)]
    dry_run: bool,
    /// Publish a folder without campaigns, which ends all that are in force
    #[arg(long)]
    empty: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let bundle = plans::read_folder(&args.folder)?;
    let bundle = bundle.with_context(|| format!("there is no folder {}", args.folder.display()))?;
    let campaigns = bundle.campaigns().count();
    if campaigns == 0 && !args.empty {
        bail!(
            "{} has no campaigns: name the folder with the campaigns of one tenant, or end all \
             campaigns with --empty",
            args.folder.display()
        );
    }
    let mut client = Client::connect(&args.server, &args.key)?;
    let path = if args.dry_run { "/v1/plan?dry_run=true" } else { "/v1/plan" };
    let answer =
        client.post(path, bundle.to_json()).await.context("no answer from the control plane")?;
    let text = String::from_utf8_lossy(&answer.body);
    let told: Value = serde_json::from_str(&text).unwrap_or_default();
    match answer.status {
        200 => say(&outcome(&told, campaigns, args.dry_run)),
        422 => bail!("{}", mistakes(&told)),
        status => bail!("the server answered {status}: {}", detail_of(&text)),
    }
}

/// What a publication brought, for people.
fn outcome(told: &Value, campaigns: usize, dry_run: bool) -> String {
    let version = &told["version"];
    let mut text = match (told["changed"].as_bool(), dry_run) {
        (Some(false), _) => format!("version {version} is in force already, with the same files\n"),
        (_, true) => format!("this would become version {version}; nothing has changed\n"),
        (_, false) => format!("version {version} is in force; campaigns: {campaigns}\n"),
    };
    let canary = &told["canary"];
    if canary["synthetic"] != 0 {
        text += &format!(
            "tried on {} page views of late and {} made up: {} answers asked for\n",
            canary["recorded"], canary["synthetic"], canary["asked"]
        );
    }
    if canary["cut_short"] == true {
        text += "warning: the time for trying was over before every campaign had been asked everything\n";
    }
    text + &faulty(canary)
}

/// The campaigns that did not always answer.
fn faulty(canary: &Value) -> String {
    let mut text = String::new();
    for it in canary["faulty"].as_array().into_iter().flatten() {
        let faults = it["faults"].as_object().into_iter().flatten();
        let faults: Vec<String> = faults.map(|(kind, count)| format!("{count} {kind}")).collect();
        let campaign = it["campaign"].as_str().unwrap_or_default();
        let asked = &it["asked"];
        writeln!(text, "warning: {campaign} had no answer: {} of {asked}", faults.join(", "))
            .expect("a String takes all that is written");
    }
    text
}

/// Everything that is wrong with a plan, as a compiler tells it.
fn mistakes(told: &Value) -> String {
    let diagnostics = told["diagnostics"].as_array().cloned().unwrap_or_default();
    let rendered: Vec<&str> = diagnostics.iter().filter_map(|it| it["rendered"].as_str()).collect();
    let total = match &told["diagnostics_total"] {
        total if *total == 1 => "1 mistake".to_owned(),
        total => format!("{total} mistakes"),
    };
    format!("the plan is refused, {total}; what was in force stays\n\n{}", rendered.join("\n\n"))
}
