//! A few entries, and room for just as many: what profiles are made of.
//!
//! Millions of profiles are kept hot, and their collections hold a handful of entries each. A [`Vec`] grows by
//! doubling and carries a capacity of its own, which would make a profile half as large again. [`Tight`] is a
//! boxed slice that can be changed like a vector; every change of its length moves it to a block of the right
//! size, which for a handful of entries is what growing a vector costs too.

use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};

/// A vector without spare room.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tight<T>(Box<[T]>);

// === impl Tight ===

impl<T> Tight<T> {
    /// No entries; takes no memory beside itself.
    pub fn new() -> Self {
        Self(Box::default())
    }

    /// Puts an entry in front of the one at `place`. Panics, as a vector does, where there is no such place.
    pub fn insert(&mut self, place: usize, entry: T) {
        self.change(|entries| {
            entries.reserve_exact(1);
            entries.insert(place, entry);
        });
    }

    /// Puts an entry at the end.
    pub fn push(&mut self, entry: T) {
        self.insert(self.len(), entry);
    }

    /// Takes out the entry at `place`. Panics, as a vector does, where there is none.
    pub fn remove(&mut self, place: usize) -> T {
        self.change(|entries| entries.remove(place))
    }

    /// Takes out the last entry.
    pub fn pop(&mut self) -> Option<T> {
        self.change(Vec::pop)
    }

    /// Takes out the entries that are not to be kept.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.change(|entries| entries.retain(keep));
    }

    /// Takes out the entries from `length` on.
    pub fn truncate(&mut self, length: usize) {
        if length < self.len() {
            self.change(|entries| entries.truncate(length));
        }
    }

    /// Takes out all entries.
    pub fn clear(&mut self) {
        self.0 = Box::default();
    }

    fn change<R>(&mut self, change: impl FnOnce(&mut Vec<T>) -> R) -> R {
        let mut entries = mem::take(&mut self.0).into_vec();
        let result = change(&mut entries);
        self.0 = entries.into_boxed_slice();
        result
    }
}

impl<T> Default for Tight<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Tight<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for Tight<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Tight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> From<Vec<T>> for Tight<T> {
    fn from(entries: Vec<T>) -> Self {
        Self(entries.into_boxed_slice())
    }
}

impl<T> FromIterator<T> for Tight<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<T> Extend<T> for Tight<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, more: I) {
        self.change(|entries| entries.extend(more));
    }
}

impl<T> IntoIterator for Tight<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_vec().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Tight<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Tight<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Tight;

    proptest! {
        #[test]
        fn it_holds_what_a_vector_would(steps in prop::collection::vec((0..5_u8, any::<u8>()), 0..40)) {
            let (mut tight, mut vector) = (Tight::new(), Vec::new());
            for (step, number) in steps {
                let place = usize::from(number) % (vector.len() + 1);
                match step {
                    0 => {
                        tight.push(number);
                        vector.push(number);
                    }
                    1 => {
                        tight.insert(place, number);
                        vector.insert(place, number);
                    }
                    2 if place < vector.len() => {
                        prop_assert_eq!(tight.remove(place), vector.remove(place));
                    }
                    3 => prop_assert_eq!(tight.pop(), vector.pop()),
                    4 if number < 64 => {
                        tight.truncate(place);
                        vector.truncate(place);
                    }
                    _ => {
                        tight.retain(|kept| kept % 7 != 3);
                        vector.retain(|kept| kept % 7 != 3);
                    }
                }
                prop_assert_eq!(&*tight, &*vector);
            }
            prop_assert_eq!(Tight::from(vector), tight);
        }
    }
}
