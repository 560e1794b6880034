use proptest::prelude::*;
use serde_json::value::RawValue;

use super::{Spelling, cut, depth, each_member, members, name_buffer, read_object, squash, string};

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).expect("JSON")
}

fn found<const N: usize>(json: &str, names: [&str; N], spelling: Spelling) -> [Option<String>; N] {
    members(Some(raw(json)), &names, spelling).map(|value| value.map(|raw| raw.get().to_owned()))
}

#[test]
fn members_are_found_as_they_were_written() {
    let json = r#"{"a": 1.50 ,"b":{"a":2},"c":null,"d":[ ]}"#;
    let [a, b, c, d, e] = found(json, ["a", "b", "c", "d", "e"], Spelling::Exact);
    assert_eq!(a.as_deref(), Some("1.50"));
    assert_eq!(b.as_deref(), Some(r#"{"a":2}"#));
    assert_eq!((c, e), (None, None), "null is the same as absent");
    assert_eq!(d.as_deref(), Some("[ ]"));
}

#[test]
fn of_members_of_one_name_the_last_counts() {
    assert_eq!(found(r#"{"a":1,"a":2}"#, ["a"], Spelling::Exact), [Some("2".to_owned())]);
    assert_eq!(found(r#"{"a":1,"a":null}"#, ["a"], Spelling::Exact), [None]);
    let loose = found(r#"{"order_id":1,"orderId":2}"#, ["orderid"], Spelling::Loose);
    assert_eq!(loose, [Some("2".to_owned())]);
}

#[test]
fn names_are_found_behind_escapes_and_beside_broken_ones() {
    let json = r#"{"\ud800":1,"\u0061":2}"#;
    assert_eq!(found(json, ["a"], Spelling::Exact), [Some("2".to_owned())]);
}

#[test]
fn what_is_no_object_has_no_members() {
    for json in ["1", "[]", "null", r#""{""#] {
        assert_eq!(found(json, ["a"], Spelling::Exact), [None], "{json}");
    }
}

#[test]
fn strings_are_read_with_their_escapes() {
    assert_eq!(string(raw(r#""plain""#)).as_deref(), Some("plain"));
    assert_eq!(string(raw(r#""a\"b\u00fc\ud83d\ude00""#)).as_deref(), Some("a\"bü\u{1f600}"));
    assert_eq!(string(raw(r#""\ud800""#)), None, "half a surrogate pair is no text");
    assert_eq!(string(raw("1")), None);
}

#[test]
fn each_member_is_passed_on_once_in_its_order() {
    let mut seen = Vec::new();
    each_member(raw(r#"{"b":null,"\u0061":[1],"\ud800":3,"c":4}"#), |name, value| {
        seen.push(format!("{name}={}", value.get()));
    });
    assert_eq!(seen, ["b=null", "a=[1]", "c=4"]);
}

#[test]
fn depth_counts_brackets_outside_of_strings() {
    for (json, levels) in [
        ("1", 0),
        ("{}", 1),
        ("[[],[[]]]", 3),
        (r#"{"a":"[[[["}"#, 1),
        (r#"["\"[[",["\\"],[]]"#, 2),
    ] {
        assert_eq!(depth(json), levels, "{json}");
    }
}

#[test]
fn names_of_shops_are_compared_without_what_they_write_differently() {
    for name in ["order_id", "orderId", "Order ID", "ORDER-ID"] {
        assert_eq!(squash(name.as_bytes(), &mut name_buffer()), Some(&b"orderid"[..]));
    }
    assert_eq!(squash(&[b'x'; 41], &mut name_buffer()), None);
    assert_eq!(squash(&[b'_'; 1_000], &mut name_buffer()), Some(&b""[..]));
}

#[test]
fn a_cut_falls_between_characters() {
    assert_eq!(cut("aüb", 2), "a");
    assert_eq!(cut("aüb", 3), "aü");
    assert_eq!(cut("aüb", 9), "aüb");
}

proptest! {
    #[test]
    fn no_text_can_panic_the_reader(text in ".{0,200}") {
        let _ = read_object(&text, &["a", "b"], Spelling::Loose);
        let _ = depth(&text);
        let _ = cut(&text, text.len() / 2);
    }
}
