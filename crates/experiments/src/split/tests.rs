use proptest::prelude::*;

use super::{Split, SplitError, assign};
use crate::limits::{VARIANTS_MAX, WEIGHTS_TOTAL_MAX};
use crate::murmur3_32;

/// The upper 0.1 % point of chi-squared by degrees of freedom, from 1 (any table of it).
const CHI_SQUARED_0_001: [f64; 5] = [10.828, 13.816, 16.266, 18.467, 20.515];

fn units() -> impl Iterator<Item = String> {
    (0..100_000).map(|number| format!("c-{number:026}"))
}

#[test]
fn anybody_can_recompute_an_assignment_from_the_published_algorithm() {
    // 0x7e4a8634 * 100 >> 32 = 49 and 0xf55b516b * 100 >> 32 = 95.
    assert_eq!(murmur3_32(b"!Ce"), 0x7e4a_8634);
    assert_eq!(assign("!", "Ce", &[49, 51]), Ok(1));
    assert_eq!(assign("!", "Ce", &[50, 50]), Ok(0));
    assert_eq!(Split::new(&[95, 5]).map(|split| split.variant_of(0xf55b_516b)), Ok(1));
    assert_eq!(Split::new(&[96, 4]).map(|split| split.variant_of(0xf55b_516b)), Ok(0));
}

#[test]
fn every_variant_gets_its_share_of_customers() {
    for weights in [&[50, 50][..], &[90, 10], &[1, 1, 1], &[5, 3, 1, 1], &[1, 999]] {
        let split = Split::new(weights).expect("valid");
        let mut counts = vec![0_u32; weights.len()];
        for unit in units() {
            counts[split.assign("cart-rescue", &unit)] += 1;
        }
        let total: u32 = weights.iter().sum();
        let chi_squared: f64 = counts
            .iter()
            .zip(weights)
            .map(|(&count, &weight)| {
                let expected = 100_000.0 * f64::from(weight) / f64::from(total);
                (f64::from(count) - expected).powi(2) / expected
            })
            .sum();
        let bound = CHI_SQUARED_0_001[weights.len() - 2];
        assert!(chi_squared < bound, "{weights:?} gave {counts:?}, chi-squared {chi_squared}");
    }
}

#[test]
fn experiments_with_different_salts_divide_customers_independently() {
    let split = Split::new(&[50, 50]).expect("valid");
    let mut counts = [[0_u32; 2]; 2];
    for unit in units() {
        counts[split.assign("one", &unit)][split.assign("two", &unit)] += 1;
    }
    let chi_squared: f64 =
        counts.iter().flatten().map(|&n| (f64::from(n) - 25_000.0).powi(2) / 25_000.0).sum();
    assert!(chi_squared < CHI_SQUARED_0_001[2], "{counts:?}");
}

#[test]
fn weights_that_divide_nothing_are_refused() {
    assert_eq!(Split::new(&[]), Err(SplitError::NoVariants));
    assert_eq!(Split::new(&[1, 0]), Err(SplitError::ZeroWeight(1)));
    assert_eq!(Split::new(&[1; VARIANTS_MAX + 1]), Err(SplitError::TooManyVariants(17)));
    assert_eq!(Split::new(&[WEIGHTS_TOTAL_MAX, 1]), Err(SplitError::TotalTooLarge));
    assert_eq!(Split::new(&[u32::MAX, u32::MAX]), Err(SplitError::TotalTooLarge));
    assert!(Split::new(&[WEIGHTS_TOTAL_MAX - 1, 1]).is_ok());
}

fn weights() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(prop_oneof![1_u32..100, 1_u32..100_000_000], 1..=VARIANTS_MAX)
}

proptest! {
    #[test]
    fn every_hash_has_a_variant(weights in weights(), hash: u32) {
        let split = Split::new(&weights).expect("valid");
        for hash in [hash, 0, u32::MAX] {
            prop_assert!(split.variant_of(hash) < weights.len());
        }
        prop_assert_eq!(split.variant_of(0), 0);
        prop_assert_eq!(split.variant_of(u32::MAX), weights.len() - 1);
    }

    #[test]
    fn only_the_ratio_of_weights_counts(
        weights in prop::collection::vec(1_u32..1_000, 1..=VARIANTS_MAX),
        factor in 1_u32..1_000,
        hash: u32,
    ) {
        let multiplied: Vec<u32> = weights.iter().map(|weight| weight * factor).collect();
        let (split, same) = (Split::new(&weights), Split::new(&multiplied));
        prop_assert_eq!(
            split.expect("valid").variant_of(hash),
            same.expect("valid").variant_of(hash)
        );
    }

    #[test]
    fn nobody_moves_away_from_a_variant_that_grew(
        weights in weights(),
        place: prop::sample::Index,
        growth in 1_u32..100_000_000,
        hash: u32,
    ) {
        let grown = place.index(weights.len());
        let mut after = weights.clone();
        after[grown] += growth;
        let was = Split::new(&weights).expect("valid").variant_of(hash);
        let is = Split::new(&after).expect("valid").variant_of(hash);
        let between = was.min(grown)..=was.max(grown);
        prop_assert!(between.contains(&is), "{} to {} though {} grew", was, is, grown);
    }

    #[test]
    fn with_two_variants_customers_move_only_to_the_one_that_grew(
        control in 1_u32..1_000, treated in 1_u32..1_000, growth in 1_u32..1_000, unit: String,
    ) {
        let was = assign("salt", &unit, &[control, treated]).expect("valid");
        let is = assign("salt", &unit, &[control, treated + growth]).expect("valid");
        prop_assert!(is == was || is == 1);
    }
}
