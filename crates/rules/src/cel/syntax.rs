//! What a rule's text says, before names and types are looked at.

use std::ops::Range;

use super::tree::Operation;
use super::{Function, Value};

/// An expression, and where it is written, in bytes of the text; brackets that only group are part of
/// what they are around.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Syntax {
    pub(super) kind: SyntaxKind,
    pub(super) span: Range<usize>,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SyntaxKind {
    Literal(Value),
    /// A name; with a dot before it when it must not be looked up in the container.
    Name(String),
    /// `operand.field`.
    Select(Box<Syntax>, String),
    /// `has(operand.field)`.
    Has(Box<Syntax>, String),
    /// An operator.
    Operator(Function, Vec<Syntax>),
    And(Box<[Syntax; 2]>),
    Or(Box<[Syntax; 2]>),
    Conditional(Box<[Syntax; 3]>),
    /// `function(..)`, or `target.function(..)`.
    Call(Box<Call>),
    List(Vec<Syntax>),
    Map(Vec<(Syntax, Syntax)>),
    Macro(Box<MacroSyntax>),
}

/// A call by name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) target: Option<Syntax>,
    pub(super) name: String,
    /// Where the name is written.
    pub(super) name_span: Range<usize>,
    pub(super) arguments: Vec<Syntax>,
}

/// A macro over a range.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MacroSyntax {
    pub(super) operation: Operation,
    pub(super) range: Syntax,
    pub(super) variable: String,
    pub(super) filter: Option<Syntax>,
    pub(super) body: Syntax,
}

// === impl Syntax ===

impl Syntax {
    /// The name with dots that it spells, such as `customer.cart.value`.
    pub(super) fn path(&self) -> Option<String> {
        match &self.kind {
            SyntaxKind::Name(name) => Some(name.clone()),
            // A name between backticks may have dots of its own.
            SyntaxKind::Select(operand, field) if !field.contains('.') => {
                let mut path = operand.path()?;
                path.push('.');
                path.push_str(field);
                Some(path)
            }
            _ => None,
        }
    }

    /// The text that it is, when it is written as one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            SyntaxKind::Literal(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}
