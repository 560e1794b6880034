//! Those whom a campaign holds out, as an arm beside the written variants.

use model::{Variant, VariantKey, common_divisor};

use crate::key::{Key, Shape, key};
use crate::limits::HOLDOUT_PERCENT_MAX;

pub(super) const HOLDOUT: Key = key("holdout", "holdout = 10")
    .shape(Shape::Integer(1, HOLDOUT_PERCENT_MAX as i64))
    .about(
        "So many per cent of the eligible customers are held out: an arm named `holdout`, which is shown nothing, \
         beside the variants.",
    );

/// Gives those who are held out their share of all customers, as a further arm; the others have the rest in the
/// proportions that they had. Weights stay whole, and as small as that allows; where all shares are whole per
/// cents, they are those.
pub(super) fn hold_out(variants: &mut Vec<Variant>, percent: u8) -> usize {
    let percent = u32::from(percent);
    // The total has at most seven digits: see the limits.
    let total: u32 = variants.iter().map(|variant| variant.weight).sum();
    for variant in &mut *variants {
        variant.weight *= 100 - percent;
    }
    let weight = total * percent;
    variants.push(Variant { key: VariantKey::holdout(), weight, offer: None });
    let divisor = variants.iter().map(|variant| variant.weight).fold(0, common_divisor);
    let sum = total * 100 / divisor;
    let factor = if 100_u32.is_multiple_of(sum) { 100 / sum } else { 1 };
    for variant in &mut *variants {
        variant.weight = variant.weight / divisor * factor;
    }
    variants.len() - 1
}

#[cfg(test)]
mod tests {
    use model::{Variant, VariantKey};
    use proptest::prelude::*;

    use super::hold_out;
    use crate::limits::{HOLDOUT_PERCENT_MAX, VARIANTS_MAX, WEIGHTS_TOTAL_MAX};

    fn held_out(weights: &[u32], percent: u8) -> Vec<u32> {
        let key = VariantKey::parse("a").expect("valid");
        let variant = |&weight: &u32| Variant { key: key.clone(), weight, offer: None };
        let mut variants = weights.iter().map(variant).collect();
        assert_eq!(hold_out(&mut variants, percent), weights.len());
        variants.iter().map(|variant| variant.weight).collect()
    }

    #[test]
    fn shares_are_per_cents_where_those_are_whole() {
        assert_eq!(held_out(&[50, 50], 10), [45, 45, 10]);
        assert_eq!(held_out(&[1], 20), [80, 20]);
        assert_eq!(held_out(&[1, 1, 1], 10), [30, 30, 30, 10]);
        assert_eq!(held_out(&[2, 1], 5), [38, 19, 3], "of 60");
    }

    proptest! {
        #[test]
        fn the_held_out_have_their_per_cent_and_the_others_keep_their_proportions(
            weights in prop::collection::vec(
                1_u32..WEIGHTS_TOTAL_MAX / 16, 1..=VARIANTS_MAX,
            ),
            percent in 1..=HOLDOUT_PERCENT_MAX,
        ) {
            let shares: Vec<u64> = held_out(&weights, percent).into_iter().map(u64::from).collect();
            let sum: u64 = shares.iter().sum();
            prop_assert_eq!(shares[weights.len()] * 100, sum * u64::from(percent));
            for (share, &weight) in shares.iter().zip(&weights) {
                prop_assert_eq!(share * u64::from(weights[0]), shares[0] * u64::from(weight));
            }
        }
    }
}
