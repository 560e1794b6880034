//! Compiling in a child process. The test program is its own child: it has no harness, since a
//! harness would write to the standard output that the answer goes to.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use plugins::{Compiler, Config, Host, Rejection};
use rules::cel::tree::{Expr, Kind};
use rules::cel::{Attribute, Declared, Function, Schema, Type, Value, compile};

const CART_RESCUE: &[u8] = include_bytes!("../../../rules/demo/plugins/cart-rescue.wat");

fn main() -> ExitCode {
    let mode = std::env::args().nth(1).unwrap_or_default();
    match mode.as_str() {
        "compile" => return plugins::compile_in_child(),
        "silent" => return ExitCode::FAILURE,
        _ => {}
    }
    a_plugin_is_compiled_by_a_child();
    a_thousand_rules_are_compiled_by_a_child();
    a_module_that_takes_too_long_is_given_up();
    a_compiler_that_is_not_there_is_not_the_modules_fault();
    a_compiler_that_says_nothing_is_not_waited_for();
    ExitCode::SUCCESS
}

fn host(program: PathBuf, mode: &str) -> Host {
    let compiler = Compiler::Child { program, args: vec![OsString::from(mode)] };
    let config = Config { cache_dir: None, mac_key: [1; 32], compiler, sandboxes_max: 1 };
    Host::new(config).expect("a host")
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("this program")
}

fn a_plugin_is_compiled_by_a_child() {
    let host = host(this_program(), "compile");
    let plugin = host.load(CART_RESCUE).expect("allowed and compiled");
    assert_eq!(plugin.digest().len(), 32);
    assert_eq!(host.stats().compiled, 1);
}

/// No two alike, each with ten conditions of arithmetic that share nothing.
fn a_thousand_rules_are_compiled_by_a_child() {
    let expr = |kind: Kind, ty: Type| Expr { kind, ty, span: 0..0 };
    let int = |number: i64| expr(Kind::Constant(Value::Int(number)), Type::Int);
    let call = |function, one, other, ty| expr(Kind::Call(function, vec![one, other]), ty);
    let condition = |number: i64| {
        let visits = expr(Kind::Attribute(Attribute(0)), Type::Int);
        let product = call(Function::Multiply, visits, int(number), Type::Int);
        let rest = call(Function::Modulo, product, int(7), Type::Int);
        call(Function::Less, rest, int(5), Type::Bool)
    };
    let rule = |rule: i64| {
        let conditions = (0..10).map(|step| condition(rule * 10 + step));
        let and = |one: Expr, other: Expr| expr(Kind::And(Box::new([one, other])), Type::Bool);
        conditions.reduce(and).expect("ten")
    };
    let visits = Declared {
        path: "customer.visits".into(),
        parameters: Box::default(),
        ty: Type::Int,
        optional: false,
        about: "".into(),
    };
    let schema = Schema { attributes: vec![visits], ..Schema::default() };
    let rules: Vec<Expr> = (0..1_000).map(rule).collect();
    let program = compile(&schema, &rules).expect("small enough");
    let set = host(this_program(), "compile").load_rules(&program).expect("compiled");
    assert_eq!(set.len(), 1_000);
}

/// Within every limit of the gate, and yet more than the compiler can do in its time.
fn a_module_that_takes_too_long_is_given_up() {
    let refused = host(this_program(), "compile").load(&bomb()).expect_err("too costly");
    assert_eq!(refused.name(), "compile-cost", "{refused}");
    assert!(refused.is_final());
}

fn a_compiler_that_is_not_there_is_not_the_modules_fault() {
    let refused =
        host("/nowhere/vitrine".into(), "compile").load(CART_RESCUE).expect_err("no child");
    assert!(matches!(refused, Rejection::CompilerUnavailable { .. }), "{refused}");
    assert!(!refused.is_final());
}

fn a_compiler_that_says_nothing_is_not_waited_for() {
    let refused = host(this_program(), "silent").load(CART_RESCUE).expect_err("no answer");
    assert_eq!(refused.name(), "compiler-unavailable", "{refused}");
}

/// Loops in loops that carry 500 locals, and jump tables that lead to each of them.
fn bomb() -> Vec<u8> {
    let locals = 0..500;
    let bump: String = locals
        .map(|n| format!("(local.set {n} (i32.add (local.get {n}) (i32.const 1)))"))
        .collect();
    let targets: String = (0..500).map(|n| format!(" {}", n % 60)).collect();
    let function = format!(
        "(func (local{}) {} {bump} (br_table{targets} (local.get 9)) {})",
        " i32".repeat(500),
        "loop ".repeat(61),
        "end ".repeat(61)
    );
    let text = format!(
        r#"(module (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
  (func (export "decide") (result i32) (i32.const 0))
  {})"#,
        function.repeat(45)
    );
    wat::parse_str(text).expect("valid")
}
