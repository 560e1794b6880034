//! `&&` and `||`: any number of operands in a row, each written once.
//!
//! ```text
//!   first error = 0
//!   (block $done (result i32)
//!     (block $decided
//!       each operand:
//!         (block $next
//!           (block $failed
//!             its value, or a branch to $failed with the error
//!             true:  br $next                                  of `&&`; of `||` the other way round
//!             false: br $decided)
//!           first error = first error or this one)
//!       first error?  branch to the handler with it
//!       true, br $done)
//!     false)
//! ```
//!
//! Operands that cannot fail need no `$next` and no `$failed`.

use wasm_encoder::ValType;

use super::Emitter;
use super::body::{Body, Label};
use super::graph::{NodeId, NodeKind};
use super::native::Repr;

/// What decides a run of conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decisive {
    /// One that is false: `&&`, `all`.
    False,
    /// One that is true: `||`, `exists`.
    True,
}

/// The labels and the local of a run of conditions.
pub(super) struct Run {
    pub(super) decisive: Decisive,
    pub(super) first_error: u32,
    pub(super) done: Label,
    pub(super) decided: Label,
}

// === impl Emitter ===

impl Emitter<'_> {
    /// Leaves the value of a junction.
    pub(super) fn junction(&mut self, body: &mut Body, id: NodeId, handler: Label) {
        let decisive = match self.graph.node(id).kind {
            NodeKind::And(_) => Decisive::False,
            _ => Decisive::True,
        };
        let operands = self.operands(id);
        let run = Run::begin(body, decisive);
        for operand in operands {
            if self.is_certain(operand) {
                self.condition(body, operand, handler);
                run.decide(body);
                continue;
            }
            let next = body.block(None);
            let failed = body.block(None);
            self.condition(body, operand, failed);
            run.go_on(body, next);
            body.end();
            run.note_error(body);
            body.end();
        }
        run.finish(body, handler);
    }

    /// Whether an expression is a boolean without fail.
    pub(super) fn is_certain(&self, id: NodeId) -> bool {
        let node = self.graph.node(id);
        !node.fallible && node.repr == Repr::Bool
    }

    /// The operands of a junction and of those right within it, in their order. One that is kept stays
    /// an operand.
    fn operands(&self, id: NodeId) -> Vec<NodeId> {
        let graph = self.graph;
        let is_and = matches!(graph.node(id).kind, NodeKind::And(_));
        let mut operands = Vec::new();
        let mut pending = vec![id];
        while let Some(next) = pending.pop() {
            let node = graph.node(next);
            let open = next == id || !node.kept;
            match &node.kind {
                NodeKind::And([one, other]) if is_and && open => pending.extend([*other, *one]),
                NodeKind::Or([one, other]) if !is_and && open => pending.extend([*other, *one]),
                _ => operands.push(next),
            }
        }
        operands
    }
}

// === impl Run ===

impl Run {
    /// Opens the blocks.
    pub(super) fn begin(body: &mut Body, decisive: Decisive) -> Self {
        let first_error = body.take_local(ValType::I32);
        body.code().i32_const(0).local_set(first_error);
        let done = body.block(Some(Repr::Bool));
        let decided = body.block(None);
        Self { decisive, first_error, done, decided }
    }

    /// Ends the run if the condition on top decides it.
    pub(super) fn decide(&self, body: &mut Body) {
        if self.decisive == Decisive::False {
            body.code().i32_eqz();
        }
        body.branch_if(self.decided);
    }

    /// Goes on at `next`, or ends the run if the condition on top decides it.
    pub(super) fn go_on(&self, body: &mut Body, next: Label) {
        if self.decisive == Decisive::True {
            body.code().i32_eqz();
        }
        body.branch_if(next);
        body.branch(self.decided);
    }

    /// Remembers the error, unless there was one before.
    pub(super) fn note_error(&self, body: &mut Body) {
        let (first, this) = (self.first_error, body.error());
        body.code().local_get(first).local_get(this).local_get(first).select().local_set(first);
    }

    /// Closes the blocks: nothing has decided.
    pub(super) fn finish(self, body: &mut Body, handler: Label) {
        let decided = i32::from(self.decisive == Decisive::True);
        // Where nothing can fail there is no handler either.
        if handler != Label::NOWHERE {
            body.code().local_get(self.first_error);
            body.check(handler);
        }
        body.code().i32_const(1 - decided);
        body.branch(self.done);
        body.end();
        body.code().i32_const(decided);
        body.end();
        body.give_local(ValType::I32, self.first_error);
    }
}
