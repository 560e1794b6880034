//! Recorded Segment calls as calls.

use serde_json::{Value, json};

use super::call;
use crate::replay::call::{Call, Endpoint, Skip};
use crate::replay::log::Line;

fn read(text: &str) -> Result<Call, Skip> {
    call(&Line { number: 5, bytes: text.as_bytes(), whole: true })
}

fn of(value: &Value) -> Call {
    read(&value.to_string()).expect("a call")
}

fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.body).expect("JSON")
}

#[test]
fn a_page_call_asks_for_a_decision_with_its_own_names_and_time() {
    let call = of(&json!({
        "type": "page", "messageId": "m-1", "userId": "u", "anonymousId": "a",
        "timestamp": "2019-10-01T00:00:00Z", "sentAt": "2019-10-01T00:00:09Z", "writeKey": "old",
        "properties": {"path": "/cart", "title": "Cart", "items": 3},
        "context": {
            "locale": "de-AT", "device": {"type": "mobile", "id": "x"}, "ip": "192.0.2.1",
            "consent": {"categoryPreferences": {"ads": false}},
        },
    }));
    assert_eq!((call.endpoint, &*call.customer, &call.also), (Endpoint::Decide, "u", &None));
    assert!(!call.undated);
    let expected = json!({
        "messageId": "m-1", "userId": "u", "anonymousId": "a", "timestamp": "2019-10-01T00:00:00Z",
        "page": {"path": "/cart", "title": "Cart", "items": 3},
        "context": {
            "locale": "de-AT", "device": "mobile",
            "consent": {"categoryPreferences": {"ads": false}},
        },
    });
    assert_eq!(body(&call), expected);
}

#[test]
fn the_address_that_properties_lack_is_taken_from_the_browsers_context() {
    let page = |properties: Value| {
        let browsers = json!({"path": "/a", "url": "https://s.example/a", "referrer": "r", "x": 1});
        let line = json!({
            "type": "page", "anonymousId": "a", "name": "Home", "properties": properties,
            "context": {"page": browsers},
        });
        body(&of(&line))["page"].clone()
    };
    let from_context =
        json!({"path": "/a", "url": "https://s.example/a", "referrer": "r", "title": "Home"});
    assert_eq!(page(json!({})), from_context);
    assert_eq!(page(json!(null)), from_context);
    let own = json!({"path": "/b", "referrer": "r", "title": "B"});
    assert_eq!(page(json!({"path": "/b", "title": "B"})), own);
}

#[test]
fn a_screen_is_a_view_too() {
    let call = of(&json!({"type": "screen", "anonymousId": "a", "name": "Basket"}));
    assert_eq!(call.endpoint, Endpoint::Decide);
    assert_eq!(body(&call)["page"], json!({"title": "Basket"}));
}

#[test]
fn any_other_call_is_sent_byte_for_byte() {
    let line = r#"{"type":"track","event":"Order Completed", "messageId":"m", "userId":7,
        "properties":{"order_id":"o","revenue":12345678901234567890.10}, "sentAt":"x"}"#;
    let line = line.replace('\n', " ");
    let call = read(&line).expect("a call");
    assert_eq!((call.endpoint, &*call.customer), (Endpoint::Batch, "7"));
    assert_eq!(String::from_utf8(call.body).expect("text"), format!("{{\"batch\":[{line}]}}"));
}

#[test]
fn a_line_without_a_message_id_is_given_the_same_one_in_every_replay() {
    for line in [
        json!({"type": "track", "event": "e", "userId": "u"}),
        json!({"type": "track", "event": "e", "userId": "u", "messageId": null}),
        json!({"type": "track", "event": "e", "userId": "u", "messageId": ""}),
        json!({}),
    ] {
        let (first, second) = (of(&line), of(&line));
        let id = body(&first)["batch"][0]["messageId"].clone();
        assert!(id.as_str().is_some_and(|id| id.starts_with("replay-5-")), "{id}");
        assert_eq!(first, second);
    }
    let view = |path: &str| {
        let line = json!({"type": "page", "userId": "u", "properties": {"path": path}});
        body(&of(&line))["messageId"].clone()
    };
    assert_eq!(view("/a"), view("/a"));
    assert_ne!(view("/a"), view("/b"));
}

#[test]
fn a_call_that_links_two_names_says_so() {
    let link = |line: Value| {
        let call = of(&line);
        (call.customer.into_string(), call.also.map(String::from))
    };
    let (u, a) = ("u".to_owned(), Some("a".to_owned()));
    let identify = json!({"type": "identify", "userId": "u", "anonymousId": "a"});
    assert_eq!(link(identify), (u.clone(), a.clone()));
    let alias = json!({"type": "alias", "userId": "u", "previousId": "a"});
    assert_eq!(link(alias), (u.clone(), a));
    // The server merges on identify and alias only.
    let track = json!({"type": "track", "event": "e", "userId": "u", "anonymousId": "a"});
    assert_eq!(link(track), (u, None));
    let anonymous = json!({"type": "identify", "userId": null, "anonymousId": "a"});
    assert_eq!(link(anonymous), ("a".to_owned(), None));
}

#[test]
fn a_line_without_a_time_is_marked() {
    assert!(of(&json!({"type": "track", "userId": "u"})).undated);
    let original =
        json!({"type": "page", "userId": "u", "originalTimestamp": "2019-10-01T00:00:00Z"});
    assert_eq!(body(&of(&original))["timestamp"], "2019-10-01T00:00:00Z");
}

#[test]
fn a_line_that_is_no_call_is_skipped_for_a_reason() {
    let lines = [
        ("", Skip::NotJson),
        ("{\"type\":\"track\"", Skip::NotJson),
        ("{} {}", Skip::NotJson),
        ("time,user", Skip::NotJson),
        ("[]", Skip::NotAnObject),
        ("null", Skip::NotAnObject),
        ("\"track\"", Skip::NotAnObject),
    ];
    for (line, reason) in lines {
        assert_eq!(read(line), Err(reason), "{line}");
    }
    let not_text = Line { number: 1, bytes: b"{\"type\":\"\xff\"}", whole: true };
    assert_eq!(call(&not_text), Err(Skip::NotUtf8));
    let cut = Line { number: 1, bytes: b"{}", whole: false };
    assert_eq!(call(&cut), Err(Skip::TooLong));
}
