//! The conformance tests of the CEL specification, through the checker, the evaluator, the folder and
//! the sandbox (<https://github.com/cel-expr/cel-spec/tree/master/tests/simple>).
//!
//! A case is *passed* when all of them give what it expects, *unsupported* when the checker refuses it,
//! and *wrong* otherwise. Where a case switches the check off, its variables are `dyn`; the check of what
//! it says in the text is not to be switched off, so some of those are refused. A case that expects an
//! error is passed when there is no value, and unsupported when the checker refuses what can only fail.

mod case;
mod textproto;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plugins::Host;
use rules::cel::evaluate::evaluate;
use rules::cel::tree::Expr;
use rules::cel::{EvalError, Schema, Value, check_unfolded, compile, fold};

use super::differential::same_value;
use super::world::{asked, host};
use case::{Case, Expected, Values};

/// Cases that must pass; there are more.
const PASSED_MIN: usize = 1_228;

/// Rules of one module.
const RULES: usize = 64;

/// What became of the cases of a file.
#[derive(Default)]
struct Tally {
    passed: usize,
    unsupported: usize,
    wrong: usize,
}

/// The cases that are refused for one reason.
#[derive(Default)]
struct Reason {
    count: usize,
    /// Those that expect a value, and not an error or no more than a type.
    with_value: usize,
    first: String,
}

/// A case that was checked, and has yet to be run in the sandbox.
struct Checked {
    case: Case,
    expr: Expr,
}

/// The folder of the specification's files.
fn folder() -> Option<PathBuf> {
    let beside = || {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
        let repository = Path::new(&here).ancestors().nth(2)?;
        Some(repository.parent()?.join("shared").join("data"))
    };
    let data = std::env::var_os("VITRINE_DATA").map(PathBuf::from).or_else(beside)?;
    let folder = data.parent()?.join("vectors").join("cel-spec");
    folder.is_dir().then_some(folder)
}

fn files(folder: PathBuf) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let text = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).expect("a text"))
    };
    paths.into_iter().map(text).collect()
}

#[test]
fn the_conformance_tests_of_the_specification_hold() {
    let Some(folder) = folder() else {
        loudly(
            "\n*** NOT TESTED against CEL's specification, which is not there.\n\
             *** Set VITRINE_DATA to a folder beside which there is vectors/cel-spec.\n",
        );
        return;
    };
    let host = host();
    let mut reasons: BTreeMap<String, Reason> = BTreeMap::new();
    let mut wrong = String::new();
    let mut table = String::from("file                 passed  unsupported  wrong\n");
    let mut total = Tally::default();
    for (file, text) in files(folder) {
        let mut tally = Tally::default();
        let mut checked = Vec::new();
        for case in case::cases(&textproto::read(&text)) {
            match check_unfolded(&case.text, &case.vocabulary) {
                Ok(expr) => checked.push(Checked { case, expr }),
                Err(mistakes) => {
                    tally.unsupported += 1;
                    let reason = reasons.entry(general(&mistakes[0].message)).or_default();
                    reason.add(&file, &case);
                }
            }
        }
        for (name, complaint) in complaints(&host, &checked) {
            tally.wrong += 1;
            writeln!(wrong, "{file}/{name}: {complaint}").expect("a text");
        }
        tally.passed = checked.len() - tally.wrong;
        add_row(&mut table, &file, &tally);
        total.passed += tally.passed;
        total.unsupported += tally.unsupported;
        total.wrong += tally.wrong;
    }
    add_row(&mut table, "total", &total);
    table.push_str("\nunsupported, of these with a value, and why:\n");
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, reason)| usize::MAX - reason.count);
    for (why, Reason { count, with_value, first }) in reasons {
        writeln!(table, "{count:>5} {with_value:>5}  {why}, as {first}").expect("a text");
    }
    loudly(&table);
    assert_eq!(total.wrong, 0, "\n{wrong}");
    assert!(total.passed >= PASSED_MIN, "{} passed", total.passed);
}

// === impl Reason ===

impl Reason {
    fn add(&mut self, file: &str, case: &Case) {
        if self.count == 0 {
            self.first = format!("{file}/{}", case.name);
        }
        self.count += 1;
        self.with_value += usize::from(matches!(case.expected, Expected::Value(_)));
    }
}

/// Writes past the test harness, which shows nothing of a test that passes.
fn loudly(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).expect("standard error is open");
}

fn add_row(table: &mut String, name: &str, tally: &Tally) {
    let Tally { passed, unsupported, wrong } = tally;
    writeln!(table, "{name:<20} {passed:>6} {unsupported:>12} {wrong:>6}").expect("a text");
}

/// A message without what belongs to its case alone, so that cases refused for one reason are counted
/// together.
fn general(message: &str) -> String {
    if let Some((function, _)) = message.split_once(" is not defined for ") {
        return format!("{function} is not defined for such types");
    }
    if message.starts_with("unknown ") {
        return message.to_owned();
    }
    let outside: Vec<&str> = message.split('`').step_by(2).collect();
    let general = outside.join("`..`");
    match (general.split_once('"'), general.rsplit_once('"')) {
        (Some((before, _)), Some((_, after))) => format!("{before}\"..\"{after}"),
        _ => general,
    }
}

/// What is wrong with cases, by name.
fn complaints(host: &Host, checked: &[Checked]) -> Vec<(String, String)> {
    let compiled = compiled(host, checked);
    let mut complaints = Vec::new();
    for (Checked { case, expr }, compiled) in checked.iter().zip(compiled) {
        let folded = fold(expr.clone());
        let outcomes = [
            ("evaluated", evaluate(expr, &case.values)),
            ("folded", evaluate(&folded, &case.values)),
            ("compiled", compiled),
        ];
        let mut wrong = outcomes
            .into_iter()
            .filter(|(_, outcome)| !is_expected(&case.expected, outcome))
            .map(|(how, outcome)| format!("{how} {outcome:?}"));
        let deduced = case.deduced.as_ref().and_then(|deduced| {
            let expected = case::ty(deduced);
            (expected.as_ref() != Some(&expr.ty)).then(|| format!("deduced {}", expr.ty))
        });
        if let Some(complaint) = wrong.next().or(deduced) {
            let complaint = format!("{complaint} instead of {:?} by {}", case.expected, case.text);
            complaints.push((case.name.clone(), complaint));
        }
    }
    complaints
}

fn is_expected(expected: &Expected, outcome: &Result<Value, EvalError>) -> bool {
    match (expected, outcome) {
        (Expected::Value(Some(expected)), Ok(found)) => same_result(expected, found),
        (Expected::Error, Err(_)) | (Expected::Checked, _) => true,
        _ => false,
    }
}

/// Whether values are the same; maps in any order, and of types those of lists and maps alike.
fn same_result(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Map(expected), Value::Map(found)) => {
            let same = |(key, value): &(Value, Value)| {
                let found = found.entries().iter().find(|(known, _)| same_value(known, key));
                found.is_some_and(|(_, found)| same_result(value, found))
            };
            expected.len() == found.len() && expected.entries().iter().all(same)
        }
        (Value::List(expected), Value::List(found)) => {
            let mut pairs = expected.iter().zip(found.iter());
            expected.len() == found.len() && pairs.all(|(one, other)| same_result(one, other))
        }
        _ => same_value(expected, found),
    }
}

/// What the cases give in the sandbox. Those without variables are rules of common modules.
fn compiled(host: &Host, checked: &[Checked]) -> Vec<Result<Value, EvalError>> {
    let mut outcomes: Vec<Option<Result<Value, EvalError>>> = vec![None; checked.len()];
    let is_plain = |place: &usize| checked[*place].case.vocabulary.schema.attributes.is_empty();
    let (plain, others): (Vec<usize>, Vec<usize>) = (0..checked.len()).partition(is_plain);
    for places in plain.chunks(RULES).chain(others.chunks(1)) {
        let schema = &checked[places[0]].case.vocabulary.schema;
        let values = checked[places[0]].case.values.clone();
        let rules: Vec<Expr> = places.iter().map(|place| checked[*place].expr.clone()).collect();
        for (place, outcome) in places.iter().zip(run(host, schema, &rules, values)) {
            outcomes[*place] = Some(outcome);
        }
    }
    outcomes.into_iter().map(|outcome| outcome.expect("run")).collect()
}

fn run(
    host: &Host,
    schema: &Schema,
    rules: &[Expr],
    values: Values,
) -> Vec<Result<Value, EvalError>> {
    let program = compile(schema, rules).expect("small enough");
    let set = host.load_rules(&program).expect("allowed");
    let mut session = set.open(Arc::new(values));
    (0..rules.len()).map(|rule| asked(&mut session, rule).expect("no fault")).collect()
}
