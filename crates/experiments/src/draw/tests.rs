use proptest::prelude::*;

use super::{bucket, holdout_salt, layer_salt, tenant_holdout_salt};
use crate::{Split, murmur3_32};

const UNITS: u32 = 100_000;

fn units() -> impl Iterator<Item = String> {
    (0..UNITS).map(|number| format!("c-{number:026}"))
}

/// Chi-squared of counts that are expected to be equal.
fn chi_squared(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
}

#[test]
fn anybody_can_recompute_a_draw_from_the_published_algorithm() {
    let hash = u64::from(murmur3_32(b"layer\x1fcheckoutc-1"));
    assert_eq!(u64::from(bucket("layer\u{1f}checkout", "c-1", 100)), (hash * 100) >> 32);
    assert_eq!(layer_salt("checkout"), "layer\u{1f}checkout");
    assert_eq!(holdout_salt("checkout"), "holdout\u{1f}checkout");
    assert_eq!(
        tenant_holdout_salt("holdout-2027", "q4"),
        "tenant-holdout\u{1f}holdout-2027\u{1f}q4"
    );
}

#[test]
fn every_place_of_a_layer_has_its_share_of_customers() {
    /// The upper 0.1 % point of chi-squared with 99 degrees of freedom.
    const BOUND: f64 = 148.23;
    for layer in ["checkout", "a", "cart-rescue"] {
        let salt = layer_salt(layer);
        let mut counts = [0_u32; 100];
        for unit in units() {
            counts[usize::try_from(bucket(&salt, &unit, 100)).expect("below 100")] += 1;
        }
        let found = chi_squared(&counts);
        assert!(found < BOUND, "{layer}: chi-squared {found}");
    }
}

#[test]
fn what_is_drawn_for_one_thing_says_nothing_of_another_even_under_one_name() {
    /// The upper 0.1 % point of chi-squared with 3 degrees of freedom.
    const BOUND: f64 = 16.266;
    let half = Split::new(&[1, 1]).expect("valid");
    let salts = [
        "checkout".to_owned(),
        layer_salt("checkout"),
        layer_salt("checkou"),
        holdout_salt("checkout"),
        tenant_holdout_salt("checkout", "checkout"),
        tenant_holdout_salt("checkout-2027", "checkout"),
    ];
    for (place, one) in salts.iter().enumerate() {
        for two in &salts[place + 1..] {
            let mut counts = [0_u32; 4];
            for unit in units() {
                counts[half.assign(one, &unit) * 2 + half.assign(two, &unit)] += 1;
            }
            let found = chi_squared(&counts);
            assert!(found < BOUND, "{one:?} and {two:?}: {counts:?}, chi-squared {found}");
        }
    }
}

proptest! {
    #[test]
    fn every_unit_is_in_a_bucket(salt: String, unit: String, total: u32) {
        prop_assert!(bucket(&salt, &unit, total) < total.max(1));
    }
}
