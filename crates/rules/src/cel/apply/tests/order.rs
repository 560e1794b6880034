//! Equality and order.

use super::{bytes, check, fails, list, map, span, time, v};
use crate::cel::{EvalErrorKind, Function, Type, Value};

use EvalErrorKind::NoOverload;
use Function::{Equals, Greater, GreaterEquals, Less, LessEquals, NotEquals};

#[track_caller]
fn equal(one: Value, other: Value, expected: bool) {
    check(Equals, &[one.clone(), other.clone()], expected);
    check(Equals, &[other.clone(), one.clone()], expected);
    check(NotEquals, &[one, other], !expected);
}

#[test]
fn numbers_are_equal_across_their_types() {
    equal(v(1), v(1u64), true);
    equal(v(1), v(1.0), true);
    equal(v(1u64), v(1.0), true);
    equal(v(-1), v(u64::MAX), false);
    equal(v(2), v(1.0), false);
    equal(v(1.0), v(1.5), false);
    equal(v(0.0), v(-0.0), true);
    equal(v(f64::NAN), v(f64::NAN), false);
    equal(v(1), v(f64::NAN), false);
}

#[test]
fn values_of_different_types_are_unequal() {
    let values = [
        Value::Null,
        v(false),
        v(0),
        v(""),
        bytes(b""),
        list![],
        map([]),
        span("0s"),
        time("1970-01-01T00:00:00Z"),
        Value::Money(0),
        Value::Type(Type::Int),
    ];
    for (one, left) in values.iter().enumerate() {
        for (other, right) in values.iter().enumerate() {
            equal(left.clone(), right.clone(), one == other);
        }
    }
}

#[test]
fn texts_are_not_normalised() {
    equal(v("Am\u{e9}lie"), v("Ame\u{301}lie"), false);
    equal(v("abc"), v("ABC"), false);
    equal(bytes("\u{ff}".as_bytes()), bytes(b"\xc3\xbf"), true);
}

#[test]
fn lists_and_maps_are_equal_by_what_is_in_them() {
    equal(list![1.0, 2.0, 3], list![1u64, 2, 3u64], true);
    equal(list![1, 2, 3], list![1, 3, 2], false);
    equal(list!["one"], list![2, 3], false);
    equal(list![f64::NAN], list![f64::NAN], false);
    equal(list![Value::Null], list![Value::Null], true);
    let one = map([(v(1), v(1.0)), (v(2u64), v(3u64))]);
    equal(one.clone(), map([(v(2), v(3.0)), (v(1u64), v(1))]), true);
    equal(one.clone(), map([(v(1), v(1))]), false);
    equal(map([(v("k"), v("v"))]), map([(v("K"), v("v"))]), false);
    equal(map([(v("k"), Value::Null)]), map([(v("j"), Value::Null)]), false);
    let kinds = [Value::Type(Type::list(Type::Int)), Value::Type(Type::list(Type::Dyn))];
    equal(kinds[0].clone(), kinds[1].clone(), true);
}

#[track_caller]
fn less(one: Value, other: Value) {
    for (function, forth, back) in
        [(Less, true, false), (LessEquals, true, false), (Greater, false, true)]
    {
        check(function, &[one.clone(), other.clone()], forth);
        check(function, &[other.clone(), one.clone()], back);
    }
    check(GreaterEquals, &[one.clone(), other.clone()], false);
    check(GreaterEquals, &[other, one], true);
}

#[test]
fn what_has_an_order_is_ordered() {
    less(v(false), v(true));
    less(v(-1), v(0));
    less(v(1.0), v(1.000_000_1));
    less(v(-1), v(0u64));
    less(v(1), v(9_223_372_036_854_775_808u64));
    less(v(1u64), v(1.5));
    less(v(i64::MAX), v(9_223_372_036_854_777_857.0));
    less(v(u64::MAX), v(18_446_744_073_709_590_000.0));
    less(v(-9_223_372_036_854_777_857.0), v(i64::MIN));
    less(v(""), v("a"));
    less(v("Abc"), v("aBC"));
    less(v("a"), v("\u{e1}"));
    less(v("f"), v("\u{1ebf}"));
    less(bytes(b"b"), bytes("\u{e1}".as_bytes()));
    less(time("2009-02-13T22:59:59Z"), time("2009-02-13T23:00:00Z"));
    less(span("-200s"), span("0.1s"));
    less(Value::Money(1_999), Value::Money(2_000));
}

#[test]
fn an_integer_and_a_double_are_compared_as_doubles() {
    let (int, double) = (v(i64::MAX), v(9_223_372_036_854_775_808.0));
    check(Less, &[int.clone(), double.clone()], false);
    check(GreaterEquals, &[int.clone(), double.clone()], true);
    check(Equals, &[int, double], true);
}

#[test]
fn nan_is_neither_less_nor_greater() {
    for function in [Less, LessEquals, Greater, GreaterEquals] {
        check(function, &[v(f64::NAN), v(f64::NAN)], false);
        check(function, &[v(1), v(f64::NAN)], false);
        check(function, &[v(f64::NAN), v(1u64)], false);
    }
}

#[test]
fn what_has_no_order_has_no_overload() {
    fails(Less, &[list![0], list![1]], NoOverload);
    fails(Less, &[map([]), map([])], NoOverload);
    fails(Less, &[Value::Null, Value::Null], NoOverload);
    fails(Less, &[v("foo"), v(1_024)], NoOverload);
    fails(Less, &[v(true), v(1)], NoOverload);
    fails(Less, &[Value::Money(1), v(2)], NoOverload);
}

#[test]
fn lists_that_contain_one_another_too_often_are_not_compared() {
    let doubled = (0..40).fold(v(1), |list, _| Value::list(vec![list.clone(), list]));
    fails(Equals, &[doubled.clone(), doubled.clone()], EvalErrorKind::TooLarge);
    fails(Function::In, &[doubled.clone(), Value::list(vec![doubled])], EvalErrorKind::TooLarge);
}
