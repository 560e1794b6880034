//! A file as TOML, before it is known what its keys mean.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use crate::limits::FILE_BYTES_MAX;
use crate::report::Report;

/// The file as a table; `None` after a mistake beyond which nothing can be said of its keys. What could be
/// recovered of a file that is not TOML would bring complaints about mistakes that nobody made.
pub(crate) fn document<'t>(report: &mut Report, text: &'t str) -> Option<Spanned<DeTable<'t>>> {
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file has more than {FILE_BYTES_MAX} bytes");
        report.error(0..0, message, "divide it, or write shorter texts");
        return None;
    }
    let (document, syntax_errors) = DeTable::parse_recoverable(text);
    let mut is_readable = true;
    for error in syntax_errors {
        // A key that is written twice leaves the rest of the file as it was meant.
        is_readable &= error.message().contains("duplicate key");
        syntax(report, error.message(), error.span());
    }
    is_readable.then_some(document)
}

/// Tells a mistake in the TOML itself.
fn syntax(report: &mut Report, message: &str, span: Option<Range<usize>>) {
    let help = if message.contains("duplicate key") {
        "remove one of the two; a second of the same kind is begun by [[double brackets]]"
    } else if message.contains("must be quoted") {
        "put text between double quotes"
    } else {
        "write keys as `name = value`, text in double quotes, and headings as `[name]`"
    };
    report.error(span.unwrap_or(0..0), message, help);
}
