//! `vitrine redeem`: honours an offer as a shop's server does.

use anyhow::{Context as _, bail};
use serde_json::json;

use super::{detail_of, say};
use crate::client::Client;

/// What `vitrine redeem` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The token that came with the offer
    #[arg(value_name = "TOKEN")]
    token: String,
    /// The server's data plane
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// A secret key of the tenant
    #[arg(long, value_name = "KEY", env = "VITRINE_SECRET_KEY", hide_env_values = true)]
    key: String,
    /// The order that the offer is redeemed for
    #[arg(long, value_name = "ID")]
    order_id: Option<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let mut client = Client::connect(&args.server, &args.key)?;
    let body = json!({"token": args.token, "order_id": args.order_id}).to_string();
    let answer = client.post("/v1/redeem", body).await.context("no answer from the server")?;
    let text = String::from_utf8_lossy(&answer.body);
    if answer.status != 200 {
        bail!("the server answered {}: {}", answer.status, detail_of(&text));
    }
    say(&format!("{}\n", text.trim_end()))
}
