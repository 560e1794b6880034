//! What the parser complains about, in plain words.
//!
//! Its own messages list what its grammar would take at a place. Of several complaints the first one
//! about the grammar is told: the others are what follows from it.

use cel::ParseError;

use crate::cel::Mistake;
use crate::cel::scan::{Token, TokenKind, Tokens};

/// Words of other languages, and what CEL writes.
const FOREIGN: [(&str, &str); 9] = [
    ("and", "&&"),
    ("or", "||"),
    ("not", "!"),
    ("is", "=="),
    ("eq", "=="),
    ("ne", "!="),
    ("then", "?"),
    ("else", ":"),
    ("between", ">= .. && .. <="),
];

/// How the messages of the grammar begin.
const GRAMMAR: &str = "Syntax error";

/// The mistake that errors of the parser stand for.
pub(super) fn mistake(text: &str, tokens: &Tokens<'_>, errors: Vec<ParseError>) -> Mistake {
    let grammar = errors.iter().find(|error| error.msg.starts_with(GRAMMAR));
    let Some(error) = grammar.or(errors.first()) else {
        return unexpected(text, tokens, None);
    };
    let token = byte(text, error.pos).and_then(|byte| tokens.at(byte));
    match token {
        Some(token) if !error.msg.starts_with(GRAMMAR) => told(&error.msg, tokens, token),
        token => unexpected(text, tokens, token),
    }
}

/// The byte of a line and column, both from 1 and the column in characters.
fn byte(text: &str, (line, column): (isize, isize)) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line).map(str::len).sum();
    let inside = lines.next().unwrap_or_default();
    let within = inside.char_indices().nth(column).map_or(inside.len(), |(byte, _)| byte);
    Some(before + within)
}

/// A complaint about a token that the grammar takes.
fn told(complaint: &str, tokens: &Tokens<'_>, token: &Token) -> Mistake {
    let written = tokens.written(token);
    let (message, help) = if complaint.contains("reserved") {
        (format!("`{written}` is a word that CEL keeps for itself"), "write another name")
    } else if complaint.contains("int literal") {
        let help = "write a number of at most 64 bits, or a `double` such as `1e20`";
        (format!("`{written}` does not fit an integer"), help)
    } else if complaint.contains("double literal") {
        (format!("`{written}` does not fit a double"), "write a number up to about 1.8e308")
    } else if complaint.contains("string literal") || complaint.contains("bytes literal") {
        let help = "write letters from `\\u0000` to `\\uD7FF` and from `\\uE000` to `\\U0010FFFF`";
        ("the text has an escape that stands for no letter".to_owned(), help)
    } else {
        (format!("`{written}` is not expected here"), "write an expression, such as `a.b == 1`")
    };
    Mistake::new(token.span.clone(), message, help)
}

/// A token that the grammar does not take where it is, or the end.
fn unexpected(text: &str, tokens: &Tokens<'_>, token: Option<&Token>) -> Mistake {
    let Some(token) = token else {
        let last = tokens.before(text.len());
        let shown =
            last.map_or_else(String::new, |last| format!(" after `{}`", tokens.written(last)));
        let span = last.map_or(0..text.len(), |last| last.span.clone());
        return Mistake::new(span, format!("the rule ends too early{shown}"), "write what follows");
    };
    let written = tokens.written(token);
    let message = format!("`{}` is not expected here", shortened(written));
    let foreign = FOREIGN.iter().find(|(word, _)| word.eq_ignore_ascii_case(written));
    let after_operand =
        tokens.before(token.span.start).is_some_and(|before| ends_operand(before, tokens));
    let help = match (foreign, token.kind) {
        (Some((_, sign)), _) => format!("write `{sign}`"),
        (None, TokenKind::Sign) if written == "!" => "write `!` before a condition".to_owned(),
        (None, TokenKind::Close | TokenKind::Sign) if !after_operand => {
            "write a value or a condition before it".to_owned()
        }
        (None, _) if after_operand => {
            "write an operator such as `&&` or `==` before it, or leave it out".to_owned()
        }
        (None, _) => "write a value or a condition here".to_owned(),
    };
    Mistake::new(token.span.clone(), message, help)
}

fn ends_operand(token: &Token, tokens: &Tokens<'_>) -> bool {
    let ends = !matches!(token.kind, TokenKind::Sign | TokenKind::Open);
    let foreign = || FOREIGN.iter().any(|(word, _)| *word == tokens.written(token));
    ends && !foreign()
}

/// A token, or the beginning of a long one.
fn shortened(written: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 32;
    match written.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((byte, _)) => format!("{}..", &written[..byte]),
        None => written.to_owned(),
    }
}
