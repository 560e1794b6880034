//! Calls: of functions and methods by name, and of questions.

use std::ops::Range;

use super::deduced::Deduced;
use super::overloads::{Overload, Style, named, overloads};
use super::{Checker, Term, settled};
use crate::cel::syntax::{Call, Syntax};
use crate::cel::tree::Kind;
use crate::cel::{Declared, Function, Question, Type};

/// How many overloads a message lists.
const LISTED_MAX: usize = 6;

// === impl Checker ===

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &Call, span: &Range<usize>) -> Option<(Kind, Deduced)> {
        let Some(target) = &call.target else { return self.call_global(&call.name, call, span) };
        if let Some(namespace) = self.global_path(target) {
            let path = format!("{namespace}.{}", call.name);
            let is_function =
                self.names.question(&path).is_some() || named(&path, Style::Global).is_some();
            if is_function || self.is_unknown(target) && self.names.is_namespace(&namespace) {
                return self.call_global(&path, call, span);
            }
        }
        let target = self.term(target);
        let arguments = self.terms(&call.arguments);
        let Some(function) = named(&call.name, Style::Method) else {
            return self.unknown_function(call, &call.name);
        };
        let mut all = vec![target?];
        all.extend(arguments?);
        self.apply(function, all, call, span)
    }

    /// A question, or a function that stands before its arguments.
    fn call_global(
        &mut self,
        path: &str,
        call: &Call,
        span: &Range<usize>,
    ) -> Option<(Kind, Deduced)> {
        if path.trim_start_matches('.') == "segment" {
            return self.segment(call, span);
        }
        if let Some((question, declared)) = self.names.question(path) {
            let arguments = self.terms(&call.arguments)?;
            return self.ask(question, declared, arguments, span);
        }
        match named(path.trim_start_matches('.'), Style::Global) {
            Some(Function::ToMoney) => self.money(call, span),
            Some(function) => {
                let arguments = self.terms(&call.arguments)?;
                self.apply(function, arguments, call, span)
            }
            None => {
                // For their mistakes.
                let _ = self.terms(&call.arguments);
                self.unknown_function(call, path)
            }
        }
    }

    fn apply(
        &mut self,
        function: Function,
        arguments: Vec<Term>,
        call: &Call,
        span: &Range<usize>,
    ) -> Option<(Kind, Deduced)> {
        let types: Vec<&Deduced> = arguments.iter().map(|term| &term.ty).collect();
        let ty = self.result(function, &types, span)?;
        let texts: Vec<&Syntax> = call.target.iter().chain(&call.arguments).collect();
        self.possible(function, &texts)?;
        Some((Kind::Call(function, settled(arguments)), ty))
    }

    fn ask(
        &mut self,
        question: Question,
        declared: &Declared,
        arguments: Vec<Term>,
        span: &Range<usize>,
    ) -> Option<(Kind, Deduced)> {
        let parameters = &declared.parameters;
        let fits = arguments.len() == parameters.len()
            && arguments.iter().zip(parameters).all(|(term, parameter)| term.ty.fits(parameter));
        if fits {
            let ty = Deduced::from(&declared.ty);
            return Some((Kind::Call(Function::Ask(question), settled(arguments)), ty));
        }
        let path = &declared.path;
        let types: Vec<&Deduced> = arguments.iter().map(|term| &term.ty).collect();
        let message = format!("`{path}` is not defined for {}", listed(&types));
        let help = match parameters.is_empty() {
            true => format!("write `{path}()`"),
            false => format!("write `{path}({})`", joined(parameters, ", ")),
        };
        self.mistakes.refuse(span.clone(), message, help)
    }

    /// What a function gives for arguments of these types.
    pub(super) fn result(
        &mut self,
        function: Function,
        types: &[&Deduced],
        span: &Range<usize>,
    ) -> Option<Deduced> {
        let known = overloads(function);
        let fits = |overload: &&Overload| {
            overload.parameters.len() == types.len()
                && types.iter().zip(&overload.parameters).all(|(ty, parameter)| ty.fits(parameter))
        };
        let mut results = known.iter().filter(fits).map(|overload| &overload.result);
        let Some(first) = results.next() else {
            let message = format!("`{}` is not defined for {}", function.name(), listed(types));
            return self.mistakes.refuse(span.clone(), message, taken(function, types, &known));
        };
        // Which overload it is turns out when the rule runs; lists that are added may be of anything.
        let lists = function == Function::Add && types.iter().all(|ty| ty.is_dynamic());
        let same = results.all(|other| other == first) && !lists;
        Some(if same { Deduced::from(first) } else { Deduced::DYN })
    }

    fn unknown_function<T>(&mut self, call: &Call, path: &str) -> Option<T> {
        let (start, end) = (call.name_span.start, call.name_span.end);
        let is_path = path != call.name;
        let start = match &call.target {
            Some(target) if is_path => target.span.start,
            _ => start,
        };
        let help = match &call.target {
            Some(_) if !is_path && named(path, Style::Global).is_some() => {
                format!("write `{path}(..)` around what is before the dot")
            }
            None if named(path, Style::Method).is_some() => {
                format!("write it behind its first argument: `a.{path}(..)`")
            }
            _ => self.names.instead_of_function(path),
        };
        self.mistakes.refuse(start..end, format!("unknown function `{path}`"), help)
    }
}

/// What to write around a value of a type to have a condition.
pub(super) fn compare_help(ty: &Type) -> &'static str {
    match ty {
        Type::Int | Type::Uint => "compare it, such as `.. > 0`",
        Type::Double => "compare it, such as `.. > 0.0`",
        Type::String => "compare it, such as `.. == \"text\"`",
        Type::Money => "compare it, such as `.. >= money(\"20.00\")`",
        Type::Timestamp => "compare it, such as `.. > now - duration(\"24h\")`",
        Type::Duration => "compare it, such as `.. < duration(\"24h\")`",
        Type::List(_) | Type::Map(..) => "ask how much is in it, such as `size(..) > 0`",
        _ => "compare it with something",
    }
}

/// What to write instead of arguments for which a function is not defined.
fn taken(function: Function, types: &[&Deduced], known: &[Overload]) -> String {
    let of = |ty: Type| types.iter().any(|known| **known == Deduced::Scalar(ty.clone()));
    let number = of(Type::Int) || of(Type::Uint) || of(Type::Double);
    if of(Type::Money) && number && function != Function::Multiply && function != Function::Divide {
        return "write an amount, such as `money(\"20.00\")`".to_owned();
    }
    if of(Type::Timestamp) && number {
        return "write a span of time, such as `duration(\"24h\")`".to_owned();
    }
    if types.len() == 2 && number && types.iter().all(|ty| is_number(ty)) && known.len() > 1 {
        let (one, other) = (types[0], types[1]);
        if one != other {
            return format!(
                "write `{other}(..)` around the first, or `{one}(..)` around the second"
            );
        }
    }
    let mut written: Vec<String> =
        known.iter().map(|overload| joined(&overload.parameters, " and ")).collect();
    written.dedup();
    let more = if written.len() > LISTED_MAX { ", or others" } else { "" };
    written.truncate(LISTED_MAX);
    format!("it takes {}{more}", written.join(", or "))
}

fn is_number(ty: &Deduced) -> bool {
    matches!(ty, Deduced::Scalar(Type::Int | Type::Uint | Type::Double))
}

fn listed(types: &[&Deduced]) -> String {
    match types {
        [] => "no arguments".to_owned(),
        types => types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "),
    }
}

fn joined(types: &[Type], separator: &str) -> String {
    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}
