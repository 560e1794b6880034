//! Vitrine's decide path against a bare hyper server.
//!
//! Vitrine does all of its work on each request: authenticate, fold the page view into the profile,
//! journal it, run the cart-rescue plugin in a fresh sandbox, assign, journal the exposure, answer.
//! The customers are all in the arm that is shown the offer, the longer way. Both servers, their load
//! and their runtime share one process and its cores; they take turns, round by round.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use edge::throwaway::{Campaigns, Throwaway};
use model::Currency;
use serde_json::{Value, json};

use crate::bare::Bare;
use crate::load::{self, Connection, Measured, Pace};
use crate::report::{Comparison, Round};

/// Customers who are offered the discount; their profiles are hot.
const CUSTOMERS: usize = 1_000;

/// How the comparison is run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rounds, each with both servers in turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement; a round has four
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Connections
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let dollar = Currency::parse("USD")?;
    let vitrine = Throwaway::start(folder.path(), dollar, Campaigns::CartRescue).await?;
    let address = vitrine.running.public();
    let requests = Arc::new(offered(&vitrine).await?);
    let mut connection = Connection::open(address).await?;
    let answer = Bytes::copy_from_slice(connection.exchange(&requests[0]).await?);
    let bare = Bare::start(answer.clone()).await?;

    let time = Duration::from_secs(args.seconds);
    let closed =
        async |server| load::run(server, &requests, args.connections, Pace::Closed, time).await;
    // Caches, pools and branch predictors get their first run for nothing.
    closed(bare.address).await?;
    closed(address).await?;
    let mut rounds = Vec::new();
    for _ in 0..args.rounds {
        let bare_peak = closed(bare.address).await?;
        let vitrine_peak = closed(address).await?;
        let half = Pace::Open { rate: vitrine_peak.rate / 2.0 };
        let steady =
            async |server| load::run(server, &requests, args.connections, half, time).await;
        let (bare_steady, vitrine_steady) = (steady(bare.address).await?, steady(address).await?);
        rounds.push(Round { bare_peak, vitrine_peak, bare_steady, vitrine_steady });
    }
    let decided: u64 = rounds.iter().map(|round| decisions(&round.vitrine_peak)).sum();
    vitrine.running.drain().await?;
    ensure!(decided > 0, "nothing was measured");
    let comparison = Comparison::of(&rounds, answer.len());
    if args.json { comparison.to_json() } else { Ok(comparison.to_text()) }
}

fn decisions(measured: &Measured) -> u64 {
    measured.latency.len()
}

/// Requests of customers who have filled a cart and are offered the discount.
async fn offered(vitrine: &Throwaway) -> anyhow::Result<Vec<Bytes>> {
    let mut connection = Connection::open(vitrine.running.public()).await?;
    let key = &vitrine.keys.publishable;
    let mut requests = Vec::with_capacity(CUSTOMERS);
    for number in 0..CUSTOMERS * 4 {
        let customer = format!("customer-{number}");
        let cart = json!({
            "anonymousId": customer, "messageId": format!("cart-{number}"), "event": "Product Added",
            "properties": {"product_id": "p-1", "price": 49.9, "currency": "USD"},
        });
        connection.exchange(&request("/v1/track", key, &cart)).await?;
        let view = json!({
            "anonymousId": customer, "userId": null,
            "page": {"url": "https://shop.example/cart", "path": "/cart", "referrer": "", "title": "Cart"},
            "context": {"locale": "de-DE", "device": "mobile"},
            "placements": ["interstitial"],
        });
        let view = request("/v1/decide", key, &view);
        let answer: Value = serde_json::from_slice(connection.exchange(&view).await?)?;
        let offers = answer["offers"].as_array().context("no offers in the answer")?;
        if !offers.is_empty() {
            requests.push(view);
        }
        if requests.len() == CUSTOMERS {
            return Ok(requests);
        }
    }
    anyhow::bail!("only {} of {} customers were offered anything", requests.len(), CUSTOMERS * 4)
}

/// A request as a browser's fetch or a shop's server would send it, ready for the wire.
fn request(path: &str, key: &str, body: &Value) -> Bytes {
    let body = body.to_string();
    Bytes::from(format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
}
