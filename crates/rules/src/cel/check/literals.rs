//! What is decided from the text of an argument, when it is written between quotes in the rule: amounts,
//! segments, and what can only fail.

use std::ops::Range;

use model::Money;

use super::Checker;
use super::deduced::Deduced;
use crate::cel::syntax::{Call, Syntax};
use crate::cel::tree::Kind;
use crate::cel::value::Timestamp;
use crate::cel::{EvalErrorKind, Function, Type, Value};
use crate::limits;
use crate::nearest::nearest;

// === impl Checker ===

impl Checker<'_> {
    /// `money("20.00")`, as a constant.
    pub(super) fn money(&mut self, call: &Call, span: &Range<usize>) -> Option<(Kind, Deduced)> {
        let Some(currency) = self.vocabulary.schema.currency else {
            let help = "tell the shop's currency in its configuration";
            return self.mistakes.refuse(span.clone(), "there is no currency for `money`", help);
        };
        let text = self.quoted(call, span, "money", "money(\"20.00\")")?;
        let written = text.text().unwrap_or_default();
        let digits = written.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits_max = usize::try_from(currency.exponent()).unwrap_or_default();
        let amount = Money::parse(written, currency).ok();
        let amount = amount.filter(|_| written.len() <= limits::AMOUNT_BYTES_MAX);
        let (message, help) = match amount {
            Some(amount) if digits <= digits_max => {
                let value = Value::Money(amount.minor);
                return Some((Kind::Constant(value), Deduced::Scalar(Type::Money)));
            }
            Some(_) if digits_max == 0 => {
                let help = format!("write it without a point: {currency} has no smaller unit");
                (format!("{currency} has no digits after the point"), help)
            }
            Some(_) => {
                let help = format!("write at most {digits_max} digits after the point");
                (format!("{currency} has {digits_max} digits after the point"), help)
            }
            None => {
                let example = if digits_max == 0 { "2000" } else { "20.00" };
                let help = format!("write an amount such as `money(\"{example}\")`");
                (format!("{} is no amount of money", quote(written)), help)
            }
        };
        self.mistakes.refuse(text.span.clone(), message, help)
    }

    /// `segment("name")`.
    pub(super) fn segment(&mut self, call: &Call, span: &Range<usize>) -> Option<(Kind, Deduced)> {
        let text = self.quoted(call, span, "segment", "segment(\"name\")")?;
        let name = text.text().unwrap_or_default();
        if let Some(segment) = self.vocabulary.segments.get(name) {
            let ty = Deduced::from(&segment.condition.ty);
            return Some((Kind::Segment(std::sync::Arc::clone(segment)), ty));
        }
        let known = || self.vocabulary.segments.keys().map(|name| &**name);
        let help = match (nearest(name, known()), known().next()) {
            (Some(near), _) => format!("did you mean {}?", quote(near)),
            (None, Some(_)) => {
                let names: Vec<String> = known().take(5).map(quote).collect();
                format!("there are {}", names.join(", "))
            }
            (None, None) => "there are no segments; they are written in `segments.toml`".to_owned(),
        };
        self.mistakes.refuse(text.span.clone(), format!("unknown segment {}", quote(name)), help)
    }

    /// The only argument, which must be a text between quotes.
    fn quoted<'s>(
        &mut self,
        call: &'s Call,
        span: &Range<usize>,
        function: &str,
        example: &str,
    ) -> Option<&'s Syntax> {
        if let [argument] = &call.arguments[..]
            && argument.text().is_some()
        {
            return Some(argument);
        }
        let message = format!("`{function}` takes one text between quotes");
        self.mistakes.refuse(span.clone(), message, format!("write `{example}`"))
    }

    /// Whether a function may have a value for its arguments, as far as they are texts in the rule.
    pub(super) fn possible(&mut self, function: Function, arguments: &[&Syntax]) -> Option<()> {
        let (argument, probe) = match (function, arguments) {
            (
                Function::ToBool
                | Function::ToInt
                | Function::ToUint
                | Function::ToDouble
                | Function::ToTimestamp
                | Function::ToDuration,
                [argument],
            ) => (argument, Vec::new()),
            (Function::Matches, [_, pattern]) => (pattern, vec![Value::text("")]),
            (_, [_, zone]) if is_getter(function) => (zone, vec![Value::Timestamp(Timestamp::MIN)]),
            _ => return Some(()),
        };
        let Some(written) = argument.text() else { return Some(()) };
        let values: Vec<Value> = probe.into_iter().chain([Value::text(written)]).collect();
        let Err(error) = function.apply(&values) else { return Some(()) };
        let shown = quote(written);
        let (message, help) = match (function, error.kind) {
            (Function::Matches, _) => (
                format!("{shown} is no pattern: {}", error.detail),
                "write a regular expression in RE2's syntax".to_owned(),
            ),
            (_, EvalErrorKind::Conversion) => {
                (format!("{shown} is no {}", function.name()), conversion_help(function).to_owned())
            }
            (_, EvalErrorKind::Argument) if is_getter(function) => (
                format!("{shown} is no time zone"),
                "write an IANA name such as \"Europe/Vienna\", or \"+02:00\"".to_owned(),
            ),
            (_, EvalErrorKind::Overflow) if is_getter(function) => return Some(()),
            _ => (
                format!("{shown} is beyond what a {} can hold", function.name()),
                conversion_help(function).to_owned(),
            ),
        };
        self.mistakes.refuse(argument.span.clone(), message, help)
    }
}

fn is_getter(function: Function) -> bool {
    matches!(
        function,
        Function::GetFullYear
            | Function::GetMonth
            | Function::GetDate
            | Function::GetDayOfMonth
            | Function::GetDayOfWeek
            | Function::GetDayOfYear
            | Function::GetHours
            | Function::GetMinutes
            | Function::GetSeconds
            | Function::GetMilliseconds
    )
}

fn conversion_help(function: Function) -> &'static str {
    match function {
        Function::ToBool => "write \"true\" or \"false\"",
        Function::ToInt => "write a whole number of at most 64 bits, such as \"42\"",
        Function::ToUint => "write a whole number from 0 on, of at most 64 bits, such as \"42\"",
        Function::ToDouble => "write a number, such as \"1.5\"",
        Function::ToTimestamp => {
            "write RFC 3339, in the years 1 to 9999, such as \"2026-01-31T18:30:00Z\""
        }
        _ => "write numbers with the units h, m, s, ms, such as \"1h30m\"; seven days are \"168h\"",
    }
}

/// A text of the rule, between quotes, and cut when it is long.
fn quote(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 48;
    let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let more = if shown.len() < text.len() { ".." } else { "" };
    format!("\"{}\"{more}", shown.escape_debug())
}
