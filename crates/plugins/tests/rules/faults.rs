//! What a rule that goes wrong does to the others: nothing.

use std::sync::Arc;

use model::FaultKind;
use plugins::limits::BREAKER_FAULTS_MAX;
use rules::cel::tree::{Expr, Kind, Macro, Operation, Variable};
use rules::cel::{Function, TooLarge, Type, Value, compile};

use super::world::{
    COUNT, VIP, and, asked, attribute, call, compare, constant, expr, failing, holds, host, int,
    load, not, or, over, present, schema, source, variable, with_sandboxes,
};

/// Goes over a list so often, within itself, that something runs out.
fn endless(depth: u16, body: Expr) -> Expr {
    let numbers = constant(Value::list((0..100).map(Value::Int).collect::<Vec<Value>>()));
    (0..depth).rev().fold(body, |body, depth| {
        let (range, variable) = (numbers.clone(), Variable(depth));
        let operation = Operation::All;
        let one = Macro { operation, range, variable, filter: None, body };
        expr(Kind::Macro(Box::new(one)), Type::Bool)
    })
}

/// Loops without end. That it depends on the outermost element keeps the inner loops from being
/// evaluated once for all.
fn hungry() -> Expr {
    endless(4, compare(Function::GreaterEquals, variable(0, Type::Int), int(0)))
}

/// Makes many texts.
fn greedy() -> Expr {
    let numbers = || constant(Value::list((0..200).map(Value::Int).collect::<Vec<Value>>()));
    let both = vec![variable(0, Type::Int), variable(1, Type::Int)];
    let inner = Macro {
        operation: Operation::Map,
        range: numbers(),
        variable: Variable(1),
        filter: None,
        body: call(Function::ToString, vec![call(Function::Add, both, Type::Int)], Type::String),
    };
    let inner = expr(Kind::Macro(Box::new(inner)), Type::list(Type::String));
    let size = call(Function::Size, vec![inner], Type::Int);
    let sum = call(Function::Add, vec![size, variable(0, Type::Int)], Type::Int);
    over(Operation::All, numbers(), compare(Function::GreaterEquals, sum, int(0)))
}

#[test]
fn a_rule_that_faults_leaves_every_other_as_it_was() {
    let good = || compare(Function::Greater, attribute(COUNT), int(3));
    let set = load(&with_sandboxes(1), &[good(), hungry(), good(), greedy(), failing(), good()]);
    let mut session = set.open(source());
    for _ in 0..3 {
        for rule in [0, 2, 5] {
            assert!(holds(&mut session, rule));
        }
        assert!(matches!(asked(&mut session, 4), Ok(Err(_))), "an error is no fault");
        let kind = session.holds(1).expect_err("a fault").kind;
        assert!(matches!(kind, FaultKind::HostCalls | FaultKind::Timeout), "{kind:?}");
        let kind = session.holds(3).expect_err("a fault").kind;
        assert!(matches!(kind, FaultKind::OutOfMemory | FaultKind::Timeout), "{kind:?}");
    }
    drop(session);
    assert!(holds(&mut set.open(source()), 0), "the sandbox is free again");
}

#[test]
fn a_rule_that_keeps_faulting_is_stopped_and_others_are_not() {
    let set = load(&host(), &[hungry(), attribute(VIP), failing()]);
    for _ in 0..BREAKER_FAULTS_MAX {
        assert!(set.open(source()).holds(0).is_err());
        let error = asked(&mut set.open(source()), 2);
        assert!(error.expect("an error is no fault").is_err());
    }
    let fault = set.open(source()).holds(0).expect_err("stopped");
    assert_eq!(fault.kind, FaultKind::BreakerOpen);
    assert!(set.is_stopped(0) && !set.is_stopped(1) && !set.is_stopped(2));
    assert!(holds(&mut set.open(source()), 1));
}

#[test]
fn a_rule_that_faults_while_somebody_looks_is_not_stopped() {
    let set = load(&host(), &[hungry()]);
    for _ in 0..BREAKER_FAULTS_MAX * 2 {
        let fault = set.open(source()).looking().holds(0).expect_err("a fault");
        assert_ne!(fault.kind, FaultKind::BreakerOpen);
    }
    assert!(!set.is_stopped(0));
}

#[test]
fn a_full_pool_is_no_rules_fault() {
    let set = load(&with_sandboxes(0), &[attribute(VIP)]);
    for _ in 0..BREAKER_FAULTS_MAX * 2 {
        let fault = set.open(source()).holds(0).expect_err("no sandbox");
        assert_eq!(fault.kind, FaultKind::NoSandbox);
    }
    assert!(!set.is_stopped(0));
}

#[test]
fn a_session_takes_no_sandbox_until_it_asks() {
    let host = with_sandboxes(1);
    let set = load(&host, &[attribute(VIP)]);
    let mut sessions: Vec<_> = (0..3).map(|_| set.open(source())).collect();
    assert_eq!(host.stats().sandboxes, 0);
    assert!(holds(&mut sessions[0], 0));
    assert_eq!(host.stats().sandboxes, 1);
    assert!(sessions[1].holds(0).is_err());
    sessions.clear();
    assert_eq!(host.stats().sandboxes, 0);
}

#[test]
fn deep_and_long_rules_stay_linear_and_within_the_gate() {
    let link = || compare(Function::Greater, attribute(COUNT), int(3));
    type Join = fn(Expr, Expr) -> Expr;
    let bytes = |links: usize, join: Join| {
        let chain = (1..links).fold(link(), |chain, _| join(link(), chain));
        let program = compile(&schema(), &[chain]).expect("small enough");
        let set = host().load_rules(&program).expect("allowed");
        assert!(holds(&mut set.open(source()), 0), "{links} links");
        program.wasm().len()
    };
    let alternating: Join = |one, chain| and(or(present(VIP), one), or(not(chain), present(COUNT)));
    let nested: Join = |one, chain| {
        let three = [chain, one, attribute(VIP)];
        expr(Kind::Conditional(Box::new(three)), Type::Bool)
    };
    for join in [and as Join, or as Join, alternating, nested] {
        let few = bytes(50, join);
        let (some, many) = (bytes(100, join) - few, bytes(150, join) - few);
        assert!(many <= 2 * some + some / 2, "{few}, then {some}, then {many}");
    }
}

/// Many alternatives, as CEL's parser nests them.
fn balanced(mut terms: Vec<Expr>) -> Expr {
    if terms.len() == 1 {
        return terms.remove(0);
    }
    let rest = terms.split_off(terms.len() / 2);
    or(balanced(terms), balanced(rest))
}

#[test]
fn a_rule_that_compiles_to_too_much_is_refused_by_its_place() {
    let quotient = |n: i64| call(Function::Divide, vec![int(n), attribute(COUNT)], Type::Int);
    let long = |from: i64| {
        let terms = (from..from + 4_000).map(|n| compare(Function::Greater, quotient(n), int(n)));
        balanced(terms.collect())
    };
    let mistakes = compile(&schema(), &[attribute(VIP), long(0), attribute(VIP), long(9_000)]);
    let mistakes = mistakes.expect_err("too much");
    let places: Vec<usize> = mistakes.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, [1, 3]);
    let TooLarge { count, count_max, .. } = mistakes[0].1;
    assert!(count > count_max);
    assert!(mistakes[0].1.to_string().contains("shorten the rule"));
}

#[test]
fn many_threads_get_the_answers_that_one_gets() {
    let set = load(&with_sandboxes(8), &[failing(), attribute(VIP)]);
    let source = source();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let mut session = set.open(Arc::clone(&source) as _);
                    assert!(matches!(asked(&mut session, 0), Ok(Err(_))));
                    assert!(holds(&mut session, 1));
                }
            });
        }
    });
}
