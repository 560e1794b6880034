//! The checker: from what is written to a typed tree.
//!
//! It finds out what each name means and which type each expression has, and refuses what can only fail:
//! a function that is not defined for such types, types that are never equal, an amount with too many
//! digits. CEL's rules of typing hold
//! (<https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md#gradual-type-checking>): an
//! expression of type `dyn` goes anywhere and is looked at when the rule runs.
//!
//! All mistakes of a rule are told at once. An expression with a mistake has no type, and what is around
//! it is then not complained about.
//!
//! Read in this order: [`check`], `deduced` for types, `names`, `operators`, `calls` and `overloads`,
//! `literals` for what is decided from the text of an argument, `macros`.

use std::ops::Range;

use super::fold::fold;
use super::mistake::Mistakes;
use super::parse::parse;
use super::syntax::{Syntax, SyntaxKind};
use super::tree::{Expr, Kind, Variable};
use super::{Mistake, Type, Value, Vocabulary};

mod calls;
mod deduced;
mod literals;
mod macros;
mod names;
mod operators;
mod overloads;

use deduced::Deduced;
use names::{Meaning, Names};

/// Parses, checks and folds a rule or segment. Does not ask that it is a condition.
///
/// # Errors
/// With the mistakes in the text, at most [`crate::limits::CEL_MISTAKES_MAX`].
pub fn check(text: &str, vocabulary: &Vocabulary) -> Result<Expr, Vec<Mistake>> {
    check_unfolded(text, vocabulary).map(fold)
}

/// As [`check`], and that it is a condition: of type `bool`, or of one that is known only when the rule
/// runs.
///
/// # Errors
/// With the mistakes in the text.
pub fn check_condition(text: &str, vocabulary: &Vocabulary) -> Result<Expr, Vec<Mistake>> {
    let expr = check(text, vocabulary)?;
    if matches!(expr.ty, Type::Bool | Type::Dyn) {
        return Ok(expr);
    }
    let message = format!("a rule is true or false, and this is of type {}", expr.ty);
    Err(vec![Mistake::new(expr.span, message, calls::compare_help(&expr.ty))])
}

/// As [`check`], but every expression stays as it is written.
///
/// # Errors
/// With the mistakes in the text.
pub fn check_unfolded(text: &str, vocabulary: &Vocabulary) -> Result<Expr, Vec<Mistake>> {
    let syntax = parse(text)?;
    let names = Names::new(&vocabulary.schema);
    let mut checker =
        Checker { text, vocabulary, names, scope: Vec::new(), mistakes: Mistakes::default() };
    let term = checker.term(&syntax);
    checker.mistakes.or(term.map(Term::settle))
}

struct Checker<'v> {
    text: &'v str,
    vocabulary: &'v Vocabulary,
    names: Names<'v>,
    /// The variables of the macros around, outermost first.
    scope: Vec<(String, Deduced)>,
    mistakes: Mistakes,
}

/// An expression without mistakes.
struct Term {
    kind: Kind,
    ty: Deduced,
    span: Range<usize>,
}

// === impl Checker ===

impl Checker<'_> {
    /// Checks an expression; `None` when there is a mistake in it.
    fn term(&mut self, syntax: &Syntax) -> Option<Term> {
        let span = syntax.span.clone();
        let (kind, ty) = match &syntax.kind {
            SyntaxKind::Literal(value) => {
                (Kind::Constant(value.clone()), Deduced::from(&value.type_of()))
            }
            SyntaxKind::Name(_) | SyntaxKind::Select(..) => self.name(syntax)?,
            SyntaxKind::Has(operand, field) => self.has(syntax, operand, field)?,
            SyntaxKind::Operator(function, operands) => {
                self.operator(*function, operands, &span)?
            }
            SyntaxKind::And(sides) => (Kind::And(self.sides(sides, "&&")?), Deduced::BOOL),
            SyntaxKind::Or(sides) => (Kind::Or(self.sides(sides, "||")?), Deduced::BOOL),
            SyntaxKind::Conditional(parts) => self.conditional(parts, &span)?,
            SyntaxKind::Call(call) => self.call(call, &span)?,
            SyntaxKind::List(elements) => {
                let elements = self.terms(elements)?;
                let joined = joined(elements.iter().map(|element| &element.ty));
                (Kind::List(settled(elements)), Deduced::list(joined))
            }
            SyntaxKind::Map(entries) => self.map(entries)?,
            SyntaxKind::Macro(parts) => self.expand(parts)?,
        };
        Some(Term { kind, ty, span })
    }

    /// Checks all, so that the mistakes of all are told.
    fn terms<'s>(&mut self, all: impl IntoIterator<Item = &'s Syntax>) -> Option<Vec<Term>> {
        let terms: Vec<Option<Term>> = all.into_iter().map(|syntax| self.term(syntax)).collect();
        terms.into_iter().collect()
    }

    fn sides(&mut self, sides: &[Syntax; 2], sign: &str) -> Option<Box<[Expr; 2]>> {
        let [one, other] = sides;
        let (one, other) = (self.condition(one, sign), self.condition(other, sign));
        Some(Box::new([one?, other?]))
    }

    /// Checks a condition of `whose`.
    fn condition(&mut self, syntax: &Syntax, whose: &str) -> Option<Expr> {
        let term = self.term(syntax)?;
        if term.ty.fits(&Type::Bool) {
            return Some(term.settle());
        }
        let message = format!("`{whose}` takes conditions, and this is of type {}", term.ty);
        self.mistakes.refuse(term.span, message, calls::compare_help(&term.ty.settle()))
    }

    fn conditional(&mut self, parts: &[Syntax; 3], span: &Range<usize>) -> Option<(Kind, Deduced)> {
        let [condition, then, otherwise] = parts;
        let condition = self.condition(condition, "?:");
        let (then, otherwise) = (self.term(then), self.term(otherwise));
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let Some(ty) = then.ty.join(&otherwise.ty) else {
            let message = format!(
                "`?:` gives either {} or {}, which are of different types",
                then.ty, otherwise.ty
            );
            let help = "write values of one type, or `dyn(..)` around one of them";
            return self.mistakes.refuse(span.clone(), message, help);
        };
        let parts = [condition, then.settle(), otherwise.settle()];
        Some((Kind::Conditional(Box::new(parts)), ty))
    }

    fn map(&mut self, entries: &[(Syntax, Syntax)]) -> Option<(Kind, Deduced)> {
        let flat = entries.iter().flat_map(|(key, value)| [key, value]);
        let terms = self.terms(flat)?;
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (place, term) in terms.into_iter().enumerate() {
            let is_key = place % 2 == 0;
            if is_key && !is_key_type(&term.ty) {
                let message = format!("{} is no type of keys", term.ty);
                let help = "write a text, a whole number, `true` or `false` as the key";
                return self.mistakes.refuse(term.span, message, help);
            }
            if is_key { &mut keys } else { &mut values }.push(term);
        }
        let ty = Deduced::map(
            joined(keys.iter().map(|key| &key.ty)),
            joined(values.iter().map(|value| &value.ty)),
        );
        let entries = settled(keys).into_iter().zip(settled(values)).collect();
        Some((Kind::Map(entries), ty))
    }

    /// A name, or a field of what a shorter name means.
    fn name(&mut self, syntax: &Syntax) -> Option<(Kind, Deduced)> {
        if let Some(path) = self.global_path(syntax)
            && let Some(meaning) = self.names.value(&path)
        {
            return Some(match meaning {
                Meaning::Attribute(attribute, declared) => {
                    (Kind::Attribute(attribute), Deduced::from(&declared.ty))
                }
                Meaning::Type(ty) => (Kind::Constant(Value::Type(ty)), Deduced::Scalar(Type::Type)),
            });
        }
        match &syntax.kind {
            SyntaxKind::Select(operand, field) if !self.is_unknown(operand) => {
                let operand = self.term(operand)?;
                let ty = self.field(&operand, field, &syntax.span)?;
                Some((Kind::Select(Box::new(operand.settle()), (&**field).into()), ty))
            }
            SyntaxKind::Name(name) if let Some(variable) = self.variable(name) => Some(variable),
            _ => self.unknown_name(syntax),
        }
    }

    /// `has(operand.field)`.
    fn has(&mut self, syntax: &Syntax, operand: &Syntax, field: &str) -> Option<(Kind, Deduced)> {
        let whole = SyntaxKind::Select(Box::new(operand.clone()), field.to_owned());
        let whole = Syntax { kind: whole, span: self.inside_has(syntax, operand) };
        if let Some(path) = self.global_path(&whole)
            && let Some(Meaning::Attribute(attribute, _)) = self.names.value(&path)
        {
            return Some((Kind::Present(attribute), Deduced::BOOL));
        }
        if self.is_unknown(operand) {
            return self.unknown_name(&whole);
        }
        let operand = self.term(operand)?;
        self.field(&operand, field, &syntax.span)?;
        Some((Kind::Has(Box::new(operand.settle()), field.into()), Deduced::BOOL))
    }

    /// Where the argument of `has(..)` is written.
    fn inside_has(&self, syntax: &Syntax, operand: &Syntax) -> Range<usize> {
        let inside = self.text.get(operand.span.start..syntax.span.end).unwrap_or_default();
        let written = inside.trim_end_matches([')', ' ', '\t', '\r', '\n']);
        operand.span.start..operand.span.start + written.len()
    }

    /// The type of a field; a mistake when the type has none.
    fn field(&mut self, operand: &Term, field: &str, span: &Range<usize>) -> Option<Deduced> {
        match &operand.ty {
            ty if ty.is_dynamic() => Some(Deduced::DYN),
            Deduced::Map(key, value) if key.fits(&Type::String) => Some((**value).clone()),
            ty => {
                let message = format!("{ty} has no field `{field}`");
                let help = match ty {
                    Deduced::Map(key, _) => format!("its keys are of type {key}; write `[..]`"),
                    _ => "fields are those of maps; a function is called with brackets".to_owned(),
                };
                self.mistakes.refuse(span.clone(), message, help)
            }
        }
    }

    fn variable(&self, name: &str) -> Option<(Kind, Deduced)> {
        let place = self.scope.iter().rposition(|(known, _)| known == name)?;
        let number = u16::try_from(place).ok()?;
        Some((Kind::Variable(Variable(number)), self.scope[place].1.clone()))
    }

    /// The path of a name that no variable of a macro hides.
    fn global_path(&self, syntax: &Syntax) -> Option<String> {
        let path = syntax.path()?;
        let root = path.split('.').next().unwrap_or_default();
        (!self.scope.iter().any(|(known, _)| known == root)).then_some(path)
    }

    /// Whether it is a name of which no part means anything.
    fn is_unknown(&self, syntax: &Syntax) -> bool {
        let Some(path) = self.global_path(syntax) else { return false };
        let ends = path.char_indices().filter(|(byte, letter)| *letter == '.' && *byte > 0);
        let mut ends = ends.map(|(byte, _)| byte).chain([path.len()]);
        !ends.any(|end| self.names.value(&path[..end]).is_some())
    }

    fn unknown_name<T>(&mut self, syntax: &Syntax) -> Option<T> {
        let path = syntax.path().unwrap_or_default();
        let help = self.names.instead_of_value(&path);
        let message = match self.names.is_namespace(&path) {
            true => format!("`{path}` is no value, but has some in it"),
            false => format!("unknown name `{path}`"),
        };
        self.mistakes.refuse(syntax.span.clone(), message, help)
    }
}

// === impl Term ===

impl Term {
    fn settle(self) -> Expr {
        Expr { kind: self.kind, ty: self.ty.settle(), span: self.span }
    }
}

fn settled(terms: Vec<Term>) -> Vec<Expr> {
    terms.into_iter().map(Term::settle).collect()
}

/// The type of elements or keys.
fn joined<'t>(types: impl Iterator<Item = &'t Deduced>) -> Deduced {
    types.fold(Deduced::Free, |joined, ty| joined.mixed(ty))
}

fn is_key_type(ty: &Deduced) -> bool {
    [Type::Bool, Type::Int, Type::Uint, Type::String].iter().any(|key| ty.fits(key))
}

#[cfg(test)]
mod tests;
