//! A guest that keeps to the contract passes; each way of not keeping to it is named.

use super::Contract;
use crate::repository::root;

fn contract() -> Contract {
    Contract::read(&root().join("wasm-plugins")).expect("the contract can be read")
}

const GUEST: &str = r#"(module
  (import "vitrine:rules/customer@1.0.0" "lifecycle" (func (result i32)))
  (import "vitrine:rules/customer@1.0.0" "cart-value" (func (result i64)))
  (import "vitrine:rules/customer@1.0.0" "cart-has" (func (param i32 i32) (result i32)))
  (import "vitrine:rules/customer@1.0.0" "trait-text" (func (param i32 i32 i32)))
  (import "vitrine:rules/view@1.0.0" "path" (func (param i32)))
  (import "vitrine:rules/log@1.0.0" "write" (func (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "decide") (result i32) i32.const 0)
  (func (export "cabi_post_decide") (param i32))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))"#;

/// Changes one thing in a sound guest and expects to read of it.
fn check_planted(from: &str, to: &str, expected: &str) {
    assert!(GUEST.contains(from), "`{from}` is there to be replaced");
    let wasm = wat::parse_str(GUEST.replacen(from, to, 1)).expect("valid text");
    let error = contract().check(&wasm).expect_err(expected).to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn the_contract_is_read_whole() {
    let contract = contract();
    assert_eq!(contract.imports.len(), 28, "20 of the customer, 7 of the view, 1 of the log");
    let of = |interface: &str, name: &str| {
        let module = format!("vitrine:rules/{interface}@1.0.0");
        contract.imports[&(module, name.to_owned())].as_str()
    };
    assert_eq!(of("customer", "trait-number"), "(i32 i32 i32)");
    assert_eq!(of("customer", "revenue"), "(i32 i32) i64");
    assert_eq!(of("view", "random"), "() i64");
}

#[test]
fn a_guest_that_keeps_to_the_contract_passes() {
    let wasm = wat::parse_str(GUEST).expect("valid text");
    contract().check(&wasm).expect("a sound guest");
}

#[test]
fn an_import_that_is_not_offered_is_named() {
    check_planted(
        "cart-value",
        "bank-balance",
        "`bank-balance`, which the contract does not offer",
    );
    check_planted("vitrine:rules/view@1.0.0", "wasi:random/random@0.2.0", "does not offer");
    let memory = r#"(import "a" "b" (memory 1))"#;
    check_planted(r#"(memory (export "memory") 1)"#, memory, "`b`, which is no function");
}

#[test]
fn an_import_of_another_type_is_named() {
    check_planted("(func (result i64))", "(func (result i32))", "as `() i32`, not as `() i64`");
    check_planted("(func (param i32)))", "(func (param i64)))", "as `(i64)`, not as `(i32)`");
}

#[test]
fn a_missing_or_different_export_is_named() {
    check_planted(r#"(export "cabi_post_decide") "#, "", "does not export `cabi_post_decide`");
    check_planted(r#"(export "memory") "#, "", "exports no `memory`");
    let other = r#"(export "decide") (result i64) i64.const 0"#;
    check_planted(r#"(export "decide") (result i32) i32.const 0"#, other, "`decide` as `() i64`");
}

#[test]
fn a_start_function_and_more_memory_than_resident_are_refused() {
    check_planted("(memory", "(start $a) (func $a) (memory", "start function");
    check_planted(r#""memory") 1"#, r#""memory") 17"#, "17 pages");
}
