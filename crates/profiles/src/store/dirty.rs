//! Which ids the next checkpoint has to write.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Mutex;

use model::CustomerId;

/// The ids that are newer in memory than on disk.
#[derive(Debug, Default)]
pub(super) struct Dirty(Mutex<Marks>);

#[derive(Debug, Default)]
struct Marks {
    ids: HashSet<CustomerId, ahash::RandomState>,
    /// Whom an id has absorbed since it was last written: their rows go with its own.
    absorbed: HashMap<CustomerId, Vec<CustomerId>, ahash::RandomState>,
}

// === impl Dirty ===

impl Dirty {
    /// Marks an id.
    pub(super) fn mark(&self, id: CustomerId) {
        super::lock(&self.0).ids.insert(id);
    }

    /// Marks many ids at once.
    pub(super) fn mark_all(&self, ids: impl IntoIterator<Item = CustomerId>) {
        super::lock(&self.0).ids.extend(ids);
    }

    /// Takes all marked ids.
    pub(super) fn take(&self) -> Vec<CustomerId> {
        mem::take(&mut super::lock(&self.0).ids).into_iter().collect()
    }

    /// Notes that `stays` has absorbed an id.
    pub(super) fn note_absorbed(&self, stays: CustomerId, absorbed: CustomerId) {
        super::lock(&self.0).absorbed.entry(stays).or_default().push(absorbed);
    }

    /// Takes whom an id has absorbed.
    pub(super) fn take_absorbed(&self, stays: CustomerId) -> Vec<CustomerId> {
        super::lock(&self.0).absorbed.remove(&stays).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        super::lock(&self.0).ids.len()
    }
}
