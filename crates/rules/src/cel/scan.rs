//! The tokens of a rule's text, read before it is parsed.
//!
//! The parser is a generated one that recurses, and its messages speak of its grammar. Therefore what
//! can be told from the tokens alone is told here, in plain words: characters that are none of CEL's,
//! texts and brackets that do not end. What passes has bounded length and depth, so that neither the
//! parser nor anything after it runs out of stack.
//!
//! The tokens serve the parser's caller too, which finds in them where an expression begins and ends.
//! What is a token is said by CEL's grammar
//! (<https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md#syntax>).

use std::ops::Range;

use super::Mistake;
use super::height::Heights;
use crate::limits;

/// The tokens of a text that can be parsed.
pub(super) struct Tokens<'t> {
    text: &'t str,
    tokens: Vec<Token>,
}

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Where it is, in bytes.
    pub(super) span: Range<usize>,
    /// Of a bracket: the place of the one that it belongs to.
    partner: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name, `true`, `false` or `null`.
    Name,
    /// A number.
    Number,
    /// A text or bytes, in quotes.
    Text,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// Another sign, or `in`.
    Sign,
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    /// The places of brackets that are open.
    open: Vec<usize>,
    heights: Heights,
}

/// The signs, longer ones before those that they begin with.
const SIGNS: [&str; 18] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", ".", ",", "-", "!", "?", ":", "+", "*", "/", "%",
];

/// Signs of other languages, and what to write instead.
const FOREIGN: [(&str, &str); 5] = [
    ("=", "write `==` to compare"),
    ("&", "write `&&`"),
    ("|", "write `||`"),
    (";", "write `&&` between conditions; a rule is one expression"),
    ("$", "write names without it, such as `customer.orders`"),
];

/// Reads the tokens of a text.
///
/// # Errors
/// With the first mistake that can be told from them.
pub(super) fn scan(text: &str) -> Result<Tokens<'_>, Mistake> {
    let bytes_max = limits::RULE_TEXT_BYTES_MAX;
    if text.len() > bytes_max {
        let message = format!("a rule of {} bytes, at most {bytes_max} are allowed", text.len());
        let help = "shorten it, or name parts of it as segments";
        return Err(Mistake::new(0..text.len(), message, help));
    }
    let (tokens, open) = (Vec::new(), Vec::new());
    let mut scanner = Scanner { text, at: 0, tokens, open, heights: Heights::new() };
    while scanner.skip_space() {
        scanner.token()?;
    }
    scanner.finish()
}

// === impl Tokens ===

impl Tokens<'_> {
    /// The token that begins at a byte, or the next one after it.
    pub(super) fn at(&self, byte: usize) -> Option<&Token> {
        self.tokens.get(self.place(byte))
    }

    /// The token before the one that begins at a byte.
    pub(super) fn before(&self, byte: usize) -> Option<&Token> {
        self.place(byte).checked_sub(1).map(|place| &self.tokens[place])
    }

    /// Where the bracket that begins at a byte is closed.
    pub(super) fn end_of_bracket(&self, byte: usize) -> usize {
        let open = self.at(byte);
        open.map_or(byte, |open| self.tokens[open.partner].span.end)
    }

    /// How a token is written.
    pub(super) fn written(&self, token: &Token) -> &str {
        &self.text[token.span.clone()]
    }

    /// The span with the brackets around it that only group.
    pub(super) fn with_groups(&self, mut span: Range<usize>) -> Range<usize> {
        loop {
            let first = self.place(span.start);
            let Some(open) = first.checked_sub(1) else { return span };
            let bracket = &self.tokens[open];
            let groups = bracket.kind == TokenKind::Open
                && self.written(bracket) == "("
                && !self.is_call(open)
                && self.tokens[bracket.partner].span.start == self.next(span.end);
            if !groups {
                return span;
            }
            span = bracket.span.start..self.tokens[bracket.partner].span.end;
        }
    }

    /// Whether a bracket holds the arguments of a call.
    fn is_call(&self, open: usize) -> bool {
        let before = open.checked_sub(1).map(|place| &self.tokens[place]);
        before.is_some_and(|before| before.kind == TokenKind::Name)
    }

    /// Where the first token from a byte on begins.
    fn next(&self, byte: usize) -> usize {
        self.at(byte).map_or(self.text.len(), |token| token.span.start)
    }

    fn place(&self, byte: usize) -> usize {
        self.tokens.partition_point(|token| token.span.start < byte)
    }
}

// === impl Scanner ===

impl<'t> Scanner<'t> {
    /// Goes to the next token; whether there is one.
    fn skip_space(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let space =
                rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{c}']).len();
            let comment = if rest[space..].starts_with("//") {
                rest[space..].find('\n').unwrap_or(rest.len() - space)
            } else {
                0
            };
            self.at += space + comment;
            if space + comment == 0 {
                return !rest.is_empty();
            }
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn token(&mut self) -> Result<(), Mistake> {
        let rest = self.rest();
        let letter = rest.chars().next().unwrap_or_default();
        if let Some(prefix) = quoted_prefix(rest) {
            let length = self.text_length(prefix)?;
            return self.push(TokenKind::Text, length);
        }
        if letter.is_ascii_alphabetic() || letter == '_' {
            let length = length_while(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let kind = if &rest[..length] == "in" { TokenKind::Sign } else { TokenKind::Name };
            return self.push(kind, length);
        }
        let number = number_length(rest);
        if number > 0 {
            return self.push(TokenKind::Number, number);
        }
        match letter {
            '(' | '[' | '{' => self.push(TokenKind::Open, 1),
            ')' | ']' | '}' => self.push(TokenKind::Close, 1),
            '`' => {
                let length = escaped_name_length(rest).ok_or_else(|| self.foreign(letter))?;
                self.push(TokenKind::Name, length)
            }
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => self.push(TokenKind::Sign, sign.len()),
                None => Err(self.foreign(letter)),
            },
        }
    }

    fn foreign(&self, letter: char) -> Mistake {
        let span = self.at..self.at + letter.len_utf8();
        let known = FOREIGN.iter().find(|(sign, _)| self.rest().starts_with(sign));
        let help = match known {
            Some((_, help)) => help,
            None if letter.is_alphabetic() => {
                "write names with the letters a to z, and texts between quotes"
            }
            None => "leave it out, or write it between quotes if it belongs to a text",
        };
        let shown = if letter.is_control() {
            format!("the character U+{:04X}", u32::from(letter))
        } else {
            format!("`{letter}`")
        };
        Mistake::new(span, format!("{shown} means nothing in a rule"), help)
    }

    /// The length of a text in quotes, which begins after so many letters.
    fn text_length(&self, prefix: usize) -> Result<usize, Mistake> {
        let rest = self.rest();
        let is_raw = rest[..prefix].contains(['r', 'R']);
        let is_bytes = rest[..prefix].contains(['b', 'B']);
        let quoted = &rest[prefix..];
        let one = &quoted[..1];
        let triple = one.repeat(3);
        let quote = if quoted.starts_with(&triple) { &triple } else { one };
        let mut inside = prefix + quote.len();
        loop {
            let left = &rest[inside..];
            if left.starts_with(quote) {
                return Ok(inside + quote.len());
            }
            let letter = left.chars().next();
            match letter {
                None => return Err(self.unended(prefix, quote)),
                Some('\n' | '\r') if quote.len() == 1 => return Err(self.unended(prefix, quote)),
                Some('\\') if !is_raw => {
                    let length = escape_length(left, is_bytes);
                    inside += length.ok_or_else(|| self.escape(inside, is_bytes))?;
                }
                Some(letter) => inside += letter.len_utf8(),
            }
        }
    }

    fn unended(&self, prefix: usize, quote: &str) -> Mistake {
        let span = self.at..self.at + prefix + quote.len();
        let help = match quote.len() {
            1 => format!(
                "write {quote} at its end; a text of several lines stands between {}",
                quote.repeat(3)
            ),
            _ => format!("write {quote} at its end"),
        };
        Mistake::new(span, "the text that begins here does not end", help)
    }

    fn escape(&self, inside: usize, is_bytes: bool) -> Mistake {
        let begin = self.at + inside;
        let letter = self.text[begin + 1..].chars().next();
        let span = begin..begin + 1 + letter.map_or(0, char::len_utf8);
        let written = &self.text[span.clone()];
        let message = format!("`{written}` stands for no letter");
        let help = match letter {
            Some('u' | 'U') if is_bytes => "write bytes as `\\xFF`".to_owned(),
            Some('u' | 'U' | 'x' | 'X') => {
                "write two digits after `\\x`, four after `\\u` or eight after `\\U`".to_owned()
            }
            _ => format!("write `\\{written}`, or put r before the text's first quote"),
        };
        Mistake::new(span, message, help)
    }

    fn push(&mut self, kind: TokenKind, length: usize) -> Result<(), Mistake> {
        let span = self.at..self.at + length;
        let written = &self.text[span.clone()];
        let place = self.tokens.len();
        let mut partner = place;
        match kind {
            TokenKind::Open => {
                self.open.push(place);
                self.heights.open();
            }
            TokenKind::Close => {
                partner = self.close(&span, written)?;
                self.tokens[partner].partner = place;
                self.heights.close();
            }
            TokenKind::Sign => {
                let binary = self.tokens.last().is_some_and(ends_operand);
                self.heights.sign(written, binary);
            }
            TokenKind::Name | TokenKind::Number | TokenKind::Text => {}
        }
        if self.heights.highest() > limits::CEL_DEPTH_MAX {
            let message =
                format!("more than {} expressions within one another", limits::CEL_DEPTH_MAX);
            return Err(Mistake::new(span, message, "name parts of the rule as segments"));
        }
        self.at = span.end;
        self.tokens.push(Token { kind, span, partner });
        Ok(())
    }

    /// The bracket that one closes.
    fn close(&mut self, span: &Range<usize>, written: &str) -> Result<usize, Mistake> {
        let closed = self.open.pop().ok_or_else(|| {
            let message = format!("`{written}` closes nothing");
            Mistake::new(span.clone(), message, "leave it out, or open the bracket before it")
        })?;
        let open = &self.text[self.tokens[closed].span.clone()];
        let expected = closing(open);
        if written == expected {
            return Ok(closed);
        }
        let message = format!("`{written}` where `{open}` is still open");
        Err(Mistake::new(span.clone(), message, format!("write `{expected}` before it")))
    }

    fn finish(self) -> Result<Tokens<'t>, Mistake> {
        if let Some(open) = self.open.first() {
            let span = self.tokens[*open].span.clone();
            let written = &self.text[span.clone()];
            let message = format!("`{written}` is never closed");
            return Err(Mistake::new(span, message, format!("write `{}`", closing(written))));
        }
        if self.tokens.is_empty() {
            let help = "write a condition, such as `customer.orders > 0`";
            return Err(Mistake::new(0..self.text.len(), "there is nothing in it", help));
        }
        Ok(Tokens { text: self.text, tokens: self.tokens })
    }
}

/// Whether an operand ends with the token, so that a `-` after it subtracts.
fn ends_operand(token: &Token) -> bool {
    !matches!(token.kind, TokenKind::Sign | TokenKind::Open)
}

fn closing(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

/// How many letters stand before the quote of a text, if one begins here.
fn quoted_prefix(rest: &str) -> Option<usize> {
    let letters = length_while(rest, |byte| byte.is_ascii_alphabetic());
    let is_prefix = matches!(&rest[..letters].to_ascii_lowercase()[..], "" | "r" | "b" | "br");
    (is_prefix && rest[letters..].starts_with(['"', '\''])).then_some(letters)
}

/// The length of a number that begins here; 0 for none.
fn number_length(rest: &str) -> usize {
    let hex =
        rest.strip_prefix("0x").map(|rest| length_while(rest, |byte| byte.is_ascii_hexdigit()));
    if let Some(digits @ 1..) = hex {
        return with_unsigned(rest, 2 + digits);
    }
    let whole = digits(rest);
    let fraction = rest[whole..].strip_prefix('.').map_or(0, digits);
    let mantissa = whole + if fraction > 0 { 1 + fraction } else { 0 };
    if mantissa == 0 {
        return 0;
    }
    let exponent = rest[mantissa..].strip_prefix(['e', 'E']).map_or(0, |rest| {
        let sign = usize::from(rest.starts_with(['+', '-']));
        let digits = digits(&rest[sign..]);
        if digits > 0 { 1 + sign + digits } else { 0 }
    });
    match fraction + exponent {
        0 => with_unsigned(rest, mantissa),
        _ => mantissa + exponent,
    }
}

fn with_unsigned(rest: &str, length: usize) -> usize {
    length + usize::from(rest[length..].starts_with(['u', 'U']))
}

fn digits(rest: &str) -> usize {
    length_while(rest, |byte| byte.is_ascii_digit())
}

fn length_while(rest: &str, belongs: impl Fn(u8) -> bool) -> usize {
    rest.bytes().position(|byte| !belongs(byte)).unwrap_or(rest.len())
}

/// The length of a name between backticks, which may have some signs in it.
fn escaped_name_length(rest: &str) -> Option<usize> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/ ".contains(&byte);
    let inside = length_while(rest.strip_prefix('`')?, is_letter);
    (inside > 0 && rest[1 + inside..].starts_with('`')).then_some(inside + 2)
}

/// The length of an escape, from its backslash on; `None` for what is none.
fn escape_length(rest: &str, is_bytes: bool) -> Option<usize> {
    let after = rest.get(1..)?;
    let hex = |count: usize| {
        let digits = after.as_bytes().get(1..=count)?;
        digits.iter().all(u8::is_ascii_hexdigit).then_some(2 + count)
    };
    match after.bytes().next()? {
        b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'"' | b'\'' | b'\\' | b'?' | b'`' => {
            Some(2)
        }
        b'x' | b'X' => hex(2),
        b'u' if !is_bytes => hex(4),
        b'U' if !is_bytes => hex(8),
        b'0'..=b'3' => {
            let digits = after.as_bytes().get(1..3)?;
            digits.iter().all(|digit| (b'0'..=b'7').contains(digit)).then_some(4)
        }
        _ => None,
    }
}
