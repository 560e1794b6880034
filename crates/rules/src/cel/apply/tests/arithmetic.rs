//! `+ - * / %`, negation and `!`.

use proptest::prelude::*;

use super::{bytes, check, fails, list, span, time, v};
use crate::cel::{EvalErrorKind, Function, Value};

use EvalErrorKind::{DivideByZero, NoOverload, Overflow, TooLarge};
use Function::{Add, Divide, Modulo, Multiply, Negate, Not, Subtract};

#[test]
fn integers_are_exact_or_an_error() {
    check(Add, &[v(42), v(-7)], 35);
    check(Subtract, &[v(42), v(-22)], 64);
    check(Multiply, &[v(-30), v(-2)], 60);
    check(Negate, &[v(42)], -42);
    fails(Add, &[v(i64::MAX), v(1)], Overflow);
    fails(Subtract, &[v(i64::MIN), v(1)], Overflow);
    fails(Multiply, &[v(5_000_000_000_i64), v(5_000_000_000_i64)], Overflow);
    fails(Multiply, &[v(i64::MIN), v(-1)], Overflow);
    fails(Negate, &[v(i64::MIN)], Overflow);
    check(Add, &[v(42u64), v(2u64)], 44u64);
    fails(Subtract, &[v(0u64), v(1u64)], Overflow);
    fails(Add, &[v(u64::MAX), v(1u64)], Overflow);
    fails(Multiply, &[v(5_000_000_000u64), v(5_000_000_000u64)], Overflow);
}

#[test]
fn division_is_towards_zero_and_the_remainder_has_the_dividends_sign() {
    check(Divide, &[v(-7), v(2)], -3);
    check(Modulo, &[v(-3), v(5)], -3);
    check(Modulo, &[v(43), v(-5)], 3);
    check(Modulo, &[v(-42), v(-5)], -2);
    check(Divide, &[v(60u64), v(2u64)], 30u64);
    fails(Divide, &[v(15), v(0)], DivideByZero);
    fails(Modulo, &[v(34), v(0)], DivideByZero);
    fails(Divide, &[v(15u64), v(0u64)], DivideByZero);
    fails(Modulo, &[v(34u64), v(0u64)], DivideByZero);
    fails(Divide, &[v(i64::MIN), v(-1)], Overflow);
    fails(Modulo, &[v(i64::MIN), v(-1)], Overflow);
}

#[test]
fn doubles_follow_ieee_754() {
    check(Divide, &[v(15.75), v(0.0)], f64::INFINITY);
    check(Multiply, &[v(2.0), v(-8.988_466e307)], f64::NEG_INFINITY);
    check(Negate, &[v(0.0)], -0.0);
    fails(Modulo, &[v(47.5), v(5.5)], NoOverload);
}

#[test]
fn there_is_no_arithmetic_between_types_of_numbers() {
    fails(Add, &[v(1), v(1u64)], NoOverload);
    fails(Multiply, &[v(1), v(1.0)], NoOverload);
    fails(Negate, &[v(1u64)], NoOverload);
    fails(Negate, &[v(false)], NoOverload);
    fails(Not, &[v(0)], NoOverload);
    fails(Add, &[v(1)], NoOverload);
    check(Not, &[v(true)], false);
}

#[test]
fn texts_bytes_and_lists_are_put_one_after_the_other() {
    check(Add, &[v("\u{a2}"), v("\u{ff}")], "\u{a2}\u{ff}");
    check(Add, &[v(""), v("abc")], "abc");
    check(Add, &[bytes(b"abc"), bytes(b"\xff")], bytes(b"abc\xff"));
    check(Add, &[list![1], list!["a"]], list![1, "a"]);
    check(Add, &[list![], list![]], list![]);
}

#[test]
fn what_would_grow_beyond_the_bounds_is_an_error() {
    let text = v(&*"a".repeat(40_000));
    fails(Add, &[text.clone(), text], TooLarge);
    let half = bytes(&[0; 40_000]);
    fails(Add, &[half.clone(), half], TooLarge);
    let list = Value::list(vec![Value::Null; 4_000]);
    fails(Add, &[list.clone(), list], TooLarge);
}

#[test]
fn times_and_spans_are_exact_to_the_nanosecond() {
    check(
        Add,
        &[time("0001-01-01T00:00:01.000000001Z"), span("-999999999ns")],
        time("0001-01-01T00:00:00.000000002Z"),
    );
    check(Add, &[span("120s"), time("2009-02-13T23:01:00Z")], time("2009-02-13T23:03:00Z"));
    check(Subtract, &[time("2009-02-13T23:31:00Z"), time("2009-02-13T23:29:00Z")], span("2m"));
    check(Subtract, &[span("900s"), span("42s")], span("858s"));
    fails(Add, &[time("9999-12-31T23:59:59.999999999Z"), span("1ns")], Overflow);
    fails(Subtract, &[time("0001-01-01T00:00:00Z"), span("1ns")], Overflow);
    fails(Subtract, &[time("9999-12-31T23:59:59Z"), time("0001-01-01T00:00:00Z")], Overflow);
    fails(Add, &[span("2000000h"), span("2000000h")], Overflow);
    fails(Subtract, &[span("1s"), time("2009-02-13T23:31:00Z")], NoOverload);
}

#[test]
fn amounts_are_added_and_multiplied_by_integers() {
    check(Add, &[Value::Money(1_999), Value::Money(1)], Value::Money(2_000));
    check(Subtract, &[Value::Money(5), Value::Money(7)], Value::Money(-2));
    check(Multiply, &[Value::Money(250), v(3)], Value::Money(750));
    check(Multiply, &[v(3), Value::Money(250)], Value::Money(750));
    check(Negate, &[Value::Money(5)], Value::Money(-5));
    fails(Add, &[Value::Money(i64::MAX), Value::Money(1)], Overflow);
    fails(Add, &[Value::Money(1), v(1)], NoOverload);
    fails(Multiply, &[Value::Money(1), Value::Money(1)], NoOverload);
    fails(Multiply, &[Value::Money(1), v(1.5)], NoOverload);
}

proptest! {
    #[test]
    fn integer_arithmetic_is_that_of_the_integers(one: i64, other: i64) {
        let (wide, narrow) = (i128::from(one), i128::from(other));
        let cases = [(Add, wide + narrow), (Subtract, wide - narrow), (Multiply, wide * narrow)];
        for (function, exact) in cases {
            let found = super::apply(function, &[v(one), v(other)]);
            let expected = i64::try_from(exact).map(Value::Int).map_err(|_| Overflow);
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn quotient_and_remainder_give_the_dividend_back(one: i64, other in prop::num::i64::ANY) {
        prop_assume!(other != 0 && !(one == i64::MIN && other == -1));
        let quotient = Divide.apply(&[v(one), v(other)]).unwrap();
        let product = Multiply.apply(&[quotient, v(other)]).unwrap();
        let remainder = Modulo.apply(&[v(one), v(other)]).unwrap();
        prop_assert_eq!(Add.apply(&[product, remainder]).unwrap(), v(one));
    }
}
