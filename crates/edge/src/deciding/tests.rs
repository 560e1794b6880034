use model::{Arm, CampaignKey, Recent, TenantKey, TermsKey, Timestamp, VariantKey};
use uuid::Uuid;

use super::Show;

/// The number of a show as of some time, by a decision of some name.
fn number(tenant: &str, ms: i64, decision: u128, campaign: &str) -> u128 {
    let tenant = TenantKey::parse(tenant).expect("valid");
    let campaign = CampaignKey::parse(campaign).expect("valid");
    let variant = VariantKey::parse("bold").expect("valid");
    let arm = Arm { campaign: &campaign, variant: &variant, terms: TermsKey::NONE };
    let exposure = Recent::exposure(arm, Timestamp::from_ms(ms), decision);
    Show::new(&campaign, Uuid::from_u128(decision), exposure).number(&tenant)
}

/// Else one of two customers is refused, or one of two shows.
#[test]
fn no_two_shows_have_one_number() {
    let shown = number("demo", 5, 1, "spring");
    assert_eq!(number("demo", 5, 1, "spring"), shown);
    for (other, why) in [
        (number("demo", 5, 2, "spring"), "another decision of the same millisecond, whosever"),
        (number("demo", 6, 1, "spring"), "the same page view a day later"),
        (number("demo", 5, 1, "summer"), "another campaign of the page view"),
        (number("demos", 5, 1, "pring"), "another tenant's"),
    ] {
        assert_ne!(other, shown, "{why}");
    }
}
