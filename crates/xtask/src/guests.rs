//! Builds the example plugins and checks that they are what the contract says.
//!
//! Guests are built for `wasm32-unknown-unknown` in their own workspace, whose `.cargo/config.toml` holds
//! the linker's arguments. What differs between machines is only where a compiler for that target comes
//! from; [`toolchain`] finds one. Built modules go to the target folder: none is committed.

mod contract;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::ValueEnum;
use sha2::{Digest, Sha256};

use crate::command;
use crate::limits::GUEST_BYTES_MAX;
use crate::terminal::say;
use contract::Contract;
use toolchain::Toolchain;

/// A way to get a compiler for the guests' target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// The toolchain of `rust-toolchain.toml` with the target added by rustup.
    Rustup,
    /// Debian's cargo and rustc, which build `core` and `alloc` from Debian's sources.
    Debian,
}

/// Whether a missing toolchain may be installed with apt-get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Install {
    /// As root, where apt-get is.
    Allowed,
    /// Say what to install, and fail.
    Never,
}

/// A built and checked module.
#[derive(Debug)]
struct Guest {
    name: String,
    wasm: Vec<u8>,
}

const TARGET: &str = "wasm32-unknown-unknown";
const WORKSPACE: &str = "wasm-plugins";

/// Builds every example into `out` and prints name, size and SHA-256 of each.
///
/// # Errors
/// When there is no toolchain, a guest does not build, or it is not what the contract says.
pub(crate) fn run(
    root: &Path,
    target: &Path,
    out: Option<PathBuf>,
    with: Option<Way>,
    install: Install,
) -> anyhow::Result<ExitCode> {
    let out = out.unwrap_or_else(|| folder_in(target));
    let contract = Contract::read(&root.join(WORKSPACE))?;
    let toolchain = toolchain::find(root, with, install)?;
    say(&format!("guests: {toolchain}"));
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    for guest in build(root, target, &toolchain)? {
        let name = &guest.name;
        contract.check(&guest.wasm).with_context(|| format!("guest `{name}`"))?;
        if guest.wasm.len() > GUEST_BYTES_MAX {
            bail!("guest `{name}` has {} bytes, more than {GUEST_BYTES_MAX}", guest.wasm.len());
        }
        let file = out.join(format!("{name}.wasm"));
        fs::write(&file, &guest.wasm).with_context(|| file.display().to_string())?;
        say(&format!("{name}  {} bytes  sha256 {}", guest.wasm.len(), sha256(&guest.wasm)));
    }
    say(&format!("guests: in {}", out.display()));
    Ok(ExitCode::SUCCESS)
}

/// Where built guests go unless told otherwise.
pub(crate) fn folder_in(target: &Path) -> PathBuf {
    target.join("guests")
}

fn build(root: &Path, target: &Path, toolchain: &Toolchain) -> anyhow::Result<Vec<Guest>> {
    let names = examples(&root.join(WORKSPACE).join("examples"))?;
    let target = target.join(WORKSPACE);
    let mut cargo = toolchain.cargo(&root.join(WORKSPACE));
    cargo.args(["--locked", "--release", "--target", TARGET]).env("CARGO_TARGET_DIR", &target);
    for name in &names {
        cargo.args(["--package", name]);
    }
    command::run(&mut cargo)?;
    let built = target.join(TARGET).join("release");
    let read = |name: String| {
        let file = built.join(format!("{}.wasm", name.replace('-', "_")));
        let wasm = fs::read(&file).with_context(|| file.display().to_string())?;
        Ok(Guest { name, wasm })
    };
    names.into_iter().map(read).collect()
}

/// The examples by name: every folder with a manifest, whose crate is called like it.
fn examples(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::sha256;

    #[test]
    fn a_guest_is_named_by_the_digest_that_every_other_tool_computes() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
    }
}
