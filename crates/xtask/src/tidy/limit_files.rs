//! A limit says what happens when it is reached.
//!
//! Every `limits.rs` is a list that an operator can read: constants, each with a sentence, the relations
//! between them as assertions, and nothing else.

use super::finding::Finding;
use super::source::{Token, spells, tokens_that_ship};
use crate::limits::LIMIT_WORDS_MIN;
use crate::repository::{File, Repository};

/// Reports limits without a sentence, and whatever is no limit.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    repository.rust().filter(|file| file.name() == "limits.rs").flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let tokens = tokens_that_ship(file);
    let mut findings = Vec::new();
    let mut place = 0;
    let mut sentence = String::new();
    while place < tokens.len() {
        let rest = &tokens[place..];
        if spells(rest, &["#", "[", "doc", "="]) {
            sentence.push_str(rest[4].text.trim_matches('"'));
        } else if rest[0].depth == 0 && rest[0].text == "const" {
            findings.extend(unsaid(file, rest, &sentence));
            sentence.clear();
        } else if rest[0].depth == 0 && is_foreign(&rest[0].text) {
            let message = format!(
                "`{}` in a file of limits: it is the list that an operator reads, constants and their \
                 relations only",
                rest[0].text
            );
            findings.push(Finding::at(&file.path, rest[0].line, message));
        }
        place += 1;
    }
    findings
}

/// `const NAME` without a sentence; relations, `const _`, need none.
fn unsaid(file: &File, item: &[Token], sentence: &str) -> Option<Finding> {
    let name = item.get(1).filter(|name| name.text != "_")?;
    let words = sentence.split_whitespace().count();
    if words >= LIMIT_WORDS_MIN && sentence.trim_end().ends_with('.') {
        return None;
    }
    let message = format!("`{}` needs a sentence on what happens when it is reached", name.text);
    Some(Finding::at(&file.path, name.line, message))
}

fn is_foreign(keyword: &str) -> bool {
    matches!(
        keyword,
        "fn" | "struct" | "enum" | "trait" | "impl" | "static" | "mod" | "type" | "macro_rules"
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::repository::planted;
    use crate::tidy::finding::lines;

    #[test]
    fn a_limit_without_a_sentence_and_what_is_no_limit_are_found() {
        let text = "//! Bounds of a.\n\
            use std::time::Duration;\n\
            /// A longer body is refused with 413.\n\
            pub const BODY_BYTES_MAX: usize = 1;\n\
            pub const SILENT_MAX: usize = 1;\n\
            /// bytes\n\
            pub(crate) const SHORT_MAX: usize = 1;\n\
            const _: () = assert!(SILENT_MAX <= BODY_BYTES_MAX);\n\
            /// Is a function, which is no limit.\n\
            pub const fn twice(n: usize) -> usize { n }\n\
            pub struct Limits;\n";
        let tree = planted::files(&[("crates/a/src/limits.rs", text)]);
        let expected = [5, 7, 10, 11].map(|line| format!("crates/a/src/limits.rs:{line}"));
        assert_eq!(lines(&check(&tree)), expected);
    }
}
