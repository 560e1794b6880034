//! Rows of the shop's log as calls.

use serde_json::{Value, json};

use super::Columns;
use crate::replay::call::{Call, Endpoint, Skip};
use crate::replay::log::Line;

const HEADER: &str = "event_time,event_type,product_id,category_id,category_code,brand,price,\
                      user_id,user_session";

fn line(number: u64, text: &str) -> Line<'_> {
    Line { number, bytes: text.as_bytes(), whole: true }
}

fn call(number: u64, row: &str) -> Result<Call, Skip> {
    Columns::of(&line(1, HEADER)).expect("the header").call(&line(number, row))
}

fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.body).expect("JSON")
}

#[test]
fn a_view_asks_for_a_decision_on_the_products_page() {
    let row = "2019-10-01 00:00:14 UTC,view,44600062,21038,,shiseido,35.79,541312140,72d7";
    let call = call(18, row).expect("a call");
    assert_eq!((call.endpoint, &*call.customer), (Endpoint::Decide, "541312140"));
    let expected = json!({
        "userId": "541312140", "messageId": "rees46-17-1569888014",
        "timestamp": "2019-10-01T00:00:14.000Z",
        "page": {
            "path": "/product/44600062", "product_id": "44600062", "category_id": "21038",
            "brand": "shiseido", "price": 35.79, "user_session": "72d7",
        },
    });
    assert_eq!(body(&call), expected);
}

#[test]
fn a_cart_row_adds_one_piece_of_the_product() {
    let row = "2019-10-01 00:09:33 UTC,cart,5100816,2053,electronics.clocks,xiaomi,29.51,7,s";
    let call = call(3, row).expect("a call");
    assert_eq!(call.endpoint, Endpoint::Track);
    let expected = json!({
        "product_id": "5100816", "category_id": "2053", "category": "electronics.clocks",
        "brand": "xiaomi", "price": 29.51, "quantity": 1, "currency": "USD", "user_session": "s",
    });
    assert_eq!(body(&call)["event"], "Product Added");
    assert_eq!(body(&call)["properties"], expected);
    let row = "2019-10-01 00:09:33 UTC,remove_from_cart,5100816,2053,,,29.51,7,s";
    assert_eq!(body(&super::tests::call(3, row).expect("a call"))["event"], "Product Removed");
}

#[test]
fn a_purchase_is_an_order_of_one_product_at_its_price() {
    let row = "2019-10-01 00:02:14 UTC,purchase,1004856,2053,,samsung,130.76,543272936,s";
    let body = body(&call(163, row).expect("a call"));
    assert_eq!(body["event"], "Order Completed");
    let expected = json!({
        "order_id": "rees46-162-1569888134", "revenue": 130.76, "currency": "USD", "user_session": "s",
        "products": [{
            "product_id": "1004856", "category_id": "2053", "brand": "samsung", "price": 130.76,
            "quantity": 1,
        }],
    });
    assert_eq!(body["properties"], expected);
}

#[test]
fn equal_rows_are_events_of_their_own_and_the_same_ones_in_every_replay() {
    let row = "2019-10-01 00:00:14 UTC,purchase,1,2,,b,1.00,7,s";
    let id = |number| body(&call(number, row).expect("a call"))["messageId"].clone();
    assert_ne!(id(2), id(3));
    assert_eq!(id(2), id(2));
}

#[test]
fn quoted_values_may_hold_commas_and_quotes() {
    let row = "2019-10-01 00:00:14 UTC,view,1,2,,\"Smith, \"\"Bros\"\"\",1.00,7,s";
    assert_eq!(body(&call(2, row).expect("a call"))["page"]["brand"], "Smith, \"Bros\"");
}

#[test]
fn the_digits_of_a_price_are_sent_as_they_are_written() {
    for price in ["0.00", "1081.98", "19.990000000000002", "12345678901234567890.10"] {
        let row = format!("2019-10-01 00:00:14 UTC,cart,1,2,,b,{price},7,s");
        let sent = String::from_utf8(call(2, &row).expect("a call").body).expect("text");
        assert!(sent.contains(&format!("\"price\":{price},")), "{sent}");
    }
}

#[test]
fn a_price_that_is_no_number_is_left_to_the_server_to_judge() {
    for price in ["", "1,5", "free", "-1.00", "NaN", "a\\b", "{}"] {
        let row = format!("2019-10-01 00:00:14 UTC,cart,1,2,,b,\"{price}\",7,s");
        let sent = body(&call(2, &row).expect("a call"));
        assert_eq!(sent["properties"]["price"], price);
    }
}

#[test]
fn a_row_that_is_no_event_is_skipped_for_a_reason() {
    let rows = [
        ("2019-10-01 00:00:14 UTC,view,1,2,,b,1.00,7", Skip::Columns),
        ("2019-10-01 00:00:14 UTC,view,1,2,,b,1.00,7,s,more", Skip::Columns),
        ("2019-10-01 00:00:14 UTC,view,\"1,2,,b,1.00,7,s", Skip::Columns),
        ("2019-10-01 00:00:14,view,1,2,,b,1.00,7,s", Skip::Time),
        ("yesterday UTC,view,1,2,,b,1.00,7,s", Skip::Time),
        ("2019-13-01 00:00:14 UTC,view,1,2,,b,1.00,7,s", Skip::Time),
        ("2019-10-01 00:00:14 UTC,wish,1,2,,b,1.00,7,s", Skip::EventType),
        ("2019-10-01 00:00:14 UTC,,1,2,,b,1.00,7,s", Skip::EventType),
        ("2019-10-01 00:00:14 UTC,view, ,2,,b,1.00,7,s", Skip::NoProduct),
        ("2019-10-01 00:00:14 UTC,view,1,2,,b,1.00,,s", Skip::NoCustomer),
    ];
    for (row, reason) in rows {
        assert_eq!(call(2, row), Err(reason), "{row}");
    }
    let columns = Columns::of(&line(1, HEADER)).expect("the header");
    let not_text = Line { number: 2, bytes: b"2019-10-01 00:00:14 UTC,view,\xff", whole: true };
    assert_eq!(columns.call(&not_text), Err(Skip::NotUtf8));
    let cut = Line { number: 2, bytes: b"2019-10-01 00:00:14 UTC,view,1", whole: false };
    assert_eq!(columns.call(&cut), Err(Skip::TooLong));
}

#[test]
fn columns_are_found_by_name() {
    let columns = Columns::of(&line(1, "\u{feff}user_id,price,event_type,event_time,x,product_id"));
    let call = columns
        .expect("all that is needed")
        .call(&line(2, "7,1.50,view,2019-10-01 00:00:00 UTC,?,99"))
        .expect("a call");
    let page = json!({"path": "/product/99", "product_id": "99", "price": 1.5});
    assert_eq!(body(&call)["page"], page);
}

#[test]
fn a_file_without_the_header_is_told_what_is_missing() {
    let refused = Columns::of(&line(1, "2019-10-01 00:00:00 UTC,view,1,2,,b,1.00,7,s"));
    assert_eq!(refused, Err("its header has no column event_time"));
    let refused = Columns::of(&line(1, "event_time,event_type,product_id,user_id"));
    assert_eq!(refused, Err("its header has no column price"));
}
