//! Whatever a file contains, it is either a campaign, or a holdout, or a list of mistakes.

use proptest::prelude::*;
use rules::Diagnostic;
use rules::limits::{DIAGNOSTICS_MAX, FILE_BYTES_MAX, SHOWN_LINE_CHARS_MAX};

use crate::vocabulary;

const WHOLE: &str = include_str!("../../../../rules/demo/cart-rescue.toml");

/// Campaigns that have all keys between them, and a holdout.
fn wholes() -> [&'static str; 4] {
    let reference = include_str!("../../../../rules/README.md");
    let every_key = reference.split("```toml\n").nth(2).and_then(|rest| rest.split("```").next());
    let rule = include_str!("../../../../rules/examples/weekend-flash.toml");
    let holdout = include_str!("../../../../rules/examples/holdout.toml");
    [WHOLE, every_key.expect("the second example"), rule, holdout]
}

#[track_caller]
fn check(text: &str) -> Result<(), TestCaseError> {
    check_mistakes(text, rules::campaign("file.toml", text, vocabulary()).err())?;
    check_mistakes(text, rules::holdout("file.toml", text).err())
}

#[track_caller]
fn check_mistakes(text: &str, mistakes: Option<Vec<Diagnostic>>) -> Result<(), TestCaseError> {
    let Some(mistakes) = mistakes else { return Ok(()) };
    prop_assert!((1..=DIAGNOSTICS_MAX).contains(&mistakes.len()));
    prop_assert!(mistakes.is_sorted_by_key(|mistake| (mistake.line, mistake.column)));
    for mistake in mistakes {
        let lines = text.split('\n').count();
        prop_assert!((1..=lines).contains(&mistake.line), "{}", mistake);
        prop_assert!(mistake.source.chars().count() <= SHOWN_LINE_CHARS_MAX);
        prop_assert!(!mistake.message.is_empty() && !mistake.help.is_empty());
        let shown = mistake.to_string();
        let is_tame = |letter: char| !letter.is_control() || letter == '\n' || letter == '\t';
        prop_assert!(shown.chars().all(is_tame), "{:?}", shown);
    }
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_text_is_refused_without_a_panic(text in "\\PC*|[\\x00-\\x7f\n\"\\[\\]={}]*") {
        check(&text)?;
    }

    #[test]
    fn a_damaged_campaign_is_read_or_refused_without_a_panic(
        whole in 0..4_usize,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[\\PC\n]{0,4}"), 1..4),
    ) {
        let mut text: Vec<char> = wholes()[whole].chars().collect();
        for (at, length, replacement) in cuts {
            let begin = at.index(text.len() + 1);
            let end = (begin + length).min(text.len());
            text.splice(begin..end, replacement.chars());
        }
        check(&text.into_iter().collect::<String>())?;
    }

    #[test]
    fn values_of_every_type_under_every_key_are_read_or_refused_without_a_panic(
        whole in 0..4_usize,
        line: prop::sample::Index,
        value in prop::sample::select(vec![
            "\"\"", "\"x\"", "7", "-1", "0x1f", "1.5", "nan", "true", "2026-01-01", "12:00:00",
            "2026-01-01T00:00:00Z", "2027-03-28T02:30:00", "\"24:00-00:00\"", "\"1d\"", "[]", "[[]]", "{}", "{ en = 1 }", "[{}]", "[1, \"a\"]",
        ]),
    ) {
        let whole = wholes()[whole];
        let lines: Vec<&str> = whole.lines().filter(|line| line.contains(" = ")).collect();
        let line = lines[line.index(lines.len())];
        let name = line.split(" = ").next().unwrap_or("");
        check(&whole.replacen(line, &format!("{name} = {value}"), 1))?;
    }
}

#[test]
fn deep_nesting_and_large_files_are_refused() {
    for deep in ["a=".to_owned() + &"[".repeat(60_000), "a.".repeat(30_000) + "b=1"] {
        assert!(rules::campaign("deep.toml", &deep, vocabulary()).is_err());
    }
    let large = format!("{WHOLE}\n#{}", "x".repeat(FILE_BYTES_MAX));
    let mistakes = rules::campaign("large.toml", &large, vocabulary()).expect_err("too large");
    assert_eq!(mistakes.len(), 1);
}

#[test]
fn a_file_of_nothing_but_mistakes_is_told_its_first_hundred() {
    let text: String = (0..1_000).map(|number| format!("nonsense{number} = 1\n")).collect();
    let mistakes = rules::campaign("many.toml", &text, vocabulary()).expect_err("nonsense");
    assert_eq!(mistakes.len(), DIAGNOSTICS_MAX);
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_make_no_difference() {
    let unix = rules::campaign("a.toml", WHOLE, vocabulary()).expect("valid");
    let windows = format!("\u{feff}{}", WHOLE.replace('\n', "\r\n"));
    assert_eq!(rules::campaign("a.toml", &windows, vocabulary()), Ok(unix));
}
