//! The constant folder: what does not depend on the customer is evaluated once, when the plan is made.
//!
//! Folding never changes what a rule means. A constant that always fails stays as it is, because it may
//! stand where it is never evaluated, or where its error is absorbed: `customer.x || 1 / 0 > 0` is true
//! for some. Nor does folding make a rule much larger: a constant beyond
//! [`limits::CEL_FOLDED_BYTES_MAX`] is left to be made when it is asked for.

use std::ops::Range;

use super::evaluate::evaluate_closed;
use super::tree::{Expr, Kind, Macro, Operation, Variable};
use super::{Function, Map, Type, Value};
use crate::limits;

/// The same expression with its constant parts evaluated. Segments are folded where they are defined;
/// one that is constant is replaced by what it gives.
///
/// The type of a constant may say less than its value does: `dyn(1)` becomes a constant of type `dyn`.
pub fn fold(expr: Expr) -> Expr {
    let Expr { kind, ty, span } = expr;
    let kind = match kind {
        Kind::Call(function, arguments) => fold_call(function, arguments),
        Kind::And(sides) => return fold_logic((*sides).map(fold), false, ty, span),
        Kind::Or(sides) => return fold_logic((*sides).map(fold), true, ty, span),
        Kind::Conditional(parts) => return fold_conditional((*parts).map(fold), ty, span),
        Kind::List(elements) => fold_list(elements),
        Kind::Map(entries) => fold_map(entries),
        Kind::Select(map, field) => {
            let map = fold(*map);
            match constant(&map).and_then(|map| map.select(&field).ok()) {
                Some(value) => Kind::Constant(value),
                None => Kind::Select(Box::new(map), field),
            }
        }
        Kind::Has(map, field) => {
            let map = fold(*map);
            match constant(&map).and_then(|map| map.has(&field).ok()) {
                Some(value) => Kind::Constant(Value::Bool(value)),
                None => Kind::Has(Box::new(map), field),
            }
        }
        Kind::Macro(parts) => return fold_macro(*parts, ty, span),
        Kind::Segment(segment) => match constant(&segment.condition) {
            Some(value) => Kind::Constant(value.clone()),
            None => Kind::Segment(segment),
        },
        Kind::Constant(_) | Kind::Attribute(_) | Kind::Present(_) | Kind::Variable(_) => kind,
    };
    Expr { kind, ty, span }
}

/// The value of a constant.
fn constant(expr: &Expr) -> Option<&Value> {
    match &expr.kind {
        Kind::Constant(value) => Some(value),
        _ => None,
    }
}

fn constants(exprs: &[Expr]) -> Option<Vec<Value>> {
    exprs.iter().map(|expr| constant(expr).cloned()).collect()
}

fn fold_call(function: Function, arguments: Vec<Expr>) -> Kind {
    let arguments: Vec<Expr> = arguments.into_iter().map(fold).collect();
    let value = constants(&arguments).and_then(|values| function.apply(&values).ok());
    match value.filter(is_small) {
        Some(value) => Kind::Constant(value),
        None => Kind::Call(function, arguments),
    }
}

/// `&&` and `||`: `decisive` on either side is the result, even beside an error. The opposite leaves the
/// other side, but only a boolean is left alone; anything else would no longer be an error.
fn fold_logic(sides: [Expr; 2], decisive: bool, ty: Type, span: Range<usize>) -> Expr {
    let bool_of = |side: &Expr| match constant(side) {
        Some(Value::Bool(value)) => Some(*value),
        _ => None,
    };
    let known = [bool_of(&sides[0]), bool_of(&sides[1])];
    if known.contains(&Some(decisive)) {
        return Expr { kind: Kind::Constant(Value::Bool(decisive)), ty, span };
    }
    let [one, other] = sides;
    match known {
        [Some(_), _] if other.ty == Type::Bool => other,
        [_, Some(_)] if one.ty == Type::Bool => one,
        _ => {
            let sides = Box::new([one, other]);
            Expr { kind: if decisive { Kind::Or(sides) } else { Kind::And(sides) }, ty, span }
        }
    }
}

/// A known condition leaves its branch, unless that has another type than the whole.
fn fold_conditional(parts: [Expr; 3], ty: Type, span: Range<usize>) -> Expr {
    let chosen = match constant(&parts[0]) {
        Some(Value::Bool(true)) => Some(&parts[1]),
        Some(Value::Bool(false)) => Some(&parts[2]),
        _ => None,
    };
    match chosen {
        Some(Expr { kind: kind @ Kind::Constant(_), .. }) => Expr { kind: kind.clone(), ty, span },
        Some(branch) if branch.ty == ty => branch.clone(),
        _ => Expr { kind: Kind::Conditional(Box::new(parts)), ty, span },
    }
}

fn fold_list(elements: Vec<Expr>) -> Kind {
    let elements: Vec<Expr> = elements.into_iter().map(fold).collect();
    match constants(&elements).map(Value::list).filter(is_small) {
        Some(list) => Kind::Constant(list),
        None => Kind::List(elements),
    }
}

fn fold_map(entries: Vec<(Expr, Expr)>) -> Kind {
    let entries: Vec<(Expr, Expr)> =
        entries.into_iter().map(|(key, value)| (fold(key), fold(value))).collect();
    let both = |(key, value): &(Expr, Expr)| constant(key).cloned().zip(constant(value).cloned());
    let values: Option<Vec<(Value, Value)>> = entries.iter().map(both).collect();
    let map = values.and_then(|values| Map::new(values).ok());
    match map.map(|map| Value::Map(map.into())).filter(is_small) {
        Some(map) => Kind::Constant(map),
        None => Kind::Map(entries),
    }
}

/// A macro over a constant that asks for nothing else, or over nothing at all.
fn fold_macro(parts: Macro, ty: Type, span: Range<usize>) -> Expr {
    let parts = Macro {
        range: fold(parts.range),
        filter: parts.filter.map(fold),
        body: fold(parts.body),
        ..parts
    };
    let range = constant(&parts.range);
    let is_empty = range.and_then(|range| range.range().ok()).is_some_and(|range| range.len() == 0);
    if is_empty {
        let value = match parts.operation {
            Operation::All => Value::Bool(true),
            Operation::Exists | Operation::ExistsOne => Value::Bool(false),
            Operation::Filter | Operation::Map => Value::list(Vec::new()),
        };
        return Expr { kind: Kind::Constant(value), ty, span };
    }
    let evaluable = range.is_some() && is_closed_macro(&parts, parts.variable);
    let expr = Expr { kind: Kind::Macro(Box::new(parts)), ty, span };
    let value = evaluable.then(|| evaluate_closed(&expr, limits::CEL_FOLD_STEPS_MAX).ok());
    match value.flatten().filter(is_small) {
        Some(value) => Expr { kind: Kind::Constant(value), ..expr },
        None => expr,
    }
}

/// Whether an expression asks for nothing but variables of macros within `outermost`. They are numbered
/// by depth, so those are the ones from it on.
fn is_closed(expr: &Expr, outermost: Variable) -> bool {
    let all = |exprs: &[Expr]| exprs.iter().all(|expr| is_closed(expr, outermost));
    match &expr.kind {
        Kind::Constant(_) => true,
        Kind::Variable(variable) => variable.0 >= outermost.0,
        Kind::Attribute(_) | Kind::Present(_) | Kind::Segment(_) => false,
        Kind::Call(Function::Ask(_), _) => false,
        Kind::Call(_, arguments) => all(arguments),
        Kind::And(sides) | Kind::Or(sides) => all(&sides[..]),
        Kind::Conditional(parts) => all(&parts[..]),
        Kind::List(elements) => all(elements),
        Kind::Map(entries) => entries
            .iter()
            .all(|(key, value)| is_closed(key, outermost) && is_closed(value, outermost)),
        Kind::Select(map, _) | Kind::Has(map, _) => is_closed(map, outermost),
        Kind::Macro(parts) => is_closed_macro(parts, outermost),
    }
}

fn is_closed_macro(parts: &Macro, outermost: Variable) -> bool {
    is_closed(&parts.range, outermost)
        && parts.filter.as_ref().is_none_or(|filter| is_closed(filter, outermost))
        && is_closed(&parts.body, outermost)
}

/// Whether a value is small enough to be a constant of a rule.
fn is_small(value: &Value) -> bool {
    size_within(value, limits::CEL_FOLDED_BYTES_MAX).is_some()
}

/// What is left of `room` bytes after a value; `None` when it does not fit. It stops where the room ends,
/// since lists may contain one another often.
fn size_within(value: &Value, room: usize) -> Option<usize> {
    const VALUE_BYTES: usize = 8;
    let room = room.checked_sub(VALUE_BYTES)?;
    match value {
        Value::String(text) => room.checked_sub(text.len()),
        Value::Bytes(bytes) => room.checked_sub(bytes.len()),
        Value::List(elements) => {
            elements.iter().try_fold(room, |room, element| size_within(element, room))
        }
        Value::Map(map) => map.entries().iter().try_fold(room, |room, (key, value)| {
            size_within(key, room).and_then(|room| size_within(value, room))
        }),
        _ => Some(room),
    }
}

#[cfg(test)]
mod tests;
