//! The JSON Schema of a file, for editors.
//!
//! Made of the same tables of keys as the reader, so it names every key and none else. It sees less than
//! the reader: what concerns two sections (an offer that no variant has), the calendar (a time that the
//! clocks skip) or money (more decimals than the currency has) is only told when the file is read. What
//! it refuses, the reader refuses too.
//!
//! Source: JSON Schema draft 2020-12, <https://json-schema.org/draft/2020-12/schema>. Editors turn TOML
//! into JSON before they compare; dates and times become text.

use serde_json::{Map, Value, json};

use crate::key::{Key, Need, Shape, Table};

/// A date and time as TOML writes it.
const TIME: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?\
                    ([Zz]|[+-][0-9]{2}:[0-9]{2})?$";

/// A whole number above 0 and a unit.
const DURATION: &str = "^0*[1-9][0-9]*[smhd]$";

/// The schema of a file whose top is `table`, as the text of a JSON file.
pub(crate) fn schema(title: &str, about: &str, table: &Table) -> String {
    let mut schema = object(table);
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!(title));
    schema.insert("description".into(), json!(about));
    // In the order of the alphabet, whichever features of the library other crates switch on.
    schema.sort_keys();
    let mut schema = Value::Object(schema);
    schema.sort_all_objects();
    format!("{schema:#}\n")
}

fn object(table: &Table) -> Map<String, Value> {
    let keys = table.keys.iter();
    let properties: Map<String, Value> =
        keys.clone().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> =
        keys.clone().filter(|key| key.is_required).map(|key| key.name).collect();
    let needs: Map<String, Value> =
        keys.filter_map(|key| Some((key.name.to_owned(), needed(key.needs?)))).collect();
    let mut object = Map::new();
    object.insert("type".into(), json!("object"));
    object.insert("properties".into(), properties.into());
    object.insert("additionalProperties".into(), json!(false));
    if !required.is_empty() {
        object.insert("required".into(), json!(required));
    }
    if !needs.is_empty() {
        object.insert("dependentSchemas".into(), needs.into());
    }
    if !table.alternatives.is_empty() {
        object.insert("oneOf".into(), alternatives(table));
    }
    object
}

/// What a table is like that has a key with such a need.
fn needed(need: Need) -> Value {
    match need {
        Need::Beside(key) => json!({ "required": [key] }),
        Need::InEach(tables, key) => {
            let each = json!({ "additionalProperties": { "required": [key] } });
            json!({ "properties": { tables: each } })
        }
    }
}

/// Each set of keys together with none of the others.
fn alternatives(table: &Table) -> Value {
    let others = |set: &'static [&'static str]| {
        let all = table.alternatives.iter().copied().flatten();
        all.filter(move |name| !set.contains(name)).map(|name| json!({ "required": [name] }))
    };
    let sets = table.alternatives.iter().map(|set| {
        let others: Vec<Value> = others(set).collect();
        json!({ "required": set, "not": { "anyOf": others } })
    });
    sets.collect()
}

fn property(key: &Key) -> Value {
    let mut property = value(key.shape);
    property.insert("description".into(), json!(key.about));
    if let Some(example) = example(key) {
        property.insert("examples".into(), json!([example]));
    }
    property.into()
}

fn value(shape: Shape) -> Map<String, Value> {
    let described = match shape {
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Integer(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        // The schema counts letters and the reader bytes, which are never fewer.
        Shape::Text(bytes_max) => {
            json!({ "type": "string", "pattern": "\\S", "maxLength": bytes_max })
        }
        Shape::Pattern(pattern, bytes_max) => {
            json!({ "type": "string", "pattern": pattern, "maxLength": bytes_max })
        }
        Shape::Choice(words) => json!({ "type": "string", "enum": words }),
        Shape::Time => json!({ "type": "string", "pattern": TIME }),
        Shape::Duration(..) => json!({ "type": "string", "pattern": DURATION }),
        Shape::List(of, count_max) => json!({
            "type": "array",
            "items": value(*of),
            "minItems": 1,
            "maxItems": count_max,
            "uniqueItems": true,
        }),
        Shape::Table(table) => return object(table),
        Shape::Tables(table, least, most) => json!({
            "type": "array",
            "items": object(table),
            "minItems": least,
            "maxItems": most,
        }),
        Shape::Named(names, of, most) => json!({
            "type": "object",
            "patternProperties": { names: value(*of) },
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": most,
        }),
    };
    match described {
        Value::Object(described) => described,
        _ => Map::new(),
    }
}

/// The value in the example of a key that is no table.
fn example(key: &Key) -> Option<Value> {
    let (_, written) = key.example.split_once(" = ")?;
    serde_json::from_str(written).ok()
}
