use model::Currency;

use super::vocabulary;
use crate::cel::{Type, Vocabulary};
use crate::limits::{SEGMENT_CHAIN_MAX, SEGMENTS_MAX, TRAITS_MAX};

fn read(traits: Option<&str>, segments: Option<&str>) -> Result<Vocabulary, Vec<String>> {
    let euro = Currency::parse("EUR").expect("a currency");
    let traits = traits.map(|text| ("traits.toml", text));
    let segments = segments.map(|text| ("segments.toml", text));
    vocabulary(euro, traits, segments).map_err(|mistakes| {
        mistakes.iter().map(|it| format!("{}:{}: {}", it.file, it.line, it.message)).collect()
    })
}

/// So many segments, each of which uses the one behind it.
fn chain(length: usize) -> String {
    let link = |place: usize| match place + 1 == length {
        true => format!("s{place} = 'customer.orders > 5'\n"),
        false => format!("s{place} = 'segment(\"s{}\") && customer.visits > 1'\n", place + 1),
    };
    format!("[segments]\n{}", (0..length).map(link).collect::<String>())
}

#[test]
fn without_files_there_are_no_segments_and_traits_have_no_type() {
    let read = read(None, None).expect("nothing to be wrong");
    assert!(read.segments.is_empty());
    let mut names = read.schema.attributes.iter();
    let traits = names.find(|it| &*it.path == "customer.traits").expect("a map");
    assert_eq!(traits.ty, Type::map(Type::String, Type::Dyn));
}

#[test]
fn segments_may_be_written_before_those_that_they_use() {
    let text = "[segments]\na = 'segment(\"z\") && !segment(\"m\")'\n\
                m = 'segment(\"z\") || customer.visits > 3'\nz = 'customer.orders >= 5'\n";
    let read = read(None, Some(text)).expect("valid");
    let names: Vec<&str> = read.segments.keys().map(|name| &**name).collect();
    assert_eq!(names, ["a", "m", "z"]);
    let mut used = Vec::new();
    read.segments["a"].condition.each_part(&mut |part| used.push(part.clone()));
    let of_z = crate::cel::tree::Kind::Segment(read.segments["z"].clone());
    assert_eq!(used[0].kind, of_z, "what stood for it is gone");
}

#[test]
fn a_chain_has_a_longest_length_wherever_it_is_begun() {
    assert!(read(None, Some(&chain(SEGMENT_CHAIN_MAX))).is_ok());
    let mistakes = read(None, Some(&chain(SEGMENT_CHAIN_MAX + 3))).expect_err("too long");
    assert_eq!(mistakes, ["segments.toml:4: a chain of more than 8 segments"]);
}

#[test]
fn mistakes_of_both_files_are_told_at_once_and_none_because_of_another() {
    let traits = "[traits]\nvip = \"bol\"\n";
    let segments =
        "[segments]\na = 'segment(\"b\") && has(customer.traits.vip)'\nb = 'customer.ordres > 1'\n";
    let mistakes = read(Some(traits), Some(segments)).expect_err("two mistakes");
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    assert_eq!(mistakes[0], "traits.toml:2: unknown type of a trait \"bol\"");
    assert!(mistakes[1].starts_with("segments.toml:3: "), "{mistakes:?}");
}

#[test]
fn every_segment_of_a_circle_is_named_once() {
    let text = "[segments]\na = 'segment(\"b\")'\nb = 'segment(\"c\") && segment(\"a\")'\nc = 'segment(\"b\")'\nd = 'segment(\"a\")'\n";
    let mistakes = read(None, Some(text)).expect_err("two circles");
    let circle = |names| format!("segments use one another in a circle: {names}");
    assert_eq!(
        mistakes,
        [
            format!("segments.toml:3: {}", circle("a -> b -> a")),
            format!("segments.toml:4: {}", circle("b -> c -> b")),
        ]
    );
}

#[test]
fn files_have_a_greatest_number_of_entries() {
    let segments = |count: usize| -> String {
        let lines = (0..count).map(|it| format!("s{it} = 'customer.orders > {it}'\n"));
        format!("[segments]\n{}", lines.collect::<String>())
    };
    assert!(read(None, Some(&segments(SEGMENTS_MAX))).is_ok());
    let mistakes = read(None, Some(&segments(SEGMENTS_MAX + 1))).expect_err("one too many");
    assert_eq!(mistakes, ["segments.toml:258: more than 256 entries in `segments`"]);
    let traits = |count: usize| -> String {
        let lines = (0..count).map(|it| format!("t{it} = \"bool\"\n"));
        format!("[traits]\n{}", lines.collect::<String>())
    };
    assert!(read(Some(&traits(TRAITS_MAX)), None).is_ok());
    let mistakes = read(Some(&traits(TRAITS_MAX + 1)), None).expect_err("one too many");
    assert_eq!(mistakes, ["traits.toml:258: more than 256 entries in `traits`"]);
}

#[test]
fn every_name_that_a_trait_may_have_can_be_written_in_a_rule() {
    for name in ["in", "true", "false", "null", "as", "package", "for", "_9", "Vip", "has", "size"]
    {
        let traits = format!("[traits]\n{name} = \"bool\"\n");
        let segments = format!("[segments]\na = 'has(customer.traits.{name})'\n");
        let is_declared = read(Some(&traits), None).is_ok();
        let is_usable = read(Some(&traits), Some(&segments)).is_ok();
        assert_eq!(is_declared, is_usable, "{name}");
    }
}
