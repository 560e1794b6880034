//! Programs in other languages: clients that shops use, tools of analysts, and others' statistics.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// Runs a program by its path in `clients`, a Python or a Node one by its name, with `input` at its standard
/// input; gives what it printed. It must read its input before it prints much.
///
/// # Errors
/// When its packages are not installed, or it fails; the error holds what it printed.
pub fn client(program: &str, arguments: &[&str], input: &str) -> anyhow::Result<String> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    let clients = PathBuf::from(here).join("clients");
    let interpreter = match program.strip_suffix(".py") {
        // Each folder has an environment of its own.
        Some(_) => clients.join(program).with_file_name(".venv").join("bin/python"),
        None => "node".into(),
    };
    let missing = || format!("there is no {}: run `cargo xtask test`", interpreter.display());
    let mut child = Command::new(&interpreter)
        .current_dir(&clients)
        .arg(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(missing)?;
    // One that ends without reading is told by what it printed.
    let written = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (told, complaint) = (text(&output.stdout), text(&output.stderr));
    ensure!(output.status.success(), "{program} fails:\n{told}\n{complaint}");
    written.transpose().with_context(|| format!("{program} has not read its input"))?;
    Ok(told)
}
