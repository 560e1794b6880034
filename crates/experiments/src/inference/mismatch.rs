//! Whether the arms have the sizes that the weights promise: sample-ratio mismatch.
//!
//! When they have not, customers were lost or counted twice in one arm more than in the other, and those
//! are never like the rest: every figure of the experiment is then wrong by an unknown amount. This is
//! checked before anything else is read.
//!
//! The chi-squared test is for one look. A report that is always open checks again and again, so it goes by
//! the sequential test, which is wrong with at most the same probability over all looks together.

use statrs::function::gamma::ln_gamma;

use super::distribution::chi_squared_above;
use super::{Undetermined, finite, real};

/// How the arms' sizes fit their weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mismatch {
    /// Pearson's chi-squared.
    pub chi_squared: f64,
    /// How probable sizes at least as far off are, at one look, when all is well; 0 to 1.
    pub p_value: f64,
    /// How rarely any look would ever show sizes as far off when all is well; 0 to 1.
    pub anytime_p_value: f64,
}

/// How strongly the alternative of the sequential test gathers about the weights, as a number of
/// customers. At a thousand a split that is off by a few points is found within hundreds of customers,
/// and one that is off by half a point within a hundred thousand.
const CONCENTRATION: f64 = 1_000.0;

/// Checks how many customers each arm has against its weight: pairs of both.
///
/// `χ² = Σ (n_i - n w_i)² / (n w_i)` with `k - 1` degrees of freedom. Source: Pearson, Philosophical Magazine 50
/// (1900), 157; Fabijan et al., Diagnosing Sample Ratio Mismatch in Online Controlled Experiments, KDD
/// 2019; gbstats, `check_srm`.
///
/// The sequential test's evidence is the Bayes factor of a Dirichlet distribution about the weights,
/// `E = Γ(κ) / Γ(κ + n) Π Γ(κ w_i + n_i) / (Γ(κ w_i) w_i^n_i)`, a martingale of expectation 1 when all is well; so
/// `1 / E` is ever below α with probability at most α. Source: Lindon and Malek, Anytime-Valid Inference
/// for Multinomial Count Data, NeurIPS 2022.
///
/// # Errors
/// When there are fewer than two arms, no customers, or a weight that is not above 0.
pub fn split_mismatch(arms: &[(u64, f64)]) -> Result<Mismatch, Undetermined> {
    if arms.iter().any(|&(_, weight)| !(weight > 0.0 && weight.is_finite())) {
        return Err(Undetermined::Impossible);
    }
    let customers: f64 = arms.iter().map(|&(count, _)| real(count)).sum();
    if arms.len() < 2 || customers == 0.0 {
        return Err(Undetermined::TooFewCustomers);
    }
    let weights: f64 = arms.iter().map(|&(_, weight)| weight).sum();
    let mut chi_squared = 0.0;
    let mut freedom = -1.0;
    let mut evidence = ln_gamma(CONCENTRATION) - ln_gamma(CONCENTRATION + customers);
    for &(count, weight) in arms {
        let (count, share) = (real(count), weight / weights);
        let expected = customers * share;
        chi_squared += (count - expected) * (count - expected) / expected;
        freedom += 1.0;
        let prior = CONCENTRATION * share;
        evidence += ln_gamma(prior + count) - ln_gamma(prior) - count * share.ln();
    }
    Ok(Mismatch {
        chi_squared: finite(chi_squared)?,
        p_value: chi_squared_above(chi_squared, freedom),
        anytime_p_value: (-finite(evidence)?).exp().min(1.0),
    })
}
