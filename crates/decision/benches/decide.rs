//! How long a decision takes: the plugin of the demo in a fresh sandbox, with a profile in memory.
//!
//! Nearly all of it is the sandbox, so compare the cases with each other: twenty campaigns that share a
//! placement cost little more than one, twenty that do not cost twenty sandboxes, and a thousand that
//! the page does not concern cost nothing that matters.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use decision::{Explain, Ledger, Plan, Planned, Rule, Visit, decide};
use model::{
    Alias, Campaign, CampaignKey, CartLine, Currency, CustomerId, Money, Placement, Profile,
    TenantKey, Timestamp, View,
};
use plugins::{Compiler, Config, Host};

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

fn plan(host: &Host, count: usize, places: Places, pages: &[&str]) -> Plan {
    let campaign: Campaign = rules::campaign("cart-rescue.toml", CAMPAIGN).expect("valid");
    let plugin = host.load(PLUGIN.as_bytes()).expect("valid");
    let pattern = |page: &&str| model::PagePattern::Exact((*page).into());
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
    let view = Arc::new(View { path: "/cart".into(), ..View::default() });
    let (full, empty) = (customer(5_000), customer(1_000));
    let mut group = criterion.benchmark_group("decide");
    let mut case = |name: &str, plan: Plan, profile: &Arc<Profile>| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut claims = ledger.claims(Visit::First, NOW);
                decide(&plan, &mut claims, black_box(profile), &view, NOW, Explain::No)
            });
        });
    };
    case("no campaign for the page", plan(&host, 1_000, Places::Same, &["/other"]), &full);
    case("1 campaign, eligible", plan(&host, 1, Places::Same, &[]), &full);
    case("1 campaign, not eligible", plan(&host, 1, Places::Same, &[]), &empty);
    case("20 campaigns, one placement, eligible", plan(&host, 20, Places::Same, &[]), &full);
    case("20 campaigns, each eligible", plan(&host, 20, Places::Different, &[]), &full);
    case("20 campaigns, none eligible", plan(&host, 20, Places::Different, &[]), &empty);
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
