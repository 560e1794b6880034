use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::IF_NONE_MATCH;
use model::{
    Alias, Arm, Campaign, Currency, CustomerId, Decision, Exposure, Fault, FaultKind, GoalKey,
    OfferMade, Recent, SplitKey, TermsKey, Timestamp,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Audience, Context, Evaluation, Refusal, Tag};
use crate::deciding::Show;
use crate::problem::Problem;
use crate::seal::Seal;

const NOW: Timestamp = Timestamp::from_ms(1_769_884_200_000);
const DECISION: Uuid = Uuid::from_u128(1);

fn read(context: &Value) -> Result<Context, Refusal> {
    Context::read(json!({ "context": context }).to_string().as_bytes())
}

/// The error code and text of a refusal.
fn told(refusal: &Refusal) -> (String, String) {
    let body: Value = serde_json::from_slice(&refusal.body(None)).expect("JSON");
    let text = |name: &str| body[name].as_str().expect("text").to_owned();
    (text("errorCode"), text("errorDetails"))
}

#[test]
fn a_targeting_key_alone_is_the_user_and_other_names_go_before_it() {
    let who = |context: &Value| read(context).expect("read").who;
    assert_eq!(who(&json!({"targetingKey": "u-1"})).primary(), &Alias::user("u-1"));
    assert_eq!(who(&json!({"targetingKey": 7, "userId": null})).primary(), &Alias::user("7"));
    let browser = who(&json!({"targetingKey": "device", "anonymousId": "a-1"}));
    assert_eq!(browser.primary(), &Alias::anonymous("a-1"));
    let both = who(&json!({"targetingKey": "x", "anonymousId": "a-1", "userId": "u-2"}));
    assert_eq!(both.primary(), &Alias::user("u-2"));
    assert_eq!(both.also_anonymous(), Some(&Alias::anonymous("a-1")));
}

#[test]
fn the_page_is_an_object_or_stands_in_the_context_itself() {
    let view = |context: &Value| read(context).expect("read").view;
    let page = json!({"targetingKey": "u", "page": {"path": "/cart", "title": "Cart"},
        "path": "/other", "locale": "de-DE", "device": "mobile", "placements": ["banner"]});
    let told = view(&page);
    assert_eq!((&*told.path, &*told.title), ("/cart", "Cart"));
    assert_eq!((&*told.locale, &*told.device), ("de-DE", "mobile"));
    assert_eq!(told.placements[0].as_str(), "banner");
    let flat = view(&json!({"targetingKey": "u", "url": "https://shop.example/cart?x", "page": 1}));
    assert_eq!((&*flat.path, &*flat.url), ("/cart", "https://shop.example/cart?x"));
    assert_eq!(view(&json!({"targetingKey": "u"})), model::View::default());
}

#[test]
fn what_is_wrong_with_a_context_has_openfeatures_name() {
    let code = |body: &str| told(&Context::read(body.as_bytes()).expect_err("refused")).0;
    for body in ["", "{", "[]", "7", "{} x"] {
        assert_eq!(code(body), "PARSE_ERROR", "{body}");
    }
    for context in ["null", "{}", r#"{"targetingKey":null}"#, r#"{"targetingKey":""}"#] {
        assert_eq!(
            code(&format!(r#"{{"context":{context}}}"#)),
            "TARGETING_KEY_MISSING",
            "{context}"
        );
    }
    assert_eq!(code("{}"), "TARGETING_KEY_MISSING");
    let long = "x".repeat(257);
    for context in [
        json!("text"),
        json!({"targetingKey": true}),
        json!({"targetingKey": {"a": 1}, "userId": "u"}),
        json!({"targetingKey": long}),
        json!({"targetingKey": "u", "userId": ["u"]}),
        json!({"targetingKey": "u", "anonymousId": long}),
        json!({"targetingKey": "u", "placements": "banner"}),
    ] {
        let refusal = read(&context).expect_err("refused");
        assert_eq!(told(&refusal).0, "INVALID_CONTEXT", "{context}");
    }
    assert!(read(&json!({"targetingKey": long, "userId": "u"})).is_ok(), "it names nobody");
}

#[test]
fn a_refusal_names_the_flag_that_was_asked_for_and_keeps_its_status() {
    let refusal = Refusal::flag_not_found();
    assert_eq!(refusal.problem.status, 404);
    let body: Value = serde_json::from_slice(&refusal.body(Some("a\"b"))).expect("JSON");
    assert_eq!((&body["key"], &body["errorCode"]), (&json!("a\"b"), &json!("FLAG_NOT_FOUND")));
    let slow = Refusal::unreadable(Problem::body_timeout());
    assert_eq!((slow.problem.status.as_u16(), told(&slow).0.as_str()), (400, "PARSE_ERROR"));
    let nobody = Refusal::from(Problem::no_key());
    assert_eq!((nobody.problem.status.as_u16(), told(&nobody).0.as_str()), (401, "GENERAL"));
}

/// A campaign whose treated arm is shown a coupon with a token of ten minutes; `more` is its schedule.
fn campaign(key: &str, more: &str) -> Campaign {
    let text = format!(
        r#"
key = "{key}"
placement = "banner"
{more}
[when]
plugin = "yes.wat"
[experiment]
control = "plain"
variants = [{{ key = "plain", weight = 1 }}, {{ key = "bold", weight = 1, offer = "ten" }}]
[[offers]]
key = "ten"
kind = "coupon"
discount = {{ percent = 10 }}
token = "10m"
text.en.title = "Ten"
text.de.title = "Zehn"
"#
    );
    let currency = Currency::parse("EUR").expect("known");
    let vocabulary = rules::vocabulary(currency, None, None).expect("nothing of the shop's");
    rules::campaign("c.toml", &text, &vocabulary).expect("it is right").campaign
}

/// A customer in one arm of each of these campaigns.
fn decision(campaigns: &[(&Campaign, &str)]) -> Decision {
    let mut decision = Decision::default();
    for (campaign, arm) in campaigns {
        let variant = campaign.experiment.variants.iter().find(|it| it.key.as_str() == *arm);
        let variant = variant.expect("a variant");
        decision.exposures.push(Exposure {
            campaign: campaign.key.clone(),
            variant: variant.key.clone(),
            shown: variant.offer.is_some(),
            terms: TermsKey::NONE,
            goal: GoalKey::ORDERS,
            attribution_until: NOW,
            split: SplitKey::OTHER,
            revenue_before: Box::default(),
            rule_digest: [0; 32],
        });
        decision.offers.extend(variant.offer.map(|place| OfferMade {
            campaign: campaign.key.clone(),
            variant: variant.key.clone(),
            placement: campaign.placement.clone(),
            offer: Arc::clone(&campaign.offers[place]),
            discount_percent: None,
            values: Vec::new(),
        }));
    }
    decision
}

fn evaluation<'a>(decision: &'a Decision, tokens: &'a [Option<String>]) -> Evaluation<'a> {
    Evaluation {
        decision,
        tokens,
        customer: CustomerId::from_u128(7),
        decision_id: DECISION,
        shows: &[],
        plan_version: 12,
        locale: "de-DE",
        at: NOW,
    }
}

#[test]
fn every_standing_of_a_customer_has_a_variant_and_a_reason_of_the_protocol() {
    let (shown, withheld) = (campaign("shown", ""), campaign("withheld", ""));
    let (stranger, over) = (campaign("stranger", ""), campaign("over", OVER));
    let decision = decision(&[(&shown, "bold"), (&withheld, "plain")]);
    let mut out = Vec::new();
    let all = [&shown, &withheld, &stranger, &over];
    evaluation(&decision, &[Some("t-1".to_owned())]).write_all(&all, &mut out);
    let metadata = json!({"placement": "banner", "decisionId": DECISION.to_string(),
        "contextId": "c-00000000000000000000000007", "version": "12"});
    let mut about = metadata.clone();
    about.as_object_mut().expect("an object").remove("placement");
    let told: Value = serde_json::from_slice(&out).expect("JSON");
    let expected = json!({
        "flags": [
            {"key": "shown", "reason": "SPLIT", "variant": "bold", "metadata": metadata,
             "value": {"key": "ten", "kind": "coupon", "discount": {"percent": 10, "of": "cart"},
                       "text": {"title": "Zehn", "body": "", "action": ""}, "token": "t-1"}},
            {"key": "withheld", "reason": "SPLIT", "variant": "plain", "metadata": metadata},
            {"key": "stranger", "reason": "UNKNOWN", "variant": ""},
            {"key": "over", "reason": "DISABLED", "variant": ""},
        ],
        "metadata": about,
    });
    assert_eq!(told, expected);
}

/// The schedule of a campaign that is over.
const OVER: &str = "[schedule]\nuntil = 2020-01-01T00:00:00Z";

#[test]
fn a_page_that_everybody_can_read_names_no_campaign_that_does_not_run() {
    let (runs, over) = (campaign("runs", ""), campaign("over", OVER));
    let may_know = |audience: Audience| [&runs, &over].map(|it| audience.may_know(it, NOW));
    assert_eq!(may_know(Audience::Public), [true, false]);
    assert_eq!(may_know(Audience::Shop), [true, true]);
}

#[test]
fn the_tag_changes_with_what_an_answer_means_and_with_nothing_else() {
    let (one, other) = (campaign("one", ""), campaign("other", ""));
    let treated = decision(&[(&one, "bold")]);
    let withheld = decision(&[(&one, "plain")]);
    let tokens = [Some("t-1".to_owned())];
    let it = evaluation(&treated, &tokens);
    let tag = it.tag(&[&one, &other]);

    let renewed = [Some("t-2".to_owned())];
    let again = Evaluation {
        decision_id: Uuid::from_u128(2),
        plan_version: 13,
        ..evaluation(&treated, &renewed)
    };
    assert!(again.tag(&[&one, &other]).means_the_same_as(&tag));
    assert_eq!(evaluation(&treated, &[]).tag(&[&one, &other]), tag, "no token is in it");

    for (different, why) in [
        (evaluation(&withheld, &[]).tag(&[&one, &other]), "another arm"),
        (it.tag(&[&one]), "a campaign less"),
        (Evaluation { locale: "en", ..it }.tag(&[&one, &other]), "another language"),
        (
            Evaluation { customer: CustomerId::from_u128(8), ..it }.tag(&[&one, &other]),
            "not theirs",
        ),
    ] {
        assert!(!different.means_the_same_as(&tag), "{why}");
    }
}

#[test]
fn a_page_that_polls_has_a_token_with_half_of_its_time_left() {
    let one = campaign("one", "");
    let (treated, withheld) = (decision(&[(&one, "bold")]), decision(&[(&one, "plain")]));
    let tag = |decision: &Decision, minute: i64| {
        let at = Timestamp::from_ms(NOW.ms() + minute * 60_000);
        Evaluation { at, ..evaluation(decision, &[]) }.tag(&[&one])
    };
    let turns: Vec<Tag> = (0..20).map(|minute| tag(&treated, minute)).collect();
    let changes: Vec<usize> =
        (1..20).filter(|&minute| turns[minute] != turns[minute - 1]).collect();
    assert!(changes.len() >= 3, "{changes:?}");
    assert!(
        changes.windows(2).all(|pair| pair[1] - pair[0] == 5),
        "each five minutes: {changes:?}"
    );
    assert_eq!(tag(&withheld, 0), tag(&withheld, 19), "who has no token needs none");
}

fn show(campaign: &Campaign, decision: Uuid) -> Show {
    let variant = &campaign.experiment.variants[0].key;
    let arm = Arm { campaign: &campaign.key, variant, terms: TermsKey::NONE };
    Show::new(&campaign.key, decision, Recent::exposure(arm, NOW, decision.as_u128()))
}

fn seal() -> Seal {
    Seal::new(&[7; 32])
}

/// A tag as a client keeps it.
fn text_of(tag: &Tag) -> String {
    tag.to_header(&seal()).to_str().expect("text").to_owned()
}

#[test]
fn a_tag_is_read_in_any_form_in_which_clients_send_it_back() {
    let (one, other) = (campaign("one", ""), campaign("other", ""));
    let both = decision(&[(&one, "bold"), (&other, "plain")]);
    let shows = [show(&one, DECISION), show(&other, DECISION)];
    let tag = Evaluation { shows: &shows, ..evaluation(&both, &[]) }.tag(&[&one, &other]);
    let weak = text_of(&tag);
    let strong = weak.strip_prefix("W/").expect("it is weak");
    let sent = |lists: &[&str]| {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(IF_NONE_MATCH, list.parse().expect("a header's value"));
        }
        Tag::listed(&headers, &seal())
    };
    assert_eq!(sent(&[&weak]), std::slice::from_ref(&tag));
    assert_eq!(sent(&[&format!("\"b2\", {strong}")]), std::slice::from_ref(&tag));
    assert_eq!(sent(&["*", "", &weak]), std::slice::from_ref(&tag));
    let tenth = format!("{}{weak}", "\"b2\",".repeat(9));
    assert_eq!(sent(&[&tenth]), [], "a client keeps few");
    let digits = weak.trim_matches(['W', '/', '"']);
    for other in [digits, "W/\"\"", "\"g1\"", "\"a1.\"", "\"a1.2\"", "\"a1", "w/\"a1\"", "\".\""] {
        assert_eq!(sent(&[other]), [], "{other}");
    }
}

/// Else a page could have as many numbers for one show as it likes, and redeem each.
#[test]
fn a_tag_that_is_not_sealed_here_says_nothing() {
    let one = campaign("one", "");
    let treated = decision(&[(&one, "bold")]);
    let tag =
        Evaluation { shows: &[show(&one, DECISION)], ..evaluation(&treated, &[]) }.tag(&[&one]);
    let text = text_of(&tag);
    assert_eq!(Tag::parse(&text, &seal()), Some(tag));
    assert_eq!(Tag::parse(&text, &Seal::new(&[8; 32])), None);
    for place in text.char_indices().filter(|(_, it)| it.is_ascii_hexdigit()).map(|it| it.0) {
        let digit = if text[place..].starts_with('0') { "1" } else { "0" };
        let mut forged = text.clone();
        forged.replace_range(place..=place, digit);
        assert_eq!(Tag::parse(&forged, &seal()), None, "{forged}");
    }
    let (said, mac) = text.rsplit_once('.').expect("a MAC");
    let (bare, mark) = said.rsplit_once('.').expect("a mark");
    assert_eq!(Tag::parse(&format!("{bare}.{mac}"), &seal()), None);
    assert_eq!(Tag::parse(&format!("{said}.{mark}.{mac}"), &seal()), None);
}

#[test]
fn a_tag_has_the_decisions_by_which_the_page_has_its_campaigns() {
    let [one, other, third] = ["one", "other", "third"].map(|key| campaign(key, ""));
    let both = decision(&[(&one, "bold"), (&other, "plain"), (&third, "bold")]);
    let had = [show(&one, Uuid::from_u128(7)), show(&other, DECISION)];
    let tag = Evaluation { shows: &had, ..evaluation(&both, &[]) }.tag(&[&one, &other]);
    let decisions = [&one, &other, &third].map(|campaign| tag.decision_on(&campaign.key));
    assert_eq!(decisions, [Some(Uuid::from_u128(7)), Some(DECISION), None]);
    let unrecorded = evaluation(&both, &[]).tag(&[&one, &other]);
    assert_eq!(unrecorded.decision_on(&one.key), None, "nothing was recorded");
    assert_eq!(Tag::parse(&text_of(&tag), &seal()), Some(tag), "as it is sent");
}

/// Else what is there again after a slow answer would be counted once more.
#[test]
fn a_page_keeps_the_mark_of_a_campaign_whose_rule_could_not_answer() {
    let one = campaign("one", "");
    let had = [show(&one, Uuid::from_u128(7))];
    let tag = |decision: &Decision| {
        Evaluation { shows: &had, ..evaluation(decision, &[]) }.tag(&[&one]).decision_on(&one.key)
    };
    let mut without = Decision::default();
    assert_eq!(tag(&without), None, "it is not for this customer any more");
    let fault = Fault { campaign: one.key.clone(), kind: FaultKind::Timeout, detail: "".into() };
    without.faults.push(fault);
    assert_eq!(tag(&without), Some(Uuid::from_u128(7)));
    assert_eq!(evaluation(&without, &[]).tag(&[&one]).decision_on(&one.key), None, "it never came");
}

/// Any JSON, nested a little.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(member(), inner, 0..6)
                .prop_map(|it| it.into_iter().collect()),
        ]
    })
}

/// The name of a member: often one that means something.
fn member() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 8] =
        ["targetingKey", "userId", "anonymousId", "page", "path", "url", "locale", "placements"];
    prop_oneof![prop::sample::select(&KNOWN[..]).prop_map(str::to_owned), "\\PC{0,8}"]
}

proptest! {
    #[test]
    fn any_context_is_read_or_refused_with_400_and_says_why(context in any_json()) {
        if let Err(refusal) = read(&context) {
            prop_assert_eq!(refusal.problem.status, 400);
            let (code, details) = told(&refusal);
            prop_assert!(["TARGETING_KEY_MISSING", "INVALID_CONTEXT"].contains(&code.as_str()));
            prop_assert!(!details.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(refusal) = Context::read(&body) {
            prop_assert_eq!(refusal.problem.status, 400);
        }
    }
}
