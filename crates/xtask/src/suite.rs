//! `cargo xtask test`: everything that is checked, in one command.
//!
//! People and CI run the same list. A step that fails does not stop the others, so that one run tells
//! everything; a step that cannot run here says so loudly and says what to install. The steps go from fast
//! to slow.

mod clients;
mod step;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::guests;
use crate::terminal::{say, warn};
use step::{Outcome, STEPS, Step};

/// What the steps share.
#[derive(Debug)]
struct Place {
    /// The repository.
    root: PathBuf,
    /// Where cargo puts what it builds.
    target: PathBuf,
    /// Where the built guests are.
    guests: PathBuf,
}

/// A step that was run.
#[derive(Debug)]
struct Ran {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// Prints the steps.
///
/// # Errors
/// Never; the signature is that of every chore.
pub(crate) fn list() -> anyhow::Result<ExitCode> {
    for step in &STEPS {
        say(&format!("{:<8} {}", step.name, step.about));
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs all steps, or only those named, and prints how each went.
///
/// # Errors
/// When a named step does not exist, or there is no home folder for build results.
pub(crate) fn run(root: &Path, only: &[String]) -> anyhow::Result<ExitCode> {
    let steps = chosen(only)?;
    let place = Place::of(root)?;
    let begun = now();
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        say(&format!("\n--- {}: {}", step.name, step.about));
        let begun = now();
        let outcome =
            (step.run)(&place).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        let ran = Ran { name: step.name, outcome, took: begun.elapsed() };
        match &ran.outcome {
            Outcome::Passed => {}
            Outcome::Skipped(why) => warn(&format!("{} did not run: {why}", ran.name)),
            Outcome::Failed(why) => warn(&format!("{} failed: {why}", ran.name)),
        }
        all.push(ran);
    }
    Ok(conclude(&all, begun.elapsed()))
}

fn chosen(only: &[String]) -> anyhow::Result<Vec<&'static Step>> {
    let known = |name: &str| STEPS.iter().any(|step| step.name == name);
    if let Some(unknown) = only.iter().find(|name| !known(name)) {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        bail!("there is no step `{unknown}`; there are {}", names.join(", "));
    }
    let wanted = |step: &&Step| only.is_empty() || only.iter().any(|name| name == step.name);
    Ok(STEPS.iter().filter(wanted).collect())
}

/// Prints the summary: a line for each step, then one in the manner of cargo.
fn conclude(all: &[Ran], took: Duration) -> ExitCode {
    say("");
    for ran in all {
        say(&format!("{:<8} {:>7} {:>8.1}s", ran.name, ran.outcome.word(), ran.took.as_secs_f64()));
    }
    let line = summary(all, took);
    say(&format!("\n{line}"));
    if failures(all) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn summary(all: &[Ran], took: Duration) -> String {
    let skipped = all.iter().filter(|ran| matches!(ran.outcome, Outcome::Skipped(_))).count();
    let failed = failures(all);
    let passed = all.len() - failed - skipped;
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    let took = took.as_secs_f64();
    format!(
        "test result: {verdict}. {passed} passed; {failed} failed; {skipped} skipped; finished in {took:.2}s"
    )
}

fn failures(all: &[Ran]) -> usize {
    all.iter().filter(|ran| matches!(ran.outcome, Outcome::Failed(_))).count()
}

#[expect(clippy::disallowed_methods, reason = "measures how long a step takes, for people")]
fn now() -> Instant {
    Instant::now()
}

// === impl Place ===

impl Place {
    /// Build results go where `CARGO_TARGET_DIR` says, else to the home's cache: a checkout stays clean and
    /// a new one builds fast.
    fn of(root: &Path) -> anyhow::Result<Self> {
        let target = match (std::env::var_os("CARGO_TARGET_DIR"), std::env::home_dir()) {
            (Some(set), _) => root.join(set),
            (None, Some(home)) => home.join(".cache/vitrine/target"),
            (None, None) => bail!("there is no home folder: set CARGO_TARGET_DIR"),
        };
        Ok(Self { root: root.to_path_buf(), guests: guests::folder_in(&target), target })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Outcome, Ran, chosen, failures, summary};

    fn ran(outcome: Outcome) -> Ran {
        Ran { name: "a", outcome, took: Duration::ZERO }
    }

    #[test]
    fn one_failed_step_fails_the_whole_and_a_skipped_one_is_counted_as_such() {
        let mut all = vec![ran(Outcome::Passed), ran(Outcome::Skipped("no tool".to_owned()))];
        let line = "test result: ok. 1 passed; 0 failed; 1 skipped; finished in 1.50s";
        assert_eq!(summary(&all, Duration::from_millis(1500)), line);
        all.push(ran(Outcome::Failed("broken".to_owned())));
        assert_eq!(failures(&all), 1);
        assert!(
            summary(&all, Duration::ZERO).starts_with("test result: FAILED. 1 passed; 1 failed")
        );
    }

    #[test]
    fn a_step_that_does_not_exist_is_an_error_and_not_an_empty_success() {
        let error = chosen(&["fnt".to_owned()]).expect_err("no such step").to_string();
        assert!(error.contains("`fnt`") && error.contains("fmt"), "{error}");
        assert_eq!(chosen(&["fmt".to_owned()]).expect("a step").len(), 1);
    }
}
