//! Well-typed trees, and sources for them, from a tape of numbers.
//!
//! The checker would give only trees that people write; here every kind of expression meets every other,
//! with parts in common. A tape that is shorter gives smaller trees, so a failure shrinks.

mod functions;

use std::collections::HashMap;
use std::sync::Arc;

use rules::cel::imports::duration;
use rules::cel::tree::{Expr, Kind, Macro, Operation, Segment, Variable};
use rules::cel::{
    Attribute, Declared, EvalError, EvalErrorKind, Function, Map, Question, Schema, Source,
    Timestamp, Type, Value,
};

/// Numbers to choose by; 0 once it is used up.
pub(crate) struct Tape {
    numbers: Vec<u32>,
    place: usize,
}

/// Makes trees.
pub(crate) struct Trees {
    tape: Tape,
    /// Closed trees made before, to be used again.
    made: Vec<Expr>,
    segments: Vec<Arc<Segment>>,
    /// The types of the variables in scope, outermost first.
    scope: Vec<Type>,
}

/// Values by attribute; some attributes have an error instead.
pub(crate) struct Values {
    values: HashMap<u16, Result<Value, EvalErrorKind>>,
}

// === impl Tape ===

impl Tape {
    pub(crate) fn new(numbers: Vec<u32>) -> Self {
        Self { numbers, place: 0 }
    }

    /// A number below `many`; 0 at the end of the tape.
    pub(crate) fn below(&mut self, many: usize) -> usize {
        let number = self.numbers.get(self.place).copied().unwrap_or(0);
        self.place += 1;
        usize::try_from(number).expect("fits") % many
    }

    fn is_used_up(&self) -> bool {
        self.place >= self.numbers.len()
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// The types of the attributes, two of each.
pub(crate) fn types() -> Vec<Type> {
    vec![
        Type::Bool,
        Type::Int,
        Type::Uint,
        Type::Double,
        Type::String,
        Type::Bytes,
        Type::Timestamp,
        Type::Duration,
        Type::Money,
        Type::list(Type::Int),
        Type::list(Type::String),
        Type::list(Type::Timestamp),
        Type::list(Type::Bool),
        Type::list(Type::Double),
        Type::map(Type::String, Type::Dyn),
        Type::map(Type::Int, Type::Bool),
        Type::Dyn,
        Type::Null,
    ]
}

pub(crate) fn schema() -> Schema {
    let declared = |(place, ty): (usize, Type)| Declared {
        path: format!("a{place}").into(),
        parameters: Box::default(),
        ty,
        optional: true,
        about: "".into(),
    };
    let attributes = types().into_iter().flat_map(|ty| [ty.clone(), ty]).enumerate();
    let question = |ty: Type, parameters: &[Type]| Declared {
        parameters: parameters.into(),
        ..declared((0, ty))
    };
    Schema {
        attributes: attributes.map(declared).collect(),
        questions: vec![
            question(Type::Bool, &[Type::Timestamp]),
            question(Type::Int, &[Type::String, Type::Duration]),
        ],
        whole_milliseconds: true,
        ..Schema::default()
    }
}

// === impl Values ===

impl Values {
    /// Values for [`schema`]; of ten attributes one is absent and one has an error.
    pub(crate) fn new(tape: &mut Tape) -> Self {
        let mut values = HashMap::new();
        for (place, ty) in (0..).zip(types().into_iter().flat_map(|ty| [ty.clone(), ty])) {
            match tape.below(10) {
                8 => {}
                9 => drop(values.insert(place, Err(EvalErrorKind::Conversion))),
                _ => drop(values.insert(place, Ok(value(tape, &ty, Precision::Milliseconds)))),
            }
        }
        Self { values }
    }
}

impl Source for Values {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        match self.values.get(&attribute.0) {
            Some(Ok(value)) => Ok(Some(value.clone())),
            Some(Err(kind)) => Err(EvalError::new(*kind, "in another currency")),
            None => Ok(None),
        }
    }

    fn ask(&self, question: Question, arguments: &[Value]) -> Result<Value, EvalError> {
        match (question.0, arguments) {
            (0, [Value::Timestamp(time)]) => Ok(Value::Bool(time.as_second() % 2 == 0)),
            (1, [Value::String(text), Value::Duration(span)]) => {
                Ok(Value::Int(span.as_secs() % 7 + i64::try_from(text.len()).expect("fits")))
            }
            _ => Err(EvalError::new(EvalErrorKind::NoOverload, "no such overload")),
        }
    }
}

/// How fine times are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    Milliseconds,
    Nanoseconds,
}

/// Some value of a type, as often as not at an edge.
pub(crate) fn value(tape: &mut Tape, ty: &Type, precision: Precision) -> Value {
    const INTS: [i64; 9] = [0, 1, 2, -1, 3, 7, i64::MAX, i64::MIN, 1 << 40];
    const DOUBLES: [f64; 8] =
        [0.0, 1.0, -0.0, 2.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 9e18];
    const TEXTS: [&str; 8] = ["", "a", "ab", "Bern", "1", "true", "2026-01-31T18:30:00Z", "ä€"];
    const TIMES: [i64; 6] =
        [0, 1_700_000_000_000, 1_700_000_000_001, -62_135_596_800_000, 253_402_300_799_999, -1];
    const SPANS: [i64; 6] = [0, 3_600_000, -1, 9_223_372_036_854, -9_223_372_036_854, 86_400_000];
    match ty {
        Type::Null => Value::Null,
        Type::Bool => Value::Bool(tape.below(2) == 1),
        Type::Int => Value::Int(tape.pick(&INTS)),
        Type::Uint => Value::Uint(tape.pick(&[0, 1, 2, 7, u64::MAX, 1 << 40])),
        Type::Double => Value::Double(tape.pick(&DOUBLES)),
        Type::String => Value::text(tape.pick(&TEXTS)),
        Type::Bytes => Value::Bytes(tape.pick(&TEXTS).as_bytes().into()),
        Type::Timestamp => {
            let nanos = i128::from(tape.pick(&TIMES)) * 1_000_000;
            let below = if precision == Precision::Nanoseconds { tape.below(3) } else { 0 };
            let nanos = nanos + i128::try_from(below).expect("fits");
            Value::Timestamp(Timestamp::from_nanosecond(nanos).expect("in the years 1 to 9999"))
        }
        Type::Duration => duration(tape.pick(&SPANS)),
        Type::Money => Value::Money(tape.pick(&[0, 1_999, -5, i64::MAX, i64::MIN])),
        Type::List(element) => {
            let length = tape.below(4);
            let elements = (0..length).map(|_| value(tape, element, precision));
            Value::list(elements.collect::<Vec<Value>>())
        }
        Type::Map(key, entry) => {
            let mut entries: Vec<(Value, Value)> = Vec::new();
            for _ in 0..tape.below(4) {
                let (key, entry) = (value(tape, key, precision), value(tape, entry, precision));
                if !entries.iter().any(|(known, _)| *known == key) {
                    entries.push((key, entry));
                }
            }
            Value::Map(Arc::new(Map::new(entries).expect("distinct keys")))
        }
        Type::Type => Value::Type(Type::Int),
        Type::Dyn => {
            let types = [Type::Bool, Type::Int, Type::Double, Type::String, Type::Null, Type::Uint];
            let ty = tape.pick(&types);
            value(tape, &ty, precision)
        }
    }
}

// === impl Trees ===

impl Trees {
    pub(crate) fn new(tape: Tape) -> Self {
        Self { tape, made: Vec::new(), segments: Vec::new(), scope: Vec::new() }
    }

    /// A rule of some type.
    pub(crate) fn rule(&mut self) -> Expr {
        let ty = if self.tape.below(3) == 0 { self.tape.pick(&types()) } else { Type::Bool };
        let depth = 2 + self.tape.below(5);
        self.tree(&ty, depth)
    }

    /// A tree of a type, at most so deep.
    fn tree(&mut self, ty: &Type, depth: usize) -> Expr {
        if depth == 0 || self.tape.is_used_up() {
            return self.leaf(ty);
        }
        if self.tape.below(6) == 0 {
            let like = |made: &&Expr| made.ty == *ty;
            let made: Vec<Expr> = self.made.iter().filter(like).cloned().collect();
            if !made.is_empty() {
                return self.tape.pick(&made);
            }
        }
        let expr = match self.tape.below(8) {
            0 | 1 => self.leaf(ty),
            2 => self.conditional(ty, depth - 1),
            _ => self.composite(ty, depth - 1),
        };
        if self.scope.is_empty() && self.made.len() < 64 {
            self.made.push(expr.clone());
        }
        expr
    }

    fn leaf(&mut self, ty: &Type) -> Expr {
        let places: Vec<u16> =
            (0..).zip(&self.scope).filter(|(_, t)| *t == ty).map(|p| p.0).collect();
        if !places.is_empty() && self.tape.below(3) > 0 {
            return expr(Kind::Variable(Variable(self.tape.pick(&places))), ty.clone());
        }
        let declared = types().iter().position(|known| known == ty);
        if let (Some(place), true) = (declared, self.tape.below(2) == 0) {
            let place = 2 * place + self.tape.below(2);
            let attribute = Attribute(u16::try_from(place).expect("few"));
            return expr(Kind::Attribute(attribute), ty.clone());
        }
        let constant = value(&mut self.tape, ty, Precision::Nanoseconds);
        expr(Kind::Constant(constant), ty.clone())
    }

    fn conditional(&mut self, ty: &Type, depth: usize) -> Expr {
        let condition = if self.tape.below(8) == 0 { Type::Dyn } else { Type::Bool };
        let other = if self.tape.below(8) == 0 { Type::Dyn } else { ty.clone() };
        let three = [self.tree(&condition, depth), self.tree(ty, depth), self.tree(&other, depth)];
        let whole = if *ty == other { ty.clone() } else { Type::Dyn };
        let whole = expr(Kind::Conditional(Box::new(three)), whole);
        if whole.ty == *ty { whole } else { self.leaf(ty) }
    }

    fn composite(&mut self, ty: &Type, depth: usize) -> Expr {
        match ty {
            Type::Bool => self.condition(depth),
            Type::List(element) => self.list(element, depth),
            Type::Map(key, entry) => {
                let count = self.tape.below(3);
                let entries = (0..count).map(|_| (self.tree(key, depth), self.tree(entry, depth)));
                let entries = entries.collect();
                expr(Kind::Map(entries), ty.clone())
            }
            Type::Dyn => self.unknown(depth),
            _ => self.call(ty, depth),
        }
    }

    fn condition(&mut self, depth: usize) -> Expr {
        match self.tape.below(12) {
            0..=3 => {
                let mut side = || {
                    let ty = if self.tape.below(8) == 0 { Type::Dyn } else { Type::Bool };
                    self.tree(&ty, depth)
                };
                let pair = Box::new([side(), side()]);
                let kind = if self.tape.below(2) == 0 { Kind::And(pair) } else { Kind::Or(pair) };
                expr(kind, Type::Bool)
            }
            4 | 5 => {
                let all = [Operation::All, Operation::Exists, Operation::ExistsOne];
                let operation = self.tape.pick(&all);
                self.quantified(operation, &Type::Bool, depth)
            }
            6 => {
                let place = u16::try_from(self.tape.below(2 * types().len())).expect("few");
                expr(Kind::Present(Attribute(place)), Type::Bool)
            }
            7 => {
                let map = self.tree(&Type::map(Type::String, Type::Dyn), depth);
                let field = self.tape.pick(&["a", "Bern", "zz"]);
                expr(Kind::Has(Box::new(map), field.into()), Type::Bool)
            }
            8 => self.segment(depth),
            _ => self.call(&Type::Bool, depth),
        }
    }

    /// A segment that is there, or a new one; outside of every macro.
    fn segment(&mut self, depth: usize) -> Expr {
        if self.segments.is_empty() || self.tape.below(3) == 0 {
            let scope = std::mem::take(&mut self.scope);
            let condition = self.tree(&Type::Bool, depth);
            self.scope = scope;
            let name = format!("s{}", self.segments.len()).into();
            self.segments.push(Arc::new(Segment { name, condition }));
        }
        let segment = self.tape.pick(&self.segments.clone());
        expr(Kind::Segment(segment), Type::Bool)
    }

    fn list(&mut self, element: &Type, depth: usize) -> Expr {
        let ty = Type::list(element.clone());
        match self.tape.below(4) {
            0 => {
                let count = self.tape.below(4);
                let elements = (0..count).map(|_| self.tree(element, depth)).collect();
                expr(Kind::List(elements), ty)
            }
            1 => self.quantified(Operation::Filter, &ty, depth),
            2 => self.quantified(Operation::Map, &ty, depth),
            _ => self.call(&ty, depth),
        }
    }

    /// A macro of a type.
    fn quantified(&mut self, operation: Operation, ty: &Type, depth: usize) -> Expr {
        let over = [
            Type::list(Type::Int),
            Type::list(Type::String),
            Type::list(Type::Timestamp),
            Type::list(Type::Bool),
            Type::list(Type::Double),
            Type::map(Type::String, Type::Dyn),
            Type::Dyn,
        ];
        let over = if operation == Operation::Filter { ty.clone() } else { self.tape.pick(&over) };
        let range = self.tree(&over, depth);
        let element = match &over {
            Type::List(element) => element.as_ref().clone(),
            Type::Map(key, _) => key.as_ref().clone(),
            _ => Type::Dyn,
        };
        let variable = Variable(u16::try_from(self.scope.len()).expect("few"));
        self.scope.push(element);
        let filter = operation == Operation::Map && self.tape.below(2) == 0;
        let filter = filter.then(|| self.tree(&Type::Bool, depth));
        let body = match (operation, ty) {
            (Operation::Map, Type::List(element)) => self.tree(element, depth),
            _ => self.tree(&Type::Bool, depth),
        };
        self.scope.pop();
        let one = Macro { operation, range, variable, filter, body };
        expr(Kind::Macro(Box::new(one)), ty.clone())
    }

    /// An expression whose type is known only when it runs.
    fn unknown(&mut self, depth: usize) -> Expr {
        let any = [Type::Int, Type::Double, Type::String, Type::Bool, Type::Uint, Type::Timestamp];
        match self.tape.below(5) {
            0 => {
                let ty = self.tape.pick(&any);
                let inner = self.tree(&ty, depth);
                expr(Kind::Call(Function::ToDyn, vec![inner]), Type::Dyn)
            }
            1 => {
                let map = self.tree(&Type::map(Type::String, Type::Dyn), depth);
                let field = self.tape.pick(&["a", "Bern", "zz"]);
                expr(Kind::Select(Box::new(map), field.into()), Type::Dyn)
            }
            2 => {
                let branches = (self.tape.pick(&any), self.tape.pick(&any));
                let three = [
                    self.tree(&Type::Bool, depth),
                    self.tree(&branches.0, depth),
                    self.tree(&branches.1, depth),
                ];
                expr(Kind::Conditional(Box::new(three)), Type::Dyn)
            }
            _ => self.call(&Type::Dyn, depth),
        }
    }

    /// A call of a function that gives a type.
    fn call(&mut self, ty: &Type, depth: usize) -> Expr {
        let overloads = functions::giving(ty);
        if overloads.is_empty() {
            return self.leaf(ty);
        }
        let (function, parameters) = self.tape.pick(&overloads);
        let arguments = parameters.iter().map(|parameter| self.tree(parameter, depth)).collect();
        expr(Kind::Call(function, arguments), ty.clone())
    }
}

fn expr(kind: Kind, ty: Type) -> Expr {
    Expr { kind, ty, span: 0..0 }
}
