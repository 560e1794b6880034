//! What a checked rule is: a tree in which every name is resolved and every type is known or `dyn`.

use std::ops::Range;
use std::sync::Arc;

use super::{Attribute, Function, Type, Value};

/// An expression.
///
/// Two expressions are equal when they mean the same, wherever they are written; this is what lets
/// rules share what they have in common.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it does.
    pub kind: Kind,
    /// What it gives.
    pub ty: Type,
    /// Where it is written, in bytes of the rule's text.
    pub span: Range<usize>,
}

/// What an expression does.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Gives a value.
    Constant(Value),
    /// Gives an attribute; an error when the customer is without it.
    Attribute(Attribute),
    /// `has(..)` of an attribute.
    Present(Attribute),
    /// Gives the element that the enclosing macro of this variable is at.
    Variable(Variable),
    /// Gives what a segment's expression gives. A segment is evaluated at most once in a decision.
    Segment(Arc<Segment>),
    /// Calls a function; the first argument that has no value is the error of the call.
    Call(Function, Vec<Expr>),
    /// `a && b`: false when one is false, whether or not the other has a value.
    And(Box<[Expr; 2]>),
    /// `a || b`: true when one is true, whether or not the other has a value.
    Or(Box<[Expr; 2]>),
    /// `condition ? a : b`.
    Conditional(Box<[Expr; 3]>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{key: value}`; a key that is there twice is an error.
    Map(Vec<(Expr, Expr)>),
    /// `map.field`, and `dyn.field`.
    Select(Box<Expr>, Arc<str>),
    /// `has(map.field)`.
    Has(Box<Expr>, Arc<str>),
    /// `range.all(x, ..)` and its like.
    Macro(Box<Macro>),
}

/// The variable of a macro, numbered within its rule from 0 by the depth of nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Variable(pub u16);

/// A macro over a list, or over the keys of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    /// Which.
    pub operation: Operation,
    /// What it goes over.
    pub range: Expr,
    /// The variable that stands for the element.
    pub variable: Variable,
    /// What selects the elements of `map(x, filter, body)`; of type bool.
    pub filter: Option<Expr>,
    /// What is evaluated for each element.
    pub body: Expr,
}

/// What a macro does with its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Whether the body is true of all: false when it is false of one, whether or not it has a value
    /// for the others.
    All,
    /// Whether it is true of one: true when it is true of one, whether or not it has a value for the
    /// others.
    Exists,
    /// Whether it is true of exactly one; an element without a value is an error.
    ExistsOne,
    /// The elements of which it is true.
    Filter,
    /// The values of the body.
    Map,
}

/// A named condition that several rules use.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Its name.
    pub name: Box<str>,
    /// What it says; of type bool.
    pub condition: Expr,
}

// === impl Expr ===

impl Expr {
    /// Calls `visit` with each of its parts, but not with theirs.
    pub fn each_part(&self, visit: &mut dyn FnMut(&Self)) {
        match &self.kind {
            Kind::Constant(_)
            | Kind::Attribute(_)
            | Kind::Present(_)
            | Kind::Variable(_)
            | Kind::Segment(_) => {}
            Kind::Call(_, parts) | Kind::List(parts) => parts.iter().for_each(visit),
            Kind::And(parts) | Kind::Or(parts) => parts.iter().for_each(visit),
            Kind::Conditional(parts) => parts.iter().for_each(visit),
            Kind::Map(entries) => entries.iter().flat_map(|(key, it)| [key, it]).for_each(visit),
            Kind::Select(map, _) | Kind::Has(map, _) => visit(map),
            Kind::Macro(parts) => {
                visit(&parts.range);
                parts.filter.iter().for_each(&mut *visit);
                visit(&parts.body);
            }
        }
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.ty == other.ty
    }
}
