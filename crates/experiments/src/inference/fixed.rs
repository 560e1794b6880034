//! Tests and intervals for one look, at a time that was fixed before the data were seen.
//!
//! Whoever looks again and again until something is significant is not covered by them: for that there
//! is `sequential`.

use super::difference::{Difference, Scale, degrees_of_freedom};
use super::distribution::{normal_two_sided, student_quantile, student_two_sided};
use super::{Conversions, Interval, Sample, UPPER, Undetermined, finite, real};

/// A difference between two arms, treated less control. All values are finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The difference of the means, in the unit of the measure (a proportion: 0.01 is one point).
    pub absolute: f64,
    /// The 95 % interval of `absolute`.
    pub interval: Interval,
    /// The difference as a fraction of the control's mean; `None` when that is not above 0.
    pub relative: Option<f64>,
    /// The 95 % interval of `relative`; `None` also when it cannot be told, as of a treated arm in which all is 0.
    pub relative_interval: Option<Interval>,
    /// `absolute` in standard errors.
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

/// Compares two arms by Welch's t test, which does not take their variances to be the same.
///
/// `t = (m1 - m0) / sqrt(s1² / n1 + s0² / n0)` with Welch's and Satterthwaite's degrees of freedom, and the
/// interval `m1 - m0 ± t(0.975) sqrt(s1² / n1 + s0² / n0)`. Source: Welch, Biometrika 34 (1947), 28. The
/// relative interval is the same on [`Scale::Relative`].
///
/// For proportions `t` is the z of the unpooled test, the one that fits the interval; its p-value and
/// interval come from Student's t too, as in gbstats (`TwoSidedTTest`), which is a little wider than the
/// normal distribution while arms are small. The classical test is [`proportions_pooled`].
///
/// # Errors
/// When nothing varies in either arm, or the numbers are too large.
pub fn compare(treated: Sample, control: Sample) -> Result<Effect, Undetermined> {
    let absolute = Difference::of(treated, control, Scale::Absolute)?;
    let freedom = degrees_of_freedom(treated, control);
    let margin = student_quantile(UPPER, freedom);
    let interval =
        |difference: Difference| Interval::around(difference.estimate, margin * difference.error());
    let relative = Difference::of(treated, control, Scale::Relative).ok();
    let base = Some(control.plain_mean()).filter(|base| *base > 0.0);
    let share = base.map(|base| absolute.estimate / base);
    let statistic = finite(absolute.estimate / absolute.error())?;
    Ok(Effect {
        absolute: absolute.estimate,
        interval: interval(absolute)?,
        relative: share.filter(|share| share.is_finite()),
        relative_interval: relative.map(interval).transpose()?,
        statistic,
        p_value: student_two_sided(statistic, freedom),
    })
}

/// Compares proportions by the z test with pooled variance: under the hypothesis that both arms are
/// the same, the best estimate of the variance takes them together.
///
/// `z = (p1 - p0) / sqrt(p (1 - p) (1 / n1 + 1 / n0))` with `p` the proportion of both together; `z²` is
/// Pearson's chi-squared of the 2 x 2 table. Source: Fleiss, Levin and Paik, Statistical Methods for
/// Rates and Proportions, 3rd ed., 3.1, without the continuity correction; statsmodels,
/// `proportions_ztest`.
///
/// # Errors
/// When an arm has fewer than two customers, all or none converted in both, or the counts contradict.
pub fn proportions_pooled(
    treated: Conversions,
    control: Conversions,
) -> Result<Test, Undetermined> {
    let (p1, p0) = (treated.sample()?.mean(), control.sample()?.mean());
    let (n1, n0) = (real(treated.customers), real(control.customers));
    let pooled = (real(treated.converted) + real(control.converted)) / (n1 + n0);
    let variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n0);
    if variance <= 0.0 {
        return Err(Undetermined::NoVariance);
    }
    let statistic = finite((p1 - p0) / variance.sqrt())?;
    Ok(Test { statistic, p_value: normal_two_sided(statistic) })
}
