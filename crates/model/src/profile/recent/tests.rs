use super::{Recent, RecentKey};
use crate::limits::{RECENT_EVENTS_MAX, RECENT_EVENTS_PER_NAME_MAX};
use crate::{
    Alias, Arm, CampaignKey, CustomerId, Profile, TenantKey, TermsKey, Timestamp, VariantKey,
};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

/// A profile that remembers events of these names and times, newest first.
fn remembering(events: impl IntoIterator<Item = (&'static str, i64)>) -> Profile {
    let tenant = TenantKey::parse("demo").expect("valid");
    let id = CustomerId::of(&tenant, &Alias::anonymous("a-1"));
    let mut profile = Profile::new(tenant, id, at(0));
    profile.recent.extend(events.into_iter().map(|(name, ms)| Recent::event(name, at(ms), "m")));
    profile
}

#[test]
fn an_entry_takes_twelve_bytes_and_tells_what_it_was_made_of() {
    assert_eq!(size_of::<Recent>(), 12);
    let entry = Recent::event("Product Viewed", at(1_790_000_000_123), "m-1");
    assert_eq!(entry.at(), at(1_790_000_000_123));
    assert_eq!(entry.key(), RecentKey::event("Product Viewed"));
    assert_ne!(entry.id(), Recent::event("Product Viewed", entry.at(), "m-2").id());
    assert_eq!(Recent::new(entry.key(), entry.at(), entry.id()), entry);
    let times = [(i64::MIN, 0), (-1, 0), (0, 0), (i64::MAX, (1 << 48) - 1)];
    for (told, kept) in times {
        assert_eq!(Recent::event("page", at(told), "m").at(), at(kept));
    }
    assert!(Recent::event("b", at(1), "m") < Recent::event("a", at(65_536), "m"));
}

#[test]
fn the_hash_of_a_name_never_changes_between_versions() {
    let campaign = CampaignKey::parse("cart-rescue").expect("valid");
    let keys = [
        RecentKey::event("page"),
        RecentKey::event("Product Viewed"),
        RecentKey::event(&"Newsletter Opened ".repeat(9)),
        RecentKey::exposure(&campaign),
    ];
    assert_eq!(
        keys.map(RecentKey::to_u32),
        [527_763_080, 1_420_614_769, 122_335_402, 3_466_652_246]
    );
    assert_eq!(Recent::event("page", at(0), "m-1").id(), 63_751);
}

#[test]
fn names_are_told_apart_but_not_by_case_spaces_underscores_and_hyphens() {
    let key = RecentKey::event("Newsletter Opened");
    for same in ["newsletter_opened", "NewsletterOpened", "newsletter-opened"] {
        assert_eq!(RecentKey::event(same), key, "{same}");
    }
    for other in ["Newsletter Open", "Newsletter Opened!", "", "page"] {
        assert_ne!(RecentKey::event(other), key, "{other}");
    }
    let campaign = CampaignKey::parse("page").expect("valid");
    assert_ne!(RecentKey::exposure(&campaign), RecentKey::event("page"));
    assert!(RecentKey::exposure(&campaign).is_exposure() && !key.is_exposure());
}

#[test]
fn events_are_counted_by_name_and_time_both_ends_included() {
    let profile = remembering([("page", 30), ("Signed Up", 20), ("page", 20), ("page", 10)]);
    assert_eq!(profile.count_since("page", at(10), at(30)), 3);
    assert_eq!(profile.count_since("page", at(11), at(29)), 1);
    assert_eq!(profile.count_since("page", at(31), at(10)), 0);
    assert_eq!(profile.count_since("signed_up", Timestamp::MIN, Timestamp::MAX), 1);
    assert_eq!(profile.count_since("Signed In", Timestamp::MIN, Timestamp::MAX), 0);
    assert_eq!(profile.recent_complete_since("page"), None);
}

#[test]
fn exposures_are_counted_apart_from_events_of_the_same_name() {
    let mut profile = remembering([("spring", 20)]);
    let spring = CampaignKey::parse("spring").expect("valid");
    let autumn = CampaignKey::parse("autumn").expect("valid");
    let variant = VariantKey::parse("bold").expect("valid");
    let arm = Arm { campaign: &spring, variant: &variant, terms: TermsKey::NONE };
    profile.recent.insert(0, Recent::exposure(arm, at(30), 1));
    profile.recent.push(Recent::exposure(arm, at(10), 1));
    assert_eq!(profile.exposures_since(&spring, at(10)), 2);
    assert_eq!(profile.exposures_since(&spring, at(11)), 1);
    assert_eq!(profile.exposures_since(&autumn, Timestamp::MIN), 0);
    assert_eq!(profile.count_since("spring", Timestamp::MIN, Timestamp::MAX), 1);
}

/// Else a page would be thought to have what only another one has, or what the arm has come to show since.
#[test]
fn an_exposure_is_found_by_its_decision_and_the_arm_that_it_was_to() {
    let [spring, autumn] = ["spring", "autumn"].map(|key| CampaignKey::parse(key).expect("valid"));
    let [bold, plain] = ["bold", "plain"].map(|key| VariantKey::parse(key).expect("valid"));
    let mut profile = remembering([]);
    let arm = Arm { campaign: &spring, variant: &bold, terms: TermsKey::NONE };
    for (number, time) in [(1, 10), (2, 20)] {
        profile.recent.insert(0, Recent::exposure(arm, at(time), number));
    }
    let found = |decision, arm| profile.exposure_by(decision, arm).map(Recent::at);
    assert_eq!([1, 2, 3].map(|decision| found(decision, arm)), [Some(at(10)), Some(at(20)), None]);
    for other in [
        Arm { campaign: &autumn, ..arm },
        Arm { variant: &plain, ..arm },
        Arm { terms: TermsKey::from_u32(1), ..arm },
    ] {
        assert_eq!(found(1, other), None, "{other:?}");
    }
}

#[test]
fn a_full_memory_tells_from_when_on_it_is_complete() {
    let views = (0..i64::try_from(RECENT_EVENTS_PER_NAME_MAX).expect("small")).rev();
    let profile = remembering(views.map(|number| ("page", 1_000 + number)));
    assert_eq!(profile.recent_complete_since("page"), Some(at(1_001)));
    assert_eq!(profile.recent_complete_since("Signed Up"), None, "other names have room");
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let many = (0..RECENT_EVENTS_MAX).map(|place| names[place % names.len()]);
    let full = remembering(
        (1..=RECENT_EVENTS_MAX)
            .rev()
            .zip(many)
            .map(|(number, name)| (name, i64::try_from(number).expect("small"))),
    );
    assert_eq!(full.recent_complete_since("Signed Up"), Some(at(2)));
}
