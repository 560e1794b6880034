//! Conversions, and `type(..)`.

use proptest::prelude::*;

use super::{apply, bytes, check, fails, list, map, span, time, v};
use crate::cel::{EvalErrorKind, Function, Type, Value};

use EvalErrorKind::{Conversion, NoOverload, Overflow};
use Function::{
    ToBool, ToBytes, ToDouble, ToDuration, ToDyn, ToInt, ToString, ToTimestamp, ToUint, TypeOf,
};

#[test]
fn integers_are_made_of_what_fits_them() {
    check(ToInt, &[v(42u64)], 42);
    fails(ToInt, &[v(u64::MAX)], Overflow);
    for (double, expected) in [(-123.456, -123), (1.9, 1), (-7.9, -7), (11.5, 11), (-3.5, -3)] {
        check(ToInt, &[v(double)], expected);
    }
    check(ToInt, &[v(36_028_797_018_963_968.0)], 36_028_797_018_963_968_i64);
    let beyond = [9_223_372_036_854_775_807.0, -9_223_372_036_854_775_808.0, 1e99, f64::NAN];
    for double in beyond {
        fails(ToInt, &[v(double)], Overflow);
    }
    check(ToInt, &[v("987")], 987);
    check(ToInt, &[v("-9223372036854775808")], i64::MIN);
    fails(ToInt, &[v("9223372036854775808")], Overflow);
    for text in ["", "1.0", " 1", "1 ", "0x1", "one", "1_000"] {
        fails(ToInt, &[v(text)], Conversion);
    }
    check(ToInt, &[time("2004-09-16T23:59:59Z")], 1_095_379_199);
    check(ToInt, &[time("1969-12-31T23:59:59.5Z")], -1);
    fails(ToInt, &[v(true)], NoOverload);
}

#[test]
fn unsigned_integers_are_made_of_what_fits_them() {
    check(ToUint, &[v(1_729)], 1_729u64);
    fails(ToUint, &[v(-1)], Overflow);
    check(ToUint, &[v(25.5)], 25u64);
    for double in [-0.5, 6.022e23, 18_446_744_073_709_551_616.0, f64::NAN, f64::INFINITY] {
        fails(ToUint, &[v(double)], Overflow);
    }
    check(ToUint, &[v("300")], 300u64);
    fails(ToUint, &[v("18446744073709551616")], Overflow);
    for text in ["-1", "+1", "", "3.0"] {
        fails(ToUint, &[v(text)], Conversion);
    }
}

#[test]
fn doubles_are_the_nearest() {
    check(ToDouble, &[v(i64::MAX)], 9_223_372_036_854_775_807.0);
    check(ToDouble, &[v(u64::MAX)], 18_446_744_073_709_551_615.0);
    let cases = [
        ("0", 0.0),
        ("-0.0", -0.0),
        ("123", 123.0),
        ("-84.32e7", -8.432e8),
        ("1.38e-23", 1.38e-23),
    ];
    for (text, expected) in cases {
        check(ToDouble, &[v(text)], expected);
    }
    check(ToDouble, &[v("Infinity")], f64::INFINITY);
    check(ToDouble, &[v("-inf")], f64::NEG_INFINITY);
    assert!(matches!(apply(ToDouble, &[v("NaN")]), Ok(Value::Double(number)) if number.is_nan()));
    fails(ToDouble, &[v("1e999")], Overflow);
    fails(ToDouble, &[v("")], Conversion);
    fails(ToDouble, &[v("1,5")], Conversion);
}

#[test]
fn booleans_are_read_in_three_cases_of_letters() {
    for text in ["1", "t", "T", "true", "TRUE", "True"] {
        check(ToBool, &[v(text)], true);
    }
    for text in ["0", "f", "F", "false", "FALSE", "False"] {
        check(ToBool, &[v(text)], false);
    }
    for text in ["TrUe", "FaLsE", "", "yes", " true"] {
        fails(ToBool, &[v(text)], Conversion);
    }
    fails(ToBool, &[v(1)], NoOverload);
}

#[test]
fn numbers_are_written_with_as_few_digits_as_read_back() {
    let cases = [
        (123.456, "123.456"),
        (-4.5e-3, "-0.0045"),
        (1.0, "1"),
        (-0.0, "-0"),
        (100_000.0, "100000"),
        (123_456.5, "123456.5"),
        (999_999.5, "999999.5"),
        (1_000_000.0, "1e+06"),
        (1.5e300, "1.5e+300"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ];
    for (number, expected) in cases {
        check(ToString, &[v(number)], expected);
    }
    check(ToString, &[v(-456)], "-456");
    check(ToString, &[v(u64::MAX)], "18446744073709551615");
    check(ToString, &[v(true)], "true");
}

#[test]
fn bytes_are_utf_8() {
    check(ToBytes, &[v("\u{ff}")], bytes(b"\xc3\xbf"));
    check(ToString, &[bytes(b"\xc3\xbf")], "\u{ff}");
    fails(ToString, &[bytes(b"\0\xff")], Conversion);
    fails(ToString, &[Value::Null], NoOverload);
    fails(ToString, &[list![1]], NoOverload);
    fails(ToString, &[Value::Money(1)], NoOverload);
}

#[test]
fn times_are_written_as_rfc_3339_and_in_seconds() {
    check(ToString, &[time("2009-02-13T23:31:30+02:00")], "2009-02-13T21:31:30Z");
    check(ToString, &[time("9999-12-31T23:59:59.999999999Z")], "9999-12-31T23:59:59.999999999Z");
    check(ToString, &[time("0001-01-01T00:00:00.500Z")], "0001-01-01T00:00:00.5Z");
    check(ToTimestamp, &[v(1_000_000_000)], time("2001-09-09T01:46:40Z"));
    fails(ToTimestamp, &[v(-62_135_596_801_i64)], Overflow);
    fails(ToTimestamp, &[v(253_402_300_800_i64)], Overflow);
    for (text, expected) in [
        ("1h30m", "5400s"),
        ("1.5s", "1.5s"),
        ("-10ms", "-0.01s"),
        ("0", "0s"),
        ("90us", "0.00009s"),
    ] {
        check(ToString, &[span(text)], expected);
    }
    fails(ToDuration, &[v("320000000000s")], Overflow);
    fails(ToDuration, &[v(1)], NoOverload);
}

#[test]
fn a_value_converts_to_its_own_type() {
    let cases = [
        (ToBool, v(true)),
        (ToInt, v(1)),
        (ToUint, v(1u64)),
        (ToDouble, v(5.5)),
        (ToString, v("hello")),
        (ToBytes, bytes(b"abc")),
        (ToTimestamp, time("2001-09-09T01:46:40Z")),
        (ToDuration, span("100s")),
        (ToDyn, list![1]),
    ];
    for (function, value) in cases {
        check(function, std::slice::from_ref(&value), value.clone());
    }
}

#[test]
fn each_value_has_a_type() {
    let cases = [
        (Value::Null, Type::Null),
        (v(true), Type::Bool),
        (v(1), Type::Int),
        (v(1u64), Type::Uint),
        (v(1.0), Type::Double),
        (v(""), Type::String),
        (bytes(b""), Type::Bytes),
        (time("2001-09-09T01:46:40Z"), Type::Timestamp),
        (span("1s"), Type::Duration),
        (Value::Money(1), Type::Money),
        (list![1], Type::list(Type::Dyn)),
        (map([]), Type::map(Type::Dyn, Type::Dyn)),
        (Value::Type(Type::Int), Type::Type),
    ];
    for (value, expected) in cases {
        check(TypeOf, &[value], Value::Type(expected));
    }
}

proptest! {
    #[test]
    fn integers_come_back_from_texts_and_exact_doubles(number: i64, unsigned: u64) {
        let there = ToString.apply(&[v(number)]).unwrap();
        prop_assert_eq!(ToInt.apply(&[there]).unwrap(), v(number));
        let there = ToString.apply(&[v(unsigned)]).unwrap();
        prop_assert_eq!(ToUint.apply(&[there]).unwrap(), v(unsigned));
        let small = v(number >> 11);
        let there = ToDouble.apply(std::slice::from_ref(&small)).unwrap();
        prop_assert_eq!(ToInt.apply(&[there]).unwrap(), small);
    }

    #[test]
    fn doubles_come_back_from_texts(number: f64) {
        prop_assume!(!number.is_nan());
        let there = ToString.apply(&[v(number)]).unwrap();
        prop_assert_eq!(ToDouble.apply(&[there]).unwrap(), v(number));
    }

    #[test]
    fn times_come_back_from_texts(millisecond in -62_135_596_800_000_i64..253_402_300_800_000, nano in 0_i32..1_000_000) {
        let start = crate::cel::Timestamp::from_millisecond(millisecond).unwrap();
        let time = Value::Timestamp(start.plus(jiff::SignedDuration::new(0, nano)).unwrap());
        let there = ToString.apply(std::slice::from_ref(&time)).unwrap();
        prop_assert_eq!(ToTimestamp.apply(&[there]).unwrap(), time);
    }

    #[test]
    fn durations_come_back_from_texts(nanos: i64) {
        let span = Value::Duration(jiff::SignedDuration::from_nanos(nanos));
        let there = ToString.apply(std::slice::from_ref(&span)).unwrap();
        prop_assert_eq!(ToDuration.apply(&[there]).unwrap(), span);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,24}") {
        for function in [ToInt, ToUint, ToDouble, ToBool, ToTimestamp, ToDuration] {
            let found = apply(function, &[v(&*text)]);
            prop_assert!(!matches!(found, Err(NoOverload)), "{function:?} of {text:?}");
        }
    }
}
