//! What one call costs, sandbox and all.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use model::{CustomerId, Profile, TenantKey, Timestamp, View};
use plugins::{Compiler, Config, Host, Input};

const CART_RESCUE: &[u8] = include_bytes!("../../../rules/demo/plugins/cart-rescue.wat");
const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);

/// A plugin that asks twenty times for numbers, or for texts, and is not convinced.
fn asks_twenty_times(import: &str, ask: &str) -> String {
    format!(
        r#"(module
  {import}
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $free (i32.add (global.get $free) (local.get 3)))
    (i32.sub (global.get $free) (local.get 3)))
  (func (export "decide") (result i32)
    {}
    (i32.const 0))
)"#,
        ask.repeat(20)
    )
}

fn input() -> Input {
    let tenant = TenantKey::parse("demo").expect("valid");
    let mut profile = Profile::new(tenant, CustomerId::from_u128(1), NOW);
    profile.cart.changed_at = Some(NOW);
    let view = View { path: "/cart".into(), ..View::default() };
    Input { profile: Arc::new(profile), view: Arc::new(view), now: NOW, seed: 1 }
}

fn calls(criterion: &mut Criterion) {
    let config = Config {
        cache_dir: None,
        mac_key: [1; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 64,
    };
    let host = Host::new(config).expect("a host");
    let number = asks_twenty_times(
        r#"(import "vitrine:rules/customer@1.0.0" "cart-value" (func $ask (result i64)))"#,
        "(drop (call $ask))",
    );
    let text = asks_twenty_times(
        r#"(import "vitrine:rules/view@1.0.0" "path" (func $ask (param i32)))"#,
        "(call $ask (i32.const 64))",
    );
    let nothing = asks_twenty_times("", "");
    let input = input();
    let plugins = [
        ("answers at once", nothing.as_bytes()),
        ("cart-rescue", CART_RESCUE),
        ("twenty numbers", number.as_bytes()),
        ("twenty texts", text.as_bytes()),
    ];
    for (name, source) in plugins {
        let plugin = host.load(source).expect("allowed");
        assert!(plugin.call(&input).outcome.is_ok());
        criterion.bench_function(name, |bencher| bencher.iter(|| plugin.call(black_box(&input))));
    }
}

criterion_group!(benches, calls);
criterion_main!(benches);
