//! The rules of a plan as one graph, in which equal expressions are one node.
//!
//! Nodes are made bottom up and looked up by their kind and their children, so that equality of whole
//! expressions is equality of two numbers. How many places refer to a node then tells whether it is
//! worth a place of its own where its value is kept:
//!
//! ```text
//!  a.b >= 20 && now - c <= 6h        one use each              -> in line
//!  now - c <= 6h || d                `now - c <= 6h` has two   -> evaluated once, kept
//! ```
//!
//! Only edges of the graph count, not places in the text: what occurs twice because the expression
//! around it occurs twice is not kept a second time. What depends on the variable of a macro has
//! another value each time and is never kept.

use std::collections::HashMap;
use std::sync::Arc;

use super::canonical;
use super::native::{self, Native, Repr};
use crate::cel::imports::milliseconds;
use crate::cel::tree::{Expr, Kind, Macro, Operation, Segment};
use crate::cel::{Function, Schema, Type, Value};
use crate::limits::SHARED_GLOBALS_MAX;

/// A node: a place in [`Graph::nodes`]. Children come before their parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NodeId(u32);

/// An expression, equal to no other node's.
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) ty: Type,
    /// How its value is held.
    pub(super) repr: Repr,
    /// Whether it may have no value. What provably has one needs no code for errors.
    pub(super) fallible: bool,
    /// The variables of macros around it, ascending, and how they are held; empty when it is closed.
    pub(super) free: Box<[(u16, Repr)]>,
    /// What to evaluate it takes, roughly in nanoseconds.
    pub(super) cost: u32,
    /// Whether its value is kept for as long as the instance lives.
    pub(super) kept: bool,
    uses: u32,
    segment: bool,
}

/// What a node does; as [`Kind`], with nodes for expressions.
pub(super) enum NodeKind {
    Constant(Value),
    Attribute(u16),
    Present(u16),
    Variable(u16),
    Call(Function, Box<[NodeId]>),
    And([NodeId; 2]),
    Or([NodeId; 2]),
    Conditional([NodeId; 3]),
    List(Box<[NodeId]>),
    /// Keys and values in turn.
    Map(Box<[NodeId]>),
    Select(NodeId, Arc<str>),
    Has(NodeId, Arc<str>),
    Macro(MacroNode),
}

/// A macro.
pub(super) struct MacroNode {
    pub(super) operation: Operation,
    pub(super) range: NodeId,
    pub(super) variable: u16,
    /// The type of its elements, as far as it is known.
    pub(super) element: Type,
    pub(super) filter: Option<NodeId>,
    pub(super) body: NodeId,
}

/// All expressions of a module.
pub(super) struct Graph<'s> {
    schema: &'s Schema,
    nodes: Vec<Node>,
    by_key: HashMap<Box<[u8]>, NodeId>,
    /// Segments that were seen, by their address: a segment that uses another twice must not be walked
    /// four times by whoever uses it twice.
    segments: HashMap<*const Segment, NodeId>,
    /// The types of the variables in scope, by number.
    scope: Vec<(u16, Type)>,
}

/// Below this cost, evaluating again is not dearer than looking whether there is a value already.
const KEPT_COST_MIN: u32 = 6;
/// What it costs to take a kept value.
const TAKE_COST: u32 = 3;
/// What a call to the host costs.
const HOST_COST: u32 = 12;
/// How many elements a macro is taken to go over.
const ELEMENTS: u32 = 4;

// === impl Graph ===

impl<'s> Graph<'s> {
    /// An empty graph.
    pub(super) fn new(schema: &'s Schema) -> Self {
        let (nodes, by_key, segments) = (Vec::new(), HashMap::new(), HashMap::new());
        Self { schema, nodes, by_key, segments, scope: Vec::new() }
    }

    /// Adds a rule.
    pub(super) fn add_root(&mut self, rule: &Expr) -> NodeId {
        let id = self.intern(rule);
        self.used(id);
        id
    }

    /// The node of a number that the graph gave.
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Decides which values are kept, once all rules are added.
    pub(super) fn choose_kept(&mut self) {
        for place in 0..self.nodes.len() {
            let cost = self.cost_of(&self.nodes[place]);
            let node = &mut self.nodes[place];
            node.cost = cost;
            let trivial = matches!(node.kind, NodeKind::Constant(_) | NodeKind::Variable(_));
            let shared = node.uses > 1 && cost >= KEPT_COST_MIN;
            node.kept = node.free.is_empty() && !trivial && (shared || node.segment);
        }
        let globals = |node: &Node| if node.repr == Repr::Bool { 1 } else { 2 };
        let mut kept: Vec<usize> =
            (0..self.nodes.len()).filter(|place| self.nodes[*place].kept).collect();
        // Segments are kept whatever it costs, the others where it saves most.
        kept.sort_by_key(|place| {
            let node = &self.nodes[*place];
            let saved = node.uses.saturating_sub(1).saturating_mul(node.cost);
            (!node.segment, u32::MAX - saved)
        });
        let mut globals_all: u32 = 0;
        for place in kept {
            globals_all = globals_all.saturating_add(globals(&self.nodes[place]));
            self.nodes[place].kept = globals_all <= SHARED_GLOBALS_MAX || self.nodes[place].segment;
        }
    }

    fn used(&mut self, id: NodeId) {
        let node = &mut self.nodes[id.0 as usize];
        node.uses = node.uses.saturating_add(1);
    }

    fn intern(&mut self, expr: &Expr) -> NodeId {
        let kind = match &expr.kind {
            Kind::Constant(value) => NodeKind::Constant(value.clone()),
            Kind::Attribute(attribute) => NodeKind::Attribute(attribute.0),
            Kind::Present(attribute) => NodeKind::Present(attribute.0),
            Kind::Variable(variable) => NodeKind::Variable(variable.0),
            Kind::Segment(segment) => return self.intern_segment(segment),
            Kind::Call(function, arguments) => {
                NodeKind::Call(*function, self.intern_all(arguments))
            }
            Kind::And(pair) => NodeKind::And([self.intern(&pair[0]), self.intern(&pair[1])]),
            Kind::Or(pair) => NodeKind::Or([self.intern(&pair[0]), self.intern(&pair[1])]),
            Kind::Conditional(three) => NodeKind::Conditional([
                self.intern(&three[0]),
                self.intern(&three[1]),
                self.intern(&three[2]),
            ]),
            Kind::List(elements) => NodeKind::List(self.intern_all(elements)),
            Kind::Map(entries) => {
                let flat = entries.iter().flat_map(|(key, value)| [key, value]);
                NodeKind::Map(flat.map(|part| self.intern(part)).collect())
            }
            Kind::Select(whole, field) => NodeKind::Select(self.intern(whole), field.clone()),
            Kind::Has(whole, field) => NodeKind::Has(self.intern(whole), field.clone()),
            Kind::Macro(one) => self.intern_macro(one),
        };
        self.place(kind, &expr.ty)
    }

    fn intern_all(&mut self, all: &[Expr]) -> Box<[NodeId]> {
        all.iter().map(|one| self.intern(one)).collect()
    }

    fn intern_segment(&mut self, segment: &Arc<Segment>) -> NodeId {
        let address = Arc::as_ptr(segment);
        if let Some(known) = self.segments.get(&address) {
            return *known;
        }
        // Outside of every macro: a segment's variables are its own.
        let scope = std::mem::take(&mut self.scope);
        let id = self.intern(&segment.condition);
        self.scope = scope;
        self.nodes[id.0 as usize].segment = true;
        self.segments.insert(address, id);
        id
    }

    fn intern_macro(&mut self, one: &Macro) -> NodeKind {
        let range = self.intern(&one.range);
        let element = match &one.range.ty {
            Type::List(element) => element.as_ref().clone(),
            Type::Map(key, _) => key.as_ref().clone(),
            _ => Type::Dyn,
        };
        let variable = one.variable.0;
        self.scope.push((variable, element.clone()));
        let filter = one.filter.as_ref().map(|filter| self.intern(filter));
        let body = self.intern(&one.body);
        self.scope.pop();
        NodeKind::Macro(MacroNode {
            operation: one.operation,
            range,
            variable,
            element,
            filter,
            body,
        })
    }

    /// The node of a kind and type: the one there is, or a new one.
    fn place(&mut self, kind: NodeKind, ty: &Type) -> NodeId {
        let ty = match &kind {
            NodeKind::Variable(variable) => self.variable_type(*variable),
            _ => ty.clone(),
        };
        let key = canonical::node_key(&kind, &ty);
        if let Some(known) = self.by_key.get(key.as_slice()) {
            return *known;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let (repr, free) = (self.repr_of(&kind, &ty), self.free_of(&kind));
        let fallible = self.may_fail(&kind, repr);
        self.use_children(&kind, &free);
        let node =
            Node { kind, ty, repr, fallible, free, cost: 0, kept: false, uses: 0, segment: false };
        self.nodes.push(node);
        self.by_key.insert(key.into(), id);
        id
    }

    /// Counts the uses that a new node makes of others. What is closed within something that is not is
    /// evaluated for each element of a macro, and counts as if it stood there twice.
    fn use_children(&mut self, kind: &NodeKind, free: &[(u16, Repr)]) {
        for child in kind.children() {
            let repeated = match kind {
                NodeKind::Macro(one) => child != one.range,
                _ => !free.is_empty(),
            };
            self.used(child);
            if repeated && self.node(child).free.is_empty() {
                self.used(child);
            }
        }
    }

    fn variable_type(&self, variable: u16) -> Type {
        let found = self.scope.iter().rev().find(|(known, _)| *known == variable);
        found.map_or(Type::Dyn, |(_, ty)| ty.clone())
    }

    fn repr_of(&self, kind: &NodeKind, ty: &Type) -> Repr {
        if !matches!(ty, Type::Timestamp | Type::Duration) {
            return Repr::of(ty);
        }
        let whole_ms = match kind {
            NodeKind::Constant(value) => milliseconds(value).is_some(),
            NodeKind::Attribute(_) => self.schema.whole_milliseconds,
            NodeKind::Call(function, arguments) => self.native(*function, arguments).is_some(),
            NodeKind::Conditional([_, one, other]) => {
                [one, other].iter().all(|branch| self.node(**branch).repr == Repr::Int)
            }
            _ => false,
        };
        if whole_ms { Repr::Int } else { Repr::Handle }
    }

    /// The operation of WebAssembly that a call is, if there is one.
    pub(super) fn native(&self, function: Function, arguments: &[NodeId]) -> Option<Native> {
        let operands: Vec<&Node> = arguments.iter().map(|id| self.node(*id)).collect();
        native::operation(function, &operands)
    }

    fn may_fail(&self, kind: &NodeKind, repr: Repr) -> bool {
        let fails = |id: &NodeId| self.node(*id).fallible;
        let is_bool = |id: &NodeId| self.node(*id).repr == Repr::Bool;
        match kind {
            NodeKind::Constant(_) | NodeKind::Variable(_) => false,
            NodeKind::Call(function, arguments) => {
                let native = self.native(*function, arguments);
                native.is_none_or(Native::may_fail) || arguments.iter().any(fails)
            }
            NodeKind::And(pair) | NodeKind::Or(pair) => {
                pair.iter().any(|id| fails(id) || !is_bool(id))
            }
            NodeKind::Conditional(three) => {
                let [condition, branches @ ..] = three;
                // A branch of unknown type may be of another than the whole.
                let other = |id: &NodeId| repr != Repr::Handle && self.node(*id).repr != repr;
                three.iter().any(fails) || !is_bool(condition) || branches.iter().any(other)
            }
            NodeKind::List(elements) => elements.iter().any(fails),
            NodeKind::Attribute(_)
            | NodeKind::Present(_)
            | NodeKind::Map(_)
            | NodeKind::Select(..)
            | NodeKind::Has(..)
            | NodeKind::Macro(_) => true,
        }
    }

    fn free_of(&self, kind: &NodeKind) -> Box<[(u16, Repr)]> {
        let mut free: Vec<(u16, Repr)> = match kind {
            NodeKind::Variable(variable) => {
                vec![(*variable, Repr::of(&self.variable_type(*variable)))]
            }
            NodeKind::Macro(one) => {
                let inside = one.filter.iter().chain([&one.body]);
                let inside = inside.flat_map(|id| self.node(*id).free.iter());
                let outer = self.node(one.range).free.iter();
                inside.filter(|(free, _)| *free != one.variable).chain(outer).copied().collect()
            }
            _ => kind.children().flat_map(|id| self.node(id).free.iter().copied()).collect(),
        };
        free.sort_unstable();
        free.dedup();
        free.into()
    }

    fn cost_of(&self, node: &Node) -> u32 {
        let of = |id: NodeId| {
            let child = self.node(id);
            if child.kept { TAKE_COST } else { child.cost }
        };
        let all = |ids: &[NodeId]| ids.iter().fold(0, |sum: u32, id| sum.saturating_add(of(*id)));
        match &node.kind {
            NodeKind::Constant(_) => 0,
            NodeKind::Variable(_) => 1,
            NodeKind::Attribute(_) | NodeKind::Present(_) => HOST_COST,
            NodeKind::Call(function, arguments) => {
                let own = self.native(*function, arguments).map_or(2 * HOST_COST, |_| 1);
                all(arguments).saturating_add(own)
            }
            NodeKind::And(pair) | NodeKind::Or(pair) => all(pair).saturating_add(1),
            NodeKind::Conditional(three) => all(three).saturating_add(1),
            NodeKind::List(parts) | NodeKind::Map(parts) => {
                let length = u32::try_from(parts.len()).unwrap_or(u32::MAX);
                all(parts).saturating_add(length.saturating_mul(HOST_COST))
            }
            NodeKind::Select(whole, _) | NodeKind::Has(whole, _) => {
                of(*whole).saturating_add(HOST_COST)
            }
            NodeKind::Macro(one) => {
                let element = of(one.body).saturating_add(one.filter.map_or(0, of));
                let element = element.saturating_add(HOST_COST).saturating_mul(ELEMENTS);
                of(one.range).saturating_add(element).saturating_add(HOST_COST)
            }
        }
    }
}

// === impl NodeKind ===

impl NodeKind {
    /// The expressions that it is made of, in their order.
    pub(super) fn children(&self) -> impl Iterator<Item = NodeId> {
        let (few, many): (Vec<NodeId>, &[NodeId]) = match self {
            Self::Constant(_) | Self::Attribute(_) | Self::Present(_) | Self::Variable(_) => {
                (Vec::new(), &[])
            }
            Self::Call(_, many) | Self::List(many) | Self::Map(many) => (Vec::new(), many),
            Self::And(pair) | Self::Or(pair) => (Vec::new(), pair),
            Self::Conditional(three) => (Vec::new(), three),
            Self::Select(whole, _) | Self::Has(whole, _) => (vec![*whole], &[]),
            Self::Macro(one) => {
                let parts = [one.range].into_iter().chain(one.filter).chain([one.body]);
                (parts.collect(), &[])
            }
        };
        few.into_iter().chain(many.to_vec())
    }
}

// === impl NodeId ===

impl NodeId {
    /// The number, for keys.
    pub(super) const fn number(self) -> u32 {
        self.0
    }
}
