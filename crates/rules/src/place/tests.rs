use std::ops::Range;

use proptest::prelude::*;
use toml::de::{DeTable, DeValue};

use super::within;

/// A line `rule = ...`, its text, and where in the line a part of the text is.
fn placed(written: &str, part: impl Fn(&str) -> Range<usize>) -> String {
    let line = format!("rule = {written}");
    let document = DeTable::parse(&line).expect("TOML");
    let value = document.get_ref().get("rule").expect("there");
    let DeValue::String(text) = value.get_ref() else { unreachable!("a text") };
    let written = &line[value.span()];
    written[within(written, part(text))].to_owned()
}

#[track_caller]
fn check(written: &str, part: &str, expected: &str) {
    let found = placed(written, |text| {
        let at = text.find(part).expect("a part of the text");
        at..at + part.len()
    });
    assert_eq!(found, expected, "of {written}");
}

#[test]
fn a_part_of_a_literal_text_is_found_behind_umlauts() {
    check(r#"'size("Mühle") > höhe'"#, "höhe", "höhe");
    check("'höhe'", "höhe", "höhe");
    check(r"'a \u00FC b'", "b", "b");
}

#[test]
fn a_part_of_a_basic_text_is_found_behind_escapes() {
    check(r#""\"Mühle\" == höhe""#, "höhe", "höhe");
    check(r#""\"M\u00FChle\" == h\u00F6he""#, "höhe", r"h\u00F6he");
    check(r#""\t\xFC\U0001F600 == höhe\n""#, "höhe", "höhe");
    check(r#""\"ü\" == \"ö\"""#, "\"ö\"", r#"\"ö\""#);
}

#[test]
fn a_part_of_a_literal_text_of_several_lines_is_found() {
    check("'''\nä &&\nhöhe\n'''", "höhe", "höhe");
    check("'''\r\nä &&\r\nhöhe\r\n'''", "höhe", "höhe");
    check("'''ä && ''ö'' '''", "''ö''", "''ö''");
    check("'''\n\nhöhe'''", "höhe", "höhe");
    check("'''\nä''''", "'", "'");
}

#[test]
fn a_part_of_a_basic_text_of_several_lines_is_found() {
    check("\"\"\"\nä &&\nhöhe\n\"\"\"", "höhe", "höhe");
    check("\"\"\"\\\n   \u{fc} && \\\n\n  h\\u00F6he\\\n\"\"\"", "höhe", "h\\u00F6he");
    check("\"\"\"\nä && \\  \r\n  höhe\"\"\"", "ä && ", "ä && ");
    check("\"\"\"\nho\\\n  he\"\"\"", "hohe", "ho\\\n  he");
    check("\"\"\"\n\"ü\" == \"\"ö\"\"\"\"\"", "\"\"ö\"\"", "\"\"ö\"\"");
}

#[test]
fn an_end_has_a_place_of_its_own() {
    let whole = |written: &str| placed(written, |text| text.len()..text.len());
    assert_eq!(whole("'ä'"), "");
    let end = |written: &str, at| within(written, at..at);
    assert_eq!(end("'ä'", 2), 3..3);
    assert_eq!(end("\"\"\"\nä\"\"\"", 2), 6..6);
    assert_eq!(end("''", 0), 1..1);
    assert_eq!(end("ask", 1), 1..1);
    assert_eq!(within("ask", 1..2), 1..2);
}

/// Pieces of a text in each of the four ways, which hold whatever is put between them.
fn written() -> impl Strategy<Value = String> {
    let literal = prop::sample::select(vec!["a", "ü", "€", "😀", " ", "\\", "\"", "\t"]);
    let escaped = prop::sample::select(vec![
        "a",
        "ü",
        "€",
        "😀",
        " ",
        "'",
        "\\\\",
        "\\\"",
        "\\n",
        "\\t",
        "\\e",
        "\\xFC",
        "\\u20AC",
        "\\U0001F600",
    ]);
    let folded = prop::sample::select(vec!["a", "ü", "\n", "\r\n", " ", "\\\n", "\\ \n \n", "\\n"]);
    let lines = prop::sample::select(vec!["a", "ü", "\n", "\r\n", "'x", "\\", "\"\"\"", " "]);
    let joined = |pieces: Vec<&str>, quote: &str| format!("{quote}{}{quote}", pieces.concat());
    prop_oneof![
        prop::collection::vec(literal, 0..12).prop_map(move |it| joined(it, "'")),
        prop::collection::vec(escaped, 0..12).prop_map(move |it| joined(it, "\"")),
        prop::collection::vec(folded, 0..12).prop_map(move |it| joined(it, "\"\"\"")),
        prop::collection::vec(lines, 0..12).prop_map(move |it| joined(it, "'''")),
    ]
}

proptest! {
    /// Each letter is written as itself, or as an escape that TOML reads as this letter.
    #[test]
    fn every_letter_is_found_where_it_is_written(written in written()) {
        let line = format!("rule = {written}");
        let document = DeTable::parse(&line).expect("TOML");
        let value = document.get_ref().get("rule").expect("there");
        let DeValue::String(text) = value.get_ref() else { unreachable!("a text") };
        let mut end = 0;
        for (at, letter) in text.char_indices() {
            let found = within(&written, at..at + letter.len_utf8());
            prop_assert!(found.start >= end, "in order");
            end = found.end;
            let found = &written[found];
            if found.starts_with('\\') && found.len() > 1 {
                let escape = format!("a = \"{found}\"");
                let escape: toml::Table = escape.parse().expect("an escape");
                prop_assert_eq!(escape["a"].as_str(), Some(&*letter.to_string()));
            } else {
                prop_assert_eq!(found, letter.to_string());
            }
        }
    }
}
