//! Which ids the next checkpoint has to write.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Mutex;

use model::CustomerId;

use crate::limits::DIRTY_ROOM_MAX;

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

    /// Takes all marked ids. The next ones find room for as many, so that marking them does not stop
    /// everybody for a table to grow.
    pub(super) fn take(&self) -> Vec<CustomerId> {
        // Made, and the old one emptied, while nobody waits for the lock.
        let room = self.len().min(DIRTY_ROOM_MAX);
        let roomy = HashSet::with_capacity_and_hasher(room, ahash::RandomState::new());
        let taken = mem::replace(&mut super::lock(&self.0).ids, roomy);
        taken.into_iter().collect()
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

#[cfg(test)]
mod tests {
    use model::{Alias, CustomerId, TenantKey};

    use super::Dirty;
    use crate::limits::DIRTY_ROOM_MAX;

    fn ids(count: usize) -> impl Iterator<Item = CustomerId> {
        let tenant = TenantKey::parse("demo").expect("valid");
        (0..count).map(move |number| CustomerId::of(&tenant, &Alias::user(&number.to_string())))
    }

    fn room(dirty: &Dirty) -> usize {
        super::super::lock(&dirty.0).ids.capacity()
    }

    #[test]
    fn after_a_checkpoint_there_is_room_for_as_many_changes_again() {
        let dirty = Dirty::default();
        dirty.mark_all(ids(10_000));
        let mut taken = dirty.take();
        let mut expected: Vec<_> = ids(10_000).collect();
        taken.sort_unstable();
        expected.sort_unstable();
        assert_eq!(taken, expected);
        assert_eq!(dirty.len(), 0);
        assert!(room(&dirty) >= 10_000);
        assert!(dirty.take().is_empty());
        assert_eq!(room(&dirty), 0, "a quiet time gives the room back");
    }

    #[test]
    fn the_room_that_is_kept_for_changes_is_bounded() {
        let dirty = Dirty::default();
        dirty.mark_all(ids(DIRTY_ROOM_MAX * 2));
        dirty.take();
        assert!((DIRTY_ROOM_MAX..DIRTY_ROOM_MAX * 2).contains(&room(&dirty)));
    }
}
