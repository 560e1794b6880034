use rules::cel::{Attribute, Source, Value};

use super::Variables;
use crate::limits::VARIABLES_BYTES_MAX;

/// The value of the one variable of a file, as JSON and by its type.
fn value(json: &str) -> (String, String) {
    let variables = Variables::parse(format!("{{\"x\": {json}}}").as_bytes()).expect("read");
    let value = variables.attribute(Attribute(0)).expect("known").expect("given");
    (value.to_json().expect("small"), value.type_of().to_string())
}

fn mistake(text: &str) -> String {
    Variables::parse(text.as_bytes()).expect_err("refused").to_string()
}

#[test]
fn numbers_become_the_first_of_int_uint_and_double_that_holds_them() {
    for (json, expected, ty) in [
        ("1", "1", "int"),
        ("-9223372036854775808", "-9223372036854775808", "int"),
        ("9223372036854775807", "9223372036854775807", "int"),
        ("9223372036854775808", "9223372036854775808", "uint"),
        ("18446744073709551615", "18446744073709551615", "uint"),
        ("18446744073709551616", "1.8446744073709552e19", "double"),
        ("-9223372036854775809", "-9.223372036854776e18", "double"),
        ("1.0", "1.0", "double"),
        ("1e3", "1000.0", "double"),
    ] {
        assert_eq!(value(json), (expected.to_owned(), ty.to_owned()), "{json}");
    }
}

#[test]
fn other_values_are_what_they_look_like() {
    for (json, ty) in [
        ("null", "null"),
        ("true", "bool"),
        (r#""a\u00e9\n""#, "string"),
        ("[1,[],\"a\"]", "list(dyn)"),
        (r#"{"b":1,"a":{"c":null}}"#, "map(dyn, dyn)"),
    ] {
        let (shown, found) = value(json);
        assert_eq!((shown.replace('é', "\\u00e9").as_str(), found.as_str()), (json, ty));
    }
}

#[test]
fn a_file_with_nothing_in_it_has_no_variables() {
    for text in ["", " \n", "{}"] {
        let variables = Variables::parse(text.as_bytes()).expect("read");
        assert_eq!(variables.schema(None).attributes.len(), 0, "{text:?}");
    }
    let nothing = Variables::read(std::path::Path::new("/dev/null")).expect("read");
    assert_eq!(nothing.attribute(Attribute(0)), Ok(None::<Value>));
}

#[test]
fn what_is_no_object_of_variables_is_refused_with_its_place() {
    assert_eq!(mistake("[1]"), "not a JSON object: write `{\"name\": value}`");
    assert_eq!(
        mistake("{\"a\": 1,\n \"a\": 2}"),
        "the key \"a\" is there twice at line 2 column 4"
    );
    assert!(mistake("{\"x\": {\"k\": 1, \"k\": 2}}").starts_with("the key \"k\" is there twice"));
    assert_eq!(mistake("{\"a\": }"), "expected value at line 1 column 7");
    assert_eq!(mistake("{\"a\": 1} x"), "trailing characters at line 1 column 10");
    assert!(mistake(&"[".repeat(1_000)).starts_with("recursion limit exceeded"));
    assert!(mistake("{\"a\": 1e999}").starts_with("number out of range"));
}

#[test]
fn a_file_that_is_too_large_is_refused_unread() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vars.json");
    let bytes = usize::try_from(VARIABLES_BYTES_MAX).unwrap() + 1;
    std::fs::write(&path, " ".repeat(bytes)).unwrap();
    let error = Variables::read(&path).unwrap_err().to_string();
    assert!(error.contains("more than 1048576 bytes of variables"), "{error}");
    std::fs::write(&path, " ".repeat(bytes - 1)).unwrap();
    assert!(Variables::read(&path).is_ok());
}
