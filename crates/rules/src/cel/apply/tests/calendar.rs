//! The parts of points in time and of spans.

use super::{check, fails, span, time, v};
use crate::cel::{EvalErrorKind, Function};

use Function::{
    GetDate, GetDayOfMonth, GetDayOfWeek, GetDayOfYear, GetFullYear, GetHours, GetMilliseconds,
    GetMinutes, GetMonth, GetSeconds,
};

const NOON: &str = "2009-02-13T23:31:30.123456789Z";

#[test]
fn the_parts_in_utc() {
    let cases = [
        (GetFullYear, 2009),
        (GetMonth, 1),
        (GetDate, 13),
        (GetDayOfMonth, 12),
        (GetDayOfWeek, 5),
        (GetDayOfYear, 43),
        (GetHours, 23),
        (GetMinutes, 31),
        (GetSeconds, 30),
        (GetMilliseconds, 123),
    ];
    for (function, expected) in cases {
        check(function, &[time(NOON)], expected);
        check(function, &[time(NOON), v("UTC")], expected);
        check(function, &[time(NOON), v("+00:00")], expected);
    }
}

#[test]
fn the_parts_in_a_zone() {
    let early = "2009-02-13T02:00:00Z";
    let cases = [
        (GetDate, NOON, "Australia/Sydney", 14),
        (GetDayOfMonth, NOON, "US/Central", 12),
        (GetDayOfMonth, NOON, "+11:00", 13),
        (GetDayOfMonth, early, "-02:30", 11),
        (GetDayOfMonth, early, "America/St_Johns", 11),
        (GetDayOfYear, NOON, "US/Central", 43),
        (GetFullYear, NOON, "-09:30", 2009),
        (GetHours, NOON, "02:00", 1),
        (GetMinutes, NOON, "Asia/Kathmandu", 16),
        (GetSeconds, NOON, "-00:00", 30),
        (GetDayOfWeek, NOON, "Europe/Berlin", 6),
        (GetHours, "2026-03-29T00:59:59Z", "Europe/Berlin", 1),
        (GetHours, "2026-03-29T01:00:00Z", "Europe/Berlin", 3),
        (GetFullYear, "0001-01-01T00:00:00Z", "-01:00", 0),
        (GetHours, "9999-12-31T12:00:00Z", "Europe/Berlin", 13),
    ];
    for (function, text, zone, expected) in cases {
        check(function, &[time(text), v(zone)], expected);
    }
}

#[test]
fn an_unknown_zone_is_an_error() {
    for zone in ["", "Mars/Olympus", "+2:00", "+24:00", "02:00:00", "+02:60", "++02:00"] {
        fails(GetHours, &[time(NOON), v(zone)], EvalErrorKind::Argument);
    }
    fails(GetHours, &[time("9999-12-31T23:00:00Z"), v("+02:00")], EvalErrorKind::Overflow);
    fails(GetHours, &[v(NOON)], EvalErrorKind::NoOverload);
    fails(GetHours, &[time(NOON), v(2)], EvalErrorKind::NoOverload);
}

#[test]
fn a_span_is_told_whole_in_each_unit() {
    check(GetHours, &[span("10000s")], 2);
    check(GetMinutes, &[span("3730s")], 62);
    check(GetSeconds, &[span("3730.9s")], 3_730);
    check(GetMilliseconds, &[span("123.321456789s")], 321);
    check(GetHours, &[span("-90m")], -1);
    check(GetMilliseconds, &[span("-1.5s")], -500);
    fails(GetDate, &[span("10s")], EvalErrorKind::NoOverload);
    fails(GetHours, &[span("10s"), v("UTC")], EvalErrorKind::NoOverload);
}
