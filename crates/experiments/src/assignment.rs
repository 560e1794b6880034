//! From a unit to its arm: held out, or in a variant.
//!
//! Who is held out is drawn before the variant and by another salt, so a holdout takes its customers from all variants
//! alike, and the variant of everybody else is what it would be without a holdout.

use crate::draw::holdout_salt;
use crate::split::{Split, SplitError};

/// How the units of an experiment are assigned: its salt and its checked weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    salt: Box<str>,
    split: Split,
    holdout: Option<Holdout>,
}

/// Who is held out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdout {
    salt: Box<str>,
    /// Those who are held out, and those who are not.
    split: Split,
}

// === impl Assignment ===

impl Assignment {
    /// An assignment to variants by their weights.
    ///
    /// # Errors
    /// When the weights divide nobody.
    pub fn new(salt: &str, weights: &[u32]) -> Result<Self, SplitError> {
        Ok(Self { salt: salt.into(), split: Split::new(weights)?, holdout: None })
    }

    /// The same, with `held` units of `held + others` held out of it.
    ///
    /// # Errors
    /// When one of the two is 0, or their sum is too large.
    pub fn holding_out(self, held: u32, others: u32) -> Result<Self, SplitError> {
        let holdout = Holdout::new(&holdout_salt(&self.salt), held, others)?;
        Ok(Self { holdout: Some(holdout), ..self })
    }

    /// The variant of a unit, a place in the weights; `None` for one that is held out.
    pub fn of(&self, unit: &str) -> Option<usize> {
        let is_held = self.holdout.as_ref().is_some_and(|holdout| holdout.holds(unit));
        (!is_held).then(|| self.split.assign(&self.salt, unit))
    }
}

// === impl Holdout ===

impl Holdout {
    /// Holds out `held` units of `held + others`, under a salt.
    ///
    /// # Errors
    /// When one of the two is 0, or their sum is too large.
    pub fn new(salt: &str, held: u32, others: u32) -> Result<Self, SplitError> {
        Ok(Self { salt: salt.into(), split: Split::new(&[held, others])? })
    }

    /// Whether a unit is held out.
    pub fn holds(&self, unit: &str) -> bool {
        self.split.assign(&self.salt, unit) == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Assignment;
    use crate::{assign, bucket, holdout_salt};

    proptest! {
        #[test]
        fn a_holdout_changes_nobodys_variant(
            weights in prop::collection::vec(1_u32..1_000, 1..6), percent in 1_u32..100, unit: String,
        ) {
            let assignment = Assignment::new("salt", &weights).expect("valid");
            let assignment = assignment.holding_out(percent, 100 - percent).expect("valid");
            let is_held = bucket(&holdout_salt("salt"), &unit, 100) < percent;
            let expected = (!is_held).then(|| assign("salt", &unit, &weights).expect("valid"));
            prop_assert_eq!(assignment.of(&unit), expected);
        }

        #[test]
        fn who_is_held_out_stays_so_when_more_are(percent in 1_u32..99, unit: String) {
            let held = |percent| {
                let assignment = Assignment::new("salt", &[1]).expect("valid");
                assignment.holding_out(percent, 100 - percent).expect("valid").of(&unit).is_none()
            };
            prop_assert!(!held(percent) || held(percent + 1));
        }
    }
}
