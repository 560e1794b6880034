//! A page that polls: what it has stays, only what is new is recorded, and what was recorded once is redeemed
//! once.

use e2e::{Campaign, Keys, Reply, Server, ok};
use serde_json::{Value, json};

use super::{ALL, arms, context, flag, setup};

#[test]
fn a_browser_that_polls_is_answered_304_until_something_is_new_and_nothing_is_counted() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.publishable);
    let on_page = |path: &str| json!({"context": {"targetingKey": "u-1", "path": path}});
    let first = shop.post(ALL, &on_page("/scarce")).expect("an answer");
    let etag = first.etag.clone().expect("a tag");
    let answer = first.json();
    assert_eq!(flag(&answer, "scarce")["value"]["kind"], "banner");
    assert_eq!(flag(&answer, "cart-rescue")["reason"], "UNKNOWN");
    assert!(!answer.to_string().contains("later"), "not for a key that everybody can read");
    let counted = arms(&server, &keys, "scarce", &["one", "two"]);
    assert_eq!(counted, [1, 1, 0]);

    for _ in 0..20 {
        let polled = shop.post_if_changed(ALL, &etag, &on_page("/scarce")).expect("an answer");
        assert_eq!((polled.status, polled.text.as_str()), (304, ""));
        assert_eq!(polled.etag.as_deref(), Some(etag.as_str()));
    }
    assert_eq!(
        arms(&server, &keys, "scarce", &["one", "two"]),
        counted,
        "though it has only ten shows, and one for this customer"
    );
    let elsewhere = shop.post_if_changed(ALL, &etag, &on_page("/")).expect("an answer");
    assert_eq!(elsewhere.status, 200, "{}", elsewhere.text);
    assert_eq!(flag(&elsewhere.json(), "scarce")["variant"], "");
    let stranger = json!({"context": {"targetingKey": "u-2", "path": "/scarce"}});
    let theirs = shop.post_if_changed(ALL, &etag, &stranger).expect("an answer");
    assert_eq!(theirs.status, 200, "another customer's answer is not theirs");
    server.stop().expect("a polite stop");
}

/// A campaign for all who are on one of these pages, with one show to each customer a day.
fn once_on(key: &str, placement: &str, pages: &str) -> Campaign {
    let campaign = Campaign::new(key).fills(placement).rule(&format!("view.path in {pages}"));
    let limits = "[limits]\nper_customer = { shows = 1, within = \"1d\" }";
    campaign.banner("one", 1, "It").banner("two", 1, "It").section(limits)
}

/// Adds up all arms: customers, shows and withheld.
fn counts(server: &Server, keys: &Keys, campaign: &str) -> [u64; 3] {
    arms(server, keys, campaign, &["one", "two"])
}

#[test]
fn a_poll_of_who_has_seen_enough_of_another_offer_changes_nothing() {
    let (setup, keys) = setup();
    let first = once_on("first-choice", "hero", "['/']").top("priority = 9");
    setup.add(&first).expect("written");
    let second =
        Campaign::new("second-choice").fills("hero").banner("one", 1, "It").banner("two", 1, "It");
    setup.add(&second.rule("view.path == '/'")).expect("written");
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.publishable);
    let page = json!({"context": {"targetingKey": "u-1", "path": "/"}});
    let load = || shop.post(ALL, &page).expect("an answer");
    assert_eq!(flag(&load().json(), "second-choice")["variant"], "", "the place is taken");
    let reloaded = load();
    assert_eq!(flag(&reloaded.json(), "first-choice")["variant"], "", "it was shown once");
    let etag = reloaded.etag.expect("a tag");
    for _ in 0..5 {
        let polled = shop.post_if_changed(ALL, &etag, &page).expect("an answer");
        assert_eq!((polled.status, polled.etag.as_deref()), (304, Some(etag.as_str())));
    }
    assert_eq!(counts(&server, &keys, "first-choice"), [1, 1, 0]);
    assert_eq!(counts(&server, &keys, "second-choice"), [1, 1, 0]);
    server.stop().expect("a polite stop");
}

#[test]
fn what_a_page_has_stays_on_it_when_something_else_of_it_changes() {
    let (setup, keys) = setup();
    for campaign in [
        once_on("stays", "hero", "['/a', '/b', '/c']"),
        once_on("comes", "footer", "['/b']"),
        once_on("fills-in", "hero", "['/a', '/b', '/c', '/d']").top("priority = -1"),
    ] {
        setup.add(&campaign).expect("written");
    }
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.publishable);
    let on = |path: &str| json!({"context": {"targetingKey": "u-1", "path": path}});
    let names = ["stays", "comes", "fills-in"];
    let is_shown = |answer: &Value| names.map(|key| flag(answer, key)["variant"] != "");
    let mut reply = shop.post(ALL, &on("/a")).expect("an answer");
    let mut known = [true, false, false];
    assert_eq!(is_shown(&reply.json()), known);
    for (path, shown) in [
        ("/b", [true, true, false]),
        ("/c", [true, false, false]),
        ("/b", [true, false, false]),
        ("/d", [false, false, true]),
        ("/a", [false, false, true]),
    ] {
        let etag = reply.etag.expect("a tag");
        reply = shop.post_if_changed(ALL, &etag, &on(path)).expect("an answer");
        if reply.status == 200 {
            assert_eq!(is_shown(&reply.json()), shown, "on {path}: {}", reply.text);
            known = shown;
        }
        assert_eq!(known, shown, "on {path} {}", reply.status);
    }
    for campaign in names {
        assert_eq!(counts(&server, &keys, campaign), [1, 1, 0], "{campaign}");
    }
    server.stop().expect("a polite stop");
}

/// A page in either arm, before and after its show is paid for and others have used up the budget.
#[test]
fn what_a_page_has_stays_on_it_when_the_budget_is_spent() {
    let (setup, keys) = setup();
    let spent = Campaign::new("spent").fills("hero").section("[limits]\nshows = 1");
    let spent = spent.withholding("plain", 1).banner("bold", 1, "It").rule("view.path == '/'");
    setup.add(&spent.top("priority = 9")).expect("written");
    setup.add(&once_on("fills-in", "hero", "['/']")).expect("written");
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.publishable);
    let on_page = |user: &str| json!({"context": {"targetingKey": user, "path": "/"}});
    let pages = (0..40).map(|number| {
        let user = format!("u-{number}");
        let loaded = shop.post(ALL, &on_page(&user)).expect("an answer");
        let variant = flag(&loaded.json(), "spent")["variant"].as_str().expect("text").to_owned();
        (user, loaded.etag.expect("a tag"), variant)
    });
    let pages: Vec<_> = pages.collect();
    let in_arm = |arm: &str| pages.iter().filter(|(.., variant)| variant == arm).count();
    assert_eq!(in_arm("bold"), 1, "the budget is for one");
    assert!(in_arm("plain") >= 1 && in_arm("") > 20, "what comes after it is for the rest");
    let polled = || {
        for (user, etag, variant) in &pages {
            let reply = shop.post_if_changed(ALL, etag, &on_page(user)).expect("an answer");
            assert_eq!(reply.status, 304, "{user} in {variant:?}: {}", reply.text);
        }
    };
    polled();
    let (user, ..) = pages.iter().find(|(.., variant)| variant == "bold").expect("one");
    let seen = json!({"userId": user, "event": "Promotion Viewed", "messageId": "m-1",
                      "properties": {"promotion_id": "spent"}});
    ok(shop.post("/v1/track", &seen));
    polled();
    assert_eq!(arms(&server, &keys, "spent", &["bold"]), [1, 1, 0]);
    server.stop().expect("a polite stop");
}

/// A rule that cannot answer is no reason to count the customer once more when it can again.
#[test]
fn a_campaign_that_was_missing_by_a_fault_is_there_again_uncounted() {
    let (setup, keys) = setup();
    let rule = "1 / (view.title == 'odd' ? 0 : 1) == 1";
    let campaign = Campaign::new("fragile").fills("hero").rule(rule);
    let campaign = campaign.section("[limits]\nper_customer = { shows = 1, within = \"1d\" }");
    setup.add(&campaign.banner("one", 1, "It").banner("two", 1, "It")).expect("written");
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.publishable);
    let with_title = |title: &str| json!({"context": {"targetingKey": "u-1", "page": {"path": "/", "title": title}}});
    let mut reply = shop.post(ALL, &with_title("even")).expect("an answer");
    for (title, is_there) in [("even", true), ("odd", false), ("odd", false), ("even", true)] {
        let etag = reply.etag.clone().expect("a tag");
        let polled = shop.post_if_changed(ALL, &etag, &with_title(title)).expect("an answer");
        if polled.status == 200 {
            reply = polled;
        }
        assert_eq!(flag(&reply.json(), "fragile")["variant"] != "", is_there, "{}", reply.text);
    }
    assert_eq!(counts(&server, &keys, "fragile"), [1, 1, 0]);
    server.stop().expect("a polite stop");
}

/// A tab that polls in other languages, so that it is told anew each time, and another that is opened meanwhile.
#[test]
fn of_the_tokens_for_one_show_one_is_redeemed() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let shop = server.shop(&keys.secret);
    let context = |user: &str, locale: &str| json!({"context": {"anonymousId": user, "targetingKey": user, "locale": locale, "placements": ["banner"]}});
    let token =
        |reply: &Reply| flag(&reply.json(), "rush")["value"]["token"].as_str().map(str::to_owned);
    let redeem = |reply: &Reply| {
        let token = token(reply).expect("a token");
        shop.post("/v1/redeem", &json!({"token": token})).expect("an answer").status
    };
    let load = |user: &str| shop.post(ALL, &context(user, "en")).expect("an answer");
    let mut users = (0..64).map(|number| format!("a-{number}"));
    let (user, loaded) = users
        .find_map(|user| {
            let loaded = load(&user);
            token(&loaded).is_some().then_some((user, loaded))
        })
        .expect("half of them");
    let polled = |locale: &str, last: &Reply| {
        let etag = last.etag.as_deref().expect("a tag");
        let reply = shop.post_if_changed(ALL, etag, &context(&user, locale)).expect("an answer");
        assert_eq!(reply.status, 200, "in another language");
        reply
    };
    let german = polled("de", &loaded);
    let other_tab = load(&user);
    let english = polled("en", &german);
    assert_eq!([&loaded, &german, &english].map(redeem), [200, 409, 409]);
    assert_eq!(redeem(&other_tab), 200, "another show");
    let both = json!({"userId": "u-1", "anonymousId": user, "messageId": "m-1"});
    ok(shop.post("/v1/identify", &both));
    let signed_in = polled("de", &english);
    assert_eq!([&signed_in, &polled("fr", &other_tab)].map(redeem), [409, 409], "after a merge");
    let [customers, shows, _] = arms(&server, &keys, "rush", &["bold"]);
    assert_eq!((customers, shows), (1, 2), "one for each tab");
    server.stop().expect("a polite stop");
}

#[test]
fn a_page_with_an_answer_from_before_its_customer_was_forgotten_is_counted_again() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let first = server.shop(&keys.publishable).post(ALL, &context("u-1"));
    let etag = first.expect("an answer").etag.expect("a tag");
    server.stop().expect("a polite stop");
    let keys_of = |name: &str| setup.data().join(name);
    for folder in ["journal", "parquet"] {
        std::fs::remove_dir_all(keys_of(folder)).expect("removable");
    }
    for file in ["analytics.json", "budgets.json"] {
        std::fs::remove_file(keys_of(file)).expect("removable");
    }
    std::fs::remove_dir_all(keys_of("profiles")).expect("removable");
    let server = setup.start().expect("it starts anew");
    let shop = server.shop(&keys.publishable);
    let again = shop.post_if_changed(ALL, &etag, &context("u-1")).expect("an answer");
    assert_eq!(again.status, 200, "what the page shows must be recorded");
    assert_ne!(again.etag.as_deref(), Some(etag.as_str()), "it has another show");
    assert_eq!(arms(&server, &keys, "rush", &["plain", "bold"])[0], 1);
    server.stop().expect("a polite stop");
}
