//! How an expression becomes code that leaves its value on the stack.

use std::sync::Arc;

use wasm_encoder::Instruction;

use super::Emitter;
use super::body::{Body, Label};
use super::canonical;
use super::functions::Task;
use super::graph::{Node, NodeId, NodeKind};
use super::native::Repr;
use crate::cel::imports::{IMPORTS, milliseconds};
use crate::cel::program::Operation;
use crate::cel::{Function, Pattern, Type, Value};
use crate::limits::{FUNCTION_BYTES_SPLIT, NESTING_SPLIT};

/// Cheaper expressions never become functions of their own; they nest a block or two at most.
const PART_COST_MIN: u32 = 6;

// === impl Emitter ===

impl Emitter<'_> {
    /// Leaves the value as its node holds it.
    pub(super) fn value(&mut self, body: &mut Body, id: NodeId, handler: Label) {
        let node = self.graph.node(id);
        if node.kept {
            return self.call_function(body, Task::Kept(id), node, handler);
        }
        let full = body.depth() >= NESTING_SPLIT || body.bytes() >= FUNCTION_BYTES_SPLIT;
        if full && node.cost >= PART_COST_MIN {
            return self.call_function(body, Task::Part(id), node, handler);
        }
        self.inline(body, id, handler);
    }

    /// Leaves the value as a handle.
    pub(super) fn handle(&mut self, body: &mut Body, id: NodeId, handler: Label) {
        let node = self.graph.node(id);
        if let NodeKind::Constant(value) = &node.kind {
            let constant = self.meaning.constant(value);
            body.code().i32_const(constant.cast_signed());
            return;
        }
        self.value(body, id, handler);
        if let Some(import) = boxing(node) {
            call_import(body, import);
        }
    }

    /// Leaves the value as a boolean; an error when it turns out to be something else.
    pub(super) fn condition(&mut self, body: &mut Body, id: NodeId, handler: Label) {
        self.value(body, id, handler);
        if self.graph.node(id).repr != Repr::Bool {
            call_import(body, "unbox-bool");
            body.check(handler);
        }
    }

    /// Leaves the value of a node on the stack, its code written here.
    pub(super) fn inline(&mut self, body: &mut Body, id: NodeId, handler: Label) {
        let graph = self.graph;
        let node = graph.node(id);
        match &node.kind {
            NodeKind::Constant(value) => self.constant(body, value, node.repr),
            NodeKind::Attribute(attribute) => {
                body.code().i32_const(i32::from(*attribute));
                call_import(body, suffixed(&ATTRIBUTE, node.repr));
                body.check(handler);
            }
            NodeKind::Present(attribute) => {
                body.code().i32_const(i32::from(*attribute));
                call_import(body, "present");
                body.check(handler);
            }
            NodeKind::Variable(variable) => match body.variable(*variable) {
                Some(local) => drop(body.code().local_get(local)),
                // No rule that was checked uses a variable outside of its macro.
                None => drop(body.code().unreachable()),
            },
            NodeKind::Call(function, arguments) => match graph.native(*function, arguments) {
                Some(native) => self.compute(body, native, arguments, handler),
                None => self.call(body, *function, arguments, node.repr, handler),
            },
            NodeKind::And(_) | NodeKind::Or(_) => self.junction(body, id, handler),
            NodeKind::Conditional([condition, one, other]) => {
                self.condition(body, *condition, handler);
                body.when(Some(node.repr));
                self.branch(body, *one, node, handler);
                body.otherwise();
                self.branch(body, *other, node, handler);
                body.end();
            }
            NodeKind::List(elements) => {
                let builder = self.build(body, elements, handler);
                body.code().local_get(builder);
                call_import(body, "list");
                body.give_local(Repr::Handle.val_type(), builder);
            }
            NodeKind::Map(parts) => {
                let builder = self.build(body, parts, handler);
                body.code().local_get(builder);
                call_import(body, "map");
                body.give_local(Repr::Handle.val_type(), builder);
                body.check(handler);
            }
            NodeKind::Select(whole, field) => {
                self.field(body, "select", *whole, field, handler);
                if node.repr != Repr::Handle {
                    call_import(body, unboxing(&node.ty));
                    body.check(handler);
                }
            }
            NodeKind::Has(whole, field) => self.field(body, "has", *whole, field, handler),
            NodeKind::Macro(one) => self.expand(body, one, handler),
        }
    }

    /// Calls a function of the module for the value of a node.
    fn call_function(&mut self, body: &mut Body, task: Task, node: &Node, handler: Label) {
        let number = self.function(task);
        for (variable, _) in &node.free {
            match body.variable(*variable) {
                Some(local) => drop(body.code().local_get(local)),
                None => drop(body.code().unreachable()),
            }
        }
        body.code().call(number);
        if node.fallible {
            body.check(handler);
        }
    }

    fn constant(&mut self, body: &mut Body, value: &Value, repr: Repr) {
        let constant = match (repr, value) {
            (Repr::Bool, Value::Bool(flag)) => Instruction::I32Const(i32::from(*flag)),
            (Repr::Int, Value::Int(number) | Value::Money(number)) => {
                Instruction::I64Const(*number)
            }
            (Repr::Int, Value::Uint(number)) => Instruction::I64Const(number.cast_signed()),
            (Repr::Int, time) => Instruction::I64Const(milliseconds(time).unwrap_or_default()),
            (Repr::Double, Value::Double(number)) => Instruction::F64Const((*number).into()),
            (_, value) => Instruction::I32Const(self.meaning.constant(value).cast_signed()),
        };
        body.push(&constant);
    }

    /// Leaves the value of a conditional's branch as the conditional holds its own.
    fn branch(&mut self, body: &mut Body, id: NodeId, whole: &Node, handler: Label) {
        let own = self.graph.node(id).repr;
        if whole.repr == Repr::Handle {
            return self.handle(body, id, handler);
        }
        self.value(body, id, handler);
        if own == Repr::Handle {
            call_import(body, unboxing(&whole.ty));
            body.check(handler);
        }
    }

    /// Calls a function that the host has.
    fn call(
        &mut self,
        body: &mut Body,
        function: Function,
        arguments: &[NodeId],
        result: Repr,
        handler: Label,
    ) {
        let (operation, arguments) = self.operation(function, arguments);
        let operation = self.meaning.operation(operation).cast_signed();
        let names = match arguments.len() {
            1 => &APPLY_1,
            2 => &APPLY_2,
            3 => &APPLY_3,
            _ => &APPLY,
        };
        if (1..=3).contains(&arguments.len()) {
            body.code().i32_const(operation);
            for argument in arguments {
                self.handle(body, *argument, handler);
            }
        } else {
            let builder = self.build(body, arguments, handler);
            body.code().i32_const(operation).local_get(builder);
            body.give_local(Repr::Handle.val_type(), builder);
        }
        call_import(body, suffixed(names, result));
        body.check(handler);
    }

    /// What the host is to do for a call, and with which of its arguments.
    fn operation<'a>(
        &self,
        function: Function,
        arguments: &'a [NodeId],
    ) -> (Operation, &'a [NodeId]) {
        if let (Function::Matches, [whole, pattern]) = (function, arguments)
            && let NodeKind::Constant(Value::String(text)) = &self.graph.node(*pattern).kind
            && let Ok(pattern) = Pattern::new(text)
        {
            let (text, pattern) = (Arc::clone(text), Arc::new(pattern));
            return (Operation::Matches { text, pattern }, std::slice::from_ref(whole));
        }
        (Operation::Call(function), arguments)
    }

    /// Begins a builder and fills it; gives the local that holds it.
    fn build(&mut self, body: &mut Body, parts: &[NodeId], handler: Label) -> u32 {
        let builder = body.take_local(Repr::Handle.val_type());
        call_import(body, "begin");
        body.code().local_set(builder);
        for part in parts {
            body.code().local_get(builder);
            self.handle(body, *part, handler);
            call_import(body, "push");
        }
        builder
    }

    fn field(
        &mut self,
        body: &mut Body,
        import: &str,
        whole: NodeId,
        field: &Arc<str>,
        handler: Label,
    ) {
        self.handle(body, whole, handler);
        let name = self.meaning.constant(&Value::String(Arc::clone(field)));
        body.code().i32_const(name.cast_signed());
        call_import(body, import);
        body.check(handler);
    }
}

// === impl Meaning ===

impl super::Meaning {
    /// The handle of a constant.
    fn constant(&mut self, value: &Value) -> u32 {
        let mut key = Vec::new();
        canonical::value(&mut key, value);
        let bytes = key.len();
        let next = u32::try_from(self.constants.len()).unwrap_or(u32::MAX);
        let number = *self.constants_by_key.entry(key).or_insert(next);
        if number == next {
            self.constants.push(value.clone());
            self.bytes = self.bytes.saturating_add(bytes);
        }
        number
    }

    /// The number of an operation.
    fn operation(&mut self, operation: Operation) -> u32 {
        let next = u32::try_from(self.operations.len()).unwrap_or(u32::MAX);
        let key = operation.key();
        let bytes = key.len();
        let number = *self.operations_by_key.entry(key).or_insert(next);
        if number == next {
            self.bytes = self.bytes.saturating_add(bytes);
            self.operations.push(operation);
        }
        number
    }
}

/// A function of the host for each representation of its result: handle, boolean, integer, double.
type Names = [&'static str; 4];

const ATTRIBUTE: Names = ["attribute", "attribute-bool", "attribute-i64", "attribute-f64"];
const APPLY: Names = ["apply", "apply-bool", "apply-i64", "apply-f64"];
const APPLY_1: Names = ["apply1", "apply1-bool", "apply1-i64", "apply1-f64"];
const APPLY_2: Names = ["apply2", "apply2-bool", "apply2-i64", "apply2-f64"];
const APPLY_3: Names = ["apply3", "apply3-bool", "apply3-i64", "apply3-f64"];
/// The functions that give an element.
pub(super) const ELEMENT: Names = ["element", "element-bool", "element-i64", "element-f64"];

/// The function for a representation.
pub(super) fn suffixed(names: &Names, repr: Repr) -> &'static str {
    let [handle, boolean, int, double] = names;
    match repr {
        Repr::Handle => handle,
        Repr::Bool => boolean,
        Repr::Int => int,
        Repr::Double => double,
    }
}

/// Calls a function of the host.
pub(super) fn call_import(body: &mut Body, name: &str) {
    let place = IMPORTS.iter().position(|import| import.name == name);
    let number = place.and_then(|place| u32::try_from(place).ok());
    body.code().call(number.expect("only names of the table are used"));
}

/// The function that makes a handle of a native value; none for what is one.
pub(super) fn boxing(node: &Node) -> Option<&'static str> {
    match node.repr {
        Repr::Handle => None,
        Repr::Bool => Some("box-bool"),
        Repr::Double => Some("box-double"),
        Repr::Int => Some(match node.ty {
            Type::Uint => "box-uint",
            Type::Money => "box-money",
            Type::Timestamp => "box-timestamp",
            Type::Duration => "box-duration",
            _ => "box-int",
        }),
    }
}

/// The function that makes a native value of a handle, for types other than times, which become native
/// nowhere but where they come from.
fn unboxing(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "unbox-bool",
        Type::Double => "unbox-double",
        Type::Uint => "unbox-uint",
        Type::Money => "unbox-money",
        _ => "unbox-int",
    }
}
