//! The crate graph is the table in `crates/README.md`, and points downwards.
//!
//! The table is what people plan with, `cargo metadata` is what is built; a difference in either direction
//! is an error, so neither can drift. Only what is needed to run or build counts: a test may use more.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use crate::repository::{Crate, Repository};

const DOCUMENT: &str = "crates/README.md";
/// What stands in the table for no dependency of ours.
const NOTHING: &str = "nothing of ours";
/// Tools for people and CI: above everything, so they may depend on anything but one another.
const DEV_FLOOR: u32 = u32::MAX;

/// A row of the table.
#[derive(Debug)]
struct Row {
    line: usize,
    floor: u32,
    needs: BTreeSet<String>,
}

/// Reports crates without a row, rows without a crate, differing dependencies, and those that point up
/// or sideways.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let Some(document) = repository.file(DOCUMENT) else {
        return vec![Finding::on(DOCUMENT, "is missing: it holds the table of crates")];
    };
    let rows = rows(&document.text);
    let mut findings = Vec::new();
    for member in &repository.crates {
        match rows.get(&member.name) {
            None => findings.push(Finding::on(
                DOCUMENT,
                format!("the table has no row for the crate `{}`", member.name),
            )),
            Some(row) => findings.extend(difference(member, row, &repository.crates)),
        }
    }
    for (name, row) in &rows {
        if !repository.crates.iter().any(|member| member.name == *name) {
            findings.push(at(row, format!("there is no crate `{name}`")));
        }
        findings.extend(not_downwards(name, row, &rows));
    }
    findings
}

fn difference(member: &Crate, row: &Row, all: &[Crate]) -> Option<Finding> {
    let is_ours = |name: &&str| all.iter().any(|known| known.name == *name);
    let actual: BTreeSet<String> = member.needs().filter(is_ours).map(str::to_owned).collect();
    let quoted = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>().join(", ");
    let unlisted = quoted(actual.difference(&row.needs).collect());
    let unneeded = quoted(row.needs.difference(&actual).collect());
    let name = &member.name;
    let message = match (unlisted.is_empty(), unneeded.is_empty()) {
        (true, true) => return None,
        (false, true) => format!("`{name}` also depends on {unlisted}"),
        (true, false) => format!("`{name}` does not depend on {unneeded}"),
        (false, false) => format!("`{name}` depends on {unlisted}, not on {unneeded}"),
    };
    Some(at(row, format!("{message}: the table is the architecture, change it only on purpose")))
}

fn not_downwards(name: &str, row: &Row, rows: &BTreeMap<String, Row>) -> Vec<Finding> {
    let upwards = |on: &&String| rows.get(*on).is_some_and(|other| other.floor >= row.floor);
    let reason = "dependencies point down only, never sideways, so that each floor can be read, built \
                  and tested without those above";
    let finding = |on: &String| at(row, format!("`{name}` on `{on}`: {reason}"));
    row.needs.iter().filter(upwards).map(finding).collect()
}

fn at(row: &Row, message: String) -> Finding {
    Finding::at(DOCUMENT, row.line, message)
}

/// The rows `| floor | `crate` | responsibility | may depend on | owns |` of the document.
fn rows(text: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let [floor, name, _, needs, _] = cells.as_slice() else { continue };
        let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else {
            continue;
        };
        let floor = match *floor {
            "dev" => DEV_FLOOR,
            number => match number.parse() {
                Ok(number) => number,
                Err(_) => continue,
            },
        };
        let needs = match *needs {
            NOTHING => BTreeSet::new(),
            names => names.split(',').map(|name| name.trim().to_owned()).collect(),
        };
        rows.insert(name.to_owned(), Row { line: index + 1, floor, needs });
    }
    rows
}

#[cfg(test)]
mod tests;
