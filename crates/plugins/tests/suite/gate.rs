//! What is not let through, where it is too large for a file of its own, and what is.

use plugins::Rejection;
use plugins::limits::{
    BODY_BYTES_MAX, BRANCH_TARGETS_MAX, EXPORTS_MAX, FUNCTIONS_MAX, GLOBALS_MAX, IMPORTS_MAX,
    LOCALS_MAX, MODULE_BYTES_MAX, NESTING_MAX, SEGMENTS_MAX, TABLE_ELEMENTS_MAX, TEXT_BYTES_MAX,
    TYPE_ARITY_MAX, TYPES_MAX,
};

use super::world::{World, module};

#[track_caller]
fn rejection(source: impl AsRef<[u8]>) -> Rejection {
    World::with_sandboxes(1).host.load(source.as_ref()).expect_err("not allowed")
}

/// Asserts that a module with `count` repetitions is allowed, and one with one more is not.
#[track_caller]
fn just_at_most(name: &str, count: usize, source: impl Fn(usize) -> String) {
    let world = World::with_sandboxes(1);
    let allowed = world.host.load(source(count).as_bytes());
    assert!(allowed.is_ok(), "{count}: {:?}", allowed.err());
    let refused = world.host.load(source(count + 1).as_bytes()).expect_err("one too many");
    assert_eq!(refused.name(), name, "{refused}");
}

fn number(limit: u32) -> usize {
    usize::try_from(limit).expect("fits")
}

fn with(definitions: String) -> String {
    module(&definitions, "(i32.const 0)")
}

#[test]
fn limits_are_exact() {
    // `cabi_realloc` and `decide` are functions too.
    just_at_most("too-many", number(FUNCTIONS_MAX) - 2, |n| with("(func)".repeat(n)));
    just_at_most("too-many-locals", number(LOCALS_MAX), |n| {
        with(format!("(func (local{}))", " i32".repeat(n)))
    });
    just_at_most("too-deep", number(NESTING_MAX), |n| {
        with(format!("(func {} {})", "block ".repeat(n), "end ".repeat(n)))
    });
    just_at_most("too-many-branches", number(BRANCH_TARGETS_MAX) - 4, |n| {
        // Two tables, whose targets are added up.
        let (four, more) = ("0 ".repeat(4), "0 ".repeat(n));
        with(format!(
            "(func (block (br_table {four} 0 (i32.const 0))) (br_table {more} 0 (i32.const 0)))"
        ))
    });
    // One byte each for the number of locals and for the end.
    just_at_most("body-too-large", BODY_BYTES_MAX - 2, |n| {
        with(format!("(func {})", "nop ".repeat(n)))
    });
    // Those of the two functions and of the module's own.
    just_at_most("too-many", number(TYPES_MAX) - 2, |n| with("(type (func))".repeat(n)));
    just_at_most("too-many", TYPE_ARITY_MAX, |n| {
        with(format!("(type (func (param{})))", " i32".repeat(n)))
    });
    just_at_most("too-many", number(GLOBALS_MAX) - 1, |n| {
        with("(global i32 (i32.const 0))".repeat(n))
    });
    just_at_most("too-many", number(SEGMENTS_MAX), |n| with(r#"(data "a")"#.repeat(n)));
    just_at_most("too-many", number(IMPORTS_MAX), |n| {
        with(r#"(import "vitrine:rules/view@1.0.0" "now" (func (result i64)))"#.repeat(n))
    });
    just_at_most("too-many", number(EXPORTS_MAX) - 3, |n| {
        let exports = (0..n).map(|n| format!(r#"(export "e{n}" (global 0))"#));
        with(exports.collect())
    });
    just_at_most("too-many", TABLE_ELEMENTS_MAX, |n| {
        with(format!("(func $f) (elem declare func{})", " $f".repeat(n)))
    });
}

#[test]
fn a_module_that_is_too_long_is_not_read() {
    let mut long = b"\0asm".to_vec();
    long.resize(MODULE_BYTES_MAX + 1, 0);
    assert_eq!(rejection(&long).name(), "too-large");
    assert_eq!(rejection(" ".repeat(TEXT_BYTES_MAX + 1)).name(), "too-large");
    let unpacked = with(format!(r#"(data "{}")"#, "a".repeat(MODULE_BYTES_MAX)));
    assert_eq!(rejection(unpacked).name(), "too-large");
}

#[test]
fn damaged_modules_are_refused_and_never_panic() {
    let world = World::with_sandboxes(1);
    let whole = wat::parse_bytes(super::world::CART_RESCUE).expect("valid");
    for cut in 0..whole.len() / 2 {
        assert!(world.host.load(&whole[..cut]).is_err(), "cut at {cut}");
    }
    for place in 0..whole.len() {
        for bit in [0x01, 0x40, 0x80] {
            let mut damaged = whole.to_vec();
            damaged[place] ^= bit;
            // Some flips give another module that is allowed; what counts is that none does harm.
            if let Ok(plugin) = world.host.load(&damaged) {
                let _ = world.call(&plugin);
            }
        }
    }
    assert_eq!(world.host.stats().sandboxes, 0);
}

#[test]
fn an_unknown_import_is_named_together_with_what_is_offered() {
    let source = with(r#"(import "vitrine:rules/view@1.0.0" "time" (func))"#.into());
    assert_eq!(
        rejection(source).to_string(),
        "the module imports `vitrine:rules/view@1.0.0` `time`, which is not offered; \
         offered are now, path, url, referrer, locale, device, random"
    );
    let source = with(r#"(import "env" "time" (func))"#.into());
    let told = rejection(source).to_string();
    assert!(told.ends_with(
        "offered are vitrine:rules/customer@1.0.0, vitrine:rules/view@1.0.0, \
         vitrine:rules/log@1.0.0"
    ));
}

#[test]
fn a_wrong_signature_is_told_with_the_right_one() {
    let imported = r#"(import "vitrine:rules/customer@1.0.0" "cart-has" (func (param i32)))"#;
    assert_eq!(
        rejection(with(imported.into())).to_string(),
        "the module imports `vitrine:rules/customer@1.0.0 cart-has` as (param i32), \
         but it is (param i32 i32) (result i32)"
    );
    let exported = r#"(module (memory (export "memory") 1) (func (export "decide")))"#;
    assert_eq!(
        rejection(exported).to_string(),
        "the module exports `decide` as (func), but it has to be (result i32)"
    );
}

#[test]
fn what_a_rust_guest_is_made_of_is_let_through() {
    // Bulk memory, sign extension, saturating conversion, several results, mutable globals that are
    // exported, an indirect call, and the exports that the linker adds.
    let source = with(
        r#"(table (export "__indirect_function_table") 1 1 funcref)
           (global (export "__heap_base") i32 (i32.const 1048576))
           (global $sp (export "__stack_pointer") (mut i32) (i32.const 65536))
           (type $pair (func (result i32 i32)))
           (elem (i32.const 0) func $pair)
           (func $pair (type $pair) (i32.const 1) (i32.const 2))
           (func (export "use") (result i32)
             (memory.fill (i32.const 0) (i32.const 0) (i32.const 16))
             (memory.copy (i32.const 0) (i32.const 8) (i32.const 8))
             (call_indirect (type $pair) (i32.const 0))
             (i32.add (i32.extend8_s (i32.trunc_sat_f64_s (f64.const 1e99))))
             (i32.add))
           (@custom "producers" "rustc")"#
            .into(),
    );
    assert_eq!(World::new().answer(source), None);
}
