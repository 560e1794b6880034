use model::{Action, Alias, AliasKind, Currency, Event, Money, Product, Timestamp, TraitValue};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::limits::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, EVENT_BYTES_MAX, SKIPPED_LISTED_MAX};
use super::{Batch, CallType, Endpoint, Envelope, Reception, SkipReason, WireError};

mod commerce;
mod real_clients;

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn reception() -> Reception {
    Reception {
        received_at: time("2026-11-22T06:14:30Z"),
        currency: Currency::parse("EUR").expect("known"),
    }
}

fn read(endpoint: Endpoint, body: &[u8]) -> Result<Batch, WireError> {
    Envelope::read(endpoint, body)?.into_batch(&reception())
}

fn batch(items: &Value) -> Batch {
    let body = json!({ "batch": items }).to_string();
    read(Endpoint::Batch, body.as_bytes()).expect("a batch")
}

fn one(call: CallType, body: &Value) -> Result<Event, SkipReason> {
    match read(Endpoint::Call(call), body.to_string().as_bytes()) {
        Ok(batch) => Ok(batch.events.into_iter().next().expect("one event")),
        Err(WireError::Event(reason)) => Err(reason),
        Err(error) => panic!("{error}"),
    }
}

fn track(event: &str, properties: &Value) -> Result<Event, SkipReason> {
    let body = json!({
        "anonymousId": "a-1", "messageId": "m-1", "event": event, "properties": properties,
    });
    one(CallType::Track, &body)
}

fn reasons(batch: &Batch) -> Vec<(usize, SkipReason)> {
    batch.skipped.iter().map(|skipped| (skipped.index, skipped.reason)).collect()
}

#[test]
fn long_and_short_paths_mean_the_same_calls() {
    for (long, short) in [
        ("identify", "i"),
        ("track", "t"),
        ("page", "p"),
        ("screen", "s"),
        ("group", "g"),
        ("alias", "a"),
    ] {
        let call = CallType::of_name(long).map(Endpoint::Call);
        assert!(call.is_some());
        assert_eq!(Endpoint::of_path(&format!("/v1/{long}")), call);
        assert_eq!(Endpoint::of_path(&format!("/v1/{short}")), call);
    }
    for path in ["/v1/batch", "/v1/b", "/v1/import"] {
        assert_eq!(Endpoint::of_path(path), Some(Endpoint::Batch), "{path}");
    }
    assert_eq!(Endpoint::of_path("/v1/m"), Some(Endpoint::Metrics));
    for path in ["/", "/v1/", "/v1/x", "/v1/track/", "/V1/track", "/v2/track", "track"] {
        assert_eq!(Endpoint::of_path(path), None, "{path}");
    }
}

#[test]
fn the_clients_own_metrics_are_ignored_unread() {
    assert_eq!(read(Endpoint::Metrics, b"\xff not even JSON"), Ok(Batch::default()));
}

#[test]
fn what_is_wrong_with_a_body_as_a_whole_is_an_error_that_repeats_nothing_of_it() {
    let told = |body: &[u8]| read(Endpoint::Batch, body).expect_err("refused").to_string();
    assert_eq!(told(b""), "the body is not JSON: EOF while parsing a value at line 1 column 0");
    assert_eq!(
        told(b"{\"batch\":\n[{]}"),
        "the body is not JSON: key must be a string at line 2 column 3"
    );
    assert_eq!(told(b"{} {}"), "the body is not JSON: trailing characters at line 1 column 4");
    assert_eq!(told(b"\"secret\""), "the body is not a JSON object");
    assert_eq!(told(b"[]"), "the body is not a JSON object");
    assert_eq!(told(b"{\"batch\":\"\xff\"}"), "the body is not UTF-8: byte 10 begins no character");
    assert_eq!(told(b"{\"batch\":{}}"), "the body has no array `batch`");
    assert_eq!(told(b"{}"), "the body has no array `batch`");
    let single = |body: &[u8]| read(Endpoint::Call(CallType::Page), body).expect_err("refused");
    assert_eq!(single(b"[1]"), WireError::NotAnObject);
    assert!(matches!(single(b"{\"a\":1,}"), WireError::InvalidJson { .. }));
}

#[test]
fn a_batch_is_bounded_in_bytes_and_in_events() {
    let events = |count: usize| format!(r#"{{"batch":[{}]}}"#, vec!["1"; count].join(","));
    let full = events(BATCH_EVENTS_MAX);
    let taken = read(Endpoint::Batch, full.as_bytes()).expect("as many as allowed");
    assert_eq!(taken.skipped.len(), BATCH_EVENTS_MAX);
    let more = events(BATCH_EVENTS_MAX + 1);
    assert_eq!(
        read(Endpoint::Batch, more.as_bytes()),
        Err(WireError::TooManyEvents { events: BATCH_EVENTS_MAX + 1 })
    );
    let padded = |bytes: usize| {
        let text = r#"{"batch":[]}"#;
        format!("{text}{}", " ".repeat(bytes - text.len()))
    };
    assert_eq!(read(Endpoint::Batch, padded(BATCH_BYTES_MAX).as_bytes()), Ok(Batch::default()));
    assert_eq!(
        read(Endpoint::Batch, padded(BATCH_BYTES_MAX + 1).as_bytes()),
        Err(WireError::BodyTooLarge { bytes_max: BATCH_BYTES_MAX })
    );
}

#[test]
fn an_event_is_bounded_in_bytes_and_in_depth() {
    let sized = |bytes: usize| {
        let empty = json!({"type": "track", "userId": "u", "event": "e", "properties": {"x": ""}});
        let padding = "x".repeat(bytes - empty.to_string().len());
        json!({"type": "track", "userId": "u", "event": "e", "properties": {"x": padding}})
    };
    let nested = |depth: usize| {
        let mut value = json!({});
        // The event and its properties are two of the levels.
        for _ in 3..depth {
            value = json!([value]);
        }
        json!({"type": "track", "userId": "u", "event": "e", "properties": {"x": value}})
    };
    let taken =
        batch(&json!([sized(EVENT_BYTES_MAX), sized(EVENT_BYTES_MAX + 1), nested(64), nested(65)]));
    assert_eq!(taken.events.len(), 2);
    assert_eq!(reasons(&taken), [(1, SkipReason::TooLarge), (3, SkipReason::TooDeep)]);
    let single = sized(EVENT_BYTES_MAX + 1).to_string();
    assert_eq!(
        read(Endpoint::Call(CallType::Track), single.as_bytes()),
        Err(WireError::Event(SkipReason::TooLarge))
    );
}

#[test]
fn one_bad_event_loses_no_other_event_of_its_batch() {
    let taken = batch(&json!([
        {"type": "page", "anonymousId": "a-1", "messageId": "good-1"},
        7,
        {"anonymousId": "a-1"},
        {"type": "pageview", "anonymousId": "a-1"},
        {"type": "page", "messageId": "no-id"},
        {"type": "page", "userId": "", "anonymousId": null},
        {"type": "page", "userId": {"id": 1}},
        {"type": "page", "userId": "x".repeat(257)},
        {"type": "page", "userId": "u", "messageId": "x".repeat(100)},
        {"type": "page", "userId": "u", "messageId": []},
        {"type": "track", "userId": "u"},
        {"type": "track", "userId": "u", "event": " "},
        {"type": "track", "userId": "u", "event": "x".repeat(257)},
        {"type": "alias", "anonymousId": "a", "previousId": "b"},
        {"type": "alias", "userId": "u"},
        {"type": "group", "userId": "u"},
        {"type": "page", "userId": "u", "timestamp": "yesterday"},
        {"type": "page", "userId": "u", "timestamp": 1_700_000_000},
        {"type": "page", "userId": "u", "messageId": "good-2"},
    ]));
    let names: Vec<&str> = taken.events.iter().map(|event| &*event.message_id).collect();
    assert_eq!(names, ["good-1", "good-2"]);
    assert_eq!(taken.skipped[3].message_id.as_deref(), Some("no-id"));
    assert_eq!(
        reasons(&taken),
        [
            (1, SkipReason::NotAnObject),
            (2, SkipReason::MissingType),
            (3, SkipReason::UnknownType),
            (4, SkipReason::MissingId),
            (5, SkipReason::MissingId),
            (6, SkipReason::InvalidId),
            (7, SkipReason::IdTooLong),
            (8, SkipReason::MessageIdTooLong),
            (9, SkipReason::InvalidMessageId),
            (10, SkipReason::MissingEventName),
            (11, SkipReason::MissingEventName),
            (12, SkipReason::EventNameTooLong),
            (13, SkipReason::MissingUserId),
            (14, SkipReason::MissingPreviousId),
            (15, SkipReason::MissingGroupId),
            (16, SkipReason::InvalidTimestamp),
            (17, SkipReason::InvalidTimestamp),
        ]
    );
}

#[test]
fn the_answer_is_success_and_names_what_was_skipped() {
    assert_eq!(Batch::default().answer(), br#"{"success":true}"#);
    let taken = batch(&json!([{"type": "page"}, {"type": "page", "messageId": "m"}]));
    let answer: Value = serde_json::from_slice(&taken.answer()).expect("JSON");
    let detail = "one of `userId` and `anonymousId` is needed";
    assert_eq!(
        answer,
        json!({"success": true, "skipped": 2, "reasons": [
            {"index": 0, "reason": "missing-id", "detail": detail},
            {"index": 1, "messageId": "m", "reason": "missing-id", "detail": detail},
        ]})
    );
    let many = batch(&Value::Array(vec![json!(1); SKIPPED_LISTED_MAX + 1]));
    let answer: Value = serde_json::from_slice(&many.answer()).expect("JSON");
    assert_eq!(answer["skipped"], SKIPPED_LISTED_MAX + 1);
    assert_eq!(answer["reasons"].as_array().map(Vec::len), Some(SKIPPED_LISTED_MAX));
}

#[test]
fn ids_may_be_numbers_and_escaped_text() {
    let event = one(CallType::Page, &json!({"userId": 42, "anonymousId": 7})).expect("taken");
    assert_eq!(event.who.primary(), &Alias::user("42"));
    assert_eq!(event.who.also_anonymous(), Some(&Alias::anonymous("7")));
    let body = r#"{"anonymousId":"\u00fc\"\n","userId":"x","userId":null}"#;
    let taken = read(Endpoint::Call(CallType::Page), body.as_bytes()).expect("taken");
    assert_eq!(taken.events[0].who.primary(), &Alias::anonymous("ü\"\n"), "the last userId counts");
}

#[test]
fn an_event_without_a_message_id_gets_one_that_its_place_and_time_make() {
    let item = json!({"type": "page", "anonymousId": "a-1"});
    let taken = batch(&json!([item, item]));
    let [first, second] = &taken.events[..] else { panic!("two events") };
    assert!(first.message_id.starts_with("vitrine-"));
    assert_eq!(first.message_id.len(), 40);
    assert_ne!(first.message_id, second.message_id, "nothing is lost");
    assert_eq!(taken, batch(&json!([item, item])), "no chance is involved");
    let later = Reception { received_at: time("2026-11-22T06:14:31Z"), ..reception() };
    let body = json!({"batch": [item]}).to_string();
    let envelope = Envelope::read(Endpoint::Batch, body.as_bytes()).expect("read");
    let again = envelope.into_batch(&later).expect("taken");
    assert_ne!(again.events[0].message_id, first.message_id);
}

#[test]
fn clocks_that_are_not_believed_are_counted() {
    let body = json!({"sentAt": "today", "batch": [
        {"type": "page", "userId": "u", "timestamp": "2099-01-01T00:00:00Z"},
        {"type": "page", "userId": "u", "timestamp": "1999-01-01T00:00:00Z"},
    ]});
    let taken = read(Endpoint::Batch, body.to_string().as_bytes()).expect("taken");
    assert_eq!(taken.adjusted.unreadable_sent_at, 1);
    assert_eq!(taken.adjusted.future_timestamps, 1);
    assert_eq!(taken.events[0].at, reception().received_at);
    assert_eq!(taken.events[1].at, time("1999-01-01T00:00:00Z"));
}

#[test]
fn a_recorded_item_with_an_old_sent_at_keeps_its_own_time_in_a_replay() {
    let taken = batch(&json!([{
        "type": "page", "userId": "u", "timestamp": "2019-10-01T00:00:00Z",
        "originalTimestamp": "2019-10-01T00:00:05Z", "sentAt": "2019-10-01T00:00:06Z",
    }]));
    assert_eq!(taken.events[0].at, time("2019-10-01T00:00:00Z"));
}

#[test]
fn traits_that_are_flat_reach_the_profile_and_all_reach_the_journal() {
    let traits = r#"{"b":1.5,"email":"a@b.c","vip":true,"plan":null,"b":2,"list":[1],"o":{"x":1},"n":1e999}"#;
    let body = format!(r#"{{"userId":"u","traits":{traits}}}"#);
    let taken = read(Endpoint::Call(CallType::Identify), body.as_bytes()).expect("taken");
    let expected: Box<[(Box<str>, TraitValue)]> = Box::new([
        ("b".into(), TraitValue::Number(2.0)),
        ("email".into(), TraitValue::Text("a@b.c".into())),
        ("plan".into(), TraitValue::Absent),
        ("vip".into(), TraitValue::Flag(true)),
    ]);
    assert_eq!(taken.events[0].action, Action::Identified(expected));
    assert_eq!(&*taken.events[0].properties, traits);
    assert_eq!(&*taken.events[0].name, "identify");
}

#[test]
fn the_path_of_a_page_is_found_where_clients_put_it() {
    let path = |body: &Value| {
        let mut body = body.clone();
        body["anonymousId"] = json!("a");
        match one(CallType::Page, &body).expect("taken").action {
            Action::Viewed(page) => page.path.into_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(path(&json!({"properties": {"path": "/cart"}})), "/cart");
    assert_eq!(path(&json!({"context": {"page": {"path": "/cart"}}})), "/cart");
    assert_eq!(path(&json!({"properties": {"url": "https://shop.example/a/b?c=/d#e"}})), "/a/b");
    assert_eq!(path(&json!({"context": {"page": {"url": "https://shop.example"}}})), "/");
    assert_eq!(path(&json!({})), "");
    let long = format!("/{}", "ü".repeat(3_000));
    assert_eq!(path(&json!({"properties": {"path": long}})).len(), 2_047, "cut between characters");
}

#[test]
fn consent_comes_with_each_event_and_from_the_batch() {
    let consent = |advertising: bool| {
        json!({"consent": {"categoryPreferences": {
            "Advertising": advertising, "Analytics": "maybe",
        }}})
    };
    let body = json!({"context": consent(false), "batch": [
        {"type": "page", "userId": "u", "context": consent(true)},
        {"type": "page", "userId": "u", "context": {}},
    ]});
    let taken = read(Endpoint::Batch, body.to_string().as_bytes()).expect("taken");
    let granted: Vec<bool> = taken.events.iter().map(|event| event.consent[0].granted).collect();
    assert_eq!(granted, [true, false]);
    assert_eq!(taken.events[0].consent.len(), 1, "neither yes nor no is no choice");
}

#[test]
fn the_previous_name_of_an_alias_is_a_browsers_unless_the_browser_says_otherwise() {
    let previous = |body: &Value| match one(CallType::Alias, body).expect("taken").action {
        Action::Aliased(alias) => alias.kind,
        other => panic!("{other:?}"),
    };
    let server = json!({"userId": "u", "previousId": "a-1"});
    assert_eq!(previous(&server), AliasKind::Anonymous);
    let browser = json!({"userId": "u", "previousId": "a-1", "anonymousId": "a-1"});
    assert_eq!(previous(&browser), AliasKind::Anonymous);
    let renamed = json!({"userId": "u-2", "previousId": "u-1", "anonymousId": "a-1"});
    assert_eq!(previous(&renamed), AliasKind::User);
}

/// JSON of every shape, with the names that the reader looks for more often than others.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        prop::sample::select(vec![
            "type",
            "track",
            "page",
            "identify",
            "alias",
            "userId",
            "anonymousId",
            "event",
            "properties",
            "Order Completed",
            "Product Added",
            "Cart Viewed",
            "order_id",
            "price",
            "currency",
            "EUR",
            "products",
            "quantity",
            "timestamp",
            "2026-01-31T18:30:00Z",
            "-1",
            "1e5",
            "context",
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::hash_map(text.clone(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_can_panic_the_reader(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for call in CallType::ALL {
            let _ = read(Endpoint::Call(call), &body);
        }
        let _ = read(Endpoint::Batch, &body);
    }

    #[test]
    fn every_item_of_a_batch_is_either_taken_or_skipped(items in prop::collection::vec(any_json(), 0..8)) {
        let taken = batch(&Value::Array(items.clone()));
        prop_assert_eq!(taken.events.len() + taken.skipped.len(), items.len());
    }

    #[test]
    fn no_properties_can_panic_the_reader(
        event in prop::sample::select(vec![
            "Product Viewed", "Product Added", "Cart Viewed", "Order Completed", "Order Refunded",
            "Order Cancelled", "Promotion Viewed", "Segment Consent Preference Updated",
        ]),
        properties in any_json(),
    ) {
        if let Ok(event) = track(event, &properties) {
            let sent = if properties.is_null() { String::new() } else { properties.to_string() };
            prop_assert_eq!(&*event.properties, sent.as_str());
        }
    }

    #[test]
    fn a_price_in_cents_comes_through_as_it_is(cents in 0_i64..100_000_000) {
        let price = format!("{}.{:02}", cents / 100, cents % 100);
        let number: f64 = price.parse().expect("a number");
        for price in [json!(price), json!(number)] {
            let event = track("Product Added", &json!({"product_id": "p", "price": price}));
            let eur = Currency::parse("EUR").expect("known");
            prop_assert_eq!(
                event.expect("taken").action,
                Action::ProductAdded(Product {
                    id: "p".into(),
                    price: Some(Money::from_minor(cents, eur)),
                    quantity: 1,
                })
            );
        }
    }
}
