//! Times, durations, maps and JSON.

use super::super::{EvalErrorKind, Function, Type};
use super::{Map, Timestamp, Value, parse_duration};

#[test]
fn rfc_3339_is_read_to_the_nanosecond() {
    let cases = [
        ("1970-01-01T00:00:00Z", 0, 0),
        ("2009-02-13T23:31:30Z", 1_234_567_890, 0),
        ("2009-02-14T01:31:30+02:00", 1_234_567_890, 0),
        ("2009-02-13T21:01:30.25-02:30", 1_234_567_890, 250_000_000),
        ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999),
        ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
        ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
        ("2024-02-29T00:00:00.1234567899Z", 1_709_164_800, 123_456_789),
    ];
    for (text, second, nanosecond) in cases {
        let time = Timestamp::parse(text).unwrap();
        assert_eq!((time.as_second(), time.subsec_nanosecond()), (second, nanosecond), "{text}");
        let nanos = i128::from(second) * 1_000_000_000 + i128::from(nanosecond);
        assert_eq!(Timestamp::from_nanosecond(nanos), Ok(time));
    }
    assert_eq!(Timestamp::parse("1969-12-31T23:59:59.9995Z").unwrap().as_millisecond(), -1);
    assert_eq!(Timestamp::from_millisecond(-1).unwrap().subsec_nanosecond(), 999_000_000);
}

#[test]
fn what_is_no_time_is_refused() {
    let wrong = [
        "",
        "yesterday",
        "2009-02-13",
        "2009-02-13T23:31:30",
        "2009-02-13t23:31:30Z",
        "2009-02-13T23:31:30z",
        "2009-02-13 23:31:30Z",
        "2009-02-30T00:00:00Z",
        "2009-02-13T24:00:00Z",
        "2009-02-13T23:31Z",
        "2009-02-13T23:31:30.Z",
        "2009-02-13T23:31:30+2:00",
        "2009-02-13T23:31:30ZZ",
        "10000-01-01T00:00:00Z",
        "\u{662}009-02-13T23:31:30Z",
    ];
    for text in wrong {
        let error = Timestamp::parse(text).unwrap_err();
        assert_eq!(error.kind, EvalErrorKind::Conversion, "{text}");
    }
    for text in ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01"] {
        assert_eq!(Timestamp::parse(text).unwrap_err().kind, EvalErrorKind::Overflow, "{text}");
    }
}

#[test]
fn durations_are_numbers_with_units() {
    let cases = [
        ("0", 0),
        ("1h30m", 5_400_000_000_000),
        ("1.5s", 1_500_000_000),
        ("-10ms", -10_000_000),
        ("+1us", 1_000),
        ("2\u{b5}s", 2_000),
        ("2\u{3bc}s", 2_000),
        (".5h", 1_800_000_000_000),
        ("1.h", 3_600_000_000_000),
        ("1m1m", 120_000_000_000),
        ("0.1234567899s", 123_456_789),
        ("-9223372036854775808ns", i64::MIN),
    ];
    for (text, nanos) in cases {
        assert_eq!(parse_duration(text).unwrap().as_nanos(), i128::from(nanos), "{text}");
    }
    for text in ["", "-", "1", "s", "1d", "1 s", "1h 30m", ".s", "1.5.5s", "--1s", "1S", "NaNs"] {
        assert_eq!(parse_duration(text).unwrap_err().kind, EvalErrorKind::Conversion, "{text}");
    }
    let long = "9".repeat(60) + "s";
    for text in ["9223372036854775808ns", "320000000000s", "-320000000000s", &*long] {
        let kind = parse_duration(text).unwrap_err().kind;
        assert!(matches!(kind, EvalErrorKind::Overflow), "{text}");
    }
}

#[test]
fn keys_are_booleans_integers_and_texts() {
    for key in [Value::Double(1.0), Value::Null, Value::list(vec![])] {
        let error = Map::new(vec![(key, Value::Null)]).unwrap_err();
        assert!(error.to_string().starts_with("unsupported key type"), "{error}");
    }
    let entries = vec![(Value::Int(0), Value::Null), (Value::Uint(0), Value::Null)];
    assert!(Map::new(entries).unwrap_err().to_string().contains("repeated key"));
}

#[test]
fn large_integers_are_found_exactly() {
    let key = (1_i64 << 53) + 1;
    let map = Map::new(vec![(Value::Int(key), Value::Bool(true))]).unwrap();
    assert_eq!(map.get(&Value::Int(key)), Some(&Value::Bool(true)));
    assert_eq!(map.get(&Value::Double(key as f64)), None, "the double is one less");
    let end = Map::new(vec![(Value::Uint(1 << 63), Value::Null)]).unwrap();
    assert_eq!(end.get(&Value::Double(9_223_372_036_854_775_808.0)), Some(&Value::Null));
}

#[test]
fn fields_are_those_of_maps() {
    let map = Map::new(vec![(Value::text("a"), Value::Int(1))]).unwrap();
    let map = Value::Map(map.into());
    assert_eq!(map.select("a"), Ok(Value::Int(1)));
    assert_eq!(map.select("b").unwrap_err().to_string(), "no such key: b");
    assert_eq!((map.has("a"), map.has("b")), (Ok(true), Ok(false)));
    let error = Value::Int(1).select("a").unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::NoOverload);
    assert_eq!(Value::list(vec![]).has("a").unwrap_err().kind, EvalErrorKind::NoOverload);
}

#[test]
fn each_value_can_be_shown_as_json() {
    let duration = Function::ToDuration.apply(&[Value::text("90m")]).unwrap();
    let cases = [
        (Value::Null, "null"),
        (Value::Bool(true), "true"),
        (Value::Int(i64::MIN), "-9223372036854775808"),
        (Value::Uint(u64::MAX), "18446744073709551615"),
        (Value::Double(1.0), "1.0"),
        (Value::Double(1.5e300), "1.5e300"),
        (Value::Double(f64::NAN), r#""NaN""#),
        (Value::text("a\"\\\n\u{1}\u{e9}"), "\"a\\\"\\\\\\n\\u0001\u{e9}\""),
        (Value::Bytes(b"\xff\x00"[..].into()), r#""/wA=""#),
        (Value::Timestamp(Timestamp::UNIX_EPOCH), r#""1970-01-01T00:00:00Z""#),
        (duration, r#""5400s""#),
        (Value::Money(1_999), "1999"),
        (Value::list(vec![Value::Int(1), Value::list(vec![])]), "[1,[]]"),
        (Value::Type(Type::list(Type::Int)), r#""list""#),
    ];
    for (value, expected) in cases {
        assert_eq!(value.to_json().unwrap(), expected);
    }
    let entries = [Value::text("a"), Value::Int(-1), Value::Uint(2), Value::Bool(true)];
    let map = Map::new(entries.into_iter().map(|key| (key, Value::Null)).collect()).unwrap();
    let shown = Value::Map(map.into()).to_json().unwrap();
    assert_eq!(shown, r#"{"a":null,"-1":null,"2":null,"true":null}"#);
    let doubled = (0..40).fold(Value::Null, |list, _| Value::list(vec![list.clone(), list]));
    assert_eq!(doubled.to_json().unwrap_err().kind, EvalErrorKind::TooLarge);
}
