//! The rules about the source tree that neither the compiler nor clippy checks.
//!
//! One module for each rule, and each message ends with the rule's reason, because a rule whose reason is
//! forgotten is worked around. A check is a function from the repository to its findings and nothing
//! else; it is only trusted because its test plants a violation and sees it found.
//!
//! What tidy does not check: the length of functions and single lints (clippy does), formatting (rustfmt
//! does), licences and duplicate crates (cargo-deny does).

mod essays;
mod finding;
mod graph;
mod layout;
mod length;
mod limit_files;
mod manifests;
mod names;
mod outside;
mod owners;
mod purity;
mod source;
mod suppressions;

use std::path::Path;
use std::process::ExitCode;

use crate::repository::Repository;
use crate::terminal::say;
use finding::Finding;

type Check = fn(&Repository) -> Vec<Finding>;

/// Every rule by its name.
const CHECKS: [(&str, Check); 12] = [
    ("layout", layout::check),
    ("manifests", manifests::check),
    ("graph", graph::check),
    ("owners", owners::check),
    ("length", length::check),
    ("names", names::check),
    ("essays", essays::check),
    ("purity", purity::check),
    ("limits", limit_files::check),
    ("suppressions", suppressions::check),
    ("outside", outside::check),
    ("lexing", source::check),
];

/// Prints every finding and whether there was none.
///
/// # Errors
/// When the repository cannot be read.
pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let findings = findings(&Repository::read(root)?);
    for finding in &findings {
        say(&finding.to_string());
    }
    if findings.is_empty() {
        say(&format!("tidy result: ok. {} rules hold", CHECKS.len()));
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("tidy result: FAILED. {} findings", findings.len()));
    Ok(ExitCode::FAILURE)
}

/// What every rule finds, in the order of the rules.
pub(crate) fn findings(repository: &Repository) -> Vec<Finding> {
    CHECKS.iter().flat_map(|(_, check)| check(repository)).collect()
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::repository::{Repository, root};

    #[test]
    fn the_repository_is_tidy() {
        let repository = Repository::read(&root()).expect("the repository can be read");
        assert!(repository.files.len() > 50, "git lists the files");
        let findings = findings(&repository);
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }
}
