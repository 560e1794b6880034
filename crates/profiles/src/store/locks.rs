//! The locks of customers.
//!
//! A fixed number of mutexes stands for any number of customers. An id is a hash, so its low bits
//! spread customers evenly.

use std::sync::{Mutex, MutexGuard};

use model::CustomerId;

use crate::limits::CUSTOMER_LOCKS;

/// All locks.
#[derive(Debug)]
pub(super) struct Locks(Box<[Mutex<()>]>);

/// The locks of two customers, which may be one and the same.
#[derive(Debug)]
pub(super) struct Both<'a> {
    _first: MutexGuard<'a, ()>,
    _second: Option<MutexGuard<'a, ()>>,
}

// === impl Locks ===

impl Locks {
    pub(super) fn new() -> Self {
        Self((0..CUSTOMER_LOCKS).map(|_| Mutex::new(())).collect())
    }

    /// Locks a customer.
    pub(super) fn lock(&self, id: CustomerId) -> MutexGuard<'_, ()> {
        super::lock(&self.0[place(id)])
    }

    /// Locks two customers, in the order of the locks, so that no two merges wait for each other.
    pub(super) fn lock_both(&self, a: CustomerId, b: CustomerId) -> Both<'_> {
        let (a, b) = (place(a), place(b));
        let first = super::lock(&self.0[a.min(b)]);
        let second = (a != b).then(|| super::lock(&self.0[a.max(b)]));
        Both { _first: first, _second: second }
    }
}

fn place(id: CustomerId) -> usize {
    let locks = u128::try_from(CUSTOMER_LOCKS).expect("a small number");
    usize::try_from(id.to_u128() % locks).expect("below the number of locks")
}
