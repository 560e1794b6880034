use super::run::{Ran, rules_in};

fn eval(expression: &str, variables: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("vars.json"), variables).expect("written");
    rules_in(folder.path(), &["eval", expression, "--vars", "vars.json"])
}

#[test]
fn the_value_of_an_expression_is_printed_as_json_in_one_line() {
    let here = std::path::Path::new(".");
    let expression = "[1, 2, 3].exists(x, x > 2) ? \"yes\" : \"no\"";
    let ran = rules_in(here, &["eval", expression, "--vars", "/dev/null"]);
    assert_eq!(ran.printed(), "\"yes\"\n");
    let variables = r#"{"cart": {"items": [{"sku": "a", "price": 12.5}, {"sku": "b", "price": 3}]},
                        "big": 18446744073709551615, "name": "Zoë \"Z\" \n", "none": null}"#;
    for (expression, expected) in [
        ("1 + 2", "3"),
        ("-7 / 2", "-3"),
        ("cart.items.map(item, item.sku)", r#"["a","b"]"#),
        ("cart.items.filter(item, item.price < 10).size()", "1"),
        ("has(cart.items) && !has(cart.coupon)", "true"),
        ("type(big) == uint", "true"),
        ("name", r#""Zoë \"Z\" \n""#),
        ("none == null", "true"),
        ("{\"a\": [1u, 2.5, b\"\\x00\"]}", r#"{"a":[1,2.5,"AA=="]}"#),
        ("timestamp(\"2026-01-31T18:30:00Z\") + duration(\"90m\")", r#""2026-01-31T20:00:00Z""#),
    ] {
        assert_eq!(eval(expression, variables).printed(), format!("{expected}\n"), "{expression}");
    }
}

#[test]
fn variables_have_the_types_of_their_values_when_the_expression_runs() {
    // `dyn` values go through CEL's run-time rules: a mismatch is an error of the run, not of the check.
    let variables = r#"{"one": 1, "half": 0.5, "text": "1", "deep": {"a": [true]}}"#;
    assert_eq!(eval("one < 1.5 && half < one", variables).printed(), "true\n");
    assert_eq!(eval("deep.a[0] || one / 0 > 0", variables).printed(), "true\n");
    assert_eq!(
        eval("one + half", variables).complaint(),
        "error: no such overload: +(int, double)\n"
    );
}

#[test]
fn a_value_that_is_absent_is_told_in_the_words_of_cel() {
    for (expression, complaint) in
        [("1 / zero", "error: divide by zero\n"), ("cart.coupon", "error: no such key: coupon\n")]
    {
        assert_eq!(eval(expression, r#"{"zero": 0, "cart": {}}"#).complaint(), complaint);
    }
}

#[test]
fn a_mistake_is_shown_where_it_is_with_what_to_write_instead() {
    let ran = eval("1 +\n  cat.total + 1", r#"{"cart": {}}"#);
    let expected = "\
expression:2:3: error: unknown name `cat.total`
    2 |   cat.total + 1
      |   ^^^^^^^^^
help: ";
    assert!(ran.complaint().starts_with(expected), "{}", ran.stderr);
    assert!(ran.stderr.contains("`cart`"), "{}", ran.stderr);
}

#[test]
fn variables_that_are_no_json_object_are_refused_with_their_place() {
    for (variables, complaint) in [
        ("[1]", "not a JSON object"),
        ("{\"a\": 1, \"a\": 2}", "the key \"a\" is there twice at line 1 column 12"),
        ("{\"a\": 1", "EOF while parsing an object at line 1 column 7"),
    ] {
        let ran = eval("1", variables);
        assert!(ran.complaint().contains(complaint), "{}", ran.stderr);
        assert!(ran.stderr.contains("cannot read the variables in vars.json"), "{}", ran.stderr);
    }
    let absent = rules_in(std::path::Path::new("."), &["eval", "1", "--vars", "no-such-file.json"]);
    assert!(absent.complaint().contains("no-such-file.json"), "{}", absent.stderr);
}

#[test]
fn an_expression_that_takes_too_long_is_stopped() {
    let list = (0..100).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let expression = "l.all(a, l.all(b, l.all(c, a + b + c >= 0)))";
    let ran = eval(expression, &format!("{{\"l\": [{list}]}}"));
    assert!(ran.complaint().starts_with("error: the expression was stopped, "), "{}", ran.stderr);
}
