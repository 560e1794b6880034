use model::{
    Alias, Arm, CampaignKey, CustomerId, Recent, TenantKey, TermsKey, Timestamp, VariantKey,
};
use uuid::Uuid;

use super::Show;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(1_769_884_200_000 + ms)
}

/// The number of a show to a customer as of some time, by a decision of some name.
fn number(user: &str, at: Timestamp, decision: u128, campaign: &str, on_view: bool) -> u128 {
    let tenant = TenantKey::parse("demo").expect("valid");
    let campaign = CampaignKey::parse(campaign).expect("valid");
    let variant = VariantKey::parse("bold").expect("valid");
    let arm = Arm { campaign: &campaign, variant: &variant, terms: TermsKey::NONE };
    let whom = on_view.then(|| CustomerId::of(&tenant, &Alias::user(user)));
    let exposure = Recent::exposure(arm, at, decision);
    Show::new(&campaign, Uuid::from_u128(decision), exposure, whom).number(&tenant)
}

/// Else one of two customers is refused, or one of two shows.
#[test]
fn no_two_shows_have_one_number() {
    let shown = number("u-1", at(0), 1, "spring", true);
    assert_eq!(number("u-1", at(0), 1, "spring", true), shown);
    for (other, why) in [
        (number("u-2", at(0), 1, "spring", true), "another customer, by the same messageId"),
        (number("u-1", at(1), 1, "spring", true), "the same messageId a day later"),
        (number("u-1", at(0), 2, "spring", true), "another page view as of the same time"),
        (number("u-1", at(0), 1, "summer", true), "another campaign of the page view"),
        (number("u-1", at(0), 1, "spring", false), "a decision on flags"),
    ] {
        assert_ne!(other, shown, "{why}");
    }
    let polled = number("u-1", at(0), 1, "spring", false);
    assert_eq!(number("u-2", at(0), 1, "spring", false), polled, "whoever the customer is by then");
    assert_ne!(number("u-1", at(0), 2, "spring", false), polled);
}

/// Else whoever finds such a name, which clients choose, would have a second number for a show.
#[test]
fn another_name_by_which_an_exposure_is_found_gives_the_same_number() {
    let id = |decision: u128| {
        let campaign = CampaignKey::parse("spring").expect("valid");
        let variant = VariantKey::parse("bold").expect("valid");
        Recent::exposure(
            Arm { campaign: &campaign, variant: &variant, terms: TermsKey::NONE },
            at(0),
            decision,
        )
        .id()
    };
    let twin = (2..).find(|decision| id(*decision) == id(1)).expect("one of 65,536");
    assert_eq!(number("u-1", at(0), twin, "spring", true), number("u-1", at(0), 1, "spring", true));
}
