//! The inference of the live report for any table, for analysts and for checking the report.
//!
//! ```text
//! rows --> table: which arm, which number --> sums of each arm --> Analysis --> JSON, or render for people
//!                                         (all values, when winsorised)
//! ```
//!
//! A table is read once and in bounded memory: of each arm only means and sums of squares are kept. The
//! one exception is winsorising, whose percentile needs all values at once, up to
//! [`crate::limits::WINSORISED_ROWS_MAX`]. A row that cannot be read is left out, counted and told; it never
//! stops the analysis and never counts as 0.
//!
//! A ratio has two columns, a numerator and a denominator: revenue and orders of each customer, for revenue
//! per order. Customers are what was assigned, so its variance comes from them.
//!
//! A table is taken to be looked at once, when all data are in. So verdicts go by the fixed test, corrected
//! for the number of arms; what holds at every look is told beside it.
//!
//! # As JSON
//!
//! ```json
//! {"control": {"arm": "No E-Mail", "n": 21306, "mean": 0.0057},
//!  "treatments": [{"arm": "Mens E-Mail", "n": 21307, "mean": 0.0125, "lift_absolute": 0.0068,
//!                  "lift_relative": 1.188, "ci_low": 0.0050, "ci_high": 0.0086, "statistic": 7.390,
//!                  "p_value": 1.5e-13}],
//!  "srm_p_value": 0.904}
//! ```
//!
//! `ci_low` and `ci_high` are those of `lift_absolute`. `statistic` is Welch's t, for a proportion the z with
//! unpooled variance, because that one fits the interval; the classical z with pooled variance is
//! `pooled_statistic`. `mean` is as measured, also when a covariate adjusts the lift, and of a ratio the
//! ratio of the sums. There are further fields: see [`Analysis`] and [`Treatment`]. What cannot be told is null, and `undetermined` says why.

mod render;
mod table;

use std::io::Read;

use experiments::inference::{
    Conversions, Joint, Sample, Scale, Undetermined, adjust, customers_needed, days_needed,
    proportions_pooled,
};
use serde::Serialize;

use crate::comparison::{AnytimeEstimate, Comparison};
use crate::error::AnalyticsError;
use crate::split_check::{Looks, NO_VERDICT, SplitCheck};
use render::Contest;
use table::{ArmRows, Table};

pub use experiments::inference::Measure;
pub use table::Skipped;

/// What is asked of a table.
#[derive(Clone, Debug)]
pub struct Question {
    /// The column that names a row's arm.
    pub arm: String,
    /// The value of that column that is the control.
    pub control: String,
    /// The column with what is measured.
    pub metric: String,
    /// What the metric is.
    pub kind: Measure,
    /// What else is read of a customer.
    pub beside: Beside,
    /// Each arm's weight; all the same when there are none.
    pub weights: Vec<(String, f64)>,
    /// Values above this many ten-thousandths of all are counted as the value there; not for a proportion.
    pub winsorise: Option<u32>,
    /// What a further experiment is asked to find.
    pub plan: Option<Sought>,
}

/// A second number of each customer, beside the metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    /// None is needed.
    Nothing,
    /// The column with what was known of the customer before, to adjust for (CUPED).
    Covariate(String),
    /// The column by whose sum that of the metric is divided.
    Denominator(String),
}

/// An effect that an experiment should be large enough to find.
#[derive(Clone, Copy, Debug)]
pub struct Sought {
    /// The relative lift, as a fraction.
    pub relative: f64,
    /// How many customers come in a day.
    pub customers_a_day: Option<f64>,
}

/// What a table says.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// The arm that others are compared with.
    pub control: ArmSummary,
    /// All other arms, by name.
    pub treatments: Vec<Treatment>,
    /// How probable arms of such sizes are under the weights.
    pub srm_p_value: f64,
    /// The whole check of the sizes.
    pub split: SplitCheck,
    /// The value above which values were capped.
    pub winsorised_at: Option<f64>,
    /// The covariate that is taken out of all differences, though not of the means.
    pub adjusted_for: Option<String>,
    /// Rows that count.
    pub rows: u64,
    /// Rows that do not.
    pub rows_skipped: u64,
    #[serde(skip)]
    kind: Measure,
    #[serde(skip)]
    skipped: Skipped,
}

/// The size of an arm.
#[derive(Clone, Debug, Serialize)]
pub struct ArmSummary {
    /// Its name.
    pub arm: String,
    /// Its rows.
    pub n: u64,
    /// The mean of the metric; `None` without rows, or when it is too large for a float.
    pub mean: Option<f64>,
}

/// An arm against the control. Values are `None` when they cannot be told.
#[derive(Clone, Debug, Serialize)]
pub struct Treatment {
    /// The arm.
    #[serde(flatten)]
    pub summary: ArmSummary,
    /// The difference of the means.
    pub lift_absolute: Option<f64>,
    /// The difference relative to the control, whose mean has to be above 0.
    pub lift_relative: Option<f64>,
    /// The lower end of the 95 % interval of `lift_absolute`.
    pub ci_low: Option<f64>,
    /// The upper end of it.
    pub ci_high: Option<f64>,
    /// The difference in standard errors.
    pub statistic: Option<f64>,
    /// How probable so large a difference would be if there were none in truth.
    pub p_value: Option<f64>,
    /// The same after Holm's correction for the number of arms.
    pub p_value_corrected: Option<f64>,
    /// The lower end of the 95 % interval of `lift_relative`.
    pub lift_relative_ci_low: Option<f64>,
    /// The upper end of it.
    pub lift_relative_ci_high: Option<f64>,
    /// The classical z of a proportion, with pooled variance.
    pub pooled_statistic: Option<f64>,
    /// Its p-value.
    pub pooled_p_value: Option<f64>,
    /// What holds however often one looks.
    pub anytime: Option<AnytimeEstimate>,
    /// How probable it is that the arm is better.
    pub chance_to_win: Option<f64>,
    /// What choosing the arm costs on average.
    pub expected_loss: Option<f64>,
    /// The smallest difference that would be found in 80 % of cases.
    pub minimum_detectable: Option<f64>,
    /// Customers of both arms together that the lift that is sought needs.
    pub customers_needed: Option<f64>,
    /// In how many days they come.
    pub days_needed: Option<f64>,
    /// Why customers or days that were asked for cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_undetermined: Option<String>,
    /// Why there is no lift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undetermined: Option<String>,
    /// What may be concluded, in words; nothing while the split is broken, and then they say so.
    pub verdict: String,
}

/// Analyses a table: comma-separated values with a heading.
///
/// # Errors
/// When the table or all of its rows cannot be read, it lacks a column, has it twice, or lacks the control or any other arm,
/// has an arm without weight, or has more arms, or rows to winsorise, than there may be; when weights are too far
/// apart for a check of the sizes; and when a proportion should be winsorised.
pub fn analyse(source: impl Read, question: &Question) -> Result<Analysis, AnalyticsError> {
    if question.kind == Measure::Proportion && question.winsorise.is_some() {
        return Err(AnalyticsError::NothingToCap);
    }
    let table = Table::read(source, question)?;
    if table.arms.iter().all(|arm| arm.rows() == 0) {
        return Err(AnalyticsError::NoRows { skipped: table.skipped });
    }
    let (control, others) = control_and_others(&table.arms, question)?;
    if others.iter().all(|arm| arm.rows() == 0) {
        return Err(AnalyticsError::NoTreatment {
            column: question.arm.clone(),
            control: question.control.clone(),
            skipped: table.skipped,
        });
    }
    let shares: Vec<_> =
        table.arms.iter().map(|arm| (arm.name.clone(), arm.rows(), arm.weight)).collect();
    let split = SplitCheck::new(&shares, Looks::Once).map_err(AnalyticsError::Weights)?;
    let pairs: Vec<_> = others.iter().map(|arm| samples(arm, control, question)).collect();
    let mut compared: Vec<Comparison> = pairs.iter().map(|pair| Comparison::of(*pair)).collect();
    Comparison::correct(&mut compared);
    let contest = Contest {
        control: &control.name,
        arms: compared.len(),
        kind: question.kind,
        covariate: question.beside.covariate(),
    };
    let mut treatments = Vec::with_capacity(compared.len());
    for ((arm, pair), comparison) in others.into_iter().zip(pairs).zip(compared) {
        let mut treatment = Treatment::new(ArmSummary::of(arm, question), comparison);
        if question.kind == Measure::Proportion {
            treatment.pool(conversions(arm), conversions(control));
        }
        if let (Some(sought), Ok(pair)) = (question.plan, pair) {
            treatment.plan(pair, sought);
        }
        treatment.verdict = match split.broken {
            true => NO_VERDICT.to_owned(),
            false => render::verdict(&treatment, &contest),
        };
        treatments.push(treatment);
    }
    Ok(Analysis {
        control: ArmSummary::of(control, question),
        treatments,
        srm_p_value: split.p_value,
        split,
        winsorised_at: table.winsorised_at,
        rows: table.arms.iter().map(ArmRows::rows).sum(),
        rows_skipped: table.skipped.rows(),
        adjusted_for: question.beside.covariate().map(str::to_owned),
        kind: question.kind,
        skipped: table.skipped,
    })
}

/// The control arm, which must have rows, and all others.
fn control_and_others<'t>(
    arms: &'t [ArmRows],
    question: &Question,
) -> Result<(&'t ArmRows, Vec<&'t ArmRows>), AnalyticsError> {
    let (control, others): (Vec<_>, Vec<_>) =
        arms.iter().partition(|arm| arm.name == question.control);
    let control = control.into_iter().find(|arm| arm.rows() > 0);
    let missing = || AnalyticsError::NoControl {
        column: question.arm.clone(),
        control: question.control.clone(),
        known: arms.iter().filter(|arm| arm.rows() > 0).map(|arm| arm.name.clone()).collect(),
    };
    Ok((control.ok_or_else(missing)?, others))
}

/// The two arms as they are compared: treated and control.
fn samples(
    treated: &ArmRows,
    control: &ArmRows,
    question: &Question,
) -> Result<(Sample, Sample), Undetermined> {
    let measure = question.kind;
    let sample = |arm: &ArmRows| match (&question.beside, measure) {
        (Beside::Denominator(_), _) => arm.pairs.joint(measure).and_then(Joint::ratio),
        (_, Measure::Proportion) => conversions(arm).sample(),
        (_, Measure::Mean) => arm.pairs.first().sample(),
    };
    match question.beside {
        Beside::Covariate(_) => {
            adjust(treated.pairs.joint(measure)?, control.pairs.joint(measure)?)
        }
        Beside::Nothing | Beside::Denominator(_) => Ok((sample(treated)?, sample(control)?)),
    }
}

fn conversions(arm: &ArmRows) -> Conversions {
    Conversions { customers: arm.rows(), converted: arm.ones }
}

// === impl Beside ===

impl Beside {
    /// The column to adjust for, if there is one.
    fn covariate(&self) -> Option<&str> {
        match self {
            Self::Covariate(column) => Some(column),
            Self::Nothing | Self::Denominator(_) => None,
        }
    }
}

// === impl Analysis ===

impl Analysis {
    /// A table for people: plain text, aligned, with a verdict in words. Ends with a line feed.
    pub fn to_table(&self) -> String {
        render::table(self)
    }

    /// The analysis as JSON text, on several lines, without a line feed at the end.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("text keys and numbers can always be written")
    }

    /// The rows that were left out.
    pub fn skipped(&self) -> &Skipped {
        &self.skipped
    }
}

// === impl ArmSummary ===

impl ArmSummary {
    fn of(arm: &ArmRows, question: &Question) -> Self {
        let mean = match (&question.beside, question.kind) {
            (Beside::Denominator(_), _) => {
                let base = arm.pairs.second().mean().filter(|base| *base != 0.0);
                let ratio = arm.pairs.first().mean().zip(base).map(|(mean, base)| mean / base);
                ratio.filter(|ratio| ratio.is_finite())
            }
            // Exactly, where a running mean has roundings.
            (_, Measure::Proportion) => conversions(arm).rate(),
            (_, Measure::Mean) => arm.pairs.first().mean(),
        };
        Self { arm: arm.name.clone(), n: arm.rows(), mean }
    }
}

// === impl Treatment ===

impl Treatment {
    fn new(summary: ArmSummary, comparison: Comparison) -> Self {
        let estimate = comparison.estimate();
        Self {
            summary,
            lift_absolute: estimate.map(|estimate| estimate.absolute),
            lift_relative: estimate.and_then(|estimate| estimate.relative),
            ci_low: estimate.map(|estimate| estimate.ci_low),
            ci_high: estimate.map(|estimate| estimate.ci_high),
            statistic: estimate.map(|estimate| estimate.statistic),
            p_value: estimate.map(|estimate| estimate.p_value),
            p_value_corrected: estimate.map(|estimate| estimate.p_value_corrected),
            lift_relative_ci_low: estimate.and_then(|estimate| estimate.relative_ci_low),
            lift_relative_ci_high: estimate.and_then(|estimate| estimate.relative_ci_high),
            pooled_statistic: None,
            pooled_p_value: None,
            anytime: estimate.map(|estimate| estimate.anytime),
            chance_to_win: estimate.map(|estimate| estimate.chance_to_win),
            expected_loss: estimate.map(|estimate| estimate.expected_loss),
            minimum_detectable: estimate.map(|estimate| estimate.minimum_detectable),
            customers_needed: None,
            days_needed: None,
            needed_undetermined: None,
            undetermined: match comparison {
                Comparison::Estimate(_) => None,
                Comparison::Undetermined { undetermined } => Some(undetermined),
            },
            verdict: String::new(),
        }
    }

    /// Adds the classical test of a proportion.
    fn pool(&mut self, treated: Conversions, control: Conversions) {
        let pooled = proportions_pooled(treated, control).ok();
        self.pooled_statistic = pooled.map(|pooled| pooled.statistic);
        self.pooled_p_value = pooled.map(|pooled| pooled.p_value);
    }

    /// Adds what it takes to find a lift that is sought.
    fn plan(&mut self, (treated, control): (Sample, Sample), sought: Sought) {
        let base = control.plain_mean();
        let needed = match base < 0.0 {
            true => Err(Undetermined::NegativeBase),
            false => customers_needed(treated, control, sought.relative * base, Scale::Absolute),
        };
        let days = sought.customers_a_day.map(|rate| days_needed(needed?, rate)).transpose();
        self.customers_needed = needed.ok();
        self.days_needed = days.ok().flatten();
        let reason = needed.err().or(days.err());
        self.needed_undetermined = reason.map(|reason| reason.to_string());
    }
}

#[cfg(test)]
mod tests;
