//! How long a decision takes, with a profile in memory.
//!
//! The first cases run the plugin of the demo in a fresh sandbox. Nearly all of it is the sandbox, so compare the
//! cases with each other: twenty campaigns that share a placement cost little more than one, twenty that
//! do not cost twenty sandboxes, and a thousand that the page does not concern cost nothing that matters.
//!
//! Those named `rules` have plans of 10, 100 and 1,000 campaigns with different rules in CEL. In a *shop*, campaigns
//! are for pages and placements: two for every page, and five for each category. In the *adverse* case all
//! are for one placement of one page and none wants the customer, so each is asked.
//!
//! One run of `cargo bench --workspace --bench decide -- rules`, on two cores of an AMD EPYC, one of them busy
//! now and then:
//!
//! | campaigns | 10 | 100 | 1,000 | 1,000 against 10 |
//! |---|---|---|---|---|
//! | shop, eligible | 4.9 us | 4.1 us | 5.1 us | 1.0 times |
//! | shop, not eligible | 2.7 us | 2.8 us | 4.2 us | 1.5 times |
//! | adverse | 2.8 us | 15 us | 154 us | 55 times |
//!
//! The last cases have what is drawn before an arm is given, in the shop of 10 with its seven eligible campaigns. Against
//! 4.0 us without, of three quiet runs of
//! `cargo bench --workspace --bench decide -- "shop of 10, eligible"`:
//!
//! | each in a layer of its own | each with a holdout | a tenant's holdout |
//! |---|---|---|
//! | 1.17 to 1.18 times | 1.08 to 1.15 times | 1.03 to 1.05 times |

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use decision::{Compiled, Ledger, Plan, Planned, Question, Rule, Visit, decide};
use model::{
    Alias, Campaign, CampaignKey, CartLine, Currency, CustomerId, LayerKey, LayerRange, Money,
    PagePattern, Placement, Profile, TenantKey, Timestamp, View,
};
use plugins::{Compiler, Config, Getters, Host};
use rules::cel::{Schema, Vocabulary, check_condition};

const NOW: Timestamp = Timestamp::from_ms(1_769_884_200_000);
const CAMPAIGN: &str = include_str!("../../../rules/demo/cart-rescue.toml");
const PLUGIN: &str = include_str!("../../../rules/demo/plugins/cart-rescue.wat");

/// Which campaigns of a plan share a placement.
#[derive(Clone, Copy)]
enum Places {
    /// All: the first that is eligible takes it.
    Same,
    /// None: every campaign is asked.
    Different,
}

fn host() -> Host {
    let config = Config {
        cache_dir: None,
        mac_key: [7; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 8,
    };
    Host::new(config).expect("a host")
}

fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn campaign() -> Campaign {
    campaign_of(CAMPAIGN)
}

fn campaign_of(text: &str) -> Campaign {
    let written = rules::campaign("cart-rescue.toml", text, &Vocabulary::default());
    written.expect("valid").campaign
}

fn plan(host: &Host, count: usize, places: Places, pages: &[&str]) -> Plan {
    let campaign = campaign();
    let plugin = host.load(PLUGIN.as_bytes()).expect("valid");
    let pattern = |page: &&str| PagePattern::Exact((*page).into());
    let planned = (0..count).map(|number| {
        let mut campaign = campaign.clone();
        campaign.key = CampaignKey::parse(&format!("cart-rescue-{number}")).expect("valid");
        if matches!(places, Places::Different) {
            let name = format!("place-{number}");
            campaign.placement = Placement::parse(&name).expect("valid");
        }
        campaign.pages = pages.iter().map(pattern).collect();
        Planned { campaign, rule: Rule::Plugin(plugin.clone()) }
    });
    Plan::new(1, tenant(), host.clone(), planned.collect(), None).expect("a plan")
}

/// Where the campaigns of a plan with rules in CEL appear.
#[derive(Clone, Copy)]
enum Pages {
    /// Two on every page, and five on those of each category, in placements of their own.
    OfAShop,
    /// All in one placement of one page.
    One,
}

/// Campaign `number` of a plan is for these pages and this placement.
fn place_of(number: usize, pages: Pages) -> (Vec<PagePattern>, Placement) {
    let placement = |place: usize| Placement::parse(&format!("place-{place}")).expect("valid");
    match (pages, number.checked_sub(2)) {
        (Pages::One, _) => (vec![PagePattern::Exact("/category-0/shoes".into())], placement(0)),
        (Pages::OfAShop, None) => (Vec::new(), placement(5 + number)),
        (Pages::OfAShop, Some(number)) => {
            let prefix = format!("/category-{}/", number / 5).into();
            (vec![PagePattern::Prefix(prefix)], placement(number % 5))
        }
    }
}

/// A plan of so many campaigns, each with a rule of its own.
fn plan_of_rules(host: &Host, count: usize, pages: Pages) -> Plan {
    plan_of_rules_with(host, count, pages, |_| {})
}

/// The same with something changed in each campaign.
fn plan_of_rules_with(
    host: &Host,
    count: usize,
    pages: Pages,
    change: impl Fn(&mut Campaign),
) -> Plan {
    let campaign = campaign();
    let schema = Schema::shop(Currency::parse("EUR").expect("known"), &[]);
    let vocabulary = Vocabulary { schema, ..Vocabulary::default() };
    let check = |number| check_condition(&rescue(number), &vocabulary).expect("a rule");
    let rules: Vec<_> = (0..count).map(check).collect();
    let program = rules::cel::compile(&vocabulary.schema, &rules).expect("small enough");
    let set = host.load_rules(&program).expect("allowed");
    let getters = Arc::new(Getters::new(&vocabulary.schema).expect("a shop has all names"));
    let planned = (0..count).map(|number| {
        let key = CampaignKey::parse(&format!("rescue-{number}")).expect("valid");
        let (pages, placement) = place_of(number, pages);
        let mut campaign = Campaign { key, pages, placement, ..campaign.clone() };
        change(&mut campaign);
        Planned { campaign, rule: Rule::Compiled(number) }
    });
    let compiled = Some(Compiled { set, getters });
    Plan::new(1, tenant(), host.clone(), planned.collect(), compiled).expect("a plan")
}

/// A rule of which every part has to be looked at when the customer has ordered since.
fn rescue(number: usize) -> String {
    let (cents, hours) = (number % 1_000, 1 + number % 240);
    format!(
        r#"customer.cart.value >= money("20.{:02}") + money("{}.00") &&
        has(customer.cart.changed_at) && now - customer.cart.changed_at <= duration("{hours}h") &&
        !customer.ordered_since(customer.cart.changed_at)"#,
        cents % 100,
        cents / 100,
    )
}

/// A customer with a cart worth this much in cents.
fn customer(cart_minor: i64) -> Arc<Profile> {
    let id = CustomerId::of(&tenant(), &Alias::anonymous("a-1"));
    let mut profile = Profile::new(tenant(), id, NOW);
    let changed_at = NOW.minus(Duration::from_secs(3_600));
    profile.cart.lines.push(CartLine {
        product: "shoe".into(),
        quantity: 1,
        price: Some(Money::from_minor(cart_minor, Currency::parse("EUR").expect("known"))),
        changed_at,
    });
    profile.cart.changed_at = Some(changed_at);
    Arc::new(profile)
}

fn benchmark(criterion: &mut Criterion) {
    let host = host();
    let ledger = Ledger::new(decision::limits::CONFIRM_WITHIN);
    let (full, empty) = (customer(5_000), customer(1_000));
    // Every part of a rule has to be looked at before it says no.
    let ordered = Arc::new(Profile { last_order_at: Some(NOW), ..(*full).clone() });
    let mut group = criterion.benchmark_group("decide");
    let mut case = |name: &str, path: &str, plan: Plan, profile: &Arc<Profile>| {
        let view = Arc::new(View { path: path.into(), ..View::default() });
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut claims = ledger.claims(Visit::First, NOW);
                decide(&plan, &mut claims, Question::new(black_box(profile), &view, NOW))
            });
        });
    };
    let cart = "/cart";
    case("no campaign for the page", cart, plan(&host, 1_000, Places::Same, &["/other"]), &full);
    case("1 campaign, eligible", cart, plan(&host, 1, Places::Same, &[]), &full);
    case("1 campaign, not eligible", cart, plan(&host, 1, Places::Same, &[]), &empty);
    let twenty = |places| plan(&host, 20, places, &[]);
    case("20 campaigns, one placement, eligible", cart, twenty(Places::Same), &full);
    case("20 campaigns, each eligible", cart, twenty(Places::Different), &full);
    case("20 campaigns, none eligible", cart, twenty(Places::Different), &empty);
    for count in [10, 100, 1_000] {
        let shoes = "/category-0/shoes";
        let shop = plan_of_rules(&host, count, Pages::OfAShop);
        case(&format!("rules, shop of {count}, eligible"), shoes, shop, &full);
        let shop = plan_of_rules(&host, count, Pages::OfAShop);
        case(&format!("rules, shop of {count}, not eligible"), shoes, shop, &ordered);
        let adverse = plan_of_rules(&host, count, Pages::One);
        case(&format!("rules, adverse, {count}"), shoes, adverse, &ordered);
    }
    // What draws cost that are made before an arm is given; compare with `rules, shop of 10, eligible`.
    let shoes = "/category-0/shoes";
    let layered = plan_of_rules_with(&host, 10, Pages::OfAShop, |campaign| {
        let layer = LayerKey::parse(campaign.key.as_str()).expect("valid");
        campaign.experiment.layer = Some(LayerRange { layer, from: 0, to: 100 });
    });
    case("rules, shop of 10, eligible, each in a layer", shoes, layered, &full);
    let experiment =
        campaign_of(&CAMPAIGN.replace("[experiment]", "[experiment]\nholdout = 1")).experiment;
    let held = plan_of_rules_with(&host, 10, Pages::OfAShop, |campaign| {
        campaign.experiment = experiment.clone();
    });
    case("rules, shop of 10, eligible, each with a holdout", shoes, held, &full);
    let holdout = rules::holdout("holdout.toml", "percent = 1\nsalt = \"2026\"").expect("valid");
    let gated =
        plan_of_rules(&host, 10, Pages::OfAShop).holding_out(holdout).expect("some are held out");
    case("rules, shop of 10, eligible, with a tenant's holdout", shoes, gated, &full);
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
