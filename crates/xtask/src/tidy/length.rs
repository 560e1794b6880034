//! Files stay short enough to be proofread in one sitting. Functions are clippy's: `too_many_lines`.

use super::finding::Finding;
use crate::limits::FILE_LINES_MAX;
use crate::repository::Repository;

/// Reports every Rust file that is too long.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repository.rust() {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            let message = format!(
                "{lines} lines, more than {FILE_LINES_MAX}: split it by subject, so that a stranger can \
                 proofread any file in one sitting"
            );
            findings.push(Finding::at(&file.path, FILE_LINES_MAX + 1, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::limits::FILE_LINES_MAX;
    use crate::repository::planted;

    #[test]
    fn one_line_too_many_is_found() {
        let longest = "//\n".repeat(FILE_LINES_MAX);
        let too_long = format!("{longest}//\n");
        assert!(check(&planted::files(&[("crates/a/src/b.rs", &longest)])).is_empty());
        assert_eq!(check(&planted::files(&[("crates/a/src/b.rs", &too_long)])).len(), 1);
    }
}
