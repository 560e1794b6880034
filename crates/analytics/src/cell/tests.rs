use std::collections::BTreeMap;

use experiments::inference::{Joint, Measure, RunningPairs, adjust};
use model::{CellShare, Currency, Money, SplitKey, VariantKey};
use proptest::prelude::*;

use super::{Cell, Moments, RevenueSums};
use crate::limits::CUSTOMER_REVENUE_MINOR_MAX;

fn share(orders: u32, revenue: &[(&str, i64)]) -> CellShare {
    let variant = VariantKey::parse("control").expect("valid");
    let mut share =
        CellShare { orders, outcomes: orders, ..CellShare::new(variant, SplitKey::OTHER) };
    for (code, minor) in revenue {
        share.add_revenue(Currency::parse(code).expect("known"), *minor, orders);
    }
    share
}

#[test]
fn a_customer_converts_once_however_many_orders_they_place() {
    let mut cell = Cell::default();
    cell.add(&share(0, &[]));
    for orders in 1..=3 {
        cell.take(&share(orders - 1, &[("EUR", i64::from(orders - 1) * 500)]));
        cell.add(&share(orders, &[("EUR", i64::from(orders) * 500)]));
    }
    let eur = Currency::parse("EUR").expect("known");
    assert_eq!((cell.customers, cell.conversions, cell.orders), (1, 1, 3));
    let moments = |sum, sum_of_squares| Moments { sum, sum_of_squares };
    let expected = RevenueSums {
        minor: moments(1_500, 1_500 * 1_500),
        orders: moments(3, 9),
        minor_times_orders: 4_500,
        bands: cell.revenue[&eur].bands.clone(),
        ..RevenueSums::default()
    };
    assert_eq!(cell.revenue[&eur], expected);
    assert_eq!(expected.bands.capped_at(i64::MAX), expected.minor, "one customer is in one band");
}

#[test]
fn an_order_paid_back_in_whole_leaves_no_trace_but_the_customer() {
    let mut cell = Cell::default();
    cell.add(&share(1, &[("EUR", 999)]));
    cell.take(&share(1, &[("EUR", 999)]));
    cell.add(&share(0, &[("EUR", 0)]));
    let splits = BTreeMap::from([(SplitKey::OTHER, 1)]);
    assert_eq!(cell, Cell { customers: 1, splits, ..Cell::default() });
}

#[test]
fn an_absurd_revenue_is_capped_and_can_still_be_taken_back() {
    let mut cell = Cell::default();
    cell.add(&share(1, &[("EUR", i64::MAX)]));
    let eur = Currency::parse("EUR").expect("known");
    assert_eq!(cell.revenue[&eur].minor.sum, i128::from(CUSTOMER_REVENUE_MINOR_MAX));
    cell.take(&share(1, &[("EUR", i64::MAX)]));
    assert_eq!(cell, Cell::default());
}

proptest! {
    /// Changes of twelve customers, in any order, some of whom end up merged away.
    #[test]
    fn a_cell_after_any_changes_is_what_counting_everybody_anew_gives(
        changes in prop::collection::vec((0_u8..12, 0_u32..4, -5_000_i64..5_000, any::<bool>()), 0..200),
    ) {
        let mut cell = Cell::default();
        let mut shares: BTreeMap<u8, CellShare> = BTreeMap::new();
        for (customer, orders, minor, goes) in changes {
            if let Some(before) = shares.remove(&customer) {
                cell.take(&before);
            }
            if !goes {
                let mut after = share(orders, &[("EUR", minor), ("JPY", minor / 7)]);
                after.split = SplitKey::from_u32(orders);
                after.set_before(Money::from_minor(minor % 100, Currency::parse("JPY").expect("known")));
                cell.add(&after);
                shares.insert(customer, after);
            }
        }
        let mut counted = Cell::default();
        for share in shares.values() {
            counted.add(share);
        }
        prop_assert_eq!(cell, counted);
    }
    #[test]
    fn revenue_per_order_is_what_the_customers_one_by_one_give(
        customers in prop::collection::vec((0_u32..5, 0_i64..50_000), 2..60),
    ) {
        let (mut cell, mut raw) = (Cell::default(), RunningPairs::default());
        for (orders, minor) in customers {
            let minor = if orders == 0 { 0 } else { minor };
            cell.add(&share(orders, &[("EUR", minor)]));
            raw.add(minor as f64, f64::from(orders));
        }
        let eur = Currency::parse("EUR").expect("known");
        let ours = cell.revenue_and_orders(eur).joint().and_then(Joint::ratio);
        let theirs = raw.joint(Measure::Mean).and_then(Joint::ratio);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok());
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            let near = |a: f64, b: f64, least: f64| (a - b).abs() <= 1e-6 * a.abs().max(least);
            prop_assert!(near(ours.mean(), theirs.mean(), 1.0), "{:?} {:?}", ours, theirs);
            // Where one customer ordered, the variance is what rounding leaves of squares that cancel out.
            let least = 1.0_f64.max(1e-6 * ours.mean().powi(2));
            prop_assert!(near(ours.variance(), theirs.variance(), least), "{:?} {:?}", ours, theirs);
        }
    }
    #[test]
    fn revenue_less_what_was_brought_before_is_what_the_customers_one_by_one_give(
        customers in prop::collection::vec((any::<bool>(), 0_i64..50_000, 0_i64..50_000), 6..80),
    ) {
        let eur = Currency::parse("EUR").expect("known");
        let mut cells = [Cell::default(), Cell::default()];
        let mut raw = [RunningPairs::default(), RunningPairs::default()];
        for (treated, before, more) in customers {
            let (minor, arm) = (before / 3 + more, usize::from(treated));
            let mut share = share(1, &[("EUR", minor)]);
            share.set_before(Money::from_minor(before, eur));
            cells[arm].add(&share);
            raw[arm].add(minor as f64, before as f64);
        }
        let ours = cells.map(|cell| cell.revenue_and_before(eur).joint());
        let theirs = raw.map(|arm| arm.joint(Measure::Mean));
        let both = |[control, treated]: [Result<Joint, _>; 2]| adjust(treated?, control?);
        let (ours, theirs) = (both(ours), both(theirs));
        prop_assert_eq!(ours.is_ok(), theirs.is_ok());
        if let (Ok((ours, _)), Ok((theirs, _))) = (ours, theirs) {
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(1.0);
            prop_assert!(near(ours.mean(), theirs.mean()), "{:?} {:?}", ours, theirs);
            prop_assert!(near(ours.variance(), theirs.variance()), "{:?} {:?}", ours, theirs);
        }
    }
}
