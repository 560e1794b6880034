//! One arm, as far as a comparison needs to know it, and the counts and exact sums that give it.
//!
//! Whoever has numbers of another kind (a ratio, a covariate, decimals) finds them in `pairs` and
//! `running`; all end in the same [`Sample`].

use super::{Undetermined, finite, real};

/// An arm: how many customers, the mean of what is measured, and how much it varies.
///
/// All values are finite, there are at least two customers, and the variance is not below 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    size: u64,
    mean: f64,
    variance: f64,
    /// What a relative effect is relative to: the mean before a covariate adjusted it.
    plain_mean: f64,
    /// Whether customers differ by so little that the variance, as a float, does not tell it.
    too_alike: bool,
}

/// What is measured, which says how it varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Every number is 0 or 1, and the variance is `p (1 - p)`.
    Proportion,
    /// The variance is the sample variance.
    Mean,
}

/// How many customers of an arm did what was wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversions {
    /// Customers in the arm.
    pub customers: u64,
    /// Those of them who converted.
    pub converted: u64,
}

/// What the customers of an arm brought, each one whole number, such as revenue in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Customers in the arm, those who brought nothing included.
    pub customers: u64,
    /// The sum over customers.
    pub sum: i128,
    /// The sum of squares over customers.
    pub sum_of_squares: u128,
}

// === impl Sample ===

impl Sample {
    /// An arm with this mean and variance (of one customer, not of the mean).
    ///
    /// # Errors
    /// When there are fewer than two customers, the variance is below 0, or a value is not finite.
    pub fn new(size: u64, mean: f64, variance: f64) -> Result<Self, Undetermined> {
        if size < 2 {
            return Err(Undetermined::TooFewCustomers);
        }
        let (mean, variance) = (finite(mean)?, finite(variance)?);
        if variance < 0.0 {
            return Err(Undetermined::Contradictory);
        }
        let too_alike = variance > 0.0 && variance < f64::MIN_POSITIVE;
        Ok(Self { size, mean, variance, plain_mean: mean, too_alike })
    }

    /// The same with another mean to be relative to.
    pub(super) fn relative_to(self, plain_mean: f64) -> Result<Self, Undetermined> {
        Ok(Self { plain_mean: finite(plain_mean)?, ..self })
    }

    /// The same, with what its numbers came from: whether that differs by too little for a variance.
    pub(super) fn or_too_alike(self, too_alike: bool) -> Self {
        Self { too_alike: self.too_alike || too_alike, ..self }
    }

    /// Whether customers differ by so little that the variance does not tell it.
    pub(super) fn too_alike(self) -> bool {
        self.too_alike
    }

    /// Customers in the arm.
    pub fn size(self) -> u64 {
        self.size
    }

    /// The mean, after a covariate has adjusted it if there is one.
    pub fn mean(self) -> f64 {
        self.mean
    }

    /// The mean as it was measured.
    pub fn plain_mean(self) -> f64 {
        self.plain_mean
    }

    /// The variance of one customer.
    pub fn variance(self) -> f64 {
        self.variance
    }

    /// The variance of the mean.
    pub(super) fn variance_of_mean(self) -> f64 {
        self.variance / real(self.size)
    }
}

// === impl Conversions ===

impl Conversions {
    /// The proportion that converted, 0 to 1; `None` without customers.
    pub fn rate(self) -> Option<f64> {
        (self.customers > 0).then(|| real(self.converted) / real(self.customers))
    }

    /// The arm, whose variance is `p (1 - p)`. Source: Agresti, Categorical Data Analysis, 3rd ed., 1.4;
    /// gbstats, `ProportionStatistic`.
    ///
    /// # Errors
    /// When there are fewer than two customers, or more converted than there are.
    pub fn sample(self) -> Result<Sample, Undetermined> {
        if self.converted > self.customers {
            return Err(Undetermined::Contradictory);
        }
        let rate = self.rate().ok_or(Undetermined::TooFewCustomers)?;
        Sample::new(self.customers, rate, rate * (1.0 - rate))
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

    /// The arm, with the sample variance of [`Sums::variance`].
    ///
    /// # Errors
    /// When there are fewer than two customers, or no whole numbers have such sums.
    pub fn sample(self) -> Result<Sample, Undetermined> {
        let mean = self.mean().filter(|_| self.customers >= 2);
        let mean = mean.ok_or(Undetermined::TooFewCustomers)?;
        let variance = self.variance().ok_or(Undetermined::Contradictory)?;
        Sample::new(self.customers, mean, variance)
    }
}
