//! A compiled plan: the module, and what the numbers in it stand for.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Function, Pattern, Schema, Value};

pub use super::emit::compile;

/// The rules of a plan as one WebAssembly module, and what its host needs to run it.
///
/// Cheap to clone; immutable.
#[derive(Clone)]
pub struct Program {
    shared: Arc<Shared>,
}

struct Shared {
    wasm: Vec<u8>,
    digest: [u8; 32],
    answers: Box<[Answer]>,
    constants: Box<[Value]>,
    operations: Box<[Operation]>,
    attributes: Box<[Box<str>]>,
    functions: usize,
}

/// What a rule gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 0 or 1.
    Condition,
    /// The handle of a value.
    Value,
}

/// What the host does for a module, by number.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Applies a function, or asks a question.
    Call(Function),
    /// Matches a text with a pattern that was compiled with the rule.
    Matches {
        /// As it is written.
        text: Arc<str>,
        /// What is run.
        pattern: Arc<Pattern>,
    },
}

/// A rule, or all of them together, that would take more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{count} {what}, at most {count_max} are allowed; shorten the rule, \
     or name the parts that several rules have in common as segments"
)]
pub struct TooLarge {
    /// Of what there is too much.
    pub what: &'static str,
    /// How much there is.
    pub count: usize,
    /// How much there may be.
    pub count_max: usize,
}

// === impl Program ===

impl Program {
    /// A program of a module.
    pub(super) fn new(
        schema: &Schema,
        wasm: Vec<u8>,
        answers: Box<[Answer]>,
        constants: Vec<Value>,
        operations: Vec<Operation>,
        functions: usize,
    ) -> Self {
        let digest = Sha256::digest(&wasm).into();
        let attributes = schema.attributes.iter().map(|declared| declared.path.clone());
        let shared = Shared {
            wasm,
            digest,
            answers,
            constants: constants.into(),
            operations: operations.into(),
            attributes: attributes.collect(),
            functions,
        };
        Self { shared: Arc::new(shared) }
    }

    /// The module.
    pub fn wasm(&self) -> &[u8] {
        &self.shared.wasm
    }

    /// SHA-256 of the module, which covers the constants too.
    pub fn digest(&self) -> &[u8; 32] {
        &self.shared.digest
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.shared.answers.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.shared.answers.is_empty()
    }

    /// How many functions its rules and their parts are.
    pub fn functions(&self) -> usize {
        self.shared.functions
    }

    /// What a rule gives; `None` when there is no such rule.
    pub fn answer(&self, rule: usize) -> Option<Answer> {
        self.shared.answers.get(rule).copied()
    }

    /// The values that the first handles stand for.
    pub fn constants(&self) -> &[Value] {
        &self.shared.constants
    }

    /// An operation, by its number.
    pub fn operation(&self, number: usize) -> Option<&Operation> {
        self.shared.operations.get(number)
    }

    /// The path of an attribute, by its number.
    pub fn attribute(&self, number: usize) -> Option<&str> {
        self.shared.attributes.get(number).map(Box::as_ref)
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.shared.wasm.len();
        f.debug_struct("Program").field("rules", &self.len()).field("bytes", &bytes).finish()
    }
}

// === impl Operation ===

impl Operation {
    /// Bytes that are equal when the operations are.
    pub(super) fn key(&self) -> Vec<u8> {
        match self {
            Self::Call(function) => format!("call {function:?}").into_bytes(),
            Self::Matches { text, .. } => format!("matches {text}").into_bytes(),
        }
    }
}

// === impl TooLarge ===

impl TooLarge {
    /// A mistake, if there is more than there may be.
    pub(super) fn over(what: &'static str, count: usize, count_max: usize) -> Option<Self> {
        (count > count_max).then_some(Self { what, count, count_max })
    }
}
