//! A host, a schema, a source of values, and short ways to write rules as trees.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::FaultKind;
use plugins::{Compiler, Config, GuestFault, Host, RuleSet, Session};
use rules::cel::tree::{Expr, Kind, Macro, Operation, Segment, Variable};
use rules::cel::{
    Attribute, Declared, EvalError, EvalErrorKind, Function, Question, Schema, Source, Timestamp,
    Type, Value,
};

/// The time of the page view.
pub(crate) const NOW_MS: i64 = 1_700_000_000_000;
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// `now`, `value`, `changed`, `absent`, `broken`, `texts`, `fields`, `vip`, `ratio`, `count`.
pub(crate) const NOW: u16 = 0;
pub(crate) const VALUE: u16 = 1;
pub(crate) const CHANGED: u16 = 2;
pub(crate) const ABSENT: u16 = 3;
pub(crate) const BROKEN: u16 = 4;
pub(crate) const TEXTS: u16 = 5;
pub(crate) const FIELDS: u16 = 6;
pub(crate) const VIP: u16 = 7;
pub(crate) const RATIO: u16 = 8;
pub(crate) const COUNT: u16 = 9;

/// The only question: whether a time is before `now`.
pub(crate) const BEFORE: Question = Question(0);

/// Values by attribute, which counts how often it is asked.
#[derive(Default)]
pub(crate) struct Values {
    pub(crate) values: HashMap<u16, Value>,
    pub(crate) asked: AtomicUsize,
}

impl Source for Values {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if attribute.0 == BROKEN {
            return Err(EvalError::new(EvalErrorKind::Conversion, "in another currency"));
        }
        Ok(self.values.get(&attribute.0).cloned())
    }

    fn ask(&self, _: Question, arguments: &[Value]) -> Result<Value, EvalError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match arguments {
            [Value::Timestamp(time)] => Ok(Value::Bool(time.as_millisecond() < NOW_MS)),
            _ => Err(EvalError::new(EvalErrorKind::NoOverload, "no such overload")),
        }
    }
}

/// The customer of the tests.
pub(crate) fn source() -> Arc<Values> {
    let texts: Vec<Value> = ["mug", "lamp", "rug"].map(Value::text).into();
    let fields =
        vec![(Value::text("city"), Value::text("Bern")), (Value::text("age"), Value::Int(41))];
    let fields = rules::cel::Map::new(fields).expect("distinct keys");
    let values = [
        (NOW, timestamp(NOW_MS)),
        (VALUE, Value::Money(3_998)),
        (CHANGED, timestamp(NOW_MS - HOUR_MS)),
        (TEXTS, Value::list(texts)),
        (FIELDS, Value::Map(Arc::new(fields))),
        (VIP, Value::Bool(true)),
        (RATIO, Value::Double(0.5)),
        (COUNT, Value::Int(7)),
    ];
    Arc::new(Values { values: values.into(), asked: AtomicUsize::new(0) })
}

pub(crate) fn schema() -> Schema {
    let declared = |path: &str, ty: Type| Declared {
        path: path.into(),
        parameters: Box::default(),
        ty,
        optional: true,
        about: "".into(),
    };
    let attributes = vec![
        declared("now", Type::Timestamp),
        declared("value", Type::Money),
        declared("changed", Type::Timestamp),
        declared("absent", Type::Int),
        declared("broken", Type::Money),
        declared("texts", Type::list(Type::String)),
        declared("fields", Type::map(Type::String, Type::Dyn)),
        declared("vip", Type::Bool),
        declared("ratio", Type::Double),
        declared("count", Type::Int),
    ];
    let before =
        Declared { parameters: [Type::Timestamp].into(), ..declared("before", Type::Bool) };
    Schema { attributes, questions: vec![before], whole_milliseconds: true, ..Schema::default() }
}

pub(crate) fn host() -> Host {
    with_sandboxes(4)
}

pub(crate) fn with_sandboxes(sandboxes_max: u32) -> Host {
    let config =
        Config { cache_dir: None, mac_key: [1; 32], compiler: Compiler::InProcess, sandboxes_max };
    Host::new(config).expect("a host")
}

#[track_caller]
pub(crate) fn load(host: &Host, rules: &[Expr]) -> RuleSet {
    let program = rules::cel::compile(&schema(), rules).expect("small enough");
    host.load_rules(&program).expect("allowed")
}

/// Asks a rule; again when a busy machine took the processor away for longer than the deadline.
pub(crate) fn asked(
    session: &mut Session,
    rule: usize,
) -> Result<Result<Value, EvalError>, GuestFault> {
    let late = |fault: &GuestFault| fault.kind == FaultKind::Timeout;
    let mut outcome = session.value(rule);
    for _ in 0..3 {
        if outcome.as_ref().is_err_and(late) {
            outcome = session.value(rule);
        }
    }
    outcome
}

/// Whether a rule without errors holds.
#[track_caller]
pub(crate) fn holds(session: &mut Session, rule: usize) -> bool {
    let value = asked(session, rule).expect("no fault").expect("a value");
    assert!(matches!(value, Value::Bool(_)), "rule {rule} is no condition: {value:?}");
    value == Value::Bool(true)
}

/// What one rule gives.
#[track_caller]
pub(crate) fn value(rule: Expr) -> Result<Value, EvalErrorKind> {
    let set = load(&host(), &[rule]);
    let value = asked(&mut set.open(source()), 0).expect("no fault");
    value.map_err(|error| error.kind)
}

pub(crate) fn timestamp(ms: i64) -> Value {
    Value::Timestamp(Timestamp::from_millisecond(ms).expect("in the years 1 to 9999"))
}

pub(crate) fn expr(kind: Kind, ty: Type) -> Expr {
    Expr { kind, ty, span: 0..0 }
}

pub(crate) fn constant(value: Value) -> Expr {
    let ty = match &value {
        Value::List(elements) => {
            Type::list(elements.first().map_or(Type::Dyn, |first| constant(first.clone()).ty))
        }
        other => other.type_of(),
    };
    expr(Kind::Constant(value), ty)
}

pub(crate) fn int(number: i64) -> Expr {
    constant(Value::Int(number))
}

pub(crate) fn attribute(number: u16) -> Expr {
    let ty = schema().attributes[usize::from(number)].ty.clone();
    expr(Kind::Attribute(Attribute(number)), ty)
}

pub(crate) fn present(number: u16) -> Expr {
    expr(Kind::Present(Attribute(number)), Type::Bool)
}

pub(crate) fn call(function: Function, arguments: Vec<Expr>, ty: Type) -> Expr {
    expr(Kind::Call(function, arguments), ty)
}

pub(crate) fn compare(function: Function, one: Expr, other: Expr) -> Expr {
    call(function, vec![one, other], Type::Bool)
}

pub(crate) fn and(one: Expr, other: Expr) -> Expr {
    expr(Kind::And(Box::new([one, other])), Type::Bool)
}

pub(crate) fn or(one: Expr, other: Expr) -> Expr {
    expr(Kind::Or(Box::new([one, other])), Type::Bool)
}

pub(crate) fn not(one: Expr) -> Expr {
    call(Function::Not, vec![one], Type::Bool)
}

pub(crate) fn segment(name: &str, condition: Expr) -> Expr {
    let segment = Segment { name: name.into(), condition };
    expr(Kind::Segment(Arc::new(segment)), Type::Bool)
}

/// The variable of a macro at a depth.
pub(crate) fn variable(depth: u16, ty: Type) -> Expr {
    expr(Kind::Variable(Variable(depth)), ty)
}

/// A macro over a list or map, the outermost.
pub(crate) fn over(operation: Operation, range: Expr, body: Expr) -> Expr {
    let ty = match operation {
        Operation::Filter => range.ty.clone(),
        Operation::Map => Type::list(body.ty.clone()),
        _ => Type::Bool,
    };
    let variable = Variable(0);
    expr(Kind::Macro(Box::new(Macro { operation, range, variable, filter: None, body })), ty)
}

/// `1 / 0 == 1`: a condition without a value.
pub(crate) fn failing() -> Expr {
    let quotient = call(Function::Divide, vec![attribute(COUNT), int(0)], Type::Int);
    compare(Function::Equals, quotient, int(1))
}

/// A cart of some value changed within six hours, and something else not so: the typical rule.
pub(crate) fn cart_rescue(minor: i64) -> Expr {
    let least = constant(Value::Money(minor));
    let value = compare(Function::GreaterEquals, attribute(VALUE), least);
    let age = vec![attribute(NOW), attribute(CHANGED)];
    let age = call(Function::Subtract, age, Type::Duration);
    let six = constant(rules::cel::imports::duration(6 * HOUR_MS));
    let recent = compare(Function::LessEquals, age, six);
    let later = compare(Function::Greater, attribute(CHANGED), attribute(NOW));
    and(and(and(present(CHANGED), value), recent), not(later))
}
