use serde_json::Value;

use super::{Analysis, Beside, Measure, Question, Sought, analyse};
use crate::error::AnalyticsError;

fn question(kind: Measure) -> Question {
    Question {
        arm: "arm".to_owned(),
        control: "control".to_owned(),
        metric: "metric".to_owned(),
        kind,
        beside: Beside::Nothing,
        weights: Vec::new(),
        winsorise: None,
        plan: None,
    }
}

/// A table of the columns `before`, `arm`, `metric`.
fn table(rows: &[(&str, &str, f64)]) -> String {
    let lines = rows.iter().map(|(before, arm, metric)| format!("{before},{arm},{metric}\n"));
    format!("before,arm,metric\n{}", lines.collect::<String>())
}

/// `customers` rows for each arm; every `each`-th has a metric of 1.
fn arms(arms: &[(&str, u32, u32)]) -> String {
    let rows = arms.iter().flat_map(|&(arm, customers, each)| {
        (0..customers).map(move |row| ("0", arm, if row % each == 0 { 1.0 } else { 0.0 }))
    });
    table(&rows.collect::<Vec<_>>())
}

#[track_caller]
fn told(table: &str, question: &Question) -> Analysis {
    analyse(table.as_bytes(), question).expect("a table")
}

#[track_caller]
fn problem(table: &str, question: &Question) -> String {
    analyse(table.as_bytes(), question).expect_err("no table").to_string()
}

#[test]
fn the_json_has_the_fields_that_programs_read() {
    let text = arms(&[("control", 400, 10), ("treatment", 400, 5)]);
    let json = told(&text, &question(Measure::Proportion)).to_json();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["control"]["arm"], &json["control"]["n"]), (&"control".into(), &400.into()));
    assert_eq!(json["control"]["mean"], 0.1);
    let treatment = &json["treatments"][0];
    assert_eq!((&treatment["arm"], &treatment["mean"]), (&"treatment".into(), &0.2.into()));
    for field in ["lift_absolute", "lift_relative", "ci_low", "ci_high", "statistic", "p_value"] {
        assert!(treatment[field].is_number(), "{field}: {treatment}");
    }
    assert_eq!(json["srm_p_value"], 1.0);
    assert!(treatment.get("undetermined").is_none(), "{treatment}");
}

#[test]
fn a_row_that_cannot_be_read_is_left_out_and_told_with_its_line() {
    let text = "before,arm,metric\n1,control,0\n1,control\n1,,1\n1,control,maybe\n1,treatment,\n\
                1,treatment,2\n1,treatment,1\n1,control,nan\n1,control,true\n1,a\tb,1\n";
    let analysis = told(text, &question(Measure::Proportion));
    assert_eq!((analysis.rows, analysis.rows_skipped), (3, 7));
    let expected = "7 rows were left out:
  line 3: it has 2 fields and the heading 3
  line 4: it names no arm
  line 5: \"maybe\" is not a number
  line 6: a number is missing
  line 7: \"2\" is neither 0 nor 1: a proportion needs that, a mean does not
  line 9: \"nan\" is not a number
  line 11: its arm \"a\\tb\" cannot be written on one line\n";
    assert_eq!(analysis.skipped().to_string(), expected);
}

#[test]
fn a_table_of_only_bad_rows_is_an_error_that_tells_them() {
    let text = "before,arm,metric\n1,control,rural\n1,treatment,urban\n";
    let expected = "no row of the table can be read; 2 rows were left out:
  line 2: \"rural\" is not a number
  line 3: \"urban\" is not a number\n";
    assert_eq!(problem(text, &question(Measure::Mean)), expected);
    let expected = "no row of the table can be read; it has none";
    assert_eq!(problem("before,arm,metric\n", &question(Measure::Mean)), expected);
}

#[test]
fn of_many_bad_rows_the_first_are_told_and_all_are_counted() {
    let rows: String = (0..1_000).map(|_| "1,control,x\n").collect();
    let text = format!("before,arm,metric\n1,control,1\n1,treatment,2\n{rows}");
    let analysis = told(&text, &question(Measure::Mean));
    assert_eq!((analysis.rows, analysis.rows_skipped), (2, 1_000));
    assert!(analysis.skipped().to_string().ends_with("  and 980 more\n"));
}

#[test]
fn text_that_is_not_utf_8_costs_only_its_row() {
    let mut text = b"before,arm,metric\n1,control,1\n1,\xff\xfe,1\n1,control,2\n".to_vec();
    text.extend(b"1,treatment,3\n1,treatment,5\n");
    let analysis = analyse(&*text, &question(Measure::Mean)).expect("a table");
    assert_eq!((analysis.rows, analysis.rows_skipped), (4, 1));
    assert!(analysis.skipped().to_string().contains("line 3: it is not UTF-8 text"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_heading() {
    let text = arms(&[("control", 4, 2), ("treatment", 4, 2)]);
    let mut first = question(Measure::Mean);
    first.beside = Beside::Covariate("before".to_owned());
    assert_eq!(told(&format!("\u{feff}{text}"), &first).rows, 8);
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let text = arms(&[("control", 4, 2), ("treatment", 4, 2)]);
    let mut wrong = question(Measure::Mean);
    wrong.metric = "metrik".to_owned();
    let expected = r#"the table has no column "metrik"; it has: before, arm, metric"#;
    assert_eq!(problem(&text, &wrong), expected);
    let mut wrong = question(Measure::Mean);
    wrong.control = "kontrol".to_owned();
    let expected =
        r#"no row that can be read has "kontrol" in column "arm"; there are: control, treatment"#;
    assert_eq!(problem(&text, &wrong), expected);
    assert!(problem("", &wrong).starts_with("the table has no column"));
    let mut wrong = question(Measure::Mean);
    wrong.weights = vec![("control".to_owned(), 1.0)];
    assert!(problem(&text, &wrong).starts_with(r#"arm "treatment" has no weight"#));
}

#[test]
fn a_table_without_an_arm_to_compare_is_an_error_that_tells_its_rows() {
    let all = r#"all rows that can be read have "control" in column "arm", so there is no arm to compare"#;
    let alone = arms(&[("control", 40, 2)]);
    assert_eq!(problem(&alone, &question(Measure::Mean)), all);
    let mut weighed = question(Measure::Mean);
    weighed.weights = ["control", "treatment"].map(|arm| (arm.to_owned(), 1.0)).into();
    let unread = format!("{alone}0,treatment,rural\n");
    let told = format!("{all}; 1 rows were left out:\n  line 42: \"rural\" is not a number\n");
    assert_eq!(problem(&unread, &weighed), told);
    let unread = "before,arm,metric\n0,control,rural\n0,treatment,1\n";
    let expected = r#"no row that can be read has "control" in column "arm"; there are: treatment"#;
    assert_eq!(problem(unread, &weighed), expected);
}

#[test]
fn of_two_columns_of_a_name_none_is_taken_for_the_other() {
    let text = "metric,arm,metric,before,before\n1,control,2,3,4\n5,treatment,6,7,8\n";
    let expected = r#"the table has several columns "metric", the 1. and the 3.; rename all but the one that is meant"#;
    assert_eq!(problem(text, &question(Measure::Mean)), expected);
    // Those that nothing is read from disturb nobody.
    let text = text.replacen("metric", "other", 1);
    assert_eq!(told(&text, &question(Measure::Mean)).rows, 2);
    let mut beside = question(Measure::Mean);
    beside.beside = Beside::Covariate("before".to_owned());
    assert!(problem(&text, &beside).contains(r#""before", the 4. and the 5.;"#));
}

#[test]
fn weights_that_sizes_cannot_be_checked_against_are_refused() {
    let text = arms(&[("control", 400, 10), ("treatment", 400, 5)]);
    let mut weighed = question(Measure::Proportion);
    for (control, treatment) in [(1e308, 1e308), (1e300, 1e-300), (1e-300, 1e300)] {
        weighed.weights =
            vec![("control".to_owned(), control), ("treatment".to_owned(), treatment)];
        let told = problem(&text, &weighed);
        assert!(told.starts_with("the arms' sizes cannot be checked against these"), "{told}");
    }
    weighed.weights = vec![("control".to_owned(), 1e-300), ("treatment".to_owned(), 1e-300)];
    assert!(!told(&text, &weighed).split.broken);
}

#[test]
fn a_column_that_is_no_arm_is_noticed_before_memory_is() {
    let rows: String = (0..100).map(|row| format!("1,customer-{row},1\n")).collect();
    let text = format!("before,arm,metric\n{rows}");
    let error = analyse(text.as_bytes(), &question(Measure::Mean)).expect_err("too many");
    assert!(matches!(error, AnalyticsError::TooManyArms { .. }), "{error}");
}

#[test]
fn a_broken_split_is_told_before_all_else_and_takes_the_verdict_away() {
    let text = arms(&[("control", 1_000, 10), ("treatment", 800, 5)]);
    let analysis = told(&text, &question(Measure::Proportion));
    assert!(analysis.srm_p_value < 1e-5);
    let table = analysis.to_table();
    assert!(table.starts_with("THE SPLIT IS BROKEN. DO NOT USE THESE FIGURES."), "{table}");
    assert!(table.contains("No verdict") && !table.contains("is higher than"), "{table}");
    let json: Value = serde_json::from_str(&analysis.to_json()).expect("JSON");
    assert_eq!(json["split"]["broken"], true);
    assert_eq!(json["treatments"][0]["verdict"], "No verdict: the split is broken.");
    let mut weighed = question(Measure::Proportion);
    weighed.weights = vec![("treatment".to_owned(), 40.0), ("control".to_owned(), 50.0)];
    let table = told(&text, &weighed).to_table();
    assert!(table.contains("treatment is higher than control, by 10.00 pt"), "{table}");
}

#[test]
fn an_arm_that_should_be_there_and_is_not_breaks_the_split() {
    let text = arms(&[("control", 1_000, 10), ("a", 1_000, 5)]);
    let mut weighed = question(Measure::Proportion);
    weighed.weights = ["control", "a", "b"].map(|arm| (arm.to_owned(), 1.0)).into();
    let analysis = told(&text, &weighed);
    assert!(analysis.split.broken);
    let lost = &analysis.treatments[1];
    assert_eq!((lost.summary.arm.as_str(), lost.summary.n, lost.lift_absolute), ("b", 0, None));
    assert_eq!(lost.undetermined.as_deref(), Some("an arm has fewer than two customers"));
}

#[test]
fn more_arms_make_each_harder_to_believe() {
    let two = arms(&[("control", 600, 10), ("a", 600, 7)]);
    let four = arms(&[("control", 600, 10), ("a", 600, 7), ("b", 600, 10), ("c", 600, 10)]);
    let first = |text: &str| told(text, &question(Measure::Proportion)).treatments[0].clone();
    let (two, four) = (first(&two), first(&four));
    assert_eq!(two.p_value, four.p_value);
    assert_eq!(two.p_value_corrected, two.p_value);
    let expected = 3.0 * four.p_value.expect("told");
    assert!((four.p_value_corrected.expect("told") - expected).abs() < 1e-12);
    assert!(two.verdict.contains("is higher than control"), "{}", two.verdict);
    assert!(four.verdict.starts_with("No difference between a and control"), "{}", four.verdict);
}

/// Its interval leaves 0 out and its p-value, corrected, does not claim a difference.
#[test]
fn of_several_arms_words_and_table_say_which_figures_are_corrected() {
    let four = arms(&[("control", 600, 10), ("a", 600, 7), ("b", 600, 10), ("c", 600, 10)]);
    let four = told(&four, &question(Measure::Proportion));
    let first = &four.treatments[0];
    assert!(first.ci_low.expect("told") > 0.0);
    let why = ", for this arm alone, but of 3 arms one differs as much by chance too often.";
    assert!(first.verdict.contains(why), "{}", first.verdict);
    let note = "p is corrected for the number of arms; an interval is of its arm alone.";
    assert!(four.to_table().contains(note), "{}", four.to_table());
    let two = arms(&[("control", 600, 10), ("a", 600, 7)]);
    let two = told(&two, &question(Measure::Proportion)).to_table();
    assert!(!two.contains(note), "{two}");
}

#[test]
fn a_proportion_is_not_winsorised_because_its_ones_would_be_lost() {
    let text = arms(&[("control", 600, 10), ("treatment", 600, 7)]);
    let capped = |kind| Question { winsorise: Some(9_000), ..question(kind) };
    let expected = "a proportion is 0 or 1 and has no values to cap; leave winsorising out, or \
                    measure a mean";
    assert_eq!(problem(&text, &capped(Measure::Proportion)), expected);
    assert!(told(&text, &capped(Measure::Mean)).winsorised_at.is_some());
}

#[test]
fn one_wholesaler_decides_nothing_once_values_are_capped() {
    let rows = (0..500_u32).flat_map(|row| {
        let value = f64::from(row % 10);
        let fortune = if row == 0 { 1e6 } else { value };
        [("0", "control", value), ("0", "treatment", fortune)]
    });
    let text = table(&rows.collect::<Vec<_>>());
    let plain = told(&text, &question(Measure::Mean));
    let mut capped = question(Measure::Mean);
    capped.winsorise = Some(9_900);
    let capped = told(&text, &capped);
    assert_eq!((plain.winsorised_at, capped.winsorised_at), (None, Some(9.0)));
    assert!(plain.treatments[0].lift_absolute.expect("told") > 1_000.0);
    assert!((capped.treatments[0].lift_absolute.expect("told") - 9.0 / 500.0).abs() < 1e-9);
    assert!(capped.to_table().contains("Values above 9.0000 were counted as that."));
}

#[test]
fn what_was_known_before_narrows_the_interval_and_leaves_the_mean() {
    let rows = (0..400_u32).map(|row| {
        let (before, arm) = (row % 50, if row % 2 == 0 { "control" } else { "treatment" });
        let noise = f64::from(row * 7 % 11);
        (before.to_string(), arm, f64::from(before) * 3.0 + noise)
    });
    let rows: Vec<_> = rows.collect();
    let rows: Vec<_> = rows.iter().map(|(before, arm, y)| (before.as_str(), *arm, *y)).collect();
    let text = table(&rows);
    let plain = told(&text, &question(Measure::Mean));
    let mut adjusted = question(Measure::Mean);
    adjusted.beside = Beside::Covariate("before".to_owned());
    let adjusted = told(&text, &adjusted);
    let width = |analysis: &Analysis| {
        let treatment = &analysis.treatments[0];
        treatment.ci_high.expect("told") - treatment.ci_low.expect("told")
    };
    assert!(width(&adjusted) < width(&plain) / 5.0);
    assert_eq!(adjusted.control.mean, plain.control.mean);
    let json: Value = serde_json::from_str(&adjusted.to_json()).expect("JSON");
    assert_eq!((&json["adjusted_for"], &plain.adjusted_for), (&"before".into(), &None));
}

/// Means that are 2 apart, of arms whose customers were 3 apart before.
#[test]
fn a_difference_that_is_adjusted_is_said_to_be_so() {
    let customers = |extra: f64| {
        let rows = (0..200_u32).flat_map(move |row| {
            let (before, noise) = (f64::from(row % 50), f64::from(row * 7 % 11) * 0.01);
            [
                ("control", before, before + noise),
                ("treatment", before + 3.0, before + extra + noise),
            ]
        });
        let lines = rows.map(|(arm, before, metric)| format!("{before},{arm},{metric}\n"));
        format!("before,arm,metric\n{}", lines.collect::<String>())
    };
    let mut adjusted = question(Measure::Mean);
    adjusted.beside = Beside::Covariate("before".to_owned());
    let lower = told(&customers(2.0), &adjusted);
    assert!(lower.treatments[0].summary.mean > lower.control.mean);
    let verdict = &lower.treatments[0].verdict;
    assert!(verdict.starts_with("treatment, adjusted for before, is lower than"), "{verdict}");
    let table = lower.to_table();
    assert!(table.contains("\nat one look  adjusted  "), "{table}");
    let note = "Differences are without what follows from before (CUPED); means are as measured.";
    assert!(table.contains(note), "{table}");
    let none = told(&customers(3.0), &adjusted);
    let verdict = &none.treatments[0].verdict;
    let said = "No difference between treatment and control, adjusted for before, can be told";
    assert!(verdict.starts_with(said), "{verdict}");
    let plain = told(&customers(2.0), &question(Measure::Mean)).to_table();
    assert!(plain.contains("difference") && !plain.contains("adjusted"), "{plain}");
}

#[test]
fn what_is_sought_is_told_in_customers_and_days() {
    let text = arms(&[("control", 1_000, 10), ("treatment", 1_000, 10)]);
    let mut planned = question(Measure::Proportion);
    planned.plan = Some(Sought { relative: 0.1, customers_a_day: Some(1_000.0) });
    let analysis = told(&text, &planned);
    let treatment = &analysis.treatments[0];
    // (1.959964 + 0.841621)² · 0.09 · 4 / 0.01², of both arms together.
    assert_eq!((treatment.customers_needed, treatment.days_needed), (Some(28_256.0), Some(29.0)));
    let said = "The lift that is sought needs 28256 customers, 29 days.";
    assert!(treatment.verdict.ends_with(said), "{}", treatment.verdict);
}

#[test]
fn what_it_takes_to_find_a_lift_is_told_or_why_it_cannot_be() {
    let text = arms(&[("control", 1_000, 10), ("treatment", 1_000, 10)]);
    let told = |relative, customers_a_day| {
        let plan = Some(Sought { relative, customers_a_day });
        told(&text, &Question { plan, ..question(Measure::Proportion) }).treatments[0].clone()
    };
    let tiny = told(1e-302, Some(10.0));
    let why = "the numbers are too large to compute with";
    assert_eq!((tiny.customers_needed, tiny.days_needed), (None, None));
    assert_eq!(tiny.needed_undetermined.as_deref(), Some(why));
    let said = format!("How many customers the lift that is sought needs cannot be told: {why}.");
    assert!(tiny.verdict.ends_with(&said), "{}", tiny.verdict);
    let slow = told(-1e-100, Some(1e-200));
    assert!(slow.customers_needed.is_some() && slow.days_needed.is_none());
    let said = format!("needs 2.826e202 customers; how many days cannot be told: {why}.");
    assert!(slow.verdict.ends_with(&said), "{}", slow.verdict);
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let text = arms(&[("control", 300, 7), ("b", 300, 5), ("a", 300, 3)]);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    let turned = format!("{}\n", lines.join("\n"));
    let names = |text: &str| {
        let analysis = told(text, &question(Measure::Proportion));
        let arms = analysis.treatments.iter().map(|treatment| treatment.summary.arm.clone());
        arms.collect::<Vec<_>>()
    };
    assert_eq!((names(&text), names(&turned)), (vec!["a".into(), "b".into()], names(&text)));
}

/// `R = Σx / Σy` and its variance by the delta method, by hand.
#[test]
fn a_ratio_is_that_of_the_sums_and_varies_with_the_customers() {
    let text = "before,arm,metric\n1,control,10\n2,control,30\n0,control,0\n1,control,20\n\
                2,treatment,20\n1,treatment,20\n1,treatment,0\n";
    let beside = Beside::Denominator("before".to_owned());
    let analysis = told(text, &Question { beside, ..question(Measure::Mean) });
    let treatment = &analysis.treatments[0];
    assert_eq!((analysis.control.mean, treatment.summary.mean), (Some(15.0), Some(10.0)));
    assert_eq!(treatment.lift_absolute, Some(-5.0));
    // Σ(x - R y)² = 25 + 0 + 0 + 25 and 0 + 100 + 100, over n - 1, n and the square of the mean of y.
    let variance = 50.0 / 3.0 / 4.0 / 1.0 + 200.0 / 2.0 / 3.0 / (16.0 / 9.0);
    let statistic = treatment.statistic.expect("it varies");
    assert!((statistic - -5.0 / f64::sqrt(variance)).abs() < 1e-12, "{statistic}");
    assert!(analysis.to_table().contains("15.0000"), "{}", analysis.to_table());
}

#[test]
fn a_ratio_to_nothing_is_said_to_be_none() {
    let text = "before,arm,metric\n0,control,1\n0,control,2\n1,treatment,3\n2,treatment,5\n";
    let beside = Beside::Denominator("before".to_owned());
    let analysis = told(text, &Question { beside, ..question(Measure::Mean) });
    let treatment = &analysis.treatments[0];
    assert_eq!((analysis.control.mean, treatment.lift_absolute), (None, None));
    assert_eq!(treatment.undetermined.as_deref(), Some("the value to divide by is 0"));
}

#[test]
fn a_ratio_too_large_for_a_float_is_not_told_as_infinite() {
    let text = "before,arm,metric\n1e-300,control,1e300\n1e-300,control,2e300\n1,treatment,3\n\
                2,treatment,5\n";
    let beside = Beside::Denominator("before".to_owned());
    let analysis = told(text, &Question { beside, ..question(Measure::Mean) });
    let treatment = &analysis.treatments[0];
    assert_eq!((analysis.control.mean, treatment.lift_absolute), (None, None));
    let why = "the numbers are too large to compute with";
    assert_eq!(treatment.undetermined.as_deref(), Some(why));
    assert!(!analysis.to_table().contains("inf"), "{}", analysis.to_table());
}
