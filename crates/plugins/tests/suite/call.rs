//! One call: what a plugin answers, and that nothing of it stays.

use std::sync::Barrier;
use std::thread;

use model::{FaultKind, Money, Timestamp};
use plugins::LogLevel;
use plugins::limits::{BREAKER_FAULTS_MAX, FUEL_MAX};

use super::world::{CART_RESCUE, HOUR_MS, NOW, World, eur, module};

#[test]
fn a_customer_with_a_full_cart_changed_within_six_hours_is_eligible() {
    let found = World::new().answer(CART_RESCUE).expect("eligible");
    let reason = "active in the last six hours, something in the cart, no order yet";
    assert_eq!(&*found.reason, reason);
    assert_eq!((found.discount_percent, found.values), (None, Vec::new()));
}

#[test]
fn cart_rescue_leaves_out_whom_it_is_not_for() {
    let after = |hours: i64, ms: i64| Some(Timestamp::from_ms(NOW.ms() - hours * HOUR_MS - ms));
    let mut world = World::new();
    let plugin = world.load(CART_RESCUE);
    let mut eligible = |change: &dyn Fn(&mut World)| {
        let mut changed = World { host: world.host.clone(), ..World::new() };
        change(&mut changed);
        world.profile = changed.profile.clone();
        world.call(&plugin).outcome.expect("an answer").is_some()
    };
    let price = |minor: i64| Some(Money::from_minor(minor, eur()));

    assert!(eligible(&|world| world.profile.cart.changed_at = after(6, 0)), "six hours, inclusive");
    assert!(!eligible(&|world| world.profile.cart.changed_at = after(6, 1)));
    assert!(!eligible(&|world| world.profile.cart.changed_at = None));
    assert!(
        eligible(&|world| world.profile.cart.lines[0].price = price(1_000)),
        "20.00, inclusive"
    );
    assert!(!eligible(&|world| world.profile.cart.lines[0].price = price(999)));
    assert!(!eligible(&|world| world.profile.cart.lines.clear()));
    assert!(eligible(&|world| world.profile.last_order_at = after(1, 1)), "an earlier order");
    assert!(!eligible(&|world| world.profile.last_order_at = after(1, 0)));
    assert!(!eligible(&|world| world.profile.last_order_at = after(0, 5)), "a later order");
}

#[test]
fn an_offer_carries_reason_discount_and_values() {
    let source = module(
        r#"(data (i32.const 64) "\01\00\00\00" "\80\00\00\00" "\04\00\00\00"
             "\01\0f\00\00" "\c0\00\00\00" "\02\00\00\00")
           (data (i32.const 128) "f\c3\bcr")
           (data (i32.const 192) "\00\01\00\00" "\04\00\00\00" "\04\01\00\00" "\03\00\00\00"
             "\04\01\00\00" "\01\00\00\00" "\00\00\00\00" "\00\00\00\00")
           (data (i32.const 256) "nameAna")"#,
        "(i32.const 64)",
    );
    let found = World::new().answer(source).expect("eligible");
    assert_eq!((&*found.reason, found.discount_percent), ("für", Some(15)));
    let values = [("name".into(), "Ana".into()), ("A".into(), "".into())];
    assert_eq!(found.values, values);
}

#[test]
fn nothing_that_a_plugin_stores_survives_the_call() {
    let source = r#"(module
      (memory (export "memory") 2)
      (table $slots 4 funcref)
      (elem declare func $filled)
      (global $calls (mut i32) (i32.const 0))
      (func $filled)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
      (func (export "decide") (result i32)
        (if (global.get $calls) (then (unreachable)))
        (if (i32.load (i32.const 512)) (then (unreachable)))
        (if (i32.load (i32.const 130000)) (then (unreachable)))
        (if (i32.eqz (ref.is_null (table.get $slots (i32.const 1)))) (then (unreachable)))
        (if (i32.ne (memory.size) (i32.const 2)) (then (unreachable)))
        (global.set $calls (i32.const 1))
        (i32.store (i32.const 512) (i32.const 7))
        (i32.store (i32.const 130000) (i32.const 7))
        (table.set $slots (i32.const 1) (ref.func $filled))
        (drop (memory.grow (i32.const 3)))
        (i32.store (i32.const 300000) (i32.const 7))
        (i32.const 0)))"#;
    let world = World::with_sandboxes(1);
    let plugin = world.load(source);
    for _ in 0..20 {
        assert_eq!(world.call(&plugin).outcome, Ok(None));
    }
}

#[test]
fn the_log_comes_back_with_the_answer() {
    let source = module(
        r#"(import "vitrine:rules/log@1.0.0" "write" (func $write (param i32 i32 i32)))
           (data (i32.const 64) "seen")"#,
        "(call $write (i32.const 2) (i32.const 64) (i32.const 4)) (i32.const 0)",
    );
    let world = World::new();
    let call = world.call(&world.load(source));
    assert_eq!(call.outcome, Ok(None));
    assert_eq!((call.log[0].level, &*call.log[0].text), (LogLevel::Warn, "seen"));
}

#[test]
fn fuel_is_the_same_for_the_same_work() {
    let world = World::new();
    let plugin = world.load(CART_RESCUE);
    let fuel: Vec<u64> = (0..10).map(|_| world.call(&plugin).fuel_used).collect();
    assert!(fuel[0] > 0 && fuel[0] < 200, "{fuel:?}");
    assert!(fuel.iter().all(|used| *used == fuel[0]), "{fuel:?}");
    let endless = world.load(module("", "(loop (br 0)) (unreachable)"));
    let call = world.call(&endless);
    assert!(call.fuel_used >= FUEL_MAX && call.outcome.is_err());
}

#[test]
fn many_threads_get_the_answers_that_one_gets() {
    let world = World::with_sandboxes(8);
    let plugin = world.load(CART_RESCUE);
    let expected = world.call(&plugin);
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                for _ in 0..2_000 {
                    assert_eq!(world.call(&plugin), expected);
                }
            });
        }
    });
    assert_eq!(world.host.stats().sandboxes, 0);
}

#[test]
fn a_plugin_that_keeps_failing_is_stopped_and_others_are_not() {
    let world = World::new();
    let broken = world.load(module("", "(unreachable)"));
    for _ in 0..BREAKER_FAULTS_MAX {
        let fault = broken.call(&world.input()).outcome.expect_err("a fault");
        assert_eq!(fault.kind, FaultKind::Trap);
    }
    let fault = broken.call(&world.input()).outcome.expect_err("a fault");
    assert_eq!(fault.kind, FaultKind::BreakerOpen);
    assert!(broken.is_stopped());
    assert!(world.answer(CART_RESCUE).is_some());
}

#[test]
fn a_plugin_that_fails_while_somebody_looks_is_not_stopped() {
    let world = World::new();
    let broken = world.load(module("", "(unreachable)"));
    for _ in 0..BREAKER_FAULTS_MAX * 2 {
        let fault = broken.look(&world.input()).outcome.expect_err("a fault");
        assert_eq!(fault.kind, FaultKind::Trap);
    }
    assert!(!broken.is_stopped());
    for _ in 0..BREAKER_FAULTS_MAX {
        broken.call(&world.input()).outcome.expect_err("a fault");
    }
    let fault = broken.look(&world.input()).outcome.expect_err("a fault");
    assert_eq!(fault.kind, FaultKind::BreakerOpen);
}

#[test]
fn a_full_pool_is_the_hosts_fault_and_not_the_plugins() {
    let world = World::with_sandboxes(0);
    let plugin = world.load(CART_RESCUE);
    for _ in 0..BREAKER_FAULTS_MAX * 2 {
        let fault = plugin.call(&world.input()).outcome.expect_err("no sandbox");
        assert_eq!(fault.kind, FaultKind::NoSandbox);
    }
    assert!(!plugin.is_stopped());
}

#[test]
fn a_fault_names_the_function_where_it_happened() {
    let source = module(
        "(func $risky (drop (i32.div_u (i32.const 1) (i32.const 0))))",
        "(call $risky) (i32.const 0)",
    );
    let world = World::new();
    let fault = world.call(&world.load(source)).outcome.expect_err("a fault");
    assert_eq!(&*fault.detail, "wasm trap: integer divide by zero in function 0 `risky`");
}

#[test]
fn a_plugin_outlives_the_host_that_loaded_it() {
    let world = World::new();
    let plugin = world.load(module("", "(loop (br 0)) (unreachable)"));
    let input = world.input();
    drop(world);
    assert!(plugin.call(&input).outcome.is_err());
}
