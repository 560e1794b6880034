//! Others' statistics, asked in one process for all tables of a test.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Asks `oracle.py`; its essay tells how.
pub(crate) fn ask(questions: &Value) -> Value {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    let folder = PathBuf::from(here).join("clients/statistics");
    let python = folder.join(".venv/bin/python");
    assert!(python.is_file(), "there is no {}: run `cargo xtask test`", python.display());
    let mut child = Command::new(python)
        .arg(folder.join("oracle.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(questions.to_string().as_bytes()).expect("Python reads its questions");
    drop(input);
    let output = child.wait_with_output().expect("Python answers");
    assert!(output.status.success(), "Python failed; what it said is above");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
