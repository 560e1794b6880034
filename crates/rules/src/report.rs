//! Collects the mistakes of one file and finds their places in it.

use std::ops::Range;

use toml::Spanned;

use crate::Diagnostic;
use crate::limits::{DIAGNOSTICS_MAX, SHOWN_LINE_CHARS_MAX};
use crate::place;

/// The mistakes found so far in one file.
pub(crate) struct Report<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<(usize, Diagnostic)>,
}

/// A text of the file in quotes, cut when long, for use within a message.
pub(crate) fn quoted(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

// === impl Report ===

impl<'t> Report<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// Notes a mistake at a range of bytes of the text.
    pub(crate) fn error(
        &mut self,
        span: Range<usize>,
        message: impl Into<Box<str>>,
        help: impl Into<Box<str>>,
    ) {
        if self.found.len() >= DIAGNOSTICS_MAX {
            return;
        }
        let start = span.start;
        let diagnostic = self.diagnostic(span, message.into(), help.into());
        self.found.push((start, diagnostic));
    }

    /// A mistake at a range of bytes of the text.
    pub(crate) fn diagnostic(
        &self,
        span: Range<usize>,
        message: Box<str>,
        help: Box<str>,
    ) -> Diagnostic {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.floor_char_boundary(span.end).max(start);
        let begin_of_line = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[begin_of_line..].lines().next().unwrap_or("");
        let before = self.text[begin_of_line..start].chars().count();
        let length = self.text[start..end].lines().next().unwrap_or("").chars().count();
        let (source, marked) = window(line, before, length);
        Diagnostic {
            file: self.file.into(),
            line: self.line(begin_of_line),
            column: before + 1,
            message,
            help,
            source,
            marked,
        }
    }

    /// Notes a mistake at a range of bytes within a text of the file. What is missing at its end is told
    /// behind the last letter, not on the blank line that follows.
    pub(crate) fn error_within(
        &mut self,
        text: &Spanned<&str>,
        span: Range<usize>,
        message: impl Into<Box<str>>,
        help: impl Into<Box<str>>,
    ) {
        let end = text.get_ref().trim_end().len();
        let span = span.start.min(end)..span.end.min(end);
        let written = self.text.get(text.span()).unwrap_or_default();
        let found = place::within(written, span);
        let begin = text.span().start;
        self.error(begin + found.start..begin + found.end, message, help);
    }

    /// The line of a byte of the text, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.text[..self.text.floor_char_boundary(at)].matches('\n').count() + 1
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All mistakes in the order of the file.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(start, _)| *start);
        self.found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }
}

/// The part of a line around a mistake, and where the mistake lies in it. Control characters, which
/// could play tricks on a terminal, are shown as a replacement.
fn window(line: &str, before: usize, length: usize) -> (Box<str>, (usize, usize)) {
    let is_long = line.chars().count() > SHOWN_LINE_CHARS_MAX;
    let skipped = if is_long { before.saturating_sub(SHOWN_LINE_CHARS_MAX / 2) } else { 0 };
    let printable = |letter: char| match letter {
        '\t' => '\t',
        letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
        letter => letter,
    };
    let shown = line.chars().skip(skipped).take(SHOWN_LINE_CHARS_MAX).map(printable);
    let shown: String = shown.collect();
    let begin = before - skipped;
    let room = SHOWN_LINE_CHARS_MAX.saturating_sub(begin);
    (shown.into(), (begin, length.clamp(1, room.max(1))))
}
