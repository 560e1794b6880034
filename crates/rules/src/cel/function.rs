//! Every function and operator of the language, by name.

use super::schema::Question;

/// A function or operator. One name may have several overloads; which is meant follows from the types
/// of the arguments, before the rule runs where they are known and otherwise when it runs.
///
/// Not here, because they do not evaluate all their arguments: `&&`, `||`, `?:`, `has` and the macros;
/// those are kinds of [`super::tree::Expr`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// `a + b`, also of texts, bytes, lists, times and amounts.
    Add,
    /// `a - b`.
    Subtract,
    /// `a * b`.
    Multiply,
    /// `a / b`.
    Divide,
    /// `a % b`.
    Modulo,
    /// `-a`.
    Negate,
    /// `!a`.
    Not,
    /// `a == b`.
    Equals,
    /// `a != b`.
    NotEquals,
    /// `a < b`.
    Less,
    /// `a <= b`.
    LessEquals,
    /// `a > b`.
    Greater,
    /// `a >= b`.
    GreaterEquals,
    /// `a in b`, of a list or the keys of a map.
    In,
    /// `a[b]`.
    Index,
    /// `size(a)`, `a.size()`.
    Size,
    /// `a.contains(b)`.
    Contains,
    /// `a.startsWith(b)`.
    StartsWith,
    /// `a.endsWith(b)`.
    EndsWith,
    /// `a.matches(pattern)`, `matches(a, pattern)`.
    Matches,
    /// `bool(a)`.
    ToBool,
    /// `int(a)`.
    ToInt,
    /// `uint(a)`.
    ToUint,
    /// `double(a)`.
    ToDouble,
    /// `string(a)`.
    ToString,
    /// `bytes(a)`.
    ToBytes,
    /// `timestamp(a)`.
    ToTimestamp,
    /// `duration(a)`.
    ToDuration,
    /// `dyn(a)`: the same value, its type forgotten.
    ToDyn,
    /// `type(a)`.
    TypeOf,
    /// `money(text)`; always folded to a constant, so that the amount is checked with the rule.
    ToMoney,
    /// `t.getFullYear()`, `t.getFullYear(zone)`.
    GetFullYear,
    /// `t.getMonth()`, from 0.
    GetMonth,
    /// `t.getDate()`, the day of the month from 1.
    GetDate,
    /// `t.getDayOfMonth()`, from 0.
    GetDayOfMonth,
    /// `t.getDayOfWeek()`, Sunday being 0.
    GetDayOfWeek,
    /// `t.getDayOfYear()`, from 0.
    GetDayOfYear,
    /// `t.getHours()`, also of a duration: all of it in hours.
    GetHours,
    /// `t.getMinutes()`, also of a duration.
    GetMinutes,
    /// `t.getSeconds()`, also of a duration.
    GetSeconds,
    /// `t.getMilliseconds()`, the part below a second, also of a duration.
    GetMilliseconds,
    /// `a.charAt(place)`.
    CharAt,
    /// `a.indexOf(b)`, `a.indexOf(b, from)`.
    IndexOf,
    /// `a.lastIndexOf(b)`, `a.lastIndexOf(b, until)`.
    LastIndexOf,
    /// `a.lowerAscii()`.
    LowerAscii,
    /// `a.upperAscii()`.
    UpperAscii,
    /// `a.replace(b, c)`, `a.replace(b, c, limit)`.
    Replace,
    /// `a.split(separator)`, `a.split(separator, limit)`.
    Split,
    /// `a.substring(from)`, `a.substring(from, until)`.
    Substring,
    /// `a.trim()`.
    Trim,
    /// `list.join()`, `list.join(separator)`.
    Join,
    /// `strings.quote(a)`.
    Quote,
    /// `a.format(list)`.
    Format,
    /// `a.reverse()`.
    Reverse,
    /// A question to the customer's profile, such as `customer.count(..)`; answered by the
    /// [`super::Source`], never by [`Function::apply`].
    Ask(Question),
}

// === impl Function ===

impl Function {
    /// Its name, as it is written in a rule; of operators the sign.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Negate => "-",
            Self::Not => "!",
            Self::Equals => "==",
            Self::NotEquals => "!=",
            Self::Less => "<",
            Self::LessEquals => "<=",
            Self::Greater => ">",
            Self::GreaterEquals => ">=",
            Self::In => "in",
            Self::Index => "[]",
            Self::Size => "size",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Matches => "matches",
            Self::ToBool => "bool",
            Self::ToInt => "int",
            Self::ToUint => "uint",
            Self::ToDouble => "double",
            Self::ToString => "string",
            Self::ToBytes => "bytes",
            Self::ToTimestamp => "timestamp",
            Self::ToDuration => "duration",
            Self::ToDyn => "dyn",
            Self::TypeOf => "type",
            Self::ToMoney => "money",
            Self::GetFullYear => "getFullYear",
            Self::GetMonth => "getMonth",
            Self::GetDate => "getDate",
            Self::GetDayOfMonth => "getDayOfMonth",
            Self::GetDayOfWeek => "getDayOfWeek",
            Self::GetDayOfYear => "getDayOfYear",
            Self::GetHours => "getHours",
            Self::GetMinutes => "getMinutes",
            Self::GetSeconds => "getSeconds",
            Self::GetMilliseconds => "getMilliseconds",
            Self::CharAt => "charAt",
            Self::IndexOf => "indexOf",
            Self::LastIndexOf => "lastIndexOf",
            Self::LowerAscii => "lowerAscii",
            Self::UpperAscii => "upperAscii",
            Self::Replace => "replace",
            Self::Split => "split",
            Self::Substring => "substring",
            Self::Trim => "trim",
            Self::Join => "join",
            Self::Quote => "strings.quote",
            Self::Format => "format",
            Self::Reverse => "reverse",
            Self::Ask(_) => "a question",
        }
    }
}
