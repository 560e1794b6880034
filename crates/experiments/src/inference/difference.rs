//! The difference of two arms with its variance, from which tests, intervals and beliefs come.

use super::{Sample, Undetermined, finite, real};

/// In what a difference is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// In the unit of the measure: `m1 - m0`, with variance `s1² / n1 + s0² / n0`.
    Absolute,
    /// As a fraction of the control's mean, which has to be above 0: `(m1 - m0) / m0`.
    ///
    /// The control's mean is an estimate too, so by the delta method the variance is
    /// `s1² / (n1 m0²) + s0² m1² / (n0 m0⁴)`. Source: Deng, Knoblich and Lu, Applying the Delta Method in
    /// Metric Analytics, KDD 2018, 2.2; gbstats, `frequentist_variance`.
    Relative,
}

/// A difference, treated less control. The estimate is finite and the variance above 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Difference {
    pub(super) estimate: f64,
    pub(super) variance: f64,
}

// === impl Difference ===

impl Difference {
    /// # Errors
    /// When nothing varies, or too little, the scale is relative to what is not above 0, or a number is too large.
    pub(super) fn of(treated: Sample, control: Sample, scale: Scale) -> Result<Self, Undetermined> {
        let absolute = treated.mean() - control.mean();
        let (v1, v0) = (treated.variance_of_mean(), control.variance_of_mean());
        // Before anything is divided: that nothing varies is so on every scale.
        if v1 + v0 < f64::MIN_POSITIVE {
            let varies = v1 + v0 > 0.0 || treated.too_alike() || control.too_alike();
            return Err(if varies { Undetermined::TooAlike } else { Undetermined::NoVariance });
        }
        let (estimate, variance) = match scale {
            Scale::Absolute => (absolute, v1 + v0),
            Scale::Relative => {
                let base = control.plain_mean();
                if base <= 0.0 {
                    let is_zero = base == 0.0;
                    return Err(if is_zero {
                        Undetermined::ZeroBase
                    } else {
                        Undetermined::NegativeBase
                    });
                }
                let share = treated.plain_mean() / base;
                (absolute / base, (v1 + v0 * share * share) / (base * base))
            }
        };
        let variance = Some(variance).filter(|variance| variance.is_finite() && *variance > 0.0);
        Ok(Self {
            estimate: finite(estimate)?,
            variance: variance.ok_or(Undetermined::OutOfRange)?,
        })
    }

    pub(super) fn error(self) -> f64 {
        self.variance.sqrt()
    }
}

/// The degrees of freedom of a difference of two arms:
/// `(v1 + v0)² / (v1² / (n1 - 1) + v0² / (n0 - 1))` with `v = s² / n`; at least 1.
/// Source: Welch, Biometrika 34 (1947), 28, and Satterthwaite, Biometrics 2 (1946), 110.
pub(super) fn degrees_of_freedom(treated: Sample, control: Sample) -> f64 {
    let (v1, v0) = (treated.variance_of_mean(), control.variance_of_mean());
    // As shares of the variance, so that no square can underflow or overflow.
    let (w1, w0) = (v1 / (v1 + v0), v0 / (v1 + v0));
    let spread = w1 * w1 / (real(treated.size()) - 1.0) + w0 * w0 / (real(control.size()) - 1.0);
    1.0 / spread
}
