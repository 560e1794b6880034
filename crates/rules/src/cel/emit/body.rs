//! The body of one function while it is written: its locals, and labels that know their distance.

use wasm_encoder::{BlockType, Encode, Instruction, InstructionSink, ValType};

use super::native::Repr;

/// A function under way.
pub(super) struct Body {
    code: Vec<u8>,
    params: Vec<ValType>,
    locals: Vec<ValType>,
    /// Locals that are free to be used again, by type.
    idle: Vec<(ValType, u32)>,
    depth: u32,
    /// The locals of the macros' variables, innermost last.
    variables: Vec<(u16, u32)>,
}

/// The end of a block, or the beginning of a loop, as the target of branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(u32);

// === impl Body ===

impl Body {
    /// An empty body of a function whose parameters are the variables of macros. The first local after
    /// them is the error that a branch to a handler carries.
    pub(super) fn new(variables: &[(u16, Repr)]) -> Self {
        let params: Vec<ValType> = variables.iter().map(|(_, repr)| repr.val_type()).collect();
        let variables = variables.iter().zip(0..).map(|((variable, _), local)| (*variable, local));
        let variables = variables.collect();
        Self {
            code: Vec::new(),
            params,
            locals: vec![ValType::I32],
            idle: Vec::new(),
            depth: 0,
            variables,
        }
    }

    /// An empty body of a function with two parameters of a type.
    pub(super) fn of_two(ty: ValType) -> Self {
        Self { params: vec![ty, ty], ..Self::new(&[]) }
    }

    /// The instructions, to be appended to.
    pub(super) fn code(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    /// Appends an instruction that was made elsewhere.
    pub(super) fn push(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(&mut self.code);
    }

    /// The local that holds the error of a branch to a handler.
    pub(super) fn error(&self) -> u32 {
        u32::try_from(self.params.len()).unwrap_or(u32::MAX)
    }

    /// How many blocks are open.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    /// How much was written.
    pub(super) fn bytes(&self) -> usize {
        self.code.len()
    }

    /// How many locals it has, parameters not counted.
    pub(super) fn locals(&self) -> usize {
        self.locals.len()
    }

    /// A local for some time. It holds anything.
    pub(super) fn take_local(&mut self, ty: ValType) -> u32 {
        if let Some(place) = self.idle.iter().position(|(idle, _)| *idle == ty) {
            return self.idle.swap_remove(place).1;
        }
        self.locals.push(ty);
        let last = self.params.len() + self.locals.len() - 1;
        u32::try_from(last).unwrap_or(u32::MAX)
    }

    /// Gives a local back.
    pub(super) fn give_local(&mut self, ty: ValType, local: u32) {
        self.idle.push((ty, local));
    }

    /// Opens a block; branches to its label go to its end.
    pub(super) fn block(&mut self, result: Option<Repr>) -> Label {
        self.code().block(block_type(result));
        self.opened()
    }

    /// Opens a loop; branches to its label go to its beginning.
    pub(super) fn repeat(&mut self) -> Label {
        self.code().loop_(BlockType::Empty);
        self.opened()
    }

    /// Opens the branch of a condition.
    pub(super) fn when(&mut self, result: Option<Repr>) -> Label {
        self.code().if_(block_type(result));
        self.opened()
    }

    /// Goes on with the other branch of a condition.
    pub(super) fn otherwise(&mut self) {
        self.code().else_();
    }

    /// Closes the innermost block.
    pub(super) fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.code().end();
    }

    /// Goes to a label.
    pub(super) fn branch(&mut self, to: Label) {
        let distance = self.distance(to);
        self.code().br(distance);
    }

    /// Goes to a label if the value on top is not 0.
    pub(super) fn branch_if(&mut self, to: Label) {
        let distance = self.distance(to);
        self.code().br_if(distance);
    }

    /// Goes to a handler if the error on top is one.
    pub(super) fn check(&mut self, handler: Label) {
        let error = self.error();
        self.code().local_tee(error);
        self.branch_if(handler);
    }

    /// Brings a macro's variable into scope.
    pub(super) fn enter(&mut self, variable: u16, local: u32) {
        self.variables.push((variable, local));
    }

    /// Ends the scope of the innermost variable.
    pub(super) fn leave(&mut self) {
        self.variables.pop();
    }

    /// The local of a variable.
    pub(super) fn variable(&self, variable: u16) -> Option<u32> {
        let found = self.variables.iter().rev().find(|(known, _)| *known == variable);
        found.map(|(_, local)| *local)
    }

    /// The whole function.
    pub(super) fn finish(self) -> wasm_encoder::Function {
        let mut function = wasm_encoder::Function::new_with_locals_types(self.locals);
        function.raw(self.code);
        function.instructions().end();
        function
    }

    fn opened(&mut self) -> Label {
        self.depth = self.depth.saturating_add(1);
        Label(self.depth)
    }

    fn distance(&self, to: Label) -> u32 {
        self.depth.saturating_sub(to.0)
    }
}

// === impl Label ===

impl Label {
    /// For what cannot fail, and so never goes there.
    pub(super) const NOWHERE: Self = Self(0);
}

fn block_type(result: Option<Repr>) -> BlockType {
    result.map_or(BlockType::Empty, |repr| BlockType::Result(repr.val_type()))
}
