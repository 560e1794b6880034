//! Functions of one text, and tests of it against another.
//!
//! `contains`, `startsWith`, `endsWith` and `matches` are CEL's own; `lowerAscii`, `upperAscii`, `trim`,
//! `reverse` and `strings.quote` belong to its extension for strings.

use super::super::{Function, Value};
use super::{Overload, Pattern, bool, text};

/// Applies a function of one text, or a test of it.
pub(super) fn apply(function: Function, arguments: &[Value]) -> Overload {
    match (function, arguments) {
        (Function::Contains, [Value::String(whole), Value::String(part)]) => {
            bool(whole.contains(&**part))
        }
        (Function::StartsWith, [Value::String(whole), Value::String(part)]) => {
            bool(whole.starts_with(&**part))
        }
        (Function::EndsWith, [Value::String(whole), Value::String(part)]) => {
            bool(whole.ends_with(&**part))
        }
        (Function::Matches, [Value::String(whole), Value::String(pattern)]) => {
            bool(Pattern::new(pattern)?.is_match(whole))
        }
        (Function::LowerAscii, [Value::String(whole)]) => text(&whole.to_ascii_lowercase()),
        (Function::UpperAscii, [Value::String(whole)]) => text(&whole.to_ascii_uppercase()),
        (Function::Trim, [Value::String(whole)]) => text(whole.trim()),
        (Function::Reverse, [Value::String(whole)]) => {
            text(&whole.chars().rev().collect::<String>())
        }
        (Function::Quote, [Value::String(whole)]) => text(&quote(whole)),
        _ => Ok(None),
    }
}

/// A text in double quotes, with escapes that CEL reads back.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
