//! Which campaigns may appear together on one page view.
//!
//! Campaigns are asked in the order of the plan, and whoever is eligible first stays. A campaign in an arm
//! that shows nothing holds its place, its group and the page like any other: otherwise the customers of
//! the campaigns after it would be picked by its arm.

use model::{Campaign, Judgement};

use crate::limits::PAGE_CAMPAIGNS_MAX;

/// The campaigns that are on the page, shown or withheld.
#[derive(Default)]
pub(crate) struct Composition<'p> {
    taken: Vec<&'p Campaign>,
}

// === impl Composition ===

impl<'p> Composition<'p> {
    /// Why a campaign cannot appear beside those that are there; `None` when it can.
    pub(crate) fn objection(&self, campaign: &Campaign) -> Option<Judgement> {
        let among = |excludes: &dyn Fn(&Campaign) -> bool| {
            self.taken.iter().find(|taken| excludes(taken)).map(|taken| taken.key.clone())
        };
        if let Some(by) = among(&|taken| taken.placement == campaign.placement) {
            return Some(Judgement::Outranked { by });
        }
        if let Some(by) = among(&|taken| taken.group.is_some() && taken.group == campaign.group) {
            return Some(Judgement::GroupTaken { by });
        }
        if let Some(by) = among(&|taken| !taken.stacks || !campaign.stacks) {
            return Some(Judgement::NotStacked { by });
        }
        (self.taken.len() >= PAGE_CAMPAIGNS_MAX).then_some(Judgement::PageFull)
    }

    /// Puts a campaign on the page.
    pub(crate) fn take(&mut self, campaign: &'p Campaign) {
        self.taken.push(campaign);
    }
}
