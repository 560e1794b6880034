//! The product: from a plan, a profile and a page view to a decision.
//!
//! A [`Plan`] is what runs for a tenant: campaigns, each with the rule that chooses its customers,
//! indexed by placement and page. [`decide()`] asks it what to do on one page view:
//!
//! ```text
//!  page view -> candidates by placement and page        index: campaigns that cannot apply cost nothing
//!            -> not held out of all?                    who is known to be is asked nothing about
//!            -> layer                                   each in the order of the plan
//!            -> schedule
//!            -> beside those before it?                 placement, group, stacking: who came first stays
//!            -> the customer's limit, the budget        for every arm alike
//!            -> is there time left?
//!            -> plugin, or rule in CEL, in a sandbox    a fault: nothing offered, the place stays free
//!            -> the tenant's holdout, if new to it      an exposure of its own, in either arm
//!            -> variant: kept, else assigned
//!            -> budget: one show is reserved            only in an arm that shows something
//!            -> exposure, and the offer of the variant  none in an arm that shows nothing
//! ```
//!
//! A decision never fails, never writes, and reads no clock: what goes wrong in a rule is a
//! [`model::Fault`] of that campaign and touches no other. That a campaign takes its placement before
//! anybody looks at the arm is what makes arms comparable; the reasons are in the decision record
//! `crates/decisions/0001-placement-winner-before-arm.md`.
//!
//! Not here: folding the page view into the profile, and writing exposures down (`edge`, `profiles`,
//! `journal`); putting values into texts, which happens where the answer is written.
//!
//! Read in this order: `rule`, `plan`, `index`, `layers`, `holdout`, `composition`, `cost`, `decide`, `force`; and `ledger`, the one thing here
//! that remembers: what of each budget is used.

mod composition;
mod cost;
mod decide;
mod force;
mod holdout;
mod index;
mod layers;
mod ledger;
pub mod limits;
mod plan;
mod rule;
mod seed;

pub use decide::{Explain, Question, decide};
pub use force::{ForceError, Forced};
pub use ledger::{Claims, Confirmation, Confirmed, Hold, Image, Ledger, Standing, Used, Visit};
pub use plan::{Plan, PlanError, Planned};
pub use rule::{Compiled, Rule};
