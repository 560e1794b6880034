use model::{
    CampaignKey, Currency, CustomerId, Discount, Money, OfferKey, TenantKey, Timestamp, VariantKey,
};
use proptest::prelude::*;

use super::{NotOurs, Token};
use crate::seal::Seal;

fn seal() -> Seal {
    Seal::new(&[7; 32])
}

fn token(discount: Option<Discount>) -> Token {
    Token {
        id: 0x0123_4567_89ab_cdef,
        tenant: TenantKey::parse("demo").expect("valid"),
        customer: CustomerId::from_u128(42),
        campaign: CampaignKey::parse("cart-rescue").expect("valid"),
        variant: VariantKey::parse("twenty-percent").expect("valid"),
        offer: OfferKey::parse("twenty-percent-off-cart").expect("valid"),
        discount,
        issued_at: Timestamp::from_ms(1_769_884_200_000),
        expires_at: Timestamp::from_ms(1_769_885_100_000),
    }
}

#[test]
fn a_token_tells_what_was_sealed() {
    let five = Money::from_minor(500, Currency::parse("EUR").expect("known"));
    for discount in [None, Some(Discount::Percent(20)), Some(Discount::Amount(five))] {
        let token = token(discount);
        assert_eq!(Token::open(&token.sealed(&seal()), &seal()), Ok(token));
    }
}

#[test]
fn the_form_of_a_token_never_changes_within_a_version() {
    let sealed = token(Some(Discount::Percent(20))).sealed(&seal());
    let (payload, mac) = sealed.split_once('.').expect("two parts");
    assert_eq!(
        payload,
        "AQAAAAAAAAAAASNFZ4mrze8AAAAAAAAAAAAAAAAAAAAqAAABnBVRrEAAAAGcFV9n4AEUBGRlbW8LY2FydC1yZXNj\
         dWUOdHdlbnR5LXBlcmNlbnQXdHdlbnR5LXBlcmNlbnQtb2ZmLWNhcnQ"
    );
    assert_eq!(mac.len(), 43);
}

#[test]
fn another_installations_token_is_not_ours() {
    let foreign = token(None).sealed(&Seal::new(&[8; 32]));
    assert_eq!(Token::open(&foreign, &seal()), Err(NotOurs));
}

#[test]
fn what_is_no_token_is_not_ours() {
    for text in [
        "",
        ".",
        "a",
        "a.b",
        "AQ.AQ",
        &"a".repeat(5_000),
        &format!("{}=", token(None).sealed(&seal())),
    ] {
        assert_eq!(Token::open(text, &seal()), Err(NotOurs), "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_token_with_any_letter_changed_is_not_ours(place in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_.-]") {
        let sealed = token(Some(Discount::Percent(20))).sealed(&seal());
        let place = place.index(sealed.len());
        let mut forged = sealed.clone();
        forged.replace_range(place..=place, &letter);
        prop_assume!(forged != sealed);
        prop_assert_eq!(Token::open(&forged, &seal()), Err(NotOurs));
    }
}
