//! Real clients, unchanged, against the real server.

use e2e::Setup;
use serde_json::json;

#[test]
#[ignore = "needs `npm ci` in crates/e2e/clients; `cargo xtask test` does both"]
fn the_segment_client_for_node_delivers_every_type_of_call() {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    let keys = setup.keys().expect("keys");
    let server = setup.start().expect("it starts");
    let url = format!("http://{}", server.public);
    e2e::client("segment-node.mjs", &[&url, &keys.publishable], "").expect("it reports no error");

    let totals = server.shop(&keys.secret).get("/v1/totals").expect("answers").json();
    assert_eq!(totals["events"]["view"], json!(2), "page and screen: {totals}");
    assert_eq!(totals["events"]["cart"], json!(1), "{totals}");
    assert_eq!(totals["orders"], json!(1), "the second order is the first again: {totals}");
    assert_eq!(totals["revenue_minor"]["USD"], json!(9980), "{totals}");
    assert_eq!(totals["customers"], json!(1), "browser and both user ids are one: {totals}");
    assert_eq!(totals["customers_with_cart"], json!(1), "{totals}");
    server.stop().expect("a polite stop");
}
