//! Operators: `+` and its like by their overloads, and those that look into lists and maps.

use std::ops::Range;

use super::deduced::Deduced;
use super::{Checker, settled};
use crate::cel::syntax::Syntax;
use crate::cel::tree::Kind;
use crate::cel::{Function, Type};

// === impl Checker ===

impl Checker<'_> {
    /// An operator; its operands are checked first.
    pub(super) fn operator(
        &mut self,
        function: Function,
        operands: &[Syntax],
        span: &Range<usize>,
    ) -> Option<(Kind, Deduced)> {
        let terms = self.terms(operands)?;
        let types: Vec<&Deduced> = terms.iter().map(|term| &term.ty).collect();
        let ty = match (function, &types[..]) {
            (Function::Equals | Function::NotEquals, [one, other]) => {
                self.equality(one, other, span)?
            }
            (Function::In, [wanted, range]) => self.membership(wanted, range, span)?,
            (Function::Index, [range, place]) => self.element(range, place, span)?,
            (Function::Add, [one, other]) if let Some(ty) = concatenated(one, other) => ty,
            _ => self.result(function, &types, span)?,
        };
        Some((Kind::Call(function, settled(terms)), ty))
    }

    fn equality(&mut self, one: &Deduced, other: &Deduced, span: &Range<usize>) -> Option<Deduced> {
        if one.join(other).is_some() {
            return Some(Deduced::BOOL);
        }
        let help = match (one, other) {
            (null, Deduced::Scalar(Type::Null)) | (Deduced::Scalar(Type::Null), null)
                if !null.is_dynamic() =>
            {
                "ask whether it is there with `has(..)`".to_owned()
            }
            (one, Deduced::Scalar(Type::Money)) | (Deduced::Scalar(Type::Money), one)
                if is_number(one) =>
            {
                "write an amount, such as `money(\"20.00\")`".to_owned()
            }
            (one, other) if is_number(one) && is_number(other) => {
                format!("write `{other}(..)` around the first, or `{one}(..)` around the second")
            }
            _ => "compare values of one type, or write `dyn(..)` around one".to_owned(),
        };
        self.mistakes.refuse(span.clone(), format!("{one} and {other} are never equal"), help)
    }

    fn membership(
        &mut self,
        wanted: &Deduced,
        range: &Deduced,
        span: &Range<usize>,
    ) -> Option<Deduced> {
        let within = match range {
            Deduced::List(element) => element,
            Deduced::Map(key, _) => key,
            ty if ty.is_dynamic() => return Some(Deduced::BOOL),
            ty => {
                let help = match ty {
                    Deduced::Scalar(Type::String) => "write `a.contains(b)` to search in a text",
                    _ => "write a list or a map behind `in`",
                };
                let message = format!("`in` is not defined for {wanted} and {ty}");
                return self.mistakes.refuse(span.clone(), message, help);
            }
        };
        if within.join(wanted).is_some() {
            return Some(Deduced::BOOL);
        }
        let message = format!("{wanted} is never in {range}");
        let help = format!("write a value of type {within} before `in`");
        self.mistakes.refuse(span.clone(), message, help)
    }

    fn element(
        &mut self,
        range: &Deduced,
        place: &Deduced,
        span: &Range<usize>,
    ) -> Option<Deduced> {
        let help = match range {
            Deduced::List(element) if place.fits(&Type::Int) => return Some((**element).clone()),
            Deduced::Map(key, value) if key.join(place).is_some() => {
                return Some((**value).clone());
            }
            ty if ty.is_dynamic() => return Some(Deduced::DYN),
            Deduced::List(_) => "write the place as an `int`, from 0 on".to_owned(),
            Deduced::Map(key, _) => format!("write a key of type {key}"),
            Deduced::Scalar(Type::String) => "write `.charAt(place)` for a letter".to_owned(),
            _ => "only lists and maps have elements".to_owned(),
        };
        self.mistakes.refuse(
            span.clone(),
            format!("`[..]` is not defined for {range} and {place}"),
            help,
        )
    }
}

/// The type of a list and another, joined; `None` when none is a list.
fn concatenated(one: &Deduced, other: &Deduced) -> Option<Deduced> {
    match (one, other) {
        (Deduced::List(one), Deduced::List(other)) => one.join(other).map(Deduced::list),
        (Deduced::List(_), ty) | (ty, Deduced::List(_)) if ty.is_dynamic() => {
            Some(Deduced::list(Deduced::DYN))
        }
        _ => None,
    }
}

fn is_number(ty: &Deduced) -> bool {
    matches!(ty, Deduced::Scalar(Type::Int | Type::Uint | Type::Double))
}
