//! Thousands of experiments in which the truth is known, through the code that serves: customers are
//! assigned by the split that decides, counted by the cells of the live figures, and judged by the report.
//!
//! Everything comes from a seed, so a run that fails fails again.

use std::time::Duration;

use experiments::Split;
use fastrand::Rng;
use model::{CampaignKey, CellShare, Currency, CustomerId, Goal, VariantKey};

use super::{Design, PlannedArm, Report};
use crate::cell::Cell;
use crate::comparison::EffectEstimate;
use crate::figures::Cells;

const EXPERIMENTS: u32 = 2_000;
const CUSTOMERS: u32 = 1_200;
/// A report is read after each so many customers.
const LOOK_EACH: u32 = 60;
/// The 95 % interval of how many of 2,000 a test at 5 % finds by chance: `100 ± 1.96 sqrt(2000 · 0.05 · 0.95)`.
const BINOMIAL: std::ops::RangeInclusive<u32> = 81..=119;

/// How customers behave.
#[derive(Clone, Copy)]
struct World {
    /// The probability that a customer of the control converts, and of the treated arm.
    rates: [f64; 2],
    /// The share of treated customers whose exposure gets lost.
    lost: f64,
    customers: u32,
}

/// What was ever said of an experiment, and what was said last.
#[derive(Default)]
struct Heard {
    /// Some verdict claimed a difference.
    claimed: bool,
    /// Some report called the split broken.
    broken: bool,
    /// Some p-value of the fixed test was significant: what comes of looking on and on.
    fixed_ever: bool,
    /// The last one was.
    fixed_last: bool,
    /// The fixed test of revenue was, in the last report.
    revenue_last: bool,
    /// Some p-value for any look was, of conversion or revenue.
    anytime_ever: [bool; 2],
    /// The fixed check of the split was, in the last report.
    split_last: bool,
}

/// An A/A test: both arms are the same.
const NO_EFFECT: World = World { rates: [0.2, 0.2], lost: 0.0, customers: CUSTOMERS };

fn design() -> Design {
    let arm = |key| PlannedArm { variant: VariantKey::parse(key).expect("valid"), weight: 50 };
    Design {
        campaign: CampaignKey::parse("simulated").expect("valid"),
        control: arm("control").variant,
        arms: vec![arm("control"), arm("treated")],
        goal: Goal::orders(Duration::ZERO),
    }
}

/// Runs the experiment of a number.
fn run(number: u32, world: World, design: &Design) -> Heard {
    let mut chance = Rng::with_seed(u64::from(number));
    let weights: Vec<u32> = design.arms.iter().map(|arm| arm.weight).collect();
    let split = Split::new(&weights).expect("valid");
    let salt = format!("experiment-{number}");
    let currency = Currency::parse("EUR").expect("known");
    let mut cells: Cells =
        design.arms.iter().map(|arm| (arm.variant.clone(), Cell::default())).collect();
    let mut heard = Heard::default();
    for customer in 1..=world.customers {
        let id = CustomerId::from_u128(u128::from(chance.u64(..)) << 64 | u128::from(customer));
        let place = split.assign(&salt, &id.to_string());
        if place == 0 || chance.f64() >= world.lost {
            let variant = design.arms[place].variant.clone();
            let cell = cells.get_mut(&variant).expect("planned");
            let mut share = CellShare::new(variant);
            cell.add(&share);
            if chance.f64() < world.rates[place] {
                cell.take(&share);
                (share.orders, share.outcomes) = (1, 1);
                // From 10.00 to 100.00. Few carts that are far larger than all others would make the t
                // test of so few customers find less than 5 %.
                share.add_revenue(currency, chance.i64(1_000..10_000));
                cell.add(&share);
            }
        }
        if customer % LOOK_EACH == 0 {
            heard.listen(&Report::new("simulated", Some(design), &cells));
        }
    }
    heard
}

fn count(all: &[Heard], of: impl Fn(&Heard) -> bool) -> u32 {
    u32::try_from(all.iter().filter(|heard| of(heard)).count()).expect("few")
}

fn run_all(experiments: u32, world: World) -> Vec<Heard> {
    let design = design();
    (0..experiments).map(|number| run(number, world, &design)).collect()
}

// === impl Heard ===

impl Heard {
    fn listen(&mut self, report: &Report) {
        let effect = &report.effects[0];
        self.claimed |= effect.verdict.starts_with("treated converts");
        let split = report.split.as_ref().expect("customers");
        self.broken |= split.broken;
        self.split_last = split.p_value < 0.05;
        let conversion = effect.conversion_rate.estimate();
        let revenue =
            effect.revenue_per_customer_minor.get("EUR").and_then(|revenue| revenue.estimate());
        let fixed = |estimate: Option<&EffectEstimate>| estimate.is_some_and(|e| e.p_value < 0.05);
        self.fixed_last = fixed(conversion);
        self.fixed_ever |= self.fixed_last;
        self.revenue_last = fixed(revenue);
        for (ever, estimate) in self.anytime_ever.iter_mut().zip([conversion, revenue]) {
            *ever |= estimate.is_some_and(|estimate| estimate.anytime.p_value < 0.05);
        }
    }
}

#[test]
fn where_there_is_no_effect_none_is_found_more_often_than_promised() {
    let all = run_all(EXPERIMENTS, NO_EFFECT);
    let fixed = count(&all, |heard| heard.fixed_last);
    assert!(BINOMIAL.contains(&fixed), "one look at conversion: {fixed}");
    let revenue = count(&all, |heard| heard.revenue_last);
    assert!(BINOMIAL.contains(&revenue), "one look at revenue: {revenue}");
    let split = count(&all, |heard| heard.split_last);
    assert!(BINOMIAL.contains(&split), "one look at the split: {split}");
    // At most 5 % over all looks together, and the verdict no more than that.
    for measure in 0..2 {
        let ever = count(&all, |heard| heard.anytime_ever[measure]);
        assert!(ever <= EXPERIMENTS / 20, "any look at measure {measure}: {ever}");
    }
    let claimed = count(&all, |heard| heard.claimed);
    assert!(claimed <= EXPERIMENTS / 20, "claimed: {claimed}");
    let broken = count(&all, |heard| heard.broken);
    assert!(broken <= EXPERIMENTS / 100, "split called broken: {broken}");
    // What the looks would have made of the fixed test, or this says nothing.
    let peeked = count(&all, |heard| heard.fixed_ever);
    assert!(peeked > EXPERIMENTS / 10, "the fixed test at many looks: {peeked}");
}

#[test]
fn exposures_that_get_lost_in_one_arm_are_noticed() {
    let biased = World { lost: 0.2, customers: 4_000, ..NO_EFFECT };
    let all = run_all(50, biased);
    assert_eq!(count(&all, |heard| heard.broken), 50);
}

#[test]
fn an_effect_that_is_there_is_found() {
    let better = World { rates: [0.2, 0.27], customers: 4_000, ..NO_EFFECT };
    let all = run_all(50, better);
    let claimed = count(&all, |heard| heard.claimed);
    assert!(claimed >= 45, "{claimed} of 50");
}
