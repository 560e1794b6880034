//! Our inference against that of others: gbstats, statsmodels, and a published experiment.
//!
//! The tables are random but for their seed, and both sides are given the same ones.

#[path = "inference/hillstrom.rs"]
mod hillstrom;
#[path = "inference/oracle.rs"]
mod oracle;
#[path = "inference/tables.rs"]
mod tables;

use experiments::inference::{
    Belief, Interval, Joint, Measure, Prior, Sample, Scale, adjust, anytime, belief,
    benjamini_hochberg, compare, customers_needed, holm, proportions_pooled, quantile,
    split_mismatch,
};
use fastrand::Rng;
use serde_json::{Value, json};

use tables::{Kind, Table};

const SEED: u64 = 0x5eed_0004;
const TABLES: u64 = 250;

/// Equal to a millionth: of the value where that is above 1, of 1 below.
#[track_caller]
fn same(ours: f64, theirs: &Value, what: &str) {
    let theirs = theirs.as_f64().expect("a number");
    let error = (ours - theirs).abs() / theirs.abs().max(1.0);
    assert!(error <= 1e-6, "{what}: {ours} is not {theirs}");
}

#[track_caller]
fn same_interval(ours: Interval, theirs: &Value, at: usize, what: &str) {
    same(ours.low, &theirs[at], what);
    same(ours.high, &theirs[at + 1], what);
}

/// The arms of a table as our inference sees them: treated and control.
fn samples(table: &Table) -> (Sample, Sample) {
    let [treated, control] = [&table.treated, &table.control];
    let each = |sample: fn(&tables::Arm) -> Sample| (sample(treated), sample(control));
    match table.kind {
        Kind::Proportion => each(|arm| arm.conversions().sample().expect("varies")),
        Kind::Mean => each(|arm| arm.pairs().first.sample().expect("varies")),
        Kind::Ratio => {
            each(|arm| arm.pairs().joint().and_then(Joint::ratio).expect("a denominator"))
        }
        Kind::Adjusted => {
            let joint = |arm: &tables::Arm| arm.pairs().joint().expect("many");
            adjust(joint(treated), joint(control)).expect("many")
        }
        Kind::AdjustedProportion => {
            let joint = |arm: &tables::Arm| arm.running().joint(Measure::Proportion).expect("many");
            adjust(joint(treated), joint(control)).expect("many")
        }
    }
}

fn in_order(belief: &Belief) -> [f64; 6] {
    [
        belief.effect,
        belief.interval.low,
        belief.interval.high,
        belief.chance_to_win,
        belief.expected_loss,
        belief.expected_loss_of_control,
    ]
}

#[track_caller]
fn same_effects(table: &Table, answer: &Value) {
    let (treated, control) = samples(table);
    let what = format!("{table:?}");
    let (absolute, relative) = (&answer["absolute"], &answer["relative"]);
    let fixed = compare(treated, control).expect("varies");
    same(fixed.absolute, &absolute["fixed"][0], &what);
    same_interval(fixed.interval, &absolute["fixed"], 1, &what);
    same(fixed.statistic, &absolute["statistic"], &what);
    same(fixed.p_value, &absolute["p_value"], &what);
    same(fixed.relative.expect("a base"), &relative["fixed"][0], &what);
    same_interval(fixed.relative_interval.expect("a base"), &relative["fixed"], 1, &what);
    let always = anytime(treated, control, table.tuning).expect("varies");
    same_interval(always.interval, &absolute["sequential"], 0, &what);
    same(always.p_value, &absolute["sequential_p_value"], &what);
    let interval = always.relative_interval.expect("a base");
    same_interval(interval, &relative["sequential"], 0, &what);
    let (mean, variance) = table.prior;
    for (scale, answer) in [(Scale::Absolute, absolute), (Scale::Relative, relative)] {
        for (place, prior) in [Prior::Flat, Prior::Normal { mean, variance }].iter().enumerate() {
            let ours = belief(treated, control, scale, *prior).expect("varies");
            for (at, value) in in_order(&ours).into_iter().enumerate() {
                same(value, &answer["beliefs"][place][at], &what);
            }
        }
    }
}

#[test]
#[ignore = "needs the environment of crates/e2e/clients/statistics; `cargo xtask test` makes it"]
fn effects_of_random_tables_equal_those_of_gbstats() {
    let mut chance = Rng::with_seed(SEED);
    let tables: Vec<Table> =
        (0..TABLES).map(|number| Table::draw(Kind::of(number), &mut chance)).collect();
    let questions: Vec<Value> = tables.iter().map(Table::question).collect();
    let answers = oracle::ask(&json!({"effects": questions}));
    let answers = answers["effects"].as_array().expect("a list");
    assert_eq!(answers.len(), tables.len());
    for (table, answer) in tables.iter().zip(answers) {
        same_effects(table, answer);
    }
}

#[test]
#[ignore = "needs the environment of crates/e2e/clients/statistics; `cargo xtask test` makes it"]
fn splits_of_random_sizes_are_judged_as_by_gbstats() {
    let mut chance = Rng::with_seed(SEED);
    let draws: Vec<(Vec<u64>, Vec<f64>)> = (0..200)
        .map(|_| {
            let weights: Vec<u64> = (0..chance.usize(2..6)).map(|_| chance.u64(1..100)).collect();
            let scale = chance.u64(1..2_000);
            let count = |&weight: &u64| (weight * scale) + chance.u64(0..weight + 100);
            (weights.iter().map(count).collect(), weights.iter().map(|&w| w as f64).collect())
        })
        .collect();
    let question = |(counts, weights): &_| json!({"counts": counts, "weights": weights});
    let answers = oracle::ask(&json!({"splits": draws.iter().map(question).collect::<Vec<_>>()}));
    for (place, (counts, weights)) in draws.iter().enumerate() {
        let arms: Vec<(u64, f64)> = counts.iter().copied().zip(weights.iter().copied()).collect();
        let ours = split_mismatch(&arms).expect("customers");
        same(ours.p_value, &answers["splits"][place], &format!("{arms:?}"));
    }
}

#[test]
#[ignore = "needs the environment of crates/e2e/clients/statistics; `cargo xtask test` makes it"]
fn what_gbstats_has_not_equals_statsmodels() {
    let mut chance = Rng::with_seed(SEED);
    let tables: Vec<Table> = (0..200).map(|_| Table::draw(Kind::Proportion, &mut chance)).collect();
    let p_values: Vec<Vec<f64>> = (0..200)
        .map(|_| (0..chance.usize(1..9)).map(|_| chance.f64() * chance.f64() * 0.2).collect())
        .collect();
    let mut values: Vec<(Vec<f64>, u32)> = (0..100)
        .map(|_| {
            let length = chance.usize(1..400);
            let all = (0..length).map(|_| (chance.f64() - 0.5) * 1e3).collect();
            (all, chance.u32(0..=10_000))
        })
        .collect();
    let effects: Vec<f64> = tables.iter().map(|_| chance.f64() * 0.05 + 0.001).collect();
    let pooled = |table: &Table| {
        let both = [table.treated.conversions(), table.control.conversions()];
        json!({"converted": both.map(|arm| arm.converted), "customers": both.map(|arm| arm.customers)})
    };
    let size = |(table, effect): (&Table, &f64)| {
        let (treated, control) = samples(table);
        json!({
            "treated_size": treated.size(), "treated_variance": treated.variance(),
            "control_size": control.size(), "control_variance": control.variance(),
            "effect": effect,
        })
    };
    let quantiles = values.iter().map(|(all, at)| json!({"values": all, "ten_thousandths": at}));
    let answers = oracle::ask(&json!({
        "pooled": tables.iter().map(pooled).collect::<Vec<_>>(),
        "corrections": p_values,
        "sizes": tables.iter().zip(&effects).map(size).collect::<Vec<_>>(),
        "quantiles": quantiles.collect::<Vec<_>>(),
    }));
    for (place, table) in tables.iter().enumerate() {
        let what = format!("{table:?}");
        let (treated, control) = (table.treated.conversions(), table.control.conversions());
        let ours = proportions_pooled(treated, control).expect("varies");
        same(ours.statistic, &answers["pooled"][place][0], &what);
        same(ours.p_value, &answers["pooled"][place][1], &what);
        let (treated, control) = samples(table);
        let ours = customers_needed(treated, control, effects[place], Scale::Absolute);
        let theirs = answers["sizes"][place].as_f64().expect("a number").ceil();
        assert!((ours.expect("varies") - theirs).abs() <= 1e-6 * theirs.max(1e6), "{what}");
    }
    for (place, p_values) in p_values.iter().enumerate() {
        let answer = &answers["corrections"][place];
        for (method, ours) in [holm(p_values), benjamini_hochberg(p_values)].iter().enumerate() {
            for (at, ours) in ours.iter().enumerate() {
                same(*ours, &answer[method][at], &format!("{p_values:?}"));
            }
        }
    }
    for (place, (all, at)) in values.iter_mut().enumerate() {
        let ours = quantile(all, *at).expect("values");
        same(ours, &answers["quantiles"][place], &format!("{at} of {all:?}"));
    }
}

#[test]
#[ignore = "needs the environment of crates/e2e/clients/statistics; `cargo xtask test` makes it"]
fn the_program_says_of_a_file_what_gbstats_says_of_its_sums() {
    let mut chance = Rng::with_seed(SEED);
    let tables: Vec<Table> =
        (0..20).map(|number| Table::draw(Kind::of(number), &mut chance)).collect();
    let questions: Vec<Value> = tables.iter().map(Table::question).collect();
    let answers = oracle::ask(&json!({"effects": questions}));
    for (place, table) in tables.iter().enumerate() {
        let (absolute, what) = (&answers["effects"][place]["absolute"], format!("{table:?}"));
        let said = tables::analysed(table);
        let treatment = &said["treatments"][0];
        let ours = |field: &str| treatment[field].as_f64().expect("a number");
        same(ours("lift_absolute"), &absolute["fixed"][0], &what);
        same(ours("ci_low"), &absolute["fixed"][1], &what);
        same(ours("ci_high"), &absolute["fixed"][2], &what);
        same(ours("statistic"), &absolute["statistic"], &what);
        same(ours("p_value"), &absolute["p_value"], &what);
        let relative = &answers["effects"][place]["relative"];
        same(ours("lift_relative"), &relative["fixed"][0], &what);
    }
}

/// Or the tests above were about nothing.
#[test]
fn random_tables_are_of_all_kinds_and_have_effects_and_none() {
    let mut chance = Rng::with_seed(SEED);
    let mut significant = 0;
    for number in 0..TABLES {
        let table = Table::draw(Kind::of(number), &mut chance);
        let (treated, control) = samples(&table);
        significant += u64::from(compare(treated, control).expect("varies").p_value < 0.05);
    }
    assert!((TABLES / 10..TABLES * 9 / 10).contains(&significant), "{significant} of {TABLES}");
}
