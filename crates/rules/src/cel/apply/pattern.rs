//! The patterns of `matches`: RE2's syntax, in time linear in pattern and text.
//!
//! The engine is the regex crate, which never goes back in the text. Where it would understand a pattern
//! otherwise than RE2, the pattern is rewritten first:
//!
//! | RE2 | the engine | rewritten to |
//! |---|---|---|
//! | `\d` `\s` `\w` are ASCII | Unicode | bracketed classes |
//! | `\b` `\B` are ASCII | Unicode | `(?-u:\b)`; `\B` is refused |
//! | `\<` `\>` are letters | edges of words | `<` and `>` |
//! | in `[..]`, `[` and `&&` `~~` are letters | nested classes, set operations | escaped; `--` is refused |
//!
//! What the engine does not know of RE2 (`\Q..\E`, `\C`, octal escapes) is refused, never guessed.

use regex::{Regex, RegexBuilder};

use super::super::{EvalError, EvalErrorKind};
use crate::limits;

/// A pattern of `matches`. It is compiled once, and then searches any text in linear time.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
}

// === impl Pattern ===

impl Pattern {
    /// Compiles a pattern in RE2's syntax.
    ///
    /// # Errors
    /// When it is none, or larger than [`limits::CEL_PATTERN_BYTES_MAX`] or
    /// [`limits::CEL_PATTERN_COMPILED_BYTES_MAX`] allow.
    pub fn new(pattern: &str) -> Result<Self, EvalError> {
        let argument = |detail: String| EvalError::new(EvalErrorKind::Argument, detail);
        if pattern.len() > limits::CEL_PATTERN_BYTES_MAX {
            return Err(argument(format!(
                "a pattern of {} bytes is longer than {}",
                pattern.len(),
                limits::CEL_PATTERN_BYTES_MAX
            )));
        }
        let rewritten = rewrite(pattern).map_err(|reason| argument(reason.to_owned()))?;
        let built = RegexBuilder::new(&rewritten)
            .size_limit(limits::CEL_PATTERN_COMPILED_BYTES_MAX)
            .dfa_size_limit(limits::CEL_PATTERN_COMPILED_BYTES_MAX)
            .nest_limit(limits::CEL_PATTERN_NESTING_MAX)
            .build();
        let regex = built.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => EvalError::too_large("a compiled pattern"),
            error => argument(format!("not a pattern in RE2's syntax: {}", first_reason(&error))),
        })?;
        Ok(Self { regex })
    }

    /// Whether the pattern is found anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// The last line of the engine's message, which gives the reason; the lines above draw the place.
fn first_reason(error: &regex::Error) -> String {
    let message = error.to_string();
    let reason = message.lines().last().unwrap_or_default();
    reason.trim_start_matches("error: ").to_owned()
}

/// The pattern in the engine's syntax.
fn rewrite(pattern: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        rest = match letter {
            '\\' => rewrite_escape(after, in_class, &mut out)?,
            '[' if !in_class => {
                in_class = true;
                open_class(after, &mut out)
            }
            '[' => rewrite_bracket(rest, &mut out),
            ']' if in_class => {
                in_class = false;
                out.push(']');
                after
            }
            '-' if in_class && after.starts_with('-') => {
                return Err("write \\- for a - within [..] beside another");
            }
            '&' | '~' if in_class && after.starts_with(letter) => {
                out.push('\\');
                out.push(letter);
                after
            }
            '(' if !in_class && has_foreign_flag(after) => {
                return Err("of flags, RE2 knows i, m, s and U");
            }
            _ => {
                out.push(letter);
                after
            }
        };
    }
    Ok(out)
}

/// `[`, `[^`, and a `]` directly behind it, which is a letter.
fn open_class<'p>(after: &'p str, out: &mut String) -> &'p str {
    out.push('[');
    let mut rest = after;
    if let Some(negated) = rest.strip_prefix('^') {
        out.push('^');
        rest = negated;
    }
    if let Some(closed) = rest.strip_prefix(']') {
        out.push_str("\\]");
        rest = closed;
    }
    rest
}

/// `[` within a class: the beginning of `[:alpha:]`, or a letter.
fn rewrite_bracket<'p>(rest: &'p str, out: &mut String) -> &'p str {
    let end = rest.strip_prefix("[:").and_then(|name| name.find(":]"));
    if let Some(end) = end.map(|end| end + 4) {
        out.push_str(&rest[..end]);
        return &rest[end..];
    }
    out.push_str("\\[");
    &rest[1..]
}

/// What follows a backslash; gives the rest behind it.
fn rewrite_escape<'p>(
    after: &'p str,
    in_class: bool,
    out: &mut String,
) -> Result<&'p str, &'static str> {
    let Some(letter) = after.chars().next() else {
        return Err("not a pattern in RE2's syntax: it ends with a backslash");
    };
    let rest = &after[letter.len_utf8()..];
    let first = ["[-", "[^-", "\\-"];
    let in_range = in_class && out.ends_with('-') && !first.iter().any(|end| out.ends_with(end));
    match letter {
        'd' | 'D' | 's' | 'S' | 'w' | 'W' if in_range => {
            return Err("not a pattern in RE2's syntax: a range ends with one letter");
        }
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        's' => out.push_str("[\\t\\n\\f\\r ]"),
        'S' => out.push_str("[^\\t\\n\\f\\r ]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'b' if !in_class => out.push_str("(?-u:\\b)"),
        'b' | 'B' => return Err("of edges of words, only \\b is supported, outside of [..]"),
        '<' | '>' => out.push(letter),
        'u' | 'U' => return Err("not a pattern in RE2's syntax: write \\x{..} for \\u and \\U"),
        _ => {
            out.push('\\');
            out.push(letter);
        }
    }
    Ok(rest)
}

/// Whether `(` begins a group with a flag that the engine knows and RE2 does not.
fn has_foreign_flag(after: &str) -> bool {
    let Some(flags) = after.strip_prefix('?') else { return false };
    let end = flags.find([':', ')', '<', 'P']).unwrap_or(flags.len());
    flags[..end].contains(['u', 'x', 'R'])
}
