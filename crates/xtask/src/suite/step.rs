//! The steps of the suite: the table of everything that is checked.

use std::process::{Command, ExitCode};

use super::{Place, clients};
use crate::guests::{self, Install};
use crate::{command, tidy};

/// One thing that is checked.
#[derive(Debug)]
pub(super) struct Step {
    /// Its name for `--only`.
    pub(super) name: &'static str,
    /// What it checks.
    pub(super) about: &'static str,
    /// Checks it; an error is a failure.
    pub(super) run: fn(&Place) -> anyhow::Result<Outcome>,
}

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As it should.
    Passed,
    /// It could not run here, for the reason given, and that is tolerable.
    Skipped(String),
    /// It found something, or could not run although it must.
    Failed(String),
}

/// From fast to slow; clients and guests before the tests that use them.
pub(super) const STEPS: [Step; 10] = [
    Step { name: "fmt", about: "rustfmt would change nothing", run: fmt },
    Step { name: "tidy", about: "the rules about the source tree", run: tidy },
    Step { name: "deny", about: "licences, banned crates and sources", run: deny },
    Step { name: "clippy", about: "no lint fires", run: clippy },
    Step {
        name: "guests",
        about: "the example plugins build and keep to the contract",
        run: guests,
    },
    Step { name: "rules", about: "the plugins' own tests", run: rules },
    Step {
        name: "clients",
        about: "the real clients for the end-to-end tests are installed",
        run: clients,
    },
    Step { name: "test", about: "unit, integration and end-to-end tests", run: test },
    Step { name: "doctest", about: "the examples in the documentation", run: doctest },
    Step { name: "doc", about: "the documentation builds without a warning", run: doc },
];

const WORKSPACES: [&str; 2] = [".", "wasm-plugins"];

// === impl Outcome ===

impl Outcome {
    /// The word of the summary.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "FAILED",
        }
    }
}

// === impl Step ===

fn fmt(place: &Place) -> anyhow::Result<Outcome> {
    for workspace in WORKSPACES {
        let mut cargo = command::program("cargo", &place.root.join(workspace));
        command::run(cargo.args(["fmt", "--all", "--check"]))?;
    }
    Ok(Outcome::Passed)
}

fn tidy(place: &Place) -> anyhow::Result<Outcome> {
    judged(tidy::run(&place.root)?, "the findings are above")
}

/// cargo-deny takes minutes to build, so it is not installed on the way.
fn deny(place: &Place) -> anyhow::Result<Outcome> {
    if !command::succeeds(command::program("cargo", &place.root).args(["deny", "--version"])) {
        let how = "cargo-deny is not installed; `cargo install cargo-deny --locked` builds it in some minutes";
        return Ok(Outcome::Skipped(how.to_owned()));
    }
    for workspace in WORKSPACES {
        let mut cargo = command::program("cargo", &place.root.join(workspace));
        // Without advisories: what was found yesterday must not break the build of a year ago.
        cargo.args(["deny", "--locked", "--config"]).arg(place.root.join(".deny.toml"));
        command::run(cargo.args(["check", "bans", "licenses", "sources"]))?;
    }
    Ok(Outcome::Passed)
}

fn clippy(place: &Place) -> anyhow::Result<Outcome> {
    for workspace in WORKSPACES {
        let mut cargo = cargo(place, workspace, "clippy");
        cargo.args(["--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]);
        command::run(&mut cargo)?;
    }
    Ok(Outcome::Passed)
}

fn guests(place: &Place) -> anyhow::Result<Outcome> {
    let out = Some(place.guests.clone());
    judged(guests::run(&place.root, &place.target, out, None, Install::Allowed)?, "see above")
}

fn rules(place: &Place) -> anyhow::Result<Outcome> {
    command::run(cargo(place, "wasm-plugins", "test").args(["--workspace", "--locked"]))?;
    Ok(Outcome::Passed)
}

fn clients(place: &Place) -> anyhow::Result<Outcome> {
    clients::install(&place.root.join("crates/e2e/clients"))
}

fn test(place: &Place) -> anyhow::Result<Outcome> {
    let mut cargo = cargo(place, ".", "test");
    cargo.args(["--workspace", "--lib", "--bins", "--tests", "--locked", "--no-fail-fast"]);
    // What is ignored elsewhere needs guests or clients, which the steps before have made ready.
    cargo.args(["--", "--include-ignored"]);
    command::run(&mut cargo)?;
    Ok(Outcome::Passed)
}

fn doctest(place: &Place) -> anyhow::Result<Outcome> {
    command::run(cargo(place, ".", "test").args(["--workspace", "--doc", "--locked"]))?;
    Ok(Outcome::Passed)
}

fn doc(place: &Place) -> anyhow::Result<Outcome> {
    for workspace in WORKSPACES {
        let mut cargo = cargo(place, workspace, "doc");
        cargo.args(["--workspace", "--no-deps", "--document-private-items", "--locked"]);
        command::run(cargo.env("RUSTDOCFLAGS", "--deny warnings"))?;
    }
    Ok(Outcome::Passed)
}

/// A cargo command in one of the two workspaces, each with build results of its own.
fn cargo(place: &Place, workspace: &str, subcommand: &str) -> Command {
    let mut cargo = command::program("cargo", &place.root.join(workspace));
    let target = if workspace == "." { place.target.clone() } else { place.target.join(workspace) };
    cargo.arg(subcommand).env("CARGO_TARGET_DIR", target);
    // Where tests that run real guests find them.
    cargo.env("VITRINE_GUESTS", &place.guests);
    cargo
}

fn judged(code: ExitCode, why: &str) -> anyhow::Result<Outcome> {
    let failed = || Outcome::Failed(why.to_owned());
    Ok(if code == ExitCode::SUCCESS { Outcome::Passed } else { failed() })
}
