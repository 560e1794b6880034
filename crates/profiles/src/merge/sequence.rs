//! Whatever the sequence in which the same things become known, they come to the same share.
//!
//! What happens to a customer of three names is drawn, some of it twice, and told in two sequences, with the
//! merges of the names anywhere between. Both must come to what counting the facts themselves gives,
//! and so must the sum of the changes that were told on the way. The arm hangs on the sequence, since a decision
//! keeps the one that is known by then: it is that of the earliest exposure that was told.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Action, CampaignKey, CellChange, CellShare, Change, Event, Exposure, GoalKey, Money, Profile,
    SplitKey, Step, Steps, Timestamp,
};
use proptest::prelude::*;

use super::{merge, merge_change};
use crate::testing::{
    added, at_min, cancelled, completed, empty, eur, event, exposure, goal_of, measured,
};
use crate::{fold, fold_exposures};

const NAMES: [&str; 3] = ["a-1", "u-2", "a-3"];
const CAMPAIGNS: [&str; 2] = ["orders", "points"];
const VARIANTS: [&str; 2] = ["control", "treated"];
const WINDOW_MIN: i64 = 30;

/// Something that happened, under one of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Exposed {
        name: usize,
        campaign: usize,
        variant: usize,
        shown: bool,
        minute: i64,
    },
    Ordered {
        name: usize,
        order: u8,
    },
    Cancelled {
        name: usize,
        order: u8,
    },
    Refunded {
        name: usize,
        order: u8,
        number: u8,
        in_dollars: bool,
    },
    Measured {
        name: usize,
        number: u8,
    },
    Cart {
        name: usize,
        minute: i64,
    },
    Checkout {
        name: usize,
        minute: i64,
    },
    /// Two names are told to be one customer's.
    Joined {
        one: usize,
        other: usize,
    },
}

fn fact() -> impl Strategy<Value = Fact> {
    let (name, order, number) = (0..3_usize, 0..4_u8, 0..4_u8);
    prop_oneof![
        4 => (name.clone(), 0..2_usize, 0..2_usize, any::<bool>(), 0..60_i64).prop_map(
            |(name, campaign, variant, shown, minute)| {
                Fact::Exposed { name, campaign, variant, shown, minute }
            }
        ),
        4 => (name.clone(), order.clone()).prop_map(|(name, order)| Fact::Ordered { name, order }),
        1 => (name.clone(), order.clone()).prop_map(|(name, order)| {
            Fact::Cancelled { name, order }
        }),
        3 => (name.clone(), order, number.clone(), prop::bool::weighted(0.1)).prop_map(
            |(name, order, number, in_dollars)| {
                Fact::Refunded { name, order, number, in_dollars }
            }
        ),
        3 => (name.clone(), number).prop_map(|(name, number)| Fact::Measured { name, number }),
        1 => (name.clone(), 0..90_i64).prop_map(|(name, minute)| Fact::Cart { name, minute }),
        1 => (name.clone(), 0..90_i64).prop_map(|(name, minute)| Fact::Checkout { name, minute }),
        2 => (name.clone(), name).prop_map(|(one, other)| Fact::Joined { one, other }),
    ]
}

/// What happened in two sequences. Of carts and checkouts from before an enrolment is known a profile
/// remembers the first and the last, so there are two of each.
fn two_sequences() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
    let facts = prop::collection::vec(fact(), 1..24).prop_map(|mut facts| {
        let (mut carts, mut checkouts) = (0, 0);
        facts.retain(|fact| match fact {
            Fact::Cart { .. } => {
                carts += 1;
                carts <= 2
            }
            Fact::Checkout { .. } => {
                checkouts += 1;
                checkouts <= 2
            }
            _ => true,
        });
        let again: Vec<Fact> = facts.iter().step_by(3).copied().collect();
        facts.extend(again);
        facts
    });
    facts.prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle()))
}

fn order_minute(order: u8) -> i64 {
    i64::from(order) * 20 + 5
}

fn order_minor(order: u8) -> i64 {
    i64::from(order) * 300
}

fn refund_minor(number: u8) -> i64 {
    i64::from(number) * 150 + 50
}

fn points_milli(number: u8) -> i64 {
    i64::from(number) * 500 - 700
}

fn goal(campaign: usize) -> GoalKey {
    if campaign == 0 { GoalKey::ORDERS } else { goal_of("points") }
}

/// By which split an exposure assigns the variant.
fn split(variant: usize, minute: i64) -> SplitKey {
    let number = u32::try_from(minute % 4).expect("small") * 2;
    SplitKey::from_u32(number + u32::try_from(variant).expect("small"))
}

/// What is known of the customer's revenue by an exposure that comes first.
fn before(variant: usize, minute: i64) -> Option<Money> {
    let variant = i64::try_from(variant).expect("small");
    (minute % 3 > 0).then(|| Money::from_minor(minute * 10 + variant, eur()))
}

/// The profiles by name, and the shares of both campaigns as the changes tell them.
struct World {
    profiles: Vec<Profile>,
    /// Which of the profiles a name leads to.
    leads_to: [usize; 3],
    told: BTreeMap<CampaignKey, Vec<CellShare>>,
    /// The exposures by campaign, each with its minute.
    exposed: [Vec<(i64, Exposure)>; 2],
}

impl World {
    fn new() -> Self {
        let profiles = NAMES.iter().map(|name| empty(name)).collect();
        let exposed = [Vec::new(), Vec::new()];
        Self { profiles, leads_to: [0, 1, 2], told: BTreeMap::new(), exposed }
    }

    fn tell(&mut self, fact: Fact) {
        let change = match fact {
            Fact::Joined { one, other } => self.join(one, other),
            Fact::Exposed { name, campaign, variant, shown, minute } => {
                let exposure = self.exposure(name, campaign, variant, minute);
                let one = Exposure { shown, ..exposure };
                self.exposed[campaign].push((minute, one.clone()));
                fold_exposures(self.profile(name), at_min(minute), 1, &[one])
            }
            Fact::Ordered { name, order } => {
                let action = completed(&format!("o-{order}"), order_minor(order));
                self.event(name, order_minute(order), format!("order-{order}"), action)
            }
            Fact::Cancelled { name, order } => {
                let action = cancelled(&format!("o-{order}"));
                self.event(name, 99, format!("cancel-{order}"), action)
            }
            Fact::Refunded { name, order, number, in_dollars } => {
                let usd = model::Currency::parse("USD").expect("known");
                let currency = if in_dollars { usd } else { eur() };
                let amount = Some(Money::from_minor(refund_minor(number), currency));
                let order_id = format!("o-{order}").into();
                let action = Action::OrderRefunded { order_id, amount };
                let message = format!("refund-{order}-{number}-{in_dollars}");
                self.event(name, 98, message, action)
            }
            Fact::Measured { name, number } => {
                let minute = order_minute(number) + 1;
                let plain = measured(NAMES[name], at_min(minute), "points", points_milli(number));
                let message_id = format!("points-{number}").into();
                fold(self.profile(name), &Event { message_id, ..plain })
            }
            Fact::Cart { name, minute } => {
                self.event(name, minute, format!("cart-{minute}"), added("p", 1, 1))
            }
            Fact::Checkout { name, minute } => {
                let message = format!("checkout-{minute}");
                self.event(name, minute, message, Action::CheckoutStarted)
            }
        };
        for cell in change.cells {
            self.apply(cell);
        }
    }

    /// What a decision exposes: who is enrolled keeps the arm, and what the first exposure fixed with it.
    fn exposure(&mut self, name: usize, campaign: usize, variant: usize, minute: i64) -> Exposure {
        let plain = exposure(CAMPAIGNS[campaign], VARIANTS[variant], false, minute + WINDOW_MIN);
        let revenue_before = before(variant, minute).into_iter().collect();
        let split = split(variant, minute);
        let new = Exposure { goal: goal(campaign), split, revenue_before, ..plain };
        let Some(known) = self.profile(name).enrolment(&new.campaign) else { return new };
        let kept = Exposure { variant: known.variant.clone(), split: known.split, ..new };
        if at_min(minute) < known.since {
            return kept;
        }
        let (attribution_until, revenue_before) =
            (known.attribution_until, known.revenue_before.clone());
        Exposure { attribution_until, revenue_before, ..kept }
    }

    fn event(&mut self, name: usize, minute: i64, message: String, action: Action) -> Change {
        let plain = event(NAMES[name], at_min(minute), action);
        fold(self.profile(name), &Event { message_id: message.into(), ..plain })
    }

    fn join(&mut self, one: usize, other: usize) -> Change {
        let (one, other) = (self.leads_to[one], self.leads_to[other]);
        if one == other {
            return Change::default();
        }
        let (a, b) = (&self.profiles[one], &self.profiles[other]);
        let merged = merge(a, b);
        let change = merge_change(a, b, &merged);
        self.profiles[one] = merged;
        for place in &mut self.leads_to {
            *place = if *place == other { one } else { *place };
        }
        change
    }

    fn apply(&mut self, cell: CellChange) {
        let shares = self.told.entry(cell.campaign).or_default();
        for before in cell.before {
            let place = shares.iter().position(|share| *share == before);
            shares.remove(place.expect("what is taken away was added before"));
        }
        shares.extend(cell.after);
    }

    fn profile(&mut self, name: usize) -> &mut Profile {
        &mut self.profiles[self.leads_to[name]]
    }
}

/// The share of one customer with all these names, counted from the facts and from what the decisions exposed.
fn recount(
    facts: &BTreeSet<Fact>,
    exposures: &[(i64, Exposure)],
    campaign: usize,
) -> Option<CellShare> {
    let minors = |exposure: &Exposure| -> Vec<i64> {
        exposure.revenue_before.iter().map(|sum| sum.minor).collect()
    };
    let (since, first) = exposures.iter().min_by_key(|(minute, exposure)| {
        (*minute, exposure.variant.clone(), exposure.split, minors(exposure))
    })?;
    let counts = |minute: i64| (*since..=since + WINDOW_MIN).contains(&minute);
    let mut share = CellShare::new(first.variant.clone(), first.split);
    for before in &first.revenue_before {
        share.set_before(*before);
    }
    for order in (0..4).filter(|&order| counts(order_minute(order))) {
        let any = |is: &dyn Fn(&Fact) -> bool| facts.iter().any(is);
        if !any(&|fact| matches!(*fact, Fact::Ordered { order: of, .. } if of == order)) {
            continue;
        }
        let cancelled =
            any(&|fact| matches!(*fact, Fact::Cancelled { order: of, .. } if of == order));
        let refunds = facts.iter().filter_map(|fact| match *fact {
            Fact::Refunded { order: of, number, in_dollars: false, .. } if of == order => {
                Some(number)
            }
            _ => None,
        });
        let refunds: BTreeSet<u8> = refunds.collect();
        let back: i64 = refunds.into_iter().map(refund_minor).sum();
        let minor = order_minor(order);
        let left = if cancelled { 0 } else { (minor - back).max(0) };
        let counts = u32::from(!cancelled && (left > 0 || minor == 0));
        share.orders += counts;
        share.add_revenue(eur(), left, counts);
    }
    let numbers = facts.iter().filter_map(|fact| match *fact {
        Fact::Measured { number, .. } => Some(number),
        _ => None,
    });
    let numbers: BTreeSet<u8> = numbers.filter(|&it| counts(order_minute(it) + 1)).collect();
    if campaign == 0 {
        share.outcomes = share.orders;
    } else {
        share.outcomes = u32::try_from(numbers.len()).expect("few");
        share.value_milli = numbers.into_iter().map(points_milli).sum();
    }
    let has = |is: fn(&Fact) -> Option<i64>| facts.iter().filter_map(is).any(counts);
    share.steps = Steps::of(|step| match step {
        Step::Eligible => true,
        Step::Shown => exposures.iter().any(|(_, exposure)| exposure.shown),
        Step::Seen | Step::Clicked => false,
        Step::Cart => has(|fact| match *fact {
            Fact::Cart { minute, .. } => Some(minute),
            _ => None,
        }),
        Step::Checkout => has(|fact| match *fact {
            Fact::Checkout { minute, .. } => Some(minute),
            _ => None,
        }),
        Step::Ordered => share.orders > 0,
    });
    Some(share)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_same_facts_in_any_sequence_come_to_the_same_share((one, other) in two_sequences()) {
        let facts: BTreeSet<Fact> = one.iter().copied().collect();
        for sequence in [one, other] {
            let mut world = World::new();
            for fact in sequence {
                world.tell(fact);
            }
            world.tell(Fact::Joined { one: 0, other: 1 });
            world.tell(Fact::Joined { one: 1, other: 2 });
            for (place, name) in CAMPAIGNS.iter().enumerate() {
                let campaign = CampaignKey::parse(name).expect("valid");
                let counted = recount(&facts, &world.exposed[place], place);
                let share = world.profile(0).cell_share(&campaign);
                prop_assert_eq!(&share, &counted, "the share of {}", name);
                let told = world.told.remove(&campaign).unwrap_or_default();
                prop_assert_eq!(told, counted.into_iter().collect::<Vec<_>>(), "what was told");
            }
        }
    }
}

#[test]
fn a_time_that_is_none_lies_in_no_window_however_long() {
    let mut profile = empty("a-1");
    let endless = Exposure { attribution_until: Timestamp::MAX, ..exposure("c", "v", true, 0) };
    fold_exposures(&mut profile, at_min(1), 1, &[endless]);
    let share = profile.cell_share(&CampaignKey::parse("c").expect("valid")).expect("enrolled");
    assert_eq!(share.steps, Steps::of(|step| step <= Step::Shown));
}
