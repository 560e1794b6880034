//! The floors that decide are functions: no clock, no chance, no files, no network.
//!
//! Clippy bans the calls everywhere; this check bans the very words on the floors where there is no excuse
//! for them. Tests may read golden files.

use super::finding::Finding;
use super::source::{Token, spells, tokens_that_ship};
use crate::repository::Repository;

/// The crates that promise it.
const PURE: [&str; 4] = ["model", "rules", "experiments", "decision"];

/// What is looked for, and what it would bring in.
const IMPURE: [(&[&str], &str); 15] = [
    (&["SystemTime"], "a clock"),
    (&["Instant"], "a clock"),
    (&[":", ":", "now", "("], "a clock"),
    (&["rand", ":", ":"], "chance"),
    (&["getrandom"], "chance"),
    (&["RandomState"], "chance"),
    (&["std", ":", ":", "fs"], "files"),
    (&["File", ":", ":"], "files"),
    (&["std", ":", ":", "net"], "the network"),
    (&["std", ":", ":", "io"], "input and output"),
    (&["std", ":", ":", "env"], "the environment"),
    (&["std", ":", ":", "process"], "other processes"),
    (&["std", ":", ":", "thread"], "threads"),
    (&["tokio"], "a runtime"),
    (&["async"], "waiting"),
];

/// Reports impure words in crates that promise to be pure.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let promised = |name: Option<&str>| name.is_some_and(|name| PURE.contains(&name));
    for file in repository.rust().filter(|file| promised(file.owner()) && !file.is_test()) {
        let tokens = tokens_that_ship(file);
        for place in 0..tokens.len() {
            if let Some(brings) = impurity(&tokens[place..]) {
                let message = format!(
                    "brings in {brings}: what decides takes time and chance as arguments and touches \
                     nothing, so that it can be replayed and tested without set-up"
                );
                findings.push(Finding::at(&file.path, tokens[place].line, message));
            }
        }
    }
    findings
}

fn impurity(tokens: &[Token]) -> Option<&'static str> {
    IMPURE.iter().find(|(words, _)| spells(tokens, words)).map(|(_, brings)| *brings)
}

#[cfg(test)]
mod tests {
    use super::{IMPURE, PURE, check};
    use crate::repository::planted;

    #[test]
    fn every_impure_word_is_found_in_every_pure_crate() {
        for name in PURE {
            let path = format!("crates/{name}/src/lib.rs");
            for (words, brings) in IMPURE {
                let text =
                    format!("//! A.\nfn a() {{ {} }}", words.concat().replace("now(", "now()"));
                let found = check(&planted::files(&[(&path, &text)]));
                assert_eq!(found.len(), 1, "{text}");
                assert!(found[0].to_string().contains(brings), "{text}");
            }
        }
    }

    #[test]
    fn comments_tests_and_other_crates_may_speak_of_it() {
        let text = "//! No Instant.\n#[cfg(test)]\nmod tests { fn a() { Instant::now(); } }";
        let impure = "fn a() { std::fs::read(path) }";
        let tree = planted::files(&[
            ("crates/model/src/lib.rs", text),
            ("crates/rules/tests/golden.rs", impure),
            ("crates/journal/src/lib.rs", impure),
        ]);
        assert!(check(&tree).is_empty());
    }
}
