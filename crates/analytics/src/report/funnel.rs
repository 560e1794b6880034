//! How far the customers of an arm came, step by step.

use model::Step;
use serde::{Deserialize, Serialize};

use super::Report;
use crate::cell::{Cell, count};
use crate::grid::Grid;

/// Customers of one arm who reached each step; see [`Step`] for what the steps are. A step counts
/// everyone who reached it, whether they reached those before it or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// Were found eligible: all customers of the arm.
    pub eligible: u64,
    /// Had the offer in an answer.
    pub shown: u64,
    /// Saw it, as the page confirmed.
    pub seen: u64,
    /// Clicked it.
    pub clicked: u64,
    /// Put something into the cart in the attribution window.
    pub cart: u64,
    /// Began the checkout in the attribution window.
    pub checkout: u64,
    /// Have an order that counts.
    pub ordered: u64,
}

/// A line for each arm, a column for each step.
pub(super) fn grid(report: &Report) -> Grid {
    let heading = std::iter::once("funnel").chain(Step::ALL.map(Step::as_str));
    let mut rows = vec![heading.map(str::to_owned).collect::<Vec<_>>()];
    for arm in &report.arms {
        let steps = Step::ALL.map(|step| arm.funnel.of(step).to_string());
        rows.push(std::iter::once(arm.variant.clone()).chain(steps).collect());
    }
    Grid { rows, text_columns: 1 }
}

// === impl Funnel ===

impl Funnel {
    /// Customers who reached a step.
    pub const fn of(&self, step: Step) -> u64 {
        match step {
            Step::Eligible => self.eligible,
            Step::Shown => self.shown,
            Step::Seen => self.seen,
            Step::Clicked => self.clicked,
            Step::Cart => self.cart,
            Step::Checkout => self.checkout,
            Step::Ordered => self.ordered,
        }
    }
}

impl From<&Cell> for Funnel {
    fn from(cell: &Cell) -> Self {
        let [eligible, shown, seen, clicked, cart, checkout, ordered] = cell.steps.map(count);
        Self { eligible, shown, seen, clicked, cart, checkout, ordered }
    }
}
