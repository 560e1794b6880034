//! `in`, `[..]` and `size`.

use super::{bytes, check, fails, list, map, v};
use crate::cel::{EvalErrorKind, Function, Value};

use EvalErrorKind::{Argument, IndexOutOfRange, NoOverload, NoSuchKey};
use Function::{In, Index, Size};

#[test]
fn membership_in_lists_is_equality() {
    let cases = [
        (v(7), list![], false),
        (v(3), list![5, 4, 3], true),
        (v(3.0), list![5, 4, 3], true),
        (v(3u64), list![5.0, 3.0], true),
        (v(3), list![5u64, 3u64], true),
        (v("elem"), list![1, "elem", 2], true),
        (v("elem"), list![1u64, "str", bytes(b"elem")], false),
        (v(f64::NAN), list![f64::NAN], false),
        (list![1], list![list![1.0]], true),
    ];
    for (element, list, expected) in cases {
        check(In, &[element, list], expected);
    }
    fails(In, &[v(1), v(1)], NoOverload);
}

#[test]
fn membership_in_maps_is_that_of_keys() {
    let numbers = || map([(v(1), v(1)), (v(2), v(2)), (v(3u64), v(3))]);
    for (key, expected) in
        [(v(3.0), true), (v(3.1), false), (v(2u64), true), (v("2"), false), (bytes(b""), false)]
    {
        check(In, &[key, numbers()], expected);
    }
    check(In, &[v(true), map([(v(true), v(1))])], true);
}

#[test]
fn a_place_in_a_list_is_any_whole_number() {
    let list = list![7, 8, 9];
    check(Index, &[list.clone(), v(0)], 7);
    check(Index, &[list.clone(), v(0.0)], 7);
    check(Index, &[list.clone(), v(2u64)], 9);
    fails(Index, &[list.clone(), v(0.1)], Argument);
    fails(Index, &[list.clone(), v(f64::NAN)], Argument);
    fails(Index, &[list.clone(), v(1e300)], Argument);
    fails(Index, &[list.clone(), v(3)], IndexOutOfRange);
    fails(Index, &[list.clone(), v(-1)], IndexOutOfRange);
    fails(Index, &[list.clone(), v(u64::MAX)], IndexOutOfRange);
    fails(Index, &[list, v("")], NoOverload);
}

#[test]
fn keys_are_found_by_what_they_mean() {
    let values = map([(v(1u64), v(1.0)), (v(2), v(2.0)), (v("n"), Value::Null)]);
    check(Index, &[values.clone(), v(1)], 1.0);
    check(Index, &[values.clone(), v(2u64)], 2.0);
    check(Index, &[values.clone(), v(2.0)], 2.0);
    check(Index, &[values.clone(), v("n")], Value::Null);
    for missing in [v(3), v(3.1), v("m"), bytes(b""), Value::Null, v(true)] {
        fails(Index, &[values.clone(), missing], NoSuchKey);
    }
}

#[test]
fn texts_have_letters_and_bytes_have_bytes() {
    check(Size, &[v("\u{3c0}\u{3ad}\u{3bd}\u{3c4}\u{3b5}")], 5);
    check(Size, &[bytes("\u{3c0}".as_bytes())], 2);
    check(Size, &[list![1, 2, 3]], 3);
    check(Size, &[map([(v(1), v(1))])], 1);
    fails(Size, &[v(1)], NoOverload);
}
