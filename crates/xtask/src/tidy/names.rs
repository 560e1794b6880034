//! Names say what a thing is about.
//!
//! A file called `util` has no subject, so it collects everything that nobody wanted to think about, and a
//! type called `PluginManager` says no more than `Plugin` with a verb left out.

use super::finding::Finding;
use super::source::tokens;
use crate::repository::{File, Repository};

/// Words that stand for "I did not find the word".
const BANNED: [&str; 13] = [
    "util", "utils", "common", "helper", "helpers", "manager", "misc", "core", "types", "data",
    "info", "base", "managers",
];

/// Reports names without a subject: files, folders and modules called so or ending so, types ending so.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust() {
        if file.name() == "mod.rs" {
            let reason = "ten tabs called `mod.rs` are no map: use `foo.rs` beside `foo/`";
            findings.push(Finding::on(&file.path, reason));
        }
        findings.extend(parts_without_subject(file));
        findings.extend(items_without_subject(file));
    }
    findings
}

fn parts_without_subject(file: &File) -> Option<Finding> {
    let mut parts = file.path.trim_end_matches(".rs").split('/');
    let part = parts.find(|part| is_banned(part.rsplit(['_', '-']).next().unwrap_or(part)))?;
    Some(Finding::on(&file.path, reason(part)))
}

fn items_without_subject(file: &File) -> Vec<Finding> {
    let tokens = tokens(file);
    let mut findings = Vec::new();
    for pair in tokens.windows(2) {
        let (keyword, name) = (pair[0].text.as_str(), &pair[1]);
        let banned = match keyword {
            "mod" => is_banned(name.text.rsplit('_').next().unwrap_or(&name.text)),
            "struct" | "enum" | "trait" | "union" => is_banned(last_camel_word(&name.text)),
            _ => false,
        };
        if banned {
            findings.push(Finding::at(&file.path, name.line, reason(&name.text)));
        }
    }
    findings
}

fn reason(name: &str) -> String {
    format!("`{name}` has no subject: a name says what the thing is about, in the field's own term")
}

fn is_banned(word: &str) -> bool {
    BANNED.iter().any(|banned| banned.eq_ignore_ascii_case(word))
}

/// `PluginManager` gives `Manager`.
fn last_camel_word(name: &str) -> &str {
    name.rfind(|letter: char| letter.is_ascii_uppercase()).map_or(name, |start| &name[start..])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::repository::planted;
    use crate::tidy::finding::lines;

    #[test]
    fn a_name_without_a_subject_is_found_wherever_it_stands() {
        let tree = planted::files(&[
            ("crates/a/src/mod.rs", ""),
            ("crates/a/src/string_utils.rs", ""),
            ("crates/a/src/common/clock.rs", ""),
            ("crates/a/src/lib.rs", "mod helpers {}\n\npub struct CartManager;\nenum Info {}\n"),
        ]);
        let expected = [
            "crates/a/src/mod.rs:1",
            "crates/a/src/string_utils.rs:1",
            "crates/a/src/common/clock.rs:1",
            "crates/a/src/lib.rs:1",
            "crates/a/src/lib.rs:3",
            "crates/a/src/lib.rs:4",
        ];
        assert_eq!(lines(&check(&tree)), expected);
    }

    #[test]
    fn a_word_that_only_contains_a_banned_one_is_fine() {
        let text = "struct DataPlane; struct Baseline; mod database {} // struct Manager";
        assert!(check(&planted::files(&[("crates/a/src/base64.rs", text)])).is_empty());
    }
}
