//! `vitrine report`: asks a server's control plane how the arms of a campaign did.

use analytics::Report;
use anyhow::{Context as _, bail};
use model::CampaignKey;

use super::{detail_of, say};
use crate::client::Client;

/// What `vitrine report` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The campaign's key
    #[arg(long, value_name = "KEY")]
    campaign: String,
    /// The server's control plane
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8081")]
    server: String,
    /// An admin key of the tenant
    #[arg(long, value_name = "KEY", env = "VITRINE_ADMIN_KEY", hide_env_values = true)]
    key: String,
    /// Print JSON for programs instead of a table for people
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let mut client = Client::connect(&args.server, &args.key)?;
    let campaign = CampaignKey::parse(&args.campaign)?;
    let path = format!("/v1/campaigns/{campaign}/report");
    let answer = client.get(&path).await.context("no answer from the control plane")?;
    let text = String::from_utf8_lossy(&answer.body);
    if answer.status != 200 {
        bail!("the server answered {}: {}", answer.status, detail_of(&text));
    }
    if args.json {
        return say(&format!("{}\n", text.trim_end()));
    }
    let report: Report = serde_json::from_str(&text)
        .context("the answer is no report: is --server its control plane?")?;
    say(&format!("{}\n", report.to_table().trim_end()))
}
