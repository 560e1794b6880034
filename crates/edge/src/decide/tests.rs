use std::sync::Arc;

use model::{
    Action, Alias, CampaignKey, Currency, CustomerId, Decision, Discount, Explanation, Exposure,
    Fault, FaultKind, GoalKey, Judgement, Money, Offer, OfferKey, OfferKind, OfferMade, PageView,
    Placement, Reason, SplitKey, TermsKey, Texts, Timestamp, TraitValue, VariantKey,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::limits::{PAGE_TEXT_BYTES_MAX, PLACEMENTS_MAX};
use super::{Answer, Request};
use crate::segment::{SkipReason, WireError};

/// The example of the interface's description.
const SAMPLE: &str = r#"{"anonymousId":"a-1","userId":null,
 "page":{"url":"https://shop.example/cart","path":"/cart","referrer":"","title":"Cart"},
 "context":{"locale":"de-DE","device":"mobile"},
 "placements":["interstitial"]}"#;

fn read(body: &Value) -> Result<Request<'static>, WireError> {
    Request::read(body.to_string().leak().as_bytes())
}

#[test]
fn the_sample_request_is_read_in_full() {
    let request = Request::read(SAMPLE.as_bytes()).expect("read");
    assert_eq!(request.who.primary(), &Alias::anonymous("a-1"));
    assert_eq!(&*request.view.url, "https://shop.example/cart");
    assert_eq!(&*request.view.path, "/cart");
    assert_eq!(&*request.view.referrer, "");
    assert_eq!(&*request.view.title, "Cart");
    assert_eq!(&*request.view.locale, "de-DE");
    assert_eq!(&*request.view.device, "mobile");
    assert_eq!(request.view.placements, [Placement::parse("interstitial").expect("valid")]);
    assert_eq!(request.privileged.field(), None);
    assert_eq!((request.write_key, request.message_id), (None, None));
}

#[test]
fn a_page_view_is_also_an_event() {
    let request = Request::read(SAMPLE.as_bytes()).expect("read");
    let (at, received_at) = (Timestamp::from_ms(1), Timestamp::from_ms(2));
    let event = request.event("0197-decision", at, received_at);
    assert_eq!(&*event.message_id, "0197-decision");
    assert_eq!((event.at, event.received_at), (at, received_at));
    assert_eq!(event.action, Action::Viewed(PageView { path: "/cart".into() }));
    let page: Value = serde_json::from_str(&event.properties).expect("JSON");
    assert_eq!(page["title"], "Cart");
    let named = read(&json!({"userId": "u", "messageId": "m-1"})).expect("read");
    assert_eq!(&*named.event("other", at, at).message_id, "m-1");
}

#[test]
fn the_event_of_a_page_view_keeps_the_page_as_it_came_and_the_device() {
    let properties = |page: Option<&str>, context: &str| {
        let page = page.map(|page| format!("\"page\":{page},")).unwrap_or_default();
        let body = format!("{{\"userId\":\"u\",{page}\"context\":{context}}}").leak();
        let request = Request::read(body.as_bytes()).expect("read");
        request.event("m", Timestamp::from_ms(1), Timestamp::from_ms(1)).properties.into_string()
    };
    let mobile = r#"{"device":"mobile"}"#;
    let with = |members: &str| format!("{{{members}\"context\":{mobile}}}");
    let page = r#"{"path": "/cart", "more": [1] }"#;
    assert_eq!(properties(Some(page), mobile), with(r#""path": "/cart", "more": [1],"#));
    assert_eq!(properties(Some("{ }"), mobile), with(""));
    assert_eq!(properties(None, mobile), with(""));
    assert_eq!(properties(Some("\"text\""), mobile), with(""));
    assert_eq!(properties(Some(page), "{}"), page, "nothing is known of the device");
    let both = r#"{"device":"mobile","locale":"de-DE"}"#;
    assert_eq!(properties(Some("{}"), both), format!("{{\"context\":{both}}}"));
}

#[test]
fn the_least_request_is_one_id() {
    let request = read(&json!({"userId": 7, "other": {"deep": []}})).expect("read");
    assert_eq!(request.who.primary(), &Alias::user("7"));
    assert_eq!(request.view, model::View::default());
}

#[test]
fn consent_and_the_key_may_come_in_the_body() {
    let consent = json!({"consent": {"categoryPreferences": {"Advertising": false}}});
    let request =
        read(&json!({"userId": "u", "writeKey": "vpk_1", "context": consent})).expect("read");
    assert_eq!(request.write_key.as_deref(), Some("vpk_1"));
    assert!(!request.consent[0].granted);
}

#[test]
fn a_path_that_is_missing_is_taken_from_the_address() {
    let request = read(&json!({"userId": "u", "page": {"url": "https://shop.example/a?b"}}));
    assert_eq!(&*request.expect("read").view.path, "/a");
}

#[test]
fn long_page_texts_are_cut() {
    let long = "/".repeat(PAGE_TEXT_BYTES_MAX + 1);
    let request = read(&json!({"userId": "u", "page": {"path": long}})).expect("read");
    assert_eq!(request.view.path.len(), PAGE_TEXT_BYTES_MAX);
}

#[test]
fn what_only_a_secret_key_may_send_is_told_apart() {
    let field = |body: &Value| read(body).expect("read").privileged.field();
    assert_eq!(
        field(&json!({"userId": "u", "timestamp": "2026-01-31T18:30:00Z"})),
        Some("timestamp")
    );
    assert_eq!(field(&json!({"userId": "u", "traits": {}})), Some("traits"));
    assert_eq!(field(&json!({"userId": "u", "explain": true})), Some("explain"));
    assert_eq!(field(&json!({"userId": "u", "force": {}})), Some("force"));
    assert_eq!(
        field(&json!({"userId": "u", "explain": false, "traits": null, "force": null})),
        None
    );
    let request = read(&json!({
        "userId": "u", "timestamp": "2026-01-31T18:30:00Z", "traits": {"vip": true}, "explain": true,
    }));
    let privileged = request.expect("read").privileged;
    assert_eq!(privileged.timestamp, Timestamp::parse("2026-01-31T18:30:00Z").ok());
    assert_eq!(*privileged.traits, [("vip".into(), TraitValue::Flag(true))]);
    assert!(privileged.explain);
}

#[test]
fn what_is_wrong_with_a_request_is_named() {
    let refused = |body: &Value| read(body).expect_err("refused");
    assert_eq!(refused(&json!({})), WireError::Event(SkipReason::MissingId));
    assert_eq!(refused(&json!([])), WireError::NotAnObject);
    assert_eq!(refused(&json!({"userId": true})), WireError::Event(SkipReason::InvalidId));
    assert_eq!(
        refused(&json!({"userId": "u", "timestamp": "now"})),
        WireError::Event(SkipReason::InvalidTimestamp)
    );
    assert_eq!(
        refused(&json!({"userId": "u", "messageId": "x".repeat(100)})),
        WireError::Event(SkipReason::MessageIdTooLong)
    );
    for (field, value) in [
        ("explain", json!("yes")),
        ("placements", json!("interstitial")),
        ("placements", json!([1])),
        ("placements", json!(["Top Banner"])),
        ("placements", json!(vec!["top"; PLACEMENTS_MAX + 1])),
    ] {
        let error = refused(&json!({"userId": "u", field: value}));
        assert!(matches!(error, WireError::InvalidField { field: named, .. } if named == field));
    }
}

fn texts(title: &str) -> Texts {
    Texts { title: title.into(), body: "Only \"today\"".into(), action: "Take it".into() }
}

fn made(discount: Option<Discount>, discount_percent: Option<u8>) -> OfferMade {
    let offer = Offer {
        key: OfferKey::parse("twenty-percent-off-cart").expect("valid"),
        kind: OfferKind::Interstitial,
        discount,
        texts: vec![("en".into(), texts("Save {amount}")), ("de".into(), texts("{amount} sparen"))],
        link: None,
        token_valid: None,
    };
    OfferMade {
        campaign: campaign("cart-rescue"),
        variant: variant("twenty-percent"),
        placement: Placement::parse("interstitial").expect("valid"),
        offer: Arc::new(offer),
        discount_percent,
        values: vec![("amount".into(), "5 \u{20ac}".into())],
    }
}

fn campaign(key: &str) -> CampaignKey {
    CampaignKey::parse(key).expect("valid")
}

fn variant(key: &str) -> VariantKey {
    VariantKey::parse(key).expect("valid")
}

fn exposure(key: &str, arm: &str) -> Exposure {
    Exposure {
        campaign: campaign(key),
        variant: variant(arm),
        shown: true,
        terms: TermsKey::NONE,
        goal: GoalKey::ORDERS,
        attribution_until: Timestamp::default(),
        split: SplitKey::OTHER,
        revenue_before: Box::default(),
        rule_digest: [0; 32],
    }
}

fn written(decision: &Decision, locale: &str, tokens: &[Option<String>], explain: bool) -> String {
    let answer = Answer {
        decision_id: "0197c1de-0000-7000-8000-000000000000",
        customer: CustomerId::from_u128(7),
        plan_version: 12,
        locale,
        decision,
        tokens,
        explain,
    };
    let mut out = Vec::new();
    answer.write(&mut out);
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn the_answer_has_the_documented_form_to_the_byte() {
    let decision = Decision {
        offers: vec![made(Some(Discount::Percent(20)), None)],
        exposures: vec![exposure("cart-rescue", "twenty-percent"), exposure("welcome", "control")],
        ..Decision::default()
    };
    assert_eq!(
        written(&decision, "de-DE", &[Some("t-1".to_owned())], false),
        concat!(
            r#"{"decisionId":"0197c1de-0000-7000-8000-000000000000","#,
            r#""customerId":"c-00000000000000000000000007","planVersion":12,"#,
            r#""offers":[{"campaign":"cart-rescue","variant":"twenty-percent","#,
            r#""placement":"interstitial","offer":{"key":"twenty-percent-off-cart","#,
            r#""kind":"interstitial","discount":{"percent":20,"of":"cart"},"#,
            r#""text":{"title":"5 € sparen","body":"Only \"today\"","action":"Take it"}},"#,
            r#""token":"t-1"}],"#,
            r#""experiments":{"cart-rescue":"twenty-percent","welcome":"control"}}"#,
        )
    );
}

#[test]
fn no_offer_is_an_answer_too() {
    let told = written(&Decision::default(), "", &[], false);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((&told["offers"], &told["experiments"]), (&json!([]), &json!({})));
}

#[test]
fn texts_are_in_the_language_of_the_page_or_the_first() {
    let decision = Decision { offers: vec![made(None, None)], ..Decision::default() };
    let title = |locale: &str| {
        let told: Value =
            serde_json::from_str(&written(&decision, locale, &[], false)).expect("JSON");
        told["offers"][0]["offer"]["text"]["title"].as_str().expect("text").to_owned()
    };
    assert_eq!(title("de-AT"), "5 € sparen");
    assert_eq!(title("en_GB"), "Save 5 €");
    assert_eq!(title("fr"), "Save 5 €");
    assert_eq!(title(""), "Save 5 €");
}

#[test]
fn a_discount_is_the_plugins_percentage_else_the_offers() {
    let discount = |made: OfferMade| {
        let decision = Decision { offers: vec![made], ..Decision::default() };
        let told: Value = serde_json::from_str(&written(&decision, "", &[], false)).expect("JSON");
        told["offers"][0]["offer"]["discount"].clone()
    };
    let euros = Money::from_minor(500, Currency::parse("EUR").expect("known"));
    assert_eq!(discount(made(None, None)), Value::Null);
    assert_eq!(
        discount(made(Some(Discount::Percent(20)), Some(10))),
        json!({"percent": 10, "of": "cart"})
    );
    assert_eq!(
        discount(made(Some(Discount::Amount(euros)), None)),
        json!({"amountMinor": 500, "currency": "EUR", "of": "cart"})
    );
}

#[test]
fn explanations_tell_the_fate_of_each_campaign() {
    let reason =
        || Reason { variant: variant("control"), kept: true, text: "cart 25.00 EUR".into() };
    let fates = vec![
        Judgement::Shown(reason()),
        Judgement::Withheld(reason()),
        Judgement::HeldOut,
        Judgement::ElsewhereInLayer { by: Some(campaign("a")) },
        Judgement::ElsewhereInLayer { by: None },
        Judgement::Forced { variant: variant("control"), fault: None },
        Judgement::Forced { variant: variant("control"), fault: Some(FaultKind::OutOfFuel) },
        Judgement::Outranked { by: campaign("a") },
        Judgement::OtherPage,
        Judgement::OtherPlacement,
        Judgement::OutsideSchedule,
        Judgement::NotEligible,
        Judgement::Faulty(FaultKind::OutOfFuel),
    ];
    let explain = |judgement| Explanation { campaign: campaign("b"), judgement };
    let fault = Fault {
        campaign: campaign("b"),
        kind: FaultKind::OutOfFuel,
        detail: "1,000,000 used".into(),
    };
    let decision = Decision {
        explanations: fates.into_iter().map(explain).collect(),
        faults: vec![fault],
        ..Decision::default()
    };
    let told: Value = serde_json::from_str(&written(&decision, "", &[], true)).expect("JSON");
    let why = json!({"variant": "control", "kept": true, "reason": "cart 25.00 EUR"});
    let with = |judgement: &str, more: &Value| {
        let mut line = json!({"campaign": "b", "judgement": judgement});
        for (name, value) in more.as_object().expect("an object") {
            line[name] = value.clone();
        }
        line
    };
    assert_eq!(
        told["explanations"],
        json!([
            with("shown", &why),
            with("withheld", &why),
            with("held-out", &json!({})),
            with("elsewhere-in-layer", &json!({"by": "a"})),
            with("elsewhere-in-layer", &json!({})),
            with("forced", &json!({"variant": "control"})),
            with(
                "forced",
                &json!({"variant": "control", "fault": "out-of-fuel", "detail": "1,000,000 used"})
            ),
            with("outranked", &json!({"by": "a"})),
            with("other-page", &json!({})),
            with("other-placement", &json!({})),
            with("outside-schedule", &json!({})),
            with("not-eligible", &json!({})),
            with("faulty", &json!({"fault": "out-of-fuel", "detail": "1,000,000 used"})),
        ])
    );
    let silent: Value = serde_json::from_str(&written(&decision, "", &[], false)).expect("JSON");
    assert_eq!(silent.get("explanations"), None, "only who asks is told");
}

proptest! {
    #[test]
    fn no_bytes_can_panic_the_reader(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Request::read(&body);
    }

    #[test]
    fn no_member_can_panic_the_reader(
        name in prop::sample::select(vec![
            "page", "context", "placements", "writeKey", "messageId", "timestamp", "traits", "explain",
        ]),
        value in prop_oneof![
            Just("null"), Just("[]"), Just("{}"), Just("1e999"), Just("\"\\ud800\""), Just("[[\"a\"]]"),
            Just("{\"path\":[],\"url\":\"://\",\"locale\":{}}"), Just("\"\""),
        ],
    ) {
        let body = format!(r#"{{"userId":"u","{name}":{value}}}"#);
        if let Ok(request) = Request::read(body.as_bytes()) {
            prop_assert_eq!(request.who.primary(), &Alias::user("u"));
        }
    }

    #[test]
    fn any_words_come_out_as_json(title in ".{0,40}", value in ".{0,40}") {
        let mut offer = made(None, None);
        offer.values = vec![("amount".into(), value.as_str().into())];
        let texts = texts(&format!("{{amount}}{}", title.replace('{', "")));
        offer.offer = Arc::new(Offer { texts: vec![("en".into(), texts)], ..Offer::clone(&offer.offer) });
        let decision = Decision { offers: vec![offer], ..Decision::default() };
        let told: Value = serde_json::from_str(&written(&decision, "", &[], false)).expect("JSON");
        let expected = format!("{value}{}", title.replace('{', ""));
        prop_assert_eq!(told["offers"][0]["offer"]["text"]["title"].as_str(), Some(expected.as_str()));
    }
}
