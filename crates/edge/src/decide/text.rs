//! Filling a plugin's values into the words of an offer.

use std::fmt;

/// A text in which each `{name}` is replaced by the plugin's value of that name, written without
/// building the whole.
///
/// A name that the plugin gave no value for leaves nothing: a customer should rather read "Hello!"
/// than "Hello {first_name}!". Braces that hold no name are left as they are, and a value is never
/// looked at for names itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filled<'a> {
    pub(crate) text: &'a str,
    pub(crate) values: &'a [(Box<str>, Box<str>)],
}

// === impl Filled ===

impl fmt::Display for Filled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text;
        while let Some(open) = rest.find('{') {
            let (before, from_open) = rest.split_at(open);
            f.write_str(before)?;
            match name_at(from_open) {
                Some(name) => {
                    f.write_str(self.value(name))?;
                    rest = &from_open[name.len() + 2..];
                }
                None => {
                    f.write_str("{")?;
                    rest = &from_open[1..];
                }
            }
        }
        f.write_str(rest)
    }
}

impl Filled<'_> {
    fn value(&self, name: &str) -> &str {
        let mut values = self.values.iter();
        values.find(|(known, _)| **known == *name).map_or("", |(_, value)| value)
    }
}

/// The name in a text that begins with `{`, if it is a name and followed by `}`.
fn name_at(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (!name.is_empty() && name.bytes().all(allowed)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::Filled;

    fn filled(text: &str) -> String {
        let values = [("amount".into(), "19.99 EUR".into()), ("tricky".into(), "{amount}".into())];
        Filled { text, values: &values }.to_string()
    }

    #[test]
    fn names_in_braces_become_the_plugins_values() {
        assert_eq!(filled("Save {amount}, only {amount}!"), "Save 19.99 EUR, only 19.99 EUR!");
        assert_eq!(filled("{amount}"), "19.99 EUR");
        assert_eq!(filled("no names"), "no names");
    }

    #[test]
    fn a_name_without_a_value_leaves_nothing() {
        assert_eq!(filled("Hello {first_name}!"), "Hello !");
    }

    #[test]
    fn braces_that_hold_no_name_stay() {
        for text in ["{", "}", "{}", "a { b", "{not a name}", "{\u{e4}}", "{{", "}{"] {
            assert_eq!(filled(text), text);
        }
        assert_eq!(filled("{{amount}}"), "{19.99 EUR}");
    }

    #[test]
    fn a_value_is_not_looked_at_for_names() {
        assert_eq!(filled("{tricky}"), "{amount}");
    }
}
