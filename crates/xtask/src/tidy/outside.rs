//! The repository stands alone: nothing in it points at a file outside of it.
//!
//! A path that climbs out of the tree, or into somebody's home, works on one machine only.

use super::finding::Finding;
use crate::repository::{File, Repository};

/// Folders that belong to a person. Split, so that this file does not find itself.
const HOMES: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("C:", "\\")];

/// Reports paths out of the repository in any text file but the lock file.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let texts = repository.files.iter().filter(|file| file.name() != "Cargo.lock");
    texts.flat_map(|file| check_file(file, &repository.checkout)).collect()
}

fn check_file(file: &File, checkout: &str) -> Vec<Finding> {
    let folders = file.folder().split('/').filter(|part| !part.is_empty()).count();
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let mut say = |what: &str| {
            let message = format!("{what}: the repository stands alone, on every machine");
            findings.push(Finding::at(&file.path, index + 1, message));
        };
        if deepest_climb(line) > folders {
            say("a path that climbs out of the repository");
        }
        if HOMES.iter().any(|home| line.contains(home)) {
            say("a path into somebody's home");
        }
        if !checkout.is_empty() && line.contains(checkout) {
            say("the path of this checkout");
        }
    }
    findings
}

/// The most `../` in a row in a line.
fn deepest_climb(line: &str) -> usize {
    let mut deepest = 0;
    let mut rest = line;
    while let Some(start) = rest.find("../") {
        let climb =
            rest.as_bytes()[start..].chunks_exact(3).take_while(|part| *part == b"../").count();
        deepest = deepest.max(climb);
        rest = &rest[start + 3 * climb..];
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::{HOMES, check};
    use crate::repository::{Repository, planted};
    use crate::tidy::finding::lines;

    #[test]
    fn a_path_out_of_the_repository_is_found() {
        let up = "../".repeat(3);
        let text =
            format!("[a](../README.md)\n[b](../../README.md)\n[c]({up}notes.md)\n{}me\n", HOMES[0]);
        let found = check(&planted::files(&[("crates/a/README.md", &text)]));
        assert_eq!(lines(&found), ["crates/a/README.md:3", "crates/a/README.md:4"]);
        let top = format!("[a]({}b)\n", "../");
        assert_eq!(check(&planted::files(&[("README.md", &top)])).len(), 1);
    }

    #[test]
    fn the_path_of_the_checkout_is_found() {
        let tree = planted::files(&[("deploy/run.sh", "cd /srv/checkout/vitrine\n")]);
        let tree = Repository { checkout: "/srv/checkout/vitrine".to_owned(), ..tree };
        assert_eq!(check(&tree).len(), 1);
    }
}
