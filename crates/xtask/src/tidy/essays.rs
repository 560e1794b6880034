//! Every module opens with an essay: what it owns, what it refuses, where to read next.

use super::finding::Finding;
use crate::repository::{File, Repository};

/// Reports modules that start with code. Tests explain themselves by their names.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let silent = |file: &&File| !file.is_test() && !file.text.starts_with("//!");
    let message = "starts without `//!`: a reader wants to know what the module owns and refuses before \
                   reading how";
    repository.rust().filter(silent).map(|file| Finding::on(&file.path, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::repository::planted;

    #[test]
    fn a_module_that_starts_with_code_is_found() {
        let tree = planted::files(&[
            ("crates/a/src/told.rs", "//! About.\nuse b;"),
            ("crates/a/src/silent.rs", "use b;"),
            ("crates/a/src/told/tests.rs", "use b;"),
        ]);
        let findings = check(&tree);
        assert_eq!(crate::tidy::finding::lines(&findings), ["crates/a/src/silent.rs:1"]);
    }
}
