use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::{CampaignKey, Charge, Currency, CustomerId, Limits, Money, TenantKey, Timestamp};
use proptest::prelude::*;

use super::{Confirmation, Image, Ledger, Sign, Standing, Used, Visit};
use crate::limits::{ACCOUNTS_MAX, CONFIRM_WITHIN, LATE_MAX};

const NOW: Timestamp = Timestamp::from_ms(1_769_884_200_000);

fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn campaign(name: &str) -> CampaignKey {
    CampaignKey::parse(name).expect("valid")
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_u128(number)
}

fn euros(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("EUR").expect("known"))
}

fn shows(most: u64) -> Limits {
    Limits { shows: Some(most), ..Limits::default() }
}

fn confirmation(name: &str, at: Timestamp, sign: Sign) -> Confirmation {
    Confirmation { campaign: campaign(name), at, sign }
}

/// A ledger with a journal of its own, which only counts.
struct Till {
    ledger: Ledger,
    lsn: AtomicU64,
}

impl Till {
    fn new() -> Self {
        Self { ledger: Ledger::new(CONFIRM_WITHIN), lsn: AtomicU64::new(0) }
    }

    fn next(&self) -> u64 {
        self.lsn.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Shows an offer if there is room.
    fn show(&self, number: u128, limits: &Limits, discount: Option<Money>, at: Timestamp) -> bool {
        let mut claims = self.ledger.claims(Visit::First, at);
        let taken = claims.take(&tenant(), &campaign("c"), limits, discount);
        claims.keep(customer(number), |_| self.next());
        taken
    }

    fn told(&self, number: u128, at: Timestamp, sign: Sign) {
        let confirmation = confirmation("c", at, sign);
        self.ledger.confirm(&tenant(), customer(number), &confirmation, || self.next());
    }

    fn standing(&self, limits: &Limits, at: Timestamp) -> Standing {
        self.ledger.standing(&tenant(), &campaign("c"), limits, at)
    }
}

fn used(committed: u64, reserved: u64, overrun: u64) -> Used {
    Used { committed, reserved, overrun }
}

#[test]
fn of_two_thousand_shows_at_once_a_budget_of_a_hundred_commits_a_hundred() {
    const THREADS: u128 = 8;
    const SHOWS_PER_THREAD: u128 = 250;
    let till = Till::new();
    let limits = shows(100);
    let shown: usize = std::thread::scope(|scope| {
        let thread = |thread: u128| {
            let (till, limits) = (&till, &limits);
            scope.spawn(move || {
                let numbers = thread * SHOWS_PER_THREAD..(thread + 1) * SHOWS_PER_THREAD;
                let shown = numbers.filter(|&number| {
                    let shown = till.show(number, limits, None, NOW);
                    if shown {
                        till.told(number, NOW, Sign::Viewed);
                    }
                    shown
                });
                shown.count()
            })
        };
        let threads: Vec<_> = (0..THREADS).map(thread).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(shown, 100);
    assert_eq!(till.standing(&limits, NOW).shows, used(100, 0, 0));
}

#[test]
fn a_decision_of_which_one_campaign_is_shown_keeps_nothing_reserved_for_the_others() {
    let till = Till::new();
    let mut claims = till.ledger.claims(Visit::First, NOW);
    for name in ["c", "other"] {
        assert!(claims.take(&tenant(), &campaign(name), &shows(1), None));
    }
    claims.release_others(&campaign("c"));
    let reserved = |name| till.ledger.standing(&tenant(), &campaign(name), &shows(1), NOW).shows;
    assert_eq!((reserved("c"), reserved("other")), (used(0, 1, 0), used(0, 0, 0)));
    claims.keep(customer(1), |charges| {
        assert_eq!(charges.len(), 1, "what is journalled is what is kept");
        till.next()
    });
    assert_eq!((reserved("c"), reserved("other")), (used(0, 1, 0), used(0, 0, 0)));
}

#[test]
fn a_show_that_is_not_confirmed_in_time_makes_room_for_another() {
    let till = Till::new();
    let limits = shows(1);
    assert!(till.show(1, &limits, None, NOW));
    let last = NOW.plus(CONFIRM_WITHIN - Duration::from_millis(1));
    assert!(!till.show(2, &limits, None, last));
    assert!(till.show(2, &limits, None, NOW.plus(CONFIRM_WITHIN)));
}

#[test]
fn a_show_that_is_seen_late_counts_where_there_is_room_and_is_overrun_where_there_is_none() {
    let later = NOW.plus(CONFIRM_WITHIN);
    let till = Till::new();
    let limits = shows(1);
    assert!(till.show(1, &limits, None, NOW));
    till.told(1, later, Sign::Viewed);
    assert_eq!(till.standing(&limits, later).shows, used(1, 0, 0));
    assert!(!till.show(2, &limits, None, later), "the late one has the room");

    let till = Till::new();
    assert!(till.show(1, &limits, None, NOW));
    assert!(till.show(2, &limits, None, later), "the room was free again");
    till.told(1, later, Sign::Viewed);
    assert_eq!(till.standing(&limits, later).shows, used(0, 1, 1));
    till.told(2, later, Sign::Viewed);
    assert_eq!(till.standing(&limits, later).shows, used(1, 0, 1));
    assert!(!till.show(3, &limits, None, later));
}

#[test]
fn after_an_hour_a_released_show_cannot_be_confirmed() {
    let till = Till::new();
    assert!(till.show(1, &shows(1), None, NOW));
    let over = NOW.plus(CONFIRM_WITHIN).plus(LATE_MAX);
    till.told(1, over, Sign::Viewed);
    assert_eq!(till.standing(&shows(1), over).shows, used(0, 0, 0));
}

#[test]
fn a_click_confirms_what_is_reserved_but_not_what_was_released() {
    let till = Till::new();
    let limits = shows(2);
    assert!(till.show(1, &limits, None, NOW));
    till.told(1, NOW, Sign::Clicked);
    assert_eq!(till.standing(&limits, NOW).shows, used(1, 0, 0));
    assert!(till.show(1, &limits, None, NOW));
    let later = NOW.plus(CONFIRM_WITHIN);
    till.told(1, later, Sign::Clicked);
    assert_eq!(till.standing(&limits, later).shows, used(1, 0, 0));
}

#[test]
fn what_was_never_reserved_cannot_be_confirmed() {
    let till = Till::new();
    let limits = shows(5);
    assert!(till.show(1, &limits, None, NOW));
    for _ in 0..9 {
        till.told(2, NOW, Sign::Viewed);
        till.told(1, NOW, Sign::Viewed);
    }
    assert_eq!(till.standing(&limits, NOW).shows, used(1, 0, 0));
}

#[test]
fn each_show_to_one_customer_is_a_show() {
    let till = Till::new();
    let limits = shows(2);
    assert!(till.show(1, &limits, None, NOW));
    assert!(till.show(1, &limits, None, NOW));
    assert!(!till.show(1, &limits, None, NOW));
    till.told(1, NOW, Sign::Viewed);
    assert_eq!(till.standing(&limits, NOW).shows, used(1, 1, 0));
}

#[test]
fn a_budget_of_discount_is_used_up_by_what_was_shown() {
    let till = Till::new();
    let limits = Limits { discount: Some(euros(1_000)), ..Limits::default() };
    assert!(till.show(1, &limits, Some(euros(600)), NOW));
    assert!(!till.show(2, &limits, Some(euros(401)), NOW));
    assert!(till.show(2, &limits, Some(euros(400)), NOW));
    assert!(!till.show(3, &limits, Some(euros(0)), NOW), "used up is used up");
    let dollars = Money::from_minor(1, Currency::parse("USD").expect("known"));
    assert!(!Till::new().show(1, &limits, Some(dollars), NOW), "no exchange rate is known");
    till.told(1, NOW, Sign::Viewed);
    assert_eq!(till.standing(&limits, NOW).discount_minor, used(600, 400, 0));
}

#[test]
fn a_decision_that_is_not_recorded_gives_back_what_it_took() {
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let limits = shows(1);
    let mut first = ledger.claims(Visit::First, NOW);
    assert!(first.take(&tenant(), &campaign("c"), &limits, None));
    let mut second = ledger.claims(Visit::First, NOW);
    assert!(!second.take(&tenant(), &campaign("c"), &limits, None));
    drop(first);
    assert!(second.take(&tenant(), &campaign("c"), &limits, None));
}

#[test]
fn what_is_on_the_page_may_be_there_without_room_and_reserves_nothing() {
    let till = Till::new();
    let limits = shows(1);
    assert!(till.show(1, &limits, None, NOW));
    let allowed = |visit, on_page: &[&str]| {
        let on_page = on_page.iter().map(|key| campaign(key)).collect();
        let mut claims = till.ledger.claims(visit, NOW).beside(on_page);
        claims.take(&tenant(), &campaign("c"), &limits, None)
    };
    assert!(allowed(Visit::Again, &["c"]) && allowed(Visit::First, &["b", "c"]));
    assert!(!allowed(Visit::First, &["b"]) && !allowed(Visit::Preview, &[]));
    till.told(1, NOW, Sign::Viewed);
    assert!(allowed(Visit::First, &["c"]), "it was paid for");
    assert_eq!(till.standing(&limits, NOW).shows, used(1, 0, 0));
    let roomy = |visit| {
        let mut claims = till.ledger.claims(visit, NOW);
        claims.take(&tenant(), &campaign("other"), &shows(9), None)
    };
    assert!(roomy(Visit::First) && roomy(Visit::Preview));
    assert!(!roomy(Visit::Again) && !roomy(Visit::Unrecorded), "nobody would know of it");
}

#[test]
fn a_merged_customer_confirms_under_the_new_name() {
    let till = Till::new();
    let limits = shows(1);
    assert!(till.show(7, &limits, None, NOW));
    till.ledger.merge(&tenant(), customer(3), customer(7));
    till.ledger.merge(&tenant(), customer(3), customer(7));
    till.told(3, NOW, Sign::Viewed);
    assert_eq!(till.standing(&limits, NOW).shows, used(1, 0, 0));
}

#[test]
fn a_smaller_budget_shows_nothing_more_and_a_larger_one_goes_on() {
    let till = Till::new();
    for number in 0..3 {
        assert!(till.show(number, &shows(3), None, NOW));
        till.told(number, NOW, Sign::Viewed);
    }
    assert!(!till.show(9, &shows(2), None, NOW));
    assert_eq!(till.standing(&shows(2), NOW).shows, used(2, 0, 1));
    assert!(till.show(9, &shows(4), None, NOW));
}

#[test]
fn a_tenant_with_too_many_campaigns_shows_nothing_of_a_further_one() {
    let ledger = Ledger::new(CONFIRM_WITHIN);
    let mut claims = ledger.claims(Visit::First, NOW);
    let mut take = |name: &str| claims.take(&tenant(), &campaign(name), &shows(1), None);
    assert!((0..ACCOUNTS_MAX).all(|number| take(&format!("c-{number}"))));
    assert!(!take("one-more"));
}

/// A step of some history; numbers name customers, campaigns and claims.
#[derive(Clone, Debug)]
enum Step {
    /// A decision takes a show.
    Take { who: u128, which: usize, minor: i64 },
    /// The oldest decision under way is recorded.
    Keep,
    /// The oldest decision under way is not recorded.
    Drop,
    /// A page tells.
    Tell { who: u128, which: usize, clicked: bool },
    /// Two customers turn out to be one.
    Merge { stays: u128, absorbed: u128 },
    /// Time goes by.
    Wait { seconds: u64 },
    /// A snapshot is written.
    Snapshot,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_u128, 0..2_usize, 0..500_i64)
            .prop_map(|(who, which, minor)| Step::Take { who, which, minor }),
        6 => Just(Step::Keep),
        1 => Just(Step::Drop),
        6 => (0..4_u128, 0..2_usize, any::<bool>())
            .prop_map(|(who, which, clicked)| Step::Tell { who, which, clicked }),
        1 => (0..2_u128, 2..4_u128).prop_map(|(stays, absorbed)| Step::Merge { stays, absorbed }),
        3 => (1..400_u64).prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::Snapshot),
    ]
}

/// What is in the journal.
enum Written {
    Exposed(CustomerId, Vec<Charge>),
    Told(CustomerId, Confirmation),
    Merged(CustomerId, CustomerId),
}

fn replayed(snapshot: &(u64, Vec<Image>), journal: &[Written]) -> Ledger {
    let ledger = Ledger::new(CONFIRM_WITHIN);
    snapshot.1.iter().for_each(|image| ledger.restore(image.clone()));
    for (lsn, written) in (1..).zip(journal).filter(|(lsn, _)| *lsn > snapshot.0) {
        match written {
            Written::Exposed(customer, charges) => {
                ledger.replay_exposed(lsn, &tenant(), *customer, charges);
            }
            Written::Told(customer, confirmation) => {
                ledger.replay_confirmed(lsn, &tenant(), *customer, confirmation);
            }
            Written::Merged(stays, absorbed) => ledger.merge(&tenant(), *stays, *absorbed),
        }
    }
    ledger
}

/// Everything that a ledger holds, at one time.
fn settled(ledger: &Ledger, limits: &[Limits], now: Timestamp) -> BTreeMap<CampaignKey, Image> {
    for (which, limits) in limits.iter().enumerate() {
        ledger.standing(&tenant(), &campaign(&format!("c-{which}")), limits, now);
    }
    // A campaign of which nothing was ever recorded need not be known.
    let in_use = |image: &Image| {
        image.confirmed.shows > 0 || !image.held.is_empty() || !image.released.is_empty()
    };
    let images = ledger.images().into_iter().filter(in_use);
    images.map(|image| (image.campaign.clone(), image)).collect()
}

proptest! {
    /// However decisions, pages, merges and timeouts follow each other, no budget is exceeded, and the
    /// journal, after any snapshot, gives the same ledger again.
    #[test]
    fn no_budget_is_exceeded_and_the_journal_gives_the_same_ledger(
        steps in prop::collection::vec(step(), 1..120),
        late in 0_u64..20,
    ) {
        let limits = [
            Limits { shows: Some(5), discount: Some(euros(1_000)), ..Limits::default() },
            Limits { shows: Some(3), ..Limits::default() },
        ];
        let ledger = Ledger::new(CONFIRM_WITHIN);
        let (mut now, mut journal, mut under_way) = (NOW, Vec::new(), Vec::new());
        let mut names: Vec<u128> = (0..4).collect();
        let mut snapshot = (0, Vec::new());
        for step in steps {
            match step {
                Step::Take { who, which, minor } => {
                    let who = customer(names[usize::try_from(who).expect("small")]);
                    let mut claims = ledger.claims(Visit::First, now);
                    let discount = limits[which].discount.map(|_| euros(minor));
                    let key = campaign(&format!("c-{which}"));
                    if claims.take(&tenant(), &key, &limits[which], discount) {
                        under_way.push((who, claims));
                    }
                }
                Step::Keep if !under_way.is_empty() => {
                    let (who, claims) = under_way.remove(0);
                    // The customer may have been merged away meanwhile.
                    let who = customer(names[usize::try_from(who.to_u128()).expect("small")]);
                    claims.keep(who, |charges| {
                        journal.push(Written::Exposed(who, charges));
                        u64::try_from(journal.len()).expect("small")
                    });
                }
                Step::Drop if !under_way.is_empty() => drop(under_way.remove(0)),
                Step::Keep | Step::Drop => {}
                Step::Tell { who, which, clicked } => {
                    let who = customer(names[usize::try_from(who).expect("small")]);
                    let sign = if clicked { Sign::Clicked } else { Sign::Viewed };
                    let told = confirmation(&format!("c-{which}"), now, sign);
                    ledger.confirm(&tenant(), who, &told.clone(), || {
                        journal.push(Written::Told(who, told));
                        u64::try_from(journal.len()).expect("small")
                    });
                }
                Step::Merge { stays, absorbed } => {
                    let place = usize::try_from(absorbed).expect("small");
                    if names[place] == absorbed {
                        ledger.merge(&tenant(), customer(stays), customer(absorbed));
                        journal.push(Written::Merged(customer(stays), customer(absorbed)));
                        names[place] = stays;
                    }
                }
                Step::Wait { seconds } => now = now.plus(Duration::from_secs(seconds)),
                Step::Snapshot => {
                    // The position was noted some records before the images were taken.
                    let covered = u64::try_from(journal.len()).expect("small");
                    snapshot = (covered.saturating_sub(late), ledger.images());
                }
            }
            for (which, limits) in limits.iter().enumerate() {
                let key = campaign(&format!("c-{which}"));
                let standing = ledger.standing(&tenant(), &key, limits, now);
                let Used { committed, reserved, .. } = standing.shows;
                prop_assert!(committed + reserved <= limits.shows.expect("set"));
                let Used { committed, reserved, .. } = standing.discount_minor;
                prop_assert!(committed + reserved <= 1_000);
            }
        }
        under_way.clear();
        let live = settled(&ledger, &limits, now);
        for snapshot in [&snapshot, &(0, Vec::new())] {
            let rebuilt = settled(&replayed(snapshot, &journal), &limits, now);
            prop_assert_eq!(&rebuilt, &live);
        }
    }
}
