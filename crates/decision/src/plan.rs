//! What runs for a tenant.
//!
//! A plan is made whole, checked, and never changed; the next one replaces it. Whoever decides takes one
//! plan at the beginning and uses it to the end, so a decision never sees half of a change.

use experiments::{Assignment, SplitError};
use model::{
    Arm, Campaign, CampaignKey, CustomerId, Discount, Experiment, Goal, GoalKey, Holdout, LayerKey,
    Offer, Profile, SplitKey, TenantKey, TermsKey, Variant, View,
};
use plugins::Host;
use rules::clashes;

use crate::holdout::Gate;
use crate::index::{Index, Rank};
use crate::layers::Layer;
use crate::limits::CAMPAIGNS_MAX;
use crate::rule::{Compiled, Rule};

/// A campaign and the rule that chooses its customers.
#[derive(Clone)]
pub struct Planned {
    /// The campaign.
    pub campaign: Campaign,
    /// The rule that its `when` states or names.
    pub rule: Rule,
}

/// All campaigns of a tenant at one time. Immutable; a change is a new plan of a higher version.
pub struct Plan {
    version: u64,
    tenant: TenantKey,
    host: Host,
    compiled: Option<Compiled>,
    /// In the order in which they are asked.
    entries: Vec<Entry>,
    index: Index,
    layers: Vec<Layer>,
    gate: Option<Gate>,
    goals: Vec<Goal>,
}

/// A campaign with what is worked out once.
pub(crate) struct Entry {
    pub(crate) planned: Planned,
    assignment: Assignment,
    /// The key of the split by which it assigns.
    pub(crate) split: SplitKey,
    /// What its arms offer.
    pub(crate) terms: TermsKey,
    /// SHA-256 of the module that has the rule.
    pub(crate) rule_digest: [u8; 32],
    /// Its layer, by the place in [`Plan::layers`].
    pub(crate) layer: Option<usize>,
    /// The largest percentage that any of its offers takes off: a plugin must not suggest more.
    pub(crate) percent_max: Option<u8>,
}

/// Why campaigns make no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There are too many campaigns.
    #[error("{0} campaigns are more than {CAMPAIGNS_MAX}")]
    TooManyCampaigns(usize),
    /// Two campaigns have the same name.
    #[error("two campaigns are named {0}")]
    DuplicateCampaign(CampaignKey),
    /// A campaign's weights divide nothing.
    #[error("the experiment of campaign {campaign} divides nobody")]
    Split {
        /// The campaign.
        campaign: CampaignKey,
        /// What is wrong with the weights.
        source: SplitError,
    },
    /// Two campaigns have the same customers of a layer.
    #[error("campaigns {first} and {second} have the same customers of layer {layer}")]
    SharedLayer {
        /// The layer.
        layer: LayerKey,
        /// The campaign whose range begins first.
        first: CampaignKey,
        /// The other.
        second: CampaignKey,
    },
    /// A campaign's control is none of its variants, or a variant's offer none of its offers.
    #[error("campaign {0} refers to a variant or an offer that it does not have")]
    BrokenReference(CampaignKey),
    /// A campaign's rule is none of the plan's.
    #[error("the rule of campaign {0} is none of those that were compiled for the plan")]
    UnknownRule(CampaignKey),
}

// === impl Plan ===

impl Plan {
    /// Makes a plan. `host` is the one that loaded the plugins and the rules in CEL, if any; its clock
    /// bounds each decision.
    ///
    /// # Errors
    /// When there are too many campaigns, two have the same name or the same customers of a layer, one has a
    /// rule that is not in `compiled`, or one is not whole in itself. A campaign that was read by `rules` is.
    pub fn new(
        version: u64,
        tenant: TenantKey,
        host: Host,
        mut campaigns: Vec<Planned>,
        compiled: Option<Compiled>,
    ) -> Result<Self, PlanError> {
        if campaigns.len() > CAMPAIGNS_MAX {
            return Err(PlanError::TooManyCampaigns(campaigns.len()));
        }
        campaigns.sort_by(|a, b| {
            let (a, b) = (&a.campaign, &b.campaign);
            b.priority.cmp(&a.priority).then_with(|| a.key.cmp(&b.key))
        });
        let mut keys: Vec<&CampaignKey> = campaigns.iter().map(|it| &it.campaign.key).collect();
        keys.sort_unstable();
        if let Some(twice) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(PlanError::DuplicateCampaign(twice[0].clone()));
        }
        if let Some(clash) = clashes(campaigns.iter().map(|it| &it.campaign)).into_iter().next() {
            let (first, second) = (clash.first.key.clone(), clash.second.key.clone());
            return Err(PlanError::SharedLayer { layer: clash.layer.clone(), first, second });
        }
        let entry = |planned| Entry::new(planned, compiled.as_ref());
        let mut entries = campaigns.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let layers = layers(&mut entries);
        let mut index = Index::default();
        for (rank, entry) in entries.iter().enumerate() {
            let campaign = &entry.planned.campaign;
            index.insert(rank, &campaign.placement, &campaign.pages);
        }
        let goals = goals(&entries);
        Ok(Self { version, tenant, host, compiled, entries, index, layers, gate: None, goals })
    }

    /// The same plan, with customers held out of all its campaigns.
    ///
    /// # Errors
    /// When the holdout holds out nobody or everybody.
    pub fn holding_out(self, holdout: Holdout) -> Result<Self, PlanError> {
        let campaign = holdout.key.clone();
        let gate = Gate::new(holdout).map_err(|source| PlanError::Split { campaign, source })?;
        Ok(Self { gate: Some(gate), ..self })
    }

    /// Its version, which exposures carry.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whose plan it is.
    pub fn tenant(&self) -> &TenantKey {
        &self.tenant
    }

    /// The campaigns in the order in which they are asked: by priority, then by name.
    pub fn campaigns(&self) -> impl ExactSizeIterator<Item = &Planned> {
        self.entries.iter().map(|entry| &entry.planned)
    }

    /// The campaign of a name.
    pub fn campaign(&self, key: &CampaignKey) -> Option<&Planned> {
        self.campaigns().find(|planned| planned.campaign.key == *key)
    }

    /// The arms in which a customer is by now, of the campaigns in which they are.
    pub fn arms_of<'p>(&'p self, profile: &'p Profile) -> impl Iterator<Item = Arm<'p>> {
        let campaigns = self.entries.iter().map(|entry| (&entry.planned.campaign.key, entry));
        let entered = campaigns.filter(|(campaign, _)| profile.enrolment(campaign).is_some());
        entered.map(|(campaign, entry)| {
            let (variant, _) = entry.arm_of(profile);
            Arm { campaign, variant: &variant.key, terms: entry.terms }
        })
    }

    /// Who is held out of all its campaigns, if anybody is.
    pub fn holdout(&self) -> Option<&Holdout> {
        self.gate().map(Gate::holdout)
    }

    /// What its campaigns count as success besides orders, each measure once.
    pub fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// The rules in CEL, if the plan has any.
    pub(crate) fn compiled(&self) -> Option<&Compiled> {
        self.compiled.as_ref()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A layer of its campaigns.
    pub(crate) fn layer(&self, place: usize) -> &Layer {
        &self.layers[place]
    }

    pub(crate) const fn gate(&self) -> Option<&Gate> {
        self.gate.as_ref()
    }

    /// The campaigns that a page view can concern, in the order in which they are asked.
    pub(crate) fn candidates(&self, view: &View) -> Vec<Rank> {
        self.index.candidates(view)
    }

    /// The clock that bounds decisions, in epochs of the plugin host.
    pub(crate) fn tick(&self) -> u64 {
        self.host.tick()
    }
}

/// The layers of campaigns, of which each entry notes its own.
fn layers(entries: &mut [Entry]) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for entry in entries {
        let campaign = &entry.planned.campaign;
        let Some(range) = &campaign.experiment.layer else { continue };
        let place = layers.iter().position(|known| *known.key() == range.layer);
        let place = place.unwrap_or_else(|| {
            layers.push(Layer::new(range.layer.clone()));
            layers.len() - 1
        });
        layers[place].insert(&campaign.key);
        entry.layer = Some(place);
    }
    layers
}

/// The goals of campaigns that are not orders; of those that measure the same, one.
fn goals(entries: &[Entry]) -> Vec<Goal> {
    let all = entries.iter().map(|entry| &entry.planned.campaign.goal);
    let mut goals: Vec<Goal> = all.filter(|goal| goal.key() != GoalKey::ORDERS).cloned().collect();
    goals.sort_by_key(Goal::key);
    goals.dedup_by_key(|goal| goal.key());
    goals
}

// === impl Entry ===

impl Entry {
    fn new(planned: Planned, compiled: Option<&Compiled>) -> Result<Self, PlanError> {
        let campaign = &planned.campaign;
        let experiment = &campaign.experiment;
        let assignment = assignment_of(experiment)
            .map_err(|source| PlanError::Split { campaign: campaign.key.clone(), source })?;
        let (split, terms) = (SplitKey::of(experiment), TermsKey::of(campaign));
        let has_offer = |offer: Option<usize>| offer.is_none_or(|it| it < campaign.offers.len());
        let is_arm = |place: usize| place < experiment.variants.len();
        let is_whole = is_arm(experiment.control)
            && experiment.holdout.is_none_or(is_arm)
            && experiment.variants.iter().all(|variant| has_offer(variant.offer));
        if !is_whole {
            return Err(PlanError::BrokenReference(campaign.key.clone()));
        }
        let percent_max = campaign.offers.iter().filter_map(|offer| percent_of(offer)).max();
        let rule_digest = planned.rule.digest(compiled);
        let rule_digest =
            rule_digest.ok_or_else(|| PlanError::UnknownRule(campaign.key.clone()))?;
        Ok(Self { planned, assignment, split, terms, rule_digest, layer: None, percent_max })
    }

    /// The customer's arm, and whether it was kept from an earlier exposure. One that the campaign no longer has
    /// is replaced by the one that a new customer would get.
    pub(crate) fn arm_of(&self, profile: &Profile) -> (&Variant, bool) {
        let campaign = &self.planned.campaign;
        let enrolment = profile.enrolment(&campaign.key);
        let kept = enrolment.and_then(|it| campaign.experiment.variant(&it.variant));
        kept.map_or_else(|| (self.assign(profile.id), false), |variant| (variant, true))
    }

    /// The arm of a customer who is new.
    pub(crate) fn assign(&self, customer: CustomerId) -> &Variant {
        let Experiment { variants, holdout, .. } = &self.planned.campaign.experiment;
        let assigned = self.assignment.of(&customer.to_string());
        match (assigned, *holdout) {
            (None, holdout) => &variants[holdout.expect("nobody is held out without a holdout")],
            // Those who are held out have no part in the split.
            (Some(place), Some(holdout)) if place >= holdout => &variants[place + 1],
            (Some(place), _) => &variants[place],
        }
    }
}

/// How the customers of an experiment are assigned.
fn assignment_of(experiment: &Experiment) -> Result<Assignment, SplitError> {
    let Experiment { salt, variants, holdout, .. } = experiment;
    let all = variants.iter().enumerate().map(|(place, variant)| (place, variant.weight));
    let (held, others): (Vec<_>, Vec<_>) = all.partition(|(place, _)| Some(*place) == *holdout);
    let weights: Vec<u32> = others.into_iter().map(|(_, weight)| weight).collect();
    let assignment = Assignment::new(salt, &weights)?;
    match held.first() {
        // That the others have no larger sum than is allowed was just checked.
        Some(&(_, weight)) => assignment.holding_out(weight, weights.iter().sum()),
        None => Ok(assignment),
    }
}

/// The percentage that an offer takes off, if it takes off one.
pub(crate) fn percent_of(offer: &Offer) -> Option<u8> {
    match offer.discount {
        Some(Discount::Percent(percent)) => Some(percent),
        Some(Discount::Amount(_)) | None => None,
    }
}
