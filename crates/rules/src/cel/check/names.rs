//! Names: what a name with dots means, and what may be meant by one that means nothing.
//!
//! The longest name wins: of `customer.cart.value` it is looked for whole before `customer.cart`. Within a
//! container `a.b`, `c` is looked for as `a.b.c`, then `a.c`, then `c`, and `.c` only as `c`
//! (<https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md#name-resolution>).

use std::collections::BTreeMap;

use super::overloads::NAMED;
use crate::cel::{Attribute, Declared, Question, Schema, Type};
use crate::nearest::nearest;

/// The names of a schema, and those that every rule can use.
pub(super) struct Names<'v> {
    schema: &'v Schema,
    attributes: BTreeMap<&'v str, Attribute>,
    questions: BTreeMap<&'v str, Question>,
}

/// What a name means.
pub(super) enum Meaning<'v> {
    Attribute(Attribute, &'v Declared),
    Type(Type),
}

/// The types that can be named, as `type(..)` gives them.
const TYPES: [(&str, Type); 11] = [
    ("bool", Type::Bool),
    ("bytes", Type::Bytes),
    ("double", Type::Double),
    ("google.protobuf.Duration", Type::Duration),
    ("google.protobuf.Timestamp", Type::Timestamp),
    ("int", Type::Int),
    ("money", Type::Money),
    ("null_type", Type::Null),
    ("string", Type::String),
    ("type", Type::Type),
    ("uint", Type::Uint),
];

// === impl Names ===

impl<'v> Names<'v> {
    pub(super) fn new(schema: &'v Schema) -> Self {
        let attributes = schema.attributes.iter().zip(0..);
        let questions = schema.questions.iter().zip(0..);
        Self {
            schema,
            attributes: attributes.map(|(one, place)| (&*one.path, Attribute(place))).collect(),
            questions: questions.map(|(one, place)| (&*one.path, Question(place))).collect(),
        }
    }

    /// What a path means as a value.
    pub(super) fn value(&self, path: &str) -> Option<Meaning<'v>> {
        self.candidates(path).find_map(|name| {
            if let Some(attribute) = self.attributes.get(&*name) {
                let declared = self.schema.attributes.get(usize::from(attribute.0))?;
                return Some(Meaning::Attribute(*attribute, declared));
            }
            named_type(&name).map(Meaning::Type)
        })
    }

    /// The question that a path names.
    pub(super) fn question(&self, path: &str) -> Option<(Question, &'v Declared)> {
        self.candidates(path).find_map(|name| {
            let question = *self.questions.get(&*name)?;
            Some((question, self.schema.questions.get(usize::from(question.0))?))
        })
    }

    /// Whether names begin with the path and a dot.
    pub(super) fn is_namespace(&self, path: &str) -> bool {
        self.within(path).next().is_some()
    }

    /// The names that begin with a path and a dot.
    fn within<'p>(&'p self, path: &'p str) -> impl Iterator<Item = &'v str> + 'p {
        let inside =
            move |name: &&str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        self.all().filter(inside)
    }

    /// Attributes and questions.
    fn all(&self) -> impl Iterator<Item = &'v str> {
        self.attributes.keys().chain(self.questions.keys()).copied()
    }

    /// What to write instead of a path that names no value.
    pub(super) fn instead_of_value(&self, path: &str) -> String {
        let attributes = || self.attributes.keys().copied();
        if let Some(known) = meant(path, attributes).or_else(|| nearest(path, attributes())) {
            return format!("did you mean `{known}`?");
        }
        if let Some(known) = self.within(path).next() {
            return format!("write one of the names in it, such as `{known}`");
        }
        let mut roots: Vec<&str> = Vec::new();
        for name in self.all() {
            let root = name.split_once('.').map_or(name.len(), |(root, _)| root.len() + 1);
            if !roots.contains(&&name[..root]) {
                roots.push(&name[..root]);
            }
        }
        match roots.is_empty() {
            true => "there are no names; write texts between quotes".to_owned(),
            false => format!(
                "names begin with `{}`; texts are written between quotes",
                roots.join("`, `")
            ),
        }
    }

    /// What to write instead of a path that names no function.
    pub(super) fn instead_of_function(&self, path: &str) -> String {
        let questions = || self.questions.keys().copied();
        let functions = || NAMED.iter().map(|(name, _, _)| *name).chain(MACROS);
        let known = meant(path, questions)
            .or_else(|| nearest(path, functions()))
            .or_else(|| nearest(path, questions()));
        match known {
            Some(known) => format!("did you mean `{known}`?"),
            None if path.contains('.') => match questions().next() {
                Some(known) => format!("a question is asked as `{known}(..)`"),
                None => "write a function that the reference of the language has".to_owned(),
            },
            None => {
                "write a function that the reference of the language has, such as `size`".to_owned()
            }
        }
    }

    /// The names that a path may stand for, the innermost first.
    fn candidates<'p>(&self, path: &'p str) -> impl Iterator<Item = String> + use<'p, 'v> {
        let (container, path) = match path.strip_prefix('.') {
            Some(path) => ("", path),
            None => (&*self.schema.container, path),
        };
        let outer = |container: &&'v str| {
            let container = *container;
            (!container.is_empty())
                .then(|| container.rsplit_once('.').map_or("", |(outer, _)| outer))
        };
        let containers = std::iter::successors(Some(container), outer);
        containers.map(move |container| match container {
            "" => path.to_owned(),
            container => format!("{container}.{path}"),
        })
    }
}

/// The macros, for suggestions.
const MACROS: [&str; 7] = ["all", "exists", "exists_one", "filter", "has", "map", "segment"];

fn named_type(name: &str) -> Option<Type> {
    match name {
        "list" => Some(Type::list(Type::Dyn)),
        "map" => Some(Type::map(Type::Dyn, Type::Dyn)),
        _ => TYPES.iter().find(|(known, _)| *known == name).map(|(_, ty)| ty.clone()),
    }
}

/// The name that has the same last part as a path, or in the same namespace nearly the same.
fn meant<'k, N: Iterator<Item = &'k str>>(path: &str, names: impl Fn() -> N) -> Option<&'k str> {
    let (namespace, last) = parts(path);
    let siblings = || names().filter(|name| parts(name).0 == namespace);
    let near = nearest(last, siblings().map(|name| parts(name).1));
    let sibling = near.and_then(|near| siblings().find(|name| parts(name).1 == near));
    sibling.or_else(|| names().find(|name| parts(name).1 == last))
}

/// What comes before the last dot, and what after it.
fn parts(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}
