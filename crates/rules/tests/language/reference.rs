//! What `rules/LANGUAGE.md` says: its customer, its segments and traits, its examples and its table.
//!
//! The tests of this crate evaluate the examples; those of `plugins` run them compiled, and read this
//! file too.

use std::path::Path;
use std::sync::Arc;

use model::Currency;
use rules::cel::tree::{Kind, Segment};
use rules::cel::{
    Attribute, DeclaredTrait, EvalError, EvalErrorKind, Question, Schema, Source, TraitType, Value,
    Vocabulary, check,
};

/// The reference, read.
pub(crate) struct Reference {
    pub(crate) text: String,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) customer: Customer,
}

/// An example, and what the reference says of it.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) text: String,
    pub(crate) expected: Expected,
}

/// What an example gives.
#[derive(Debug)]
pub(crate) enum Expected {
    Value(Value),
    NoValue,
    Mistake(String),
}

/// The customer of the examples.
#[derive(Clone, Debug, Default)]
pub(crate) struct Customer {
    values: Vec<Option<Value>>,
    answers: Vec<(Question, Vec<Value>, Value)>,
}

// === impl Reference ===

impl Reference {
    pub(crate) fn read() -> Self {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
        let path = Path::new(&here).join("../../rules/LANGUAGE.md");
        let text = std::fs::read_to_string(path).expect("rules/LANGUAGE.md");
        let traits = settings(&text, "[traits]").map(|(name, ty)| {
            let ty = match &ty[..] {
                "bool" => TraitType::Flag,
                "string" => TraitType::Text,
                "number" => TraitType::Number,
                other => unreachable!("no type of traits: {other}"),
            };
            DeclaredTrait { name: name.into(), ty }
        });
        let traits: Vec<DeclaredTrait> = traits.collect();
        let currency = Currency::parse("EUR").expect("known");
        let schema = Schema::shop(currency, &traits);
        let mut vocabulary = Vocabulary { schema, ..Vocabulary::default() };
        for (name, condition) in settings(&text, "[segments]") {
            let condition = check(&condition, &vocabulary).expect("a condition");
            let segment = Segment { name: name.as_str().into(), condition };
            vocabulary.segments.insert(name.into(), Arc::new(segment));
        }
        let customer = Customer::read(&text, &vocabulary);
        Self { text, vocabulary, customer }
    }

    /// The examples, in their order.
    pub(crate) fn examples(&self) -> Vec<Example> {
        let blocks = blocks(&self.text, "cel");
        let lines = blocks.iter().flat_map(|block| block.lines());
        lines.filter(|line| !line.is_empty()).map(|line| self.example(line)).collect()
    }

    fn example(&self, line: &str) -> Example {
        let (text, expected) = line.split_once(" // => ").expect(line);
        let expected = match (expected, expected.strip_prefix("mistake: ")) {
            (_, Some(message)) => Expected::Mistake(message.to_owned()),
            ("no value", None) => Expected::NoValue,
            (value, None) => Expected::Value(constant(value, &self.vocabulary)),
        };
        Example { text: text.to_owned(), expected }
    }
}

// === impl Customer ===

impl Customer {
    fn read(text: &str, vocabulary: &Vocabulary) -> Self {
        let schema = &vocabulary.schema;
        let mut customer =
            Self { values: vec![None; schema.attributes.len()], answers: Vec::new() };
        let block = blocks(text, "text").into_iter().find(|it| it.starts_with("customer."));
        for line in block.expect("the customer of the examples").lines() {
            let (name, value) = line.split_once(" = ").expect(line);
            let value = constant(value, vocabulary);
            let question = name.split_once('(').and_then(|(path, arguments)| {
                let place = schema.questions.iter().position(|it| *it.path == *path)?;
                Some((Question(u16::try_from(place).expect("few")), arguments))
            });
            if let Some((question, arguments)) = question {
                let arguments = arguments.strip_suffix(')').expect(line);
                let Value::List(arguments) = constant(&format!("[{arguments}]"), vocabulary) else {
                    unreachable!("{line}")
                };
                customer.answers.push((question, arguments.to_vec(), value));
                continue;
            }
            let place = schema.attributes.iter().position(|it| *it.path == *name).expect(line);
            customer.values[place] = Some(value);
        }
        customer
    }
}

impl Source for Customer {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        Ok(self.values.get(usize::from(attribute.0)).cloned().flatten())
    }

    fn ask(&self, question: Question, arguments: &[Value]) -> Result<Value, EvalError> {
        let mut known = self.answers.iter();
        let answer = known.find(|(asked, of, _)| *asked == question && of[..] == *arguments);
        match answer {
            Some((_, _, value)) => Ok(value.clone()),
            // Of what the customer never did.
            None if matches!(arguments, [_, Value::Duration(_)]) => Ok(Value::Int(0)),
            None if !arguments.is_empty() => Ok(Value::Bool(false)),
            None => Err(EvalError::new(EvalErrorKind::NoOverload, "no such overload")),
        }
    }
}

/// The value of a constant expression.
fn constant(text: &str, vocabulary: &Vocabulary) -> Value {
    let expr = check(text, vocabulary).expect(text);
    match expr.kind {
        Kind::Constant(value) => value,
        _ => unreachable!("{text} is no constant"),
    }
}

/// The settings of the block that begins with a heading: names and texts.
fn settings(text: &str, heading: &str) -> impl Iterator<Item = (String, String)> {
    let block = blocks(text, "toml").into_iter().find(|block| block.starts_with(heading));
    let block = block.expect(heading);
    let lines: Vec<String> = block.lines().skip(1).map(str::to_owned).collect();
    lines.into_iter().map(|line| {
        let (name, value) = line.split_once(" = ").expect("a setting");
        (name.to_owned(), value.trim_matches(['"', '\'']).to_owned())
    })
}

/// The blocks of a fenced language in a Markdown text.
pub(crate) fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = markdown.split(&fence).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or("").to_owned()).collect()
}
