//! Trees made by hand, and what they give.

use std::cell::Cell;
use std::sync::Arc;

use super::super::tree::{Expr, Kind, Macro, Operation, Segment, Variable};
use super::super::{Attribute, EvalError, EvalErrorKind, Function, Question, Source, Type, Value};
use super::{evaluate, trace};
use crate::limits;

/// Attribute 0 is 7, attribute 1 fails, the others are absent; a question gives its first argument.
#[derive(Default)]
pub(in crate::cel) struct Few {
    asked: Cell<usize>,
}

impl Source for Few {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        self.asked.set(self.asked.get() + 1);
        match attribute.0 {
            0 => Ok(Some(Value::Int(7))),
            1 => Err(EvalError::new(EvalErrorKind::Overflow, "too far")),
            _ => Ok(None),
        }
    }

    fn ask(&self, _: Question, arguments: &[Value]) -> Result<Value, EvalError> {
        Ok(arguments[0].clone())
    }
}

pub(in crate::cel) fn expr(kind: Kind, ty: Type) -> Expr {
    Expr { kind, ty, span: 0..0 }
}

pub(in crate::cel) fn value(value: Value) -> Expr {
    let ty = value.type_of();
    expr(Kind::Constant(value), ty)
}

pub(in crate::cel) fn int(number: i64) -> Expr {
    value(Value::Int(number))
}

pub(in crate::cel) fn bool(truth: bool) -> Expr {
    value(Value::Bool(truth))
}

pub(in crate::cel) fn ints(numbers: &[i64]) -> Expr {
    expr(Kind::List(numbers.iter().map(|number| int(*number)).collect()), Type::list(Type::Int))
}

pub(in crate::cel) fn call(function: Function, arguments: Vec<Expr>, ty: Type) -> Expr {
    expr(Kind::Call(function, arguments), ty)
}

pub(in crate::cel) fn x() -> Expr {
    expr(Kind::Variable(Variable(0)), Type::Int)
}

pub(in crate::cel) fn attribute(place: u16) -> Expr {
    expr(Kind::Attribute(Attribute(place)), Type::Int)
}

/// `1 / 0 > 0`.
pub(in crate::cel) fn failing() -> Expr {
    let quotient = call(Function::Divide, vec![int(1), int(0)], Type::Int);
    call(Function::Greater, vec![quotient, int(0)], Type::Bool)
}

pub(in crate::cel) fn and(one: Expr, other: Expr) -> Expr {
    expr(Kind::And(Box::new([one, other])), Type::Bool)
}

pub(in crate::cel) fn or(one: Expr, other: Expr) -> Expr {
    expr(Kind::Or(Box::new([one, other])), Type::Bool)
}

pub(in crate::cel) fn run(operation: Operation, range: Expr, body: Expr) -> Expr {
    let parts = Macro { operation, range, variable: Variable(0), filter: None, body };
    expr(Kind::Macro(Box::new(parts)), Type::Dyn)
}

#[track_caller]
fn gives(expr: &Expr, expected: Value) {
    assert_eq!(evaluate(expr, &Few::default()), Ok(expected));
}

#[track_caller]
fn fails(expr: &Expr, expected: EvalErrorKind) {
    assert_eq!(evaluate(expr, &Few::default()).map_err(|error| error.kind), Err(expected));
}

#[test]
fn a_decisive_side_absorbs_whatever_the_other_does() {
    let horses = || value(Value::text("horses"));
    for other in [failing(), horses(), attribute(1), attribute(2)] {
        gives(&and(bool(false), other.clone()), Value::Bool(false));
        gives(&and(other.clone(), bool(false)), Value::Bool(false));
        gives(&or(bool(true), other.clone()), Value::Bool(true));
        gives(&or(other, bool(true)), Value::Bool(true));
    }
    fails(&and(bool(true), failing()), EvalErrorKind::DivideByZero);
    fails(&and(failing(), bool(true)), EvalErrorKind::DivideByZero);
    fails(&or(bool(false), failing()), EvalErrorKind::DivideByZero);
    fails(&or(horses(), horses()), EvalErrorKind::NoOverload);
    fails(&and(failing(), horses()), EvalErrorKind::DivideByZero);
    gives(&and(bool(true), bool(true)), Value::Bool(true));
    gives(&or(bool(false), bool(false)), Value::Bool(false));
}

#[test]
fn only_the_branch_that_is_chosen_is_evaluated() {
    let choose = |condition, then, otherwise| {
        expr(Kind::Conditional(Box::new([condition, then, otherwise])), Type::Dyn)
    };
    gives(&choose(bool(true), int(1), failing()), Value::Int(1));
    gives(&choose(bool(false), failing(), int(2)), Value::Int(2));
    fails(&choose(failing(), int(1), int(2)), EvalErrorKind::DivideByZero);
    fails(&choose(int(1), int(1), int(2)), EvalErrorKind::NoOverload);
}

#[test]
fn an_absent_attribute_is_an_error_unless_one_asks_for_its_presence() {
    let present = |place| expr(Kind::Present(Attribute(place)), Type::Bool);
    gives(&attribute(0), Value::Int(7));
    gives(&present(0), Value::Bool(true));
    gives(&present(2), Value::Bool(false));
    fails(&attribute(2), EvalErrorKind::NoSuchKey);
    fails(&present(1), EvalErrorKind::Overflow);
    let ask = Kind::Call(Function::Ask(Question(0)), vec![int(3)]);
    gives(&expr(ask, Type::Int), Value::Int(3));
}

/// `6 / (2 - x) == 6`, which has no value of 2.
fn six() -> Expr {
    let difference = call(Function::Subtract, vec![int(2), x()], Type::Int);
    let quotient = call(Function::Divide, vec![int(6), difference], Type::Int);
    call(Function::Equals, vec![quotient, int(6)], Type::Bool)
}

#[test]
fn one_element_decides_all_and_exists() {
    gives(&run(Operation::All, ints(&[1, 2, 3]), six()), Value::Bool(false));
    gives(&run(Operation::Exists, ints(&[2, 1]), six()), Value::Bool(true));
    fails(&run(Operation::All, ints(&[1, 2]), six()), EvalErrorKind::DivideByZero);
    fails(&run(Operation::Exists, ints(&[3, 2]), six()), EvalErrorKind::DivideByZero);
    gives(&run(Operation::All, ints(&[]), failing()), Value::Bool(true));
    gives(&run(Operation::Exists, ints(&[]), failing()), Value::Bool(false));
    fails(&run(Operation::All, ints(&[1]), x()), EvalErrorKind::NoOverload);
    let quotient = call(Function::Divide, vec![x(), int(0)], Type::Int);
    let mixed = expr(Kind::List(vec![value(Value::text("a")), int(0)]), Type::list(Type::Dyn));
    fails(&run(Operation::All, mixed, quotient), EvalErrorKind::NoOverload);
    fails(&run(Operation::All, int(1), bool(true)), EvalErrorKind::NoOverload);
}

#[test]
fn the_other_macros_fail_with_any_element() {
    let odd = || {
        let rest = call(Function::Modulo, vec![x(), int(2)], Type::Int);
        call(Function::Equals, vec![rest, int(1)], Type::Bool)
    };
    let list = |numbers: &[i64]| {
        Value::list(numbers.iter().map(|number| Value::Int(*number)).collect::<Vec<_>>())
    };
    gives(&run(Operation::ExistsOne, ints(&[1, 2]), odd()), Value::Bool(true));
    gives(&run(Operation::ExistsOne, ints(&[1, 2, 3]), odd()), Value::Bool(false));
    fails(&run(Operation::ExistsOne, ints(&[1, 1, 2]), six()), EvalErrorKind::DivideByZero);
    gives(&run(Operation::Filter, ints(&[0, 1, 2, 3]), odd()), list(&[1, 3]));
    fails(&run(Operation::Filter, ints(&[1, 2]), six()), EvalErrorKind::DivideByZero);
    let square = || call(Function::Multiply, vec![x(), x()], Type::Int);
    gives(&run(Operation::Map, ints(&[2, 3]), square()), list(&[4, 9]));
    let parts = Macro {
        operation: Operation::Map,
        range: ints(&[1, 2, 3]),
        variable: Variable(0),
        filter: Some(odd()),
        body: square(),
    };
    gives(&expr(Kind::Macro(Box::new(parts)), Type::Dyn), list(&[1, 9]));
}

#[test]
fn a_macro_over_a_map_goes_over_its_keys() {
    let entries = vec![(value(Value::text("a")), int(1)), (value(Value::text("b")), int(2))];
    let map = || expr(Kind::Map(entries.clone()), Type::map(Type::String, Type::Int));
    let keys = Value::list(vec![Value::text("a"), Value::text("b")]);
    gives(&run(Operation::Map, map(), x()), keys);
    gives(&expr(Kind::Select(map().into(), "b".into()), Type::Int), Value::Int(2));
    gives(&expr(Kind::Has(map().into(), "c".into()), Type::Bool), Value::Bool(false));
    fails(&expr(Kind::Select(map().into(), "c".into()), Type::Int), EvalErrorKind::NoSuchKey);
    let twice = vec![(int(0), int(1)), (value(Value::Uint(0)), int(2))];
    fails(&expr(Kind::Map(twice), Type::Dyn), EvalErrorKind::Argument);
}

#[test]
fn a_segment_is_evaluated_once_and_has_variables_of_its_own() {
    let is_seven = call(Function::Equals, vec![x(), attribute(0)], Type::Bool);
    let segment = Arc::new(Segment {
        name: "seven".into(),
        condition: run(Operation::Exists, ints(&[6, 7]), is_seven),
    });
    let named = || expr(Kind::Segment(Arc::clone(&segment)), Type::Bool);
    let same = call(Function::Equals, vec![x(), int(3)], Type::Bool);
    let rule = run(Operation::All, ints(&[3, 3]), and(named(), same));
    let source = Few::default();
    assert_eq!(evaluate(&rule, &source), Ok(Value::Bool(true)));
    assert_eq!(source.asked.get(), 2, "for 6 and 7, and not again for the second element");

    let told = trace(&and(named(), attribute(0)), &Few::default());
    let values: Vec<_> = told.into_iter().map(|part| part.value.ok()).collect();
    let seven = Some(Value::Int(7));
    assert_eq!(values, [None, Some(Value::Bool(true)), seven], "a segment is told as a whole");
}

#[test]
fn evaluation_ends_after_a_number_of_steps() {
    let many = ints(&[0; 200]);
    let depth = |variable, range: &Expr, body| {
        let parts = Macro {
            operation: Operation::All,
            range: range.clone(),
            variable: Variable(variable),
            filter: None,
            body,
        };
        expr(Kind::Macro(Box::new(parts)), Type::Bool)
    };
    let truth = call(Function::Equals, vec![x(), int(0)], Type::Bool);
    let nested = depth(0, &many, depth(1, &many, depth(2, &many, truth)));
    fails(&nested, EvalErrorKind::TooLarge);
}

#[test]
fn a_trace_tells_each_part_and_each_element() {
    let mut sum = call(Function::Add, vec![attribute(0), int(1)], Type::Int);
    sum.span = 3..8;
    let rule = call(Function::Equals, vec![sum, int(8)], Type::Bool);
    let told = trace(&rule, &Few::default());
    let values: Vec<_> = told.iter().map(|part| part.value.clone().unwrap()).collect();
    assert_eq!(values, [Value::Bool(true), Value::Int(8), Value::Int(7)]);
    assert_eq!(told[1].span, 3..8);

    let told = trace(&run(Operation::All, ints(&[1, 2, 3]), six()), &Few::default());
    let bodies = told.iter().filter(|part| matches!(part.value, Ok(Value::Bool(_)))).count();
    let failed = told.iter().filter(|part| part.value.is_err()).count();
    assert_eq!((bodies, failed), (3, 2), "the whole, two elements; the body and quotient of 2");

    let long = run(Operation::Map, ints(&[0; 4_000]), x());
    assert_eq!(trace(&long, &Few::default()).len(), limits::CEL_TRACED_MAX);
}
