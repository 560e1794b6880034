//! The main job, from outside: a cart, a page view, an offer or by design none, an order, a report.

use e2e::{Keys, Server, Setup, Shop, ok};
use serde_json::{Value, json};

fn setup() -> (Setup, Keys) {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    let keys = setup.keys().expect("keys");
    (setup, keys)
}

fn fill_cart(shop: &Shop, customer: &str, price: &str) {
    ok(shop.post(
        "/v1/track",
        &json!({
            "anonymousId": customer, "messageId": format!("cart-{customer}"), "event": "Product Added",
            "properties": {"product_id": "p-1", "price": price, "currency": "USD"},
        }),
    ));
}

fn order(shop: &Shop, customer: &str, revenue: &str) {
    ok(shop.post(
        "/v1/track",
        &json!({
            "anonymousId": customer, "messageId": format!("order-{customer}"),
            "event": "Order Completed",
            "properties": {"order_id": format!("o-{customer}"), "revenue": revenue, "currency": "USD"},
        }),
    ));
}

fn view(shop: &Shop, customer: &str) -> Value {
    ok(shop.post(
        "/v1/decide",
        &json!({
            "anonymousId": customer, "page": {"path": "/cart"}, "context": {"locale": "de-DE"},
            "placements": ["interstitial"], "explain": true,
        }),
    ))
}

/// The first customer with a full cart who is assigned to `variant`.
fn customer_in(shop: &Shop, variant: &str) -> (String, Value) {
    for number in 0..64 {
        let customer = format!("{variant}-{number}");
        fill_cart(shop, &customer, "49.90");
        let decision = view(shop, &customer);
        if decision["experiments"]["cart-rescue"] == json!(variant) {
            return (customer, decision);
        }
    }
    unreachable!("64 customers and none in {variant}: a chance of 2^-64")
}

fn report(server: &Server, keys: &Keys) -> Value {
    ok(server.office(&keys.admin).get("/v1/campaigns/cart-rescue/report"))
}

#[test]
fn a_full_cart_gets_the_offer_in_the_test_group_and_nothing_in_the_control_group() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);

    let nobody = view(&shop, "empty-cart");
    assert_eq!(nobody["offers"], json!([]));
    assert_eq!(nobody["experiments"], json!({}), "who is not eligible is in no experiment");

    fill_cart(&shop, "small-cart", "19.99");
    assert_eq!(view(&shop, "small-cart")["experiments"], json!({}), "19.99 is below 20.00");

    let (treated, decision) = customer_in(&shop, "twenty-percent");
    let made = &decision["offers"][0];
    assert_eq!(made["campaign"], json!("cart-rescue"));
    assert_eq!(made["placement"], json!("interstitial"));
    assert_eq!(made["offer"]["discount"], json!({"percent": 20, "of": "cart"}));
    let title = made["offer"]["text"]["title"].as_str().expect("a title");
    assert!(!title.is_empty());
    assert_eq!(decision["explanations"].as_array().map(Vec::len), Some(1), "{decision}");

    let (_, decision) = customer_in(&shop, "control");
    assert_eq!(decision["offers"], json!([]), "the control group sees nothing");

    let before = report(&server, &keys);
    order(&shop, &treated, "39.92");
    let after = report(&server, &keys);
    let arm = |report: &Value, name: &str| -> Value {
        let arms = report["arms"].as_array().expect("arms").clone();
        arms.into_iter().find(|arm| arm["variant"] == json!(name)).expect("the arm")
    };
    assert_eq!(arm(&before, "twenty-percent")["conversions"], json!(0));
    assert_eq!(arm(&after, "twenty-percent")["conversions"], json!(1));
    assert_eq!(arm(&after, "twenty-percent")["revenue_minor"], json!({"USD": 3992}));
    assert!(arm(&after, "control")["customers"].as_u64() >= Some(1), "the control arm is exposed");

    let after_order = view(&shop, &treated);
    assert_eq!(after_order["offers"], json!([]), "the order emptied the cart");
    server.stop().expect("a polite stop");
}

#[test]
fn the_assignment_and_the_cart_survive_a_restart_and_a_kill() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let (customer, first) = customer_in(&server.shop(&keys.secret), "twenty-percent");
    server.stop().expect("a polite stop");

    let server = setup.start().expect("it starts");
    let again = view(&server.shop(&keys.secret), &customer);
    assert_eq!(again["offers"], first["offers"]);
    assert_eq!(again["customerId"], first["customerId"]);
    let before = report(&server, &keys);
    server.kill_at_once().expect("killed");

    let server = setup.start().expect("it starts");
    let shown = view(&server.shop(&keys.secret), &customer);
    assert_eq!(shown["offers"], first["offers"]);
    assert_eq!(report(&server, &keys)["arms"][1]["customers"], before["arms"][1]["customers"]);
    server.stop().expect("a polite stop");
}

#[test]
fn signing_in_joins_the_browser_with_the_person() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    fill_cart(&shop, "browser", "49.90");
    let before = view(&shop, "browser");
    ok(shop.post("/v1/identify", &json!({"userId": "u-1", "anonymousId": "browser"})));
    let after = ok(shop.post("/v1/decide", &json!({"userId": "u-1", "page": {"path": "/"}})));
    assert_eq!(after["experiments"], before["experiments"], "the arm is kept");
    let by_browser = view(&shop, "browser");
    assert_eq!(by_browser["customerId"], after["customerId"], "both names lead to one customer");
    let totals = ok(shop.get("/v1/totals"));
    assert_eq!(totals["customers"], json!(1), "{totals}");
    server.stop().expect("a polite stop");
}

#[test]
fn a_page_view_that_is_sent_twice_counts_once() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    fill_cart(&shop, "twice", "49.90");
    let body = json!({"anonymousId": "twice", "messageId": "v-1", "page": {"path": "/cart"}});
    let first = ok(shop.post("/v1/decide", &body));
    let totals = ok(shop.get("/v1/totals"));
    let second = ok(shop.post("/v1/decide", &body));
    assert_eq!(second["experiments"], first["experiments"]);
    assert_eq!(ok(shop.get("/v1/totals")), totals);
    assert_eq!(totals["decisions"], json!(1));
    server.stop().expect("a polite stop");
}

#[test]
fn the_report_is_a_table_for_people_and_json_for_programs() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    customer_in(&server.shop(&keys.secret), "twenty-percent");
    let control = format!("http://{}", server.control);
    let arguments =
        ["report", "--campaign", "cart-rescue", "--server", &control, "--key", &keys.admin];
    let table = setup.output(&arguments).expect("a report");
    assert!(table.contains("twenty-percent"), "{table}");
    assert!(table.contains("Too early to tell"), "{table}");
    let json = setup.output(&[&arguments[..], &["--json"]].concat()).expect("a report");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["arms"].as_array().map(Vec::len), Some(2), "{json}");
    assert_eq!(json["control"], json!("control"));
    let unknown = setup.output(&[
        "report",
        "--campaign",
        "no-such",
        "--server",
        &control,
        "--key",
        &keys.admin,
    ]);
    let told = unknown.expect_err("there is no such campaign").to_string();
    assert!(told.contains("cart-rescue"), "it lists those that there are: {told}");
    server.stop().expect("a polite stop");
}

#[test]
fn a_revoked_key_stops_working_while_the_server_runs() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.publishable);
    let view = json!({"anonymousId": "a", "page": {"path": "/"}});
    ok(shop.post("/v1/decide", &view));
    let config = setup.config().display().to_string();
    let id = keys.publishable.split('_').nth(1).expect("prefix, id, secret");
    let listed = setup.output(&["key", "list", "--config", &config]).expect("a list");
    assert!(listed.contains(id) && !listed.contains(&keys.publishable), "{listed}");
    setup.output(&["key", "revoke", "--config", &config, id]).expect("revoked");
    let refused =
        (0..100_000).any(|_| shop.post("/v1/decide", &view).is_ok_and(|reply| reply.status == 401));
    assert!(refused, "the key still works after 100,000 calls");
    server.stop().expect("a polite stop");
}

#[test]
fn a_browser_may_call_only_from_the_origins_that_the_tenant_lists() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.publishable);
    let view = json!({"anonymousId": "a", "page": {"path": "/"}}).to_string();
    let from = |origin: &str| shop.post_from("/v1/decide", origin, &view).expect("an answer");
    let allowed = from("https://shop.example");
    assert_eq!((allowed.status, allowed.origin.as_deref()), (200, Some("https://shop.example")));
    let refused = from("https://evil.example");
    assert_eq!((refused.status, refused.origin), (403, None));
    let preflight = shop.preflight("/v1/batch", "https://shop.example").expect("an answer");
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.origin.as_deref(), Some("https://shop.example"));
    server.stop().expect("a polite stop");
}
