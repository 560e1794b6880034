//! Enrolment in experiments, and engagement with what they show.
//!
//! The first exposure enrols a customer and fixes the variant; later ones only move `last_at`. At the
//! cap the campaigns entered longest ago are forgotten together with their exposures and what was counted
//! for them. Their share stays in the experiment's cells as it last was, since the orders did happen; a customer who
//! meets such a campaign again is enrolled, and counted, as a new one.

use std::cmp::Ordering;

use model::limits::PROFILE_CAMPAIGNS_MAX;
use model::{
    CampaignKey, CampaignTally, CellChange, Change, Enrolment, Exposure, Profile, Promotion,
    Recent, RecentKey, Redemption, Timestamp,
};

use super::recent;
use crate::sorted::{insert_tight, keep_greatest};

/// Folds what a decision showed, or by design did not show.
///
/// A customer who is enrolled already keeps the variant and the attribution window. `Change::cells`
/// names the campaigns in which the customer is new.
pub fn fold_exposures(profile: &mut Profile, at: Timestamp, exposures: &[Exposure]) -> Change {
    let mut entered: Vec<&CampaignKey> = Vec::new();
    for exposure in exposures {
        if enrol(profile, at, exposure) {
            entered.push(&exposure.campaign);
        }
    }
    forget_beyond_cap(profile);
    for exposure in exposures {
        if profile.enrolment(&exposure.campaign).is_none() {
            continue;
        }
        recent::note(&mut profile.recent, Recent::exposure(&exposure.campaign, at));
        let tally = own_tally(profile, &exposure.campaign);
        let counted = if exposure.shown { &mut tally.shows } else { &mut tally.withheld };
        *counted = counted.saturating_add(1);
    }
    let cells = entered.into_iter().filter_map(|campaign| {
        let after = profile.cell_share(campaign)?;
        Some(CellChange { campaign: campaign.clone(), before: Vec::new(), after: Some(after) })
    });
    Change { cells: cells.collect(), ..Change::default() }
}

/// Counts that a token of a campaign was redeemed, if the customer is enrolled in it.
pub fn fold_redemption(profile: &mut Profile, redemption: &Redemption) -> Change {
    if let Some(enrolment) = profile.enrolment(&redemption.campaign) {
        let campaign = enrolment.campaign.clone();
        let tally = own_tally(profile, &campaign);
        tally.redemptions = tally.redemptions.saturating_add(1);
    }
    Change::default()
}

/// Counts that an offer was seen, for its campaign too if the customer is enrolled in it.
pub(super) fn seen(profile: &mut Profile, promotion: Option<&Promotion>) {
    super::count(profile, |tally| &mut tally.promotion_views);
    engaged(profile, promotion, |tally| &mut tally.seen);
}

/// Counts that an offer was clicked, for its campaign too if the customer is enrolled in it.
pub(super) fn clicked(profile: &mut Profile, promotion: Option<&Promotion>) {
    super::count(profile, |tally| &mut tally.promotion_clicks);
    engaged(profile, promotion, |tally| &mut tally.clicks);
}

/// The tally of a campaign under the profile's own id.
pub(super) fn own_tally<'a>(
    profile: &'a mut Profile,
    campaign: &CampaignKey,
) -> &'a mut CampaignTally {
    let tally = super::own_tally(profile);
    let place = match tally.campaigns.binary_search_by(|known| known.campaign.cmp(campaign)) {
        Ok(place) => place,
        Err(place) => {
            insert_tight(&mut tally.campaigns, place, CampaignTally::new(campaign.clone()));
            place
        }
    };
    &mut tally.campaigns[place]
}

/// Runs `f`, and tells how it changed the customer's share of the campaign's cell.
pub(super) fn change_cell(
    profile: &mut Profile,
    campaign: &CampaignKey,
    f: impl FnOnce(&mut Profile),
) -> Option<CellChange> {
    let before = profile.cell_share(campaign);
    f(profile);
    let after = profile.cell_share(campaign);
    (before != after).then(|| CellChange {
        campaign: campaign.clone(),
        before: before.into_iter().collect(),
        after,
    })
}

/// The order in which enrolments are forgotten at the cap: the campaign entered longest ago first.
fn newest_enrolment(a: &Enrolment, b: &Enrolment) -> Ordering {
    a.since.cmp(&b.since).then_with(|| a.campaign.cmp(&b.campaign))
}

/// Forgets the oldest enrolments beyond the cap, their exposures, and what was counted for them.
pub(crate) fn forget_beyond_cap(profile: &mut Profile) {
    if profile.enrolments.len() <= PROFILE_CAMPAIGNS_MAX {
        return;
    }
    keep_greatest(&mut profile.enrolments, PROFILE_CAMPAIGNS_MAX, newest_enrolment);
    let (enrolments, tallies) = (&profile.enrolments, &mut profile.tallies);
    for tally in tallies {
        tally.campaigns.retain(|counted| {
            enrolments.binary_search_by(|known| known.campaign.cmp(&counted.campaign)).is_ok()
        });
    }
    let exposures = enrolments.iter().map(|known| RecentKey::exposure(&known.campaign));
    let exposures: Vec<RecentKey> = exposures.collect();
    profile.recent.retain(|entry| !entry.key().is_exposure() || exposures.contains(&entry.key()));
    profile.recent.shrink_to_fit();
}

/// Enrols the customer or moves the latest exposure; whether the customer was new to the campaign.
fn enrol(profile: &mut Profile, at: Timestamp, exposure: &Exposure) -> bool {
    let by_key = |known: &Enrolment| known.campaign.cmp(&exposure.campaign);
    match profile.enrolments.binary_search_by(by_key) {
        Ok(place) => {
            let known = &mut profile.enrolments[place];
            known.last_at = known.last_at.max(at);
            false
        }
        Err(place) => {
            let new = Enrolment {
                campaign: exposure.campaign.clone(),
                variant: exposure.variant.clone(),
                since: at,
                last_at: at,
                attribution_until: exposure.attribution_until,
            };
            insert_tight(&mut profile.enrolments, place, new);
            true
        }
    }
}

fn engaged(
    profile: &mut Profile,
    promotion: Option<&Promotion>,
    which: impl FnOnce(&mut CampaignTally) -> &mut u32,
) {
    let Some(promotion) = promotion else { return };
    let Some(enrolment) = profile.enrolment(&promotion.campaign) else { return };
    if promotion.variant.as_ref().is_some_and(|variant| *variant != enrolment.variant) {
        return;
    }
    // The enrolment's own key is shared, so that a campaign's name is in memory once.
    let campaign = enrolment.campaign.clone();
    let counted = which(own_tally(profile, &campaign));
    *counted = counted.saturating_add(1);
}
