//! Customers who are held out: they see nothing, so that what the others see can be measured as a whole.
//!
//! A campaign can hold out some of its customers. They are an arm of its experiment like any other, under a name that
//! no written variant may have, so all that is recorded, counted and kept of arms is of them too.

use crate::VariantKey;

/// The name of the arm of those whom a campaign holds out.
pub const HOLDOUT: &str = "holdout";

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
