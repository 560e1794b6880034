//! The clickstream of REES46: rows of a multi-category shop as calls.
//!
//! ```text
//! event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
//! 2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d76fde-...
//! ```
//!
//! | `event_type` | call |
//! |---|---|
//! | `view` | decide, on the page `/product/<product_id>` |
//! | `cart` | track `Product Added`, one piece |
//! | `remove_from_cart` | track `Product Removed`, one piece |
//! | `purchase` | track `Order Completed`, one product; its price is the revenue |
//!
//! The data set tells no currency; its prices are US dollars. Every row is an event, also one that
//! equals another row, so the `messageId` and the `order_id` come from the row's number, the first row
//! below the header being 1, and its time: `rees46-17-1569888014`. The time is there because row 17 of
//! another day's file is another event.
//!
//! A row is read as one line. A field of this data set never holds a line break, and so a stray quote
//! spoils one row and not the rest of the file.

use model::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::call::{Call, Endpoint, Skip};
use super::log::Line;

const CURRENCY: &str = "USD";

/// Where in a row each value stands, as the header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    count: usize,
    event_time: usize,
    event_type: usize,
    product_id: usize,
    price: usize,
    user_id: usize,
    category_id: Option<usize>,
    category_code: Option<usize>,
    brand: Option<usize>,
    user_session: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Decide<'a> {
    user_id: &'a str,
    message_id: &'a str,
    timestamp: &'a str,
    page: Page<'a>,
}

#[derive(Serialize)]
struct Page<'a> {
    path: String,
    #[serde(flatten)]
    product: &'a Product<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    user_session: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Track<'a, P> {
    user_id: &'a str,
    message_id: &'a str,
    timestamp: &'a str,
    event: &'static str,
    properties: P,
}

/// The properties of a change of the cart.
#[derive(Serialize)]
struct CartChange<'a> {
    #[serde(flatten)]
    item: Item<'a>,
    currency: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    user_session: &'a str,
}

/// The properties of an order.
#[derive(Serialize)]
struct Order<'a> {
    order_id: &'a str,
    revenue: &'a RawValue,
    currency: &'static str,
    products: [Item<'a>; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    user_session: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(flatten)]
    product: &'a Product<'a>,
    quantity: u32,
}

#[derive(Serialize)]
struct Product<'a> {
    product_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    category_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    category: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    brand: &'a str,
    price: &'a RawValue,
}

// === impl Columns ===

impl Columns {
    /// Reads the header. The order of columns does not matter, and others may be among them.
    pub(super) fn of(header: &Line<'_>) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(header.bytes).map_err(|_| "its first line is not UTF-8")?;
        let names = fields(text.trim_start_matches('\u{feff}'));
        let place = |name: &str| names.iter().position(|known| known.trim() == name);
        Ok(Self {
            count: names.len(),
            event_time: place("event_time").ok_or("its header has no column event_time")?,
            event_type: place("event_type").ok_or("its header has no column event_type")?,
            product_id: place("product_id").ok_or("its header has no column product_id")?,
            price: place("price").ok_or("its header has no column price")?,
            user_id: place("user_id").ok_or("its header has no column user_id")?,
            category_id: place("category_id"),
            category_code: place("category_code"),
            brand: place("brand"),
            user_session: place("user_session"),
        })
    }

    /// The call that a row becomes.
    pub(super) fn call(&self, line: &Line<'_>) -> Result<Call, Skip> {
        if !line.whole {
            return Err(Skip::TooLong);
        }
        let row = fields(std::str::from_utf8(line.bytes).map_err(|_| Skip::NotUtf8)?);
        if row.len() != self.count {
            return Err(Skip::Columns);
        }
        let at = time(&row[self.event_time]).ok_or(Skip::Time)?;
        let user_id = row[self.user_id].trim();
        if user_id.is_empty() {
            return Err(Skip::NoCustomer);
        }
        if row[self.product_id].trim().is_empty() {
            return Err(Skip::NoProduct);
        }
        let id = format!("rees46-{}-{}", line.number - 1, at.ms().div_euclid(1_000));
        let (endpoint, body) = self.question(&row, &id, user_id, &at.to_string())?;
        let customer = user_id.into();
        Ok(Call { line: line.number, customer, also: None, endpoint, body, undated: false })
    }

    fn question(
        &self,
        row: &csv::StringRecord,
        id: &str,
        user_id: &str,
        timestamp: &str,
    ) -> Result<(Endpoint, Vec<u8>), Skip> {
        let value = |place: Option<usize>| place.and_then(|place| row.get(place)).unwrap_or("");
        let user_session = value(self.user_session);
        let price = decimal(row[self.price].trim());
        let product = &Product {
            product_id: row[self.product_id].trim(),
            category_id: value(self.category_id),
            category: value(self.category_code),
            brand: value(self.brand),
            price: &price,
        };
        let track = |event| {
            let item = Item { product, quantity: 1 };
            let properties = CartChange { item, currency: CURRENCY, user_session };
            let track = Track { user_id, message_id: id, timestamp, event, properties };
            (Endpoint::Track, json(&track))
        };
        Ok(match row[self.event_type].trim() {
            "view" => {
                let path = format!("/product/{}", product.product_id);
                let page = Page { path, product, user_session };
                (Endpoint::Decide, json(&Decide { user_id, message_id: id, timestamp, page }))
            }
            "cart" => track("Product Added"),
            "remove_from_cart" => track("Product Removed"),
            "purchase" => {
                let properties = Order {
                    order_id: id,
                    revenue: &price,
                    currency: CURRENCY,
                    products: [Item { product, quantity: 1 }],
                    user_session,
                };
                let event = "Order Completed";
                let track = Track { user_id, message_id: id, timestamp, event, properties };
                (Endpoint::Track, json(&track))
            }
            _ => return Err(Skip::EventType),
        })
    }
}

/// The values of one row.
fn fields(line: &str) -> csv::StringRecord {
    let mut row = csv::StringRecord::new();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(line.len().max(1))
        .from_reader(line.as_bytes());
    // Neither can fail: the bytes are in memory and are UTF-8, and rows may be of any length.
    let _ = reader.read_record(&mut row);
    row
}

/// A time such as `2019-10-01 00:00:00 UTC`.
fn time(text: &str) -> Option<Timestamp> {
    let utc = text.trim().strip_suffix(" UTC")?;
    Timestamp::parse(&format!("{utc}Z")).ok()
}

/// An amount as it is written, without a detour over a float. What is no decimal number is passed on
/// as text, for the server to judge.
fn decimal(text: &str) -> Box<RawValue> {
    let number = serde_json::from_str::<&RawValue>(text).ok();
    match number.filter(|number| number.get().starts_with(|first: char| first.is_ascii_digit())) {
        Some(number) => number.to_owned(),
        None => serde_json::value::to_raw_value(text).expect("text is JSON"),
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("text and numbers are JSON")
}

#[cfg(test)]
mod tests;
