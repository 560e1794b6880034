//! Rust source as a flat list of tokens.
//!
//! Checks that look for a word must not find it in a comment or a string, and must know its line. The
//! compiler's own token rules, by way of `proc-macro2`, give just that; no syntax tree is needed. Doc
//! comments come as `# [ doc = "..." ]`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::finding::Finding;
use crate::repository::{File, Repository};

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// An identifier, a literal as written, or one character of punctuation; `(`, `[`, `{` and their
    /// closing partners for groups.
    pub(crate) text: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// How many groups it is in.
    pub(crate) depth: usize,
}

/// All tokens of a file; none when it cannot be split into tokens, which [`check`] reports.
pub(crate) fn tokens(file: &File) -> Vec<Token> {
    let mut flat = Vec::new();
    if let Ok(stream) = file.text.parse::<TokenStream>() {
        flatten(stream, 0, &mut flat);
    }
    flat
}

/// The tokens of a file without the items that are compiled for tests only.
pub(crate) fn tokens_that_ship(file: &File) -> Vec<Token> {
    let all = tokens(file);
    let mut kept = Vec::with_capacity(all.len());
    let mut place = 0;
    while place < all.len() {
        if spells(&all[place..], &["#", "[", "cfg", "(", "test", ")", "]"]) {
            place = end_of_item(&all, place + 7);
        } else {
            kept.push(all[place].clone());
            place += 1;
        }
    }
    kept
}

/// Whether the tokens begin with these words.
pub(crate) fn spells(tokens: &[Token], words: &[&str]) -> bool {
    tokens.len() >= words.len() && tokens.iter().zip(words).all(|(token, word)| token.text == *word)
}

/// Reports every file that is no Rust: no other check could see anything in it.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let broken = |file: &&File| file.text.parse::<TokenStream>().is_err();
    let finding =
        |file: &File| Finding::on(&file.path, "cannot be read as Rust, so no rule sees it");
    repository.rust().filter(broken).map(finding).collect()
}

/// The place after the item that starts at `start`: after its `;` or its braces.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let Some(depth) = tokens.get(start).map(|first| first.depth) else { return start };
    let ends = |token: &Token| token.depth == depth && matches!(token.text.as_str(), ";" | "}");
    tokens[start..].iter().position(ends).map_or(tokens.len(), |length| start + length + 1)
}

fn flatten(stream: TokenStream, depth: usize, flat: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                flat.push(Token { text: open.to_owned(), line, depth });
                flatten(group.stream(), depth + 1, flat);
                let line = group.span_close().start().line;
                flat.push(Token { text: close.to_owned(), line, depth });
            }
            other => flat.push(Token { text: other.to_string(), line, depth }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check, tokens, tokens_that_ship};
    use crate::repository::planted;

    #[test]
    fn words_in_comments_and_strings_are_not_code() {
        let tree = planted::files(&[("a.rs", "// Instant\nfn f() { let _ = \"Instant\"; }\n")]);
        assert!(tokens(&tree.files[0]).iter().all(|token| token.text != "Instant"));
    }

    #[test]
    fn what_is_compiled_for_tests_only_does_not_ship() {
        let text =
            "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\n#[cfg(test)]\nmod c;\nfn d() {}";
        let tree = planted::files(&[("a.rs", text)]);
        let names = tokens_that_ship(&tree.files[0]);
        let named = |name: &str| names.iter().find(|token| token.text == name);
        assert_eq!(named("d").map(|token| token.line), Some(6));
        assert_eq!((named("b"), named("c")), (None, None));
    }

    #[test]
    fn a_file_that_is_no_rust_is_reported() {
        assert_eq!(check(&planted::files(&[("a.rs", "fn a( {")])).len(), 1);
    }
}
