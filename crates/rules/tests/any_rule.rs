//! Whatever stands in a rule, the checker answers: with a tree, or with mistakes that lie in the text.

use std::collections::BTreeMap;

use model::Currency;
use proptest::prelude::*;
use rules::cel::evaluate::evaluate;
use rules::cel::{
    Attribute, EvalError, Mistake, Question, Schema, Source, Value, Vocabulary, check,
    check_unfolded, compile,
};
use rules::limits;

/// What rules are made of, and what they are not.
const PIECES: [&str; 56] = [
    "customer",
    ".",
    "orders",
    "cart",
    "value",
    "view.path",
    "now",
    "has",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    "in",
    "true",
    "null",
    "1",
    "2u",
    "1.5",
    "1e400",
    "99999999999999999999",
    "\"text\"",
    "'ä'",
    "\"\\q\"",
    "\"open",
    "b\"\\xff\"",
    "r\"\\d\"",
    "\"\"\"",
    "x",
    "all",
    "exists",
    "map",
    "money",
    "duration",
    "\"7d\"",
    "`a-b`",
    "// no\n",
    "=",
    "\u{0}",
    "ß",
];

const RULES: [&str; 4] = [
    "customer.cart.value >= money(\"20.00\") && customer.last_seen > now - duration(\"6h\")",
    "[1, 2, 3].exists(x, x > 2) ? \"yes\" : view.title + \"ä\"",
    "has(customer.traits.vip) && {\"a\": [1.5, 2.5]}[\"a\"].map(d, d * 2.0) == [3.0, 5.0]",
    "!customer.consent[\"ads\"] || \"Zürich\".matches(r\"^Z\") // ü\n && -1 in [1u, 2u]",
];

fn vocabulary() -> Vocabulary {
    let currency = Currency::parse("EUR").expect("known");
    Vocabulary { schema: Schema::shop(currency, &[]), segments: BTreeMap::new() }
}

/// Checks a text; mistakes lie in it and say something.
fn mistakes(text: &str, vocabulary: &Vocabulary) -> Vec<Mistake> {
    let mistakes = check(text, vocabulary).err();
    let mistakes = mistakes.map_or_else(Vec::new, |mistakes| {
        assert!(!mistakes.is_empty(), "refused without a mistake: {text:?}");
        mistakes
    });
    assert!(mistakes.len() <= limits::CEL_MISTAKES_MAX);
    for mistake in &mistakes {
        assert!(text.get(mistake.span.clone()).is_some(), "{mistake:?} in {text:?}");
        assert!(!mistake.message.is_empty() && !mistake.help.is_empty(), "{mistake:?}");
    }
    mistakes
}

/// A rule with a part of it replaced.
fn mutated() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(&PIECES[..]);
    let places = (proptest::sample::select(&RULES[..]), any::<usize>(), 0..12_usize, piece);
    places.prop_map(|(rule, start, length, piece)| {
        let start = rule.floor_char_boundary(start % (rule.len() + 1));
        let end = rule.floor_char_boundary((start + length).min(rule.len())).max(start);
        format!("{}{piece}{}", &rule[..start], &rule[end..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_checked(text in "\\PC{0,60}") {
        mistakes(&text, &vocabulary());
    }

    #[test]
    fn any_row_of_tokens_is_checked(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40),
        gap in proptest::sample::select(&["", " "][..]),
    ) {
        mistakes(&pieces.join(gap), &vocabulary());
    }

    #[test]
    fn a_rule_with_a_slip_is_checked(text in mutated()) {
        mistakes(&text, &vocabulary());
    }
}

/// A customer without anything.
struct Nobody;

impl Source for Nobody {
    fn attribute(&self, _: Attribute) -> Result<Option<Value>, EvalError> {
        Ok(None)
    }

    fn ask(&self, _: Question, _: &[Value]) -> Result<Value, EvalError> {
        Ok(Value::Null)
    }
}

/// On the stack that a test has, 2 MiB, as a thread of the service.
#[test]
fn rules_of_any_depth_are_checked_evaluated_and_compiled_without_running_out_of_stack() {
    let vocabulary = vocabulary();
    let bytes = limits::RULE_TEXT_BYTES_MAX;
    for (open, inside, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{1:", "1", "}"),
        ("-", "now", ""),
        ("!", "true", ""),
        ("-(", "1", ")"),
        ("", "now", ".a"),
        ("", "now", "[1]"),
        ("", "1", "+1"),
        ("", "1", "<1"),
        ("", "true", "&&true"),
        ("true?1:", "1", ""),
        ("(true?1:", "1", ")"),
        ("size(", "1", ")"),
        ("[1].all(x,", "true", ")"),
        ("((", "1", "+1+1+1+1+1+1)*1)"),
    ] {
        let most = (bytes - inside.len()) / (open.len() + close.len());
        for depth in (1..=limits::CEL_DEPTH_MAX + 2).step_by(4).chain([300, most]) {
            let text = format!("{}{inside}{}", open.repeat(depth), close.repeat(depth));
            let refused = mistakes(&text, &vocabulary);
            let deep = refused.iter().any(|it| it.message.contains("within one another"));
            let bounded = close == "&&true";
            assert!(bounded || deep || depth <= limits::CEL_DEPTH_MAX, "{depth} of {open}{close}");
            assert!(!deep || depth > 8, "{depth} of {open}{close}");
            if let Ok(rule) = check_unfolded(&text, &vocabulary) {
                let _ = evaluate(&rule, &Nobody);
                assert!(compile(&vocabulary.schema, &[rule]).is_ok(), "{depth} of {open}{close}");
            }
        }
    }
    let long = format!("\"{}\"", "a".repeat(bytes));
    assert!(mistakes(&long, &vocabulary)[0].message.contains("at most 8192"));
}
