//! Expressions as text, of known types and over known variables.
//!
//! They are those that a checker accepts, since nothing else is evaluated. Times are left out: the
//! interpreter's are those of another library, with other bounds.

use rules::cel::{
    Attribute, Declared, EvalError, EvalErrorKind, Map, Question, Schema, Source, Type, Value,
    Vocabulary,
};

use super::super::trees::Tape;

/// Writes expressions.
pub(super) struct Texts {
    tape: Tape,
    /// The types of the variables of macros in scope, by number.
    scope: Vec<Kind>,
}

/// The values of the variables, in the order of [`VARIABLES`].
#[derive(Clone, Debug)]
pub(super) struct Variables(Vec<Value>);

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Ints,
    Texts,
    Map,
}

use Kind::{Bool, Double, Int, Ints, Text, Uint};

const KINDS: [Kind; 7] = [Bool, Int, Uint, Double, Text, Ints, Kind::Texts];

const VARIABLES: [(&str, Kind); 9] = [
    ("b", Bool),
    ("i", Int),
    ("j", Int),
    ("u", Uint),
    ("d", Double),
    ("s", Text),
    ("l", Ints),
    ("t", Kind::Texts),
    ("m", Kind::Map),
];

/// How deep expressions are.
const DEPTH: usize = 4;

/// The vocabulary with the variables.
pub(super) fn vocabulary() -> Vocabulary {
    let declared = |(name, kind): (&str, Kind)| Declared {
        path: name.into(),
        parameters: Box::default(),
        ty: kind.ty(),
        optional: false,
        about: "".into(),
    };
    let attributes = VARIABLES.map(declared).into();
    Vocabulary { schema: Schema { attributes, ..Schema::default() }, ..Vocabulary::default() }
}

// === impl Kind ===

impl Kind {
    fn ty(self) -> Type {
        match self {
            Bool => Type::Bool,
            Int => Type::Int,
            Uint => Type::Uint,
            Double => Type::Double,
            Text => Type::String,
            Ints => Type::list(Type::Int),
            Self::Texts => Type::list(Type::String),
            Self::Map => Type::map(Type::String, Type::Int),
        }
    }

    fn literals(self) -> &'static [&'static str] {
        match self {
            Bool => &["true", "false"],
            Int => {
                &["0", "1", "-1", "2", "7", "-9223372036854775808", "9223372036854775807", "0x1f"]
            }
            Uint => &["0u", "1u", "3u", "18446744073709551615u"],
            Double => &["0.0", "1.0", "-0.5", "2.5", "1e300", "9007199254740993.0"],
            Text => &["\"\"", "\"a\"", "\"Zürich\"", "'42'", "\"-1.5\"", "r\"\\d\"", "\"true\""],
            Ints => &["[]", "[1]", "[3, 0, -2]"],
            Self::Texts => &["[]", "[\"a\"]", "[\"b\", \"Zürich\", \"\"]"],
            Self::Map => &["{\"a\": 1}", "{\"b\": 0, \"a\": 5}"],
        }
    }
}

// === impl Variables ===

impl Variables {
    /// Values that are 0 or empty, and a double that is no number.
    pub(super) fn odd() -> Self {
        let mut texts = Texts::new(Tape::new(Vec::new()));
        let Self(mut values) = texts.variables();
        for (value, (_, kind)) in values.iter_mut().zip(VARIABLES) {
            if kind == Double {
                *value = Value::Double(f64::NAN);
            }
        }
        Self(values)
    }

    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        VARIABLES.iter().map(|(name, _)| *name).zip(&self.0)
    }
}

impl Source for Variables {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        Ok(self.0.get(usize::from(attribute.0)).cloned())
    }

    fn ask(&self, _: Question, _: &[Value]) -> Result<Value, EvalError> {
        Err(EvalError::new(EvalErrorKind::NoOverload, "no text asks"))
    }
}

// === impl Texts ===

impl Texts {
    pub(super) fn new(tape: Tape) -> Self {
        Self { tape, scope: Vec::new() }
    }

    /// Values for the variables.
    pub(super) fn variables(&mut self) -> Variables {
        Variables(VARIABLES.iter().map(|(_, kind)| self.value(*kind)).collect())
    }

    fn value(&mut self, kind: Kind) -> Value {
        let tape = &mut self.tape;
        match kind {
            Bool => Value::Bool(tape.below(2) == 1),
            Int => Value::Int(tape.pick(&[0, 1, -1, 3, 41, i64::MAX, i64::MIN, 1 << 53])),
            Uint => Value::Uint(tape.pick(&[0, 1, 2, 9, u64::MAX, 1 << 63])),
            Double => Value::Double(tape.pick(&[
                0.0,
                -0.0,
                1.0,
                -2.5,
                1e18,
                1e19,
                f64::NAN,
                f64::INFINITY,
            ])),
            Text => Value::text(tape.pick(&["", "a", "Zürich", "12", "-7", "2.5", "false"])),
            Ints => self.list(Int),
            Kind::Texts => self.list(Text),
            Kind::Map => {
                let keys = ["a", "b", "c"];
                let count = self.tape.below(4);
                let entries = keys[..count].iter().map(|key| (Value::text(key), self.value(Int)));
                Value::Map(Map::new(entries.collect()).expect("distinct").into())
            }
        }
    }

    fn list(&mut self, element: Kind) -> Value {
        let count = self.tape.below(4);
        Value::list((0..count).map(|_| self.value(element)).collect::<Vec<_>>())
    }

    /// An expression of any type.
    pub(super) fn rule(&mut self) -> String {
        let kind = self.tape.pick(&KINDS);
        self.expr(kind, DEPTH)
    }

    fn expr(&mut self, kind: Kind, depth: usize) -> String {
        if depth == 0 || self.tape.below(5) == 0 {
            return self.leaf(kind);
        }
        let depth = depth - 1;
        if self.tape.below(8) == 0 {
            let condition = self.expr(Bool, depth);
            let (one, other) = (self.expr(kind, depth), self.expr(kind, depth));
            return format!("({condition} ? {one} : {other})");
        }
        match kind {
            Bool => self.condition(depth),
            Int => self.int(depth),
            Uint => self.uint(depth),
            Double => self.double(depth),
            Text => self.text(depth),
            Ints | Kind::Texts => self.sequence(kind, depth),
            Kind::Map => self.leaf(kind),
        }
    }

    /// A literal, a variable, or the variable of a macro.
    fn leaf(&mut self, kind: Kind) -> String {
        let bound = self.scope.iter().enumerate().filter(|(_, known)| **known == kind);
        let bound = bound.map(|(place, _)| format!("x{place}"));
        let variables = VARIABLES.iter().filter(|(_, known)| *known == kind);
        let names: Vec<String> =
            bound.chain(variables.map(|(name, _)| (*name).to_owned())).collect();
        match self.tape.below(3) {
            0 => self.tape.pick(kind.literals()).to_owned(),
            _ => self.tape.pick(&names),
        }
    }

    fn binary(&mut self, signs: &[&str], kind: Kind, depth: usize) -> String {
        let sign = self.tape.pick(signs);
        format!("({} {sign} {})", self.expr(kind, depth), self.expr(kind, depth))
    }

    fn condition(&mut self, depth: usize) -> String {
        match self.tape.below(10) {
            0 => format!("!{}", self.expr(Bool, depth)),
            1 | 2 => self.binary(&["&&", "||"], Bool, depth),
            3 => {
                let kind = self.tape.pick(&[Bool, Int, Uint, Double, Text]);
                self.binary(&["<", "<=", ">", ">="], kind, depth)
            }
            4 => {
                let kind = self.tape.pick(&KINDS);
                self.binary(&["==", "!="], kind, depth)
            }
            5 => {
                let (one, other) =
                    (self.tape.pick(&[Int, Uint, Double]), self.tape.pick(&[Int, Double]));
                format!("({} < {})", self.expr(one, depth), self.expr(other, depth))
            }
            6 => match self.tape.below(3) {
                0 => format!("({} in {})", self.expr(Int, depth), self.expr(Ints, depth)),
                1 => format!("({} in {})", self.expr(Text, depth), self.expr(Kind::Texts, depth)),
                _ => format!("({} in {})", self.expr(Text, depth), self.leaf(Kind::Map)),
            },
            7 => {
                let name = self.tape.pick(&["contains", "startsWith", "endsWith"]);
                format!("{}.{name}({})", self.expr(Text, depth), self.expr(Text, depth))
            }
            8 => format!("has({}.{})", self.leaf(Kind::Map), self.tape.pick(&["a", "b"])),
            _ => {
                let name = self.tape.pick(&["all", "exists", "exists_one"]);
                let element = self.tape.pick(&[Int, Text]);
                self.expand(name, element, Bool, depth)
            }
        }
    }

    /// A macro over a list.
    fn expand(&mut self, name: &str, element: Kind, body: Kind, depth: usize) -> String {
        let range = self.expr(if element == Int { Ints } else { Kind::Texts }, depth);
        let variable = format!("x{}", self.scope.len());
        self.scope.push(element);
        let body = self.expr(body, depth);
        self.scope.pop();
        format!("{range}.{name}({variable}, {body})")
    }

    fn int(&mut self, depth: usize) -> String {
        match self.tape.below(7) {
            0 | 1 => self.binary(&["+", "-", "*", "/", "%"], Int, depth),
            2 => format!("-({})", self.expr(Int, depth)),
            3 => {
                let kind = self.tape.pick(&[Text, Ints, Kind::Texts, Kind::Map]);
                format!("size({})", self.expr(kind, depth))
            }
            4 => format!("{}[{}]", self.expr(Ints, depth), self.expr(Int, depth)),
            5 => match self.tape.below(2) {
                0 => format!("{}[{}]", self.leaf(Kind::Map), self.expr(Text, depth)),
                _ => format!("{}.{}", self.leaf(Kind::Map), self.tape.pick(&["a", "b"])),
            },
            _ => {
                let kind = self.tape.pick(&[Int, Uint, Double]);
                format!("int({})", self.expr(kind, depth))
            }
        }
    }

    fn uint(&mut self, depth: usize) -> String {
        match self.tape.below(3) {
            0 => {
                let kind = self.tape.pick(&[Int, Double]);
                format!("uint({})", self.expr(kind, depth))
            }
            _ => self.binary(&["+", "-", "*", "/", "%"], Uint, depth),
        }
    }

    fn double(&mut self, depth: usize) -> String {
        match self.tape.below(4) {
            0 => {
                let kind = self.tape.pick(&[Int, Uint]);
                format!("double({})", self.expr(kind, depth))
            }
            1 => format!("-({})", self.expr(Double, depth)),
            _ => self.binary(&["+", "-", "*", "/"], Double, depth),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.tape.below(4) {
            0 => {
                let kind = self.tape.pick(&[Bool, Int, Uint, Text]);
                format!("string({})", self.expr(kind, depth))
            }
            1 => format!("{}[{}]", self.expr(Kind::Texts, depth), self.expr(Int, depth)),
            _ => self.binary(&["+"], Text, depth),
        }
    }

    fn sequence(&mut self, kind: Kind, depth: usize) -> String {
        let element = if kind == Ints { Int } else { Text };
        match self.tape.below(4) {
            0 => self.binary(&["+"], kind, depth),
            1 => self.expand("filter", element, Bool, depth),
            2 => {
                let from = self.tape.pick(&[Int, Text]);
                self.expand("map", from, element, depth)
            }
            _ => format!("[{}, {}]", self.expr(element, depth), self.expr(element, depth)),
        }
    }
}
