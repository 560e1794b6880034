//! From a hash to a variant.
//!
//! The algorithm is flagd's `fractional` operation, so that an assignment can be checked with a tool
//! that is not ours. Source: `distributeValue` in `core/pkg/evaluator/fractional.go` of
//! <https://github.com/open-feature/flagd>, and its architecture decision "High-precision fractional
//! bucketing". In full:
//!
//! ```text
//! hash    = murmur3_x86_32(salt bytes, then unit bytes; seed 0)
//! bucket  = (hash * total weight) >> 32              in 64 bits, so 0 <= bucket < total weight
//! variant = the first whose cumulative weight is above bucket
//!
//!            0        50       100        weights 50, 50
//!            |control-|treated-|
//! ```
//!
//! What holds when one weight grows: a unit's variant is, by place, between the one it had and the one
//! that grew, so nobody moves away from the variant that grew. With two variants that means that units
//! move to it only. With more, a unit may also move between two others, because the borders lie on one
//! line; a customer does not notice, since a first assignment is kept in the profile.

use crate::draw::bucket_of;
use crate::limits::{VARIANTS_MAX, WEIGHTS_TOTAL_MAX};
use crate::murmur3::murmur3_32;

/// How units are divided among variants: checked weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The end of each variant's range of buckets; the last is the total, which is above 0.
    ends: Box<[u32]>,
}

/// Why weights divide nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// There is no variant.
    #[error("an experiment needs at least one variant")]
    NoVariants,
    /// There are too many variants.
    #[error("{0} variants are more than {VARIANTS_MAX}")]
    TooManyVariants(usize),
    /// A variant that nobody can be assigned to.
    #[error("variant {0} has weight 0")]
    ZeroWeight(usize),
    /// The sum of the weights is too large for the algorithm.
    #[error("the weights add up to more than {WEIGHTS_TOTAL_MAX}")]
    TotalTooLarge,
}

/// Assigns a unit to a variant: a place in `weights`.
///
/// For one assignment; who assigns often keeps a [`Split`].
///
/// # Errors
/// When the weights divide nothing.
pub fn assign(salt: &str, unit: &str, weights: &[u32]) -> Result<usize, SplitError> {
    Split::new(weights).map(|split| split.assign(salt, unit))
}

// === impl Split ===

impl Split {
    /// Checks the variants' weights.
    ///
    /// # Errors
    /// When there are no variants or too many, a weight is 0, or the sum is too large.
    pub fn new(weights: &[u32]) -> Result<Self, SplitError> {
        if weights.is_empty() {
            return Err(SplitError::NoVariants);
        }
        if weights.len() > VARIANTS_MAX {
            return Err(SplitError::TooManyVariants(weights.len()));
        }
        let mut total: u32 = 0;
        let mut ends = Vec::with_capacity(weights.len());
        for (place, &weight) in weights.iter().enumerate() {
            if weight == 0 {
                return Err(SplitError::ZeroWeight(place));
            }
            let sum = total.checked_add(weight).filter(|&sum| sum <= WEIGHTS_TOTAL_MAX);
            total = sum.ok_or(SplitError::TotalTooLarge)?;
            ends.push(total);
        }
        Ok(Self { ends: ends.into() })
    }

    /// The variant of a unit: a place in the weights. The same salt and unit always give the same.
    pub fn assign(&self, salt: &str, unit: &str) -> usize {
        let hash = murmur3_32(&[salt.as_bytes(), unit.as_bytes()].concat());
        self.variant_of(hash)
    }

    /// The variant of a hash.
    fn variant_of(&self, hash: u32) -> usize {
        let total = self.ends.last().copied().unwrap_or(0);
        let bucket = bucket_of(hash, total);
        self.ends.partition_point(|&end| end <= bucket)
    }
}

#[cfg(test)]
mod tests;
