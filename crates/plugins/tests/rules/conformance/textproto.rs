//! Reads the text format of protocol buffers, as far as the conformance files use it.
//!
//! Source: <https://protobuf.dev/reference/protobuf/textformat-spec/>. Fields are kept in their order, with
//! the names as written; a file with anything else ends the test.

/// The fields of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Message {
    pub(crate) fields: Vec<(String, Field)>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    /// A text or bytes.
    Text(Vec<u8>),
    /// A number, a boolean, or the name of an enum.
    Word(String),
    Message(Message),
}

struct Reader<'t> {
    rest: &'t str,
}

/// Reads a file.
pub(crate) fn read(text: &str) -> Message {
    let mut reader = Reader { rest: text };
    let message = reader.fields();
    assert_eq!(reader.peek(), None, "after the last field");
    message
}

// === impl Message ===

impl Message {
    /// Every field of a name.
    pub(crate) fn all<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m Field> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, field)| field)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, field)| field)
    }

    /// Every message of a name.
    pub(crate) fn messages<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m Message> {
        self.all(name).map(move |field| match field {
            Field::Message(message) => message,
            other => unreachable!("{name} is no message: {other:?}"),
        })
    }

    pub(crate) fn message<'m>(&'m self, name: &'m str) -> Option<&'m Message> {
        self.messages(name).next()
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.field(name)? {
            Field::Text(text) => Some(String::from_utf8(text.clone()).expect("UTF-8")),
            other => unreachable!("{name} is no text: {other:?}"),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.field(name) == Some(&Field::Word("true".to_owned()))
    }
}

// === impl Reader ===

impl Reader<'_> {
    /// The next letter that means something.
    fn peek(&mut self) -> Option<char> {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix('#') {
                Some(comment) => {
                    self.rest = &comment[comment.find('\n').unwrap_or(comment.len())..];
                }
                None => return self.rest.chars().next(),
            }
        }
    }

    fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        if found {
            self.rest = &self.rest[letter.len_utf8()..];
        }
        found
    }

    fn expect(&mut self, letter: char) {
        let before: String = self.rest.chars().take(40).collect();
        assert!(self.take(letter), "{letter} expected before {before:?}");
    }

    fn fields(&mut self) -> Message {
        let mut message = Message::default();
        while self.peek().is_some_and(|letter| letter != '}') {
            let name = match self.take('[') {
                true => {
                    let end = self.rest.find(']').expect("a closed name");
                    let name = self.rest[..end].to_owned();
                    self.rest = &self.rest[end + 1..];
                    name
                }
                false => self.word(),
            };
            let _ = self.take(':');
            if self.take('[') {
                while !self.take(']') {
                    message.fields.push((name.clone(), self.value()));
                    let _ = self.take(',');
                }
            } else {
                message.fields.push((name, self.value()));
            }
            let _ = self.take(',') || self.take(';');
        }
        message
    }

    fn value(&mut self) -> Field {
        match self.peek() {
            Some('{') => {
                self.expect('{');
                let message = self.fields();
                self.expect('}');
                Field::Message(message)
            }
            Some('"' | '\'') => {
                let mut text = Vec::new();
                while let Some(quote @ ('"' | '\'')) = self.peek() {
                    self.text(quote, &mut text);
                }
                Field::Text(text)
            }
            _ => Field::Word(self.word()),
        }
    }

    fn word(&mut self) -> String {
        self.peek();
        let ends = |letter: char| !(letter.is_ascii_alphanumeric() || "_.+-".contains(letter));
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let before: String = self.rest.chars().take(40).collect();
        assert!(end > 0, "a word expected before {before:?}");
        let word = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        word
    }

    fn text(&mut self, quote: char, out: &mut Vec<u8>) {
        self.expect(quote);
        loop {
            let letter = self.next();
            match letter {
                _ if letter == quote => return,
                '\\' => self.escape(out),
                other => out.extend(other.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        match self.next() {
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'v' => out.push(11),
            'x' | 'X' => {
                let digits = self.digits(16, 2);
                out.push(u8::from_str_radix(&digits, 16).expect("a byte"));
            }
            short @ ('u' | 'U') => {
                let digits = self.digits(16, if short == 'u' { 4 } else { 8 });
                let letter = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                out.extend(letter.expect("a letter").encode_utf8(&mut [0; 4]).bytes());
            }
            first if first.is_digit(8) => {
                let digits = format!("{first}{}", self.digits(8, 2));
                out.push(u8::from_str_radix(&digits, 8).expect("a byte"));
            }
            other => out.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    }

    fn digits(&mut self, radix: u32, count_max: usize) -> String {
        let digits: String =
            self.rest.chars().take(count_max).take_while(|letter| letter.is_digit(radix)).collect();
        self.rest = &self.rest[digits.len()..];
        digits
    }

    fn next(&mut self) -> char {
        let letter = self.rest.chars().next().expect("a closed text");
        self.rest = &self.rest[letter.len_utf8()..];
        letter
    }
}
