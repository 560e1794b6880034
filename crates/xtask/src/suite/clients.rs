//! Installs the clients that shops really use, for the end-to-end tests.
//!
//! Every folder at or below `crates/e2e/clients` with a `package-lock.json` gets its `node_modules`, every
//! one with a `requirements.txt` a `.venv`: exactly the locked versions, from the public registries, and
//! nothing outside of the folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::step::Outcome;
use crate::command;

/// Installs what the folder asks for.
///
/// # Errors
/// When npm or Python is missing, with what to install, or when they fail.
pub(super) fn install(clients: &Path) -> anyhow::Result<Outcome> {
    if !clients.is_dir() {
        return Ok(Outcome::Skipped("there are no clients yet".to_owned()));
    }
    for folder in folders(clients)? {
        if folder.join("package-lock.json").is_file() {
            node(&folder)?;
        }
        if folder.join("requirements.txt").is_file() {
            python(&folder)?;
        }
    }
    Ok(Outcome::Passed)
}

/// The folder itself and the folders in it, but not what was installed there.
fn folders(clients: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = vec![clients.to_path_buf()];
    for entry in fs::read_dir(clients).with_context(|| clients.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "node_modules" && !name.starts_with('.') {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn node(folder: &Path) -> anyhow::Result<()> {
    if !command::succeeds(command::program("npm", folder).arg("--version")) {
        bail!("npm is not installed: `apt-get install nodejs npm` (Node 18 or later)");
    }
    command::run(command::program("npm", folder).args(["ci", "--no-audit", "--no-fund"]))
}

fn python(folder: &Path) -> anyhow::Result<()> {
    let home = folder.join(".venv");
    if !home.join("bin/pip").is_file() {
        let venv = command::run(command::program("python3", folder).args(["-m", "venv", ".venv"]));
        venv.context("Python with venv is needed: `apt-get install python3 python3-venv`")?;
    }
    let mut pip = command::program(home.join("bin/pip"), folder);
    command::run(pip.args(["install", "--quiet", "--requirement", "requirements.txt"]))
}

#[cfg(test)]
mod tests {
    use super::folders;
    use crate::repository::root;

    #[test]
    fn what_was_installed_is_not_searched_for_clients() {
        let found = folders(&root().join("crates")).expect("a folder");
        let names: Vec<_> = found.iter().filter_map(|path| path.file_name()).collect();
        assert!(names.contains(&"xtask".as_ref()) && names.contains(&"model".as_ref()));
        assert!(names.iter().all(|name| !name.to_string_lossy().starts_with('.')));
    }
}
