//! Macros over lists, and over the keys of maps.

use super::deduced::Deduced;
use super::{Checker, Term};
use crate::cel::syntax::{MacroSyntax, Syntax};
use crate::cel::tree::{Kind, Macro, Operation, Variable};

// === impl Checker ===

impl Checker<'_> {
    pub(super) fn expand(&mut self, parts: &MacroSyntax) -> Option<(Kind, Deduced)> {
        let range = self.term(&parts.range);
        let element = match &range {
            Some(range) => self.element_type(range),
            // The mistake is told; those of the body are still looked for.
            None => Some(Deduced::DYN),
        };
        let element = element?;
        let number = u16::try_from(self.scope.len()).unwrap_or(u16::MAX);
        self.scope.push((parts.variable.clone(), element.clone()));
        let filter = parts.filter.as_ref().map(|filter| self.condition(filter, "map"));
        let body = self.body(parts.operation, &parts.body);
        self.scope.pop();
        let filter = match filter {
            Some(filter) => Some(filter?),
            None => None,
        };
        let (range, body) = (range?, body?);
        let ty = match parts.operation {
            Operation::All | Operation::Exists | Operation::ExistsOne => Deduced::BOOL,
            Operation::Filter => Deduced::list(element),
            Operation::Map => Deduced::list(body.ty.clone()),
        };
        let parts = Macro {
            operation: parts.operation,
            range: range.settle(),
            variable: Variable(number),
            filter,
            body: body.settle(),
        };
        Some((Kind::Macro(Box::new(parts)), ty))
    }

    fn body(&mut self, operation: Operation, body: &Syntax) -> Option<Term> {
        let name = match operation {
            Operation::All => "all",
            Operation::Exists => "exists",
            Operation::ExistsOne => "exists_one",
            Operation::Filter => "filter",
            Operation::Map => return self.term(body),
        };
        let expr = self.condition(body, name)?;
        Some(Term { ty: Deduced::from(&expr.ty), kind: expr.kind, span: expr.span })
    }

    fn element_type(&mut self, range: &Term) -> Option<Deduced> {
        match &range.ty {
            Deduced::List(element) => Some((**element).clone()),
            Deduced::Map(key, _) => Some((**key).clone()),
            ty if ty.is_dynamic() => Some(Deduced::DYN),
            ty => {
                let message = format!("macros go over lists and maps, and this is of type {ty}");
                self.mistakes.refuse(
                    range.span.clone(),
                    message,
                    "write a list or a map before the dot",
                )
            }
        }
    }
}
