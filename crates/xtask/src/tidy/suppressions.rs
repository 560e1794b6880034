//! A lint is silenced by `#[expect(..., reason = "...")]` or not at all.
//!
//! An `allow` outlives its cause; an `expect` becomes an error when its cause is gone, and its reason tells
//! a reviewer whether to believe it. Unsafe code is expected in two places only.

use super::finding::Finding;
use super::source::{Token, tokens};
use crate::repository::{File, Repository};

/// Where unsafe code may be: the artefact cache that hands checked bytes to wasmtime, the guest's heap.
const UNSAFE_IN: [&str; 2] = ["crates/plugins/src/", "wasm-plugins/sdk/src/heap.rs"];

/// Reports `allow`, `expect` without a reason, and unsafe code outside of its places.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    repository.rust().flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let tokens = tokens(file);
    let mut findings = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let Some(attribute) = attribute(&tokens[place..]) else { continue };
        let mut say = |message: &str| findings.push(Finding::at(&file.path, token.line, message));
        let has = |word: &str| attribute.iter().any(|token| token.text == word);
        let silences = |word: &str| {
            attribute.windows(2).any(|pair| pair[0].text == word && pair[1].text == "(")
        };
        if silences("allow") {
            say("`allow` outlives its cause: use `expect` with a reason");
        }
        if silences("expect") && !has("reason") {
            say("`expect` without a reason: say why the lint is wrong here");
        }
        if has("unsafe_code") && !UNSAFE_IN.iter().any(|place| file.path.starts_with(place)) {
            say("unsafe code outside of the two places that need it: find a safe library");
        }
    }
    findings
}

/// The inside of the attribute that starts here.
fn attribute(tokens: &[Token]) -> Option<&[Token]> {
    let open = match tokens {
        [hash, bracket, ..] if hash.text == "#" && bracket.text == "[" => 1,
        [hash, bang, bracket, ..]
            if hash.text == "#" && bang.text == "!" && bracket.text == "[" =>
        {
            2
        }
        _ => return None,
    };
    let depth = tokens[open].depth;
    let inside = &tokens[open + 1..];
    let length = inside.iter().position(|token| token.depth == depth)?;
    Some(&inside[..length])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::repository::planted;
    use crate::tidy::finding::lines;

    #[test]
    fn silencing_without_a_reason_is_found() {
        let text = "#![allow(dead_code)]\n\
            #[expect(dead_code)]\n\
            #[cfg_attr(test, allow(dead_code))]\n\
            #[expect(dead_code, reason = \"a test plants it\")]\n\
            #[expect(unsafe_code, reason = \"fast\")]\n\
            #[doc = \"allow(this)\"]\n\
            fn a() { b.expect(\"#[allow(this)]\"); }\n";
        let tree = planted::files(&[("crates/a/src/lib.rs", text)]);
        let expected = [1, 2, 3, 5].map(|line| format!("crates/a/src/lib.rs:{line}"));
        assert_eq!(lines(&check(&tree)), expected);
    }

    #[test]
    fn the_artefact_cache_may_expect_unsafe_code() {
        let text =
            "#[expect(unsafe_code, reason = \"our own artefact, its MAC checked\")]\nfn a() {}";
        assert!(check(&planted::files(&[("crates/plugins/src/cache.rs", text)])).is_empty());
    }
}
