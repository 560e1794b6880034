//! Enrolment in experiments, and engagement with what they show.
//!
//! The first exposure enrols a customer and fixes the variant and its split, the goal, the window and what had
//! been brought before; others only move `last_at`, and one as of an earlier time the beginning of the window. What a
//! customer did is attributed by what the profile remembers (see [`model::CellShare`] and `model`'s profile module): here
//! each change of a share is found and told. At the cap the campaigns met longest ago are forgotten together with their
//! exposures and what was counted for them. Their share stays in the experiment's cells as it last was, since the orders did happen; a customer who
//! meets such a campaign again is enrolled, and counted, as a new one.

use std::cmp::Ordering;

use model::limits::PROFILE_CAMPAIGNS_MAX;
use model::{
    CampaignKey, CampaignTally, CellChange, CellShare, Change, Enrolment, Exposure, Profile,
    Promotion, Recent, RecentKey, Redemption, Span, Step, Tally, Timestamp,
};

use super::recent;
use crate::sorted::keep_greatest;

/// Folds what a decision showed, or by design did not show. `decision` is its name.
///
/// A customer who is enrolled already keeps the variant and its split, the goal and the attribution window,
/// which moves only where the exposure is an earlier one that was recorded late. `Change::cells` names the campaigns in
/// which the customer is new, with what was known to count already, and those in which a step was reached.
pub fn fold_exposures(
    profile: &mut Profile,
    at: Timestamp,
    decision: u128,
    exposures: &[Exposure],
) -> Change {
    let share = |profile: &Profile, exposure: &Exposure| profile.cell_share(&exposure.campaign);
    let before: Vec<_> = exposures.iter().map(|exposure| share(profile, exposure)).collect();
    for exposure in exposures {
        enrol(profile, at, exposure);
    }
    forget_beyond_cap(profile);
    for exposure in exposures {
        if profile.enrolment(&exposure.campaign).is_none() {
            continue;
        }
        recent::note(&mut profile.recent, Recent::exposure(exposure.arm(), at, decision));
        let tally = own_tally(profile, &exposure.campaign);
        let counted = if exposure.shown { &mut tally.shows } else { &mut tally.withheld };
        *counted = counted.saturating_add(1);
    }
    let cells = exposures.iter().zip(before).filter_map(|(exposure, before)| {
        let after = share(profile, exposure)?;
        changed(&exposure.campaign, before, after)
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
pub(super) fn seen(profile: &mut Profile, promotion: Option<&Promotion>) -> Vec<CellChange> {
    super::count(profile, |tally| &mut tally.promotion_views);
    engaged(profile, promotion, |tally| &mut tally.seen)
}

/// Counts that an offer was clicked, for its campaign too if the customer is enrolled in it.
pub(super) fn clicked(profile: &mut Profile, promotion: Option<&Promotion>) -> Vec<CellChange> {
    super::count(profile, |tally| &mut tally.promotion_clicks);
    engaged(profile, promotion, |tally| &mut tally.clicks)
}

/// Notes that something was put into the cart, for the campaigns in whose window it lies.
pub(super) fn filled_cart(profile: &mut Profile, at: Timestamp) -> Vec<CellChange> {
    let is_new = |profile: &Profile, known: &Enrolment| {
        known.holds(at) && !profile.steps(known).contains(Step::Cart)
    };
    change_cells(profile, is_new, |profile| {
        for known in &mut profile.enrolments {
            known.cart_at = first_since(known.since, known.cart_at, profile.carts, at);
        }
        profile.carts.extend(at);
    })
}

/// Notes that the checkout was begun, for the campaigns in whose window it lies.
pub(super) fn began_checkout(profile: &mut Profile, at: Timestamp) -> Vec<CellChange> {
    let is_new = |profile: &Profile, known: &Enrolment| {
        known.holds(at) && !profile.steps(known).contains(Step::Checkout)
    };
    change_cells(profile, is_new, |profile| {
        for known in &mut profile.enrolments {
            known.checkout_at = first_since(known.since, known.checkout_at, profile.checkouts, at);
        }
        profile.checkouts.extend(at);
    })
}

/// The earliest of all known times that is not before `since`. The span is about to forget the times
/// between its ends, so what it knew before the customer was known to be enrolled is taken from it now.
fn first_since(since: Timestamp, known: Timestamp, span: Span, at: Timestamp) -> Timestamp {
    let later = [span.first, span.last, at].into_iter().filter(|time| *time >= since);
    later.fold(known, Timestamp::min)
}

/// The tally of a campaign under the profile's own id.
pub(super) fn own_tally<'a>(
    profile: &'a mut Profile,
    campaign: &CampaignKey,
) -> &'a mut CampaignTally {
    tally_in(super::own_tally(profile), campaign)
}

/// The tally of a campaign under some id.
pub(super) fn tally_in<'a>(tally: &'a mut Tally, campaign: &CampaignKey) -> &'a mut CampaignTally {
    let place = match tally.campaigns.binary_search_by(|known| known.campaign.cmp(campaign)) {
        Ok(place) => place,
        Err(place) => {
            tally.campaigns.insert(place, CampaignTally::new(campaign.clone()));
            place
        }
    };
    &mut tally.campaigns[place]
}

/// Runs `f`, and tells how it changed the customer's share of the cells of those campaigns that
/// `concerns` says it can change.
pub(super) fn change_cells(
    profile: &mut Profile,
    concerns: impl Fn(&Profile, &Enrolment) -> bool,
    f: impl FnOnce(&mut Profile),
) -> Vec<CellChange> {
    let concerned = profile.enrolments.iter().filter(|known| concerns(profile, known));
    let campaigns: Vec<CampaignKey> = concerned.map(|known| known.campaign.clone()).collect();
    let before: Vec<_> = campaigns.iter().map(|campaign| profile.cell_share(campaign)).collect();
    f(profile);
    let cells = campaigns.iter().zip(before).filter_map(|(campaign, before)| {
        let after = profile.cell_share(campaign)?;
        changed(campaign, before, after)
    });
    cells.collect()
}

fn changed(
    campaign: &CampaignKey,
    before: Option<CellShare>,
    after: CellShare,
) -> Option<CellChange> {
    if before.as_ref() == Some(&after) {
        return None;
    }
    let before = before.into_iter().collect();
    Some(CellChange { campaign: campaign.clone(), before, after: Some(after) })
}

/// The join of two enrolments in one campaign: the earlier one, with what was known before it, and the
/// earliest of each step since.
pub(crate) fn join_enrolments(a: &Enrolment, b: &Enrolment) -> Enrolment {
    let before = |known: &Enrolment| -> Vec<_> {
        known.revenue_before.iter().map(|sum| (sum.currency, sum.minor)).collect()
    };
    let order = a.since.cmp(&b.since).then_with(|| a.variant.cmp(&b.variant));
    let order = order.then_with(|| a.attribution_until.cmp(&b.attribution_until));
    let order = order.then_with(|| a.goal.cmp(&b.goal));
    let order = order.then_with(|| a.split.cmp(&b.split));
    let order = order.then_with(|| before(a).cmp(&before(b)));
    let first = if order.is_le() { a } else { b };
    Enrolment {
        last_at: a.last_at.max(b.last_at),
        cart_at: a.cart_at.min(b.cart_at),
        checkout_at: a.checkout_at.min(b.checkout_at),
        ..first.clone()
    }
}

/// The order in which enrolments are forgotten at the cap: the campaign met longest ago first, so that none of those
/// goes that one decision is about, and the holdout, which is met once and lasts longer than most, last.
fn latest_enrolment(a: &Enrolment, b: &Enrolment) -> Ordering {
    let rank = |known: &Enrolment| (known.campaign.is_holdout(), known.last_at, known.since);
    rank(a).cmp(&rank(b)).then_with(|| a.campaign.cmp(&b.campaign))
}

/// Forgets the oldest enrolments beyond the cap, their exposures, and what was counted for them.
pub(crate) fn forget_beyond_cap(profile: &mut Profile) {
    if profile.enrolments.len() <= PROFILE_CAMPAIGNS_MAX {
        return;
    }
    keep_greatest(&mut profile.enrolments, PROFILE_CAMPAIGNS_MAX, latest_enrolment);
    let (enrolments, tallies) = (&profile.enrolments, &mut profile.tallies);
    for tally in tallies {
        tally.campaigns.retain(|counted| {
            enrolments.binary_search_by(|known| known.campaign.cmp(&counted.campaign)).is_ok()
        });
    }
    let exposures = enrolments.iter().map(|known| RecentKey::exposure(&known.campaign));
    let exposures: Vec<RecentKey> = exposures.collect();
    profile.recent.retain(|entry| !entry.key().is_exposure() || exposures.contains(&entry.key()));
}

/// Enrols the customer, or takes one more exposure into the enrolment. The arm that was recorded first stays
/// even where an exposure as of an earlier time is to another, as after a variant was renamed: who saw the
/// one must not be counted in the other. Of two profiles that are merged, the earlier enrolment stays.
fn enrol(profile: &mut Profile, at: Timestamp, exposure: &Exposure) {
    let place = profile.enrolments.binary_search_by(|known| known.campaign.cmp(&exposure.campaign));
    match place {
        Ok(place) => {
            let known = &mut profile.enrolments[place];
            known.last_at = known.last_at.max(at);
            if at < known.since {
                known.since = at;
                known.attribution_until = exposure.attribution_until;
                known.revenue_before = exposure.revenue_before.clone();
            }
        }
        Err(place) => {
            let new = Enrolment {
                campaign: exposure.campaign.clone(),
                variant: exposure.variant.clone(),
                split: exposure.split,
                since: at,
                last_at: at,
                goal: exposure.goal,
                attribution_until: exposure.attribution_until,
                revenue_before: exposure.revenue_before.clone(),
                cart_at: Timestamp::MAX,
                checkout_at: Timestamp::MAX,
            };
            profile.enrolments.insert(place, new);
        }
    }
}

/// Counts an engagement with an offer of a campaign in which the customer is enrolled. One that comes
/// before the enrolment, under another name of the customer, is not counted: the page speaks of an offer by
/// the name under which it was given.
fn engaged(
    profile: &mut Profile,
    promotion: Option<&Promotion>,
    which: impl FnOnce(&mut CampaignTally) -> &mut u32,
) -> Vec<CellChange> {
    let Some(promotion) = promotion else { return Vec::new() };
    let Some(enrolment) = profile.enrolment(&promotion.campaign) else { return Vec::new() };
    if promotion.variant.as_ref().is_some_and(|variant| *variant != enrolment.variant) {
        return Vec::new();
    }
    // The enrolment's own key is shared, so that a campaign's name is in memory once.
    let campaign = enrolment.campaign.clone();
    let is_meant = |_: &Profile, known: &Enrolment| known.campaign == campaign;
    change_cells(profile, is_meant, |profile| {
        let counted = which(own_tally(profile, &campaign));
        *counted = counted.saturating_add(1);
    })
}
