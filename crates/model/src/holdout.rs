//! Customers who are held out: they see nothing, so that what the others see can be measured as a whole.
//!
//! A campaign can hold out some of its customers. They are an arm of its experiment like any other, under a name that
//! no written variant may have, so all that is recorded, counted and kept of arms is of them too.
//!
//! A tenant can hold out customers of all its campaigns. That is an experiment of its own, under a key that no
//! campaign may have: whom the first campaign finds eligible is exposed to the holdout, in one of its two arms.

use std::time::Duration;

use crate::{CampaignKey, VariantKey};

/// The name of the arm of those whom a campaign holds out, and the key of a tenant's holdout or its beginning.
pub const HOLDOUT: &str = "holdout";

/// The customers whom a tenant holds out of all campaigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdout {
    /// Its name in reports: [`HOLDOUT`], or with more behind a hyphen.
    pub key: CampaignKey,
    /// How many are held out, in per cent: 1 to 50.
    pub percent: u8,
    /// Hashed together with the key and the customer's id.
    pub salt: Box<str>,
    /// Orders that come this long after the customer's first exposure count.
    pub attribution_window: Duration,
}

/// An arm of a tenant's holdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldoutArm {
    /// Sees nothing and is exposed to no campaign; the control.
    HeldOut,
    /// All campaigns are open to it.
    Open,
}

// === impl Holdout ===

impl Holdout {
    /// Its arms with their weights, the control first.
    pub fn arms(&self) -> [(VariantKey, u32); 2] {
        HoldoutArm::ALL.map(|arm| {
            let weight = match arm {
                HoldoutArm::HeldOut => self.percent,
                HoldoutArm::Open => 100_u8.saturating_sub(self.percent),
            };
            (arm.variant(), weight.into())
        })
    }
}

// === impl VariantKey ===

impl VariantKey {
    /// The arm of those whom a campaign holds out.
    pub fn holdout() -> Self {
        Self::parse(HOLDOUT).expect("a word of the alphabet is a name")
    }

    /// Whether it is that arm.
    pub fn is_holdout(&self) -> bool {
        self.as_str() == HOLDOUT
    }
}

// === impl CampaignKey ===

impl CampaignKey {
    /// Whether it is the key of a tenant's holdout, which no campaign may have.
    pub fn is_holdout(&self) -> bool {
        let rest = self.as_str().strip_prefix(HOLDOUT);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

// === impl HoldoutArm ===

impl HoldoutArm {
    /// Both arms, the control first.
    pub const ALL: [Self; 2] = [Self::HeldOut, Self::Open];

    /// Its name as a variant.
    pub fn variant(self) -> VariantKey {
        let name = match self {
            Self::HeldOut => "held-out",
            Self::Open => "open",
        };
        VariantKey::parse(name).expect("letters and a hyphen are a name")
    }
}

#[cfg(test)]
mod tests {
    use crate::CampaignKey;

    #[test]
    fn the_keys_of_holdouts_are_reserved_and_no_others() {
        let is_holdout = |text| CampaignKey::parse(text).expect("valid").is_holdout();
        assert!(["holdout", "holdout-", "holdout-2027"].into_iter().all(is_holdout));
        assert!(!["holdouts", "hold", "my-holdout", "holdout_2"].into_iter().any(is_holdout));
    }
}
