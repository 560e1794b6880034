//! What the chores say. The only place that writes to the terminal.

use std::io::{self, Write};

/// Writes a line to standard output. A closed pipe, as behind `head`, is no reason to fail.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes a line that must not be overlooked to standard error.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(io::stderr().lock(), "warning: {line}");
}
