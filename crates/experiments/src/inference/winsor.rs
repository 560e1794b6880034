//! Caps that keep one customer from deciding an experiment: winsorising.
//!
//! A wholesaler who orders for a fortune lands in one arm by chance, and the mean follows. A cap at a high
//! percentile of all arms together bends the mean a little and steadies it much. A percentile needs all values
//! at once, so it is for tables. Live figures count customers in bands of revenue, and cap at the border of one.

use super::Undetermined;

/// The ends of what a quantile is asked in: 0 is the least value, this the greatest.
const WHOLE: u32 = 10_000;

/// The value below which so many ten-thousandths of the values lie: 9900 is the 99th percentile. The values
/// are left in another order.
///
/// Between two values it is interpolated linearly: `x_(k) + f (x_(k+1) - x_(k))` with `k + f = q (n - 1)` counted
/// from 0. Source: Hyndman and Fan, The American Statistician 50 (1996), 361, definition 7; numpy,
/// `quantile`. Who caps values at it winsorises: Tukey, Annals of Mathematical Statistics 33 (1962), 1.
///
/// # Errors
/// When there are no values, one of them is not finite, or more than all are asked for.
pub fn quantile(values: &mut [f64], ten_thousandths: u32) -> Result<f64, Undetermined> {
    if ten_thousandths > WHOLE {
        return Err(Undetermined::Impossible);
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Undetermined::OutOfRange);
    }
    let last = values.len().checked_sub(1).ok_or(Undetermined::TooFewCustomers)?;
    let steps = last as u128 * u128::from(ten_thousandths);
    let place = usize::try_from(steps / u128::from(WHOLE)).unwrap_or(last);
    let (_, lower, above) = values.select_nth_unstable_by(place, f64::total_cmp);
    let lower = *lower;
    let upper = above.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
    let fraction = (steps % u128::from(WHOLE)) as f64 / f64::from(WHOLE);
    super::finite(lower + fraction * (upper - lower))
}
