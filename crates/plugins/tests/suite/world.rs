//! A host, a customer and a page view for tests.

use std::sync::Arc;

use model::{
    CampaignKey, CampaignTally, CartLine, ConsentChoice, Currency, CustomerId, Enrolment,
    FaultKind, GoalKey, Money, Profile, Revenue, SplitKey, Tally, TenantKey, Timestamp, Trait,
    TraitValue, VariantKey, View,
};
use plugins::{Call, Compiler, Config, Host, Input, Plugin, Suggestion};

/// The plugin of the demonstration, as every shop gets it.
pub(crate) const CART_RESCUE: &[u8] =
    include_bytes!("../../../../rules/demo/plugins/cart-rescue.wat");

/// The time of the page view.
pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);
/// An hour in milliseconds.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// A host, and the customer whom plugins are asked about.
pub(crate) struct World {
    pub(crate) host: Host,
    pub(crate) profile: Profile,
    pub(crate) view: View,
    pub(crate) seed: u64,
}

impl World {
    /// A customer who put 2 x 19.99 EUR into the cart an hour ago.
    pub(crate) fn new() -> Self {
        Self::with_sandboxes(8)
    }

    pub(crate) fn with_sandboxes(sandboxes_max: u32) -> Self {
        let config = Config {
            cache_dir: None,
            mac_key: [7; 32],
            compiler: Compiler::InProcess,
            sandboxes_max,
        };
        Self {
            host: Host::new(config).expect("a host"),
            profile: profile(),
            view: view(),
            seed: 42,
        }
    }

    #[track_caller]
    pub(crate) fn load(&self, source: impl AsRef<[u8]>) -> Plugin {
        self.host.load(source.as_ref()).expect("a plugin that is allowed")
    }

    pub(crate) fn input(&self) -> Input {
        Input {
            profile: Arc::new(self.profile.clone()),
            view: Arc::new(self.view.clone()),
            now: NOW,
            seed: self.seed,
        }
    }

    /// Calls a plugin. The deadline of a call is a matter of the clock, and a machine that is busy
    /// with other tests can take the processor away for longer; then it is called again.
    pub(crate) fn call(&self, plugin: &Plugin) -> Call {
        let input = self.input();
        let late =
            |call: &Call| matches!(&call.outcome, Err(fault) if fault.kind == FaultKind::Timeout);
        let mut call = plugin.call(&input);
        for _ in 0..3 {
            if late(&call) {
                call = plugin.call(&input);
            }
        }
        call
    }

    /// What a module answers.
    #[track_caller]
    pub(crate) fn answer(&self, source: impl AsRef<[u8]>) -> Option<Suggestion> {
        self.call(&self.load(source)).outcome.expect("an answer")
    }
}

/// A module around some definitions, with a memory, an allocator that never frees, and `decide`.
pub(crate) fn module(imports: &str, decide: &str) -> String {
    format!(
        r#"(module
  {imports}
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $free (i32.add (global.get $free) (local.get 3)))
    (i32.sub (global.get $free) (local.get 3)))
  (func (export "decide") (result i32)
    {decide})
)"#
    )
}

pub(crate) fn eur() -> Currency {
    Currency::parse("EUR").expect("known")
}

pub(crate) fn campaign(name: &str) -> CampaignKey {
    CampaignKey::parse(name).expect("valid")
}

fn profile() -> Profile {
    let tenant = TenantKey::parse("demo").expect("valid");
    let id = CustomerId::from_u128(1);
    let mut profile = Profile::new(tenant, id, Timestamp::from_ms(NOW.ms() - 50 * HOUR_MS));
    profile.last_seen = NOW;
    let changed_at = Timestamp::from_ms(NOW.ms() - HOUR_MS);
    profile.cart.changed_at = Some(changed_at);
    profile.cart.lines.push(CartLine {
        product: "mug".into(),
        quantity: 2,
        price: Some(Money::from_minor(1_999, eur())),
        changed_at,
    });
    profile.traits = vec![
        trait_of("age", TraitValue::Number(41.5)),
        trait_of("city", TraitValue::Text("Zürich".into())),
        trait_of("gone", TraitValue::Absent),
        trait_of("vip", TraitValue::Flag(true)),
    ]
    .into();
    profile.consent =
        vec![ConsentChoice { category: "ads".into(), granted: false, set_at: NOW }].into();
    profile.enrolments = vec![Enrolment {
        campaign: campaign("spring"),
        variant: VariantKey::parse("a").expect("valid"),
        since: Timestamp::from_ms(77),
        last_at: NOW,
        goal: GoalKey::ORDERS,
        attribution_until: Timestamp::MAX,
        split: SplitKey::OTHER,
        revenue_before: Box::default(),
        cart_at: Timestamp::MAX,
        checkout_at: Timestamp::MAX,
    }]
    .into();
    let mut spring = CampaignTally::new(campaign("spring"));
    spring.shows = 4;
    let mut tally = Tally::new(id);
    tally.visits = 3;
    tally.views = 12;
    tally.orders = 2;
    tally.orders_void = 1;
    tally.revenue =
        vec![Revenue { gross_minor: 900, refunded_minor: 100, ..Revenue::new(eur()) }].into();
    tally.campaigns = vec![spring].into();
    profile.tallies = vec![tally].into();
    profile
}

fn trait_of(name: &str, value: TraitValue) -> Trait {
    Trait { name: name.into(), value, set_at: NOW }
}

fn view() -> View {
    View {
        url: "https://shop.example/cart?x=1".into(),
        path: "/cart".into(),
        referrer: "".into(),
        title: "Cart".into(),
        locale: "de-CH".into(),
        device: "mobile".into(),
        placements: Vec::new(),
    }
}
