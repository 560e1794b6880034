//! The examples of `rules/LANGUAGE.md`, compiled and run.

#[path = "../../../rules/tests/language/reference.rs"]
mod reference;

use std::sync::Arc;

use reference::{Expected, Reference};
use rules::cel::{check, check_unfolded, compile};

use super::world::{asked, host};

#[test]
fn every_example_of_the_reference_gives_the_same_when_it_is_compiled() {
    let reference = Reference::read();
    let (mut rules, mut expected) = (Vec::new(), Vec::new());
    for example in reference.examples() {
        let checks =
            [check_unfolded, check].map(|check| check(&example.text, &reference.vocabulary));
        if let Expected::Mistake(message) = &example.expected {
            assert!(checks.iter().all(Result::is_err), "{}: {message}", example.text);
            continue;
        }
        for rule in checks {
            rules.push(rule.expect(&example.text));
            expected.push((
                example.text.clone(),
                match &example.expected {
                    Expected::Value(value) => Some(value.clone()),
                    _ => None,
                },
            ));
        }
    }
    let program = compile(&reference.vocabulary.schema, &rules).expect("small enough");
    let set = host().load_rules(&program).expect("allowed");
    let mut session = set.open(Arc::new(reference.customer));
    for (rule, (text, expected)) in expected.into_iter().enumerate() {
        let found = asked(&mut session, rule).expect("no fault").ok();
        assert_eq!(found, expected, "{text}");
    }
}
