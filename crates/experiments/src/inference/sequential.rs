//! Intervals and p-values that hold at every look, however many there are.
//!
//! A confidence sequence covers the true effect at all times together with 95 %, so a report that is
//! always open may be read, and the experiment stopped, whenever one likes. The price is an interval that
//! is wider than the fixed one: half as wide again where it is tuned to be narrow, twice as wide at a tenth of
//! those customers.
//!
//! It is asymptotic: the arms must be large enough for their means to be about normal at the first look
//! that counts. Who reports it holds it back until then. Further reading: Howard, Ramdas, McAuliffe and
//! Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of Statistics 49
//! (2021), 1055, whose normal mixture this is.

use super::difference::{Difference, Scale};
use super::{ALPHA, Interval, Sample, Undetermined, finite, real};

/// An effect as it may be read at any time. All values are finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anytime {
    /// The 95 % interval of the absolute effect.
    pub interval: Interval,
    /// The 95 % interval of the relative effect; `None` when the control's mean is 0.
    pub relative_interval: Option<Interval>,
    /// How rarely any look would ever show as much if there were no difference in truth, 0 to 1.
    pub p_value: f64,
}

/// At this many customers of both arms together the interval is at its narrowest, compared with what is
/// possible; gbstats' default. It must be chosen before the data are seen.
pub const TUNING_DEFAULT: f64 = 5_000.0;

/// Compares two arms at any time.
///
/// With `N = n1 + n0`, `V` the variance of the difference and `ρ² = (-2 ln α + ln(-2 ln α + 1)) / tuning`, the
/// interval is
/// `difference ± sqrt(N V) sqrt(2 (N ρ² + 1) / (N ρ)² ln(sqrt(N ρ² + 1) / α))` and the p-value
/// `min(1, sqrt(N ρ² + 1) exp(-ρ² (difference² N / V) / (2 (N ρ² + 1))))`. Source: Waudby-Smith, Arbour, Sinha,
/// Kennedy and Ramdas, Time-uniform central limit theory and asymptotic confidence sequences, Annals of
/// Statistics 52 (2024), 2613 (arXiv 2103.06476v7), formulas 9, 155 and 161; gbstats,
/// `SequentialTwoSidedTTest`.
///
/// # Errors
/// When nothing varies in either arm, the numbers are too large, or `tuning` is not above 0.
pub fn anytime(treated: Sample, control: Sample, tuning: f64) -> Result<Anytime, Undetermined> {
    if !(tuning > 0.0 && tuning.is_finite()) {
        return Err(Undetermined::Impossible);
    }
    let absolute = Difference::of(treated, control, Scale::Absolute)?;
    let n = real(treated.size()) + real(control.size());
    let log = -2.0 * ALPHA.ln();
    let rho_squared = (log + (log + 1.0).ln()) / tuning;
    let grown = n * rho_squared + 1.0;
    let width = (2.0 * grown * (grown.sqrt() / ALPHA).ln() / (n * rho_squared)).sqrt();
    let interval =
        |difference: Difference| Interval::around(difference.estimate, width * difference.error());
    let relative = Difference::of(treated, control, Scale::Relative).ok();
    let z = finite(absolute.estimate / absolute.error())?;
    let evidence = z * z * n * rho_squared / (2.0 * grown) - 0.5 * grown.ln();
    Ok(Anytime {
        interval: interval(absolute)?,
        relative_interval: relative.map(interval).transpose()?,
        p_value: (-evidence).exp().min(1.0),
    })
}
