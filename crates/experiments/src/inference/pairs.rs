//! Two numbers for each customer of an arm: a ratio of both, or a measure and what was known before.
//!
//! A ratio, such as revenue per order, has orders in its denominator while customers are what was
//! assigned, so its variance must come from customers: the delta method. A covariate, such as what a
//! customer spent before the experiment, explains part of the measure's variance and can be taken away
//! without touching the effect, because the arm cannot have changed it: CUPED.

use super::running::Running;
use super::{Measure, Sample, Sums, Undetermined, finite, real};

/// Whole numbers in pairs, summed exactly: those of the numerator or measure, and those of the
/// denominator or covariate, of the same customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// The numerator of a ratio, or what is measured.
    pub first: Sums,
    /// The denominator of a ratio, or the covariate. It has the same customers.
    pub second: Sums,
    /// The sum over customers of the product of both.
    pub sum_of_products: i128,
}

/// Decimals in pairs, as they are read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunningPairs {
    first: Running,
    second: Running,
    /// The sum of products of both deviations from the means.
    scatter: f64,
}

/// Means, variances and covariance of two numbers of the customers of an arm. All values are finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joint {
    first: Sample,
    second: Sample,
    covariance: f64,
}

// === impl Pairs ===

impl Pairs {
    /// Means, variances and covariance, `(n Σxy - Σx Σy) / (n (n - 1))`, exact while it fits 128 bits.
    ///
    /// # Errors
    /// When there are fewer than two customers, or no whole numbers have such sums.
    pub fn joint(self) -> Result<Joint, Undetermined> {
        let (first, second) = (self.first.sample()?, self.second.sample()?);
        if first.size() != second.size() {
            return Err(Undetermined::Contradictory);
        }
        let n = real(first.size());
        let scatter = i128::from(first.size()).checked_mul(self.sum_of_products);
        let product = self.first.sum.checked_mul(self.second.sum);
        let exact =
            scatter.zip(product).and_then(|(scatter, product)| scatter.checked_sub(product));
        let scatter = match exact {
            Some(exact) => exact as f64,
            None => {
                n * self.sum_of_products as f64 - self.first.sum as f64 * self.second.sum as f64
            }
        };
        Joint::new(first, second, scatter / (n * (n - 1.0)))
    }
}

// === impl RunningPairs ===

impl RunningPairs {
    /// Counts the numbers of one more customer. Source: Chan, Golub and LeVeque, The American
    /// Statistician 37 (1983), 242, for the sum of products.
    pub fn add(&mut self, first: f64, second: f64) {
        let before = first - self.first.mean().unwrap_or(0.0);
        self.first.add(first);
        self.second.add(second);
        self.scatter += before * (second - self.second.mean().unwrap_or(0.0));
    }

    /// The first numbers alone.
    pub fn first(self) -> Running {
        self.first
    }

    /// The second numbers alone.
    pub fn second(self) -> Running {
        self.second
    }

    /// Means, variances and covariance; `measure` is what the first numbers are.
    ///
    /// # Errors
    /// When there are fewer than two customers, or the numbers are too large.
    pub fn joint(self, measure: Measure) -> Result<Joint, Undetermined> {
        let (first, second) = (self.first.sample_of(measure)?, self.second.sample()?);
        Joint::new(first, second, self.scatter / (real(first.size()) - 1.0))
    }
}

// === impl Joint ===

impl Joint {
    fn new(first: Sample, second: Sample, covariance: f64) -> Result<Self, Undetermined> {
        Ok(Self { first, second, covariance: finite(covariance)? })
    }

    /// The arm by the ratio of the sums, `R = Σx / Σy`, whose variance for one customer is, by the delta
    /// method, `s_x² / ȳ² - 2 x̄ s_xy / ȳ³ + x̄² s_y² / ȳ⁴`. Source: Deng, Knoblich and Lu, Applying the Delta
    /// Method in Metric Analytics, KDD 2018, 3.1; gbstats, `RatioStatistic`.
    ///
    /// # Errors
    /// When the denominators add up to 0, or the numbers are too large.
    pub fn ratio(self) -> Result<Sample, Undetermined> {
        let (x, y) = (self.first.mean(), self.second.mean());
        if y == 0.0 {
            return Err(Undetermined::ZeroBase);
        }
        let ratio = x / y;
        let variance = self.first.variance() - 2.0 * ratio * self.covariance
            + ratio * ratio * self.second.variance();
        // Not below 0 but for rounding: it is the variance of x - R y.
        let sample = Sample::new(self.first.size(), ratio, variance.max(0.0) / (y * y))?;
        Ok(sample.or_too_alike(self.too_alike()))
    }

    /// The arm without its covariate, after `theta` times the covariate is taken away.
    fn adjusted(self, theta: f64) -> Result<Sample, Undetermined> {
        let variance = self.first.variance() + theta * theta * self.second.variance()
            - 2.0 * theta * self.covariance;
        let mean = self.first.mean() - theta * self.second.mean();
        let sample = Sample::new(self.first.size(), mean, variance.max(0.0))?;
        sample.or_too_alike(self.too_alike()).relative_to(self.first.mean())
    }

    fn too_alike(self) -> bool {
        self.first.too_alike() || self.second.too_alike()
    }
}

/// Both arms, treated and control, less what the covariate explains.
///
/// `m' = m_x - θ m_y`, `s'² = s_x² + θ² s_y² - 2 θ s_xy` with `θ = s_xy / s_y²` of both arms together, the value that
/// leaves the least variance. Source: Deng, Xu, Kohavi and Walker, Improving the Sensitivity of Online
/// Controlled Experiments by Utilizing Pre-Experiment Data, WSDM 2013, 3; gbstats,
/// `RegressionAdjustedStatistic`. A covariate that does not vary explains nothing, and nothing is taken
/// away. The arm must not be able to change the covariate, or the effect is lost with it.
///
/// # Errors
/// When the numbers are too large.
pub fn adjust(treated: Joint, control: Joint) -> Result<(Sample, Sample), Undetermined> {
    let (n1, n0) = (real(treated.first.size()), real(control.first.size()));
    // Sums of products of deviations from the mean of both arms together.
    let between = n1 * n0 / (n1 + n0);
    let apart = |of: fn(Joint) -> Sample| of(treated).mean() - of(control).mean();
    let (x, y) = (apart(|joint| joint.first), apart(|joint| joint.second));
    let within = |of: fn(Joint) -> f64| (n1 - 1.0) * of(treated) + (n0 - 1.0) * of(control);
    let products = within(|joint| joint.covariance) + between * x * y;
    let squares = within(|joint| joint.second.variance()) + between * y * y;
    let theta = if squares > 0.0 { finite(products / squares)? } else { 0.0 };
    Ok((treated.adjusted(theta)?, control.adjusted(theta)?))
}

/// The share of a difference's variance that adjusting took away: `1 - V' / V` with `V = s1² / n1 + s0² / n0`,
/// which is the squared correlation of measure and covariate. Source: Deng, Xu, Kohavi and Walker, as above,
/// 3.1. Each pair is treated and control; `None` where nothing varied before.
pub fn variance_reduction(plain: (Sample, Sample), adjusted: (Sample, Sample)) -> Option<f64> {
    let variance = |(treated, control): (Sample, Sample)| {
        treated.variance_of_mean() + control.variance_of_mean()
    };
    let (before, after) = (variance(plain), variance(adjusted));
    (before > 0.0).then(|| 1.0 - after / before)
}
