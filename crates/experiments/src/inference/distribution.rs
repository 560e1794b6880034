//! The normal and Student's t distribution, as far as two-sided inference needs them.
//!
//! `statrs` computes the special functions. Tail probabilities are taken from `erfc` and the incomplete
//! beta function directly, never as one less the other side, so that tiny p-values keep their digits.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;

/// Above this many degrees of freedom t is taken to be normal: quantiles then agree to nine digits.
const FREEDOM_MAX: f64 = 1e9;

/// The probability of a standard normal value at least as far from 0: `erfc(|z| / sqrt(2))`.
/// Source: Abramowitz and Stegun, 26.2.29.
pub(super) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The value below which a standard normal lies with a probability.
pub(super) fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// The probability of a t value at least as far from 0: `I_x(freedom / 2, 1 / 2)` with
/// `x = freedom / (freedom + t²)`. Source: Abramowitz and Stegun, 26.7.1 with 26.5.27.
pub(super) fn student_two_sided(t: f64, freedom: f64) -> f64 {
    let x = freedom / (freedom + t * t);
    if freedom > FREEDOM_MAX || !x.is_finite() {
        return normal_two_sided(t);
    }
    beta_reg(freedom / 2.0, 0.5, x)
}

/// The value below which Student's t lies with a probability.
pub(super) fn student_quantile(probability: f64, freedom: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom) {
        Ok(student) if freedom <= FREEDOM_MAX => student.inverse_cdf(probability),
        _ => normal_quantile(probability),
    }
}
