//! Publishing, from outside: plans that change while a shop is served, plans that are wrong, and what a
//! restart keeps.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use e2e::{Campaign, Keys, Server, Setup, Shop, ok};
use serde_json::{Value, json};

/// A plugin that says yes to everybody.
const YES: &str = r#"(module
  (memory (export "memory") 1 1)
  (data (i32.const 64) "\01\00\00\00" "\60\00\00\00" "\02\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00")
  (data (i32.const 96) "ok")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "decide") (result i32) (i32.const 64)))"#;

/// A plugin that never answers.
const TRAP: &str = r#"(module
  (memory (export "memory") 1 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "decide") (result i32) unreachable))"#;

/// A plugin that says yes to everybody whose cart is not worth more than a thousand euro.
const TRAP_ON_LARGE_CARTS: &str = r#"(module
  (import "vitrine:rules/customer@1.0.0" "cart-value" (func $cart-value (result i64)))
  (memory (export "memory") 1 1)
  (data (i32.const 64) "\01\00\00\00" "\60\00\00\00" "\02\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00")
  (data (i32.const 96) "ok")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "decide") (result i32)
    (if (i64.gt_s (call $cart-value) (i64.const 100000)) (then unreachable))
    (i32.const 64)))"#;

/// The most that a test asks before it gives up waiting.
const ASKED_MAX: usize = 1_000_000;

/// A campaign for everybody that fills the place of its name; `left` by a plugin, others by a rule.
fn campaign(name: &str, title: &str) -> String {
    let campaign = Campaign::new(name).banner("plain", 1, title).banner("bold", 1, title);
    let campaign = match name {
        "left" => campaign.plugin("yes.wat"),
        _ => campaign.rule("view.path == \"/\""),
    };
    campaign.to_string()
}

/// Fills a folder with two campaigns of one edition.
fn fill(folder: &Path, title: &str) {
    std::fs::create_dir_all(folder).expect("made");
    for name in ["left", "right"] {
        std::fs::write(folder.join(format!("{name}.toml")), campaign(name, title))
            .expect("written");
    }
    std::fs::write(folder.join("yes.wat"), YES).expect("written");
}

fn setup() -> (Setup, Keys) {
    let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
    std::fs::remove_dir_all(setup.campaigns()).expect("removed");
    fill(&setup.campaigns(), "one");
    let keys = setup.keys().expect("keys");
    (setup, keys)
}

/// Puts another folder in the place of the tenant's.
fn swap(setup: &Setup, title: &str) {
    let (folder, next) = (setup.campaigns(), setup.campaigns().with_extension("next"));
    fill(&next, title);
    std::fs::rename(&folder, folder.with_extension(title)).expect("renamed");
    std::fs::rename(&next, &folder).expect("renamed");
}

/// The version of the plan of a decision, and the titles of what it offers.
fn ask(shop: &Shop, customer: &str) -> (u64, Vec<String>) {
    let told =
        ok(shop.post("/v1/decide", &json!({"anonymousId": customer, "page": {"path": "/"}})));
    let offers = told["offers"].as_array().expect("offers");
    let title = |offer: &Value| offer["offer"]["text"]["title"].as_str().map(str::to_owned);
    let titles = offers.iter().map(|offer| title(offer).expect("a title")).collect();
    (told["planVersion"].as_u64().expect("a number"), titles)
}

/// Asks how it stands until it stands so.
fn wait_until(office: &Shop, stands: impl Fn(&Value) -> bool) -> Value {
    let mut told = (0..ASKED_MAX).map(|_| ok(office.get("/v1/plan")));
    told.find(|told| stands(told)).expect("it comes about")
}

fn version(told: &Value) -> u64 {
    told["in_force"]["version"].as_u64().expect("a number")
}

fn bundle(title: &str) -> Value {
    json!({"files": {
        "left.toml": campaign("left", title),
        "right.toml": campaign("right", title),
        "yes.wat": YES,
    }})
}

/// A metric of the tenant.
fn metric(server: &Server, keys: &Keys, name: &str) -> String {
    let told = server.office(&keys.admin).get("/metrics").expect("an answer").text;
    let line = told.lines().find(|line| line.starts_with(name)).expect("the metric").to_owned();
    line.rsplit(' ').next().expect("a value").to_owned()
}

#[test]
fn a_folder_that_changes_while_a_shop_is_served_is_taken_whole() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    let done = AtomicBool::new(false);
    // A bit for each version of which some answer was whole.
    let whole = AtomicUsize::new(0);
    let caller = |name: usize| {
        let mut versions = Vec::new();
        for number in 0..ASKED_MAX {
            let (version, titles) = ask(&shop, &format!("{name}-{number}"));
            let edition = ["one", "two", "three"][usize::try_from(version).expect("small") - 1];
            // A late deadline leaves something out; what is there is of one edition.
            assert!(titles.iter().all(|title| title == edition), "{version}: {titles:?}");
            whole.fetch_or(usize::from(titles.len() == 2) << version, Ordering::Relaxed);
            versions.push(version);
            if done.load(Ordering::Relaxed) {
                break;
            }
        }
        versions
    };
    let seen: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..4).map(|name| scope.spawn(move || caller(name))).collect();
        swap(&setup, "two");
        wait_until(&office, |told| version(told) == 2);
        swap(&setup, "three");
        wait_until(&office, |told| version(told) == 3);
        let (version, titles) = ask(&shop, "last");
        assert_eq!((version, titles.len()), (3, 2));
        done.store(true, Ordering::Relaxed);
        callers.into_iter().map(|it| it.join().expect("no panic")).collect()
    });
    assert_ne!(whole.load(Ordering::Relaxed) & 0b110, 0, "an earlier plan made both offers");
    for versions in seen {
        assert!(versions.is_sorted(), "nobody goes back to an earlier plan");
        assert!(versions.contains(&1) || versions.contains(&2), "{versions:?}");
    }
    server.stop().expect("a polite stop");
}

#[test]
fn a_folder_that_is_wrong_leaves_the_last_good_plan_in_force_until_it_is_mended() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    let file = setup.campaigns().join("left.toml");
    let whole = std::fs::read_to_string(&file).expect("readable");
    std::fs::write(&file, whole.replace("placement", "placment")).expect("written");
    let told = wait_until(&office, |told| !told["refused"].is_null());
    assert_eq!(version(&told), 1);
    let refused = &told["refused"];
    let diagnostic = &refused["diagnostics"][0];
    assert_eq!(refused["source"], json!("folder"));
    assert!(diagnostic["file"].as_str().expect("a name").ends_with("left.toml"), "{told}");
    assert_eq!((&diagnostic["line"], &diagnostic["column"]), (&json!(2), &json!(1)), "{told}");
    assert!(diagnostic["help"].as_str().expect("help").contains("placement"), "{told}");
    assert!(diagnostic["rendered"].as_str().expect("text").contains("^^^^"), "{told}");
    assert_eq!(ask(&shop, "a"), (1, vec!["one".to_owned(); 2]));
    assert_eq!(ok_text(&office, "/readyz"), 200);
    assert_eq!(metric(&server, &keys, "vitrine_plan_refused{"), "1");
    assert_eq!(metric(&server, &keys, "vitrine_plan_version{"), "1");

    server.kill_at_once().expect("killed");
    let server = setup.start().expect("it falls back to the last good plan");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    let told = ok(office.get("/v1/plan"));
    assert_eq!(version(&told), 1);
    assert_eq!(told["refused"]["diagnostics"][0]["line"], json!(2), "{told}");
    assert_eq!(ask(&shop, "b"), (1, vec!["one".to_owned(); 2]));

    fill(&setup.campaigns(), "two");
    let told = wait_until(&office, |told| version(told) == 2);
    assert!(told["refused"].is_null(), "{told}");
    assert_eq!(metric(&server, &keys, "vitrine_plan_refused{"), "0");
    assert_eq!(ask(&shop, "c"), (2, vec!["two".to_owned(); 2]));
    server.stop().expect("a polite stop");
}

fn ok_text(office: &Shop, path: &str) -> u16 {
    office.get(path).expect("an answer").status
}

#[test]
fn the_control_plane_publishes_rolls_back_and_remembers() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    let tried = ok(office.post("/v1/plan?dry_run=true", &bundle("two")));
    assert_eq!((&tried["version"], &tried["changed"]), (&json!(2), &json!(true)));
    assert_eq!(tried["canary"]["synthetic"], json!(2), "{tried}");
    assert_eq!(ask(&shop, "a").0, 1, "nothing has changed");

    let published = ok(office.post("/v1/plan", &bundle("two")));
    assert_eq!((&published["version"], &published["source"]), (&json!(2), &json!("api")));
    assert_eq!(published["canary"]["recorded"], json!(1), "the page view above: {published}");
    assert_eq!(ask(&shop, "b"), (2, vec!["two".to_owned(); 2]));

    let back = ok(office.post("/v1/plan/rollback", &json!({"version": 1})));
    assert_eq!((&back["version"], &back["source"]), (&json!(3), &json!("rollback to 1")));
    assert_eq!(ask(&shop, "c"), (3, vec!["one".to_owned(); 2]));
    let unknown = office.post("/v1/plan/rollback", &json!({"version": 9})).expect("an answer");
    assert_eq!((unknown.status, &unknown.json()["known"]), (404, &json!([3, 2, 1])));
    ok(office.post("/v1/plan", &bundle("two")));
    server.stop().expect("a polite stop");

    // The folder has not changed since, so it does not come back.
    let server = setup.start().expect("it starts");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    assert_eq!(ask(&shop, "d"), (4, vec!["two".to_owned(); 2]));
    let again = ok(office.post("/v1/plan", &bundle("two")));
    assert_eq!((&again["version"], &again["changed"]), (&json!(4), &json!(false)));
    let told = ok(office.get("/v1/plan/versions"));
    let kept = told["versions"].as_array().expect("versions").iter();
    let kept: Vec<(u64, &str)> = kept
        .map(|it| (it["version"].as_u64().expect("a number"), it["source"].as_str().expect("text")))
        .collect();
    assert_eq!(kept, [(4, "api"), (3, "rollback to 1"), (2, "api"), (1, "folder")]);
    // Now it has.
    fill(&setup.campaigns(), "three");
    wait_until(&office, |told| version(told) == 5);
    assert_eq!(ask(&shop, "e"), (5, vec!["three".to_owned(); 2]));
    server.stop().expect("a polite stop");
}

#[test]
fn a_plan_that_is_wrong_or_fails_when_it_is_tried_is_refused_and_changes_nothing() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    let refused = |bundle: &Value| {
        let reply = office.post("/v1/plan", bundle).expect("an answer");
        assert_eq!(reply.status, 422, "{}", reply.text);
        assert_eq!(reply.content_type.as_deref(), Some("application/problem+json"));
        assert_eq!(ask(&shop, "a").0, 1);
        reply.json()
    };
    let mut wrong = bundle("two");
    wrong["files"]["left.toml"] =
        json!(campaign("left", "two").replace("weight = 1", "weight = 0"));
    let told = refused(&wrong);
    assert_eq!(told["diagnostics"][0]["file"], json!("left.toml"));
    assert_eq!(told["diagnostics_total"], json!(2), "{told}");

    let mut missing = bundle("two");
    missing["files"].as_object_mut().expect("files").remove("yes.wat");
    assert!(refused(&missing).to_string().contains("is not there"));

    let mut stray = bundle("two");
    stray["files"]["../left.toml"] = json!("");
    assert!(refused(&stray).to_string().contains("no file of a plan"));

    let mut failing = bundle("two");
    failing["files"]["yes.wat"] = json!(TRAP);
    let told = refused(&failing);
    assert_eq!(told["canary"]["faulty"][0]["campaign"], json!("left"), "{told}");
    assert!(told["canary"]["faulty"][0]["faults"]["trap"].as_u64().expect("a count") >= 2);
    assert!(told["diagnostics"][0]["message"].as_str().expect("text").contains("trap"), "{told}");

    let malformed = office.post_text("/v1/plan", "{\"files\": {").expect("an answer");
    assert_eq!(malformed.status, 400, "{}", malformed.text);
    assert_eq!(server.office(&keys.secret).get("/v1/plan").expect("an answer").status, 401);
    server.stop().expect("a polite stop");
}

#[test]
fn the_command_line_publishes_a_folder_or_tells_what_is_wrong_with_it() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let url = format!("http://{}", server.control);
    let folder = setup.campaigns().with_extension("draft");
    fill(&folder, "two");
    let folder = folder.display().to_string();
    let publish = |more: &[&str]| {
        let mut arguments = vec!["publish", &folder, "--server", &url, "--key", &keys.admin];
        arguments.extend(more);
        setup.output(&arguments)
    };
    let tried = publish(&["--dry-run"]).expect("all is well");
    assert!(tried.contains("would become version 2"), "{tried}");
    let told = publish(&[]).expect("all is well");
    assert!(told.contains("version 2 is in force"), "{told}");
    assert_eq!(ask(&server.shop(&keys.secret), "a"), (2, vec!["two".to_owned(); 2]));

    let nothing = setup.campaigns().with_extension("nothing");
    std::fs::create_dir_all(&nothing).expect("made");
    let empty = ["publish", &nothing.display().to_string(), "--server", &url, "--key", &keys.admin];
    let told = setup.output(&empty).expect_err("not by mistake").to_string();
    assert!(told.contains("has no campaigns") && told.contains("--empty"), "{told}");
    assert_eq!(ask(&server.shop(&keys.secret), "b").0, 2);

    let wrong = campaign("left", "two").replace("placement", "placment");
    std::fs::write(Path::new(&folder).join("left.toml"), wrong).expect("written");
    let told = publish(&[]).expect_err("it is wrong").to_string();
    assert!(told.contains("left.toml:2:1: error: ") && told.contains("^^^^"), "{told}");
    server.stop().expect("a polite stop");
}

#[test]
fn a_folder_that_failed_on_real_page_views_stays_refused_after_a_restart() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    let bought = json!({"product_id": "yacht", "price": 2000, "currency": "EUR"});
    ok(shop.post(
        "/v1/track",
        &json!({"anonymousId": "a", "event": "Product Added", "properties": bought}),
    ));
    assert_eq!(ask(&shop, "a").0, 1, "the page view on which plans are tried from now on");
    let plugin = setup.campaigns().join("yes.wat");
    std::fs::write(&plugin, TRAP_ON_LARGE_CARTS).expect("written");
    let told = wait_until(&office, |told| !told["refused"].is_null());
    let why = told["refused"]["diagnostics"][0]["message"].as_str().expect("text");
    assert!(why.contains("trap"), "{told}");
    server.stop().expect("a polite stop");

    // The page view is forgotten, and the plugin does nothing wrong without it.
    let server = setup.start().expect("it starts");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    let told = ok(office.get("/v1/plan"));
    assert_eq!(version(&told), 1, "{told}");
    let why = told["refused"]["diagnostics"][0]["message"].as_str().expect("text");
    assert!(why.contains("failed when it was tried") && why.contains("trap"), "{told}");
    assert_eq!(ask(&shop, "b"), (1, vec!["one".to_owned(); 2]));
    swap(&setup, "two");
    wait_until(&office, |told| version(told) == 2 && told["refused"].is_null());
    server.stop().expect("a polite stop");
}

#[test]
fn a_publication_is_later_than_a_change_of_the_folder_just_before_it() {
    let (setup, keys) = setup();
    let server = setup.start().expect("it starts");
    let (shop, office) = (server.shop(&keys.secret), server.office(&keys.admin));
    swap(&setup, "two");
    let published = ok(office.post("/v1/plan", &bundle("three")));
    let by_api = published["version"].as_u64().expect("a number");
    assert_eq!(ask(&shop, "a"), (by_api, vec!["three".to_owned(); 2]));
    // Had the folder been news, it would have a version of its own before this one.
    swap(&setup, "four");
    let told = wait_until(&office, |told| version(told) > by_api);
    assert_eq!(version(&told), by_api + 1, "{told}");
    assert_eq!(ask(&shop, "b"), (by_api + 1, vec!["four".to_owned(); 2]));
    server.stop().expect("a polite stop");
}
