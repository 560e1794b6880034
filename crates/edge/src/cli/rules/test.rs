//! `vitrine rules test`: runs the golden cases beside campaigns.
//!
//! Each case is asked twice: of the compiled rule in its sandbox, as a server does, and of the evaluator
//! that says what rules mean. The two must agree.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use model::Currency;
use plugins::{GuestFault, Host, RuleSet};
use rules::cases::{Case, Expected};
use rules::cel::evaluate::trace;
use rules::cel::tree::Expr;
use rules::cel::{EvalError, Vocabulary};

use super::super::say;
use super::campaigns::{Campaigns, Judged, rule_of};
use super::check::counted;
use super::explain::tree;
use super::{cases, complain_of, host, verdict};

/// What `vitrine rules test` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of tenants, or campaigns in them
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// The tenant's currency
    #[arg(long, value_name = "CODE", default_value = "EUR", value_parser = Currency::parse)]
    currency: Currency,
}

/// How the cases went.
#[derive(Debug, Default)]
struct Results {
    /// What is printed, a line or more for each case.
    told: String,
    passed: usize,
    failed: usize,
}

/// A rule, twice.
struct Subject<'s> {
    expr: &'s Expr,
    text: &'s str,
    /// The compiled ones of its folder, and which of them it is.
    compiled: (&'s RuleSet, usize),
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let host = host()?;
    let mut results = Results::default();
    for path in &args.paths {
        if let Err(complaints) = results.add(path, args.currency, &host)? {
            say(&results.told)?;
            return complain_of(&complaints);
        }
    }
    let Results { told, passed, failed } = results;
    let cases = counted(passed + failed, "case");
    say(&format!("{told}{cases}: {passed} passed, {failed} failed\n"))?;
    if passed + failed == 0 {
        super::complain(
            "a campaign's cases are in a file beside it, such as cart-rescue.cases.toml\n",
        )?;
    }
    Ok(verdict(failed == 0 && passed > 0))
}

// === impl Results ===

impl Results {
    /// Runs the cases of a path.
    fn add(&mut self, path: &Path, currency: Currency, host: &Host) -> anyhow::Result<Judged<()>> {
        let campaigns = match Campaigns::read(path, currency)? {
            Ok(campaigns) => campaigns,
            Err(complaints) => return Ok(Err(complaints)),
        };
        let built = match campaigns.build(host) {
            Ok(built) => built,
            Err(complaints) => return Ok(Err(complaints)),
        };
        let vocabulary = campaigns.vocabulary();
        let rules = campaigns.all().filter_map(|(path, written)| Some((path, rule_of(written)?)));
        for (place, (path, (expr, text))) in rules.enumerate() {
            let cases = match cases::beside(&path, vocabulary)? {
                Ok(cases) => cases,
                Err(complaints) => return Ok(Err(complaints)),
            };
            let Some(compiled) = built.compiled().filter(|_| !cases.is_empty()) else {
                continue;
            };
            let subject = Subject { expr, text, compiled: (&compiled.set, place) };
            self.tell(format_args!("{}\n", cases::file_of(&path).display()));
            for case in &cases {
                self.run(&subject, case, vocabulary);
            }
        }
        Ok(Ok(()))
    }

    fn run(&mut self, subject: &Subject<'_>, case: &Case, vocabulary: &Vocabulary) {
        let outcome = rules::cases::run(subject.expr, case);
        let (set, place) = subject.compiled;
        let compiled = set.open(Arc::new(case.clone())).holds(place);
        let agree = matches!(&compiled, Ok(compiled) if agree(compiled, &outcome.found));
        if outcome.is_met && agree {
            self.passed += 1;
            self.tell(format_args!("  ok    {}\n", case.name));
            return;
        }
        self.failed += 1;
        let (line, name) = (case.line, &case.name);
        let (expected, found) = (expectation(case.expected), said(&outcome.found));
        self.tell(format_args!(
            "  FAIL  {name}\n        line {line}: expected {expected}, found {found}\n"
        ));
        if !agree {
            let compiled = faulty(&compiled);
            self.tell(format_args!(
                "        the compiled rule says {compiled}: a bug of Vitrine\n"
            ));
        }
        let explained = tree(subject.text, &trace(subject.expr, case), vocabulary.schema.currency);
        for line in explained.lines() {
            self.tell(format_args!("          {line}\n"));
        }
    }

    fn tell(&mut self, text: std::fmt::Arguments<'_>) {
        self.told.write_fmt(text).expect("a String takes everything");
    }
}

/// Whether both say the same; of two without a value, for the same kind of reason.
fn agree(one: &Result<bool, EvalError>, other: &Result<bool, EvalError>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one == other,
        (Err(one), Err(other)) => one.kind == other.kind,
        _ => false,
    }
}

fn expectation(expected: Expected) -> String {
    match expected {
        Expected::Holds(holds) => holds.to_string(),
        Expected::NoValue => "no value".to_owned(),
    }
}

fn said(found: &Result<bool, EvalError>) -> String {
    match found {
        Ok(holds) => holds.to_string(),
        Err(error) => format!("no value: {error}"),
    }
}

fn faulty(compiled: &Result<Result<bool, EvalError>, GuestFault>) -> String {
    match compiled {
        Ok(found) => said(found),
        Err(fault) => format!("nothing, {}: {}", fault.kind.as_str(), fault.detail),
    }
}
