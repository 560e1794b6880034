//! From text to [`Syntax`], by the parser of the `cel` crate.
//!
//! The parser is asked not to expand macros, so that `all` and its like arrive as the calls that they
//! are written as. What it tells of places is where the sign of an expression is; the tokens tell where
//! the expression begins and ends.
//!
//! Refused here is what CEL has and rules do not: messages, optional values, macros of other shapes.
//! Read `scan` first.

use std::ops::Range;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, MapExpr, SourceInfo, operators};

use super::mistake::Mistakes;
use super::scan::{Tokens, scan};
use super::syntax::{Call, MacroSyntax, Syntax, SyntaxKind};
use super::tree::Operation;
use super::{Function, Mistake, Value};
use crate::limits;

mod complaint;

/// Parses a rule.
///
/// # Errors
/// When the text is no expression, or one that rules cannot have.
pub(super) fn parse(text: &str) -> Result<Syntax, Vec<Mistake>> {
    let tokens = scan(text).map_err(|mistake| vec![mistake])?;
    // An environment of its own has no macros.
    let parser = cel::Env::default().parser();
    let depth_max = u16::try_from(limits::CEL_DEPTH_MAX).unwrap_or(u16::MAX);
    let parser = parser.max_recursion_depth(depth_max).enable_ident_escape_syntax(true);
    let parsed = parser.parse_with_source_info(text);
    let (expr, places) =
        parsed.map_err(|errors| vec![complaint::mistake(text, &tokens, errors.errors)])?;
    let mut reader = Reader { text, tokens, places, mistakes: Mistakes::default() };
    let syntax = reader.read(expr);
    reader.mistakes.or(syntax)
}

/// Reads what the parser made.
struct Reader<'t> {
    text: &'t str,
    tokens: Tokens<'t>,
    places: SourceInfo,
    mistakes: Mistakes,
}

// === impl Reader ===

impl Reader<'_> {
    fn read(&mut self, expr: IdedExpr) -> Option<Syntax> {
        let sign = self.place(expr.id);
        let (kind, span) = match expr.expr {
            Expr::Literal(literal) => self.literal(literal, sign),
            Expr::Ident(name) => {
                let dot = self.tokens.before(sign.start).filter(|_| name.starts_with('.'));
                let start = dot.map_or(sign.start, |dot| dot.span.start);
                (SyntaxKind::Name(name), start..sign.end)
            }
            Expr::Select(select) => {
                let operand = self.read(*select.operand)?;
                let field = self.tokens.at(sign.end).map_or(sign.end, |field| field.span.end);
                let span = operand.span.start..field;
                (SyntaxKind::Select(Box::new(operand), select.field), span)
            }
            Expr::Call(call) => self.call(call, sign)?,
            Expr::List(list) => {
                let span = sign.start..self.tokens.end_of_bracket(sign.start);
                if !list.optional_indices.is_empty() {
                    return self.refuse_optional(span);
                }
                (SyntaxKind::List(self.read_all(list.elements)?), span)
            }
            Expr::Map(map) => {
                let span = sign.start..self.tokens.end_of_bracket(sign.start);
                (SyntaxKind::Map(self.entries(map, &span)?), span)
            }
            Expr::Struct(message) => {
                let span = sign.start..self.tokens.end_of_bracket(sign.start);
                let message = format!("there are no messages such as `{}`", message.type_name);
                return self.mistakes.refuse(span, message, "write a map, such as `{\"key\": 1}`");
            }
            Expr::Comprehension(_) | Expr::Unspecified => {
                return self.mistakes.refuse(
                    sign,
                    "this is no expression",
                    "write a value or a condition",
                );
            }
        };
        Some(Syntax { kind, span: self.tokens.with_groups(span) })
    }

    /// Reads all, so that the mistakes of all are told.
    fn read_all(&mut self, exprs: Vec<IdedExpr>) -> Option<Vec<Syntax>> {
        let read: Vec<Option<Syntax>> = exprs.into_iter().map(|expr| self.read(expr)).collect();
        read.into_iter().collect()
    }

    /// Where the token is that the parser noted for an expression.
    fn place(&self, id: u64) -> Range<usize> {
        let start = self.places.offset_for(id).and_then(|(start, _)| usize::try_from(start).ok());
        let token = start.and_then(|start| self.tokens.at(start));
        token.map_or(0..self.text.len(), |token| token.span.clone())
    }

    fn literal(&self, literal: LiteralValue, token: Range<usize>) -> (SyntaxKind, Range<usize>) {
        let value = match literal {
            LiteralValue::Boolean(value) => Value::Bool(value.into_inner()),
            LiteralValue::Bytes(bytes) => Value::Bytes(bytes.into_inner().into()),
            LiteralValue::Double(number) => Value::Double(number.into_inner()),
            LiteralValue::Int(number) => Value::Int(number.into_inner()),
            LiteralValue::Null => Value::Null,
            LiteralValue::String(text) => Value::text(text.inner()),
            LiteralValue::UInt(number) => Value::Uint(number.into_inner()),
        };
        let negative = match value {
            Value::Int(number) => number < 0,
            Value::Double(number) => number.is_sign_negative(),
            _ => false,
        };
        let minus = self.tokens.before(token.start).filter(|_| negative);
        let start = minus.map_or(token.start, |minus| minus.span.start);
        (SyntaxKind::Literal(value), start..token.end)
    }

    fn entries(&mut self, map: MapExpr, span: &Range<usize>) -> Option<Vec<(Syntax, Syntax)>> {
        let mut entries = Vec::with_capacity(map.entries.len());
        let mut complete = true;
        for entry in map.entries {
            let EntryExpr::MapEntry(entry) = entry.expr else { continue };
            if entry.optional {
                return self.refuse_optional(span.clone());
            }
            match (self.read(entry.key), self.read(entry.value)) {
                (Some(key), Some(value)) => entries.push((key, value)),
                _ => complete = false,
            }
        }
        complete.then_some(entries)
    }

    fn call(&mut self, call: CallExpr, sign: Range<usize>) -> Option<(SyntaxKind, Range<usize>)> {
        let CallExpr { func_name: name, target, args } = call;
        match &name[..] {
            operators::OPT_SELECT | operators::OPT_INDEX => self.refuse_optional(sign),
            operators::LOGICAL_AND | operators::LOGICAL_OR | operators::CONDITIONAL => {
                self.logic(&name, args)
            }
            _ => match operator(&name) {
                Some(function) => {
                    let operands = self.read_all(args)?;
                    let first = operands.first().map_or(sign.start, |first| first.span.start);
                    let last = operands.last().map_or(sign.end, |last| last.span.end);
                    let end = match function {
                        Function::Index => self.tokens.end_of_bracket(sign.start),
                        _ => last,
                    };
                    let span = first.min(sign.start)..end;
                    Some((SyntaxKind::Operator(function, operands), span))
                }
                None => self.named(name, target.map(|target| *target), args, sign),
            },
        }
    }

    fn logic(&mut self, name: &str, args: Vec<IdedExpr>) -> Option<(SyntaxKind, Range<usize>)> {
        let parts = self.read_all(args)?;
        let span = parts.first()?.span.start..parts.last()?.span.end;
        let kind = match name {
            operators::LOGICAL_AND => SyntaxKind::And(Box::new(parts.try_into().ok()?)),
            operators::LOGICAL_OR => SyntaxKind::Or(Box::new(parts.try_into().ok()?)),
            _ => SyntaxKind::Conditional(Box::new(parts.try_into().ok()?)),
        };
        Some((kind, span))
    }

    /// A call by name, whose bracket is at `open`.
    fn named(
        &mut self,
        name: String,
        target: Option<IdedExpr>,
        args: Vec<IdedExpr>,
        open: Range<usize>,
    ) -> Option<(SyntaxKind, Range<usize>)> {
        let name_span =
            self.tokens.before(open.start).map_or(open.clone(), |name| name.span.clone());
        let end = self.tokens.end_of_bracket(open.start);
        let target = match target {
            Some(target) => Some(self.read(target)?),
            None => None,
        };
        let dot = self.tokens.before(name_span.start).filter(|_| name.starts_with('.'));
        let own = dot.map_or(name_span.start, |dot| dot.span.start);
        let span = target.as_ref().map_or(own, |target| target.span.start)..end;
        let kind = match (target, &name[..]) {
            (None, operators::HAS) => self.has(args, &span)?,
            (Some(range), name) if let Some(operation) = operation(name) => {
                self.expand(operation, range, args, name_span.start..end)?
            }
            (target, _) => {
                let arguments = self.read_all(args)?;
                SyntaxKind::Call(Box::new(Call { target, name, name_span, arguments }))
            }
        };
        Some((kind, span))
    }

    fn has(&mut self, args: Vec<IdedExpr>, span: &Range<usize>) -> Option<SyntaxKind> {
        let arguments = self.read_all(args)?;
        if let Ok([Syntax { kind: SyntaxKind::Select(operand, field), .. }]) =
            <[Syntax; 1]>::try_from(arguments)
        {
            return Some(SyntaxKind::Has(operand, field));
        }
        let help = "write one name with a dot in it, such as `has(customer.last_order_at)`";
        self.mistakes.refuse(span.clone(), "`has` asks whether a field is there", help)
    }

    /// A macro: a name for the element, and what is asked about it.
    fn expand(
        &mut self,
        operation: Operation,
        range: Syntax,
        args: Vec<IdedExpr>,
        span: Range<usize>,
    ) -> Option<SyntaxKind> {
        let arguments = self.read_all(args)?;
        let filtered = operation == Operation::Map && arguments.len() == 3;
        let named = |syntax: &Syntax| match &syntax.kind {
            SyntaxKind::Name(name) if !name.starts_with('.') => Some(name.clone()),
            _ => None,
        };
        let mut arguments = arguments.into_iter();
        let first = arguments.next();
        let variable = first.as_ref().and_then(named);
        let filter = if filtered { arguments.next() } else { None };
        let (body, rest) = (arguments.next(), arguments.next());
        let (Some(variable), Some(body), None) = (variable, body, rest) else {
            return self.refuse_macro(operation, first, span);
        };
        let parts = MacroSyntax { operation, range, variable, filter, body };
        Some(SyntaxKind::Macro(Box::new(parts)))
    }

    fn refuse_macro<T>(
        &mut self,
        operation: Operation,
        first: Option<Syntax>,
        span: Range<usize>,
    ) -> Option<T> {
        let name = operation_name(operation);
        let (body, with_filter) = match operation {
            Operation::Map => ("x * 2", ", or `.map(x, x > 1, x * 2)`"),
            _ => ("x > 1", ""),
        };
        let help = format!("write `.{name}(x, {body})`{with_filter}");
        match first {
            Some(first) if !matches!(first.kind, SyntaxKind::Name(_)) => {
                let message = format!("the first argument of `{name}` is a name for the element");
                self.mistakes.refuse(first.span, message, help)
            }
            _ => {
                let message = format!("`{name}` takes a name for the element and an expression");
                self.mistakes.refuse(span, message, help)
            }
        }
    }

    fn refuse_optional<T>(&mut self, span: Range<usize>) -> Option<T> {
        let help = "ask whether a field is there, such as `has(a.b) ? a.b : 0`";
        self.mistakes.refuse(span, "optional values are not supported", help)
    }
}

/// The function that the parser means by the name of an operator.
fn operator(name: &str) -> Option<Function> {
    Some(match name {
        operators::ADD => Function::Add,
        operators::SUBSTRACT => Function::Subtract,
        operators::MULTIPLY => Function::Multiply,
        operators::DIVIDE => Function::Divide,
        operators::MODULO => Function::Modulo,
        operators::EQUALS => Function::Equals,
        operators::NOT_EQUALS => Function::NotEquals,
        operators::LESS => Function::Less,
        operators::LESS_EQUALS => Function::LessEquals,
        operators::GREATER => Function::Greater,
        operators::GREATER_EQUALS => Function::GreaterEquals,
        operators::IN => Function::In,
        operators::INDEX => Function::Index,
        operators::NEGATE => Function::Negate,
        operators::LOGICAL_NOT => Function::Not,
        _ => return None,
    })
}

fn operation(name: &str) -> Option<Operation> {
    Some(match name {
        operators::ALL => Operation::All,
        operators::EXISTS => Operation::Exists,
        operators::EXISTS_ONE => Operation::ExistsOne,
        operators::FILTER => Operation::Filter,
        operators::MAP => Operation::Map,
        _ => return None,
    })
}

fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::All => operators::ALL,
        Operation::Exists => operators::EXISTS,
        Operation::ExistsOne => operators::EXISTS_ONE,
        Operation::Filter => operators::FILTER,
        Operation::Map => operators::MAP,
    }
}
