//! One case of the conformance tests: an expression, the variables that it may use, and what it gives.

use std::collections::BTreeMap;

use rules::cel::{
    Attribute, Declared, EvalError, EvalErrorKind, Map, Question, Schema, Source, Timestamp, Type,
    Value, Vocabulary,
};

use super::textproto::{Field, Message};

/// A case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) values: Values,
    pub(crate) expected: Expected,
    /// The type that the checker must deduce.
    pub(crate) deduced: Option<Message>,
}

/// What a case expects.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// A value; `None` for one that rules do not have, such as a message.
    Value(Option<Value>),
    /// No value.
    Error,
    /// That it is checked, not more.
    Checked,
}

/// Values of variables, by attribute.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(Vec<Option<Value>>);

impl Source for Values {
    fn attribute(&self, attribute: Attribute) -> Result<Option<Value>, EvalError> {
        Ok(self.0.get(usize::from(attribute.0)).cloned().flatten())
    }

    fn ask(&self, _: Question, _: &[Value]) -> Result<Value, EvalError> {
        Err(EvalError::new(EvalErrorKind::NoOverload, "no case asks"))
    }
}

/// The cases of a file.
pub(crate) fn cases(file: &Message) -> Vec<Case> {
    let sections = file.messages("section");
    let named = |section: &Message| section.text("name").unwrap_or_default();
    sections.flat_map(|one| one.messages("test").map(move |test| case(&named(one), test))).collect()
}

fn case(section: &str, test: &Message) -> Case {
    let unchecked = test.flag("disable_check");
    let values: BTreeMap<String, Option<Value>> = test
        .messages("bindings")
        .map(|binding| {
            let bound = binding.message("value").and_then(|bound| bound.message("value"));
            (binding.text("key").expect("a key"), bound.and_then(value))
        })
        .collect();
    let mut schema = Schema {
        container: test.text("container").unwrap_or_default().into(),
        ..Schema::default()
    };
    for declared in test.messages("type_env") {
        let path = declared.text("name").expect("a name");
        if let Some(ident) = declared.message("ident") {
            // Without a check, nothing is known of types.
            let ty = if unchecked { Some(Type::Dyn) } else { ident.message("type").and_then(ty) };
            schema.attributes.extend(ty.map(|ty| attribute(&path, ty)));
        }
        if let Some(function) = declared.message("function") {
            schema.questions.extend(function.messages("overloads").filter_map(|it| ask(&path, it)));
        }
    }
    for path in values.keys() {
        let is_declared =
            test.messages("type_env").any(|it| it.text("name").as_ref() == Some(path));
        if !is_declared {
            schema.attributes.push(attribute(path, Type::Dyn));
        }
    }
    let places = schema.attributes.iter().map(|it| values.get(&*it.path).cloned().flatten());
    let values = Values(places.collect());
    let typed = test.message("typed_result");
    Case {
        name: format!("{section}/{}", test.text("name").expect("a name")),
        text: test.text("expr").expect("an expression"),
        vocabulary: Vocabulary { schema, ..Vocabulary::default() },
        values,
        expected: expected(test, typed),
        deduced: typed.and_then(|typed| typed.message("deduced_type")).cloned(),
    }
}

/// What is expected; a case that does not say expects `true`.
fn expected(test: &Message, typed: Option<&Message>) -> Expected {
    if test.flag("check_only") {
        return Expected::Checked;
    }
    if test.field("eval_error").is_some() || test.field("any_eval_errors").is_some() {
        return Expected::Error;
    }
    match test.message("value").or_else(|| typed.and_then(|typed| typed.message("result"))) {
        Some(given) => Expected::Value(value(given)),
        None => Expected::Value(Some(Value::Bool(true))),
    }
}

fn attribute(path: &str, ty: Type) -> Declared {
    Declared { path: path.into(), parameters: Box::default(), ty, optional: true, about: "".into() }
}

fn ask(path: &str, overload: &Message) -> Option<Declared> {
    let parameters: Option<Box<[Type]>> = overload.messages("params").map(ty).collect();
    let result = ty(overload.message("result_type")?)?;
    Some(Declared { parameters: parameters?, ..attribute(path, result) })
}

/// A type; `None` for one that rules do not have.
pub(crate) fn ty(message: &Message) -> Option<Type> {
    let (name, field) = message.fields.first()?;
    Some(match (&name[..], field) {
        ("primitive" | "well_known" | "null" | "type", Field::Word(word)) => match &word[..] {
            "BOOL" => Type::Bool,
            "INT64" => Type::Int,
            "UINT64" => Type::Uint,
            "DOUBLE" => Type::Double,
            "STRING" => Type::String,
            "BYTES" => Type::Bytes,
            "TIMESTAMP" => Type::Timestamp,
            "DURATION" => Type::Duration,
            "NULL_VALUE" => Type::Null,
            _ => return None,
        },
        ("dyn", _) => Type::Dyn,
        ("type", Field::Message(_)) => Type::Type,
        ("list_type", Field::Message(list)) => Type::list(ty(list.message("elem_type")?)?),
        ("map_type", Field::Message(map)) => {
            Type::map(ty(map.message("key_type")?)?, ty(map.message("value_type")?)?)
        }
        ("message_type", Field::Text(text)) => type_named(std::str::from_utf8(text).ok()?)?,
        _ => return None,
    })
}

/// A type by the name that `type(..)` gives; `None` for one that rules do not have.
fn type_named(name: &str) -> Option<Type> {
    Some(match name {
        "null_type" => Type::Null,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "type" => Type::Type,
        "google.protobuf.Timestamp" => Type::Timestamp,
        "google.protobuf.Duration" => Type::Duration,
        _ => return None,
    })
}

/// A value; `None` for one that rules do not have.
fn value(message: &Message) -> Option<Value> {
    let (name, field) = message.fields.first().expect("a value");
    Some(match (&name[..], field) {
        ("null_value", _) => Value::Null,
        ("bool_value", Field::Word(word)) => Value::Bool(word == "true"),
        ("int64_value", Field::Word(word)) => Value::Int(word.parse().expect("an int")),
        ("uint64_value", Field::Word(word)) => Value::Uint(word.parse().expect("a uint")),
        ("double_value", Field::Word(word)) => Value::Double(word.parse().expect("a double")),
        ("string_value", Field::Text(text)) => {
            Value::text(std::str::from_utf8(text).expect("UTF-8"))
        }
        ("bytes_value", Field::Text(bytes)) => Value::Bytes(bytes.as_slice().into()),
        ("type_value", Field::Text(text)) => {
            Value::Type(type_named(std::str::from_utf8(text).expect("UTF-8"))?)
        }
        ("list_value", Field::Message(list)) => {
            let values: Option<Vec<Value>> = list.messages("values").map(value).collect();
            Value::list(values?)
        }
        ("map_value", Field::Message(map)) => {
            let entry = |entry: &Message| {
                Some((value(entry.message("key")?)?, value(entry.message("value")?)?))
            };
            let entries: Option<Vec<_>> = map.messages("entries").map(entry).collect();
            Value::Map(Map::new(entries?).expect("distinct keys").into())
        }
        ("object_value", Field::Message(object)) => return well_known(object),
        other => unreachable!("no value: {other:?}"),
    })
}

/// A time or a span, which are messages to protocol buffers.
fn well_known(object: &Message) -> Option<Value> {
    let (name, Field::Message(parts)) = object.fields.first()? else { return None };
    let number = |name: &str| match parts.field(name) {
        Some(Field::Word(word)) => word.parse::<i128>().expect("a number"),
        _ => 0,
    };
    let nanoseconds = number("seconds") * 1_000_000_000 + number("nanos");
    match name.rsplit('/').next()? {
        "google.protobuf.Timestamp" => {
            Timestamp::from_nanosecond(nanoseconds).ok().map(Value::Timestamp)
        }
        "google.protobuf.Duration" => {
            // Of milliseconds and nanoseconds; the crate gives a duration only from the former.
            Some(duration(nanoseconds))
        }
        _ => None,
    }
}

/// A span, as the difference of two times.
fn duration(nanoseconds: i128) -> Value {
    let at = |nanoseconds| Timestamp::from_nanosecond(nanoseconds).expect("near 1970");
    Value::Duration(at(nanoseconds).since(at(0)).expect("a short span"))
}
