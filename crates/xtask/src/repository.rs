//! The source tree and the crate graph, as the tidy checks see them.
//!
//! The files are those that git knows or would know: what is ignored is nobody's business. A check gets
//! everything in memory, so that its tests can plant a violation without touching the disk.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use crate::command;

/// The repository as it stands.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    /// Every file, ordered by path.
    pub(crate) files: Vec<File>,
    /// The workspace's crates and what they depend on.
    pub(crate) crates: Vec<Crate>,
    /// Where it is checked out; empty in tests.
    pub(crate) checkout: String,
}

/// A file of the repository.
#[derive(Debug)]
pub(crate) struct File {
    /// The path from the root, with `/`.
    pub(crate) path: String,
    /// The content; empty when it is not text.
    pub(crate) text: String,
}

/// A workspace member, as `cargo metadata` tells it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Crate {
    /// Its name.
    pub(crate) name: String,
    /// Its direct dependencies of all kinds.
    pub(crate) dependencies: Vec<Dependency>,
}

/// A direct dependency.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dependency {
    /// The crate's name.
    pub(crate) name: String,
    /// `dev`, `build`, or `None` for a normal one.
    pub(crate) kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Crate>,
}

/// The repository's root: the folder two above this crate. Asked when run, not when built: two checkouts
/// that share build results share this program.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("run it as `cargo xtask`");
    let here = Path::new(&here);
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder of build results: `CARGO_TARGET_DIR`, else `target` in the root.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set))
}

// === impl Repository ===

impl Repository {
    /// Reads the files that git lists and the graph that cargo knows.
    ///
    /// # Errors
    /// When git or cargo cannot be asked, or a file cannot be read.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut git = command::program("git", root);
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listing = command::output(&mut git).context("tidy asks git for the list of files")?;
        let mut paths: Vec<&str> = listing.split_terminator('\0').collect();
        paths.sort_unstable();
        paths.dedup();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let on_disk = root.join(path);
            // Listed by git and deleted since: it will be gone with the next commit.
            if !on_disk.is_file() {
                continue;
            }
            let bytes = fs::read(&on_disk).with_context(|| on_disk.display().to_string())?;
            let text = String::from_utf8(bytes).unwrap_or_default();
            files.push(File { path: path.to_owned(), text });
        }
        let mut cargo = command::program("cargo", root);
        cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
        let metadata: Metadata = serde_json::from_str(&command::output(&mut cargo)?)?;
        let checkout = root.display().to_string();
        Ok(Self { files, crates: metadata.packages, checkout })
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// The file at a path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

// === impl File ===

impl File {
    /// The file's name without folders.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The folder in which it lies, from the root; empty for the root itself.
    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The crate whose source it is: the folder above `src`, `tests`, `benches` or `examples`.
    pub(crate) fn owner(&self) -> Option<&str> {
        let mut parts = self.path.split('/');
        match parts.next()? {
            "crates" => parts.next(),
            "load-tests" => Some("load-tests"),
            _ => None,
        }
    }

    /// Whether it holds nothing but tests or benchmarks.
    pub(crate) fn is_test(&self) -> bool {
        let mut folders = self.folder().split('/');
        self.name() == "tests.rs" || folders.any(|part| matches!(part, "tests" | "benches"))
    }
}

// === impl Crate ===

impl Crate {
    /// The names of what it needs to run or to be built, without what its tests need.
    pub(crate) fn needs(&self) -> impl Iterator<Item = &str> {
        let normal = self.dependencies.iter().filter(|on| on.kind.as_deref() != Some("dev"));
        normal.map(|on| on.name.as_str())
    }
}

#[cfg(test)]
pub(crate) mod planted {
    //! Small trees with a violation in them.

    use super::{Crate, Dependency, File, Repository};

    /// A repository of the given files.
    pub(crate) fn files(files: &[(&str, &str)]) -> Repository {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Repository { files: files.iter().map(file).collect(), ..Repository::default() }
    }

    /// A crate with normal dependencies.
    pub(crate) fn member(name: &str, needs: &[&str]) -> Crate {
        let dependency = |name: &&str| Dependency { name: (*name).to_owned(), kind: None };
        Crate { name: name.to_owned(), dependencies: needs.iter().map(dependency).collect() }
    }
}
