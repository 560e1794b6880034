//! How many customers of an arm brought how much, so that a cap can be chosen afterwards.
//!
//! A percentile cannot be had from sums, nor one customer's excess be taken out of them. So each customer's
//! revenue is counted in a band as well, and each band keeps its own exact sums: with a cap at the upper border of
//! a band, what is below counts as it is and what is above as the cap, exactly. The borders are fixed, so a
//! customer's revenue can be taken out of its band again, whatever came between.
//!
//! ```text
//! band        0   1   2   3   4   5   6   7   8    9   10   11   12   13
//! up to       0   1   2   3   4   5   6   7   8   10   12   14   16   20  ...
//! ```
//!
//! From 4 on each doubling has four bands, so a border is at most a quarter above any revenue of its band. There
//! are [`BANDS_MAX`] of them up to the largest revenue that is counted.
//!
//! This module knows nothing of arms and effects: `report` chooses the cap, of all arms together.

use std::collections::BTreeMap;

use crate::cell::{Moments, Sign};
use crate::limits::{BANDS_MAX, CUSTOMER_REVENUE_MINOR_MAX};

/// Customers by their revenue in one currency. Who brought nothing is in none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bands(BTreeMap<u16, Band>);

/// The customers of one band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Band {
    pub(crate) customers: i64,
    pub(crate) minor: Moments,
}

/// Where revenue is to be capped, in minor units, so that it is left as it is up to a quantile: the upper border
/// of the band in which the customer of that rank is. `arms` are customers and their bands; `None` without
/// customers.
///
/// The rank is that of [`experiments::inference::quantile`], `q (n - 1)` counted from 0, and where it lies between
/// two customers, that of the upper.
pub(crate) fn cap_minor(arms: &[(u64, Option<&Bands>)], ten_thousandths: u32) -> Option<i64> {
    let all: i128 = arms.iter().map(|(customers, _)| i128::from(*customers)).sum();
    let last = all.checked_sub(1).filter(|last| *last >= 0)?;
    let rank = (last * i128::from(ten_thousandths) + 9_999) / 10_000;
    let mut counts: BTreeMap<u16, i128> = BTreeMap::new();
    for (place, band) in arms.iter().filter_map(|(_, bands)| *bands).flat_map(Bands::iter) {
        *counts.entry(place).or_default() += i128::from(band.customers);
    }
    // Those who brought nothing come before all who brought something.
    let mut reached = all - counts.values().sum::<i128>();
    for (place, customers) in counts {
        if rank < reached {
            break;
        }
        reached += customers;
        if rank < reached {
            return Some(border(place));
        }
    }
    Some(0)
}

/// The largest revenue of a band, in minor units.
fn border(place: u16) -> i64 {
    match place {
        0..4 => place.into(),
        _ => i64::from(4 + place % 4) << (place / 4 - 1),
    }
}

/// The band of a customer's revenue.
fn band_of(minor: i64) -> u16 {
    let minor = minor.min(CUSTOMER_REVENUE_MINOR_MAX);
    let Ok(below) = u64::try_from(minor.saturating_sub(1)) else { return 0 };
    // Of the borders that are not above `below` the last; the next one ends the band.
    let last = match below {
        0..4 => below,
        _ => {
            let doublings = u64::from(below.ilog2() - 2);
            4 * doublings + (below >> doublings)
        }
    };
    u16::try_from(last + 1).unwrap_or(BANDS_MAX - 1)
}

// === impl Bands ===

impl Bands {
    /// Counts a customer's revenue, or takes it away again.
    pub(crate) fn change(&mut self, minor: i64, sign: Sign) {
        if minor == 0 {
            return;
        }
        let place = band_of(minor);
        let band = self.0.entry(place).or_default();
        band.customers = band.customers.saturating_add(sign.of(1_i64));
        band.minor.change(minor, sign);
        if *band == Band::default() {
            self.0.remove(&place);
        }
    }

    /// Sum and sum of squares with every customer above a cap counted as the cap, which is a border.
    pub(crate) fn capped_at(&self, cap_minor: i64) -> Moments {
        let cap = i128::from(cap_minor);
        let mut all = Moments::default();
        for (&place, band) in &self.0 {
            let (sum, sum_of_squares) = match border(place) <= cap_minor {
                true => (band.minor.sum, band.minor.sum_of_squares),
                false => (i128::from(band.customers) * cap, i128::from(band.customers) * cap * cap),
            };
            all.sum = all.sum.saturating_add(sum);
            all.sum_of_squares = all.sum_of_squares.saturating_add(sum_of_squares);
        }
        all
    }

    /// Customers above a cap, which is a border.
    pub(crate) fn customers_above(&self, cap_minor: i64) -> i64 {
        let above = self.0.iter().filter(|(place, _)| border(**place) > cap_minor);
        above.fold(0, |sum, (_, band)| sum.saturating_add(band.customers))
    }

    /// The bands that have customers, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, Band)> {
        self.0.iter().map(|(&place, &band)| (place, band))
    }

    /// The bands that [`Self::iter`] told; `None` where there is no such band.
    pub(crate) fn of(bands: impl Iterator<Item = (u16, Band)>) -> Option<Self> {
        let bands: BTreeMap<u16, Band> = bands.collect();
        bands.keys().all(|&place| place < BANDS_MAX).then_some(Self(bands))
    }
}

#[cfg(test)]
mod tests {
    use experiments::inference::quantile;
    use proptest::prelude::*;

    use super::{Bands, band_of, border, cap_minor};
    use crate::cell::{Moments, Sign};
    use crate::limits::{BANDS_MAX, CUSTOMER_REVENUE_MINOR_MAX};

    #[test]
    fn a_border_ends_its_band_and_is_at_most_a_quarter_above_the_last() {
        assert_eq!([0, 1, 4, 5, 8, 9, 12, 13].map(border), [0, 1, 4, 5, 8, 10, 16, 20]);
        let last = band_of(CUSTOMER_REVENUE_MINOR_MAX);
        assert_eq!((last + 1, band_of(i64::MAX), band_of(i64::MIN)), (BANDS_MAX, last, 0));
        for place in 0..last {
            let (end, next) = (border(place), border(place + 1));
            assert_eq!((band_of(end), band_of(end + 1)), (place, place + 1), "{place}");
            assert!(place < 4 || next * 4 <= end * 5, "{end} {next}");
        }
    }

    #[test]
    fn those_who_brought_nothing_count_for_the_rank() {
        let mut bands = Bands::default();
        bands.change(100, Sign::Add);
        bands.change(900, Sign::Add);
        let cap =
            |customers, ten_thousandths| cap_minor(&[(customers, Some(&bands))], ten_thousandths);
        assert_eq!((cap(0, 9_990), cap(3, 5_000), cap(4, 5_000)), (None, Some(112), Some(112)));
        assert_eq!((cap(3, 10_000), cap(9, 5_000)), (Some(1_024), Some(0)));
    }

    proptest! {
        #[test]
        fn a_cap_is_at_or_above_the_percentile_and_what_it_leaves_is_exact(
            one in prop::collection::vec(0_i64..200_000, 1..60),
            other in prop::collection::vec(0_i64..2_000, 1..60),
            ten_thousandths in 0_u32..=10_000,
        ) {
            let arms = [one, other];
            let bands = arms.each_ref().map(|arm| {
                let mut bands = Bands::default();
                arm.iter().for_each(|&minor| bands.change(minor, Sign::Add));
                bands
            });
            let customers = arms.each_ref().map(|arm| u64::try_from(arm.len()).expect("few"));
            let both = [(customers[0], Some(&bands[0])), (customers[1], Some(&bands[1]))];
            let cap = cap_minor(&both, ten_thousandths).expect("customers");
            let mut all: Vec<f64> = arms.iter().flatten().map(|&minor| minor as f64).collect();
            let exact = quantile(&mut all, ten_thousandths).expect("customers");
            prop_assert!(cap as f64 >= exact, "{} {}", cap, exact);
            // The next customer is in the band that it ends.
            all.sort_by(f64::total_cmp);
            let upper = all.iter().find(|minor| **minor >= exact - 1e-9).expect("the largest is");
            prop_assert!(cap as f64 <= (upper * 1.25).max(4.0), "{} {}", cap, upper);
            for (arm, bands) in arms.iter().zip(&bands) {
                let mut expected = Moments::default();
                arm.iter().for_each(|&minor| expected.change(minor.min(cap), Sign::Add));
                prop_assert_eq!(bands.capped_at(cap), expected);
                let above = arm.iter().filter(|minor| **minor > cap).count();
                prop_assert_eq!(bands.customers_above(cap), i64::try_from(above).expect("few"));
            }
        }
    }
}
