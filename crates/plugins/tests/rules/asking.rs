//! What rules answer, and what they share.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rules::cel::tree::Operation;
use rules::cel::{EvalErrorKind, Function, Type, Value};

use super::world::{
    ABSENT, BEFORE, BROKEN, CHANGED, COUNT, FIELDS, NOW, NOW_MS, RATIO, TEXTS, VALUE, VIP, and,
    asked, attribute, call, cart_rescue, compare, constant, failing, holds, host, int, load, not,
    or, over, present, segment, source, timestamp, value, variable,
};

const TRUE: Result<Value, EvalErrorKind> = Ok(Value::Bool(true));
const FALSE: Result<Value, EvalErrorKind> = Ok(Value::Bool(false));

#[test]
fn each_rule_of_a_module_answers_for_itself() {
    let rules: Vec<_> = (0..2_000).map(|step| cart_rescue(step * 10)).collect();
    let set = load(&host(), &rules);
    assert_eq!(set.len(), 2_000);
    let mut session = set.open(source());
    for (place, step) in (0..2_000).enumerate() {
        assert_eq!(holds(&mut session, place), step * 10 <= 3_998, "{place}");
    }
    assert!(session.holds(2_000).is_err(), "there is no such rule");
}

#[test]
fn what_rules_have_in_common_is_evaluated_once_for_a_page_view() {
    let shared = compare(Function::GreaterEquals, attribute(VALUE), attribute(ABSENT));
    let rules = vec![cart_rescue(100), cart_rescue(200), shared.clone(), not(shared)];
    let set = load(&host(), &rules);
    let source = source();
    let mut session = set.open(Arc::clone(&source) as _);
    let mut questions = || {
        let before = source.asked.load(Ordering::Relaxed);
        for rule in 0..4 {
            let _ = asked(&mut session, rule).expect("no fault");
        }
        source.asked.load(Ordering::Relaxed) - before
    };
    assert_eq!(questions(), 5, "now, value, changed, whether it is there, and what is absent");
    assert_eq!(questions(), 0);
    assert!(holds(&mut set.open(source), 0));
}

#[test]
fn a_segment_is_evaluated_once_however_often_it_is_nested() {
    let leaf = compare(Function::Greater, attribute(COUNT), int(3));
    let nested = (0..40).fold(segment("0", leaf), |inner, level| {
        segment(&level.to_string(), and(inner.clone(), inner))
    });
    let set = load(&host(), &[nested.clone(), or(failing(), nested)]);
    let source = source();
    let mut session = set.open(Arc::clone(&source) as _);
    assert!(holds(&mut session, 1));
    assert!(holds(&mut session, 0));
    assert_eq!(source.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn one_false_decides_and_and_one_true_or_whatever_fails_before_or_after() {
    let (yes, no) = (|| attribute(VIP), || not(attribute(VIP)));
    let error = Err(EvalErrorKind::DivideByZero);
    assert_eq!(value(and(failing(), no())), FALSE);
    assert_eq!(value(and(no(), failing())), FALSE);
    assert_eq!(value(and(failing(), yes())), error);
    assert_eq!(value(and(yes(), failing())), error);
    assert_eq!(value(or(failing(), yes())), TRUE);
    assert_eq!(value(or(yes(), failing())), TRUE);
    assert_eq!(value(or(failing(), no())), error);
    assert_eq!(value(or(and(failing(), yes()), or(no(), yes()))), TRUE);
    assert_eq!(value(and(or(no(), failing()), and(yes(), no()))), FALSE);
    let absent = || compare(Function::Equals, attribute(ABSENT), int(1));
    assert_eq!(value(and(absent(), failing())), Err(EvalErrorKind::NoSuchKey), "the first");
    assert_eq!(value(or(failing(), absent())), error, "the first");
}

#[test]
fn an_attribute_may_be_absent_or_have_no_value() {
    assert_eq!(value(present(CHANGED)), TRUE);
    assert_eq!(value(present(ABSENT)), FALSE);
    assert_eq!(value(present(BROKEN)), Err(EvalErrorKind::Conversion));
    assert_eq!(value(attribute(ABSENT)), Err(EvalErrorKind::NoSuchKey));
    assert_eq!(value(attribute(BROKEN)), Err(EvalErrorKind::Conversion));
    assert_eq!(value(attribute(RATIO)), Ok(Value::Double(0.5)));
    assert_eq!(value(attribute(CHANGED)), Ok(timestamp(NOW_MS - 3_600_000)));
    assert_eq!(value(attribute(VALUE)), Ok(Value::Money(3_998)));
}

#[test]
fn integers_end_in_an_error_where_they_do_not_fit() {
    let number = || attribute(COUNT);
    let arithmetic = |function, one, other| value(call(function, vec![one, other], Type::Int));
    let overflow = Err(EvalErrorKind::Overflow);
    let by_zero = Err(EvalErrorKind::DivideByZero);
    let least = || {
        let below = call(Function::Subtract, vec![int(i64::MIN + 7), number()], Type::Int);
        call(Function::Add, vec![below, int(0)], Type::Int)
    };
    let minus_one = || call(Function::Subtract, vec![number(), int(8)], Type::Int);
    assert_eq!(value(least()), Ok(Value::Int(i64::MIN)));
    assert_eq!(arithmetic(Function::Add, number(), int(i64::MAX)), overflow);
    assert_eq!(arithmetic(Function::Add, least(), int(-1)), overflow);
    assert_eq!(arithmetic(Function::Add, least(), minus_one()), overflow);
    assert_eq!(arithmetic(Function::Subtract, least(), number()), overflow);
    assert_eq!(arithmetic(Function::Multiply, number(), int(i64::MAX / 6)), overflow);
    assert_eq!(arithmetic(Function::Multiply, least(), minus_one()), overflow);
    assert_eq!(arithmetic(Function::Multiply, minus_one(), least()), overflow);
    assert_eq!(arithmetic(Function::Multiply, number(), minus_one()), Ok(Value::Int(-7)));
    assert_eq!(arithmetic(Function::Multiply, number(), int(6)), Ok(Value::Int(42)));
    assert_eq!(arithmetic(Function::Divide, least(), minus_one()), overflow);
    assert_eq!(arithmetic(Function::Modulo, least(), minus_one()), overflow);
    assert_eq!(arithmetic(Function::Divide, number(), int(0)), by_zero);
    assert_eq!(arithmetic(Function::Modulo, number(), int(0)), by_zero);
    assert_eq!(arithmetic(Function::Divide, number(), int(-2)), Ok(Value::Int(-3)));
    assert_eq!(arithmetic(Function::Modulo, number(), int(-2)), Ok(Value::Int(1)));
    assert_eq!(value(call(Function::Negate, vec![least()], Type::Int)), overflow);
}

#[test]
fn times_stay_in_their_years_and_spans_in_64_bits_of_nanoseconds() {
    let span = |ms| constant(rules::cel::imports::duration(ms));
    let centuries = span(9_000_000_000_000);
    let later = |time, span| call(Function::Add, vec![time, span], Type::Timestamp);
    let overflow = Err(EvalErrorKind::Overflow);
    assert_eq!(value(later(attribute(NOW), span(1))), Ok(timestamp(NOW_MS + 1)));
    let far = (0..27).fold(attribute(NOW), |time, _| later(time, centuries.clone()));
    assert!(value(far.clone()).is_ok());
    assert_eq!(value(later(far.clone(), centuries.clone())), overflow);
    let apart = call(Function::Subtract, vec![far, attribute(NOW)], Type::Duration);
    assert_eq!(value(apart), overflow);
    let sum = call(Function::Add, vec![centuries.clone(), centuries], Type::Duration);
    assert_eq!(value(sum), overflow);
}

#[test]
fn what_is_not_native_is_done_by_the_host() {
    let city = || {
        let field = rules::cel::tree::Kind::Select(Box::new(attribute(FIELDS)), "city".into());
        super::world::expr(field, Type::Dyn)
    };
    let bern = constant(Value::text("Bern"));
    assert_eq!(value(compare(Function::Equals, city(), bern)), TRUE);
    assert_eq!(value(call(Function::Size, vec![city()], Type::Int)), Ok(Value::Int(4)));
    assert_eq!(value(and(city(), attribute(VIP))), Err(EvalErrorKind::NoOverload));
    assert_eq!(value(or(city(), attribute(VIP))), TRUE);
    let before = Function::Ask(BEFORE);
    assert_eq!(value(call(before, vec![attribute(CHANGED)], Type::Bool)), TRUE);
    let pattern = constant(Value::text("^l.mp$"));
    let body = compare(Function::Matches, variable(0, Type::String), pattern);
    assert_eq!(value(over(Operation::Exists, attribute(TEXTS), body)), TRUE);
}

#[test]
fn macros_go_over_lists_and_the_keys_of_maps() {
    let x = || variable(0, Type::Int);
    let list = || constant(Value::list([3, 0, 6].map(Value::Int)));
    let by_x = || call(Function::Divide, vec![int(6), x()], Type::Int);
    let is = |number| compare(Function::Equals, by_x(), int(number));
    let zero = Err(EvalErrorKind::DivideByZero);
    assert_eq!(value(over(Operation::Exists, list(), is(1))), TRUE);
    assert_eq!(value(over(Operation::Exists, list(), is(5))), zero);
    assert_eq!(value(over(Operation::All, list(), is(1))), FALSE);
    let positive = compare(Function::Greater, by_x(), int(0));
    assert_eq!(value(over(Operation::All, list(), positive.clone())), zero);
    assert_eq!(value(over(Operation::ExistsOne, list(), is(1))), zero);
    assert_eq!(value(over(Operation::Filter, list(), positive)), zero);
    let large = compare(Function::Greater, x(), int(2));
    assert_eq!(value(over(Operation::ExistsOne, list(), large.clone())), FALSE);
    let found = Value::list([3, 6].map(Value::Int));
    assert_eq!(value(over(Operation::Filter, list(), large)), Ok(found));
    let double = call(Function::Multiply, vec![x(), int(2)], Type::Int);
    let doubled = Value::list([6, 0, 12].map(Value::Int));
    assert_eq!(value(over(Operation::Map, list(), double)), Ok(doubled));
    let key = compare(Function::Equals, variable(0, Type::String), constant(Value::text("age")));
    assert_eq!(value(over(Operation::ExistsOne, attribute(FIELDS), key)), TRUE);
}
