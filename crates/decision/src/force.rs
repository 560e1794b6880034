//! Forced arms: a page as somebody else would see it, for whoever makes a campaign.
//!
//! A campaign that is forced is decided on as if the customer were eligible and in the arm that is named. Page,
//! placement, schedule, layer, holdouts, limits and budget are passed over, and so is what the rule says of the
//! customer; a plugin is asked all the same, for the words that it puts into a text. A rule that cannot answer is told
//! as a fault, and the arm is given without its words. It takes its place before all that are not forced, so that these
//! are seen as they would be beside it; they go by their layers, of which the customer is in the forced one, and by the
//! tenant's holdout. The customer did nothing of it, so nobody may record such a decision: whoever asks for it gives
//! claims of [`crate::Visit::Preview`], which reserve nothing.

use model::CampaignKey;

use crate::Plan;
use crate::index::Rank;
use crate::limits::FORCE_NAMES_TOLD_MAX;

/// The arms that are forced, of the plan that gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forced(Vec<(Rank, usize)>);

/// Why an arm cannot be forced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForceError {
    /// The plan has no campaign of this name.
    #[error("`force` names a campaign that is not in force; there are {known}")]
    UnknownCampaign {
        /// Some that it has.
        known: Box<str>,
    },
    /// The campaign has no variant of this name.
    #[error("`force` names a variant that campaign {campaign} does not have; it has {known}")]
    UnknownVariant {
        /// The campaign.
        campaign: CampaignKey,
        /// Some that it has.
        known: Box<str>,
    },
}

// === impl Forced ===

impl Forced {
    /// Finds the arms in a plan, given by the names of campaign and variant. Of one campaign the last counts.
    ///
    /// # Errors
    /// When a campaign or a variant is not there.
    pub fn of<'a>(
        plan: &Plan,
        arms: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ForceError> {
        let mut forced = Self::default();
        for (campaign, variant) in arms {
            let arm = find(plan, campaign, variant)?;
            match forced.0.binary_search_by_key(&arm.0, |(rank, _)| *rank) {
                Ok(place) => forced.0[place] = arm,
                Err(place) => forced.0.insert(place, arm),
            }
        }
        Ok(forced)
    }

    /// No arm at all.
    pub(crate) fn nothing() -> &'static Self {
        static NOTHING: Forced = Forced(Vec::new());
        &NOTHING
    }

    /// Whether none is forced.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Campaigns and the places of their variants, in the order of the plan.
    pub(crate) fn arms(&self) -> impl Iterator<Item = (Rank, usize)> {
        self.0.iter().copied()
    }

    /// Whether a campaign is forced.
    pub(crate) fn has(&self, rank: Rank) -> bool {
        self.0.binary_search_by_key(&rank, |(rank, _)| *rank).is_ok()
    }
}

// === impl ForceError ===

impl ForceError {
    /// A tenant without a plan has nothing that can be forced.
    pub fn without_plan() -> Self {
        Self::UnknownCampaign { known: listed(std::iter::empty()) }
    }
}

fn find(plan: &Plan, campaign: &str, variant: &str) -> Result<(Rank, usize), ForceError> {
    let rank = plan.campaigns().position(|planned| planned.campaign.key.as_str() == campaign);
    let rank = rank.ok_or_else(|| {
        let names = plan.campaigns().map(|planned| planned.campaign.key.as_str());
        ForceError::UnknownCampaign { known: listed(names) }
    })?;
    let campaign = &plan.entries()[rank].planned.campaign;
    let variants = || campaign.experiment.variants.iter().map(|it| it.key.as_str());
    let place = variants().position(|known| known == variant).ok_or_else(|| {
        let campaign = campaign.key.clone();
        ForceError::UnknownVariant { campaign, known: listed(variants()) }
    })?;
    Ok((rank, place))
}

/// The first names, and how many more there are.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> Box<str> {
    let more = names.len().saturating_sub(FORCE_NAMES_TOLD_MAX);
    let told: Vec<&str> = names.take(FORCE_NAMES_TOLD_MAX).collect();
    match (told.is_empty(), more) {
        (true, _) => "none".into(),
        (false, 0) => told.join(", ").into(),
        (false, more) => format!("{} and {more} more", told.join(", ")).into(),
    }
}
