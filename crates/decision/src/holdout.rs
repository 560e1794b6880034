//! The tenant's holdout: who is held out of all campaigns.
//!
//! It is settled at the moment when the first campaign finds a customer eligible, and for both arms alike: so those who
//! are held out are compared with customers who would have been exposed to something, not with everybody who ever
//! came. Who is in it stays in the arm. Those who are held out are from then on asked nothing about.

use experiments::{SplitError, tenant_holdout_salt};
use model::{
    CustomerId, Exposure, GoalKey, Holdout, HoldoutArm, Profile, SplitKey, TermsKey, Timestamp,
    VariantKey,
};

/// A tenant's holdout with what is worked out once.
#[derive(Debug)]
pub(crate) struct Gate {
    holdout: Holdout,
    draw: experiments::Holdout,
    held_out: VariantKey,
    open: VariantKey,
    split: SplitKey,
}

// === impl Gate ===

impl Gate {
    /// # Errors
    /// When the per cent hold out nobody or everybody.
    pub(crate) fn new(holdout: Holdout) -> Result<Self, SplitError> {
        let percent = u32::from(holdout.percent);
        let salt = tenant_holdout_salt(holdout.key.as_str(), &holdout.salt);
        let draw = experiments::Holdout::new(&salt, percent, 100_u32.saturating_sub(percent))?;
        let [held_out, open] = HoldoutArm::ALL.map(HoldoutArm::variant);
        let split = SplitKey::of_holdout(&holdout);
        Ok(Self { holdout, draw, held_out, open, split })
    }

    /// What the tenant wrote.
    pub(crate) const fn holdout(&self) -> &Holdout {
        &self.holdout
    }

    /// The arm that a customer is in already, if in one.
    pub(crate) fn arm_of(&self, profile: &Profile) -> Option<HoldoutArm> {
        let enrolment = profile.enrolment(&self.holdout.key)?;
        let is_held = enrolment.variant == self.held_out;
        Some(if is_held { HoldoutArm::HeldOut } else { HoldoutArm::Open })
    }

    /// The arm of a customer who is new.
    pub(crate) fn assign(&self, customer: CustomerId) -> HoldoutArm {
        let is_held = self.draw.holds(&customer.to_string());
        if is_held { HoldoutArm::HeldOut } else { HoldoutArm::Open }
    }

    /// That a customer came into an arm, because the rule of this digest found them eligible.
    pub(crate) fn exposure(
        &self,
        arm: HoldoutArm,
        profile: &Profile,
        now: Timestamp,
        rule_digest: [u8; 32],
    ) -> Exposure {
        let variant = match arm {
            HoldoutArm::HeldOut => &self.held_out,
            HoldoutArm::Open => &self.open,
        };
        Exposure {
            campaign: self.holdout.key.clone(),
            variant: variant.clone(),
            // What the page view shows is known at its end.
            shown: false,
            terms: TermsKey::NONE,
            split: self.split,
            goal: GoalKey::ORDERS,
            attribution_until: now.plus(self.holdout.attribution_window),
            revenue_before: profile.revenue_before(profile.exposed_at(now)),
            rule_digest,
        }
    }
}
