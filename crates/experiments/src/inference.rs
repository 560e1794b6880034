//! What the arms of an experiment did, as an effect with its uncertainty.
//!
//! Input are the sufficient statistics of each arm: [`Conversions`] (how many of how many) or [`Sums`]
//! (number, sum and sum of squares of one whole number for each customer, such as revenue in minor
//! units). They are whole numbers, kept exactly while outcomes arrive, so no rounding adds up; the
//! variance is computed from them without cancellation before anything becomes a float.
//!
//! All tests are two-sided, all intervals cover 95 %, and every effect is treated less control. The
//! relative effect is the absolute one divided by the control's mean: a plain ratio, whose interval is
//! not given here, because dividing the interval's ends would ignore the control's own uncertainty.
//!
//! Looking at these numbers again and again until one is significant is not covered by them.

mod distribution;

use distribution::{normal_quantile, normal_two_sided, student_quantile, student_two_sided};

/// How many customers of an arm did what was wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversions {
    /// Customers in the arm.
    pub customers: u64,
    /// Those of them who converted.
    pub converted: u64,
}

/// What the customers of an arm brought, each one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Customers in the arm, those who brought nothing included.
    pub customers: u64,
    /// The sum over customers.
    pub sum: i128,
    /// The sum of squares over customers.
    pub sum_of_squares: u128,
}

/// A difference between two arms, treated less control. All values are finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The difference of the means, in the unit of the measure (a proportion: 0.01 is one point).
    pub absolute: f64,
    /// The difference divided by the control's mean; `None` when that is 0.
    pub relative: Option<f64>,
    /// The lower end of the 95 % interval of `absolute`.
    pub ci_low: f64,
    /// The upper end of the 95 % interval of `absolute`.
    pub ci_high: f64,
    /// z for proportions, t for means.
    pub statistic: f64,
    /// How probable a difference at least as large would be if there were none in truth, 0 to 1.
    pub p_value: f64,
}

/// A test without an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The test statistic.
    pub statistic: f64,
    /// The two-sided p-value, 0 to 1.
    pub p_value: f64,
}

/// Why the data say nothing about the effect.
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
}

/// The probability that the interval of an effect covers.
pub const CONFIDENCE: f64 = 0.95;

/// Where half of what the interval leaves out lies above.
const UPPER: f64 = 0.5 + CONFIDENCE / 2.0;

/// Compares proportions by a z test with unpooled variance, the one that fits its interval.
///
/// `z = (p1 - p0) / se`, `se = sqrt(p1 (1 - p1) / n1 + p0 (1 - p0) / n0)`, interval
/// `p1 - p0 ± z(0.975) se` (Wald). Source: Agresti, Categorical Data Analysis, 3rd ed., 3.1.1; gbstats
/// computes the same from sums. For the classical test see [`proportions_pooled`].
///
/// # Errors
/// When an arm has fewer than two customers, all or none converted in both, or the counts contradict.
pub fn proportions(treated: Conversions, control: Conversions) -> Result<Effect, Undetermined> {
    let (p1, p0) = (treated.checked_rate()?, control.checked_rate()?);
    let variance =
        p1 * (1.0 - p1) / real(treated.customers) + p0 * (1.0 - p0) / real(control.customers);
    let (absolute, error) = (p1 - p0, positive(variance)?.sqrt());
    let statistic = absolute / error;
    let margin = normal_quantile(UPPER) * error;
    Ok(Effect {
        absolute,
        relative: ratio(absolute, p0),
        ci_low: absolute - margin,
        ci_high: absolute + margin,
        statistic,
        p_value: normal_two_sided(statistic),
    })
}

/// Compares proportions by the z test with pooled variance: under the hypothesis that both arms are
/// the same, the best estimate of the variance takes them together.
///
/// `z = (p1 - p0) / sqrt(p (1 - p) (1 / n1 + 1 / n0))` with `p` the proportion of both together; `z²` is
/// Pearson's chi-squared of the 2 x 2 table. Source: Fleiss, Levin and Paik, Statistical Methods for
/// Rates and Proportions, 3rd ed., 3.1, without the continuity correction.
///
/// # Errors
/// When an arm has fewer than two customers, all or none converted in both, or the counts contradict.
pub fn proportions_pooled(
    treated: Conversions,
    control: Conversions,
) -> Result<Test, Undetermined> {
    let (p1, p0) = (treated.checked_rate()?, control.checked_rate()?);
    let (n1, n0) = (real(treated.customers), real(control.customers));
    let pooled = (real(treated.converted) + real(control.converted)) / (n1 + n0);
    let variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n0);
    let statistic = (p1 - p0) / positive(variance)?.sqrt();
    Ok(Test { statistic, p_value: normal_two_sided(statistic) })
}

/// Compares means by Welch's t test, which does not take the arms' variances to be the same.
///
/// `t = (m1 - m0) / sqrt(s1² / n1 + s0² / n0)` with the sample variances `s²`; degrees of freedom by
/// Welch and Satterthwaite, `(v1 + v0)² / (v1² / (n1 - 1) + v0² / (n0 - 1))` with `v = s² / n`; interval
/// `m1 - m0 ± t(0.975) sqrt(v1 + v0)`. Source: Welch, Biometrika 34 (1947), 28 to 35.
///
/// # Errors
/// When an arm has fewer than two customers, nothing varies in either, or the sums contradict.
pub fn means(treated: Sums, control: Sums) -> Result<Effect, Undetermined> {
    let (v1, v0) = (treated.variance_of_mean()?, control.variance_of_mean()?);
    let (m1, m0) = (treated.checked_mean()?, control.checked_mean()?);
    let variance = positive(v1 + v0)?;
    // As shares of the variance, so that no square can underflow or overflow.
    let (w1, w0) = (v1 / variance, v0 / variance);
    let spread =
        w1 * w1 / (real(treated.customers) - 1.0) + w0 * w0 / (real(control.customers) - 1.0);
    let freedom = 1.0 / spread;
    let (absolute, error) = (m1 - m0, variance.sqrt());
    let statistic = absolute / error;
    let margin = student_quantile(UPPER, freedom) * error;
    Ok(Effect {
        absolute,
        relative: ratio(absolute, m0),
        ci_low: absolute - margin,
        ci_high: absolute + margin,
        statistic,
        p_value: student_two_sided(statistic, freedom),
    })
}

/// A count as a float. Above 2^53 it is rounded, to 16 digits.
fn real(count: u64) -> f64 {
    count as f64
}

fn positive(variance: f64) -> Result<f64, Undetermined> {
    Some(variance).filter(|&variance| variance > 0.0).ok_or(Undetermined::NoVariance)
}

fn ratio(absolute: f64, control: f64) -> Option<f64> {
    Some(absolute / control).filter(|ratio| ratio.is_finite())
}

// === impl Conversions ===

impl Conversions {
    /// The proportion that converted, 0 to 1; `None` without customers.
    pub fn rate(self) -> Option<f64> {
        (self.customers > 0).then(|| real(self.converted) / real(self.customers))
    }

    fn checked_rate(self) -> Result<f64, Undetermined> {
        if self.converted > self.customers {
            return Err(Undetermined::Contradictory);
        }
        let rate = self.rate().filter(|_| self.customers >= 2);
        rate.ok_or(Undetermined::TooFewCustomers)
    }
}

// === impl Sums ===

impl Sums {
    /// The mean over all customers; `None` without customers.
    pub fn mean(self) -> Option<f64> {
        (self.customers > 0).then(|| self.sum as f64 / real(self.customers))
    }

    /// The sample variance, `(n Σx² - (Σx)²) / (n (n - 1))`; `None` below two customers, or when no
    /// whole numbers have such sums.
    ///
    /// The numerator is exact while it fits 128 bits, which it does for 10^10 customers with sums of
    /// squares of 10^28; beyond that it is computed in floats.
    pub fn variance(self) -> Option<f64> {
        let n = u128::from(self.customers);
        let scatter = n.checked_mul(self.sum_of_squares);
        let square = self.sum.unsigned_abs().checked_mul(self.sum.unsigned_abs());
        let numerator = match (scatter, square) {
            (Some(scatter), Some(square)) => scatter.checked_sub(square)? as f64,
            _ => {
                let sum = self.sum as f64;
                real(self.customers) * self.sum_of_squares as f64 - sum * sum
            }
        };
        let n = real(self.customers);
        (self.customers >= 2 && numerator >= 0.0).then(|| numerator / (n * (n - 1.0)))
    }

    fn checked_mean(self) -> Result<f64, Undetermined> {
        self.mean().ok_or(Undetermined::TooFewCustomers)
    }

    fn variance_of_mean(self) -> Result<f64, Undetermined> {
        if self.customers < 2 {
            return Err(Undetermined::TooFewCustomers);
        }
        let variance = self.variance().ok_or(Undetermined::Contradictory)?;
        Ok(variance / real(self.customers))
    }
}

#[cfg(test)]
mod tests;
