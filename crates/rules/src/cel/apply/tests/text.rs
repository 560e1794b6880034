//! Functions of one text, and tests of it against another.

use super::{check, fails, v};
use crate::cel::{EvalErrorKind, Function};

use Function::{
    Contains, EndsWith, LowerAscii, Matches, Quote, Reverse, StartsWith, Trim, UpperAscii,
};

#[test]
fn a_text_has_parts() {
    let cases = [
        (Contains, "hello", "", true),
        (Contains, "abababc", "ababc", true),
        (Contains, "Stra\u{df}e", "a\u{df}", true),
        (Contains, "hello", "ol", false),
        (StartsWith, "foobar", "foo", true),
        (StartsWith, "", "foo", false),
        (StartsWith, "", "", true),
        (EndsWith, "fort\u{e9}", "t\u{e9}", true),
        (EndsWith, "foobar", "foo", false),
        (Matches, "hubba", "ubb", true),
        (Matches, "cows", "^ow", false),
    ];
    for (function, whole, part, expected) in cases {
        check(function, &[v(whole), v(part)], expected);
    }
    fails(Contains, &[v("a"), v(1)], EvalErrorKind::NoOverload);
    fails(Matches, &[v("a"), v("(")], EvalErrorKind::Argument);
}

#[test]
fn only_ascii_letters_change_their_case() {
    check(LowerAscii, &[v("TacoC\u{c6}t Xii")], "tacoc\u{c6}t xii");
    check(UpperAscii, &[v("tacoC\u{3b1}t")], "TACOC\u{3b1}T");
}

#[test]
fn white_space_is_unicodes() {
    check(Trim, &[v(" \u{c}\n\r\t\u{b}text  ")], "text");
    check(Trim, &[v("\u{85}\u{a0}\u{1680}\u{2007}text\u{2028}\u{202f}\u{3000}")], "text");
    check(Trim, &[v("\u{180e}text\u{200b}\u{feff}")], "\u{180e}text\u{200b}\u{feff}");
}

#[test]
fn letters_are_reversed_not_bytes() {
    check(Reverse, &[v("Ta\u{a9}oC\u{3b1}t")], "t\u{3b1}Co\u{a9}aT");
    check(Reverse, &[v("")], "");
}

#[test]
fn quoting_escapes_what_cannot_be_written() {
    check(Quote, &[v("\u{7}\u{8}\u{c}\n\r\t\u{b}\\\"'\u{1f600}")], r#""\a\b\f\n\r\t\v\\\"'😀""#);
    check(Quote, &[v("")], "\"\"");
}
