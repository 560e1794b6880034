//! `rules/campaign.schema.json` is the schema of what the reader takes.
//!
//! `UPDATE_GOLDEN=1 cargo test -p rules` writes the file anew.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, Schemas};
use serde_json::Value;

/// Golden files with mistakes that only the reader sees, sorted within each reason.
const UNSEEN: [&[&str]; 5] = [
    // Between two places of the file.
    &[
        "control-is-no-variant",
        "language-default-missing",
        "limits-discount-below-one-offer",
        "limits-discount-in-another-currency",
        "limits-discount-without-discount",
        "names-used-twice",
        "offer-undefined",
        "offer-unused",
        "texts-twice-in-one-language",
        "weights-too-large",
    ],
    // Of the calendar and the clocks.
    &[
        "hours-of-nothing",
        "schedule-backwards",
        "schedule-backwards-by-local-time",
        "schedule-time-shown-twice-by-the-clocks",
        "schedule-time-shown-twice-west-of-greenwich",
        "schedule-time-skipped-by-the-clocks",
        "timezone-that-is-none",
        "timezone-unknown",
    ],
    // Of a number within a text.
    &["token-too-long", "token-too-short", "window-too-long"],
    // Of the decimals that a currency has.
    &["amount-too-fine"],
    // An editor turns dates into text before it compares.
    &["schedule-as-text"],
];

fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    Path::new(&here).join("../..")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a file of the repository")
}

/// All TOML files in a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the repository");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension() == Some("toml".as_ref()))
        .collect();
    files.sort();
    files
}

/// A TOML file as the JSON that an editor compares with the schema; `None` when it is not TOML.
fn json(toml: &str) -> Option<Value> {
    fn value(from: toml::Value) -> Value {
        match from {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => number.into(),
            toml::Value::Boolean(boolean) => boolean.into(),
            toml::Value::Datetime(time) => time.to_string().into(),
            toml::Value::Array(values) => values.into_iter().map(value).collect(),
            toml::Value::Table(table) => {
                table.into_iter().map(|(key, it)| (key, value(it))).collect()
            }
        }
    }
    let table: toml::Table = toml::from_str(toml).ok()?;
    Some(value(toml::Value::Table(table)))
}

/// What a validator says about each of some values; `None` when it accepts.
fn validate(values: &[Value]) -> Vec<Option<String>> {
    let schema: Value = serde_json::from_str(&rules::campaign_schema()).expect("JSON");
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource("campaign.schema.json", schema).expect("a resource");
    let index = compiler.compile("campaign.schema.json", &mut schemas).expect("a valid schema");
    let said = |value| schemas.validate(value, index).err().map(|error| error.to_string());
    values.iter().map(said).collect()
}

/// The blocks of TOML in the reference.
fn reference_examples() -> Vec<String> {
    let readme = text(&root().join("rules/README.md"));
    let parts = readme.split("```toml\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap_or("").to_owned()).collect()
}

#[test]
fn the_committed_schema_is_the_one_that_is_generated() {
    let path = root().join("rules/campaign.schema.json");
    let generated = rules::campaign_schema();
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, &generated).expect("writable");
    }
    assert!(text(&path) == generated, "write it anew: UPDATE_GOLDEN=1 cargo test -p rules");
}

#[test]
fn every_valid_campaign_is_accepted() {
    let mut texts = reference_examples();
    for folder in ["rules/demo", "rules/examples"] {
        let campaigns = files(&root().join(folder)).into_iter().map(|path| text(&path));
        texts.extend(campaigns.filter(|text| rules::campaign("any.toml", text).is_ok()));
    }
    assert!(texts.len() >= 3, "only {} campaigns were found", texts.len());
    let values: Vec<Value> = texts.iter().map(|text| json(text).expect("TOML")).collect();
    for (text, said) in texts.iter().zip(validate(&values)) {
        assert_eq!(said, None, "{text}");
    }
}

#[test]
fn every_mistake_that_a_schema_can_see_is_refused() {
    let mut names = Vec::new();
    let mut values = Vec::new();
    for file in files(&root().join("rules/golden/campaign-errors")) {
        let Some(value) = json(&text(&file)) else { continue };
        names.push(file.file_stem().and_then(OsStr::to_str).expect("plain names").to_owned());
        values.push(value);
    }
    let verdicts = validate(&values);
    let accepted = names.iter().zip(&verdicts).filter(|(_, said)| said.is_none());
    let mut accepted: Vec<&str> = accepted.map(|(name, _)| name.as_str()).collect();
    accepted.sort_unstable();
    let mut unseen = UNSEEN.concat();
    unseen.sort_unstable();
    assert_eq!(accepted, unseen);
}

#[test]
fn every_key_is_in_the_reference_with_the_same_meaning() {
    let readme = text(&root().join("rules/README.md"));
    let flowing = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    let schema: Value = serde_json::from_str(&rules::campaign_schema()).expect("JSON");
    let mut missing = Vec::new();
    let mut count = 0;
    each_property(&schema, &mut |name, property| {
        count += 1;
        let about = property["description"].as_str().unwrap_or("");
        let is_table = property["type"] == "object" || property["items"]["type"] == "object";
        let row = format!("| `{name}` |");
        let is_told = if is_table && !readme.contains(&row) {
            flowing.contains(about)
        } else {
            let mut rows = readme.lines().filter(|line| line.starts_with(&row));
            rows.any(|line| line.ends_with(&format!("| {about} |")))
        };
        if about.is_empty() || !is_told {
            missing.push(format!("{name}: {about}"));
        }
    });
    assert!(count >= 40, "only {count} keys were found");
    assert!(missing.is_empty(), "rules/README.md does not say\n{}", missing.join("\n"));
}

/// Calls `visit` with each property of a schema and of the schemas in it.
fn each_property(schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
    if let Some(properties) = schema["properties"].as_object() {
        for (name, property) in properties {
            visit(name, property);
            each_property(property, visit);
        }
    }
    each_of(schema.get("items"), visit);
    let named = schema["patternProperties"].as_object();
    named.into_iter().flatten().for_each(|(_, inner)| each_of(Some(inner), visit));
}

fn each_of(schema: Option<&Value>, visit: &mut impl FnMut(&str, &Value)) {
    if let Some(schema) = schema {
        each_property(schema, visit);
    }
}
