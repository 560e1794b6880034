use std::sync::Arc;

use model::{Action, CustomerId, Order, Profile, Recent, RecentKey, TraitValue};
use proptest::prelude::*;

use super::{Flaw, Row, decode, encode, is_profile};
use crate::testing::{
    added, at_min, empty, event, exposure, id, identified, order, product, refunded,
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
    fold_exposures(&mut profile, at_min(2), &[exposure("cart-rescue", "treated", true, 90)]);
    let products = [product("p-1", 1, 999), product("p-2", 1, 1_000)].into();
    let bought = Action::OrderCompleted(Order { products, ..order("o-1", 1_999) });
    fold(&mut profile, &event("u-1", at_min(3), bought));
    fold(&mut profile, &event("u-1", at_min(4), refunded("o-1", Some(99))));
    fold(&mut profile, &event("u-1", at_min(5), added("p", 2, 500)));
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
    assert!(bytes.len() < 400, "{} bytes", bytes.len());
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
    let mut bytes = vec![1, 0, 0];
    let hash = super::hash(id("u-1"), &bytes);
    bytes.extend_from_slice(&hash.to_le_bytes());
    assert_eq!(decode(id("u-1"), &bytes), Err(Flaw::Version(1)));
}

/// What version 2 wrote of [`full_profile`], and of a signpost from the largest id to 7.
const ROW_OF_VERSION_2: &str = "\
    02000464656d6ffdffffffffffffffff010103752d31fcc0270900fcc0d40100fcc027090001fcc0d4010001\
    fcc027090001fc407e050001fc407e0500040361676501000000000000e0bffcc0d4010005656d61696c000e\
    c3a4406578616d706c652e636f6dfcc0d4010004676f6e6503fcc0d40100037669700201fcc0d40100010361\
    647301fcc0d401000101700201fbe803455552fcc027090001fcc027090001fc407e050001fdd7dfdac00ca0\
    14b5fc407e050001fb9e0f455552c600fe6c740fc618fbda8792f8bbe362295900010b636172742d72657363\
    7565010b636172742d7265736375650774726561746564fc80a90300fc80a90300fc80cba40001fe6c740fc6\
    18fbda8792f8bbe36229590001000001000100000001455552fb9e0fc600010b636172742d72657363756501\
    00000000010001455552fb9e0fc6001e6dcf37a9db8019\
";
const MOVE_OF_VERSION_2: &str = "0201070d18c89d008c7a0b";

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    digits.map(|pair| u8::from_str_radix(pair, 16).expect("two digits")).collect()
}

#[test]
fn a_row_of_version_2_is_read_and_knows_no_events_by_their_time() {
    let mut known = full_profile();
    let before = known.recent_complete_since("page");
    known.recent = vec![Recent::new(RecentKey::FORGOTTEN, known.last_seen, 0)];
    for order in &mut known.orders {
        order.products.clear();
    }
    let read = decode(known.id, &from_hex(ROW_OF_VERSION_2));
    let Ok(Row::Profile(read)) = read else { panic!("{read:?}") };
    assert_eq!(*read, known);
    let from_now_on = known.last_seen.plus(std::time::Duration::from_millis(1));
    assert_eq!((before, read.recent_complete_since("page")), (None, Some(from_now_on)));
    let moved = decode(CustomerId::from_u128(u128::MAX), &from_hex(MOVE_OF_VERSION_2));
    assert_eq!(moved, Ok(Row::Moved(CustomerId::from_u128(7))));
}

#[test]
fn a_row_of_version_2_written_again_is_of_version_3() {
    let id = full_profile().id;
    let old = from_hex(ROW_OF_VERSION_2);
    let row = decode(id, &old).expect("version 2");
    let new = bytes_of(id, &row);
    assert_eq!((old[0], new[0]), (2, 3));
    assert_eq!(decode(id, &new), Ok(row));
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
        version in 2..4_u8,
        record in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = vec![version, 0];
        bytes.extend_from_slice(&record);
        let id = CustomerId::from_u128(u128::MAX);
        let hash = super::hash(id, &bytes);
        bytes.extend_from_slice(&hash.to_le_bytes());
        prop_assert_ne!(decode(id, &bytes), Err(Flaw::Checksum));
    }
}
