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
    if salt.get_ref().len() > SALT_BYTES_MAX {
        let help = format!("write at most {SALT_BYTES_MAX} bytes");
        report.error(salt.span(), "`salt` is too long", help);
    }
    if salt.get_ref().chars().any(char::is_control) {
        let help = "write it without them, and on one line";
        report.error(salt.span(), "`salt` has control characters", help);
    }
    Some(salt)
}
