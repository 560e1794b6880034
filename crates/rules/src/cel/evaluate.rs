//! The evaluator: an expression and a source of attributes give a value.
//!
//! It says what a rule means. Compiled rules are held against it in tests, `rules explain` shows each
//! value that it saw, and the constant folder calls it. It is no part of serving.
//!
//! An error is a value like others until something needs the value: `false && 1 / 0 > 0` is false from
//! either side, and so is `all` when one element decides. Evaluation is bounded in steps and not in
//! time, so that it ends alike everywhere; the depth of an expression was bounded when it was parsed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::tree::{Expr, Kind, Macro, Operation, Segment};
use super::{EvalError, EvalErrorKind, Function, Map, Pattern, Source, Value};
use crate::limits;

/// A sub-expression that was evaluated, and what it gave.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Where it is written, in bytes of the rule's text.
    pub span: Range<usize>,
    /// Its value, or why it has none.
    pub value: Result<Value, EvalError>,
}

/// What an expression gives.
///
/// # Errors
/// When it has no value for this source, or takes more than [`limits::CEL_STEPS_MAX`] steps.
pub fn evaluate(expr: &Expr, source: &dyn Source) -> Result<Value, EvalError> {
    Evaluator::new(source, limits::CEL_STEPS_MAX).value(expr)
}

/// Every sub-expression that was evaluated except for constants, an outer one before its parts, and the
/// parts of a macro once for each element. Segments are told as a whole. The rest is left out after
/// [`limits::CEL_TRACED_MAX`].
pub fn trace(expr: &Expr, source: &dyn Source) -> Vec<Traced> {
    let mut evaluator = Evaluator::new(source, limits::CEL_STEPS_MAX);
    evaluator.traced = Some(Vec::new());
    // What the whole gives is the first that is told.
    let _ = evaluator.value(expr);
    evaluator.traced.unwrap_or_default()
}

/// What an expression gives that asks for no attribute, within so many steps.
pub(super) fn evaluate_closed(expr: &Expr, steps_max: u32) -> Result<Value, EvalError> {
    Evaluator::new(&Nothing, steps_max).value(expr)
}

/// The source of an expression that asks for nothing.
struct Nothing;

impl Source for Nothing {
    fn attribute(&self, _: super::Attribute) -> Result<Option<Value>, EvalError> {
        Ok(None)
    }

    fn ask(&self, question: super::Question, arguments: &[Value]) -> Result<Value, EvalError> {
        Function::Ask(question).apply(arguments)
    }
}

struct Evaluator<'s> {
    source: &'s dyn Source,
    /// The elements that the enclosing macros are at, by [`super::tree::Variable`].
    variables: Vec<Value>,
    segments: Vec<(Arc<Segment>, Result<Value, EvalError>)>,
    patterns: BTreeMap<Arc<str>, Result<Pattern, EvalError>>,
    steps_left: u32,
    traced: Option<Vec<Traced>>,
}

// === impl Evaluator ===

impl<'s> Evaluator<'s> {
    fn new(source: &'s dyn Source, steps_max: u32) -> Self {
        Self {
            source,
            variables: Vec::new(),
            segments: Vec::new(),
            patterns: BTreeMap::new(),
            steps_left: steps_max,
            traced: None,
        }
    }

    fn value(&mut self, expr: &Expr) -> Result<Value, EvalError> {
        if let Kind::Constant(value) = &expr.kind {
            return Ok(value.clone());
        }
        let place = self.begin(expr);
        let value = self.charge(1).and_then(|()| self.kind(&expr.kind));
        if let Some((traced, place)) = self.traced.as_mut().zip(place) {
            traced[place].value.clone_from(&value);
        }
        value
    }

    /// Makes room for what an expression gives, before its parts take theirs.
    fn begin(&mut self, expr: &Expr) -> Option<usize> {
        let traced = self.traced.as_mut().filter(|traced| traced.len() < limits::CEL_TRACED_MAX)?;
        traced.push(Traced { span: expr.span.clone(), value: Ok(Value::Null) });
        Some(traced.len() - 1)
    }

    fn charge(&mut self, steps: u32) -> Result<(), EvalError> {
        let left = self.steps_left.checked_sub(steps);
        self.steps_left = left.unwrap_or(0);
        left.map(drop).ok_or_else(|| {
            EvalError::new(EvalErrorKind::TooLarge, "more steps than a rule may take")
        })
    }

    fn kind(&mut self, kind: &Kind) -> Result<Value, EvalError> {
        match kind {
            Kind::Constant(value) => Ok(value.clone()),
            Kind::Attribute(attribute) => {
                let absent =
                    "no such key: the customer is without this attribute; ask has(..) first";
                let value = self.source.attribute(*attribute)?;
                value.ok_or_else(|| EvalError::new(EvalErrorKind::NoSuchKey, absent))
            }
            Kind::Present(attribute) => {
                Ok(Value::Bool(self.source.attribute(*attribute)?.is_some()))
            }
            Kind::Variable(variable) => {
                let value = self.variables.get(usize::from(variable.0)).cloned();
                Ok(value.expect("the checker puts a variable only inside of its macro"))
            }
            Kind::Segment(segment) => self.segment(segment),
            Kind::Call(function, arguments) => self.call(*function, arguments),
            Kind::And(sides) => self.logic(sides, "&&", false),
            Kind::Or(sides) => self.logic(sides, "||", true),
            Kind::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = self.condition(condition, "?:")?;
                self.value(if holds { then } else { otherwise })
            }
            Kind::List(elements) => {
                let elements: Result<Vec<Value>, EvalError> =
                    elements.iter().map(|element| self.value(element)).collect();
                Ok(Value::list(elements?))
            }
            Kind::Map(entries) => {
                let mut values = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    values.push((self.value(key)?, self.value(value)?));
                }
                Ok(Value::Map(Map::new(values)?.into()))
            }
            Kind::Select(map, field) => self.value(map)?.select(field),
            Kind::Has(map, field) => Ok(Value::Bool(self.value(map)?.has(field)?)),
            Kind::Macro(parts) => self.run_macro(parts),
        }
    }

    fn call(&mut self, function: Function, arguments: &[Expr]) -> Result<Value, EvalError> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.value(argument)?);
        }
        let value = match (function, &values[..]) {
            (Function::Ask(question), values) => self.source.ask(question, values),
            (Function::Matches, [Value::String(text), Value::String(pattern)]) => {
                self.matches(text, pattern)
            }
            (function, values) => function.apply(values),
        }?;
        self.charge(steps_of(&value))?;
        Ok(value)
    }

    /// `matches`, which compiles each pattern once; that takes as long as many steps.
    fn matches(&mut self, text: &str, pattern: &Arc<str>) -> Result<Value, EvalError> {
        if !self.patterns.contains_key(pattern) {
            self.charge(limits::CEL_PATTERN_STEPS)?;
            self.patterns.insert(Arc::clone(pattern), Pattern::new(pattern));
        }
        match &self.patterns[pattern] {
            Ok(pattern) => Ok(Value::Bool(pattern.is_match(text))),
            Err(error) => Err(error.clone()),
        }
    }

    /// A condition; the first one that is not a boolean is an error of `name`.
    fn condition(&mut self, expr: &Expr, name: &str) -> Result<bool, EvalError> {
        match self.value(expr)? {
            Value::Bool(value) => Ok(value),
            other => Err(EvalError::no_overload(name, &[other])),
        }
    }

    /// `&&` and `||`: what `decisive` is on either side is the result, whatever the other side does.
    fn logic(
        &mut self,
        [one, other]: &[Expr; 2],
        name: &str,
        decisive: bool,
    ) -> Result<Value, EvalError> {
        let one = self.condition(one, name);
        if one == Ok(decisive) {
            return Ok(Value::Bool(decisive));
        }
        let other = self.condition(other, name);
        if other == Ok(decisive) {
            return Ok(Value::Bool(decisive));
        }
        one.and(other).map(Value::Bool)
    }

    /// A segment, at most once. It has variables of its own.
    fn segment(&mut self, segment: &Arc<Segment>) -> Result<Value, EvalError> {
        let mut known = self.segments.iter();
        if let Some((_, value)) = known.find(|(known, _)| Arc::ptr_eq(known, segment)) {
            return value.clone();
        }
        let variables = std::mem::take(&mut self.variables);
        let traced = self.traced.take();
        let value = self.value(&segment.condition);
        self.variables = variables;
        self.traced = traced;
        self.segments.push((Arc::clone(segment), value.clone()));
        value
    }

    fn run_macro(&mut self, parts: &Macro) -> Result<Value, EvalError> {
        let range = self.value(&parts.range)?;
        let place = usize::from(parts.variable.0);
        if self.variables.len() <= place {
            self.variables.resize(place + 1, Value::Null);
        }
        let elements = range.range()?;
        match parts.operation {
            Operation::All => self.quantify(parts, elements, "all", false),
            Operation::Exists => self.quantify(parts, elements, "exists", true),
            Operation::ExistsOne => {
                let mut count = 0_usize;
                for element in elements {
                    self.variables[place] = element.clone();
                    count += usize::from(self.condition(&parts.body, "exists_one")?);
                }
                Ok(Value::Bool(count == 1))
            }
            Operation::Filter => {
                let mut kept = Vec::new();
                for element in elements {
                    self.variables[place] = element.clone();
                    if self.condition(&parts.body, "filter")? {
                        kept.push(element.clone());
                    }
                }
                Ok(Value::list(kept))
            }
            Operation::Map => {
                let mut values = Vec::new();
                for element in elements {
                    self.variables[place] = element.clone();
                    let filter = parts.filter.as_ref();
                    if filter.map_or(Ok(true), |filter| self.condition(filter, "map"))? {
                        values.push(self.value(&parts.body)?);
                    }
                }
                Ok(Value::list(values))
            }
        }
    }

    /// `all` and `exists`: one element of which the body is `decisive` decides, whatever the others do.
    fn quantify<'v>(
        &mut self,
        parts: &Macro,
        elements: impl Iterator<Item = &'v Value>,
        name: &str,
        decisive: bool,
    ) -> Result<Value, EvalError> {
        let mut error = None;
        for element in elements {
            self.variables[usize::from(parts.variable.0)] = element.clone();
            match self.condition(&parts.body, name) {
                Ok(value) if value == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(first) => error = error.or(Some(first)),
            }
        }
        error.map_or(Ok(Value::Bool(!decisive)), Err)
    }
}

/// How many steps it takes to make a value beyond the one of its call.
fn steps_of(value: &Value) -> u32 {
    const BYTES_OF_A_STEP: usize = 64;
    let size = match value {
        Value::String(text) => text.len() / BYTES_OF_A_STEP,
        Value::Bytes(bytes) => bytes.len() / BYTES_OF_A_STEP,
        Value::List(elements) => elements.len(),
        _ => 0,
    };
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(super) mod tests;
