//! What the words of a report claim, and what they do not.

use std::collections::BTreeMap;

use model::SplitKey;

use super::{cell, design, hillstrom, live, report, tenant, variant};
use crate::cell::{Cell, Moments};
use crate::report::{Design, PlannedArm, Report};

/// The same with every second order three times as dear.
fn dearer(mut cell: Cell) -> Cell {
    let (dear, plain) =
        (i128::from(cell.conversions / 2), i128::from(cell.conversions - cell.conversions / 2));
    let sums = cell.revenue.values_mut().next().expect("a currency");
    let sum = plain * 1_000 + dear * 3_000;
    let sum_of_squares = plain * 1_000_i128.pow(2) + dear * 3_000_i128.pow(2);
    (sums.minor, sums.minor_times_orders) = (Moments { sum, sum_of_squares }, sum);
    cell
}

#[test]
fn the_verdict_claims_a_difference_only_where_the_data_bear_it() {
    let verdict = |control, treated| report(control, treated).effects[0].verdict.clone();
    let better = &hillstrom().effects[0].verdict;
    assert!(better.starts_with("twenty-percent converts better than control, by 0.68"), "{better}");
    let worse = verdict(cell(21_307, 267), cell(21_306, 122));
    assert!(worse.starts_with("twenty-percent converts worse than control, by 0.68"), "{worse}");
    let small = verdict(cell(40, 0), cell(40, 9));
    assert!(small.starts_with("Too early to tell: 9 of 40 customers converted in"), "{small}");
    let alike = verdict(cell(1_000, 50), cell(1_000, 55));
    assert!(alike.starts_with("No difference between twenty-percent and control"), "{alike}");
    let one_sided = verdict(cell(0, 0), cell(50, 20));
    assert!(one_sided.starts_with("Too early to tell"), "{one_sided}");
}

/// Else an arm that sells more to as many would be called too early for ever.
#[test]
fn what_customers_bring_is_told_though_too_few_convert_or_do_not() {
    let all = report(cell(300, 300), dearer(cell(300, 300)));
    let verdict = &all.effects[0].verdict;
    let begins = "Too early to tell who converts better: 300 of 300 customers converted in";
    assert!(verdict.starts_with(begins), "{verdict}");
    assert!(verdict.contains("10 who did not. Revenue per customer is higher, by "), "{verdict}");
    let few = report(cell(300, 9), dearer(cell(300, 9)));
    assert!(few.effects[0].verdict.ends_with("10 who did not."), "{:?}", few.effects[0]);
    let small = report(cell(99, 99), dearer(cell(99, 99)));
    assert!(small.effects[0].verdict.ends_with("10 who did not."), "{:?}", small.effects[0]);
}

#[test]
fn above_its_tables_a_report_says_for_whom_it_is_too_early() {
    let line = "too early to compare conversion rates with the control's, for twenty-percent:";
    let early = report(cell(300, 9), cell(300, 40)).to_table();
    let (line_at, tables_at) = (early.find(line), early.find("at any look"));
    assert!(line_at.is_some() && line_at < tables_at, "{early}");
    assert!(!hillstrom().to_table().contains("too early"));
}

/// Else a marketer would take the word of an arm for what nobody is shown any more.
#[test]
fn of_an_arm_that_left_the_plan_the_verdict_says_so_first() {
    let before = |customers, conversions| {
        let splits = BTreeMap::from([(SplitKey::from_u32(99), customers)]);
        Cell { splits, ..cell(customers, conversions) }
    };
    let live = live(&[("control", before(21_306, 122)), ("ten-percent", before(21_307, 267))]);
    let report = Report::of(&live, &tenant(), "cart-rescue", &[design()]).expect("planned");
    let verdict = &report.effects[1].verdict;
    assert!(
        verdict.starts_with("ten-percent is not in the plan: whoever was assigned"),
        "{verdict}"
    );
    assert!(verdict.contains("ten-percent converts better than control"), "{verdict}");
    assert!(!report.effects[0].verdict.contains("not in the plan"));
    assert!(report.to_table().contains(&format!("\n{verdict}\n")));
    assert!(!hillstrom().to_table().contains("not in the plan"));
}

/// What is said of the first of `arms` arms, of which the others are like the control.
fn verdict_among(arms: usize, conversions: i64) -> String {
    let names = ["control", "a", "b", "c", "d"];
    let cells = names[..=arms]
        .iter()
        .map(|name| (*name, cell(10_000, if *name == "a" { conversions } else { 500 })));
    let live = live(&cells.collect::<Vec<_>>());
    let planned = names[..=arms].iter().map(|key| PlannedArm { variant: variant(key), weight: 1 });
    let design = Design { arms: planned.collect(), ..design() };
    let report = Report::of(&live, &tenant(), "cart-rescue", &[design]).expect("known");
    report.effects[0].verdict.clone()
}

#[test]
fn of_several_arms_the_words_and_the_interval_say_whose_they_are() {
    let one = verdict_among(1, 612);
    assert!(one.contains("at whatever time it is read);") && !one.contains("alone"), "{one}");
    let of_four = verdict_among(4, 612);
    assert!(of_four.starts_with("No difference between a and control"), "{of_four}");
    let expected =
        "percentage points, for this arm alone, but of 4 arms one differs as much by chance";
    assert!(of_four.contains(expected), "{of_four}");
    let surely = verdict_among(4, 900);
    assert!(surely.contains("at whatever time it is read, for this arm alone);"), "{surely}");
    assert!(surely.contains("1000 times, corrected for 4 arms."), "{surely}");
    assert!(surely.contains("(95 % interval +0.29 to +0.51, for this arm alone)."), "{surely}");
    let alike = verdict_among(4, 505);
    assert!(alike.contains("percentage points, for this arm alone. "), "{alike}");
}
