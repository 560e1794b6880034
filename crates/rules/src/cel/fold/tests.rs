//! What is folded, what is left, and that both mean the same.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::evaluate::evaluate;
use super::super::evaluate::tests::{
    Few, and, attribute, bool, call, expr, failing, int, ints, or, run, value, x,
};
use super::super::tree::{Expr, Kind, Operation, Segment};
use super::super::{Function, Type, Value};
use super::fold;

#[track_caller]
fn folds(expr: Expr, expected: Value) {
    let folded = fold(expr.clone());
    assert_eq!(folded.kind, Kind::Constant(expected));
    assert_eq!(folded.ty, expr.ty);
}

#[track_caller]
fn stays(expr: Expr) {
    assert_eq!(fold(expr.clone()), expr);
}

#[test]
fn constants_are_computed() {
    let sum = call(Function::Add, vec![int(1), int(2)], Type::Int);
    folds(call(Function::Multiply, vec![sum, int(3)], Type::Int), Value::Int(9));
    folds(call(Function::ToDyn, vec![int(1)], Type::Dyn), Value::Int(1));
    let list = Value::list(vec![Value::Int(1), Value::Int(2)]);
    folds(ints(&[1, 2]), list);
    folds(call(Function::Size, vec![ints(&[1, 2])], Type::Int), Value::Int(2));
    let map = expr(Kind::Map(vec![(value(Value::text("a")), int(1))]), Type::Dyn);
    folds(expr(Kind::Select(map.clone().into(), "a".into()), Type::Int), Value::Int(1));
    folds(expr(Kind::Has(map.into(), "b".into()), Type::Bool), Value::Bool(false));
    let positive = call(Function::Greater, vec![x(), int(0)], Type::Bool);
    folds(run(Operation::All, ints(&[1, 2]), positive), Value::Bool(true));
    let told = Segment { name: "all".into(), condition: bool(true) };
    folds(expr(Kind::Segment(Arc::new(told)), Type::Bool), Value::Bool(true));
}

#[test]
fn what_always_fails_is_left_to_fail_when_it_is_evaluated() {
    let quotient = call(Function::Divide, vec![int(1), int(0)], Type::Int);
    stays(quotient);
    let twice = expr(Kind::Map(vec![(int(0), int(1)), (int(0), int(2))]), Type::Dyn);
    stays(twice);
    let missing =
        expr(Kind::Select(value(Value::Map(Arc::default())).into(), "a".into()), Type::Int);
    stays(missing);
    stays(call(Function::ToMoney, vec![value(Value::text("20.00"))], Type::Money));
}

#[test]
fn logic_is_simplified_where_no_error_is_lost() {
    let truth = || call(Function::Equals, vec![attribute(0), int(7)], Type::Bool);
    folds(and(truth(), bool(false)), Value::Bool(false));
    folds(and(bool(false), failing()), Value::Bool(false));
    folds(or(failing(), bool(true)), Value::Bool(true));
    assert_eq!(fold(and(bool(true), truth())), truth());
    assert_eq!(fold(or(truth(), bool(false))), truth());
    let anything = expr(Kind::Attribute(super::super::Attribute(0)), Type::Dyn);
    stays(and(bool(true), anything.clone()));
    stays(or(anything, bool(false)));
    stays(and(bool(true), int(1)));
}

#[test]
fn a_known_condition_leaves_its_branch() {
    let choose = |condition, then, otherwise, ty| {
        expr(Kind::Conditional(Box::new([condition, then, otherwise])), ty)
    };
    assert_eq!(fold(choose(bool(true), attribute(0), failing(), Type::Int)), attribute(0));
    folds(choose(bool(false), attribute(0), int(2), Type::Dyn), Value::Int(2));
    stays(choose(bool(true), attribute(0), value(Value::text("a")), Type::Dyn));
    stays(choose(int(1), int(2), int(3), Type::Int));
}

#[test]
fn a_macro_that_asks_for_the_customer_is_left() {
    let same = call(Function::Equals, vec![x(), attribute(0)], Type::Bool);
    let folded = fold(run(Operation::Exists, ints(&[1, 7]), same.clone()));
    let Kind::Macro(parts) = &folded.kind else { panic!("{folded:?}") };
    assert!(matches!(parts.range.kind, Kind::Constant(_)), "its range is folded");
    folds(run(Operation::Exists, ints(&[]), same), Value::Bool(false));
    let present = expr(Kind::Present(super::super::Attribute(0)), Type::Bool);
    let folded = fold(run(Operation::Exists, ints(&[1]), present));
    assert!(matches!(folded.kind, Kind::Macro(_)), "whether the customer has it is not known yet");
}

#[test]
fn what_would_make_a_rule_large_is_left() {
    let long = || value(Value::text(&"a".repeat(40_000)));
    let pair = expr(Kind::List(vec![long(), long()]), Type::list(Type::String));
    stays(pair);
    let repeated = expr(Kind::List(vec![x(), x()]), Type::Dyn);
    let mut doubling = ints(&[1]);
    for _ in 0..12 {
        let body = expr(Kind::List(vec![repeated.clone(), repeated.clone()]), Type::Dyn);
        doubling = run(Operation::Map, doubling, body);
    }
    let folded = fold(doubling);
    assert!(matches!(folded.kind, Kind::Macro(_)), "4 to the power of 12 values");
}

fn any_rule() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(bool),
        Just(failing()),
        Just(call(Function::Equals, vec![attribute(0), int(7)], Type::Bool)),
        Just(call(Function::Equals, vec![attribute(1), int(7)], Type::Bool)),
        Just(expr(Kind::Attribute(super::super::Attribute(0)), Type::Dyn)),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| and(one, other)),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| or(one, other)),
            three.prop_map(|(condition, then, otherwise)| {
                let ty = if then.ty == otherwise.ty { then.ty.clone() } else { Type::Dyn };
                expr(Kind::Conditional(Box::new([condition, then, otherwise])), ty)
            }),
            inner.clone().prop_map(|one| call(Function::Not, vec![one], Type::Bool)),
            inner.prop_map(|body| {
                let mut whole = run(Operation::Exists, ints(&[1, 2]), body);
                whole.ty = Type::Bool;
                whole
            }),
        ]
    })
}

proptest! {
    #[test]
    fn folding_keeps_the_meaning(rule in any_rule()) {
        let before = evaluate(&rule, &Few::default());
        let after = evaluate(&fold(rule), &Few::default());
        // Which of two errors is told may change, as CEL allows.
        match (before, after) {
            (Err(_), Err(_)) => {}
            (before, after) => prop_assert_eq!(before, after),
        }
    }
}
