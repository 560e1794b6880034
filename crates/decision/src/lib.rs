//! The product: from a plan, a profile and a page view to a decision.

mod decide;
mod plan;

pub use decide::{Explain, decide};
pub use plan::{Plan, PlanError, Planned};
