use std::sync::Arc;

use model::{Action, CustomerId, Order, Profile, TraitValue};
use proptest::prelude::*;

use super::{Flaw, Row, decode, encode, is_profile};
use crate::testing::{
    added, at_min, cancelled, empty, eur, event, exposure, id, identified, measured, order,
    product, refunded,
};
use crate::{fold, fold_exposures};

fn full_profile() -> Profile {
    let mut profile = empty("u-1");
    let traits = [
        ("email", TraitValue::Text("ä@example.com".into())),
        ("age", TraitValue::Number(-0.5)),
        ("vip", TraitValue::Flag(true)),
        ("gone", TraitValue::Absent),
    ];
    let named = event("u-1", at_min(1), identified(&traits));
    let update = model::ConsentUpdate { category: "ads".into(), granted: true };
    fold(&mut profile, &model::Event { consent: [update].into(), ..named });
    let exposed = exposure("cart-rescue", "treated", true, 90);
    let before = model::Money::from_minor(-7, eur());
    let exposed = model::Exposure { revenue_before: [before].into(), ..exposed };
    fold_exposures(&mut profile, at_min(2), 1, &[exposed]);
    let products = [product("p-1", 1, 999), product("p-2", 1, 1_000)].into();
    let bought = Action::OrderCompleted(Order { products, ..order("o-1", 1_999) });
    fold(&mut profile, &event("u-1", at_min(3), bought));
    fold(&mut profile, &event("u-1", at_min(4), refunded("o-1", Some(99))));
    fold(&mut profile, &event("u-1", at_min(4), cancelled("unknown")));
    fold(&mut profile, &event("u-1", at_min(5), added("p", 2, 500)));
    fold(&mut profile, &event("u-1", at_min(6), Action::CheckoutStarted));
    fold(&mut profile, &measured("u-1", at_min(7), "points", -1_500));
    profile.applied_lsn = u64::MAX;
    profile
}

fn bytes_of(id: CustomerId, row: &Row) -> Vec<u8> {
    let mut bytes = vec![9; 100];
    encode(id, row, &mut bytes).expect("it fits");
    bytes
}

#[test]
fn a_profile_reads_back_as_it_was_written() {
    let profile = full_profile();
    let row = Row::Profile(Arc::new(profile.clone()));
    let bytes = bytes_of(profile.id, &row);
    assert_eq!(decode(profile.id, &bytes), Ok(row));
    assert!(is_profile(&bytes));
    assert!(bytes.len() < 512, "{} bytes", bytes.len());
}

#[test]
fn a_move_reads_back_and_only_leads_to_a_smaller_id() {
    let (small, large) = (CustomerId::from_u128(7), CustomerId::from_u128(u128::MAX));
    let bytes = bytes_of(large, &Row::Moved(small));
    assert_eq!(decode(large, &bytes), Ok(Row::Moved(small)));
    assert!(!is_profile(&bytes));
    assert_eq!(decode(id("u-1"), &bytes), Err(Flaw::Checksum), "it is another customer's row");
    let bytes = bytes_of(small, &Row::Moved(large));
    assert_eq!(decode(small, &bytes), Err(Flaw::Value("a move to a larger id")));
}

#[test]
fn a_cut_or_changed_row_is_refused_at_every_byte() {
    let bytes = bytes_of(id("u-1"), &Row::Profile(Arc::new(full_profile())));
    for place in 0..bytes.len() {
        assert!(decode(id("u-1"), &bytes[..place]).is_err(), "cut at {place}");
        let mut changed = bytes.clone();
        changed[place] ^= 0x40;
        assert_eq!(decode(id("u-1"), &changed), Err(Flaw::Checksum), "changed at {place}");
    }
}

#[test]
fn a_row_of_another_version_is_named() {
    for version in [1, 2, 3, 4, 5, 6, 7, 9] {
        let mut bytes = vec![version, 0, 0];
        let hash = super::hash(id("u-1"), &bytes);
        bytes.extend_from_slice(&hash.to_le_bytes());
        assert_eq!(decode(id("u-1"), &bytes), Err(Flaw::Version(version)));
    }
}

#[test]
fn a_row_with_something_behind_its_record_is_refused() {
    let large = CustomerId::from_u128(9);
    let mut bytes = bytes_of(large, &Row::Moved(CustomerId::from_u128(1)));
    bytes.truncate(bytes.len() - 8);
    bytes.push(0);
    let hash = super::hash(large, &bytes);
    bytes.extend_from_slice(&hash.to_le_bytes());
    assert_eq!(decode(large, &bytes), Err(Flaw::Record));
}

proptest! {
    #[test]
    fn arbitrary_bytes_with_a_right_checksum_never_panic(
        record in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = vec![super::VERSION, 0];
        bytes.extend_from_slice(&record);
        let id = CustomerId::from_u128(u128::MAX);
        let hash = super::hash(id, &bytes);
        bytes.extend_from_slice(&hash.to_le_bytes());
        prop_assert_ne!(decode(id, &bytes), Err(Flaw::Checksum));
    }
}
