//! The code generator: from the rules of a plan to one WebAssembly module.
//!
//! ```text
//!  rules -> graph -> functions -> module
//!           equal expressions are one node     rule 0, rule 1, ..   one for each rule
//!                                              kept N               a value that is kept
//!                                              part N               what would make another too deep
//!                                              rule                 the export: picks by number
//! ```
//!
//! **Values.** Booleans, integers, amounts, floating point and times in whole milliseconds are native
//! values of WebAssembly. Everything else is a *handle*, a number for a value that the host holds, so
//! the module needs no memory and no allocator, and an instance is nothing but its globals.
//!
//! **Errors.** An expression either leaves its value on the stack or branches to a handler, the end of
//! the innermost block that catches errors, with the error in a local. Functions return a value and an
//! error, 0 for none. What provably has a value has no code for errors.
//!
//! **Logic.** `a && b && c` is one run of operands, whatever the nesting: an operand that is false
//! decides; one that fails leaves the first error in a local, and the next operand follows; at the end
//! the local tells. So each operand is written once, and a chain is as deep as its deepest operand.
//! `||`, `all` and `exists` are the same with other signs.
//!
//! **Sharing.** What several places have in common, and each segment, is a function that keeps its
//! value, or its error, in globals. They are set at the first use and live as long as the instance,
//! which is one page view.
//!
//! **Bounds.** Code is linear in the rule: nothing is written twice but what costs less than to look
//! whether it is known. Where blocks nest deep, or a function grows long, the expression becomes a
//! function of its own, so no function is hard to compile. A rule that compiles to too much is refused.
//!
//! Read in this order: [`super::imports`], what the host does; `graph`, what is shared; `native`, what
//! WebAssembly does; `functions`, what is written; `value`, `arithmetic`, `logic` and `macros`, how
//! expressions become code; `assemble`, the module.

mod arithmetic;
mod assemble;
mod body;
mod canonical;
mod functions;
mod graph;
mod logic;
mod macros;
mod native;
mod value;

use std::collections::HashMap;

use graph::Graph;
use native::Repr;

use super::program::{Answer, Operation, Program, TooLarge};
use super::tree::Expr;
use super::{Schema, Value};
use crate::limits::{PROGRAM_BYTES_MAX, RULE_BYTES_MAX, RULES_MAX};
use functions::Functions;

/// What the numbers in a module stand for, as they are given out.
#[derive(Default)]
struct Meaning {
    constants: Vec<Value>,
    constants_by_key: HashMap<Vec<u8>, u32>,
    operations: Vec<Operation>,
    operations_by_key: HashMap<Vec<u8>, u32>,
    /// What it takes in the module.
    bytes: usize,
}

/// Writes the functions of a module.
struct Emitter<'g> {
    graph: &'g Graph<'g>,
    functions: Functions,
    meaning: Meaning,
}

/// Compiles rules to a module, one entry for each.
///
/// # Errors
/// The rules that compile to too much, by their place.
pub fn compile(schema: &Schema, rules: &[Expr]) -> Result<Program, Vec<(usize, TooLarge)>> {
    if rules.len() > RULES_MAX {
        let (what, count, count_max) = ("rules in one plan", rules.len(), RULES_MAX);
        return Err(vec![(RULES_MAX, TooLarge { what, count, count_max })]);
    }
    let mut graph = Graph::new(schema);
    let roots: Vec<_> = rules.iter().map(|rule| graph.add_root(rule)).collect();
    graph.choose_kept();
    let (functions, meaning) = (Functions::new(), Meaning::default());
    let mut emitter = Emitter { graph: &graph, functions, meaning };
    let mut mistakes = Vec::new();
    let mut entries = Vec::with_capacity(rules.len());
    let mut bytes_all: usize = 0;
    for (place, root) in roots.iter().enumerate() {
        let (entry, written) = emitter.rule(*root);
        entries.push(entry);
        let before = bytes_all;
        bytes_all = bytes_all.saturating_add(written.bytes);
        let rule = || TooLarge::over("bytes of WebAssembly", written.bytes, RULE_BYTES_MAX);
        let whole = || {
            let what = "bytes of WebAssembly with the rules before it";
            let over = TooLarge::over(what, bytes_all, PROGRAM_BYTES_MAX);
            over.filter(|_| before <= PROGRAM_BYTES_MAX)
        };
        let mistake = written.too_large.or_else(rule).or_else(whole);
        mistakes.extend(mistake.map(|mistake| (place, mistake)));
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let answers = roots.iter().map(|root| match graph.node(*root).repr {
        Repr::Bool => Answer::Condition,
        _ => Answer::Value,
    });
    let answers = answers.collect();
    let wasm = assemble::module(schema, &emitter.functions, &emitter.meaning, &entries);
    let Emitter { functions, meaning, .. } = emitter;
    let (constants, operations) = (meaning.constants, meaning.operations);
    Ok(Program::new(schema, wasm, answers, constants, operations, functions.bodies.len()))
}
