//! `format`.

use super::{bytes, fails, list, map, span, time, v};
use crate::cel::{EvalErrorKind, Function, Type, Value};

use EvalErrorKind::{Argument, Conversion, IndexOutOfRange, NoOverload, TooLarge};

#[track_caller]
fn check(pattern: &str, values: Value, expected: &str) {
    super::check(Function::Format, &[v(pattern), values], expected);
}

#[track_caller]
fn refused(pattern: &str, values: Value, expected: EvalErrorKind) {
    fails(Function::Format, &[v(pattern), values], expected);
}

#[test]
fn clauses_take_the_values_in_turn() {
    check("no substitution", list![], "no substitution");
    check("%%%s%%", list!["text"], "%text%");
    check("%d %d, %s %s", list![1, 2, "A", "B"], "1 2, A B");
    check("\u{a9}%s\u{a9}", list!["\u{3b1}"], "\u{a9}\u{3b1}\u{a9}");
    check("%s", list!["more", "values than clauses"], "more");
    refused("%d %d %d", list![0, 1], IndexOutOfRange);
}

#[test]
fn whole_numbers_in_each_base() {
    check("%d %d %d", list![-1, u64::MAX, 2.0], "-1 18446744073709551615 2");
    check("%d %d", list![f64::NAN, f64::NEG_INFINITY], "NaN -Infinity");
    check("%b %b %b %b", list![5, 64u64, true, -5], "101 1000000 1 -101");
    check("%o %o", list![11, 65_535u64], "13 177777");
    check("%x %X %x", list![30, 30, -30], "1e 1E -1e");
    check("%x", list!["Hello world!"], "48656c6c6f20776f726c6421");
    check("%X", list![bytes(b"byte string")], "6279746520737472696E67");
    check("%x", list![i64::MIN], "-8000000000000000");
}

#[test]
fn fractions_are_rounded_half_to_even() {
    let cases = [
        ("%.3f", 1.2345, "1.234"),
        ("%f", 2.61828, "2.618280"),
        ("%.0f", 1.5, "2"),
        ("%.0f", 2.5, "2"),
        ("%.0f", 3.5001, "4"),
        ("%.3f", -123.4999, "-123.500"),
        ("%.5f", -1.2, "-1.20000"),
        ("%.6e", 1_052.032_911_275, "1.052033e+03"),
        ("%e", 2.61828, "2.618280e+00"),
        ("%.2e", 0.000_012_345, "1.23e-05"),
        ("%.1e", 1e-300, "1.0e-300"),
        ("%f", f64::INFINITY, "Infinity"),
        ("%e", f64::NAN, "NaN"),
    ];
    for (pattern, number, expected) in cases {
        check(pattern, list![number], expected);
    }
    check("%f %e", list![2, 3u64], "2.000000 3.000000e+00");
}

#[test]
fn anything_is_text() {
    let kinds = list!["abc", 3.25, Value::Null, list![9, 8], time("2023-02-03T23:31:20Z")];
    check("%s", list![kinds], "[abc, 3.25, null, [9, 8], 2023-02-03T23:31:20Z]");
    check("%s", list![span("1h45m47s")], "6347s");
    check("%s", list![Value::Type(Type::String)], "string");
    check("%s", list![list![f64::NAN, f64::INFINITY]], "[NaN, Infinity]");
    let entries = map([(v("strKey"), v("x")), (v(6), span("422s")), (v(true), bytes(b"y"))]);
    check("%s", list![entries], "{6: 422s, strKey: x, true: y}");
}

#[test]
fn a_clause_refuses_other_values() {
    refused("%a", list![1], Argument);
    refused("%E", list![0.5], Argument);
    refused("%", list![1], Argument);
    refused("%.f", list![1.0], Argument);
    refused("%.101f", list![1.0], Argument);
    refused("%.3s", list!["text"], Argument);
    for clause in ["%d", "%e", "%f", "%x", "%X", "%b", "%o"] {
        refused(clause, list![Value::Null], NoOverload);
    }
    refused("%b", list!["abc"], NoOverload);
    refused("%d", list![span("1s")], NoOverload);
    refused("%o", list!["a"], NoOverload);
    refused("%x", list![0.5], NoOverload);
    refused("%s", list![Value::Money(1)], NoOverload);
    refused("%s", list![bytes(b"\xff")], Conversion);
}

#[test]
fn what_is_made_is_bounded() {
    let long = v(&*"a".repeat(40_000));
    refused("%s%s", list![long.clone(), long.clone()], TooLarge);
    refused("%x", list![long], TooLarge);
    let doubled = (0..40).fold(v(1), |list, _| Value::list(vec![list.clone(), list]));
    refused("%s", list![doubled], TooLarge);
}
