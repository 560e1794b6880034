//! A small shop with everything that is hard to count.
//!
//! Whether a customer is in one arm or the other is the server's doing, so what is expected is told by
//! the calls: it is counted here, from what was sent, without any of the product's code.

use std::collections::BTreeSet;

use e2e::Shop;
use serde_json::{Value, json};

/// Customers: enough that each arm has dozens, and each thing below happens in both.
pub(crate) const CUSTOMERS: u32 = 240;

/// What was sent, as far as it is counted.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Revenue in minor units of all orders that were placed, by currency.
    pub(crate) gross_minor: [(&'static str, i64); 2],
    /// Customers who saw the offer, by the page's word.
    pub(crate) seen: BTreeSet<u32>,
    /// Those who clicked it.
    pub(crate) clicked: BTreeSet<u32>,
    /// Customers who became one with another.
    pub(crate) merged: u32,
}

/// Everything that the customers do.
pub(crate) fn run(shop: &Shop) -> Sent {
    let mut sent = Sent { gross_minor: [("USD", 0), ("EUR", 0)], ..Sent::default() };
    for number in 0..CUSTOMERS {
        visit(shop, number, &mut sent);
    }
    for pair in (0..CUSTOMERS).step_by(6) {
        // Two browsers that were counted as two customers, often in two arms, become one person.
        call(shop, "identify", number_of(pair), &format!("i-{pair}"), json!({}));
        let joined = json!({
            "messageId": format!("alias-{pair}"), "userId": format!("u-{pair}"),
            "previousId": browser(pair + 1),
        });
        assert_eq!(shop.post("/v1/alias", &joined).expect("answers").status, 200);
        sent.merged += 1;
    }
    sent
}

fn visit(shop: &Shop, number: u32, sent: &mut Sent) {
    let track = |event: &str, properties: Value| {
        let id = format!("{event}-{number}");
        call(
            shop,
            "track",
            json!({"event": event, "properties": properties}),
            &id,
            json!({"anonymousId": browser(number)}),
        );
    };
    track("Product Added", json!({"product_id": "p-1", "price": "49.90", "currency": "USD"}));
    let device = ["mobile", "desktop", ""][usize::try_from(number % 3).expect("small")];
    let question = json!({
        "anonymousId": browser(number), "page": {"path": "/cart"},
        "context": {"device": device}, "placements": ["interstitial"],
    });
    let answer = shop.post("/v1/decide", &question).expect("answers").json();
    if answer["offers"].as_array().is_some_and(|offers| !offers.is_empty())
        && !number.is_multiple_of(4)
    {
        let promotion = json!({"promotion_id": "cart-rescue"});
        track("Promotion Viewed", promotion.clone());
        sent.seen.insert(number);
        if number % 8 == 1 {
            track("Promotion Clicked", promotion);
            sent.clicked.insert(number);
        }
    }
    if number.is_multiple_of(2) {
        order(number, &track, sent);
    }
}

/// An order, and for some what becomes of it later.
fn order(number: u32, track: &impl Fn(&str, Value), sent: &mut Sent) {
    let currency = usize::from(number.is_multiple_of(10));
    let minor = i64::from(1_000 + 37 * number);
    sent.gross_minor[currency].1 += minor;
    let code = sent.gross_minor[currency].0;
    let money = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
    let id = format!("o-{number}");
    track("Order Completed", json!({"order_id": id, "revenue": money(minor), "currency": code}));
    match number % 14 {
        0 => track("Order Refunded", json!({"order_id": id})),
        2 => track("Order Refunded", json!({"order_id": id, "total": "3.33", "currency": code})),
        4 => track("Order Cancelled", json!({"order_id": id})),
        _ => {}
    }
}

fn number_of(number: u32) -> Value {
    json!({"userId": format!("u-{number}"), "anonymousId": browser(number), "traits": {}})
}

fn browser(number: u32) -> String {
    format!("browser-{number}")
}

/// Sends a call, and the same again as a client does that missed the answer.
fn call(shop: &Shop, path: &str, body: Value, id: &str, more: Value) {
    let mut whole = body.as_object().expect("an object").clone();
    whole.extend(more.as_object().expect("an object").clone());
    whole.insert("messageId".to_owned(), id.into());
    for _ in 0..2 {
        let reply = shop.post(&format!("/v1/{path}"), &Value::Object(whole.clone()));
        let reply = reply.expect("answers");
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
}
