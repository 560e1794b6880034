//! The files that people write: campaigns, segments, traits and cases, and what is said about their
//! mistakes.
//!
//! `UPDATE_GOLDEN=1 cargo test -p rules` writes what is generated or said now; read the difference before
//! committing it.

mod any_text;
mod errors;
mod examples;
mod reference;
mod schema;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use model::Currency;
use rules::cel::Vocabulary;
use rules::{Diagnostic, Role};

/// The repository.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    Path::new(&here).join("../..")
}

/// A file of the repository.
fn repository_text(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// The names of the TOML files in a folder of the repository, sorted.
fn toml_files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).expect(folder);
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("readable").file_name().into_string().expect("plain names"))
        .filter(|name| Path::new(name).extension() == Some(OsStr::new("toml")))
        .collect();
    names.sort();
    names
}

/// Those of the files in a folder that are something, such as campaigns.
fn files_of(folder: &str, role: Role) -> Vec<String> {
    let mut names = toml_files(folder);
    names.retain(|name| Role::of(name) == Some(role));
    names
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1")
}

fn euro() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

/// What is said about mistakes, as a person reads it.
fn told(mistakes: &[Diagnostic]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}

/// What was read, or all mistakes as the reason of the failure.
#[track_caller]
fn accepted<T>(read: Result<T, Vec<Diagnostic>>) -> T {
    match read {
        Ok(read) => read,
        Err(mistakes) => unreachable!("{}", told(&mistakes)),
    }
}

/// What the rules of the example campaigns can use.
fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| {
        let [traits, segments] = ["traits.toml", "segments.toml"].map(|name| {
            let path = format!("rules/examples/{name}");
            let text = repository_text(&path);
            (path, text)
        });
        let [traits, segments] = [&traits, &segments].map(|(path, text)| Some((&**path, &**text)));
        accepted(rules::vocabulary(euro(), traits, segments))
    })
}
