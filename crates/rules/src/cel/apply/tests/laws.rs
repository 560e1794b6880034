//! What holds of equality, order and keys, whatever the values.

use proptest::prelude::*;

use super::{apply, list, v};
use crate::cel::{EvalErrorKind, Function, Map, Value};

use Function::{Equals, Greater, GreaterEquals, In, Index, Less, LessEquals, NotEquals};

/// Numbers of all types, often near one another and near the ends.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3_i64..3).prop_map(Value::Int),
        (0_u64..3).prop_map(Value::Uint),
        (-6_i32..6).prop_map(|half| Value::Double(f64::from(half) / 2.0)),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        any::<f64>().prop_map(Value::Double),
        prop::sample::select(vec![
            v(i64::MAX),
            v(i64::MIN),
            v(u64::MAX),
            v(9_223_372_036_854_775_808.0),
            v(-9_223_372_036_854_775_808.0),
            v(18_446_744_073_709_551_616.0),
            v(f64::NAN),
            v(f64::INFINITY),
        ]),
    ]
}

/// Numbers that are exact as doubles, among which equality is transitive.
fn exact_number() -> impl Strategy<Value = Value> {
    let whole = prop_oneof![-3_i64..3, -(1_i64 << 53)..(1 << 53)];
    (whole, 0..3).prop_map(|(whole, kind)| match (kind, u64::try_from(whole)) {
        (0, Ok(whole)) => Value::Uint(whole),
        (1, _) => Value::Double(whole as f64),
        _ => Value::Int(whole),
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        "[ab]{0,2}".prop_map(|text| Value::text(&text)),
        (-2_i64..2).prop_map(Value::Money),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let entry = ("[ab]", inner.clone()).prop_map(|(key, value)| (Value::text(&key), value));
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::list),
            prop::collection::vec(entry, 0..3).prop_filter_map("keys differ", |entries| {
                Map::new(entries).ok().map(|map| Value::Map(map.into()))
            }),
        ]
    })
}

fn holds(function: Function, one: &Value, other: &Value) -> bool {
    match function.apply(&[one.clone(), other.clone()]) {
        Ok(Value::Bool(holds)) => holds,
        found => panic!("{function:?} of {one:?} and {other:?}: {found:?}"),
    }
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Double(number) if number.is_nan())
}

proptest! {
    #[test]
    fn equality_is_symmetric_and_the_opposite_of_inequality(one in any_value(), other in any_value()) {
        prop_assert_eq!(holds(Equals, &one, &other), holds(Equals, &other, &one));
        prop_assert_eq!(holds(Equals, &one, &other), !holds(NotEquals, &one, &other));
        prop_assert_eq!(holds(Equals, &list![one.clone()], &list![other.clone()]), holds(Equals, &one, &other));
        prop_assert_eq!(holds(In, &one, &list![other.clone()]), holds(Equals, &one, &other));
    }

    #[test]
    fn equality_is_reflexive_but_for_nan(value in number()) {
        prop_assert_eq!(holds(Equals, &value, &value), !is_nan(&value));
    }

    #[test]
    fn equality_and_order_are_transitive_of_exact_numbers(
        one in exact_number(), two in exact_number(), three in exact_number(),
    ) {
        for function in [Equals, Less, LessEquals] {
            if holds(function, &one, &two) && holds(function, &two, &three) {
                prop_assert!(holds(function, &one, &three));
            }
        }
    }

    #[test]
    fn of_two_numbers_exactly_one_is_less_unless_they_are_equal(one in number(), other in number()) {
        let found = [Less, Equals, Greater].map(|function| holds(function, &one, &other));
        let count = found.iter().filter(|holds| **holds).count();
        prop_assert_eq!(count, usize::from(!is_nan(&one) && !is_nan(&other)));
        prop_assert_eq!(holds(Less, &one, &other), holds(Greater, &other, &one));
        prop_assert_eq!(holds(LessEquals, &one, &other), found[0] || found[1]);
        prop_assert_eq!(holds(GreaterEquals, &one, &other), found[2] || found[1]);
    }

    #[test]
    fn a_map_finds_the_keys_that_equal_its_own(
        keys in prop::collection::vec(exact_number(), 0..24),
        wanted in exact_number(),
    ) {
        let whole: Vec<&Value> =
            keys.iter().filter(|key| !matches!(key, Value::Double(_))).collect();
        let mut entries: Vec<(Value, Value)> = Vec::new();
        for (place, key) in whole.into_iter().enumerate() {
            if !entries.iter().any(|(known, _)| holds(Equals, known, key)) {
                entries.push((key.clone(), v(i64::try_from(place).unwrap())));
            }
        }
        let expected = entries.iter().find(|(key, _)| holds(Equals, key, &wanted));
        let expected = expected.map(|(_, value)| value.clone());
        let map = Value::Map(Map::new(entries.clone()).unwrap().into());
        prop_assert_eq!(holds(In, &wanted, &map), expected.is_some());
        let found = apply(Index, &[map.clone(), wanted]);
        prop_assert_eq!(found, expected.ok_or(EvalErrorKind::NoSuchKey));
        for (key, value) in &entries {
            prop_assert_eq!(apply(Index, &[map.clone(), key.clone()]), Ok(value.clone()));
        }
        if let Some((key, value)) = entries.first().cloned() {
            entries.push((key, value));
            prop_assert!(Map::new(entries).is_err(), "a key that is there twice");
        }
    }
}
