//! What a page view and an evaluation of flags have in common: a decision is made, and then recorded.
//!
//! ```text
//!            page view                      flags, previews
//! find       recorded as an event           as they are known,        Seen
//!                                           a preview's view folded
//!                                           into a copy
//! make       the plan decides; budgets lend what it shows             Made
//!                                           nothing new: dropped, and nothing has happened
//! record     exposures and what they reserve; else less is offered    Settled
//!            a token for each offer that can be redeemed
//! ```
//!
//! Decisions about one customer are made at once, so that none waits for another's rules. One that another has
//! overtaken, so that it would pass a limit of the customer's, is made anew about the customer as they are then.
//!
//! Nothing that fails on our side reaches the shop. What cannot be recorded because the journal is behind, or
//! a profile that cannot be loaded, ends as a decision with no more offers than can be stood by, none that is paid
//! for from a budget or redeemed, and a metric counts it. How the question came, and how it is answered, is none of
//! this module's business. Read on in `made`.

mod made;

use std::sync::Arc;

use decision::{Explain, Forced, Plan, Visit};
use model::{CampaignKey, CustomerId, Profile, Recent, TenantKey, Timestamp, TraitValue, View};
use uuid::Uuid;

pub(crate) use made::{Made, Settled};

use crate::digest::digest;
use crate::limits::ON_PAGE_MAX;
use crate::record::RecordError;
use crate::service::Service;
use crate::upkeep::chain;

/// What is asked about a customer.
pub(crate) struct Question<'a> {
    /// Whose shop it is.
    pub(crate) tenant: &'a TenantKey,
    /// The page, as rules and plugins see it.
    pub(crate) view: Arc<View>,
    /// Traits that are taken as known, for this decision only.
    pub(crate) traits: &'a [(Box<str>, TraitValue)],
    /// Whether to tell why each campaign did or did not answer.
    pub(crate) explain: Explain,
    /// The arms that are wanted, whoever the customer is.
    pub(crate) forced: Forced,
    /// The time as of which to decide.
    pub(crate) at: Timestamp,
    /// The server's time. What is reserved must not wait for a time that a caller names.
    pub(crate) now: Timestamp,
}

/// The customer as the question finds them.
pub(crate) struct Seen {
    pub(crate) profile: Arc<Profile>,
    /// Whether the question is new and can be recorded. One that is repeated, or that the journal had no
    /// room for, exposes nobody, so it must not enrol anybody either; neither must one that only looks.
    pub(crate) visit: Visit,
    /// What the page has already.
    pub(crate) on_page: Vec<Show>,
}

/// What a page has of a campaign by a recorded exposure, be it an offer or the lack of one.
#[derive(Clone, Debug)]
pub(crate) struct Show {
    pub(crate) campaign: CampaignKey,
    /// The decision by which the customer was exposed to it.
    pub(crate) decision: Uuid,
    /// The exposure as the profile remembers it.
    exposure: Recent,
    /// When it was made, by the server's clock, or before.
    pub(crate) since: Timestamp,
}

/// The customer as they are known without this question, from the disk if need be.
pub(crate) fn find(
    service: &Service,
    tenant: &TenantKey,
    customer: CustomerId,
    at: Timestamp,
) -> Arc<Profile> {
    let find = || as_known(service, tenant, customer, at);
    let hot = service.recorder.is_hot_profile(customer);
    if hot { find() } else { tokio::task::block_in_place(find) }
}

/// The customer as they are known without this question, or a stranger where nothing is known or can be
/// loaded.
pub(crate) fn as_known(
    service: &Service,
    tenant: &TenantKey,
    customer: CustomerId,
    at: Timestamp,
) -> Arc<Profile> {
    let profile = service.recorder.profile(customer).unwrap_or_else(|error| {
        shed(service, "profile", &error.into());
        None
    });
    let stranger = || Arc::new(Profile::new(tenant.clone(), customer, at));
    profile.unwrap_or_else(stranger)
}

/// Counts, and logs, that something could not be recorded or loaded.
pub(crate) fn shed(service: &Service, what: &'static str, error: &RecordError) {
    service.metrics.shed(what);
    match error {
        RecordError::Journal(error) => tracing::debug!(what, error = %chain(error), "not recorded"),
        RecordError::Store(error) => {
            tracing::error!(what, error = %chain(error), "a profile cannot be loaded");
        }
    }
}

/// What a page has of the campaigns in which its customer is. `decisions` tells by which decisions it may have an arm;
/// the first is believed by which an exposure to that arm is remembered, of less than [`ON_PAGE_MAX`] before `at`.
pub(crate) fn on_page<D: IntoIterator<Item = Uuid>>(
    plan: Option<&Arc<Plan>>,
    profile: &Profile,
    at: Timestamp,
    decisions: impl Fn(&CampaignKey) -> D,
) -> Vec<Show> {
    let since = at.minus(ON_PAGE_MAX);
    let arms = plan.into_iter().flat_map(|plan| plan.arms_of(profile));
    let shows = arms.filter_map(|arm| {
        decisions(arm.campaign).into_iter().find_map(|decision| {
            let exposure = profile.exposure_by(decision.as_u128(), arm)?;
            let show = || Show::new(arm.campaign, decision, exposure);
            (exposure.at() > since).then(show)
        })
    });
    shows.collect()
}

// === impl Seen ===

impl Seen {
    /// A page that has nothing yet.
    pub(crate) const fn new(profile: Arc<Profile>, visit: Visit) -> Self {
        Self { profile, visit, on_page: Vec::new() }
    }
}

// === impl Show ===

impl Show {
    /// The show of an exposure that is recorded.
    pub(crate) fn new(campaign: &CampaignKey, decision: Uuid, exposure: Recent) -> Self {
        Self { campaign: campaign.clone(), decision, exposure, since: exposure.at() }
    }

    /// What its tokens have in common, and no other show has: the decision, the time as of which the exposure was
    /// recorded, and the campaign. A page view that is sent again after a day has the name that it had, but another time.
    fn number(&self, tenant: &TenantKey) -> u128 {
        let at = self.exposure.at().ms().to_be_bytes();
        let (tenant, key) = (tenant.as_str().as_bytes(), self.campaign.as_str().as_bytes());
        u128::from_be_bytes(digest(&[self.decision.as_bytes(), &at, tenant, b"/", key]))
    }
}

#[cfg(test)]
mod tests;
