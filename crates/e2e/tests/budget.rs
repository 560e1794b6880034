//! Budgets and tokens, from outside: shows that are confirmed, a kill in between, and offers that are
//! redeemed once.

use std::sync::atomic::{AtomicUsize, Ordering};

use e2e::{Campaign, Keys, Reply, Server, Setup, Shop, ok};
use serde_json::{Value, json};

const BUDGET: usize = 100;
const REQUESTS: usize = 2_000;
const CALLERS: usize = 32;

/// Everybody is offered 20 % off so many times: both arms show something.
fn rush_of(shows: usize) -> Campaign {
    let coupon = |title: &str| {
        format!(
            "kind = \"coupon\"\ndiscount = {{ percent = 20 }}\ntext.en.title = \"{title}\"\ntoken = \"15m\""
        )
    };
    Campaign::new("rush")
        .fills("banner")
        .section(&format!("[limits]\nshows = {shows}"))
        .offering("plain", 1, &coupon("20 % off"))
        .offering("bold", 1, &coupon("TWENTY PERCENT OFF"))
}

fn setup() -> (Setup, Keys) {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    setup.add(&rush_of(BUDGET)).expect("written");
    let keys = setup.keys().expect("keys");
    (setup, keys)
}

/// Asks for a decision; the offer, if one was made.
fn ask(shop: &Shop, customer: &str) -> Option<Value> {
    let question =
        json!({"anonymousId": customer, "page": {"path": "/"}, "placements": ["banner"]});
    let mut decision = ok(shop.post("/v1/decide", &question));
    let offers = decision["offers"].as_array_mut().expect("offers");
    offers.pop()
}

/// Has many callers ask at once, each request for a customer of its own; who was shown an offer.
fn rush(shop: &Shop, wave: &str) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let caller = || {
        let mut shown = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= REQUESTS {
                return shown;
            }
            let customer = format!("{wave}-{number}");
            if ask(shop, &customer).is_some() {
                shown.push(customer);
            }
        }
    };
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(caller)).collect();
        callers.into_iter().flat_map(|it| it.join().expect("no panic")).collect()
    })
}

/// Tells that customers saw the offer.
fn confirm(shop: &Shop, customers: &[String]) {
    let viewed = |customer: &String| {
        json!({
            "type": "track", "anonymousId": customer, "messageId": format!("seen-{customer}"),
            "event": "Promotion Viewed", "properties": {"promotion_id": "rush"},
        })
    };
    let batch: Vec<Value> = customers.iter().map(viewed).collect();
    ok(shop.post("/v1/batch", &json!({"batch": batch})));
}

/// The metrics of the campaign's shows: committed, reserved, overrun.
fn standing(server: &Server, keys: &Keys) -> [usize; 3] {
    let told = server.office(&keys.admin).get("/metrics").expect("an answer").text;
    ["committed", "reserved", "overrun"].map(|name| {
        let begins = format!("vitrine_budget_shows_{name}{{");
        let line = told.lines().find(|line| line.starts_with(&begins)).expect("the metric");
        assert!(line.contains("campaign=\"rush\"") && line.contains("tenant=\"demo\""), "{line}");
        line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a number")
    })
}

#[test]
fn of_two_thousand_shows_at_once_exactly_the_budget_is_committed_through_a_kill() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let mut shown = rush(&shop, "first");
    // A deadline that a busy machine meets shows nothing; whoever asks next does.
    for number in 0..REQUESTS {
        if shown.len() == BUDGET {
            break;
        }
        let customer = format!("late-{number}");
        shown.extend(ask(&shop, &customer).map(|_| customer));
    }
    assert_eq!(shown.len(), BUDGET);
    assert_eq!(standing(&server, &keys), [0, BUDGET, 0]);
    // Answered once durable, and so is everything before it.
    let (early, late) = shown.split_at(60);
    confirm(&shop, early);
    assert_eq!(standing(&server, &keys), [60, 40, 0]);
    server.kill_at_once().expect("killed");

    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    assert_eq!(standing(&server, &keys), [60, 40, 0], "as before the kill");
    assert_eq!(rush(&shop, "second"), Vec::<String>::new(), "nothing is left");
    confirm(&shop, late);
    confirm(&shop, &shown);
    assert_eq!(standing(&server, &keys), [BUDGET, 0, 0]);
    server.stop().expect("a polite stop");

    let server = setup.start().expect("it starts");
    assert_eq!(standing(&server, &keys), [BUDGET, 0, 0], "as before the stop");
    assert_eq!(ask(&server.shop(&keys.secret), "third"), None);
    server.stop().expect("a polite stop");
}

#[test]
fn what_is_not_confirmed_in_time_is_shown_to_somebody_else() {
    let (setup, keys) = setup();
    setup.add(&rush_of(1)).expect("written");
    setup.configure("[budgets]\nconfirm_seconds = 1\n").expect("writable");
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    // Asked until it is shown; each time for a customer who has not asked before.
    let shown =
        |wave: &str| (0..100_000).any(|number| ask(&shop, &format!("{wave}-{number}")).is_some());
    assert!(shown("first"), "there is room");
    assert!(shown("second"), "there is room again");
    server.stop().expect("a polite stop");
}

fn token_of(shop: &Shop) -> String {
    let offer = (0..100).find_map(|number| ask(shop, &format!("t-{number}"))).expect("an offer");
    offer["token"].as_str().expect("a token").to_owned()
}

#[test]
fn an_offer_is_redeemed_once_by_the_shops_server() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let token = token_of(&shop);
    let body = json!({"token": token, "order_id": "o-1"});
    let refused = server.shop(&keys.publishable).post("/v1/redeem", &body).expect("an answer");
    assert_eq!(refused.status, 403, "{}", refused.text);

    let redeem = || shop.post("/v1/redeem", &body).expect("an answer");
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..16).map(|_| scope.spawn(redeem)).collect();
        calls.into_iter().map(|call| call.join().expect("no panic")).collect()
    });
    let honoured: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(honoured.len(), 1);
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 409)));
    let told = honoured[0].json();
    assert_eq!(told["campaign"], json!("rush"));
    assert_eq!(told["discount"], json!({"percent": 20, "of": "cart"}));
    assert_eq!(told["orderId"], json!("o-1"));
    assert_eq!(told["offer"], told["variant"], "they have the same names here");
    server.kill_at_once().expect("killed");

    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let again = shop.post("/v1/redeem", &body).expect("an answer");
    assert_eq!(again.status, 409);
    assert_eq!(again.json()["type"], json!("/problems/already-redeemed"));
    assert!(again.text.contains("in the hour that began at 20"), "{}", again.text);
    server.stop().expect("a polite stop");
}

#[test]
fn what_is_no_token_is_refused_with_one_message() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let token = token_of(&shop);
    let redeem =
        |token: &str| shop.post("/v1/redeem", &json!({"token": token})).expect("an answer");
    let mut forged = token.clone();
    let last = forged.pop().expect("a letter");
    forged.insert(0, last);
    let texts: Vec<String> = ["", "x.y", &forged, &token[1..]]
        .into_iter()
        .map(|text| {
            let reply = redeem(text);
            assert_eq!(reply.status, 422, "{}", reply.text);
            reply.text
        })
        .collect();
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{texts:?}");
    assert_eq!(shop.post("/v1/redeem", &json!({})).expect("an answer").status, 400);
    assert_eq!(shop.get("/v1/redeem").expect("an answer").status, 405);
    server.stop().expect("a polite stop");
}

#[test]
fn the_command_line_redeems_too() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let token = token_of(&server.shop(&keys.secret));
    let url = format!("http://{}", server.public);
    let arguments =
        ["redeem", &token, "--server", &url, "--key", &keys.secret, "--order-id", "o-7"];
    let told: Value =
        serde_json::from_str(&setup.output(&arguments).expect("redeemed")).expect("JSON");
    assert_eq!(told["orderId"], json!("o-7"));
    let again = setup.output(&arguments).expect_err("once").to_string();
    assert!(again.contains("409") && again.contains("in the hour that began at"), "{again}");
    server.stop().expect("a polite stop");
}

/// A customer's page view of this name: the decision, the offer's campaign and its token.
fn view(shop: &Shop, who: &Value, message_id: &str) -> (String, Option<String>, Option<String>) {
    let mut question = who.clone();
    question["messageId"] = json!(message_id);
    question["placements"] = json!(["banner"]);
    let told = ok(shop.post("/v1/decide", &question));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let offer = &told["offers"][0];
    let id = text(&told["decisionId"]).expect("a decision has a name");
    (id, text(&offer["campaign"]), text(&offer["token"]))
}

/// Two campaigns for one place, of which the first is shown once to each customer and twice in all.
fn first_and_next() -> (Setup, Keys) {
    let (setup, keys) = setup();
    let limits = "[limits]\nshows = 2\nper_customer = { shows = 1, within = \"1h\" }";
    let coupon =
        "kind = \"coupon\"\ndiscount = { percent = 9 }\ntext.en.title = \"It\"\ntoken = \"15m\"";
    let both_offer = |key: &str, priority: i32| {
        let campaign = Campaign::new(key).fills("banner").top(&format!("priority = {priority}"));
        campaign.offering("plain", 1, coupon).offering("bold", 1, coupon)
    };
    setup.add(&both_offer("first", 9).section(limits)).expect("written");
    setup.add(&both_offer("next", 5)).expect("written");
    (setup, keys)
}

#[test]
fn a_page_view_that_is_sent_again_has_what_it_had_and_nothing_else() {
    let (setup, keys) = first_and_next();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let who = json!({"userId": "u-1"});
    let (one, two) = (view(&shop, &who, "m-1"), view(&shop, &who, "m-2"));
    assert_eq!([&one.1, &two.1].map(Option::as_deref), [Some("first"), Some("next")]);
    assert_ne!(one.0, two.0);
    // The budget of the first is spent by now, and its customers have had enough of it.
    let other = json!({"userId": "u-2"});
    assert_eq!(view(&shop, &other, "m-3").1.as_deref(), Some("first"));
    assert_eq!(view(&shop, &json!({"userId": "u-3"}), "m-4").1.as_deref(), Some("next"));
    for _ in 0..3 {
        let (id, campaign, _) = view(&shop, &who, "m-2");
        assert_eq!((&id, &campaign), (&two.0, &two.1));
        let (id, campaign, _) = view(&shop, &who, "m-1");
        assert_eq!((&id, &campaign), (&one.0, &one.1));
    }
    let report = ok(server.office(&keys.admin).get("/v1/campaigns/next/report"));
    let arms = report["arms"].as_array().expect("arms").iter();
    assert_eq!(arms.map(|arm| arm["shows"].as_u64().expect("a number")).sum::<u64>(), 2);
    server.stop().expect("a polite stop");
}

/// Else it would show an offer that nobody has reserved, at the price of another.
#[test]
fn a_page_view_that_is_sent_again_has_nothing_of_a_campaign_that_offers_something_else_by_now() {
    let (setup, keys) = first_and_next();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let who = json!({"userId": "u-1"});
    assert_eq!(view(&shop, &who, "m-1").1.as_deref(), Some("first"));
    let coupon = |percent: u8| {
        let dear = format!(
            "kind = \"coupon\"\ndiscount = {{ percent = {percent} }}\ntext.en.title = \"It\"\ntoken = \"15m\""
        );
        let first = Campaign::new("first").fills("banner").top("priority = 9");
        let limits = "[limits]\nshows = 2";
        first.offering("plain", 1, &dear).offering("bold", 1, &dear).section(limits)
    };
    let publish = |percent: u8| {
        let files = json!({"first.toml": coupon(percent).to_string()});
        ok(server.office(&keys.admin).post("/v1/plan", &json!({"files": files})));
    };
    publish(90);
    assert_eq!(view(&shop, &who, "m-1").1, None);
    assert_eq!(view(&shop, &json!({"userId": "u-2"}), "m-2").1.as_deref(), Some("first"));
    publish(9);
    assert_eq!(view(&shop, &who, "m-1").1.as_deref(), Some("first"), "as it was");
    server.stop().expect("a polite stop");
}

/// Else its name would be good for a token each time that another one is sent, which nobody would count.
#[test]
fn a_page_view_that_had_nothing_has_nothing_when_it_is_sent_again() {
    let (setup, keys) = first_and_next();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let who = json!({"userId": "u-1"});
    assert!(view(&shop, &who, "m-1").2.is_some(), "the customer is in the campaign");
    let elsewhere = json!({"userId": "u-1", "messageId": "m-2", "placements": ["nowhere"]});
    assert_eq!(ok(shop.post("/v1/decide", &elsewhere))["offers"], json!([]));
    let told = json!({"userId": "u-1", "messageId": "m-3", "name": "home"});
    ok(shop.post("/v1/page", &told));
    for message_id in ["m-2", "m-3"] {
        let (_, campaign, token) = view(&shop, &who, message_id);
        assert_eq!((campaign, token), (None, None), "{message_id}");
    }
    assert_eq!(view(&shop, &json!({"userId": "u-2"}), "m-1").1, None, "nor another's view");
    server.stop().expect("a polite stop");
}

/// Else who opens two tabs would be shown once more than the campaign says.
#[test]
fn page_views_at_once_do_not_pass_the_limit_of_a_customer() {
    const CUSTOMERS: usize = 24;
    let (setup, keys) = setup();
    let limits = "[limits]\nper_customer = { shows = 2, within = \"1h\" }";
    let twice = Campaign::new("twice").fills("hero").banner("plain", 1, "It");
    setup.add(&twice.banner("bold", 1, "It").section(limits)).expect("written");
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    for number in 0..CUSTOMERS {
        let view = || {
            let view = json!({"userId": format!("u-{number}"), "placements": ["hero"]});
            let told = ok(shop.post("/v1/decide", &view));
            assert_eq!(
                told["offers"].as_array().map(Vec::len),
                told["experiments"].as_object().map(serde_json::Map::len),
                "{told}"
            );
            told["offers"].as_array().map_or(0, Vec::len)
        };
        let shown: usize = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..12).map(|_| scope.spawn(view)).collect();
            calls.into_iter().map(|call| call.join().expect("no panic")).sum()
        });
        assert_eq!(shown, 2, "of 12 page views at once");
    }
    let report = ok(server.office(&keys.admin).get("/v1/campaigns/twice/report"));
    let arms = report["arms"].as_array().expect("arms").iter();
    let shows: u64 = arms.map(|arm| arm["shows"].as_u64().expect("a number")).sum();
    assert_eq!(shows, 2 * u64::try_from(CUSTOMERS).expect("small"));
    server.stop().expect("a polite stop");
}

/// Whatever becomes of the customer's names, and in whichever order the page views are sent again.
#[test]
fn each_show_is_redeemed_once_by_any_of_its_tokens() {
    let (setup, keys) = first_and_next();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let redeem = |token: Option<String>| {
        let body = json!({"token": token.expect("a token")});
        shop.post("/v1/redeem", &body).expect("an answer").status
    };
    let browser = json!({"anonymousId": "a-1"});
    let shown = [view(&shop, &browser, "m-1"), view(&shop, &browser, "m-2")];
    let again = || ["m-1", "m-2"].map(|id| view(&shop, &browser, id).2);
    assert_eq!(again().map(redeem), [200, 200]);
    let both = json!({"userId": "u-1", "anonymousId": "a-1", "messageId": "m-3"});
    ok(shop.post("/v1/identify", &both));
    assert_eq!(again().map(redeem), [409, 409], "after a merge");
    let by_both = json!({"userId": "u-1", "anonymousId": "a-1"});
    for who in [json!({"userId": "u-1"}), by_both] {
        assert_eq!(view(&shop, &who, "m-1").1, None, "else the show would have another number");
    }
    assert_eq!(shown.map(|(.., token)| redeem(token)), [409, 409], "by the first tokens");
    let more = view(&shop, &json!({"userId": "u-1"}), "m-4");
    assert_eq!((more.1.as_deref(), redeem(more.2)), (Some("next"), 200), "another show");
    server.stop().expect("a polite stop");
}
