use std::cell::Cell;

use model::{TenantKey, Timestamp};

use super::{Admission, EventKey, HourKeys, Window};
use crate::limits::WINDOW_HOURS;
use crate::testing::tenant;

/// Computed once; keys are on disk.
const GOLDEN_M: u64 = 17_697_768_004_735_923_223;
const GOLDEN_O: u64 = 15_253_352_248_704_517_171;

const HOUR_MS: i64 = 3_600_000;

fn at_hour(hour: i64) -> Timestamp {
    Timestamp::from_ms(hour * HOUR_MS)
}

fn admit(window: &Window, message: &str, at: Timestamp) -> bool {
    let keys = [EventKey::message(&tenant(), message)];
    let admitted = window.admit::<_, ()>(&keys, at, || Ok(()));
    matches!(admitted, Ok(Admission::New(())))
}

#[test]
fn the_key_of_an_event_never_changes_between_versions() {
    assert_eq!(EventKey::message(&tenant(), "m-1"), EventKey(GOLDEN_M));
    assert_eq!(EventKey::order(&tenant(), "o-1"), EventKey(GOLDEN_O));
}

#[test]
fn tenants_messages_and_orders_of_one_name_are_different_events() {
    let other = TenantKey::parse("other").expect("valid");
    let keys = [
        EventKey::message(&tenant(), "1"),
        EventKey::order(&tenant(), "1"),
        EventKey::message(&other, "1"),
        EventKey::order(&other, "1"),
    ];
    assert!((1..4).all(|end| !keys[..end].contains(&keys[end])));
}

#[test]
fn an_event_counts_once_within_a_day() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    assert!(admit(&window, "m", at_hour(100)));
    assert!(!admit(&window, "m", at_hour(100)));
    assert!(!admit(&window, "m", Timestamp::from_ms(124 * HOUR_MS + HOUR_MS - 1)));
    assert!(admit(&window, "m", at_hour(125)), "a day and up to an hour later it is forgotten");
    assert_eq!(window.len(), 1, "and takes no room");
}

/// Else a clock that is wrong for a while would have a show redeemed twice.
#[test]
fn what_came_within_the_hours_is_known_though_the_clock_leaps_ahead_and_back() {
    let window = Window::new(1 << 20, 48);
    assert!(admit(&window, "m", at_hour(100)));
    assert!(admit(&window, "other", at_hour(148)));
    assert!(!admit(&window, "m", at_hour(101)));
    assert!(!admit(&window, "m", at_hour(148)));
    assert!(admit(&window, "m", at_hour(149)));
}

#[test]
fn an_event_with_one_known_name_is_a_duplicate_and_leaves_nothing() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    let [first, second, order] = [
        EventKey::message(&tenant(), "m-1"),
        EventKey::message(&tenant(), "m-2"),
        EventKey::order(&tenant(), "o-1"),
    ];
    let admit = |keys: &[EventKey]| window.admit::<_, ()>(keys, at_hour(1), || Ok(7));
    assert_eq!(admit(&[first, order]), Ok(Admission::New(7)));
    assert_eq!(admit(&[second, order]), Ok(Admission::Duplicate));
    assert_eq!(admit(&[second]), Ok(Admission::New(7)), "a duplicate teaches nothing");
}

#[test]
fn an_event_is_known_by_each_of_its_names_whatever_shards_they_are_in() {
    // Shards 1, 1, 2 and 3, in every order, and up to three names.
    let names = [1, 64 + 1, 2, 3].map(EventKey);
    for first in names {
        for second in names {
            for third in names {
                for count in 1..=3 {
                    let keys = &[first, second, third][..count];
                    let window = Window::new(1 << 20, WINDOW_HOURS);
                    let admit = |keys: &[EventKey]| {
                        window.admit::<_, ()>(keys, at_hour(1), || Ok(())).expect("admitted")
                    };
                    assert_eq!(admit(keys), Admission::New(()));
                    for key in keys {
                        assert_eq!(admit(&[*key]), Admission::Duplicate);
                        assert_eq!(admit(&[EventKey(7), *key]), Admission::Duplicate);
                    }
                    assert_eq!(admit(&[EventKey(7)]), Admission::New(()));
                }
            }
        }
    }
}

#[test]
fn an_event_without_a_name_is_always_new() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    for number in 0..2 {
        let admitted = window.admit::<_, &str>(&[], at_hour(1), || Ok(number));
        assert_eq!(admitted, Ok(Admission::New(number)));
    }
    assert_eq!(window.admit::<(), &str>(&[], at_hour(1), || Err("full")), Err("full"));
    assert!(window.is_empty());
}

#[test]
fn threads_that_lock_two_shards_each_do_not_wait_for_each_other_forever() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let window = &window;
            scope.spawn(move || {
                for number in 0..2_000 {
                    let fresh = (thread * 2_000 + number + 1) << 6;
                    let mut keys = [EventKey(fresh + 5), EventKey(fresh + 9)];
                    if thread % 2 == 0 {
                        keys.reverse();
                    }
                    let admitted = window.admit::<_, ()>(&keys, at_hour(1), || Ok(()));
                    assert_eq!(admitted, Ok(Admission::New(())));
                }
            });
        }
    });
    assert_eq!(window.len(), 16_000);
}

#[test]
fn an_event_that_could_not_be_appended_is_not_remembered() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    let keys = [EventKey::message(&tenant(), "m")];
    let runs = Cell::new(0);
    let refused = window.admit::<(), &str>(&keys, at_hour(1), || {
        runs.set(runs.get() + 1);
        Err("full")
    });
    assert_eq!((refused, runs.get()), (Err("full"), 1));
    assert!(window.is_empty());
    assert!(admit(&window, "m", at_hour(1)));
}

#[test]
fn a_full_window_forgets_the_oldest_hour_and_says_so() {
    let window = Window::new(64 * 10, WINDOW_HOURS);
    for number in 0..320 {
        assert!(admit(&window, &format!("old-{number}"), at_hour(1)));
    }
    assert_eq!(window.forgotten_early(), 0);
    for number in 0..640 {
        assert!(admit(&window, &format!("new-{number}"), at_hour(2)));
    }
    assert!(window.len() <= 640);
    assert!(window.forgotten_early() >= 320);
    let held: usize = window.take_fresh().iter().map(|hour| hour.keys.len()).sum();
    assert_eq!(held, window.len(), "what is forgotten is not written either");
}

#[test]
fn a_window_filled_within_one_hour_still_knows_its_latest_events() {
    // 64 shards of 32 keys, each in four shares of 8.
    let window = Window::new(64 * 32, WINDOW_HOURS);
    let name = |number: u64| format!("m-{number}");
    let mut forgotten_before = 0;
    for number in 0..20_000_u64 {
        assert!(admit(&window, &name(number), at_hour(1)), "{number} is new");
        assert!(window.forgotten_early() - forgotten_before <= 8, "a share at a time");
        forgotten_before = window.forgotten_early();
    }
    let held = u64::try_from(window.len()).expect("small");
    assert!(held <= 64 * 32, "the cap is kept");
    assert_eq!(held + forgotten_before, 20_000, "every key is held or counted");
    // The latest 24 of a shard are held; of 64 shards none has more than that of the latest 512.
    for number in 19_488..20_000 {
        assert!(!admit(&window, &name(number), at_hour(1)), "{number} is known");
    }
    assert!(admit(&window, &name(0), at_hour(1)), "the first is forgotten");
    let fresh: usize = window.take_fresh().iter().map(|hour| hour.keys.len()).sum();
    assert_eq!(fresh, window.len(), "what is forgotten is not written either");
}

#[test]
fn the_smallest_window_still_knows_the_latest_event() {
    let window = Window::new(0, WINDOW_HOURS);
    for number in 0..5_000 {
        assert!(admit(&window, &format!("m-{number}"), at_hour(1)));
        assert!(!admit(&window, &format!("m-{number}"), at_hour(1)), "{number} is known");
    }
}

#[test]
fn a_late_hour_of_a_full_window_is_remembered() {
    let window = Window::new(64 * 8, WINDOW_HOURS);
    for number in 0..5_000 {
        assert!(admit(&window, &format!("m-{number}"), at_hour(10)));
    }
    for number in 0..100 {
        assert!(admit(&window, &format!("late-{number}"), at_hour(9)));
        assert!(!admit(&window, &format!("late-{number}"), at_hour(9)), "{number} is known");
    }
}

#[test]
fn a_clock_set_back_does_not_make_an_event_new() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    assert!(admit(&window, "m", at_hour(1_000)));
    assert!(!admit(&window, "m", at_hour(10)));
    assert!(admit(&window, "n", at_hour(10)));
    assert!(!admit(&window, "n", at_hour(1_000)), "it is kept for as long as the oldest hour");
}

#[test]
fn two_threads_that_send_one_event_get_one_admission() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    let admitted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    (0..500).filter(|n| admit(&window, &n.to_string(), at_hour(1))).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(admitted, 500);
}

#[test]
fn fresh_keys_are_taken_once_and_can_be_put_back() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    admit(&window, "a", at_hour(1));
    admit(&window, "b", at_hour(2));
    let taken = window.take_fresh();
    assert_eq!(taken.iter().map(|hour| hour.keys.len()).sum::<usize>(), 2);
    assert!(window.take_fresh().is_empty());
    window.put_back(&taken);
    assert_eq!(window.take_fresh().len(), 2);
}

#[test]
fn a_restored_window_knows_what_it_knew() {
    let window = Window::new(1 << 20, WINDOW_HOURS);
    admit(&window, "a", at_hour(5));
    let restored = Window::new(1 << 20, WINDOW_HOURS);
    for hour in window.take_fresh() {
        restored.restore(&hour);
    }
    restored.restore(&HourKeys { hour: 3, keys: vec![1, 2, 3] });
    assert_eq!(restored.len(), 4);
    assert!(!admit(&restored, "a", at_hour(6)));
    assert!(restored.take_fresh().is_empty(), "the checkpoint has it already");
}
