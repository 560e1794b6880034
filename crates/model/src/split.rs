//! Under which split a customer was assigned to a variant.
//!
//! A customer keeps the first assignment, so after a change of weights an arm has customers from before and after
//! it, and its size fits neither split. Whoever checks the sizes needs to know who was assigned under which.

use std::fmt;

use crate::{Experiment, Holdout, VariantKey, short_fingerprint};

/// The short name of a split: its salt, its variants in their order, and the proportions of their weights. Two splits of
/// which it is equal give every customer the same variant, but for odds of 1 to 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SplitKey(u32);

const SPLIT_LABEL: u64 = 0x7370_6c69_7421_2121;

// === impl SplitKey ===

impl SplitKey {
    /// Some split that is no longer told apart.
    pub const OTHER: Self = Self(0);

    /// The key of a salt and the weights of variants, in their order. It is on disk, so it must never change.
    pub fn new<'a>(
        salt: &str,
        variants: impl Iterator<Item = (&'a VariantKey, u32)> + Clone,
    ) -> Self {
        let mut text = salt.as_bytes().to_vec();
        // Who says 1 and 1 and then 50 and 50 has changed nobody's variant: a place is where the hash falls in the whole.
        let scale = variants.clone().map(|(_, weight)| weight).fold(0, common_divisor).max(1);
        for (key, weight) in variants {
            // No text has this byte.
            text.push(0xff);
            text.extend_from_slice(key.as_str().as_bytes());
            text.push(0xff);
            text.extend_from_slice(&(weight / scale).to_le_bytes());
        }
        Self(short_fingerprint(SPLIT_LABEL, &text).max(1))
    }

    /// The key of an experiment's split.
    pub fn of(experiment: &Experiment) -> Self {
        // Which arm is the control, and who takes part at all, makes nobody's variant another one; who is held
        // out is a variant like any other.
        let Experiment { salt, variants, control: _, holdout: _, layer: _ } = experiment;
        Self::new(salt, variants.iter().map(|variant| (&variant.key, variant.weight)))
    }

    /// The key of the split of a tenant's holdout, whose draw is by its name and its salt.
    pub fn of_holdout(holdout: &Holdout) -> Self {
        let arms = holdout.arms();
        // Neither of the two has this character.
        let salt = format!("{}\u{1f}{}", holdout.key, holdout.salt);
        Self::new(&salt, arms.iter().map(|(key, weight)| (key, *weight)))
    }

    /// The key as a number, for the disk.
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// The key that [`Self::to_u32`] gave.
    pub const fn from_u32(number: u32) -> Self {
        Self(number)
    }
}

/// The greatest common divisor of two weights, by Euclid; of 0 and a number, the number.
pub const fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl fmt::Display for SplitKey {
    /// Eight hexadecimal digits.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:08x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::SplitKey;
    use crate::{CampaignKey, Experiment, Holdout, Variant, VariantKey};

    fn experiment(salt: &str, weights: &[(&str, u32)]) -> Experiment {
        let variant = |&(key, weight): &(&str, u32)| Variant {
            key: VariantKey::parse(key).expect("valid"),
            weight,
            offer: None,
        };
        let variants = weights.iter().map(variant).collect();
        Experiment { salt: salt.into(), variants, control: 0, holdout: None, layer: None }
    }

    #[test]
    fn a_split_has_another_key_when_anybody_could_get_another_variant() {
        let plain = experiment("s", &[("a", 1), ("b", 1)]);
        let key = SplitKey::of(&plain);
        assert_eq!(key, SplitKey::from_u32(0xcf41_488c), "it is on disk");
        let offered = Variant { offer: Some(0), ..plain.variants[1].clone() };
        let variants = vec![plain.variants[0].clone(), offered];
        assert_eq!(SplitKey::of(&Experiment { variants, control: 1, ..plain }), key);
        for (salt, weights) in [
            ("t", [("a", 1), ("b", 1)]),
            ("s", [("a", 2), ("b", 1)]),
            ("s", [("b", 1), ("a", 1)]),
            ("s", [("a", 1), ("c", 1)]),
        ] {
            assert_ne!(SplitKey::of(&experiment(salt, &weights)), key, "{salt} {weights:?}");
        }
    }

    #[test]
    fn weights_in_the_same_proportions_are_one_split() {
        let key = |a, b, c| SplitKey::of(&experiment("s", &[("a", a), ("b", b), ("c", c)]));
        assert_eq!(key(50, 50, 100), key(1, 1, 2));
        assert_eq!(key(0, 30, 45), key(0, 2, 3), "an arm that gets nobody scales nothing");
        assert_ne!(key(50, 50, 99), key(1, 1, 2));
        assert_eq!(
            key(0, 0, 0),
            key(0, 0, 0),
            "not a split that can be written, but no fault either"
        );
    }

    #[test]
    fn a_holdout_has_another_split_when_anybody_could_come_into_the_other_arm() {
        let key = |key: &str, salt: &str, percent, days: u64| {
            SplitKey::of_holdout(&Holdout {
                key: CampaignKey::parse(key).expect("valid"),
                percent,
                salt: salt.into(),
                attribution_window: Duration::from_secs(days * 86_400),
            })
        };
        let plain = key("holdout", "s", 5, 30);
        assert_eq!(key("holdout", "s", 5, 7), plain, "the window draws nobody");
        for (name, salt, percent) in
            [("holdout-2027", "s", 5), ("holdout", "t", 5), ("holdout", "s", 6)]
        {
            assert_ne!(key(name, salt, percent, 30), plain, "{name} {salt} {percent}");
        }
    }
}
