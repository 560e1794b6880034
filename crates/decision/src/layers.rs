//! Layers: campaigns that share customers out among one another.
//!
//! Each customer has a place in a layer, by a hash that knows nothing of any split, and each campaign of the layer
//! has a range of places. Who is enrolled in a campaign of the layer belongs to it whatever the ranges are by now; the
//! others go by the ranges. So a range can be moved while its campaign runs: it changes who comes, and nobody who is there.
//!
//! A merge can make one customer of two who are in different campaigns of a layer. Then the earliest first exposure
//! counts, as in all that is merged, and of two at the same time that of the smaller name.

use experiments::{bucket, layer_salt};
use model::{CampaignKey, LayerKey, LayerRange, Profile};

use crate::limits::LAYER_PLACES;

/// One layer of a plan.
#[derive(Debug)]
pub(crate) struct Layer {
    key: LayerKey,
    salt: Box<str>,
    /// Its campaigns, in the order of their names.
    campaigns: Vec<CampaignKey>,
}

/// Where a customer is in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Belonging<'p> {
    /// In a campaign, since the first exposure to it.
    In(&'p CampaignKey),
    /// In none yet, and at this place.
    At(u8),
}

// === impl Layer ===

impl Layer {
    /// A layer without campaigns.
    pub(crate) fn new(key: LayerKey) -> Self {
        let salt = layer_salt(key.as_str()).into();
        Self { key, salt, campaigns: Vec::new() }
    }

    /// Its name.
    pub(crate) const fn key(&self) -> &LayerKey {
        &self.key
    }

    /// Adds a campaign.
    pub(crate) fn insert(&mut self, campaign: &CampaignKey) {
        let place = self.campaigns.partition_point(|known| known < campaign);
        self.campaigns.insert(place, campaign.clone());
    }

    /// Where a customer is.
    pub(crate) fn belonging(&self, profile: &Profile) -> Belonging<'_> {
        let known = |campaign| self.campaigns.binary_search(campaign).ok();
        let enrolments = profile.enrolments.iter();
        let entered = enrolments.filter_map(|it| Some((it.since, known(&it.campaign)?)));
        match entered.min() {
            Some((_, place)) => Belonging::In(&self.campaigns[place]),
            None => Belonging::At(self.place_of(profile)),
        }
    }

    fn place_of(&self, profile: &Profile) -> u8 {
        let place = bucket(&self.salt, &profile.id.to_string(), LAYER_PLACES.into());
        u8::try_from(place).expect("below the number of places")
    }
}

// === impl Belonging ===

impl Belonging<'_> {
    /// Whether a campaign of the layer, with its range, is for the customer.
    pub(crate) fn allows(self, campaign: &CampaignKey, range: &LayerRange) -> bool {
        match self {
            Self::In(known) => known == campaign,
            Self::At(place) => range.includes(place),
        }
    }
}
