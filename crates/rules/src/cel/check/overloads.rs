//! The functions of the language: their names, what they take and what they give.
//!
//! Those whose result depends on the elements of lists and maps have no row here: `==`, `in`, `[..]` and
//! `+` of lists are in `operators`.

use crate::cel::{Function, Type};

use Type::{Bool, Bytes, Double, Duration, Dyn, Int, Money, String, Timestamp, Uint};

/// What a function takes, the receiver of a method being the first, and what it gives.
#[derive(Clone, Debug)]
pub(super) struct Overload {
    pub(super) parameters: Vec<Type>,
    pub(super) result: Type,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `a.name(..)`.
    Method,
    /// `name(a, ..)`.
    Global,
    /// Either.
    Both,
}

/// The functions that are called by name.
pub(super) const NAMED: [(&str, Style, Function); 39] = [
    ("bool", Style::Global, Function::ToBool),
    ("bytes", Style::Global, Function::ToBytes),
    ("charAt", Style::Method, Function::CharAt),
    ("contains", Style::Method, Function::Contains),
    ("double", Style::Global, Function::ToDouble),
    ("duration", Style::Global, Function::ToDuration),
    ("dyn", Style::Global, Function::ToDyn),
    ("endsWith", Style::Method, Function::EndsWith),
    ("format", Style::Method, Function::Format),
    ("getDate", Style::Method, Function::GetDate),
    ("getDayOfMonth", Style::Method, Function::GetDayOfMonth),
    ("getDayOfWeek", Style::Method, Function::GetDayOfWeek),
    ("getDayOfYear", Style::Method, Function::GetDayOfYear),
    ("getFullYear", Style::Method, Function::GetFullYear),
    ("getHours", Style::Method, Function::GetHours),
    ("getMilliseconds", Style::Method, Function::GetMilliseconds),
    ("getMinutes", Style::Method, Function::GetMinutes),
    ("getMonth", Style::Method, Function::GetMonth),
    ("getSeconds", Style::Method, Function::GetSeconds),
    ("indexOf", Style::Method, Function::IndexOf),
    ("int", Style::Global, Function::ToInt),
    ("join", Style::Method, Function::Join),
    ("lastIndexOf", Style::Method, Function::LastIndexOf),
    ("lowerAscii", Style::Method, Function::LowerAscii),
    ("matches", Style::Both, Function::Matches),
    ("money", Style::Global, Function::ToMoney),
    ("replace", Style::Method, Function::Replace),
    ("reverse", Style::Method, Function::Reverse),
    ("size", Style::Both, Function::Size),
    ("split", Style::Method, Function::Split),
    ("startsWith", Style::Method, Function::StartsWith),
    ("string", Style::Global, Function::ToString),
    ("strings.quote", Style::Global, Function::Quote),
    ("substring", Style::Method, Function::Substring),
    ("timestamp", Style::Global, Function::ToTimestamp),
    ("trim", Style::Method, Function::Trim),
    ("type", Style::Global, Function::TypeOf),
    ("uint", Style::Global, Function::ToUint),
    ("upperAscii", Style::Method, Function::UpperAscii),
];

/// The function of a name that is called in a style.
pub(super) fn named(name: &str, style: Style) -> Option<Function> {
    let found = NAMED.iter().find(|(known, _, _)| *known == name);
    let (_, known, function) = found?;
    (*known == style || *known == Style::Both).then_some(*function)
}

/// What a function takes and gives.
pub(super) fn overloads(function: Function) -> Vec<Overload> {
    use Function as F;
    match function {
        F::Add | F::Subtract | F::Multiply | F::Divide | F::Modulo | F::Negate | F::Not => {
            arithmetic(function)
        }
        F::Less | F::LessEquals | F::Greater | F::GreaterEquals => comparisons(),
        F::ToBool | F::ToInt | F::ToUint | F::ToDouble | F::ToString | F::ToBytes => {
            conversions(function)
        }
        F::ToTimestamp => vec![
            overload([Timestamp], Timestamp),
            overload([String], Timestamp),
            overload([Int], Timestamp),
        ],
        F::ToDuration => vec![overload([Duration], Duration), overload([String], Duration)],
        F::ToDyn => vec![overload([Dyn], Dyn)],
        F::TypeOf => vec![overload([Dyn], Type::Type)],
        F::ToMoney => vec![overload([String], Money)],
        F::Size => vec![
            overload([String], Int),
            overload([Bytes], Int),
            overload([any_list()], Int),
            overload([Type::map(Dyn, Dyn)], Int),
        ],
        F::Contains | F::StartsWith | F::EndsWith | F::Matches => {
            vec![overload([String, String], Bool)]
        }
        F::GetFullYear
        | F::GetMonth
        | F::GetDate
        | F::GetDayOfMonth
        | F::GetDayOfWeek
        | F::GetDayOfYear => vec![overload([Timestamp], Int), overload([Timestamp, String], Int)],
        F::GetHours | F::GetMinutes | F::GetSeconds | F::GetMilliseconds => vec![
            overload([Timestamp], Int),
            overload([Timestamp, String], Int),
            overload([Duration], Int),
        ],
        _ => texts(function),
    }
}

fn overload(parameters: impl Into<Vec<Type>>, result: Type) -> Overload {
    Overload { parameters: parameters.into(), result }
}

fn any_list() -> Type {
    Type::list(Dyn)
}

fn arithmetic(function: Function) -> Vec<Overload> {
    let same = |ty: Type| overload([ty.clone(), ty.clone()], ty);
    let mut all = match function {
        Function::Negate => {
            return [Int, Double, Money].map(|ty| overload([ty.clone()], ty)).into();
        }
        Function::Not => return vec![overload([Bool], Bool)],
        Function::Modulo => return vec![same(Int), same(Uint)],
        _ => vec![same(Int), same(Uint), same(Double)],
    };
    match function {
        Function::Add => all.extend([
            same(String),
            same(Bytes),
            same(Money),
            overload([Timestamp, Duration], Timestamp),
            overload([Duration, Timestamp], Timestamp),
            same(Duration),
        ]),
        Function::Subtract => all.extend([
            same(Money),
            overload([Timestamp, Duration], Timestamp),
            overload([Timestamp, Timestamp], Duration),
            same(Duration),
        ]),
        Function::Multiply => {
            all.extend([overload([Money, Int], Money), overload([Int, Money], Money)]);
        }
        _ => {}
    }
    all
}

fn comparisons() -> Vec<Overload> {
    let numbers = [Int, Uint, Double];
    let others = [Bool, String, Bytes, Timestamp, Duration, Money];
    let pairs = numbers.iter().flat_map(|one| numbers.iter().map(move |other| (one, other)));
    let same = others.iter().map(|ty| (ty, ty));
    pairs.chain(same).map(|(one, other)| overload([one.clone(), other.clone()], Bool)).collect()
}

fn conversions(function: Function) -> Vec<Overload> {
    let (result, from): (Type, &[Type]) = match function {
        Function::ToBool => (Bool, &[Bool, String]),
        Function::ToInt => (Int, &[Int, Uint, Double, String, Timestamp]),
        Function::ToUint => (Uint, &[Uint, Int, Double, String]),
        Function::ToDouble => (Double, &[Double, Int, Uint, String]),
        Function::ToBytes => (Bytes, &[Bytes, String]),
        _ => (String, &[String, Bool, Int, Uint, Double, Bytes, Timestamp, Duration]),
    };
    from.iter().map(|ty| overload([ty.clone()], result.clone())).collect()
}

fn texts(function: Function) -> Vec<Overload> {
    use Function as F;
    let texts = || Type::list(String);
    match function {
        F::CharAt => vec![overload([String, Int], String)],
        F::IndexOf | F::LastIndexOf => {
            vec![overload([String, String], Int), overload([String, String, Int], Int)]
        }
        F::LowerAscii | F::UpperAscii | F::Trim | F::Reverse | F::Quote => {
            vec![overload([String], String)]
        }
        F::Replace => vec![
            overload([String, String, String], String),
            overload([String, String, String, Int], String),
        ],
        F::Split => {
            vec![overload([String, String], texts()), overload([String, String, Int], texts())]
        }
        F::Substring => vec![overload([String, Int], String), overload([String, Int, Int], String)],
        F::Join => vec![overload([texts()], String), overload([texts(), String], String)],
        F::Format => vec![overload([String, any_list()], String)],
        _ => Vec::new(),
    }
}
