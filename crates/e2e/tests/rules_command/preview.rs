//! Asking a server's data folder whom a campaign is for, while the server runs on it.

use std::collections::BTreeMap;
use std::path::Path;

use e2e::{Campaign, Server, Setup, Shop, ok};
use model::{Alias, CustomerId, TenantKey};
use serde_json::{Value, json};

use super::run::{Ran, rules_in};

const CUSTOMERS: usize = 120;

/// A server with a shop, whose profiles are in the checkpoint, in the journal's tail, or in both.
struct World {
    setup: Setup,
    server: Server,
    shop: Shop,
    /// The variants of those whom the server has exposed.
    enrolled: BTreeMap<String, String>,
}

/// Whom the campaign is for: carts from 20 dollars on.
const RULE: &str = "customer.cart.value >= money(\"20.00\")";

/// It has the name of the campaign that the server runs, and other weights.
fn campaign() -> Campaign {
    Campaign::new("cart-rescue").fills("interstitial").rule(RULE).withholding("control", 1).banner(
        "twenty-percent",
        3,
        "Welcome back",
    )
}

/// A plugin that has an answer for nobody.
const FAILING: &str = r#"(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "decide") (result i32) unreachable))"#;

fn name(number: usize) -> String {
    format!("a-{number}")
}

/// The customer's cart, in dollars: of every third, 20 or more.
fn price(number: usize) -> f64 {
    if number.is_multiple_of(3) { 20.0 } else { 19.99 }
}

// === impl World ===

impl World {
    fn new() -> Self {
        let setup = Setup::new(env!("CARGO_BIN_EXE_vitrine-under-test")).expect("a folder");
        // No checkpoint comes while the folder is compared.
        setup.configure("[checkpoint]\ninterval_ms = 3600000\n").expect("configured");
        let write = |name: &str, campaign: Campaign| {
            let path = setup.campaigns().join("..").join(name);
            std::fs::write(path, campaign.to_string()).expect("written");
        };
        let limits = "[limits]\nper_customer = { shows = 1, within = \"24h\" }";
        write("preview.toml", campaign());
        write("limited.toml", campaign().section(limits));
        write("unsure.toml", campaign().rule(&format!("{RULE} && customer.last_order_at < now")));
        write("failing.toml", campaign().plugin("failing.wat"));
        std::fs::write(setup.campaigns().join("../failing.wat"), FAILING).expect("written");
        let secret = setup.keys().expect("keys").secret;
        let server = setup.start().expect("started");
        let shop = server.shop(&secret);
        let mut world = Self { setup, server, shop, enrolled: BTreeMap::new() };
        (0..CUSTOMERS / 2).for_each(|number| world.fill_cart(number));
        world.expose(&name(0));
        world.expose(&name(3));
        // A stop writes a checkpoint; what comes after the next start is in the journal alone.
        let Self { setup, server, enrolled, .. } = world;
        server.stop().expect("stopped");
        let server = setup.start().expect("started again");
        let shop = server.shop(&secret);
        let mut world = Self { setup, server, shop, enrolled };
        (CUSTOMERS / 2..CUSTOMERS).for_each(|number| world.fill_cart(number));
        (0..CUSTOMERS / 2).step_by(6).for_each(|number| world.expose(&name(number)));
        // A decision does not wait for the disk, and an event does.
        world.see(1);
        world
    }

    fn fill_cart(&self, number: usize) {
        let event = json!({
            "anonymousId": name(number), "event": "Product Added",
            "properties": {"product_id": "p-1", "price": price(number), "currency": "USD"},
        });
        ok(self.shop.post("/v1/track", &event));
    }

    fn see(&self, number: usize) {
        ok(self.shop.post("/v1/track", &json!({"anonymousId": name(number), "event": "Seen"})));
    }

    /// Has the server decide, and remembers the variant.
    fn expose(&mut self, customer: &str) {
        let question = json!({
            "anonymousId": customer, "page": {"path": "/"}, "placements": ["interstitial"],
        });
        let decision = ok(self.shop.post("/v1/decide", &question));
        let variant = decision["experiments"]["cart-rescue"].as_str().expect("eligible");
        self.enrolled.insert(customer.to_owned(), variant.to_owned());
    }

    /// Runs `vitrine rules` on the server's data folder.
    fn rules(&self, arguments: &[&str]) -> Ran {
        let data = self.setup.data().display().to_string();
        let arguments = [arguments, &["--data", &data, "--currency", "USD"]].concat();
        rules_in(&self.setup.campaigns().join(".."), &arguments)
    }

    /// Whom the campaign is for by variant, counted by other means: those who were exposed stay where
    /// they are, and everybody else is where the published algorithm puts them.
    fn expected(&self) -> BTreeMap<String, u64> {
        let tenant = TenantKey::parse("demo").expect("valid");
        let mut counts = BTreeMap::new();
        for number in (0..CUSTOMERS).filter(|number| price(*number) >= 20.0) {
            let name = name(number);
            let variant = self.enrolled.get(&name).cloned().unwrap_or_else(|| {
                let id = CustomerId::of(&tenant, &Alias::anonymous(&name)).to_string();
                let place = experiments::assign("cart-rescue", &id, &[1, 3]).expect("weights");
                ["control", "twenty-percent"][place].to_owned()
            });
            *counts.entry(variant).or_insert(0) += 1;
        }
        counts
    }
}

/// Every file of a folder but the figures, which a server writes when it likes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("listed") {
        let path = entry.expect("listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.with_extension("").ends_with("analytics") {
            found.insert(path.display().to_string(), std::fs::read(&path).expect("read"));
        }
    }
    found
}

#[test]
fn a_preview_beside_a_running_server_counts_everybody_by_arm_and_writes_nothing() {
    let world = World::new();
    let before = files(&world.setup.data());
    let ran = world.rules(&["preview", "preview.toml", "--json"]);
    let told: Value = serde_json::from_str(ran.printed()).expect("JSON");
    assert_eq!(told["looked_at"], CUSTOMERS, "{told}");
    let counted = |variant: &str| told["arms"][variant]["customers"].as_u64().expect("a count");
    let arms: BTreeMap<String, u64> =
        ["control", "twenty-percent"].map(|variant| (variant.to_owned(), counted(variant))).into();
    assert_eq!(arms, world.expected(), "{told}");
    assert_eq!(told["matching"], CUSTOMERS / 3, "{told}");
    let kept = ["control", "twenty-percent"].map(|variant| told["arms"][variant]["kept"].as_u64());
    let kept: u64 = kept.into_iter().flatten().sum();
    assert_eq!(kept, world.enrolled.len() as u64, "{told}");
    let limited = world.rules(&["preview", "limited.toml", "--json"]);
    let limited: Value = serde_json::from_str(limited.printed()).expect("JSON");
    assert_eq!(limited["arms"], told["arms"], "{limited}");
    assert_eq!(limited["at_limit"], world.enrolled.len(), "they met it within the day: {limited}");
    let failing = world.rules(&["preview", "failing.toml", "--json"]);
    let failing: Value = serde_json::from_str(failing.printed()).expect("JSON");
    let faults = failing["faults"].as_array().expect("faults");
    assert_eq!((faults.len(), &faults[0]["kind"]), (1, &json!("trap")), "{failing}");
    assert_eq!(faults[0]["customers"], CUSTOMERS, "each was asked: {failing}");
    let table = world.rules(&["preview", "preview.toml"]);
    assert!(table.printed().contains("the campaign is for"), "{}", table.stdout);
    assert_eq!(files(&world.setup.data()), before, "the folder is as it was");
    // The server has noticed nothing.
    world.see(0);
    world.server.stop().expect("stopped");
    let stopped = world.setup.data().display().to_string();
    let folder = world.setup.campaigns().join("..");
    let arguments = ["preview", "preview.toml", "--json", "--currency", "USD", "--data", &stopped];
    let again: Value = serde_json::from_str(rules_in(&folder, &arguments).printed()).expect("JSON");
    assert_eq!(again["arms"], told["arms"], "the same without a server");
}

#[test]
fn a_customer_of_a_running_server_is_explained_by_any_of_the_names() {
    let world = World::new();
    let tenant = TenantKey::parse("demo").expect("valid");
    let id = |number| CustomerId::of(&tenant, &Alias::anonymous(&name(number))).to_string();
    let (yes, no) = (id(CUSTOMERS - 3), id(1));
    let ran = world.rules(&["explain", "preview.toml", "--customer", &yes]);
    let printed = ran.printed();
    assert!(
        printed.starts_with(&format!("cart-rescue: the rule is true for {yes} at ")),
        "{printed}"
    );
    assert!(printed.contains("\n  customer.cart.value                   20.00 USD\n"), "{printed}");
    assert!(printed.contains("on a view of /: "), "{printed}");
    let ran = world.rules(&["explain", "preview.toml", "--customer", &no]);
    assert!(ran.printed().contains("the rule is false"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("nothing, the campaign is not for this customer"),
        "{}",
        ran.stdout
    );
    let ran = world.rules(&["explain", "preview.toml", "--anonymous-id", &name(0)]);
    let variant = &world.enrolled[&name(0)];
    assert!(ran.printed().contains(&format!("variant {variant}, kept")), "{}", ran.stdout);
    let ran = world.rules(&["explain", "preview.toml", "--user-id", "nobody"]);
    assert!(ran.complaint().contains("knows no customer c-"), "{}", ran.stderr);
    let ran = world.rules(&["explain", "preview.toml", "--customer", "a-0"]);
    assert!(ran.complaint().contains("--anonymous-id"), "{}", ran.stderr);
}

#[test]
fn customers_for_whom_a_rule_has_no_value_are_counted_with_the_reason() {
    let world = World::new();
    let ran = world.rules(&["preview", "unsure.toml"]);
    let table = ran.printed();
    assert!(table.contains("\n  the campaign is for               0  0.0 %\n"), "{table}");
    let line = format!("\n  no answer, rule-error  {:>12}  no such key", CUSTOMERS / 3);
    assert!(table.contains(&line), "{table}");
    let explained = world.rules(&["explain", "unsure.toml", "--anonymous-id", &name(0)]);
    assert!(explained.printed().contains("the rule has no value"), "{}", explained.stdout);
    assert!(explained.stdout.contains("it could not answer: rule-error"), "{}", explained.stdout);
}

#[test]
fn a_folder_without_a_server_s_data_is_named() {
    let folder = super::run::Folder::new().with("preview.toml", &campaign().to_string());
    for command in ["preview", "explain"] {
        let mut arguments = vec![command, "preview.toml", "--data", "nowhere", "--tenant", "demo"];
        if command == "explain" {
            arguments.extend(["--anonymous-id", "a-0"]);
        }
        let ran = folder.rules(&arguments);
        assert!(
            ran.complaint().contains("nowhere is no data folder of a server"),
            "{}",
            ran.stderr
        );
    }
}
