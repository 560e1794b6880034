//! Runs the program.

use std::path::Path;
use std::process::Command;

/// What the program printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// Runs `vitrine rules` in a folder.
pub(crate) fn rules_in(folder: &Path, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_vitrine-under-test"))
        .arg("rules")
        .args(arguments)
        .current_dir(folder)
        // What is printed is compared.
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code() }
}

// === impl Ran ===

impl Ran {
    /// What a successful run printed.
    pub(crate) fn printed(&self) -> &str {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""), "{}", self.stdout);
        &self.stdout
    }

    /// What a run complained of that found something wrong, and had nothing to print.
    pub(crate) fn complaint(&self) -> &str {
        assert_eq!((self.code, &*self.stdout), (Some(1), ""), "{}", self.stderr);
        &self.stderr
    }
}
