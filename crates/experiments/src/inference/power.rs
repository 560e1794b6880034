//! What an experiment can find, and how long it must run to find more.
//!
//! "No difference found" means nothing without this: an experiment of a hundred customers finds nothing
//! but miracles.

use super::difference::{Difference, Scale};
use super::distribution::normal_quantile;
use super::{POWER, Sample, UPPER, Undetermined, finite, real};

/// The smallest effect that the fixed test, on these arms as they are now, would find in 80 % of cases.
///
/// `(z(0.975) + z(0.8)) se`. Source: Bloom, Minimum Detectable Effects, Evaluation Review 19 (1995), 547;
/// statsmodels, `normal_sample_size_one_tail` solved for the difference.
///
/// # Errors
/// When nothing varies, the scale is relative to 0, or the numbers are too large.
pub fn detectable(treated: Sample, control: Sample, scale: Scale) -> Result<f64, Undetermined> {
    let difference = Difference::of(treated, control, scale)?;
    finite((normal_quantile(UPPER) + normal_quantile(POWER)) * difference.error())
}

/// How many customers both arms together need so that an effect is found in 80 % of cases, a whole
/// number, if the arms vary as they do now and keep their shares.
///
/// `n = (z(0.975) + z(0.8))² (s1² / w1 + s0² / w0) / effect²` with the arms' shares `w`. Source: Chow, Shao and Wang,
/// Sample Size Calculations in Clinical Research, 2nd ed., 3.2; statsmodels,
/// `normal_sample_size_one_tail`.
///
/// # Errors
/// As for [`detectable`], and when the effect is 0 or not finite.
pub fn customers_needed(
    treated: Sample,
    control: Sample,
    effect: f64,
    scale: Scale,
) -> Result<f64, Undetermined> {
    if effect == 0.0 || !effect.is_finite() {
        return Err(Undetermined::Impossible);
    }
    let times = detectable(treated, control, scale)? / effect;
    finite(((real(treated.size()) + real(control.size())) * times * times).ceil())
}

/// In how many days so many customers come at a daily rate, a whole number.
///
/// # Errors
/// When the rate is not above 0 or the number of customers is below 0.
pub fn days_needed(customers: f64, customers_a_day: f64) -> Result<f64, Undetermined> {
    if !(customers >= 0.0 && customers_a_day > 0.0) {
        return Err(Undetermined::Impossible);
    }
    finite((customers / customers_a_day).ceil())
}
