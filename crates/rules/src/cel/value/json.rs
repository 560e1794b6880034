//! Values as JSON text, for people and for tests.
//!
//! JSON has fewer types than CEL. Bytes are Base64; times, durations and types are texts as
//! `string(..)` and `type(..)` write them; an amount is a number of minor units; `NaN` and the
//! infinities are texts; the keys of maps become texts.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::super::apply::double_text;
use super::super::{EvalError, EvalErrorKind};
use super::{Value, duration_text, type_name};
use crate::limits;

// === impl Value ===

impl Value {
    /// The value as JSON text, in one line.
    ///
    /// # Errors
    /// When the text would be longer than [`limits::CEL_JSON_BYTES_MAX`], as lists can be that contain
    /// one another often.
    pub fn to_json(&self) -> Result<String, EvalError> {
        let mut text = String::new();
        write(self, &mut text)?;
        Ok(text)
    }
}

fn write(value: &Value, out: &mut String) -> Result<(), EvalError> {
    if out.len() > limits::CEL_JSON_BYTES_MAX {
        return Err(EvalError::new(EvalErrorKind::TooLarge, "a value too large to show as JSON"));
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) | Value::Money(number) => out.push_str(&number.to_string()),
        Value::Uint(number) => out.push_str(&number.to_string()),
        // `{:?}` is the shortest text that reads back the same, and never looks like an integer.
        Value::Double(number) if number.is_finite() => out.push_str(&format!("{number:?}")),
        Value::Double(number) => quote(&double_text(*number), out),
        Value::String(text) => quote(text, out),
        Value::Bytes(bytes) => quote(&BASE64.encode(bytes), out),
        Value::Timestamp(time) => quote(&time.to_string(), out),
        Value::Duration(duration) => quote(&duration_text(*duration), out),
        Value::Type(ty) => quote(type_name(ty), out),
        Value::List(elements) => {
            out.push('[');
            for (place, element) in elements.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { "," });
                write(element, out)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (place, (key, value)) in map.entries().iter().enumerate() {
                out.push_str(if place == 0 { "" } else { "," });
                write_key(key, out)?;
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Writes a key: a text as it is, a number or boolean as the text of its JSON.
fn write_key(key: &Value, out: &mut String) -> Result<(), EvalError> {
    match key {
        Value::String(text) => quote(text, out),
        other => {
            let mut name = String::new();
            write(other, &mut name)?;
            quote(&name, out);
        }
    }
    Ok(())
}

/// Writes a JSON string. Source of the escapes: RFC 8259, section 7.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                write!(out, "\\u{:04x}", u32::from(control))
                    .expect("writing to a text cannot fail");
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
