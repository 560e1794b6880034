//! How sure one may be that the treated arm is better, and what it costs to be wrong.
//!
//! The effect is taken to be about normal with the variance that the data give it, and the prior to be
//! normal or flat; so the posterior is normal and all answers are closed formulas. This is what gbstats
//! does (`EffectBayesianABTest`) for proportions and means alike; with the arms of a real experiment, the
//! beta distributions of older tools give the same to the digits that are shown.
//!
//! With a flat prior these are no more proof against looking again and again than a fixed test is.

use super::difference::{Difference, Scale};
use super::distribution::{normal_below, normal_density, normal_quantile};
use super::{Interval, Sample, UPPER, Undetermined, finite};

/// What is held of the effect before the data are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prior {
    /// Nothing: every effect is as good as any other.
    Flat,
    /// The effect is normally distributed.
    Normal {
        /// Its mean, on the scale of the effect.
        mean: f64,
        /// Its variance, above 0.
        variance: f64,
    },
}

/// What is held of the effect after the data are seen. All values are finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    /// The effect expected.
    pub effect: f64,
    /// The effect lies in it with a probability of 95 %.
    pub interval: Interval,
    /// How probable it is that the treated arm has the higher mean, 0 to 1.
    pub chance_to_win: f64,
    /// What is lost on average when the treated arm is chosen: how much it is worse, counted as 0 where
    /// it is better. Not below 0.
    pub expected_loss: f64,
    /// The same when the control is kept.
    pub expected_loss_of_control: f64,
}

/// Says what to hold of the effect of a treated arm.
///
/// Posterior `N(m, s²)` with `1 / s² = 1 / V + 1 / v` and `m = s² (d / V + μ / v)` for an effect `d` of variance `V`
/// and a prior `N(μ, v)`. Chance to win `Φ(m / s)`, expected loss `s φ(m / s) - m Φ(-m / s)`. Source: Gelman et
/// al., Bayesian Data Analysis, 3rd ed., 2.5, for the posterior; Stucchio, Bayesian A/B Testing at VWO
/// (2015), for the loss; gbstats, `EffectBayesianABTest`.
///
/// # Errors
/// When nothing varies, the scale is relative to 0, the prior is none, or the numbers are too large.
pub fn belief(
    treated: Sample,
    control: Sample,
    scale: Scale,
    prior: Prior,
) -> Result<Belief, Undetermined> {
    let data = Difference::of(treated, control, scale)?;
    let (effect, variance) = match prior {
        Prior::Flat => (data.estimate, data.variance),
        Prior::Normal { mean, variance } if mean.is_finite() && variance > 0.0 => {
            let precision = 1.0 / data.variance + 1.0 / variance;
            ((data.estimate / data.variance + mean / variance) / precision, 1.0 / precision)
        }
        Prior::Normal { .. } => return Err(Undetermined::Impossible),
    };
    let (effect, error) = (finite(effect)?, finite(variance)?.sqrt());
    let z = finite(effect / error)?;
    // What both losses share: the part of the error that either choice cannot avoid.
    let spread = error * normal_density(z);
    Ok(Belief {
        effect,
        interval: Interval::around(effect, normal_quantile(UPPER) * error)?,
        chance_to_win: normal_below(z),
        expected_loss: (spread - effect * normal_below(-z)).max(0.0),
        expected_loss_of_control: (spread + effect * normal_below(z)).max(0.0),
    })
}
