//! Maps, whose keys are found by what they mean.
//!
//! The keys `1` and `1u` are one key, and `1.0` finds it. A small map is searched from its beginning,
//! which is fastest; a larger one has its keys in a sorted order as well.
//!
//! Numbers are found exactly: a double finds an integer when both are the same number, also beyond
//! 2^53, where `==` compares an integer with a double only after rounding it.

use std::cmp::Ordering;

use super::super::{EvalError, EvalErrorKind};
use super::Value;

/// Values by key, in the order in which they were written. Keys are booleans, integers and texts, and
/// are found as CEL has it: `1`, `1u` and `1.0` find the same entry.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Value, Value)>,
    /// The places of the entries by their keys' order; empty while the map is small.
    sorted: Vec<u32>,
}

/// Up to this many entries, a search from the beginning is faster than one in a sorted order.
const SEARCHED_MAX: usize = 8;

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'v> {
    Bool(bool),
    /// Any `int` and any `uint`.
    Integer(i128),
    Text(&'v str),
}

// === impl Map ===

impl Map {
    /// A map of these entries.
    ///
    /// # Errors
    /// When a key is there twice, or is no boolean, integer or text.
    pub fn new(entries: Vec<(Value, Value)>) -> Result<Self, EvalError> {
        for (key, _) in &entries {
            if matches!(key, Value::Double(_)) || Key::of(key).is_none() {
                let detail = format!("unsupported key type: {}", key.type_name());
                return Err(EvalError::new(EvalErrorKind::Argument, detail));
            }
        }
        let key = |place: u32| Key::of(&entries[usize_of(place)].0);
        let length = u32::try_from(entries.len()).map_err(|_| EvalError::too_large("a map"))?;
        let mut sorted: Vec<u32> = (0..length).collect();
        sorted.sort_by(|&one, &other| key(one).cmp(&key(other)));
        if sorted.windows(2).any(|pair| key(pair[0]) == key(pair[1])) {
            let detail = "a map with a repeated key: each key can be there once";
            return Err(EvalError::new(EvalErrorKind::Argument, detail));
        }
        if entries.len() <= SEARCHED_MAX {
            sorted = Vec::new();
        }
        Ok(Self { entries, sorted })
    }

    /// The entries, in the order in which they were written.
    pub fn entries(&self) -> &[(Value, Value)] {
        &self.entries
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key; `None` also for what cannot be a key.
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.find(Key::of(key)?)
    }

    /// The value of a key that is a text.
    pub fn get_text(&self, key: &str) -> Option<&Value> {
        self.find(Key::Text(key))
    }

    fn find(&self, wanted: Key<'_>) -> Option<&Value> {
        let order = |key: &Value| Key::of(key).map_or(Ordering::Less, |key| key.cmp(&wanted));
        if self.sorted.is_empty() {
            let found = self.entries.iter().find(|(key, _)| order(key).is_eq());
            return found.map(|(_, value)| value);
        }
        let entry = |place: u32| &self.entries[usize_of(place)];
        let found = self.sorted.binary_search_by(|&place| order(&entry(place).0)).ok()?;
        Some(&entry(self.sorted[found]).1)
    }
}

fn usize_of(place: u32) -> usize {
    usize::try_from(place).expect("a place in a vector fits usize")
}

// === impl Key ===

impl<'v> Key<'v> {
    /// What a value means as a key, if it can be one or find one.
    fn of(value: &'v Value) -> Option<Self> {
        match value {
            Value::Bool(key) => Some(Self::Bool(*key)),
            Value::Int(key) => Some(Self::Integer(i128::from(*key))),
            Value::Uint(key) => Some(Self::Integer(i128::from(*key))),
            Value::Double(key) => whole(*key).map(Self::Integer),
            Value::String(key) => Some(Self::Text(key)),
            _ => None,
        }
    }
}

/// The integer that a double is, if it is one.
#[expect(clippy::cast_possible_truncation, reason = "128 bits hold what is below 2^64 in size")]
fn whole(number: f64) -> Option<i128> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    (number.abs() < LIMIT && number.fract() == 0.0).then_some(number as i128)
}
