//! Patterns mean what they mean in RE2.

use proptest::prelude::*;

use crate::cel::{EvalErrorKind, Pattern};
use crate::limits;

#[track_caller]
fn check(pattern: &str, found: &[&str], missed: &[&str]) {
    let compiled = Pattern::new(pattern).unwrap();
    for text in found {
        assert!(compiled.is_match(text), "{pattern:?} is in {text:?}");
    }
    for text in missed {
        assert!(!compiled.is_match(text), "{pattern:?} is not in {text:?}");
    }
}

#[test]
fn a_pattern_is_found_anywhere() {
    check("ubb", &["hubba"], &["HUBBA"]);
    check("", &["", "cows"], &[]);
    check("gr(a|e)y", &["grey"], &["groy"]);
    check("^ba(na)*$", &["banana"], &["banan"]);
    check("(a|\u{1f600}){2}", &["\u{1f431}\u{1f600}\u{1f600}"], &["a\u{1f431}a"]);
    check("(?i)straSSe", &["STRASSE"], &["stra\u{df}e"]);
    check("^.$", &["\u{e9}"], &["\n", "ab"]);
}

#[test]
fn classes_of_perl_are_ascii() {
    check(r"^\d$", &["7"], &["\u{664}"]);
    check(r"^[\d.]+$", &["1.5"], &["\u{664}"]);
    check(r"^\w$", &["a", "_"], &["\u{e9}"]);
    check(r"^[^\w]$", &["\u{e9}", "-"], &["a"]);
    check(r"^\W$", &["\u{e9}"], &["a"]);
    check(r"^\s$", &["\t", "\u{c}"], &["\u{b}", "\u{a0}"]);
    check(r"^[\S]$", &["\u{a0}"], &[" "]);
    check(r"\bcaf\b", &["caf\u{e9}"], &["cafe"]);
    check(r"^[[:alpha:]]$", &["a"], &["1", "\u{e9}"]);
}

#[test]
fn letters_of_the_engines_own_syntax_are_letters() {
    check(r"^[a&&b]$", &["a", "&", "b"], &["c"]);
    check(r"^[a~~b]$", &["~"], &["c"]);
    check(r"^[[]$", &["["], &["]"]);
    check(r"^[a[]b]$", &["[b]", "ab]"], &["b"]);
    check(r"^[]a]$", &["]", "a"], &["["]);
    check(r"^[^]a]$", &["b"], &["]"]);
    check(r"^\<b\>$", &["<b>"], &["b"]);
    check(r"^[-\d]$", &["-", "1"], &["a"]);
    check(r"^\\d$", &["\\d"], &["1"]);
}

#[test]
fn what_is_no_pattern_of_re2_is_refused() {
    let refused = [
        "(",
        "[",
        "a{2,1}",
        "*",
        r"\1",
        r"(?=a)",
        "(?x) a",
        "(?u)a",
        r"\",
        r"\B",
        r"[a--b]",
        r"[+-\d]",
        r"\u0041",
        r"\b{start}",
        r"\Qa\E",
    ];
    for pattern in refused {
        let error = Pattern::new(pattern).unwrap_err();
        assert_eq!(error.kind, EvalErrorKind::Argument, "{pattern}");
    }
}

#[test]
fn patterns_are_bounded() {
    let long = "a".repeat(limits::CEL_PATTERN_BYTES_MAX + 1);
    assert_eq!(Pattern::new(&long).unwrap_err().kind, EvalErrorKind::Argument);
    let large = r"(\pL{500}){500}";
    assert_eq!(Pattern::new(large).unwrap_err().kind, EvalErrorKind::TooLarge);
    let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
    assert_eq!(Pattern::new(&deep).unwrap_err().kind, EvalErrorKind::Argument);
}

proptest! {
    #[test]
    fn a_text_in_escapes_finds_itself(text in "[ -~]{0,16}") {
        let escaped: String = text
            .chars()
            .flat_map(|letter| (!letter.is_ascii_alphanumeric()).then_some('\\').into_iter().chain([letter]))
            .collect();
        let compiled = Pattern::new(&format!("^{escaped}$")).unwrap();
        prop_assert!(compiled.is_match(&text));
    }

    #[test]
    fn any_text_is_a_pattern_or_refused(pattern in "[a-z0-9\\\\\\[\\](){}?*+^$&~:.|-]{0,16}") {
        if let Ok(compiled) = Pattern::new(&pattern) {
            compiled.is_match("abc 123 [x-y]");
        }
    }
}
