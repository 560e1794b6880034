//! Manifests say as little as possible: versions and lints stand once, in the root.

use toml::{Table, Value};

use super::finding::Finding;
use crate::repository::{File, Repository};

const ROOTS: [&str; 2] = ["Cargo.toml", "wasm-plugins/Cargo.toml"];

/// Versions that must not move by themselves, and why.
const PINNED: [(&str, &str, &str); 2] = [
    ("bincode", "=2.0.1", "3.0.0 is an empty tombstone, and the format on disk depends on it"),
    ("wasmtime", "=48.0.8", "the sandbox moves on purpose, after its advisories were read"),
];

/// Reports members that go their own way, and versions that are not pinned.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let manifests = repository.files.iter().filter(|file| file.name() == "Cargo.toml");
    let mut findings = Vec::new();
    for file in manifests {
        match file.text.parse::<Table>() {
            Err(error) => findings.push(Finding::on(&file.path, error.message())),
            Ok(manifest) if ROOTS.contains(&file.path.as_str()) => {
                findings.extend(unpinned(file, &manifest));
                findings.extend(unversioned(file, &manifest));
            }
            Ok(manifest) => findings.extend(member(file, &manifest)),
        }
    }
    findings
}

fn member(file: &File, manifest: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    let folder = file.folder().rsplit('/').next().unwrap_or_default();
    let name = text(manifest, &["package", "name"]).unwrap_or_default();
    if name != folder && name != format!("vitrine-{folder}") {
        let message = format!("the crate `{name}` lies in `{folder}`: one name for both");
        findings.push(Finding::on(&file.path, message));
    }
    if manifest.get("lints") != Some(&Value::Table(Table::from_iter([inherited()]))) {
        let message = "`[lints]` is not `workspace = true`: the same rules hold for every crate";
        findings.push(Finding::on(&file.path, message));
    }
    for (table, dependency, value) in dependencies(manifest) {
        let inherits = value.get("workspace") == Some(&Value::Boolean(true));
        if !inherits {
            let message = format!(
                "`{dependency}` in `[{table}]` does not inherit from the workspace: versions stand once, \
                 in the root manifest"
            );
            findings.push(Finding::on(&file.path, message));
        }
    }
    findings
}

fn unpinned(file: &File, manifest: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, version, reason) in PINNED {
        let found = at(manifest, &["workspace", "dependencies", name]).and_then(version_of);
        if file.path == "Cargo.toml" && found != Some(version) {
            let found = found.unwrap_or("nothing");
            let message = format!("`{name}` is `{found}` and must be `{version}`: {reason}");
            findings.push(Finding::on(&file.path, message));
        }
    }
    findings
}

fn unversioned(file: &File, manifest: &Table) -> Vec<Finding> {
    let all = at(manifest, &["workspace", "dependencies"]).and_then(Value::as_table);
    let loose = |value: &Value| {
        value.get("git").is_some()
            || version_of(value).map_or(value.get("path").is_none(), |version| version == "*")
    };
    let message = |name: &str| {
        format!("`{name}` has no version from the registry: a build must not change by itself")
    };
    let loose = all.into_iter().flatten().filter(|(_, value)| loose(value));
    loose.map(|(name, _)| Finding::on(&file.path, message(name))).collect()
}

/// Every dependency of a member: the table in which it stands, its name, its value.
fn dependencies(manifest: &Table) -> Vec<(&str, &str, &Value)> {
    const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let places = targets.filter_map(|(_, target)| target.as_table()).chain([manifest]);
    let mut all = Vec::new();
    for place in places {
        for table in TABLES {
            let entries = place.get(table).and_then(Value::as_table).into_iter().flatten();
            all.extend(entries.map(|(name, value)| (table, name.as_str(), value)));
        }
    }
    all
}

fn inherited() -> (String, Value) {
    ("workspace".to_owned(), Value::Boolean(true))
}

fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}

fn text<'a>(table: &'a Table, path: &[&str]) -> Option<&'a str> {
    at(table, path)?.as_str()
}

fn version_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("version").and_then(Value::as_str))
}

#[cfg(test)]
mod tests;
