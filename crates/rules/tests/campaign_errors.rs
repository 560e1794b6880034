//! Every file in `rules/golden/campaign-errors` is refused with exactly the words beside it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p rules` writes the words that are said now; read the difference
//! before committing it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

fn golden_files() -> Vec<PathBuf> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    let folder = Path::new(&here).join("../../rules/golden/campaign-errors");
    let entries = fs::read_dir(folder).expect("the golden files are part of the repository");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension() == Some("toml".as_ref())).collect();
    files.sort();
    files
}

fn said_about(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("readable");
    let name = file.file_name().and_then(OsStr::to_str).expect("plain names");
    let mistakes = rules::campaign(name, &text).expect_err(name);
    assert!(!mistakes.is_empty(), "{name} is refused without a reason");
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    told.join("\n\n") + "\n"
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_remedy() {
    let is_update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    let files = golden_files();
    assert!(files.len() >= 50, "only {} golden files were found", files.len());
    let mut different = Vec::new();
    for file in files {
        let said = said_about(&file);
        let beside = file.with_extension("expected");
        if is_update {
            fs::write(&beside, &said).expect("writable");
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if said != expected {
            different
                .push(format!("=== {}\n--- expected\n{expected}--- said\n{said}", file.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
