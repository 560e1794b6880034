//! What the arms of an experiment did, as effects with their uncertainty.
//!
//! Everything starts from a [`Sample`] of each arm: its size, the mean of what is measured, and the
//! variance. Four kinds of figures give one:
//!
//! ```text
//! Conversions   how many of how many            \
//! Sums          whole numbers, summed exactly    \        Sample, Sample --> compare    one planned look
//! Running       decimals, as they are read        >-->                  +-> anytime     as many as one likes
//! Pairs         two numbers for each customer:   /                      +-> belief      how sure, at what risk
//!               a ratio, or a covariate (CUPED) /                       +-> detectable  what could be found
//! ```
//!
//! What is kept while outcomes arrive are whole numbers, so no rounding adds up; a variance is computed
//! from them without cancellation before anything becomes a float.
//!
//! All tests are two-sided, all intervals cover 95 %, and every effect is treated less control. The
//! relative effect is the absolute one divided by the control's mean, and its interval accounts for that
//! mean being an estimate too ([`Scale::Relative`]). Which customers belong to an arm is the caller's
//! promise; [`split_mismatch`] tells when it has been broken, and then no other figure means anything.
//!
//! This module refuses to answer with NaN or infinity: where the data cannot say, the answer is
//! [`Undetermined`] and tells why. Formulas are cited where they stand. The figures equal those of
//! gbstats, GrowthBook's engine, where that has them, and those of statsmodels where not; the tests of the
//! `e2e` crate ask both.
//!
//! Read in this order: `sample`, `pairs` and `running`, what is compared; `difference`, from which all
//! effects come; `fixed`, `sequential` and `bayesian`, what may be concluded; `mismatch`, `several`,
//! `power` and `winsor`, what must be minded.

mod bayesian;
mod difference;
mod distribution;
mod fixed;
mod mismatch;
mod pairs;
mod power;
mod running;
mod sample;
mod sequential;
mod several;
mod winsor;

pub use bayesian::{Belief, Prior, belief};
pub use difference::Scale;
pub use fixed::{Effect, Test, compare, proportions_pooled};
pub use mismatch::{Mismatch, split_mismatch};
pub use pairs::{Joint, Pairs, RunningPairs, adjust, variance_reduction};
pub use power::{customers_needed, days_needed, detectable};
pub use running::Running;
pub use sample::{Conversions, Measure, Sample, Sums};
pub use sequential::{Anytime, TUNING_DEFAULT, anytime};
pub use several::{benjamini_hochberg, holm};
pub use winsor::quantile;

/// The probability that the interval of an effect covers.
pub const CONFIDENCE: f64 = 0.95;

/// The share of true effects of its size that a minimum detectable effect is found in.
pub const POWER: f64 = 0.8;

/// How often a test may call a difference significant where there is none.
const ALPHA: f64 = 1.0 - CONFIDENCE;

/// Where half of what an interval leaves out lies above.
const UPPER: f64 = 0.5 + CONFIDENCE / 2.0;

/// A range of values. Both ends are finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end, at least the lower.
    pub high: f64,
}

/// Why the data say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undetermined {
    /// An arm has fewer than two customers.
    #[error("an arm has fewer than two customers")]
    TooFewCustomers,
    /// Nothing varies in either arm: nobody converted, or all brought the same.
    #[error("nothing varies within the arms")]
    NoVariance,
    /// No customers could have such counts or sums: more converted than there are, for example.
    #[error("the counts contradict each other")]
    Contradictory,
    /// The relative effect, or a ratio, would divide by 0.
    #[error("the value to divide by is 0")]
    ZeroBase,
    /// The relative effect would have the sign of a loss where there is a gain.
    #[error("an effect is not told relative to a value below 0")]
    NegativeBase,
    /// Something varies, but by so little that its square is too small for a float.
    #[error("the numbers vary too little to compute with; measure them in a smaller unit")]
    TooAlike,
    /// A result is too large, or too small, for a float.
    #[error("the numbers are too large to compute with")]
    OutOfRange,
    /// A share, power, rate or number of customers makes no sense.
    #[error("a share, rate or effect that was asked for is not possible")]
    Impossible,
}

// === impl Interval ===

impl Interval {
    /// The values that are at most `margin` away from `middle`.
    fn around(middle: f64, margin: f64) -> Result<Self, Undetermined> {
        Ok(Self { low: finite(middle - margin)?, high: finite(middle + margin)? })
    }

    /// Whether 0 is outside.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// A count as a float. Above 2^53 it is rounded, to 16 digits.
fn real(count: u64) -> f64 {
    count as f64
}

fn finite(value: f64) -> Result<f64, Undetermined> {
    Some(value).filter(|value| value.is_finite()).ok_or(Undetermined::OutOfRange)
}

#[cfg(test)]
mod tests;
