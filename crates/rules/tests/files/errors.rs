//! Every file in the folders of `rules/golden` is refused with exactly the words beside it.

use std::fs;

use rules::Diagnostic;

use crate::{euro, is_update, repository_text, root, told, toml_files, vocabulary};

/// Reads a file of some kind, by its name and text, for its mistakes.
type Read = fn(&str, &str) -> Result<(), Vec<Diagnostic>>;

/// The folders, how their files are read, and how many there are at least.
const FOLDERS: [(&str, Read, usize); 5] = [
    ("campaign-errors", |name, text| rules::campaign(name, text, vocabulary()).map(drop), 90),
    ("trait-errors", |name, text| rules::vocabulary(euro(), Some((name, text)), None).map(drop), 5),
    ("segment-errors", segments, 8),
    ("holdout-errors", |name, text| rules::holdout(name, text).map(drop), 8),
    ("case-errors", |name, text| rules::cases::read(name, text, vocabulary()).map(drop), 8),
];

fn segments(name: &str, text: &str) -> Result<(), Vec<Diagnostic>> {
    let traits = repository_text("rules/examples/traits.toml");
    rules::vocabulary(euro(), Some(("traits.toml", &traits)), Some((name, text))).map(drop)
}

/// Where a mistake in a rule is told that is written as `written`: line, column and what is marked.
#[track_caller]
fn marked(written: &str) -> (usize, usize, String) {
    let whole = repository_text("rules/golden/campaign-errors/rule-empty.toml");
    let text = whole.replace("rule = '  '", &format!("rule = {written}"));
    let mistakes = rules::campaign("any.toml", &text, vocabulary()).expect_err("a mistake");
    let [mistake] = &*mistakes else { unreachable!("one mistake, not {}", told(&mistakes)) };
    let (begin, length) = mistake.marked;
    let marked: String = mistake.source.chars().skip(begin).take(length).collect();
    (mistake.line, mistake.column, marked)
}

#[test]
fn a_mistake_in_a_rule_is_marked_where_it_is_written_in_whichever_quotes() {
    let cases = [
        (r#"'view.title == "Mühle" && view.divice == "ä"'"#, (5, 34)),
        (r#""view.title == \"Mühle\" && view.divice == \"ä\"""#, (5, 36)),
        (r#""view.title == \"M\u00FChle\" && view.divice == 'ä'""#, (5, 41)),
        ("'''view.title == \"Mühle\" &&\n  view.divice == \"ä\"'''", (6, 3)),
        ("'''\nview.title == \"Mühle\" &&\n  view.divice == \"ä\"\n'''", (7, 3)),
        ("'''\r\nview.title == \"Mühle\" &&\r\n  view.divice == \"ä\"\r\n'''", (7, 3)),
        ("\"\"\"\nview.title == \"Mühle\" && view.divice == 'ä'\n\"\"\"", (6, 26)),
        ("\"\"\"\nview.title == \\\"M\\u00FChle\\\" && \\\n\n  view.divice == 'ä'\"\"\"", (8, 3)),
    ];
    for (written, (line, column)) in cases {
        assert_eq!(marked(written), (line, column, "view.divice".into()), "{written}");
    }
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_remedy() {
    let mut different = Vec::new();
    for (folder, read, count_min) in FOLDERS {
        let folder = format!("rules/golden/{folder}");
        let names = toml_files(&folder);
        assert!(names.len() >= count_min, "only {} files in {folder}", names.len());
        for name in names {
            let text = repository_text(&format!("{folder}/{name}"));
            let mistakes = read(&name, &text).expect_err(&name);
            assert!(!mistakes.is_empty(), "{name} is refused without a reason");
            let said = told(&mistakes) + "\n";
            let beside = root().join(&folder).join(&name).with_extension("expected");
            if is_update() {
                fs::write(&beside, &said).expect("writable");
            }
            let expected = fs::read_to_string(&beside).unwrap_or_default();
            if said != expected {
                different
                    .push(format!("=== {folder}/{name}\n--- expected\n{expected}--- said\n{said}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
