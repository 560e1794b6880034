//! `vitrine rules eval`: one expression, compiled and run as it is written.
//!
//! Nothing is evaluated beforehand, constants not either, so the value is what the compiled module gives.
//! All variables are of type `dyn`: what their values are is found out when the expression runs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use model::Currency;
use rules::Diagnostic;
use rules::cel::{self, Vocabulary};

use super::super::say;
use super::variables::Variables;
use super::{complain, host, verdict};

/// What `vitrine rules eval` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The expression, in CEL
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
    /// A JSON object whose keys are the variables; an empty file has none
    #[arg(long, value_name = "FILE")]
    vars: Option<PathBuf>,
    /// The currency of `money(..)`, such as EUR; without one the function is refused
    #[arg(long, value_name = "CODE", value_parser = Currency::parse)]
    currency: Option<Currency>,
}

/// What an expression is called in messages.
const FILE: &str = "expression";

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let variables =
        args.vars.as_deref().map_or_else(|| Ok(Variables::default()), Variables::read)?;
    let value = value(&args.expression, variables, args.currency)?;
    match &value {
        Ok(json) => say(&format!("{json}\n"))?,
        Err(wrong) => complain(&format!("{wrong}\n"))?,
    }
    Ok(verdict(value.is_ok()))
}

/// The value as JSON, or what is wrong with the expression.
fn value(
    text: &str,
    variables: Variables,
    currency: Option<Currency>,
) -> anyhow::Result<Result<String, String>> {
    let schema = variables.schema(currency);
    let vocabulary = Vocabulary { schema, ..Vocabulary::default() };
    let expr = match cel::check_unfolded(text, &vocabulary) {
        Ok(expr) => expr,
        Err(mistakes) => {
            let told = Diagnostic::of_rule(FILE, text, mistakes);
            let told: Vec<String> = told.iter().map(ToString::to_string).collect();
            return Ok(Err(told.join("\n")));
        }
    };
    let program = match cel::compile(&vocabulary.schema, &[expr]) {
        Ok(program) => program,
        Err(mistakes) => {
            let told: Vec<String> =
                mistakes.iter().map(|(_, mistake)| format!("error: {mistake}")).collect();
            return Ok(Err(told.join("\n")));
        }
    };
    let mut session = host()?.load_rules(&program)?.open(Arc::new(variables));
    Ok(match session.value(0) {
        Ok(Ok(value)) => value.to_json().map_err(|error| format!("error: {error}")),
        Ok(Err(error)) => Err(format!("error: {error}")),
        Err(fault) => {
            let (kind, detail) = (fault.kind.as_str(), fault.detail);
            Err(format!("error: the expression was stopped, {kind}: {detail}"))
        }
    })
}
