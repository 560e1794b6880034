//! How far a customer of an experiment has come, step by step.

/// A step of the funnel of a campaign. Each is looked at by itself: who ordered without having clicked has
/// reached the last one and not the fourth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Was exposed: found eligible, and the offer shown or by design withheld.
    Eligible,
    /// An answer held the offer.
    Shown,
    /// The page confirmed by `Promotion Viewed` that the offer was seen.
    Seen,
    /// The offer was clicked.
    Clicked,
    /// A product was put into the cart after the first exposure, within the attribution window.
    Cart,
    /// The checkout was begun after the first exposure, within the attribution window.
    Checkout,
    /// An order counts: placed after the first exposure, within the attribution window, not taken back.
    Ordered,
}

/// The steps that one customer has reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps(u8);

// === impl Step ===

impl Step {
    /// Every step, in their order.
    pub const ALL: [Self; 7] = [
        Self::Eligible,
        Self::Shown,
        Self::Seen,
        Self::Clicked,
        Self::Cart,
        Self::Checkout,
        Self::Ordered,
    ];

    /// The word for it in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::Shown => "shown",
            Self::Seen => "seen",
            Self::Clicked => "clicked",
            Self::Cart => "cart",
            Self::Checkout => "checkout",
            Self::Ordered => "ordered",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

// === impl Steps ===

impl Steps {
    /// Not even the first.
    pub const NONE: Self = Self(0);

    /// The steps that `reached` says yes to.
    pub fn of(reached: impl Fn(Step) -> bool) -> Self {
        let bits = Step::ALL.iter().filter(|step| reached(**step));
        Self(bits.fold(0, |bits, step| bits | step.bit()))
    }

    /// Whether a step was reached.
    pub const fn contains(self, step: Step) -> bool {
        self.0 & step.bit() != 0
    }

    /// The steps as bits, for the disk: the first is the lowest.
    pub const fn to_bits(self) -> u8 {
        self.0
    }

    /// The steps of bits; `None` where one means no step.
    pub fn from_bits(bits: u8) -> Option<Self> {
        let steps = Self::of(|step| bits & step.bit() != 0);
        (steps.0 == bits).then_some(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, Steps};

    #[test]
    fn steps_are_kept_apart_and_told_by_their_bits() {
        for step in Step::ALL {
            let only = Steps::of(|reached| reached == step);
            assert!(Step::ALL.iter().all(|other| only.contains(*other) == (*other == step)));
            assert_eq!(Steps::from_bits(only.to_bits()), Some(only));
        }
        assert_eq!(Steps::from_bits(0x80), None, "no step has this bit");
    }
}
