//! Whether an experiment's arms have the sizes that were asked for, and what to do when they have not.
//!
//! A broken split is the commonest way in which an experiment lies, and the lie does not show in any
//! other figure. So it is told before all others and as loudly as plain text can.

use std::fmt::Write as _;

use experiments::inference::{Undetermined, split_mismatch};
use serde::{Deserialize, Serialize};

use crate::grid::how_often;
use crate::limits::{SPLIT_ALARM_ANYTIME, SPLIT_ALARM_ONCE};

/// How the sizes of the arms fit their weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitCheck {
    /// Customers whose arms are checked: in a live report, those who were assigned under the split of the
    /// current plan, because the others kept arms that other weights gave them.
    pub customers: u64,
    /// Customers of these arms who were assigned under another split.
    pub customers_of_other_splits: u64,
    /// Pearson's chi-squared.
    pub chi_squared: f64,
    /// How probable sizes at least as far off are when all is well, at one planned look.
    pub p_value: f64,
    /// How rarely any look would ever show sizes as far off when all is well.
    pub anytime_p_value: f64,
    /// Whether the figures of the experiment must not be used.
    pub broken: bool,
    /// What is found, in words.
    pub verdict: String,
}

/// What is said of every arm while the split is broken.
pub(crate) const NO_VERDICT: &str = "No verdict: the split is broken.";

/// One arm's name, customers and weight.
pub(crate) type Share = (String, u64, f64);

/// How often the data are looked at, which says which p-value decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    /// Once, when all data are in.
    Once,
    /// All the time.
    Always,
}

// === impl SplitCheck ===

impl SplitCheck {
    /// # Errors
    /// When there are fewer than two arms, or no customers.
    pub(crate) fn new(arms: &[Share], looks: Looks) -> Result<Self, Undetermined> {
        let sizes: Vec<(u64, f64)> =
            arms.iter().map(|&(_, customers, weight)| (customers, weight)).collect();
        let found = split_mismatch(&sizes)?;
        let (decisive, alarm) = match looks {
            Looks::Once => (found.p_value, SPLIT_ALARM_ONCE),
            Looks::Always => (found.anytime_p_value, SPLIT_ALARM_ANYTIME),
        };
        let broken = decisive < alarm;
        let verdict = match broken {
            true => alarm_text(arms, decisive, looks),
            false => "The arms have the sizes that their weights promise.".to_owned(),
        };
        Ok(Self {
            customers: sizes.iter().fold(0, |sum, (customers, _)| sum.saturating_add(*customers)),
            customers_of_other_splits: 0,
            chi_squared: found.chi_squared,
            p_value: found.p_value,
            anytime_p_value: found.anytime_p_value,
            broken,
            verdict,
        })
    }
}

fn alarm_text(arms: &[Share], p_value: f64, looks: Looks) -> String {
    let customers: f64 = arms.iter().map(|&(_, customers, _)| customers as f64).sum();
    let weights: f64 = arms.iter().map(|&(_, _, weight)| weight).sum();
    let mut text = "THE SPLIT IS BROKEN. DO NOT USE THESE FIGURES. ".to_owned();
    for (place, (name, count, weight)) in arms.iter().enumerate() {
        let expected = customers * weight / weights;
        let comma = if place == 0 { "" } else { ", " };
        write!(text, "{comma}{name} has {count} customers instead of about {expected:.0}")
            .expect("a string takes all text");
    }
    let chance = how_often(p_value);
    let causes = match looks {
        Looks::Once => {
            "rows that were lost, filtered or joined twice in one arm; robots; --weights that are not \
             those of the experiment"
        }
        Looks::Always => {
            "pages of one arm that fail, or are cached, before they ask; robots; a rule that depends on \
             what the arm itself changes"
        }
    };
    write!(
        text,
        ". Chance alone would do this {chance}. Customers are missing or counted twice in one arm, and \
         they are never like the others, so every difference below may be due to that. Check: {causes}."
    )
    .expect("a string takes all text");
    text
}
