use std::sync::Arc;

use model::{CustomerId, Profile, TenantKey, Timestamp, View};

use super::Cases;
use crate::limits::{CANARY_CASE_EVERY, CANARY_CASES_MAX};

/// Offers page views at the milliseconds up to `until`; the milliseconds of those that are there then.
fn kept(cases: &Cases, until: u64) -> Vec<i64> {
    let tenant = TenantKey::parse("demo").expect("valid");
    let profile = Profile::new(tenant, CustomerId::from_u128(1), Timestamp::from_ms(0));
    let (profile, view) = (Arc::new(profile), Arc::new(View::default()));
    for ms in 0..until {
        cases.offer(&profile, &view, Timestamp::from_ms(i64::try_from(ms).expect("small")));
    }
    let mut kept: Vec<i64> = cases.all().iter().map(|case| case.now.ms()).collect();
    kept.sort_unstable();
    kept
}

#[test]
fn the_first_page_view_is_kept_and_then_one_of_so_many() {
    assert!(kept(&Cases::default(), 0).is_empty());
    assert_eq!(kept(&Cases::default(), CANARY_CASE_EVERY), [0]);
    let every = i64::try_from(CANARY_CASE_EVERY).expect("small");
    assert_eq!(kept(&Cases::default(), CANARY_CASE_EVERY + 1), [0, every]);
}

#[test]
fn of_many_the_latest_are_kept() {
    let places = u64::try_from(CANARY_CASES_MAX).expect("small");
    let kept = kept(&Cases::default(), CANARY_CASE_EVERY * places * 2);
    assert_eq!(kept.len(), CANARY_CASES_MAX);
    let first = i64::try_from(CANARY_CASE_EVERY * places).expect("small");
    assert_eq!(kept[0], first);
}
