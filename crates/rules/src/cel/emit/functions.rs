//! The functions of a module: which there are, and what each is around its expression.
//!
//! A function gets its number when it is first called for, and is written later; so functions refer to
//! each other in any order, and writing one never recurses into writing another.

use std::collections::{HashMap, VecDeque};

use wasm_encoder::{Function, ValType};

use super::Emitter;
use super::body::{Body, Label};
use super::graph::NodeId;
use super::native::Repr;
use crate::cel::imports::IMPORTS;
use crate::cel::program::TooLarge;
use crate::limits::{FUNCTION_BYTES_MAX, FUNCTION_LOCALS_MAX};

/// What a function is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Task {
    /// Answers a rule.
    Rule(NodeId),
    /// Gives a value that is evaluated once.
    Kept(NodeId),
    /// Gives a value that is evaluated each time, for given variables of macros.
    Part(NodeId),
    /// Multiplies integers.
    MultiplySigned,
    /// Multiplies integers from 0 on.
    MultiplyUnsigned,
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Signature {
    pub(super) params: Vec<ValType>,
    pub(super) results: Vec<ValType>,
}

/// The functions of a module.
pub(super) struct Functions {
    by_task: HashMap<Task, u32>,
    pub(super) tasks: Vec<Task>,
    pub(super) signatures: Vec<Signature>,
    pub(super) bodies: Vec<Function>,
    /// The types of the globals, all of which begin as 0.
    pub(super) globals: Vec<ValType>,
    /// Those that have a number and are not written.
    begun: VecDeque<Task>,
}

/// What was written for a rule.
pub(super) struct Written {
    /// The bodies of functions that no rule before had called for, and constants that none had.
    pub(super) bytes: usize,
    /// Whether one of them is too large.
    pub(super) too_large: Option<TooLarge>,
}

/// How many functions come before those of the module.
pub(super) const IMPORTED: u32 = 44;

const _: () = assert!(IMPORTED as usize == IMPORTS.len());

// === impl Functions ===

impl Functions {
    /// No functions yet.
    pub(super) fn new() -> Self {
        Self {
            by_task: HashMap::new(),
            tasks: Vec::new(),
            signatures: Vec::new(),
            bodies: Vec::new(),
            globals: Vec::new(),
            begun: VecDeque::new(),
        }
    }

    fn global(&mut self, ty: ValType) -> u32 {
        let number = u32::try_from(self.globals.len()).unwrap_or(u32::MAX);
        self.globals.push(ty);
        number
    }
}

// === impl Emitter ===

impl Emitter<'_> {
    /// Writes a rule and all that it needs. Gives the number of its function.
    pub(super) fn rule(&mut self, root: NodeId) -> (u32, Written) {
        let entry = self.function(Task::Rule(root));
        let mut written = Written { bytes: 0, too_large: None };
        let meaning_before = self.meaning.bytes;
        while let Some(task) = self.functions.begun.pop_front() {
            let body = self.write(task);
            let locals =
                TooLarge::over("locals in one function", body.locals(), FUNCTION_LOCALS_MAX);
            let body = body.finish();
            let bytes = body.byte_len();
            let length = TooLarge::over("bytes in one function", bytes, FUNCTION_BYTES_MAX);
            written.bytes = written.bytes.saturating_add(bytes);
            written.too_large = written.too_large.or(length).or(locals);
            self.functions.bodies.push(body);
        }
        let meaning = self.meaning.bytes.saturating_sub(meaning_before);
        written.bytes = written.bytes.saturating_add(meaning);
        (entry, written)
    }

    /// The number of a function, which will be written if it is not.
    pub(super) fn function(&mut self, task: Task) -> u32 {
        if let Some(known) = self.functions.by_task.get(&task) {
            return *known;
        }
        let place = u32::try_from(self.functions.tasks.len()).unwrap_or(u32::MAX);
        let number = IMPORTED.saturating_add(place);
        let signature = self.signature(task);
        self.functions.by_task.insert(task, number);
        self.functions.tasks.push(task);
        self.functions.signatures.push(signature);
        self.functions.begun.push_back(task);
        number
    }

    fn signature(&self, task: Task) -> Signature {
        let (params, results) = match task {
            Task::Rule(_) => (Vec::new(), vec![ValType::I32, ValType::I32]),
            Task::Kept(id) | Task::Part(id) => {
                let node = self.graph.node(id);
                let params = node.free.iter().map(|(_, repr)| repr.val_type()).collect();
                let mut results = vec![node.repr.val_type()];
                if node.fallible {
                    results.push(ValType::I32);
                }
                (params, results)
            }
            Task::MultiplySigned | Task::MultiplyUnsigned => {
                (vec![ValType::I64, ValType::I64], vec![ValType::I64, ValType::I32])
            }
        };
        Signature { params, results }
    }

    fn write(&mut self, task: Task) -> Body {
        match task {
            Task::Rule(id) => self.write_rule(id),
            Task::Part(id) => self.write_part(id),
            Task::Kept(id) if self.graph.node(id).repr == Repr::Bool => self.write_kept_bool(id),
            Task::Kept(id) => self.write_kept(id),
            Task::MultiplySigned => super::arithmetic::multiply_signed(),
            Task::MultiplyUnsigned => super::arithmetic::multiply_unsigned(),
        }
    }

    fn write_rule(&mut self, id: NodeId) -> Body {
        let mut body = Body::new(&[]);
        let handler = body.block(None);
        if self.graph.node(id).repr == Repr::Bool {
            self.value(&mut body, id, handler);
        } else {
            self.handle(&mut body, id, handler);
        }
        body.code().i32_const(0).return_();
        body.end();
        let error = body.error();
        body.code().i32_const(0).local_get(error);
        body
    }

    fn write_part(&mut self, id: NodeId) -> Body {
        let node = self.graph.node(id);
        let mut body = Body::new(&node.free);
        if !node.fallible {
            self.inline(&mut body, id, Label::NOWHERE);
            return body;
        }
        let handler = body.block(None);
        self.inline(&mut body, id, handler);
        body.code().i32_const(0).return_();
        body.end();
        zero(&mut body, node.repr);
        let error = body.error();
        body.code().local_get(error);
        body
    }

    /// One global: 0 for unknown, otherwise 1 more than the value and twice the error.
    fn write_kept_bool(&mut self, id: NodeId) -> Body {
        let fallible = self.graph.node(id).fallible;
        let state = self.functions.global(ValType::I32);
        let mut body = Body::new(&[]);
        body.code().global_get(state);
        body.when(None);
        body.code().global_get(state).i32_const(1).i32_sub().i32_const(1).i32_and();
        if fallible {
            body.code().global_get(state).i32_const(1).i32_sub().i32_const(1).i32_shr_u();
        }
        body.code().return_();
        body.end();
        let handler = if fallible { body.block(None) } else { Label::NOWHERE };
        self.inline(&mut body, id, handler);
        let value = body.take_local(ValType::I32);
        body.code().local_tee(value).i32_const(1).i32_add().global_set(state).local_get(value);
        if fallible {
            let error = body.error();
            body.code().i32_const(0).return_();
            body.end();
            body.code().local_get(error).i32_const(1).i32_shl().i32_const(1).i32_add();
            body.code().global_set(state).i32_const(0).local_get(error);
        }
        body
    }

    /// Two globals: the value, and 0 for unknown, otherwise 1 more than the error.
    fn write_kept(&mut self, id: NodeId) -> Body {
        let node = self.graph.node(id);
        let state = self.functions.global(ValType::I32);
        let value = self.functions.global(node.repr.val_type());
        let mut body = Body::new(&[]);
        body.code().global_get(state);
        body.when(None);
        body.code().global_get(value);
        if node.fallible {
            body.code().global_get(state).i32_const(1).i32_sub();
        }
        body.code().return_();
        body.end();
        let handler = if node.fallible { body.block(None) } else { Label::NOWHERE };
        self.inline(&mut body, id, handler);
        body.code().global_set(value).i32_const(1).global_set(state).global_get(value);
        if node.fallible {
            let error = body.error();
            body.code().i32_const(0).return_();
            body.end();
            body.code().local_get(error).i32_const(1).i32_add().global_set(state);
            zero(&mut body, node.repr);
            body.code().local_get(error);
        }
        body
    }
}

/// A value that means nothing, beside an error.
fn zero(body: &mut Body, repr: Repr) {
    match repr {
        Repr::Bool | Repr::Handle => body.code().i32_const(0),
        Repr::Int => body.code().i64_const(0),
        Repr::Double => body.code().f64_const(0.0.into()),
    };
}
