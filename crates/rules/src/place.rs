//! From the bytes of a text to the bytes of the file in which it is written.
//!
//! A rule is a text in a TOML file, and a mistake in it is told by bytes of the text. In the file the
//! text has quotes around it, escapes within it and, over several lines, newlines that do not count:
//!
//! ```text
//! rule = """                     the first newline is dropped
//! view.title == \"Kaffeem\u00FChle\" && \
//!     customer.orders > 5"""     after a backslash at its end, a line goes on with the next letter
//! ```
//!
//! So the written text is read in *units*, each a letter or an escape and what it stands for. Source:
//! TOML 1.1, section String, <https://toml.io/en/v1.1.0#string>.

use std::ops::Range;

/// A letter or an escape: how many bytes it is written with, and how many bytes of text it gives.
struct Unit {
    written_bytes: usize,
    text_bytes: usize,
}

/// Where `span`, in bytes of a text, is in `written`, which is the text as TOML has it, quotes
/// included. `written` is what the parser has accepted; a key without quotes stands for itself.
pub(crate) fn within(written: &str, span: Range<usize>) -> Range<usize> {
    let delimiter = delimiter(written);
    let has_escapes = delimiter.starts_with('"');
    let close = written.len().saturating_sub(delimiter.len());
    let mut at = delimiter.len();
    if delimiter.len() == 3 {
        at += newline(&written[at..]);
    }
    let mut text_at = 0;
    let mut start = None;
    let mut end = None;
    while at < close {
        let unit = unit(&written[at..close], has_escapes);
        if unit.text_bytes > 0 {
            if start.is_none() && text_at + unit.text_bytes > span.start {
                start = Some(at);
            }
            if text_at >= span.end {
                break;
            }
            end = Some(at + unit.written_bytes);
        }
        at += unit.written_bytes;
        text_at += unit.text_bytes;
    }
    let start = start.unwrap_or(close);
    start..end.unwrap_or(start).max(start)
}

/// What a text begins and ends with.
fn delimiter(written: &str) -> &str {
    let known = ["\"\"\"", "'''", "\"", "'"].into_iter();
    // Of two quotes alone each is one: an empty text.
    let mut fitting = known.filter(|it| written.len() >= 2 * it.len() && written.starts_with(it));
    fitting.next().unwrap_or("")
}

/// How many bytes a newline has with which `text` begins; 0 when there is none.
fn newline(text: &str) -> usize {
    match text.as_bytes() {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

/// The unit with which `rest`, which is not empty, begins.
fn unit(rest: &str, has_escapes: bool) -> Unit {
    let letter_bytes = |text: &str| text.chars().next().map_or(1, char::len_utf8);
    let Some(escape) = rest.strip_prefix('\\').filter(|_| has_escapes) else {
        let bytes = letter_bytes(rest);
        return Unit { written_bytes: bytes, text_bytes: bytes };
    };
    let digits = match escape.as_bytes().first() {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            let blank = escape.len() - escape.trim_start_matches([' ', '\t', '\r', '\n']).len();
            return Unit { written_bytes: 1 + blank, text_bytes: 0 };
        }
        _ => return Unit { written_bytes: 1 + letter_bytes(escape), text_bytes: 1 },
    };
    let code = escape.get(1..=digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let letter = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    Unit { written_bytes: 2 + digits, text_bytes: letter.len_utf8() }
}

#[cfg(test)]
mod tests;
