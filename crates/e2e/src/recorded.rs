//! The recorded logs of real shops, which are too large for the repository.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A recorded file by its name, from the folder that `VITRINE_DATA` names, by default `../shared/data`
/// beside the repository; `None`, and a loud word about it, where it is not on this machine.
pub fn recorded(name: &str) -> Option<PathBuf> {
    let beside = || {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
        let repository = Path::new(&here).ancestors().nth(2)?;
        Some(repository.parent()?.join("shared").join("data"))
    };
    let folder = std::env::var_os("VITRINE_DATA").map(PathBuf::from).or_else(beside)?;
    let file = folder.join(name);
    if file.is_file() {
        return Some(file);
    }
    // Past the test harness, which shows nothing of a test that passes.
    let word = format!(
        "\n*** NOT TESTED on real data: there is no {}.\n\
         *** Set VITRINE_DATA to the folder that has it.\n",
        file.display()
    );
    std::io::stderr().write_all(word.as_bytes()).expect("standard error is open");
    None
}
