use std::time::Duration;

use model::Timestamp;
use profiles::limits::REDEEMED_HOURS;

use super::expiry;

const HOUR: Duration = Duration::from_secs(3_600);

fn hours(hours: u32) -> Timestamp {
    Timestamp::from_ms(1_769_884_200_000).plus(HOUR * hours)
}

/// Else a token that a page was given late would be redeemed again once its redemption is forgotten.
#[test]
fn no_token_of_a_show_holds_for_longer_than_a_redemption_of_it_is_remembered() {
    let since = hours(0);
    let valid = HOUR * 24;
    assert_eq!(expiry(since, valid, since), hours(24));
    assert_eq!(expiry(hours(23), valid, since), hours(24));
    assert_eq!(expiry(hours(23), HOUR / 2, since), hours(23).plus(HOUR / 2));
    assert_eq!(expiry(hours(3), HOUR * 48, hours(3)), hours(27), "a day at most");
    let redeemed_at = since.minus(HOUR * 23);
    let forgotten = redeemed_at.plus(HOUR * u32::try_from(REDEEMED_HOURS).expect("small"));
    for asked in 0..24 {
        for valid in [HOUR, HOUR * 12, HOUR * 24] {
            let ends = expiry(hours(asked), valid, since);
            assert!(ends < forgotten, "asked after {asked} h, though the clock was set back");
        }
    }
}
