mod verdicts;

use std::collections::BTreeMap;
use std::time::Duration;

use model::{
    CampaignKey, CellShare, Currency, Goal, Holdout, Money, SplitKey, TenantKey, VariantKey,
};

use super::{Cap, Design, PlannedArm, Report};
use crate::cell::{Cell, Moments, RevenueSums};
use crate::comparison::{Comparison, EffectEstimate};
use crate::error::AnalyticsError;
use crate::figures::{Cells, Figures};
use crate::live::Live;

const SPLIT: SplitKey = SplitKey::from_u32(1);

fn tenant() -> TenantKey {
    TenantKey::parse("demo").expect("valid")
}

fn campaign() -> CampaignKey {
    CampaignKey::parse("cart-rescue").expect("valid")
}

fn variant(key: &str) -> VariantKey {
    VariantKey::parse(key).expect("valid")
}

fn design() -> Design {
    let arm = |key| PlannedArm { variant: variant(key), weight: 50 };
    let arms = vec![arm("control"), arm("twenty-percent")];
    let goal = Goal::orders(Duration::ZERO);
    let (campaign, control) = (campaign(), variant("control"));
    Design { campaign, control, arms, goal, split: SPLIT, last_version: None }
}

/// Each converted customer spent 10.00 EUR.
fn cell(customers: i64, conversions: i64) -> Cell {
    let moments = |each: i128| Moments {
        sum: i128::from(conversions) * each,
        sum_of_squares: i128::from(conversions) * each * each,
    };
    let revenue = RevenueSums {
        minor: moments(1_000),
        orders: moments(1),
        minor_times_orders: i128::from(conversions) * 1_000,
        ..RevenueSums::default()
    };
    let splits = BTreeMap::from([(SPLIT, customers)]);
    let mut cell = Cell { customers, splits, conversions, orders: conversions, ..Cell::default() };
    if conversions > 0 {
        cell.revenue.insert(Currency::parse("EUR").expect("known"), revenue);
    }
    cell
}

fn live(cells: &[(&str, Cell)]) -> Live {
    let cells: Cells = cells.iter().map(|(key, cell)| (variant(key), cell.clone())).collect();
    let campaigns = BTreeMap::from([(campaign(), cells)]);
    let figures = Figures { campaigns, ..Figures::default() };
    Live::new(1, BTreeMap::from([(tenant(), figures)]))
}

fn report(control: Cell, treated: Cell) -> Report {
    let live = live(&[("control", control), ("twenty-percent", treated)]);
    Report::of(&live, &tenant(), "cart-rescue", &[design()]).expect("known")
}

/// Control and "mens" of the MineThatData e-mail experiment.
fn hillstrom() -> Report {
    report(cell(21_306, 122), cell(21_307, 267))
}

#[track_caller]
fn told(comparison: &Comparison) -> &EffectEstimate {
    comparison.estimate().expect("an effect")
}

#[test]
fn a_report_before_any_data_is_all_zeros_and_says_so() {
    let live = Live::new(0, BTreeMap::new());
    let report = Report::of(&live, &tenant(), "cart-rescue", &[design()]).expect("planned");
    let arms: Vec<_> =
        report.arms.iter().map(|arm| (arm.variant.as_str(), arm.customers)).collect();
    assert_eq!(arms, [("control", 0), ("twenty-percent", 0)]);
    assert!(report.to_table().contains("no customer has been eligible so far"));
    let undetermined = "an arm has fewer than two customers".to_owned();
    assert_eq!(report.effects[0].conversion_rate, Comparison::Undetermined { undetermined });
}

/// A design whose customers are divided 45, 45 and 10, the last being held out.
fn held_out_design(control: &str) -> Design {
    let arm = |(key, weight)| PlannedArm { variant: variant(key), weight };
    let arms = [("control", 45), ("twenty-percent", 45), ("holdout", 10)].map(arm).into();
    Design { control: variant(control), arms, ..design() }
}

#[test]
fn those_who_are_held_out_are_an_arm_that_is_compared_only_as_the_control() {
    let sizes = |held| {
        let cells = [("control", cell(4_500, 90)), ("twenty-percent", cell(4_500, 180))];
        live(&[&cells[..], &[("holdout", cell(held, 20))]].concat())
    };
    let of = |live: &Live, control| {
        let designs = [held_out_design(control)];
        Report::of(live, &tenant(), "cart-rescue", &designs).expect("known")
    };
    let report = of(&sizes(1_000), "control");
    assert_eq!((report.arms[2].variant.as_str(), report.arms[2].weight), ("holdout", Some(10)));
    assert!(!report.split.as_ref().expect("three arms").broken);
    let compared = |report: &Report| {
        report.effects.iter().map(|effect| effect.variant.clone()).collect::<Vec<_>>()
    };
    assert_eq!(compared(&report), ["twenty-percent"]);
    let alone = told(&report.effects[0].conversion_rate);
    assert!((alone.p_value_corrected - alone.p_value).abs() < 1e-15, "one comparison");
    assert_eq!(compared(&of(&sizes(1_000), "holdout")), ["control", "twenty-percent"]);
    let lost = of(&sizes(800), "control").split.expect("three arms");
    assert!(lost.broken, "a holdout of the wrong size is told: {lost:?}");
}

#[test]
fn the_holdout_of_a_tenant_is_reported_as_an_experiment_whose_control_is_held_out() {
    let holdout = Holdout {
        key: CampaignKey::parse("holdout").expect("valid"),
        percent: 5,
        salt: "2026-q4".into(),
        attribution_window: Duration::from_secs(30 * 86_400),
    };
    let split = SplitKey::of_holdout(&holdout);
    let sized = |customers, conversions| Cell {
        splits: BTreeMap::from([(split, customers)]),
        ..cell(customers, conversions)
    };
    let cells = [("held-out", sized(500, 20)), ("open", sized(9_500, 760))];
    let cells: Cells = cells.into_iter().map(|(key, cell)| (variant(key), cell)).collect();
    let campaigns = BTreeMap::from([(holdout.key.clone(), cells)]);
    let figures = Figures { campaigns, ..Figures::default() };
    let live = Live::new(1, BTreeMap::from([(tenant(), figures)]));
    let designs = [design(), Design::from(&holdout)];
    let report = Report::of(&live, &tenant(), "holdout", &designs).expect("known");
    let arms: Vec<_> =
        report.arms.iter().map(|arm| (arm.variant.as_str(), arm.weight, arm.customers)).collect();
    assert_eq!(arms, [("held-out", Some(5), 500), ("open", Some(95), 9_500)]);
    assert!(!report.split.expect("two arms").broken);
    let effect = told(&report.effects[0].conversion_rate);
    assert_eq!(
        (report.control.as_deref(), &*report.effects[0].variant),
        (Some("held-out"), "open")
    );
    assert!((effect.absolute - 0.04).abs() < 1e-12, "{effect:?}");
}

#[test]
fn an_unknown_campaign_is_told_with_those_that_are_known() {
    let live = live(&[]);
    let error = Report::of(&live, &tenant(), "cart-resque", &[design()]).expect_err("unknown");
    assert!(matches!(error, AnalyticsError::UnknownCampaign { .. }));
    assert_eq!(error.to_string(), r#"no campaign "cart-resque"; there are: cart-rescue"#);
}

#[test]
fn one_tenant_never_reads_the_campaign_of_another() {
    let live = live(&[("control", cell(5, 1))]);
    let other = TenantKey::parse("other").expect("valid");
    let error = Report::of(&live, &other, "cart-rescue", &[]).expect_err("unknown there");
    assert_eq!(error.to_string(), r#"no campaign "cart-rescue"; there are none yet"#);
}

#[test]
fn the_lift_of_a_published_experiment_comes_out() {
    let report = hillstrom();
    let effect = told(&report.effects[0].conversion_rate);
    assert!((effect.absolute - 0.006_805).abs() < 1e-6, "{effect:?}");
    assert!((effect.statistic - 7.385).abs() < 0.01, "{effect:?}");
    let revenue = told(&report.effects[0].revenue_per_customer_minor["EUR"]);
    // Each conversion is worth 1000 minor units here, so both measures tell the same.
    assert!((revenue.absolute - 1_000.0 * effect.absolute).abs() < 1e-9, "{revenue:?}");
    assert!((revenue.statistic - effect.statistic).abs() < 0.01, "{revenue:?}");
}

#[test]
fn the_table_is_aligned_and_names_every_number() {
    let table = hillstrom().to_table();
    let expected = "\
Campaign cart-rescue, control arm control

arm             customers  converted    rate  shows  withheld  orders  revenue EUR  per customer  per order
control             21306        122  0.57 %      0         0     122      1220.00          0.06      10.00
twenty-percent      21307        267  1.25 %      0         0     267      2670.00          0.13      10.00

at any look     measure           difference         95 % interval  relative        95 % interval        p
twenty-percent  conversion rate     +0.68 pt  +0.38 pt to +0.98 pt  +118.8 %  +42.1 % to +195.6 %  < 0.001
twenty-percent  EUR per customer       +0.07        +0.04 to +0.10  +118.8 %  +42.1 % to +195.6 %  < 0.001

at one look     measure                  95 % interval             relative        p   better  expected loss  detectable
twenty-percent  conversion rate   +0.50 pt to +0.86 pt  +72.2 % to +165.5 %  < 0.001  100.0 %        0.00 pt     0.26 pt
twenty-percent  EUR per customer        +0.05 to +0.09  +72.2 % to +165.5 %  < 0.001  100.0 %           0.00        0.03

twenty-percent converts better than control, by 0.68 percentage points (95 % interval +0.38 to \
+0.98, at whatever time it is read); if the two were alike, chance would ever make so large a \
difference less than once in 1000 times. Revenue per customer is higher, by 0.07 EUR (95 % interval \
+0.04 to +0.10).

Sizes of the arms against their weights: p 1.000.
";
    assert!(table.starts_with(expected), "{table}");
}

#[test]
fn a_report_reads_back_from_its_json_with_the_documented_names() {
    let report = hillstrom();
    let json = report.to_json();
    let read: Report = serde_json::from_str(&json).expect("readable");
    // Decimals may differ in the last of their 17 digits.
    assert_eq!((&read.arms, read.to_table()), (&report.arms, report.to_table()));
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["control"], "control");
    assert_eq!(value["arms"][1]["conversions"], 267);
    assert_eq!(value["arms"][1]["revenue_minor"]["EUR"], 267_000);
    for field in ["absolute", "relative", "ci_low", "ci_high", "statistic", "p_value"] {
        assert!(value["effects"][0]["conversion_rate"][field].is_number(), "{field}");
    }
}

#[test]
fn the_funnel_and_the_numbers_of_a_goal_are_told_by_arm() {
    let value_milli = Moments { sum: 4_500, sum_of_squares: 4_500 * 4_500 };
    let steps = [3, 3, 2, 1, 2, 1, 0];
    let treated = Cell { outcomes: 5, value_milli, steps, ..cell(3, 1) };
    let report = report(Cell { steps: [2, 0, 0, 0, 1, 1, -1], ..cell(2, 0) }, treated);
    let arm = &report.arms[1];
    assert_eq!((arm.outcomes, arm.value_milli, arm.value_per_customer), (5, 4_500, Some(1.5)));
    let value: serde_json::Value = serde_json::from_str(&report.to_json()).expect("JSON");
    assert_eq!(
        value["arms"][1]["funnel"].to_string(),
        r#"{"cart":2,"checkout":1,"clicked":1,"eligible":3,"ordered":0,"seen":2,"shown":3}"#
    );
    let expected = "\n
funnel          eligible  shown  seen  clicked  cart  checkout  ordered
control                2      0     0        0     1         1        0
twenty-percent         3      3     2        1     2         1        0
";
    assert!(report.to_table().ends_with(&expected[1..]), "{}", report.to_table());
}

/// Of 1,000 customers in each arm, 100 and 200 earn 2.5 points each.
fn points() -> Report {
    let earned = |conversions: i64| Cell {
        outcomes: conversions,
        value_milli: Moments {
            sum: i128::from(conversions) * 2_500,
            sum_of_squares: i128::from(conversions) * 2_500 * 2_500,
        },
        orders: 0,
        revenue: BTreeMap::new(),
        ..cell(1_000, conversions)
    };
    let live = live(&[("control", earned(100)), ("twenty-percent", earned(200))]);
    let goal = Goal::of_events("Points Earned", Some("points"), Duration::ZERO);
    let design = Design { goal, ..design() };
    Report::of(&live, &tenant(), "cart-rescue", &[design]).expect("known")
}

#[test]
fn the_numbers_of_a_goal_are_compared_like_revenue() {
    let report = points();
    assert_eq!(report.goal.as_deref(), Some("Points Earned"));
    let effect = &report.effects[0];
    let value = told(effect.value_per_customer.as_ref().expect("the goal sums numbers"));
    assert!((value.absolute - 0.25).abs() < 1e-12, "{value:?}");
    // All earn as much, so it is the conversion rate times that, but for n - 1 in the variance.
    let rate = told(&effect.conversion_rate);
    let shrunk = (999_f64 / 1_000.0).sqrt();
    assert!((value.statistic - rate.statistic * shrunk).abs() < 1e-9, "{value:?} {rate:?}");
    let expected = "The sum of points per customer is higher, by 0.2500 (95 % interval +0.1";
    assert!(effect.verdict.contains(expected), "{}", effect.verdict);
    assert_eq!(hillstrom().effects[0].value_per_customer, None, "orders sum no numbers");
}

#[test]
fn the_numbers_of_a_goal_are_in_the_table() {
    let table = points().to_table();
    let expected = "\
Campaign cart-rescue, control arm control

arm             customers  converted     rate  shows  withheld  orders  outcomes  points  per customer
control              1000        100  10.00 %      0         0       0       100     250        0.2500
twenty-percent       1000        200  20.00 %      0         0       0       200     500        0.5000

at any look     measure              difference";
    assert!(table.starts_with(expected), "{table}");
    assert!(table.contains("\ntwenty-percent  points per customer     +0.2500"), "{table}");
}

/// A thousand customers in each arm, of whom each tenth places an order of 10.00 and another tenth two
/// orders; those of the treated arm are of 8.00.
fn baskets() -> Report {
    let eur = Currency::parse("EUR").expect("known");
    let arm = |basket: i128| {
        let orders = Moments { sum: 300, sum_of_squares: 500 };
        let revenue = RevenueSums {
            minor: Moments { sum: 300 * basket, sum_of_squares: 500 * basket * basket },
            orders,
            // A hundred more who were refunded nothing of a free order, so that the ratio varies.
            minor_times_orders: 500 * basket,
            ..RevenueSums::default()
        };
        let free = RevenueSums { orders: Moments { sum: 400, sum_of_squares: 600 }, ..revenue };
        Cell { revenue: BTreeMap::from([(eur, free)]), ..cell(1_000, 300) }
    };
    report(arm(1_000), arm(800))
}

#[test]
fn revenue_per_order_is_compared_by_the_customers_who_placed_the_orders() {
    let report = baskets();
    let per_order = |arm: usize| report.arms[arm].revenue_per_order_minor["EUR"];
    assert_eq!((per_order(0), per_order(1)), (750.0, 600.0));
    let effect = told(&report.effects[0].revenue_per_order_minor["EUR"]);
    assert!((effect.absolute + 150.0).abs() < 1e-9, "{effect:?}");
    // By hand, n / (n - 1) left out: the mean square of x - R y, over n times the square of mean orders.
    let variance = |basket: f64, ratio: f64| {
        let square = 0.5 * basket * basket - 2.0 * ratio * 0.5 * basket + ratio * ratio * 0.6;
        square / (0.4 * 0.4) / 1_000.0
    };
    let error = (variance(1_000.0, 750.0) + variance(800.0, 600.0)).sqrt();
    let shrunk = (999_f64 / 1_000.0).sqrt();
    assert!((effect.statistic - -150.0 / error * shrunk).abs() < 1e-9, "{effect:?}");
    let verdict = &report.effects[0].verdict;
    assert!(verdict.contains("Revenue per order is lower, by 1.50 EUR (95 %"), "{verdict}");
    assert!(report.to_table().contains("EUR per order"), "{}", report.to_table());
}

/// A thousand customers in each arm, who had brought 1, 2, 3 or 4 euro before, and bring as much again and one
/// euro more or less; treated customers ten cents more than that.
fn regulars() -> Report {
    let eur = Currency::parse("EUR").expect("known");
    let arm = |more: i64| {
        let variant = variant(if more > 0 { "twenty-percent" } else { "control" });
        let mut cell = Cell::default();
        for customer in 0..1_000_i64 {
            let before = (customer % 4 + 1) * 100;
            let mut share =
                CellShare { orders: 1, outcomes: 1, ..CellShare::new(variant.clone(), SPLIT) };
            if customer % 10 == 0 {
                (share.orders, share.outcomes) = (0, 0);
            }
            let noise = if customer % 8 < 4 { 10 } else { -10 };
            share.add_revenue(eur, before + noise + more, 1);
            share.set_before(Money::from_minor(before, eur));
            cell.add(&share);
        }
        cell
    };
    report(arm(0), arm(10))
}

#[test]
fn what_customers_brought_before_is_taken_out_of_the_effect_on_revenue() {
    let report = regulars();
    let effect = &report.effects[0];
    let plain = told(&effect.revenue_per_customer_minor["EUR"]);
    let adjusted = &effect.revenue_per_customer_adjusted_minor["EUR"];
    let told = told(&adjusted.comparison);
    assert!((plain.absolute - 10.0).abs() < 1e-9 && (told.absolute - 10.0).abs() < 1e-9);
    assert!(plain.anytime.p_value > 0.05 && told.anytime.p_value < 0.001, "{plain:?} {told:?}");
    // The variance of 1 to 4 euro is 12,500 and that of the noise 100.
    let reduction = adjusted.variance_reduction.expect("told");
    assert!((reduction - 12_500.0 / 12_600.0).abs() < 1e-5, "{reduction}");
    let expected =
        "Revenue per customer, less what follows from earlier orders, is higher, by 0.10 EUR";
    assert!(effect.verdict.contains(expected), "{}", effect.verdict);
    let table = report.to_table();
    assert!(table.contains("\ntwenty-percent  EUR adjusted"), "{table}");
    assert!(table.contains("takes 99 % of the variance away"), "{table}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("JSON");
    let json = &json["effects"][0]["revenue_per_customer_adjusted_minor"]["EUR"];
    assert!(json["absolute"].is_number() && json["variance_reduction"].is_number(), "{json}");
    assert_eq!(
        serde_json::from_str::<Report>(&report.to_json()).expect("readable").arms,
        report.arms
    );
    assert!(hillstrom().effects[0].revenue_per_customer_adjusted_minor.is_empty());
    let mut worse = report.clone();
    let adjusted = worse.effects[0].revenue_per_customer_adjusted_minor.get_mut("EUR");
    adjusted.expect("told").variance_reduction = Some(-0.02);
    let table = worse.to_table();
    assert!(table.contains("takes nothing of the variance away but adds 2 % to it"), "{table}");
}

/// Two thousand customers in each arm, of whom each fourth brings 10.00; and in the control arm a wholesaler.
fn wholesaler() -> Report {
    let eur = Currency::parse("EUR").expect("known");
    let arm = |name: &str, last: i64| {
        let mut cell = Cell::default();
        for customer in 1..=2_000_i64 {
            let mut share = CellShare::new(variant(name), SPLIT);
            if customer % 4 == 0 {
                (share.orders, share.outcomes) = (1, 1);
                share.add_revenue(eur, if customer == 2_000 { last } else { 1_000 }, 1);
            }
            cell.add(&share);
        }
        cell
    };
    report(arm("control", 5_000_000), arm("twenty-percent", 1_000))
}

#[test]
fn one_customer_with_a_fortune_decides_nothing_where_revenue_is_winsorised() {
    let report = wholesaler();
    // 10.00 ends in the band up to 10.24, which 99.9 % of the customers do not exceed.
    let expected = Cap { percentile: 99.9, minor: 1_024, customers_above: 1 };
    assert_eq!(report.caps, BTreeMap::from([("EUR".to_owned(), expected)]));
    let effect = &report.effects[0];
    let plain = told(&effect.revenue_per_customer_minor["EUR"]);
    let capped = told(&effect.revenue_per_customer_winsorised_minor["EUR"]);
    assert!((plain.absolute - -4_999_000.0 / 2_000.0).abs() < 1e-6, "{plain:?}");
    assert!((capped.absolute - -24.0 / 2_000.0).abs() < 1e-9, "{capped:?}");
    let table = report.to_table();
    assert!(table.contains("\ntwenty-percent  EUR winsorised"), "{table}");
    assert!(
        table.contains("with what is above 10.24 counted as that. Customers above it: 1."),
        "{table}"
    );
    assert!(hillstrom().caps.is_empty());
}

#[test]
fn arms_and_campaigns_that_left_the_plan_are_still_reported() {
    let live = live(&[("control", cell(5, 1)), ("ten-percent", cell(7, 2))]);
    let planned = Report::of(&live, &tenant(), "cart-rescue", &[design()]).expect("planned");
    let arms: Vec<_> = planned.arms.iter().map(|arm| arm.variant.as_str()).collect();
    assert_eq!(arms, ["control", "twenty-percent", "ten-percent"]);
    assert_eq!(planned.effects.len(), 2);
    let past = Report::of(&live, &tenant(), "cart-rescue", &[]).expect("it has figures");
    assert_eq!((past.control.as_deref(), past.effects.len()), (None, 0));
    assert!(past.to_table().contains("in no plan that is kept"));
    let former = Design { last_version: Some(7), ..design() };
    let ended = Report::of(&live, &tenant(), "cart-rescue", &[former]).expect("it has figures");
    assert_eq!(Report { last_version: None, ..ended.clone() }, planned, "nothing else is another");
    let table = ended.to_table();
    assert!(table.contains("not in force any more") && table.contains("version 7"), "{table}");
    assert!(!planned.to_table().contains("in force"));
}

#[test]
fn an_arm_is_compared_when_a_damaged_journal_has_made_its_counts_negative() {
    let report = report(cell(-1, 0), cell(3, 1));
    assert_eq!(report.arms[0].customers, 0);
    assert!(report.effects[0].verdict.starts_with("Too early to tell"));
}

#[test]
fn a_broken_split_is_told_before_all_else_and_takes_the_verdict_away() {
    let broken = report(cell(20_000, 122), cell(21_307, 267));
    let split = broken.split.as_ref().expect("two arms");
    assert!(split.broken && split.anytime_p_value < 1e-5, "{split:?}");
    assert_eq!(broken.effects[0].verdict, "No verdict: the split is broken.");
    let table = broken.to_table();
    let alarm =
        "Campaign cart-rescue, control arm control\n\nTHE SPLIT IS BROKEN. DO NOT USE THESE";
    assert!(table.starts_with(alarm), "{table}");
    assert!(table.contains("control has 20000 customers instead of about 20654"), "{table}");
    let kept = hillstrom();
    assert!(!kept.split.as_ref().expect("two arms").broken);
    assert!(!kept.to_table().contains("BROKEN"));
}

#[test]
fn a_change_of_weights_is_no_broken_split_and_says_whom_the_check_is_about() {
    // 9 to 1 at first, and then half and half.
    let arm = |before: i64, since: i64| Cell {
        splits: BTreeMap::from([(SplitKey::from_u32(9), before), (SPLIT, since)]),
        ..cell(before + since, 500)
    };
    let changed = report(arm(9_000, 5_010), arm(1_000, 4_990));
    let split = changed.split.as_ref().expect("two arms");
    assert!(!split.broken, "{split:?}");
    assert_eq!((split.customers, split.customers_of_other_splits), (10_000, 10_000));
    let table = changed.to_table();
    assert!(table.contains("That is of the 10000 customers who were assigned since"), "{table}");
    assert!(!hillstrom().to_table().contains("assigned since"));
    // What is broken since the change is found, however the arms are in all.
    let broken = report(arm(4_000, 6_000), arm(6_000, 4_000));
    assert!(broken.split.expect("two arms").broken);
    let nobody_yet = report(arm(9_000, 0), arm(1_000, 0));
    assert_eq!(nobody_yet.split, None);
    assert!(nobody_yet.to_table().contains("cannot be checked yet: nobody was assigned since"));
    let of_untold =
        |cell: Cell| Cell { splits: BTreeMap::from([(SplitKey::OTHER, cell.customers)]), ..cell };
    let too_many = report(of_untold(cell(500, 50)), of_untold(cell(400, 50)));
    let table = too_many.to_table();
    assert!(table.contains("which of them assigned 900 of the customers"), "{table}");
    assert!(!table.contains("nobody was assigned since"), "{table}");
}

#[test]
fn what_only_a_single_planned_look_would_show_is_not_claimed() {
    let report = report(cell(10_000, 500), cell(10_000, 570));
    let effect = told(&report.effects[0].conversion_rate);
    assert!(effect.p_value < 0.05 && effect.anytime.p_value > 0.05, "{effect:?}");
    let verdict = &report.effects[0].verdict;
    assert!(verdict.starts_with("No difference between twenty-percent and control"), "{verdict}");
    assert!(verdict.contains("Had this been the one look that was planned"), "{verdict}");
    assert!(
        verdict.contains("would be found in 80 % of cases; half as much takes 80000"),
        "{verdict}"
    );
}

#[test]
fn arms_that_are_compared_with_one_control_are_corrected_for_their_number() {
    let cells = [("control", 500), ("a", 590), ("b", 500), ("c", 505)];
    let live = live(&cells.map(|(key, conversions)| (key, cell(10_000, conversions))));
    let arms = cells.map(|(key, _)| PlannedArm { variant: variant(key), weight: 1 });
    let design = Design { arms: arms.into(), ..design() };
    let report = Report::of(&live, &tenant(), "cart-rescue", &[design]).expect("known");
    let first = told(&report.effects[0].conversion_rate);
    assert!((first.p_value_corrected - 3.0 * first.p_value).abs() < 1e-12, "{first:?}");
    let anytime = first.anytime;
    assert!((anytime.p_value_corrected - 3.0 * anytime.p_value).abs() < 1e-12, "{first:?}");
}
