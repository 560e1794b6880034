//! Simulated visitors: they look around, some fill a cart, some buy, and an offer persuades a few more.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client::{Client, ClientError};

/// Visitors on the shop at the same time.
const AT_ONCE: usize = 4;
/// Between two clicks of one visitor; a person takes longer, but who watches is in a hurry.
const BETWEEN_CLICKS: Duration = Duration::from_millis(15);
/// What a visitor without an offer does with a filled cart: this many of a hundred order.
const ORDERS_PERCENT: u8 = 30;
/// The same for a visitor who was offered 20 % off.
const ORDERS_WITH_OFFER_PERCENT: u8 = 42;
/// So many of a hundred who see an offer click it.
const CLICKS_PERCENT: u8 = 60;
/// So many of a hundred put one product more into a filled cart.
const ADDS_MORE_PERCENT: u8 = 25;
/// So many of a hundred who will not order go to the checkout all the same.
const GIVES_UP_AT_CHECKOUT_PERCENT: u8 = 20;

/// The products: name and price in cents.
const PRODUCTS: [(&str, u32); 5] =
    [("kettle", 3_490), ("lamp", 4_900), ("mug", 1_250), ("chair", 12_900), ("candle", 890)];

/// Visitors who come until they are told to stop.
pub(crate) struct Visitors {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

// === impl Visitors ===

impl Visitors {
    /// Sends visitors to a server.
    pub(crate) fn send(server: SocketAddr, write_key: &str) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (server, write_key, stopped) =
                (format!("http://{server}"), write_key.to_owned(), stopped.clone());
            tasks.spawn(async move {
                if let Err(error) = come_and_go(&server, &write_key, &stopped).await {
                    tracing::warn!(error = %error, "simulated visitors stay away");
                }
            });
        }
        Self { stop, tasks }
    }

    /// Lets those who are there finish, and no more come.
    pub(crate) async fn leave(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn come_and_go(
    server: &str,
    write_key: &str,
    stopped: &watch::Receiver<bool>,
) -> Result<(), ClientError> {
    let mut client = Client::connect(server, write_key)?;
    while !*stopped.borrow() {
        visit(&mut client).await?;
    }
    Ok(())
}

/// One visitor from the first page to the last.
async fn visit(client: &mut Client) -> Result<(), ClientError> {
    let visitor = format!("simulated-{:016x}", fastrand::u64(..));
    view(client, &visitor, "/").await?;
    for _ in 0..fastrand::u8(0..3) {
        let (product, _) = PRODUCTS[fastrand::usize(..PRODUCTS.len())];
        view(client, &visitor, &format!("/product/{product}")).await?;
    }
    if !happens(60) {
        return Ok(());
    }
    let mut cart_cents = 0;
    for _ in 0..fastrand::u8(1..=3) {
        cart_cents += add_product(client, &visitor).await?;
    }
    let offered = view(client, &visitor, "/cart").await?;
    if offered {
        let offer = json!({"promotion_id": "cart-rescue"});
        track(client, &visitor, "Promotion Viewed", offer.clone()).await?;
        if happens(CLICKS_PERCENT) {
            track(client, &visitor, "Promotion Clicked", offer).await?;
        }
    }
    if happens(ADDS_MORE_PERCENT) {
        cart_cents += add_product(client, &visitor).await?;
    }
    let orders = happens(if offered { ORDERS_WITH_OFFER_PERCENT } else { ORDERS_PERCENT });
    if orders || happens(GIVES_UP_AT_CHECKOUT_PERCENT) {
        track(client, &visitor, "Checkout Started", json!({})).await?;
    }
    if !orders {
        return Ok(());
    }
    let discount = if offered { cart_cents / 5 } else { 0 };
    track(
        client,
        &visitor,
        "Order Completed",
        json!({
            "order_id": format!("order-{:016x}", fastrand::u64(..)),
            "revenue": euros(cart_cents - discount),
            "discount": euros(discount),
            "currency": "EUR",
        }),
    )
    .await
}

fn happens(percent: u8) -> bool {
    fastrand::u8(..100) < percent
}

/// Puts some product into the cart and tells its price in cents.
async fn add_product(client: &mut Client, visitor: &str) -> Result<u32, ClientError> {
    let (product, cents) = PRODUCTS[fastrand::usize(..PRODUCTS.len())];
    let product = json!({
        "product_id": product, "price": euros(cents), "quantity": 1, "currency": "EUR",
    });
    track(client, visitor, "Product Added", product).await?;
    Ok(cents)
}

/// Views a page; tells whether an offer came with it.
async fn view(client: &mut Client, visitor: &str, path: &str) -> Result<bool, ClientError> {
    let body = json!({"anonymousId": visitor, "page": {"path": path}});
    let answer = client.post("/v1/decide", body.to_string().into_bytes()).await?;
    tokio::time::sleep(BETWEEN_CLICKS).await;
    let decision: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Ok(decision["offers"].as_array().is_some_and(|offers| !offers.is_empty()))
}

async fn track(
    client: &mut Client,
    visitor: &str,
    event: &str,
    properties: Value,
) -> Result<(), ClientError> {
    let body = json!({
        "anonymousId": visitor, "event": event, "properties": properties,
        "messageId": format!("simulated-{:032x}", fastrand::u128(..)),
    });
    client.post("/v1/track", body.to_string().into_bytes()).await?;
    tokio::time::sleep(BETWEEN_CLICKS).await;
    Ok(())
}

/// A decimal text, exact to the cent.
fn euros(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
