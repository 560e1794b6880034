//! The normal, Student's t and the chi-squared distribution, as far as inference needs them.
//!
//! `statrs` computes the special functions. Its `StudentsT` is not used: at the degrees of freedom of
//! a real experiment, tens of thousands and more, its quantile is right to five digits only, and it
//! comes from a search without a bound. From [`FREEDOM_LARGE`] on, the classical expansions in the
//! reciprocal of the degrees of freedom are exact to the last digits and take no search at all.
//!
//! Tails are never computed as one less the other side, so that tiny p-values keep their digits.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;
use statrs::function::gamma::{checked_gamma_ur, ln_gamma};

/// From this many degrees of freedom on, expansions are used: their first neglected terms are below
/// 1e-10 of the result even for t = 12, and shrink with a high power of the degrees of freedom.
const FREEDOM_LARGE: f64 = 500.0;

/// Newton's method needs fewer than ten steps from one degree of freedom on; the bound is for safety.
const NEWTON_STEPS_MAX: u32 = 64;

/// The probability of a standard normal value at least as far from 0: `erfc(|z| / sqrt(2))`.
/// Source: Abramowitz and Stegun, 26.2.29.
pub(super) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The probability of a standard normal value below `z`. Source: Abramowitz and Stegun, 26.2.29.
pub(super) fn normal_below(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// The density of the standard normal. Source: Abramowitz and Stegun, 26.2.1.
pub(super) fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The probability that chi-squared is above a value that is not below 0; `freedom` is at least 1.
///
/// `Γ(freedom / 2, x / 2) / Γ(freedom / 2)`. Source: Abramowitz and Stegun, 26.4.2 with 6.5.3.
pub(super) fn chi_squared_above(x: f64, freedom: f64) -> f64 {
    // An infinite value and 0 are outside of the library's domain, and known.
    checked_gamma_ur(freedom / 2.0, x / 2.0).unwrap_or(if x > 0.0 { 0.0 } else { 1.0 })
}

/// The value below which a standard normal lies with a probability.
pub(super) fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// The probability of a t value at least as far from 0; `freedom` is at least 1.
///
/// `I_x(freedom / 2, 1 / 2)` with `x = freedom / (freedom + t²)`. Source: Abramowitz and Stegun, 26.7.1
/// with 26.5.27. With large `freedom`, the normal probability of an equivalent z. Source: Hill, Algorithm
/// 395, Communications of the ACM 13 (1970), 617.
pub(super) fn student_two_sided(t: f64, freedom: f64) -> f64 {
    let square = t * t;
    if square.is_infinite() {
        return 0.0;
    }
    if freedom >= FREEDOM_LARGE {
        let a = freedom - 0.5;
        let b = 48.0 * a * a;
        let y = a * (square / freedom).ln_1p();
        let fine = (((-0.4 * y - 3.3) * y - 24.0) * y - 85.5) / (0.8 * y * y + 100.0 + b);
        return normal_two_sided(((fine + y + 3.0) / b + 1.0) * y.sqrt());
    }
    if square < 1.0 {
        // Here the result is not small, and the other side keeps the digits of a tiny t.
        return 1.0 - beta_reg(0.5, freedom / 2.0, square / (freedom + square));
    }
    beta_reg(freedom / 2.0, 0.5, freedom / (freedom + square))
}

/// The value below which Student's t lies with a probability above one half; `freedom` is at least 1.
///
/// By Newton's method from the normal quantile, which is below it: the tail is convex there, so each
/// step comes closer from the same side. With large `freedom` by the expansion of Abramowitz and
/// Stegun, 26.7.5.
pub(super) fn student_quantile(probability: f64, freedom: f64) -> f64 {
    let z = normal_quantile(probability);
    if freedom >= FREEDOM_LARGE {
        return z + expansion(z, freedom);
    }
    let both_tails = 2.0 * (1.0 - probability);
    let mut t = z;
    for _ in 0..NEWTON_STEPS_MAX {
        let step = (student_two_sided(t, freedom) - both_tails) / (2.0 * density(t, freedom));
        t += step;
        if step.abs() <= f64::EPSILON * t {
            break;
        }
    }
    t
}

/// What t's quantile is above the normal one: Abramowitz and Stegun, 26.7.5, all four terms.
fn expansion(z: f64, freedom: f64) -> f64 {
    let y = z * z;
    let terms = [
        (y + 1.0) / 4.0,
        ((5.0 * y + 16.0) * y + 3.0) / 96.0,
        (((3.0 * y + 19.0) * y + 17.0) * y - 15.0) / 384.0,
        ((((79.0 * y + 776.0) * y + 1_482.0) * y - 1_920.0) * y - 945.0) / 92_160.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + z * term) / freedom)
}

/// The density of Student's t. Source: Abramowitz and Stegun, 26.7.1.
fn density(t: f64, freedom: f64) -> f64 {
    let half = freedom / 2.0;
    let factor = (ln_gamma(half + 0.5) - ln_gamma(half)).exp();
    let shape = (-(half + 0.5) * (t * t / freedom).ln_1p()).exp();
    factor / (freedom * std::f64::consts::PI).sqrt() * shape
}
