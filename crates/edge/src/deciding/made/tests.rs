use std::time::Duration;

use model::{CampaignKey, TenantKey, Timestamp};
use profiles::limits::WINDOW_HOURS;
use uuid::Uuid;

use super::{expiry, number_of};

const HOUR: Duration = Duration::from_secs(3_600);

fn hours(hours: u32) -> Timestamp {
    Timestamp::from_ms(1_769_884_200_000).plus(HOUR * hours)
}

#[test]
fn a_show_has_one_number_and_no_other_show_has_it() {
    let tenant = |key| TenantKey::parse(key).expect("valid");
    let campaign = |key| CampaignKey::parse(key).expect("valid");
    let number = |tenant_key, decision, campaign_key| {
        number_of(&tenant(tenant_key), Uuid::from_u128(decision), &campaign(campaign_key))
    };
    let shown = number("demo", 1, "spring");
    assert_eq!(number("demo", 1, "spring"), shown);
    // Of two customers in one millisecond as of any two.
    assert_ne!(number("demo", 2, "spring"), shown);
    assert_ne!(number("demo", 1, "summer"), shown);
    assert_ne!(number("demos", 1, "pring"), shown);
}

/// Else a token that a page was given late would be redeemed again once its redemption is forgotten.
#[test]
fn no_token_of_a_show_holds_for_longer_than_a_redemption_of_it_is_remembered() {
    let shown_at = hours(0);
    let valid = HOUR * 24;
    assert_eq!(expiry(shown_at, valid, shown_at), Some(hours(24)));
    assert_eq!(expiry(hours(23), valid, shown_at), Some(hours(24)));
    assert_eq!(expiry(hours(23), HOUR / 2, shown_at), Some(hours(23).plus(HOUR / 2)));
    assert_eq!(expiry(hours(24), valid, shown_at), None);
    assert_eq!(expiry(hours(3), HOUR * 48, hours(3)), Some(hours(27)), "a day at most");
    let forgotten = shown_at.plus(HOUR * u32::try_from(WINDOW_HOURS).expect("small"));
    for asked in 0..48 {
        for valid in [HOUR, HOUR * 12, HOUR * 24] {
            let ends = expiry(hours(asked), valid, shown_at);
            assert!(ends.is_none_or(|ends| ends <= forgotten), "asked after {asked} h");
        }
    }
}
