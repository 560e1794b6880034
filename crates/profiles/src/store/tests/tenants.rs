//! One tenant's records never reach another's profiles, even if their ids were one.

use std::fmt::Debug;

use model::{Profile, TenantKey};

use super::{Store, add, durable, merge, open, read};
use crate::error::{StoreError, UpdateError};
use crate::testing::{added, at_min, event, exposure, id, tenant};

fn other() -> TenantKey {
    TenantKey::parse("other").expect("valid")
}

/// Does something for another tenant with the id of a customer, which must be refused without a trace.
fn refused<R: Debug>(store: &Store, act: impl FnOnce() -> Result<R, StoreError>) {
    let before: Profile = (*read(store, "a-1")).clone();
    let error = act().expect_err("another tenant's");
    let StoreError::ForeignTenant { customer, owner, tenant: asked } = error else {
        panic!("{error}");
    };
    assert_eq!((customer, owner, asked), (id("a-1"), tenant(), other()));
    assert_eq!(*read(store, "a-1"), before);
    assert_eq!(store.resolve(id("a-1")).expect("read"), id("a-1"));
    assert_eq!(store.stats().dirty, 0);
}

fn known() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    add(&store, "a-1", 1);
    store.checkpoint(1, &durable).expect("written");
    (dir, store)
}

fn of_the_store<R: Debug>(result: Result<R, UpdateError<()>>) -> Result<R, StoreError> {
    result.map_err(|error| match error {
        UpdateError::Store(error) => error,
        UpdateError::Caller(()) => panic!("the caller never fails"),
    })
}

#[test]
fn an_update_for_another_tenant_is_refused_before_it_is_appended() {
    let (_dir, store) = known();
    refused(&store, || {
        of_the_store(
            store.update::<(), ()>(&other(), id("a-1"), at_min(1), |_, _| panic!("must not run")),
        )
    });
}

#[test]
fn an_update_for_another_tenant_is_refused_under_an_id_that_was_merged_away_too() {
    let (_dir, store) = known();
    merge(&store, "a-1", "a-2", 2).expect("they were two");
    for name in ["a-1", "a-2"] {
        let update =
            store.update::<(), ()>(&other(), id(name), at_min(1), |_, _| panic!("must not run"));
        let error = of_the_store(update).expect_err("another tenant's");
        assert!(matches!(error, StoreError::ForeignTenant { .. }), "{error}");
    }
}

#[test]
fn a_merge_for_another_tenant_is_refused_before_it_is_appended() {
    let (_dir, store) = known();
    for [a, b] in [["a-1", "u-1"], ["u-1", "a-1"], ["a-1", "a-2"]] {
        refused(&store, || {
            of_the_store(store.merge::<(), ()>(&other(), id(a), id(b), at_min(1), |_, _, _| {
                panic!("must not run")
            }))
        });
    }
}

#[test]
fn a_customer_is_not_merged_with_one_of_another_tenant() {
    let (_dir, store) = known();
    let made = store.update::<_, ()>(&other(), id("u-1"), at_min(1), |_, _| Ok(((), 2)));
    made.expect("a new customer");
    store.checkpoint(2, &durable).expect("written");
    refused(&store, || {
        of_the_store(store.merge::<(), ()>(&other(), id("a-1"), id("u-1"), at_min(1), |_, _, _| {
            panic!("must not run")
        }))
    });
}

#[test]
fn replay_for_another_tenant_is_refused() {
    let (_dir, store) = known();
    let (event, shown) =
        (event("a-1", at_min(2), added("p", 1, 100)), exposure("c", "treated", true, 9));
    refused(&store, || store.replay_event(2, &other(), id("a-1"), &event));
    refused(&store, || store.replay_merged(2, &other(), id("u-1"), id("a-1"), at_min(2)));
    refused(&store, || store.replay_exposed(2, &other(), id("a-1"), at_min(2), 1, &[shown]));
}
