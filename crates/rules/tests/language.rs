//! What `rules/LANGUAGE.md` says is true.

#[path = "language/reference.rs"]
mod reference;

use model::Currency;
use reference::{Expected, Reference};
use rules::cel::evaluate::evaluate;
use rules::cel::{Schema, check};
use rules::limits;

#[test]
fn every_example_of_the_reference_gives_what_stands_behind_it() {
    let reference = Reference::read();
    let examples = reference.examples();
    assert!(examples.len() > 70, "{} examples", examples.len());
    for example in examples {
        let found = check(&example.text, &reference.vocabulary);
        let found = found.map(|expr| evaluate(&expr, &reference.customer));
        match (&example.expected, &found) {
            (Expected::Value(expected), Ok(Ok(found))) if expected == found => {}
            (Expected::NoValue, Ok(Err(_))) => {}
            (Expected::Mistake(expected), Err(mistakes)) => {
                let told: Vec<&str> = mistakes.iter().map(|mistake| &*mistake.message).collect();
                assert_eq!(told, [expected], "{}", example.text);
            }
            _ => panic!("{example:?}: {found:?}"),
        }
    }
}

#[test]
fn the_table_of_attributes_is_that_of_the_program() {
    let reference = Reference::read();
    let currency = Currency::parse("EUR").expect("known");
    let schema = Schema::shop(currency, &[]);
    let mut expected: Vec<String> = schema
        .attributes
        .iter()
        .map(|it| {
            let absent = if it.optional { "may be" } else { "" };
            format!("| `{}` | `{}` | {absent} | {} |", it.path, it.ty, it.about)
        })
        .collect();
    expected.extend(schema.questions.iter().map(|it| {
        let parameters: Vec<String> = it.parameters.iter().map(ToString::to_string).collect();
        format!("| `{}({})` | `{}` | {} |", it.path, parameters.join(", "), it.ty, it.about)
    }));
    let rows = reference.text.lines().filter(|line| {
        ["| `customer.", "| `view.", "| `now`"].iter().any(|begin| line.starts_with(begin))
    });
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}

#[test]
fn the_table_of_limits_is_that_of_the_program() {
    let reference = Reference::read();
    for (what, at_most) in [
        ("bytes of a rule or segment", limits::RULE_TEXT_BYTES_MAX),
        ("expressions within one another", limits::CEL_DEPTH_MAX),
        ("segments", limits::SEGMENTS_MAX),
        ("segments that use one another, in a chain", limits::SEGMENT_CHAIN_MAX),
        ("bytes of a text that a rule makes", limits::CEL_TEXT_BYTES_MAX),
        ("elements of a list that a rule makes", limits::CEL_ELEMENTS_MAX),
        ("values that one `==`, `!=` or `in` looks at", limits::CEL_COMPARED_MAX),
        ("bytes of a pattern", limits::CEL_PATTERN_BYTES_MAX),
    ] {
        let row = format!("| {what} | {at_most} | ");
        assert!(reference.text.contains(&row), "{row}");
    }
}
