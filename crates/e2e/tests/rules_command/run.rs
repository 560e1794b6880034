//! Runs the program, and makes folders of campaigns for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::Campaign;

/// What the program printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// A folder of campaigns that the test writes.
pub(crate) struct Folder(tempfile::TempDir);

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

/// The campaigns by example, and all else in the folder of rules.
pub(crate) fn rules_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

/// A campaign of this name and rule, with two arms of equal weight.
pub(crate) fn campaign(key: &str, rule: &str) -> String {
    let campaign = Campaign::new(key).fills("interstitial").rule(rule);
    campaign.withholding("control", 1).banner("treated", 1, "Welcome back").to_string()
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

// === impl Folder ===

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Writes a file.
    pub(crate) fn with(self, name: &str, text: &str) -> Self {
        std::fs::write(self.0.path().join(name), text).expect("written");
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs `vitrine rules` in it.
    pub(crate) fn rules(&self, arguments: &[&str]) -> Ran {
        rules_in(self.path(), arguments)
    }
}
