//! The e-commerce events, as a table: what is sent, and what it means.

use model::{Action, Order, Product, Promotion};
use serde_json::json;

use super::track;
use crate::segment::SkipReason;

/// What an action says, in one line.
fn shown(action: &Action) -> String {
    let product = |product: &Product| {
        let Product { id, price, quantity } = product;
        match price {
            Some(price) => format!("{quantity} {id} at {price}"),
            None => format!("{quantity} {id}"),
        }
    };
    let promotion = |promotion: &Option<Promotion>| match promotion {
        None => "another's".to_owned(),
        Some(Promotion { campaign, variant: None }) => campaign.to_string(),
        Some(Promotion { campaign, variant: Some(variant) }) => format!("{campaign}/{variant}"),
    };
    match action {
        Action::ProductViewed(it) => format!("viewed {}", product(it)),
        Action::ProductAdded(it) => format!("added {}", product(it)),
        Action::ProductRemoved(it) => format!("removed {}", product(it)),
        Action::CartViewed(lines) => {
            format!("cart [{}]", lines.iter().map(product).collect::<Vec<_>>().join(", "))
        }
        Action::OrderCompleted(Order { id, revenue, discount_minor, coupon, products }) => {
            let revenue = revenue.map_or("unknown".to_owned(), |money| money.to_string());
            let coupon = coupon.as_deref().unwrap_or("none");
            let order = format!("order {id}: {revenue}, off {discount_minor}, coupon {coupon}");
            let lines: Vec<String> = products.iter().map(product).collect();
            if lines.is_empty() { order } else { format!("{order} [{}]", lines.join(", ")) }
        }
        Action::OrderRefunded { order_id, amount } => {
            let amount = amount.map_or("all".to_owned(), |money| money.to_string());
            format!("refund {order_id}: {amount}")
        }
        Action::OrderCancelled { order_id } => format!("cancelled {order_id}"),
        Action::PromotionViewed(it) => format!("saw {}", promotion(it)),
        Action::PromotionClicked(it) => format!("clicked {}", promotion(it)),
        other => format!("{other:?}"),
    }
}

fn check(event: &str, properties: &str, expected: &str) {
    let properties = serde_json::from_str(properties).expect("JSON");
    let told = match track(event, &properties) {
        Ok(event) => shown(&event.action),
        Err(reason) => format!("skipped: {}", reason.as_str()),
    };
    assert_eq!(told, expected, "{event} {properties}");
}

#[test]
fn product_events_tell_the_product_its_price_and_how_many() {
    let added = "Product Added";
    check(
        added,
        r#"{"product_id":"p","price":19.99,"quantity":2,"currency":"USD"}"#,
        "added 2 p at 19.99 USD",
    );
    check(added, r#"{"sku":"s","price":"5"}"#, "added 1 s at 5.00 EUR");
    check(added, r#"{"product_id":"p","sku":"s"}"#, "added 1 p");
    check(added, r#"{"product_id":507,"price":null}"#, "added 1 507");
    check(added, r#"{"productId":"p","Price":"1.50","QUANTITY":"3"}"#, "added 3 p at 1.50 EUR");
    check("product added", r#"{"id":"p"}"#, "added 1 p");
    check(
        "product_viewed",
        r#"{"product_id":"p","price":100,"currency":"jpy"}"#,
        "viewed 1 p at 100 JPY",
    );
    check("Removed Product", r#"{"product_id":"p"}"#, "removed 1 p");
    check(added, r#"{"price":5}"#, "skipped: missing-product");
    check(added, r#"{"product_id":""}"#, "skipped: missing-product");
    check(added, "null", "skipped: missing-product");
    check(added, r#"{"product_id":"p","price":-0.01}"#, "skipped: negative-price");
    check(added, r#"{"product_id":"p","price":"-5"}"#, "skipped: negative-price");
    check(added, r#"{"product_id":"p","price":"five"}"#, "skipped: invalid-amount");
    check(added, r#"{"product_id":"p","price":5,"currency":"EURO"}"#, "skipped: unknown-currency");
    check(added, r#"{"product_id":"p","quantity":-1}"#, "skipped: invalid-quantity");
    let long = "x".repeat(100);
    check(added, &json!({ "product_id": long }).to_string(), &format!("added 1 {}", &long[..64]));
}

#[test]
fn a_cart_tells_its_lines() {
    let cart = "Cart Viewed";
    let lines = r#"{"cart_id":"c","currency":"USD","products":[{"product_id":"a","price":1,"quantity":2},{"sku":"b"}]}"#;
    check(cart, lines, "cart [2 a at 1.00 USD, 1 b]");
    check(cart, r#"{"products":[]}"#, "cart []");
    check(cart, "{}", "cart []");
    check(cart, r#"{"products":[{"price":1}]}"#, "skipped: missing-product");
    check(cart, r#"{"products":[{"product_id":"a","price":-1}]}"#, "skipped: negative-price");
    let many: Vec<_> = (0..300).map(|number| json!({ "product_id": number })).collect();
    match track(cart, &json!({ "products": many })).expect("taken").action {
        Action::CartViewed(lines) => assert_eq!(lines.len(), 200),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_revenue_of_an_order_is_found_in_the_order_of_the_specification() {
    let order = "Order Completed";
    let all =
        r#"{"order_id":"o","revenue":25,"total":99,"tax":1,"shipping":2,"products":[{"price":7}]}"#;
    check(order, all, "order o: 25.00 EUR, off 0, coupon none");
    let total =
        r#"{"order_id":"o","total":"30.00","tax":1.5,"shipping":"3","products":[{"price":7}]}"#;
    check(order, total, "order o: 25.50 EUR, off 0, coupon none");
    let products =
        r#"{"order_id":"o","products":[{"price":7,"quantity":2},{"price":"0.50"},{"sku":"gift"}]}"#;
    check(order, products, "order o: 14.50 EUR, off 0, coupon none [1 gift]");
    check(order, r#"{"order_id":"o"}"#, "order o: unknown, off 0, coupon none");
    check(
        order,
        r#"{"order_id":"o","products":[{"sku":"gift"}]}"#,
        "order o: unknown, off 0, coupon none [1 gift]",
    );
    check(order, r#"{"order_id":"o","revenue":0}"#, "order o: 0.00 EUR, off 0, coupon none");
    let voucher = r#"{"order_id":"o","total":0,"shipping":5}"#;
    check(order, voucher, "order o: 0.00 EUR, off 0, coupon none");
}

#[test]
fn an_order_tells_its_name_discount_and_coupon() {
    let order = "Order Completed";
    let full = r#"{"order_id":"50314b8e","revenue":25,"discount":2.5,"coupon":"hasbros","currency":"USD"}"#;
    check(order, full, "order 50314b8e: 25.00 USD, off 250, coupon hasbros");
    check(
        "order_completed",
        r#"{"orderId":17,"revenue":1,"discount":"-2"}"#,
        "order 17: 1.00 EUR, off 200, coupon none",
    );
    check(
        "Completed Order",
        r#"{"Order ID":"o","coupon":""}"#,
        "order o: unknown, off 0, coupon none",
    );
    check(order, r#"{"revenue":25}"#, "skipped: missing-order-id");
    check(order, r#"{"order_id":null}"#, "skipped: missing-order-id");
    check(order, r#"{"order_id":"o","revenue":-1}"#, "skipped: negative-amount");
    check(order, r#"{"order_id":"o","total":1,"tax":-1}"#, "skipped: negative-amount");
    check(order, r#"{"order_id":"o","products":[{"price":-1}]}"#, "skipped: negative-price");
    check(order, r#"{"order_id":"o","currency":"XXY"}"#, "skipped: unknown-currency");
    check(order, r#"{"order_id":"o","revenue":1e30}"#, "skipped: invalid-amount");
    let long = json!({ "order_id": "x".repeat(257) }).to_string();
    check(order, &long, "skipped: order-id-too-long");
}

#[test]
fn an_order_tells_what_was_bought_and_counts_whatever_its_lines_say() {
    let order = "Order Completed";
    let priced = r#"{"order_id":"o","revenue":9,"currency":"USD","products":[{"product_id":"a","price":4.5,"quantity":2},{"sku":7}]}"#;
    check(order, priced, "order o: 9.00 USD, off 0, coupon none [2 a at 4.50 USD, 1 7]");
    let broken = r#"{"order_id":"o","revenue":9,"products":[{"price":4},"a",{"id":"b","price":"four"},{"id":"c","quantity":-1}]}"#;
    check(order, broken, "order o: 9.00 EUR, off 0, coupon none [1 b, 1 c]");
    let none = r#"{"order_id":"o","revenue":9,"products":{}}"#;
    check(order, none, "order o: 9.00 EUR, off 0, coupon none");
    let many: Vec<_> = (0..300).map(|number| json!({ "product_id": number })).collect();
    let many = json!({ "order_id": "o", "products": many });
    match track(order, &many).expect("taken").action {
        Action::OrderCompleted(order) => assert_eq!(order.products.len(), 200),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refund_tells_how_much_or_that_it_is_all() {
    check("Order Refunded", r#"{"order_id":"o"}"#, "refund o: all");
    check(
        "Order Refunded",
        r#"{"order_id":"o","total":30,"currency":"USD"}"#,
        "refund o: 30.00 USD",
    );
    check(
        "Order Refunded",
        r#"{"order_id":"o","products":[{"price":5,"quantity":2}]}"#,
        "refund o: 10.00 EUR",
    );
    check("Order Refunded", r#"{"total":30}"#, "skipped: missing-order-id");
    check("Order Cancelled", r#"{"order_id":"o","total":30}"#, "cancelled o");
    check("order canceled", "{}", "skipped: missing-order-id");
}

#[test]
fn a_promotion_is_ours_when_it_has_the_name_of_a_campaign() {
    let seen = "Promotion Viewed";
    check(
        seen,
        r#"{"promotion_id":"cart-rescue","creative":"twenty-percent"}"#,
        "saw cart-rescue/twenty-percent",
    );
    check(seen, r#"{"promotion_id":"cart-rescue"}"#, "saw cart-rescue");
    check(seen, r#"{"promotion_id":"cart-rescue","creative":"Summer Banner"}"#, "saw cart-rescue");
    check("Promotion Clicked", r#"{"promotionId":"cart-rescue"}"#, "clicked cart-rescue");
    check("Promotion Clicked", r#"{"promotion_id":"Summer Sale"}"#, "clicked another's");
    check(seen, "{}", "saw another's");
}

#[test]
fn steps_of_the_checkout_are_understood_and_everything_else_is_tracked() {
    check("Checkout Started", r#"{"order_id":"o"}"#, "CheckoutStarted");
    check("Checkout Step Completed", "{}", "CheckoutStepCompleted");
    check("Coupon Applied", r#"{"coupon_id":"c"}"#, "CouponApplied");
    check("Segment Consent Preference Updated", "{}", "ConsentChanged");
    for event in
        ["Email Opened", "Call Finished", "Product Shared", "productadded2", "Ωrder Completed"]
    {
        check(event, r#"{"price":-1,"currency":"?"}"#, "Tracked");
    }
    let endless = "Order Completed ".repeat(12);
    check(&endless, "{}", "Tracked");
}

#[test]
fn the_name_and_the_properties_are_kept_as_the_shop_wrote_them() {
    let event =
        track("order_completed", &json!({"order_id": "o", "b": 1, "a": [1.50]})).expect("taken");
    assert_eq!(&*event.name, "order_completed");
    assert_eq!(&*event.properties, r#"{"a":[1.5],"b":1,"order_id":"o"}"#);
    assert_eq!(track("", &json!({})), Err(SkipReason::MissingEventName));
}
