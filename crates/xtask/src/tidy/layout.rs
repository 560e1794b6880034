//! The top level is the map that a newcomer sees first: few folders, each with a README.

use std::collections::BTreeSet;

use super::finding::Finding;
use crate::repository::Repository;

/// The folders, each with a README.
const FOLDERS: [&str; 5] = ["crates", "deploy", "load-tests", "rules", "wasm-plugins"];
/// The files. Dotfiles are free.
const FILES: [&str; 4] = ["Cargo.lock", "Cargo.toml", "README.md", "rust-toolchain.toml"];
/// The documents that the rest points to.
const DOCUMENTS: [&str; 4] =
    ["README.md", "crates/README.md", "crates/STYLE.md", "crates/decisions/README.md"];

/// Reports what does not belong to the top level, and READMEs that are missing.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let first = |path: &str| path.split('/').next().unwrap_or(path).to_owned();
    let top: BTreeSet<String> = repository.files.iter().map(|file| first(&file.path)).collect();
    let known =
        |name: &str| name.starts_with('.') || FOLDERS.contains(&name) || FILES.contains(&name);
    let mut findings: Vec<Finding> = top
        .iter()
        .filter(|name| !known(name))
        .map(|name| {
            Finding::on(name, "does not belong to the top level, which is the map of the project")
        })
        .collect();
    let readmes = FOLDERS.map(|folder| format!("{folder}/README.md"));
    let wanted: BTreeSet<&str> =
        DOCUMENTS.into_iter().chain(readmes.iter().map(String::as_str)).collect();
    let missing = wanted.into_iter().filter(|path| repository.file(path).is_none());
    let reason = "is missing: whoever opens the folder wants to know what it is and where to start";
    findings.extend(missing.map(|path| Finding::on(path, reason)));
    findings
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENTS, FOLDERS, check};
    use crate::repository::planted;
    use crate::tidy::finding::lines;

    #[test]
    fn a_stray_folder_and_a_missing_readme_are_found() {
        let mut paths: Vec<String> =
            FOLDERS.iter().map(|folder| format!("{folder}/README.md")).collect();
        paths.extend(DOCUMENTS.map(str::to_owned));
        let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
        files.push((".gitignore", ""));
        assert!(check(&planted::files(&files)).is_empty());

        files.retain(|(path, _)| *path != "deploy/README.md");
        files.push(("scripts/build.sh", ""));
        assert_eq!(lines(&check(&planted::files(&files))), ["scripts:1", "deploy/README.md:1"]);
    }
}
