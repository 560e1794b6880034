//! One arm against the control, in all the ways that people read.
//!
//! The live report and the analysis of a table say the same of the same arms because both take it from
//! here. [`experiments::inference`] cites the formulas.

use experiments::inference::{
    self, CONFIDENCE, Interval, Prior, Sample, Scale, TUNING_DEFAULT, Undetermined, holm,
};
use serde::{Deserialize, Serialize};

/// A p-value below this makes a difference significant.
pub(crate) const LEVEL: f64 = 1.0 - CONFIDENCE;

/// What is said below figures of several arms.
pub(crate) const CORRECTED: &str =
    "p is corrected for the number of arms; an interval is of its arm alone.";

/// An effect, or why there is none to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Comparison {
    /// What the data say.
    Estimate(Box<EffectEstimate>),
    /// The data say nothing.
    Undetermined {
        /// Why not.
        undetermined: String,
    },
}

/// A difference, treated less control, in the unit of the measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectEstimate {
    /// The difference.
    pub absolute: f64,
    /// The difference relative to the control; `None` when the control's value is not above 0.
    pub relative: Option<f64>,
    /// The lower end of the 95 % interval of `absolute`, for one planned look.
    pub ci_low: f64,
    /// The upper end of it.
    pub ci_high: f64,
    /// The lower end of the 95 % interval of `relative`, for one planned look.
    pub relative_ci_low: Option<f64>,
    /// The upper end of it.
    pub relative_ci_high: Option<f64>,
    /// z or t: the difference in standard errors.
    pub statistic: f64,
    /// How probable so large a difference would be if there were none in truth, for one planned look.
    pub p_value: f64,
    /// The same after Holm's correction for the number of arms that are compared with the control.
    pub p_value_corrected: f64,
    /// What holds however often one looks.
    pub anytime: AnytimeEstimate,
    /// How probable it is that the arm is better than the control, if nothing was held of it before.
    pub chance_to_win: f64,
    /// What choosing the arm costs on average: how much it is worse, counted as 0 where it is better.
    pub expected_loss: f64,
    /// The smallest difference that these arms would show in 80 % of cases at one planned look.
    pub minimum_detectable: f64,
    /// The same relative to the control.
    pub minimum_detectable_relative: Option<f64>,
}

/// An effect out of which something is taken that was known beforehand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adjusted {
    /// The effect.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// The share of the difference's variance that this took away, as a fraction; `None` without an effect.
    pub variance_reduction: Option<f64>,
}

/// What may be read of a difference at any time and as often as one likes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnytimeEstimate {
    /// The lower end of the 95 % interval of the difference.
    pub ci_low: f64,
    /// The upper end of it.
    pub ci_high: f64,
    /// The lower end of the 95 % interval of the relative difference.
    pub relative_ci_low: Option<f64>,
    /// The upper end of it.
    pub relative_ci_high: Option<f64>,
    /// How rarely any look would ever show as much if there were no difference in truth.
    pub p_value: f64,
    /// The same after Holm's correction for the number of arms.
    pub p_value_corrected: f64,
}

// === impl Comparison ===

impl Comparison {
    /// Compares an arm with the control, in this order; [`Comparison::correct`] comes when all arms are.
    pub(crate) fn of(pair: Result<(Sample, Sample), Undetermined>) -> Self {
        match pair.and_then(|(treated, control)| EffectEstimate::new(treated, control)) {
            Ok(estimate) => Self::Estimate(Box::new(estimate)),
            Err(reason) => Self::Undetermined { undetermined: reason.to_string() },
        }
    }

    /// Corrects the p-values of several arms that are compared with one control in one measure.
    pub(crate) fn correct(arms: &mut [Self]) {
        let mut estimates: Vec<&mut EffectEstimate> =
            arms.iter_mut().filter_map(Self::estimate_mut).collect();
        let p_values: Vec<f64> = estimates.iter().map(|estimate| estimate.p_value).collect();
        let anytime: Vec<f64> = estimates.iter().map(|estimate| estimate.anytime.p_value).collect();
        let corrected = holm(&p_values).into_iter().zip(holm(&anytime));
        for (estimate, (p_value, anytime)) in estimates.iter_mut().zip(corrected) {
            estimate.p_value_corrected = p_value;
            estimate.anytime.p_value_corrected = anytime;
        }
    }

    /// What the data say, if anything.
    pub fn estimate(&self) -> Option<&EffectEstimate> {
        match self {
            Self::Estimate(estimate) => Some(estimate),
            Self::Undetermined { .. } => None,
        }
    }

    fn estimate_mut(&mut self) -> Option<&mut EffectEstimate> {
        match self {
            Self::Estimate(estimate) => Some(estimate),
            Self::Undetermined { .. } => None,
        }
    }
}

// === impl EffectEstimate ===

impl EffectEstimate {
    fn new(treated: Sample, control: Sample) -> Result<Self, Undetermined> {
        let fixed = inference::compare(treated, control)?;
        let anytime = inference::anytime(treated, control, TUNING_DEFAULT)?;
        let belief = inference::belief(treated, control, Scale::Absolute, Prior::Flat)?;
        let detectable = |scale| inference::detectable(treated, control, scale);
        Ok(Self {
            absolute: fixed.absolute,
            relative: fixed.relative,
            ci_low: fixed.interval.low,
            ci_high: fixed.interval.high,
            relative_ci_low: low(fixed.relative_interval),
            relative_ci_high: high(fixed.relative_interval),
            statistic: fixed.statistic,
            p_value: fixed.p_value,
            p_value_corrected: fixed.p_value,
            anytime: AnytimeEstimate {
                ci_low: anytime.interval.low,
                ci_high: anytime.interval.high,
                relative_ci_low: low(anytime.relative_interval),
                relative_ci_high: high(anytime.relative_interval),
                p_value: anytime.p_value,
                p_value_corrected: anytime.p_value,
            },
            chance_to_win: belief.chance_to_win,
            expected_loss: belief.expected_loss,
            minimum_detectable: detectable(Scale::Absolute)?,
            minimum_detectable_relative: detectable(Scale::Relative).ok(),
        })
    }
}

fn low(interval: Option<Interval>) -> Option<f64> {
    interval.map(|interval| interval.low)
}

fn high(interval: Option<Interval>) -> Option<f64> {
    interval.map(|interval| interval.high)
}

/// Whose an interval is, where several arms are compared with one control. A difference is claimed by the p-value
/// that is corrected for their number, and intervals have no such correction.
pub(crate) fn alone(arms: usize) -> &'static str {
    if arms > 1 { ", for this arm alone" } else { "" }
}

/// The same where no difference is claimed, whether the interval leaves none out or not.
pub(crate) fn among_others(excludes_none: bool, arms: usize) -> String {
    let but = format!(", but of {arms} arms one differs as much by chance too often");
    format!("{}{}", alone(arms), if excludes_none { but } else { String::new() })
}

/// What was done to a p-value for the number of arms.
pub(crate) fn corrected(arms: usize) -> String {
    if arms > 1 { format!(", corrected for {arms} arms") } else { String::new() }
}
