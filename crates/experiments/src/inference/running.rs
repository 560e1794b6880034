//! Mean and variance of decimals, as they are read one by one.
//!
//! Live figures are whole numbers and have exact sums; a table of an analyst has decimals of any size, and
//! adding up their squares would cancel what makes the variance. So this keeps the mean and the squared
//! deviations from it.

use super::{Measure, Sample, Undetermined, real};

/// The numbers of an arm so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Running {
    count: u64,
    mean: f64,
    /// The sum of squared deviations from the mean.
    scatter: f64,
    /// Whether any number is another than the mean before it, be it by too little to square.
    differs: bool,
}

// === impl Running ===

impl Running {
    /// Counts the number of one more customer.
    ///
    /// `m' = m + (x - m) / n`, `S' = S + (x - m) (x - m')`. Source: Welford, Technometrics 4 (1962), 419.
    pub fn add(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        let before = value - self.mean;
        self.differs |= self.count > 1 && before != 0.0;
        self.mean += before / real(self.count);
        self.scatter += before * (value - self.mean);
    }

    /// Customers so far.
    pub fn count(self) -> u64 {
        self.count
    }

    /// The mean so far; `None` without customers, or when it is too large for a float.
    pub fn mean(self) -> Option<f64> {
        Some(self.mean).filter(|mean| self.count > 0 && mean.is_finite())
    }

    /// The arm, with the sample variance `S / (n - 1)`.
    ///
    /// # Errors
    /// When there are fewer than two customers, or the numbers are too large.
    pub fn sample(self) -> Result<Sample, Undetermined> {
        self.sample_of(Measure::Mean)
    }

    /// The arm, with the variance that is right for what was measured.
    ///
    /// # Errors
    /// When there are fewer than two customers, or the numbers are too large.
    pub(super) fn sample_of(self, measure: Measure) -> Result<Sample, Undetermined> {
        if self.count < 2 {
            return Err(Undetermined::TooFewCustomers);
        }
        let variance = match measure {
            Measure::Proportion => self.mean * (1.0 - self.mean),
            Measure::Mean => self.scatter / (real(self.count) - 1.0),
        };
        let sample = Sample::new(self.count, self.mean, variance)?;
        Ok(sample.or_too_alike(self.differs && variance < f64::MIN_POSITIVE))
    }
}
