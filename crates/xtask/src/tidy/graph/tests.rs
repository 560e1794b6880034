//! Every way in which the table and the graph can come apart.

use super::check;
use crate::repository::planted::{self, member};
use crate::repository::{Crate, Repository};

const TABLE: &str = "# Crates\n\
    | floor | crate | responsibility | may depend on | owns |\n\
    |---|---|---|---|---|\n\
    | 0 | `model` | nouns | nothing of ours | words |\n\
    | 1 | `rules` | rules | model | a parser |\n\
    | 2 | `decision` | decide | model, rules | the product |\n";

fn repository(table: &str, crates: Vec<Crate>) -> Repository {
    Repository { crates, ..planted::files(&[("crates/README.md", table)]) }
}

fn as_in_the_table() -> Vec<Crate> {
    vec![
        member("model", &["thiserror"]),
        member("rules", &["model"]),
        member("decision", &["model", "rules"]),
    ]
}

fn messages(repository: &Repository) -> Vec<String> {
    check(repository).iter().map(ToString::to_string).collect()
}

#[test]
fn a_graph_that_equals_the_table_is_fine() {
    assert_eq!(messages(&repository(TABLE, as_in_the_table())), [""; 0]);
}

#[test]
fn a_dependency_that_the_table_does_not_list_is_found() {
    let mut crates = as_in_the_table();
    crates[0] = member("model", &["rules"]);
    let found = messages(&repository(TABLE, crates));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("crates/README.md:4: `model` also depends on rules"), "{found:?}");
}

#[test]
fn a_dependency_that_only_the_table_has_is_found() {
    let mut crates = as_in_the_table();
    crates[2] = member("decision", &["model"]);
    let found = messages(&repository(TABLE, crates));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`decision` does not depend on rules"), "{found:?}");
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
    let mut crates = as_in_the_table();
    crates[1] = member("edge", &[]);
    let found = messages(&repository(TABLE, crates)).join("\n");
    assert!(found.contains("no row for the crate `edge`"), "{found}");
    assert!(found.contains("there is no crate `rules`"), "{found}");
}

#[test]
fn a_dependency_upwards_or_sideways_is_found_even_when_the_table_lists_it() {
    let table = TABLE.replace("nothing of ours", "decision").replace(
        "| 2 | `decision` | decide | model, rules |",
        "| 1 | `decision` | decide | rules |",
    );
    let crates = vec![
        member("model", &["decision"]),
        member("rules", &["model"]),
        member("decision", &["rules"]),
    ];
    let found = messages(&repository(&table, crates)).join("\n");
    assert!(found.contains("`model` on `decision`"), "{found}");
    assert!(found.contains("`decision` on `rules`"), "{found}");
    assert!(!found.contains("`rules` on `model`"), "{found}");
}

#[test]
fn what_only_tests_need_is_not_part_of_the_graph() {
    let mut crates = as_in_the_table();
    crates[0] = member("model", &["rules"]);
    crates[0].dependencies[0].kind = Some("dev".to_owned());
    assert_eq!(messages(&repository(TABLE, crates)), [""; 0]);
}
