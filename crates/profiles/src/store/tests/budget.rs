//! The byte budget.

use std::path::Path;

use model::TraitValue;

use super::script::{Dice, Journal, everybody, happen};
use super::{add, adds, durable, open, read};
use crate::store::slot::Slot;
use crate::testing::{added, at_min, completed, event, exposure, id, identified, tenant};
use crate::window::EventKey;
use crate::{Config, Known, Store, fold, fold_exposures};

fn tight(dir: &Path, hot_bytes_max: usize) -> Store {
    Store::open(dir, Config { hot_bytes_max, ..Config::default() }).expect("opens").0
}

#[test]
fn a_tiny_budget_changes_nothing_but_where_profiles_are() {
    for seed in 0..4 {
        let dirs = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
        let (small, large) = (tight(dirs[0].path(), 8_000), open(dirs[1].path()));
        let (mut dice, mut same) = (Dice(seed), Dice(seed));
        let journals = [Journal::default(), Journal::default()];
        for number in 0..2_000 {
            happen(&small, &journals[0], &mut dice, number);
            happen(&large, &journals[1], &mut same, number);
            if number % 50 == 0 {
                small.checkpoint(journals[0].appended(), &durable).expect("written");
                small.evict();
                assert!(!small.evict().over_budget, "two rounds are enough when all is clean");
            }
        }
        assert!(small.stats().evictions > 500 && small.stats().loads > 500);
        assert_eq!(everybody(&small), everybody(&large));
    }
}

#[test]
fn thousands_of_customers_pass_through_a_budget_of_a_hundred() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = tight(dir.path(), 100 * 700);
    let mut lsn = 0;
    for round in 0..3 {
        for number in 0..3_000 {
            lsn += 1;
            let known = add(&store, &format!("a-{number}"), lsn);
            assert_eq!(known, if round == 0 { Known::New } else { Known::Old });
            if lsn % 500 == 0 {
                store.checkpoint(lsn, &durable).expect("written");
                store.evict();
                assert!(store.stats().hot_bytes <= 100 * 700);
            }
        }
    }
    let total: u32 = (0..3_000).map(|number| adds(&read(&store, &format!("a-{number}")))).sum();
    assert_eq!(total, 9_000);
    assert_eq!(store.stats().profiles_on_disk, 3_000);
}

#[test]
fn a_dirty_profile_is_not_evicted_and_a_checkpoint_is_asked_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = tight(dir.path(), 0);
    for lsn in 1..=10 {
        add(&store, &format!("a-{lsn}"), lsn);
    }
    let stats = store.evict();
    assert_eq!((stats.evicted, stats.over_budget), (0, true));
    store.checkpoint(10, &durable).expect("written");
    let stats = store.evict();
    assert_eq!((stats.evicted, stats.over_budget, stats.hot_bytes), (10, false, 0));
    assert_eq!(store.stats().hot, 0);
}

#[test]
fn who_was_used_lately_gets_a_second_chance() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = tight(dir.path(), 0);
    for lsn in 1..=20 {
        add(&store, &format!("a-{lsn}"), lsn);
    }
    store.checkpoint(20, &durable).expect("written");
    let each = store.stats().hot_bytes / 20;
    drop(store);
    let store = tight(dir.path(), each * 10 + each / 2);
    for number in 1..=10 {
        read(&store, &format!("a-{number}"));
    }
    // Room for ten: the eleventh makes the hand go round and take all chances.
    read(&store, "a-11");
    assert_eq!(store.evict().evicted, 1);
    assert!(!store.is_hot(id("a-1")), "the first in the ring goes when all were used");
    read(&store, "a-2");
    read(&store, "a-12");
    assert_eq!(store.evict().evicted, 1);
    assert!(store.is_hot(id("a-2")) && !store.is_hot(id("a-3")));
}

#[test]
fn the_sum_of_hot_bytes_is_that_of_the_slots() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = tight(dir.path(), 20_000);
    let (journal, mut dice) = (Journal::default(), Dice(5));
    for number in 0..1_000 {
        happen(&store, &journal, &mut dice, number);
        if number % 100 == 0 {
            store.checkpoint(journal.appended(), &durable).expect("written");
            store.evict();
        }
    }
    let sum: usize = store.hot.iter().map(|slot| wide(slot.bytes)).sum();
    assert_eq!(store.stats().hot_bytes, sum);
}

#[test]
fn the_store_tells_how_many_events_its_window_forgot_early() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = Config { window_keys_max: 64 * 4, ..Config::default() };
    let store = Store::open(dir.path(), config).expect("opens").0;
    for number in 0..1_000 {
        let keys = [EventKey::message(&tenant(), &format!("m-{number}"))];
        store.window().admit::<_, ()>(&keys, at_min(1), || Ok(())).expect("new");
    }
    let stats = store.stats();
    let held = u64::try_from(stats.window_keys).expect("small");
    assert!(held <= 256);
    assert_eq!(held + stats.window_forgotten_early, 1_000);
}

#[test]
fn what_grows_is_weighed_at_once_and_a_longer_text_by_the_next_checkpoint() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let fold_in = |lsn, action| {
        let event = event("u-1", at_min(1), action);
        let updated = store.update::<(), ()>(&tenant(), id("u-1"), at_min(1), |profile, _| {
            fold(profile, &event);
            Ok(((), lsn))
        });
        updated.expect("folded");
        store.stats().hot_bytes
    };
    let named = |text: &str| identified(&[("city", TraitValue::Text(text.into()))]);
    let exact = || -> usize {
        let slots = store.hot.iter();
        slots.map(|slot| Slot::clean(slot.content.clone())).map(|slot| wide(slot.bytes)).sum()
    };
    let first = fold_in(1, named("Ulm"));
    assert_eq!(first, exact());
    let with_cart = fold_in(2, added("p", 1, 100));
    assert!(with_cart > first);
    assert_eq!(with_cart, exact());
    assert_eq!(fold_in(3, named(&"Ulm".repeat(30))), with_cart, "nothing was visited");
    assert!(exact() > with_cart);
    store.checkpoint(3, &durable).expect("written");
    assert_eq!(store.stats().hot_bytes, exact());
}

fn wide(bytes: u32) -> usize {
    usize::try_from(bytes).expect("small")
}

#[test]
fn a_typical_customer_takes_at_most_a_kibibyte() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let browser = "01890a5d-ac96-774b-bcce-b302099a8057";
    let updated = store.update::<(), ()>(&tenant(), id(browser), at_min(0), |profile, _| {
        for minute in 0..5 {
            let view = model::Action::Viewed(model::PageView { path: "/shoes".into() });
            fold(profile, &event(browser, at_min(minute), view));
        }
        for product in ["44600062", "3900821"] {
            fold(profile, &event(browser, at_min(5), added(product, 1, 3_580)));
        }
        fold_exposures(profile, at_min(6), 1, &[exposure("cart-rescue", "treated", true, 9_999)]);
        Ok(((), 1))
    });
    updated.expect("folded");
    let typical = store.stats().hot_bytes;
    assert!(typical <= 1_024, "{typical} bytes");
    let bought = event(browser, at_min(7), completed("o-1", 7_160));
    let updated = store.update::<(), ()>(&tenant(), id(browser), at_min(7), |profile, _| {
        fold(profile, &bought);
        Ok(((), 2))
    });
    updated.expect("folded");
    assert!(store.stats().hot_bytes <= 1_024, "{} bytes with an order", store.stats().hot_bytes);
}
