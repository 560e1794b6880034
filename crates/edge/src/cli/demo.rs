//! `vitrine demo`: the main job on a machine that has nothing but this program.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use model::{CampaignKey, Currency, TenantKey};

use super::{LogStyle, StopSignal, log_to_stderr, say};
use crate::demo::{CAMPAIGN, Demo, Visitors};
use crate::files::TemporaryFolder;
use crate::throwaway::{Campaigns, Keys, Throwaway};

/// What `vitrine demo` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the shop listens, on this machine only
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Stop after this many seconds instead of at Ctrl-C, and print the report
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    log_to_stderr(LogStyle::Text, "warn");
    let mut stop = StopSignal::listen()?;
    let folder = TemporaryFolder::create("demo").context("cannot make a temporary folder")?;
    let address = SocketAddr::from(([127, 0, 0, 1], args.port));
    let euro = Currency::parse("EUR").expect("ISO 4217 has it");
    let open =
        |tenant: &TenantKey, keys: &Keys| Some(Demo::shop(tenant.clone(), &keys.publishable));
    let shop = Throwaway::start_at(address, folder.path(), euro, Campaigns::CartRescue, open)
        .await
        .with_context(|| format!("the demo did not start; try --port {}", next(args.port)))?;
    let visitors = Visitors::send(shop.running.public(), &shop.keys.publishable);
    say(&invitation(&shop, folder.path().to_owned()))?;
    match args.seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        None => {
            stop.heard().await;
        }
    }
    visitors.leave().await;
    let campaign = CampaignKey::parse(CAMPAIGN)?;
    let table = shop.running.report_table(&shop.tenant, &campaign)?;
    shop.running.drain().await?;
    say(&format!("\n{table}\n"))
}

fn next(port: u16) -> u16 {
    port.checked_add(1).unwrap_or(8080)
}

fn invitation(shop: &Throwaway, folder: PathBuf) -> String {
    let (public, control) = (shop.running.public(), shop.running.control());
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("vitrine"));
    format!(
        "\nVitrine is serving a small shop with the campaign `{CAMPAIGN}`.\n\
         Simulated visitors are shopping, so the report fills. Ctrl-C ends it.\n\n\
         Open  http://{public}/demo\n      \
         Fill the cart with 20 euro or more, then look at another page: every second visitor\n      \
         is offered 20 % off. `New visitor` starts over; the report is below the shop.\n\n\
         Ask for a decision, and why:\n  \
         curl -s http://{public}/v1/decide -H 'Authorization: Bearer {secret}' \\\n    \
         -d '{{\"anonymousId\":\"me\",\"page\":{{\"path\":\"/\"}},\"explain\":true}}'\n\n\
         Read the report:\n  \
         {program} report --campaign {CAMPAIGN} --server http://{control} \\\n    \
         --key {admin}\n\n\
         See the metrics:\n  curl -s http://{control}/metrics\n\n\
         Everything is in {folder} and goes away at the end.\n",
        secret = shop.keys.secret,
        admin = shop.keys.admin,
        program = program.display(),
        folder = folder.display(),
    )
}
