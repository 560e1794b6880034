//! A condition in CEL as a text of a file.

use toml::Spanned;

use crate::cel::tree::Expr;
use crate::cel::{self, Vocabulary};
use crate::limits::RULE_TEXT_BYTES_MAX;
use crate::report::Report;

/// Checks a text as a condition, and tells its mistakes where they are in the file.
pub(crate) fn condition(
    report: &mut Report,
    text: &Spanned<&str>,
    vocabulary: &Vocabulary,
) -> Option<Expr> {
    let written = *text.get_ref();
    if written.len() > RULE_TEXT_BYTES_MAX {
        let message = format!("a rule has more than {RULE_TEXT_BYTES_MAX} bytes");
        let help = "give names to parts of it in segments.toml, or write a plugin";
        report.error(text.span(), message, help);
        return None;
    }
    match cel::check_condition(written, vocabulary) {
        Ok(expr) => Some(expr),
        Err(mistakes) => {
            for mistake in mistakes {
                report.error_within(text, mistake.span, mistake.message, mistake.help);
            }
            None
        }
    }
}
