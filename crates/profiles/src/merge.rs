//! How two profiles become one.

use model::{Change, Profile};

/// The join of two profiles; the smaller id stays.
pub fn merge(a: &Profile, b: &Profile) -> Profile {
    if a.id <= b.id { a.clone() } else { b.clone() }
}

/// What merging `a` and `b` into `merged` changes.
pub fn merge_change(a: &Profile, b: &Profile, merged: &Profile) -> Change {
    let _ = (a, b, merged);
    Change { customers: -1, ..Change::default() }
}
