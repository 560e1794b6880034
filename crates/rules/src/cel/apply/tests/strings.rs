//! Places in texts, and texts made of others.

use proptest::prelude::*;

use super::{apply, check, fails, list, v};
use crate::cel::{EvalErrorKind, Function, Value};

use EvalErrorKind::{IndexOutOfRange, NoOverload, TooLarge};
use Function::{CharAt, IndexOf, Join, LastIndexOf, Replace, Split, Substring};

const MIXED: &str = "ta\u{a9}o\u{a9}\u{3b1}T";

#[test]
fn a_letter_is_found_by_its_place() {
    check(CharAt, &[v("tacocat"), v(3)], "o");
    check(CharAt, &[v("tacocat"), v(7)], "");
    check(CharAt, &[v(MIXED), v(5)], "\u{3b1}");
    fails(CharAt, &[v("tacocat"), v(30)], IndexOutOfRange);
    fails(CharAt, &[v("tacocat"), v(-1)], IndexOutOfRange);
    fails(CharAt, &[v("hello"), v(true)], NoOverload);
}

#[test]
fn the_first_place_of_a_part() {
    let cases = [
        ("tacocat", "", 0, 0),
        ("tacocat", "ac", 0, 1),
        ("tacocat", "none", 0, -1),
        ("tacocat", "", 3, 3),
        ("tacocat", "a", 3, 5),
        ("tacocat", "t", 7, -1),
        (MIXED, "\u{a9}", 0, 2),
        (MIXED, "\u{a9}", 3, 4),
        (MIXED, "\u{a9}\u{3b1}", 5, -1),
        ("hello wello", "ello", 6, 7),
    ];
    for (whole, part, from, expected) in cases {
        check(IndexOf, &[v(whole), v(part), v(from)], expected);
        if from == 0 {
            check(IndexOf, &[v(whole), v(part)], expected);
        }
    }
    fails(IndexOf, &[v("tacocat"), v("a"), v(30)], IndexOutOfRange);
    fails(IndexOf, &[v("tacocat"), v("a"), v(-1)], IndexOutOfRange);
}

#[test]
fn the_last_place_of_a_part() {
    check(LastIndexOf, &[v("tacocat"), v("")], 7);
    check(LastIndexOf, &[v(""), v("@@")], -1);
    check(LastIndexOf, &[v("hello wello"), v("low")], -1);
    let cases = [
        ("tacocat", "", 3, 3),
        ("tacocat", "a", 3, 1),
        ("tacocat", "at", 7, 5),
        (MIXED, "\u{a9}", 3, 2),
        (MIXED, "\u{a9}\u{3b1}", 4, 4),
        ("hello wello", "ello", 6, 1),
        ("bananananana", "nana", 7, 6),
        ("a\u{1f600}", "bc", 0, -1),
    ];
    for (whole, part, until, expected) in cases {
        check(LastIndexOf, &[v(whole), v(part), v(until)], expected);
    }
    fails(LastIndexOf, &[v("tacocat"), v("a"), v(-1)], IndexOutOfRange);
    fails(LastIndexOf, &[v("tacocat"), v("a"), v(30)], IndexOutOfRange);
}

#[test]
fn a_part_between_two_places() {
    check(Substring, &[v("tacocat"), v(4)], "cat");
    check(Substring, &[v("tacocat"), v(7)], "");
    check(Substring, &[v("tacocat"), v(0), v(4)], "taco");
    check(Substring, &[v(MIXED), v(2), v(6)], "\u{a9}o\u{a9}\u{3b1}");
    for (from, until) in [(40, 41), (-1, 2), (1, 50), (4, 3)] {
        fails(Substring, &[v("tacocat"), v(from), v(until)], IndexOutOfRange);
    }
    fails(Substring, &[v("tacocat"), v(0), v(false)], NoOverload);
}

#[test]
fn parts_are_replaced() {
    check(Replace, &[v("12 days"), v("{0}"), v("2")], "12 days");
    check(Replace, &[v("{0} days {0} hours"), v("{0}"), v("2")], "2 days 2 hours");
    check(Replace, &[v("{0} {0}"), v("{0}"), v("2"), v(1)], "2 {0}");
    check(Replace, &[v("aaa"), v("a"), v("b"), v(0)], "aaa");
    check(Replace, &[v("aaa"), v("a"), v("b"), v(-1)], "bbb");
    check(Replace, &[v("\u{3b1}b"), v(""), v("-")], "-\u{3b1}-b-");
    let long = v(&*"a".repeat(60_000));
    fails(Replace, &[long.clone(), v("a"), v("bb")], TooLarge);
    fails(Replace, &[long.clone(), v(""), long.clone()], TooLarge);
    fails(Replace, &[v("42"), v("2"), v(1)], NoOverload);
}

#[test]
fn a_text_is_split_and_joined() {
    check(Split, &[v("hello world"), v(" ")], list!["hello", "world"]);
    check(Split, &[v("a b c"), v(" "), v(0)], list![]);
    check(Split, &[v("a b c"), v(" "), v(1)], list!["a b c"]);
    check(Split, &[v("a b c"), v(" "), v(2)], list!["a", "b c"]);
    check(Split, &[v("o\u{a9}o\u{a9}o"), v("\u{a9}"), v(-1)], list!["o", "o", "o"]);
    check(Split, &[v(""), v(",")], list![""]);
    check(Split, &[v(""), v("")], list![]);
    check(Split, &[v("a\u{a9}b"), v("")], list!["a", "\u{a9}", "b"]);
    check(Split, &[v("abc"), v(""), v(2)], list!["a", "bc"]);
    fails(Split, &[v(&*",".repeat(4_096)), v(",")], TooLarge);
    fails(Split, &[v(&*"a".repeat(4_097)), v("")], TooLarge);
    check(Join, &[list!["x", "y"]], "xy");
    check(Join, &[list!["x", "y"], v("-")], "x-y");
    check(Join, &[list![], v("-")], "");
    fails(Join, &[list!["x", 1]], NoOverload);
    let long = v(&*"a".repeat(40_000));
    fails(Join, &[Value::list(vec![long.clone(), long])], TooLarge);
}

proptest! {
    #[test]
    fn what_is_split_joins_again(whole in "[a\u{a9},]{0,12}", separator in "[a,]{0,2}") {
        let parts = Split.apply(&[v(&*whole), v(&*separator)]).unwrap();
        prop_assert_eq!(Join.apply(&[parts, v(&*separator)]).unwrap(), v(&*whole));
    }

    /// Places are those of the letters as a list has them, which is slow and plain.
    #[test]
    fn places_count_letters(
        whole in "[ab\u{a9}\u{1f600}]{0,10}",
        part in "[ab\u{a9}\u{1f600}]{0,3}",
        place in 0_usize..12,
    ) {
        let letters: Vec<char> = whole.chars().collect();
        let wanted: Vec<char> = part.chars().collect();
        let found: Vec<usize> =
            (0..=letters.len()).filter(|start| letters[*start..].starts_with(&wanted)).collect();
        let at = i32::try_from(place).unwrap();
        let arguments = [v(&*whole), v(&*part), v(at)];
        let told = |place: Option<&usize>| v(place.map_or(-1, |place| i64::try_from(*place).unwrap()));
        if place > letters.len() {
            prop_assert_eq!(apply(IndexOf, &arguments), Err(IndexOutOfRange));
            prop_assert_eq!(apply(LastIndexOf, &arguments), Err(IndexOutOfRange));
        } else {
            let first = found.iter().find(|found| **found >= place);
            prop_assert_eq!(apply(IndexOf, &arguments), Ok(told(first)));
            let last = found.iter().rev().find(|found| **found <= place);
            prop_assert_eq!(apply(LastIndexOf, &arguments), Ok(told(last)));
        }
    }
}
