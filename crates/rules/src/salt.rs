//! The salt of a division of customers: other salts divide them otherwise.

use toml::Spanned;

use crate::key::Key;
use crate::limits::SALT_BYTES_MAX;
use crate::report::Report;
use crate::section::Section;

/// Reads a salt, if it is there. Control characters are refused: the salts of other draws begin with one.
pub(crate) fn salt<'t>(
    report: &mut Report,
    section: &Section<'t>,
    key: Key,
) -> Option<Spanned<&'t str>> {
    let salt = section.text(report, key)?;
    if salt.get_ref().len() > SALT_BYTES_MAX || salt.get_ref().chars().any(char::is_control) {
        let message = "`salt` is too long or has control characters";
        report.error(salt.span(), message, format!("write at most {SALT_BYTES_MAX} bytes"));
    }
    Some(salt)
}
