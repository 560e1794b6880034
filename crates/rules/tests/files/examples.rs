//! The campaigns of `rules/examples` mean what is said above their keys.

use std::collections::BTreeSet;

use rules::cases::{self, Case, Expected};
use rules::{Role, Written};

use crate::{accepted, files_of, repository_text, vocabulary};

const FOLDER: &str = "rules/examples";

/// Every example campaign with its cases, by the name of its file.
fn campaigns() -> Vec<(String, Written, Vec<Case>)> {
    let names = files_of(FOLDER, Role::Campaign).into_iter();
    let read = names.map(|name| {
        let text = repository_text(&format!("{FOLDER}/{name}"));
        let written = accepted(rules::campaign(&name, &text, vocabulary()));
        let beside = name.replace(".toml", ".cases.toml");
        let text = repository_text(&format!("{FOLDER}/{beside}"));
        let cases = accepted(cases::read(&beside, &text, vocabulary()));
        (name, written, cases)
    });
    read.collect()
}

#[test]
fn every_example_campaign_decides_its_cases_as_they_expect() {
    let mut wrong = Vec::new();
    for (name, written, cases) in campaigns() {
        let rule = written.rule.expect("an example has a rule");
        for case in cases {
            let outcome = cases::run(&rule, &case);
            if !outcome.is_met {
                let Case { line, name: of, expected, .. } = &case;
                wrong.push(format!(
                    "{name}, case {of:?} of line {line}: {expected:?}, but {outcome:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_campaign_has_somebody_eligible_and_two_who_are_just_not() {
    let all = campaigns();
    assert!(all.len() >= 10, "only {} campaigns were found", all.len());
    for (name, _, cases) in all {
        let count = |holds| cases.iter().filter(|it| it.expected == Expected::Holds(holds)).count();
        assert!(count(true) >= 1 && count(false) >= 2, "{name} has too few cases");
    }
}

#[test]
fn every_file_of_cases_belongs_to_a_campaign() {
    let campaigns: BTreeSet<String> = files_of(FOLDER, Role::Campaign).into_iter().collect();
    for cases in files_of(FOLDER, Role::Cases) {
        let campaign = cases.replace(".cases.toml", ".toml");
        assert!(campaigns.contains(&campaign), "{cases} is of no campaign");
    }
}

#[test]
fn every_example_campaign_has_a_control_without_an_offer_and_two_languages() {
    for (name, Written { campaign, .. }, _) in campaigns() {
        assert_eq!(format!("{}.toml", campaign.key), name, "named as its key");
        let experiment = &campaign.experiment;
        assert_eq!(experiment.variants[experiment.control].offer, None, "{name}");
        for offer in &campaign.offers {
            let mut tags: Vec<&str> = offer.texts.iter().map(|(tag, _)| &**tag).collect();
            tags.sort_unstable();
            assert_eq!(tags, ["de", "en"], "{name}");
            let has_body =
                |(_, it): &(_, model::Texts)| !it.title.is_empty() && !it.body.is_empty();
            assert!(offer.texts.iter().all(has_body), "{name}");
        }
    }
}
