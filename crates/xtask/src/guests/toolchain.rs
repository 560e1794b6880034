//! Finds a compiler for `wasm32-unknown-unknown`.
//!
//! First choice is rustup's toolchain with the target: one command, and the compiler that builds everything
//! else. Where rustup cannot download, Debian has the same compiler in another version (`rustc-web`), with
//! its sources, from which cargo builds `core` and `alloc` for the target. The two do not mix: rustup's
//! compiler does not build Debian's sources.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use super::{Install, TARGET, Way};
use crate::command;
use crate::limits::DOWNLOAD_SECONDS_MAX;
use crate::terminal::{say, warn};

/// A compiler for the guests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// rustup's, of this channel, with the target installed.
    Rustup {
        /// Such as `1.95.0`.
        channel: String,
    },
    /// Debian's, with sources and linker.
    Debian,
}

/// What Debian's way needs, and the package that brings it.
const DEBIAN: [(&str, &str); 4] = [
    ("/usr/bin/cargo", "cargo-web"),
    ("/usr/bin/rustc", "rustc-web"),
    ("/usr/lib/rustlib/src/rust/library/core/Cargo.toml", "rust-web-src"),
    ("/usr/bin/wasm-ld", "lld"),
];

/// The first toolchain that is there, or the one that was asked for.
///
/// # Errors
/// When there is none, with the commands that would install one.
pub(crate) fn find(root: &Path, with: Option<Way>, install: Install) -> anyhow::Result<Toolchain> {
    if with != Some(Way::Debian) {
        match rustup(root) {
            Ok(found) => return Ok(found),
            Err(error) if with == Some(Way::Rustup) => return Err(error),
            Err(error) => warn(&format!("{error:#}; trying Debian's toolchain")),
        }
    }
    let missing = missing_packages(Path::new("/"));
    if !missing.is_empty() {
        if install == Install::Never || !may_install() {
            bail!("{}", advice(&missing, install));
        }
        apt_install(root, &missing)?;
    }
    Ok(Toolchain::Debian)
}

fn rustup(root: &Path) -> anyhow::Result<Toolchain> {
    let channel = channel(root)?;
    let target = ["--toolchain", &channel];
    let mut list = command::program("rustup", root);
    list.args(["target", "list", "--installed"]).args(target);
    let installed = command::output(&mut list)?;
    if !installed.lines().any(|line| line.trim() == TARGET) {
        say(&format!("guests: rustup target add {TARGET}"));
        let mut add = command::program("rustup", root);
        add.args(["target", "add", TARGET]).args(target);
        add.env("RUSTUP_DOWNLOAD_TIMEOUT", DOWNLOAD_SECONDS_MAX.to_string());
        add.env("RUSTUP_MAX_RETRIES", "1");
        command::output(&mut add)?;
    }
    Ok(Toolchain::Rustup { channel })
}

/// The channel of `rust-toolchain.toml`, so that guests are built by the compiler of everything else.
fn channel(root: &Path) -> anyhow::Result<String> {
    let file = root.join("rust-toolchain.toml");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let table: toml::Table = text.parse().with_context(|| file.display().to_string())?;
    let channel = table.get("toolchain").and_then(|toolchain| toolchain.get("channel"));
    let channel =
        channel.and_then(toml::Value::as_str).context("rust-toolchain.toml has no channel")?;
    Ok(channel.to_owned())
}

/// The Debian packages whose files are not there.
fn missing_packages(system: &Path) -> Vec<&'static str> {
    let is_missing = |file: &str| !system.join(file.trim_start_matches('/')).exists();
    DEBIAN.iter().filter(|(file, _)| is_missing(file)).map(|(_, package)| *package).collect()
}

fn advice(missing: &[&str], install: Install) -> String {
    let packages = missing.join(" ");
    let itself = match install {
        Install::Never => {
            "\n  cargo xtask guests --install           as root, does the second by itself"
        }
        Install::Allowed => "",
    };
    format!(
        "no toolchain for {TARGET}. One of these installs it:\n  \
         rustup target add {TARGET}\n  \
         sudo apt-get update && sudo apt-get install --yes {packages}{itself}"
    )
}

fn may_install() -> bool {
    let mut id = command::program("id", Path::new("/"));
    let is_root = command::output(id.arg("-u")).is_ok_and(|user| user.trim() == "0");
    is_root && command::succeeds(command::program("apt-get", Path::new("/")).arg("--version"))
}

fn apt_install(root: &Path, packages: &[&str]) -> anyhow::Result<()> {
    say(&format!("guests: apt-get install {}", packages.join(" ")));
    let apt = || {
        let mut apt = command::program("apt-get", root);
        apt.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
        apt
    };
    command::output(apt().arg("update"))?;
    let mut install = apt();
    install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    command::output(&mut install)?;
    let missing = missing_packages(Path::new("/"));
    if !missing.is_empty() {
        bail!("apt-get succeeded, but the files of {} are not there", missing.join(", "));
    }
    Ok(())
}

// === impl Toolchain ===

impl Toolchain {
    /// `cargo build` for guests, to be completed with packages and target.
    pub(crate) fn cargo(&self, workspace: &Path) -> Command {
        match self {
            Self::Rustup { channel } => {
                let mut cargo = command::program("rustup", workspace);
                cargo.args(["run", channel, "cargo", "build"]);
                cargo
            }
            Self::Debian => {
                let mut cargo = command::program("/usr/bin/cargo", workspace);
                // A nightly option of cargo; Debian's sources are those of Debian's compiler, so it holds.
                cargo.env("RUSTC_BOOTSTRAP", "1").args(["build", "-Zbuild-std=core,alloc"]);
                // rustup's shims come first in most paths and would answer as `rustc`.
                cargo.env("RUSTC", "/usr/bin/rustc").env("PATH", "/usr/bin:/bin");
                cargo.args(["--config", &format!("target.{TARGET}.linker=\"wasm-ld\"")]);
                cargo
            }
        }
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rustup { channel } => write!(f, "by rustup's {channel} with {TARGET}"),
            Self::Debian => write!(f, "by Debian's rustc, with core and alloc from source"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{DEBIAN, Install, TARGET, Toolchain, advice, channel, missing_packages};
    use crate::repository::root;

    #[test]
    fn a_system_without_a_toolchain_is_told_the_exact_commands() {
        let missing = missing_packages(Path::new("/no/such/system"));
        assert_eq!(missing, DEBIAN.map(|(_, package)| package));
        let advice = advice(&missing, Install::Never);
        let install = "apt-get install --yes cargo-web rustc-web rust-web-src lld";
        assert!(advice.contains(install) && advice.contains("rustup target add"), "{advice}");
    }

    #[test]
    fn guests_are_built_by_the_compiler_of_everything_else() {
        let channel = channel(&root()).expect("the repository pins its toolchain");
        let cargo = Toolchain::Rustup { channel: channel.clone() }.cargo(Path::new("."));
        assert!(cargo.get_args().any(|argument| argument.to_string_lossy() == channel));
    }

    #[test]
    fn debians_compiler_is_not_mistaken_for_rustups() {
        let cargo = Toolchain::Debian.cargo(Path::new("."));
        let set = |name: &str| {
            cargo.get_envs().find(|(known, _)| *known == name).and_then(|(_, value)| value)
        };
        assert_eq!(set("RUSTC"), Some("/usr/bin/rustc".as_ref()));
        assert_eq!(set("PATH"), Some("/usr/bin:/bin".as_ref()));
        assert_eq!(set("RUSTUP_TOOLCHAIN"), None);
        assert!(cargo.get_args().any(|argument| argument.to_string_lossy().contains(TARGET)));
    }
}
