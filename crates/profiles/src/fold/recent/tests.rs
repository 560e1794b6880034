use model::limits::{
    CAMPAIGN_EXPOSURES_MAX, PROFILE_CAMPAIGNS_MAX, RECENT_EVENTS_MAX, RECENT_EVENTS_PER_NAME_MAX,
};
use model::{Action, CampaignKey, Event, PageView, Profile, Recent, RecentKey, Tight, Timestamp};
use proptest::prelude::*;

use super::{keep_newest, note};
use crate::testing::{added, at, at_min, empty, event, exposure};
use crate::{fold, fold_exposures, merge};

const NAMES: [&str; 6] = ["page", "Product Viewed", "a", "b", "c", "d"];

fn entry() -> impl Strategy<Value = Recent> {
    let name = prop::sample::select(NAMES.to_vec());
    let campaign = prop::sample::select(vec!["spring", "autumn"]).prop_map(campaign);
    let time = (0..60_i64).prop_map(at);
    prop_oneof![
        6 => (name, time.clone(), 0..2_u16)
            .prop_map(|(name, at, id)| Recent::new(RecentKey::event(name), at, id)),
        1 => (campaign, time).prop_map(|(campaign, at)| {
            Recent::exposure(exposure(campaign.as_str(), "a", true, 0).arm(), at, 1)
        }),
    ]
}

fn entries() -> impl Strategy<Value = Vec<Recent>> {
    prop::collection::vec(entry(), 0..150)
}

fn campaign(key: &str) -> CampaignKey {
    CampaignKey::parse(key).expect("valid")
}

fn noted(entries: &[Recent]) -> Profile {
    let mut profile = empty("a-1");
    for entry in entries {
        note(&mut profile.recent, *entry);
    }
    profile
}

/// What the caps leave of all at once.
fn kept(mut entries: Vec<Recent>) -> Tight<Recent> {
    entries.sort_unstable_by(|a, b| b.cmp(a));
    entries.dedup();
    let mut entries = Tight::from(entries);
    keep_newest(&mut entries);
    entries
}

proptest! {
    #[test]
    fn what_is_noted_one_by_one_is_what_is_kept_of_all_at_once(entries in entries()) {
        let mut reversed = entries.clone();
        reversed.reverse();
        prop_assert_eq!(noted(&entries).recent, kept(entries.clone()));
        prop_assert_eq!(noted(&reversed).recent, kept(entries));
    }

    #[test]
    fn merged_memories_are_what_is_kept_of_all(a in entries(), b in entries(), c in entries()) {
        let all = kept([a.clone(), b.clone(), c.clone()].concat());
        let (a, b, c) = (noted(&a), noted(&b), noted(&c));
        prop_assert_eq!(&merge(&merge(&a, &b), &c).recent, &all);
        prop_assert_eq!(&merge(&a, &merge(&c, &b)).recent, &all);
        prop_assert_eq!(&merge(&merge(&merge(&a, &b), &c), &b).recent, &all);
    }

    #[test]
    fn the_caps_hold_and_a_count_is_exact_as_far_back_as_it_says(entries in entries()) {
        let profile = noted(&entries);
        let events = profile.recent.iter().filter(|entry| !entry.key().is_exposure()).count();
        prop_assert!(events <= RECENT_EVENTS_MAX);
        let mut happened = entries;
        happened.sort_unstable();
        happened.dedup();
        for name in NAMES {
            let complete = profile.recent_complete_since(name).unwrap_or(Timestamp::MIN);
            let named = happened.iter().filter(|entry| entry.key() == RecentKey::event(name));
            let exact = named.filter(|entry| entry.at() >= complete).count();
            let counted = profile.count_since(name, complete, Timestamp::MAX);
            prop_assert_eq!(usize::try_from(counted)?, exact);
            let all = profile.count_since(name, Timestamp::MIN, Timestamp::MAX);
            prop_assert!(usize::try_from(all)? <= RECENT_EVENTS_PER_NAME_MAX);
        }
        for key in ["spring", "autumn"].map(campaign) {
            let exposed = happened.iter().filter(|entry| entry.key() == RecentKey::exposure(&key)).count();
            let counted = profile.exposures_since(&key, Timestamp::MIN);
            prop_assert_eq!(usize::try_from(counted)?, exposed.min(CAMPAIGN_EXPOSURES_MAX));
        }
    }
}

fn tracked(name: &str, minute: i64) -> Event {
    Event { name: name.into(), ..event("a-1", at_min(minute), Action::Tracked) }
}

fn count(profile: &Profile, name: &str) -> u32 {
    profile.count_since(name, Timestamp::MIN, Timestamp::MAX)
}

#[test]
fn every_event_is_counted_by_its_name_in_the_words_of_the_specification() {
    let mut profile = empty("a-1");
    let view = Action::Viewed(PageView { path: "/".into() });
    fold(&mut profile, &Event { name: "page".into(), ..event("a-1", at_min(1), view) });
    for (minute, written) in [(2, "Product Added"), (3, "added_product")] {
        let added = event("a-1", at_min(minute), added("p", 1, 100));
        fold(&mut profile, &Event { name: written.into(), ..added });
    }
    fold(&mut profile, &tracked("Newsletter Opened", 4));
    fold(&mut profile, &tracked("newsletter_opened", 5));
    let names = ["page", "Product Added", "Newsletter Opened", "added_product"];
    assert_eq!(names.map(|name| count(&profile, name)), [1, 2, 2, 0]);
    assert_eq!(profile.count_since("Product Added", at_min(3), at_min(9)), 1);
}

#[test]
fn an_event_that_is_sent_again_after_its_window_is_counted_once() {
    let mut profile = empty("a-1");
    let opened = tracked("Newsletter Opened", 1);
    let other = Event { message_id: "another".into(), ..opened.clone() };
    for sent in [&opened, &opened, &other] {
        fold(&mut profile, sent);
    }
    assert_eq!(count(&profile, "Newsletter Opened"), 2);
}

#[test]
fn a_hundred_page_views_leave_the_newsletter_of_last_week() {
    let mut profile = empty("a-1");
    fold(&mut profile, &tracked("Newsletter Opened", 0));
    for minute in 1..=100 {
        fold(&mut profile, &tracked("page", minute));
    }
    assert_eq!(count(&profile, "Newsletter Opened"), 1);
    assert_eq!(usize::try_from(count(&profile, "page")), Ok(RECENT_EVENTS_PER_NAME_MAX));
    assert_eq!(profile.recent_complete_since("Newsletter Opened"), None);
    assert!(profile.recent_complete_since("page").is_some_and(|since| since > at_min(84)));
}

#[test]
fn exposures_of_either_arm_are_remembered_the_latest_of_them() {
    let mut profile = empty("a-1");
    let spring = campaign("spring");
    for minute in 0..15 {
        let one = exposure("spring", "treated", minute != 14, 99);
        fold_exposures(&mut profile, at_min(minute), 1, &[one]);
    }
    assert_eq!(
        usize::try_from(profile.exposures_since(&spring, at(0))),
        Ok(CAMPAIGN_EXPOSURES_MAX)
    );
    assert_eq!(profile.exposures_since(&spring, at_min(12)), 3);
    assert_eq!(profile.campaign_total(&spring, |tally| tally.shows), 14);
    assert_eq!(profile.exposures_since(&campaign("autumn"), at(0)), 0);
}

#[test]
fn the_exposures_of_a_forgotten_campaign_are_forgotten_with_it() {
    let mut profile = empty("a-1");
    let campaigns = i64::try_from(PROFILE_CAMPAIGNS_MAX).expect("small");
    for number in 0..=campaigns {
        let one = exposure(&format!("c-{number}"), "treated", true, 999);
        fold_exposures(&mut profile, at_min(number), 1, &[one]);
    }
    let exposures = |number: i64| profile.exposures_since(&campaign(&format!("c-{number}")), at(0));
    assert_eq!((exposures(0), exposures(1), exposures(campaigns)), (0, 1, 1));
    assert_eq!(profile.recent.len(), PROFILE_CAMPAIGNS_MAX);
}
