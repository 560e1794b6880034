//! The decision.

use std::sync::Arc;

use model::{Decision, Profile, Timestamp, View};

use crate::Plan;

/// Whether a decision tells why each campaign did or did not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Explain {
    /// No explanations, as for shops' pages.
    #[default]
    No,
    /// One explanation for each campaign of the plan.
    Yes,
}

/// Decides what to do on a page view. Never fails and never writes; `profile` has the view folded in.
pub fn decide(
    plan: &Plan,
    profile: &Arc<Profile>,
    view: &Arc<View>,
    now: Timestamp,
    explain: Explain,
) -> Decision {
    let _ = (plan, profile, view, now, explain);
    Decision::default()
}
