//! Runs other programs.
//!
//! `cargo xtask` is itself started by cargo, which sets variables for *its* package and toolchain. Left in
//! place they would reach the cargo that is started here: `CARGO` and `RUSTUP_TOOLCHAIN` would pick the
//! wrong toolchain for guests, `LD_LIBRARY_PATH` would load the wrong compiler. Every program therefore
//! starts without them.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};

/// What the outer cargo and rustup leave in the environment. `CARGO_PKG_*` is harmless but for rebuilds.
const LEAKED: [&str; 16] = [
    "CARGO",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "LD_LIBRARY_PATH",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
    "RUST_RECURSION_COUNT",
    "RUSTUP_TOOLCHAIN_SOURCE",
];

/// The program, to be run in a folder with a clean environment.
pub(crate) fn program(name: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder);
    for name in LEAKED {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it to the end; its output goes to the terminal.
///
/// # Errors
/// When it cannot be started or fails, with the command line.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = spelled(command);
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Runs it to the end and returns what it printed.
///
/// # Errors
/// When it cannot be started or fails, with the command line and what it said.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let line = spelled(command);
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}\n{}", String::from_utf8_lossy(&stderr).trim_end());
    }
    String::from_utf8(stdout).with_context(|| format!("`{line}` printed what is not UTF-8"))
}

/// Whether it can be started and succeeds, such as `npm --version`.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    output(command).is_ok()
}

fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{LEAKED, output, program};

    #[test]
    fn what_the_outer_cargo_set_does_not_reach_the_inner_one() {
        let mut env = program("env", Path::new("."));
        let inner = output(&mut env).expect("env runs");
        for line in inner.lines() {
            let name = line.split('=').next().unwrap_or(line);
            assert!(!LEAKED.contains(&name) && !name.starts_with("CARGO_PKG_"), "{line}");
        }
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some(), "the outer cargo sets it");
    }

    #[test]
    fn a_failed_program_is_named_with_its_arguments_and_what_it_said() {
        let mut ls = program("ls", Path::new("."));
        let error = output(ls.arg("no-such-file")).expect_err("no such file").to_string();
        assert!(error.starts_with("`ls no-such-file` failed"), "{error}");
        assert!(error.contains("No such file"), "{error}");
    }
}
