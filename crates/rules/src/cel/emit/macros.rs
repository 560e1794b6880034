//! The macros, as loops.
//!
//! The range is a handle; its length is asked for once and its elements one by one. `all` and `exists`
//! are runs of conditions as in `logic`, whose operands are the rounds of the loop.

use wasm_encoder::ValType;

use super::Emitter;
use super::body::{Body, Label};
use super::graph::{MacroNode, NodeId};
use super::logic::{Decisive, Run};
use super::native::Repr;
use super::value::{ELEMENT, call_import, suffixed};
use crate::cel::tree::Operation;

/// A loop over the elements of a range.
struct Loop {
    range: u32,
    length: u32,
    place: u32,
    element: u32,
    repr: Repr,
}

// === impl Emitter ===

impl Emitter<'_> {
    /// Leaves the value of a macro.
    pub(super) fn expand(&mut self, body: &mut Body, one: &MacroNode, handler: Label) {
        self.handle(body, one.range, handler);
        let rounds = Loop::over(body, one, handler);
        body.enter(one.variable, rounds.element);
        match one.operation {
            Operation::All => self.run(body, one, &rounds, Decisive::False, handler),
            Operation::Exists => self.run(body, one, &rounds, Decisive::True, handler),
            Operation::ExistsOne => self.count(body, one, &rounds, handler),
            Operation::Filter => self.collect(body, Some(one.body), None, &rounds, handler),
            Operation::Map => self.collect(body, one.filter, Some(one.body), &rounds, handler),
        }
        body.leave();
        rounds.end(body);
    }

    fn run(
        &mut self,
        body: &mut Body,
        one: &MacroNode,
        rounds: &Loop,
        decisive: Decisive,
        handler: Label,
    ) {
        let run = Run::begin(body, decisive);
        let next = rounds.begin(body);
        let failed = body.block(None);
        self.condition(body, one.body, failed);
        run.go_on(body, next);
        body.end();
        run.note_error(body);
        rounds.repeat(body, next);
        run.finish(body, handler);
    }

    /// `exists_one`: all elements are looked at, since each may be an error.
    fn count(&mut self, body: &mut Body, one: &MacroNode, rounds: &Loop, handler: Label) {
        let count = body.take_local(ValType::I32);
        body.code().i32_const(0).local_set(count);
        let next = rounds.begin(body);
        self.condition(body, one.body, handler);
        body.code().local_get(count).i32_add().local_set(count);
        rounds.repeat(body, next);
        body.code().local_get(count).i32_const(1).i32_eq();
        body.give_local(ValType::I32, count);
    }

    /// Pushes to a list what the body gives, or else the element itself, for elements that pass.
    fn collect(
        &mut self,
        body: &mut Body,
        filter: Option<NodeId>,
        each: Option<NodeId>,
        rounds: &Loop,
        handler: Label,
    ) {
        let builder = body.take_local(ValType::I32);
        call_import(body, "begin");
        body.code().local_set(builder);
        let next = rounds.begin(body);
        if let Some(filter) = filter {
            self.condition(body, filter, handler);
            body.code().i32_eqz();
            body.branch_if(next);
        }
        body.code().local_get(builder);
        match each {
            Some(each) => self.handle(body, each, handler),
            None => rounds.element_handle(body),
        }
        call_import(body, "push");
        rounds.repeat(body, next);
        body.code().local_get(builder);
        call_import(body, "list");
        body.give_local(ValType::I32, builder);
    }
}

// === impl Loop ===

impl Loop {
    /// Prepares a loop over the range on top.
    fn over(body: &mut Body, one: &MacroNode, handler: Label) -> Self {
        let repr = Repr::of(&one.element);
        let range = body.take_local(ValType::I32);
        let length = body.take_local(ValType::I32);
        let place = body.take_local(ValType::I32);
        let element = body.take_local(repr.val_type());
        body.code().local_tee(range);
        call_import(body, "length");
        body.check(handler);
        body.code().local_set(length);
        Self { range, length, place, element, repr }
    }

    /// Begins a round. Gives the label of the next one.
    fn begin(&self, body: &mut Body) -> Label {
        body.code().i32_const(0).local_set(self.place);
        let exhausted = body.block(None);
        let next = body.repeat();
        body.code().local_get(self.place).local_get(self.length).i32_ge_u();
        body.branch_if(exhausted);
        body.code().local_get(self.range).local_get(self.place);
        call_import(body, suffixed(&ELEMENT, self.repr));
        body.code().local_set(self.element);
        body.code().local_get(self.place).i32_const(1).i32_add().local_set(self.place);
        next
    }

    /// Ends a round, and the loop when there is no further one.
    fn repeat(&self, body: &mut Body, next: Label) {
        body.branch(next);
        body.end();
        body.end();
    }

    /// Leaves the element as a handle, asking for it once more if it is held natively.
    fn element_handle(&self, body: &mut Body) {
        if self.repr == Repr::Handle {
            body.code().local_get(self.element);
            return;
        }
        let place = self.place;
        body.code().local_get(self.range).local_get(place).i32_const(1).i32_sub();
        call_import(body, "element");
    }

    /// Gives the locals back.
    fn end(self, body: &mut Body) {
        for local in [self.range, self.length, self.place] {
            body.give_local(ValType::I32, local);
        }
        body.give_local(self.repr.val_type(), self.element);
    }
}
