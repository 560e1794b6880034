//! The analysis of a table as plain text, and its verdicts.

use experiments::inference::Measure;

use super::{Analysis, Treatment};
use crate::comparison::{CORRECTED, LEVEL, alone, among_others, corrected};
use crate::grid::{Grid, how_often, none, number, p_value, percent, points, signed, unsigned};

/// What the verdict on an arm is said in.
pub(super) struct Contest<'q> {
    pub(super) control: &'q str,
    /// How many arms are compared with the control.
    pub(super) arms: usize,
    pub(super) kind: Measure,
    /// What differences are adjusted for.
    pub(super) covariate: Option<&'q str>,
}

/// The whole analysis.
pub(super) fn table(analysis: &Analysis) -> String {
    let mut text = String::new();
    if analysis.split.broken {
        text.push_str(&format!("{}\n\n", analysis.split.verdict));
    }
    text.push_str(&arms(analysis).render());
    for grid in [effects(analysis), any_look(analysis)] {
        if !grid.is_bare() {
            text.push_str(&format!("\n{}", grid.render()));
        }
    }
    if let Some(column) = &analysis.adjusted_for {
        text.push_str(&format!(
            "\nDifferences are without what follows from {column} (CUPED); means are as measured.\n"
        ));
    }
    if analysis.treatments.len() > 1 {
        text.push_str(&format!("\n{CORRECTED}\n"));
    }
    for treatment in &analysis.treatments {
        text.push_str(&format!("\n{}\n", treatment.verdict));
    }
    text.push_str(&format!(
        "\nSizes of the arms against their weights: p {}.\n",
        p_value(analysis.srm_p_value)
    ));
    if let Some(cap) = analysis.winsorised_at {
        text.push_str(&format!("Values above {} were counted as that.\n", number(cap)));
    }
    text
}

/// What may be concluded of a treatment at the one look that a table is.
pub(super) fn verdict(treatment: &Treatment, contest: &Contest<'_>) -> String {
    let &Contest { control, arms, kind, covariate } = contest;
    let arm = &treatment.summary.arm;
    let adjusted = covariate.map(|column| format!(", adjusted for {column},")).unwrap_or_default();
    let told = treatment.lift_absolute.zip(treatment.ci_low.zip(treatment.ci_high));
    let (Some((lift, (low, high))), Some(p)) = (told, treatment.p_value_corrected) else {
        let why = treatment.undetermined.as_deref().unwrap_or("there are no figures");
        return format!("Nothing can be said of {arm} against {control}: {why}.");
    };
    let interval = format!("{} to {}", difference(low, kind), difference(high, kind));
    let mut text = if p < LEVEL {
        let word = if lift > 0.0 { "higher" } else { "lower" };
        format!(
            "{arm}{adjusted} is {word} than {control}, by {} (95 % interval {interval}{}); if the two were alike, \
             chance would make so large a difference {}{}.",
            unsigned(&difference(lift, kind)),
            alone(arms),
            how_often(p),
            corrected(arms),
        )
    } else {
        format!(
            "No difference between {arm} and {control}{adjusted} can be told from chance: the data fit anything \
             from {interval}{}. A difference of {} would be found in 80 % of cases.",
            among_others(treatment.p_value.is_some_and(|p| p < LEVEL), arms),
            treatment
                .minimum_detectable
                .map_or_else(none, |size| unsigned(&difference(size, kind)).to_owned()),
        )
    };
    text.push_str(&what_it_takes(treatment));
    text
}

/// A sentence on the lift that is sought; nothing where none is.
fn what_it_takes(treatment: &Treatment) -> String {
    let why = treatment.needed_undetermined.as_deref();
    match (treatment.customers_needed.map(count), treatment.days_needed.map(count), why) {
        (None, _, None) => String::new(),
        (None, _, Some(why)) => {
            format!(" How many customers the lift that is sought needs cannot be told: {why}.")
        }
        (Some(customers), _, Some(why)) => format!(
            " The lift that is sought needs {customers} customers; how many days cannot be told: {why}."
        ),
        (Some(customers), Some(days), None) => {
            format!(" The lift that is sought needs {customers} customers, {days} days.")
        }
        (Some(customers), None, None) => {
            format!(" The lift that is sought needs {customers} customers.")
        }
    }
}

/// A whole number in full, as long as a float holds all its digits.
fn count(whole: f64) -> String {
    if whole < 1e15 { whole.to_string() } else { format!("{whole:.3e}") }
}

fn arms(analysis: &Analysis) -> Grid {
    let mut grid = Grid::headed(1, &["arm", "n", "mean"]);
    let others = analysis.treatments.iter().map(|treatment| &treatment.summary);
    for arm in std::iter::once(&analysis.control).chain(others) {
        let mean = arm.mean.map(|mean| match analysis.kind {
            Measure::Proportion => format!("{:.3} %", mean * 100.0),
            Measure::Mean => number(mean),
        });
        grid.rows.push(vec![arm.arm.clone(), arm.n.to_string(), mean.unwrap_or_else(none)]);
    }
    grid
}

fn effects(analysis: &Analysis) -> Grid {
    let kind = analysis.kind;
    let statistic = match kind {
        Measure::Proportion => "z",
        Measure::Mean => "t",
    };
    let mut heading = vec![
        "at one look",
        if analysis.adjusted_for.is_some() { "adjusted" } else { "difference" },
        "95 % interval",
        "relative",
        "95 % interval",
        statistic,
        "p",
    ];
    if kind == Measure::Proportion {
        heading.push("z pooled");
    }
    let mut grid = Grid::headed(1, &heading);
    for treatment in &analysis.treatments {
        let told = treatment.lift_absolute.zip(treatment.ci_low.zip(treatment.ci_high));
        let Some((lift, (low, high))) = told else { continue };
        let relative = treatment.lift_relative_ci_low.zip(treatment.lift_relative_ci_high);
        let mut row = vec![
            treatment.summary.arm.clone(),
            difference(lift, kind),
            format!("{} to {}", difference(low, kind), difference(high, kind)),
            treatment.lift_relative.map_or_else(none, percent),
            relative
                .map_or_else(none, |(low, high)| format!("{} to {}", percent(low), percent(high))),
            treatment.statistic.map_or_else(none, |statistic| format!("{statistic:.3}")),
            treatment.p_value_corrected.map_or_else(none, p_value),
        ];
        if kind == Measure::Proportion {
            let pooled = treatment.pooled_statistic;
            row.push(pooled.map_or_else(none, |statistic| format!("{statistic:.3}")));
        }
        grid.rows.push(row);
    }
    grid
}

fn any_look(analysis: &Analysis) -> Grid {
    let kind = analysis.kind;
    let heading = ["at any look", "95 % interval", "p", "better", "expected loss"];
    let mut grid = Grid::headed(1, &heading);
    for treatment in &analysis.treatments {
        let Some(anytime) = treatment.anytime else { continue };
        let chance = treatment.chance_to_win.map(|chance| format!("{:.1} %", chance * 100.0));
        let loss = treatment.expected_loss.map(|loss| difference(loss, kind));
        grid.rows.push(vec![
            treatment.summary.arm.clone(),
            format!(
                "{} to {}",
                difference(anytime.ci_low, kind),
                difference(anytime.ci_high, kind)
            ),
            p_value(anytime.p_value_corrected),
            chance.unwrap_or_else(none),
            loss.map_or_else(none, |loss| unsigned(&loss).to_owned()),
        ]);
    }
    grid
}

/// A difference in the unit of the metric, with its sign.
fn difference(value: f64, kind: Measure) -> String {
    match kind {
        Measure::Proportion => format!("{} pt", points(value)),
        Measure::Mean => signed(&number(value)),
    }
}
