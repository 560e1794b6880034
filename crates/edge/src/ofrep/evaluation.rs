//! Writing the answers, and telling whether one is new.
//!
//! What an answer means is the customer, and each flag's key, reason, variant, placement and offer. What differs
//! between two equal answers is left out: the decision's name, the plan's version, and tokens, each of which is
//! another. But a token's time runs out while a page keeps it, so the meaning changes twice in that time, and a page
//! that polls has one that holds.

use model::{Campaign, CustomerId, Decision, Exposure, OfferMade, Timestamp};
use rules::limits::TOKEN_VALID_MAX;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::Tag;
use super::tag::Mark;
use crate::decide::Content;
use crate::deciding::Show;
use crate::keys::Kind;

/// Who reads an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Everybody.
    Public,
    /// The shop's servers.
    Shop,
}

/// A decision as flags. All of it is borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evaluation<'a> {
    /// The decision.
    pub(crate) decision: &'a Decision,
    /// A token for each offer that can be redeemed, in the order of the offers.
    pub(crate) tokens: &'a [Option<String>],
    /// The customer's canonical name.
    pub(crate) customer: CustomerId,
    /// The decision's name.
    pub(crate) decision_id: Uuid,
    /// What the page has by recorded exposures, by this decision or before.
    pub(crate) shows: &'a [Show],
    /// The version of the plan that decided.
    pub(crate) plan_version: u64,
    /// The page's language tag, which chooses the texts.
    pub(crate) locale: &'a str,
    /// When it is evaluated.
    pub(crate) at: Timestamp,
}

/// Why a flag has its value, of the reasons that the protocol has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Reason {
    Split,
    Disabled,
    Unknown,
}

/// One campaign as a flag.
struct Flag<'a> {
    campaign: &'a Campaign,
    reason: Reason,
    exposure: Option<&'a Exposure>,
    made: Option<&'a OfferMade>,
    of: Evaluation<'a>,
    detail: Detail,
}

/// What is told of an evaluation beside its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Nothing.
    Meaning,
    /// Everything.
    Whole,
}

struct Flags<'a> {
    campaigns: &'a [&'a Campaign],
    of: Evaluation<'a>,
    detail: Detail,
}

struct Bulk<'a>(Flags<'a>);

struct Metadata<'a> {
    of: Evaluation<'a>,
    placement: Option<&'a str>,
    detail: Detail,
}

// === impl Audience ===

impl From<Kind> for Audience {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Publishable => Self::Public,
            Kind::Secret | Kind::Admin => Self::Shop,
        }
    }
}

impl Audience {
    /// Whether a campaign is a flag for these readers.
    pub(crate) fn may_know(self, campaign: &Campaign, at: Timestamp) -> bool {
        self == Self::Shop || campaign.schedule.includes(at)
    }
}

// === impl Evaluation ===

impl<'a> Evaluation<'a> {
    /// Appends the answer about one campaign.
    pub(crate) fn write_one(&self, campaign: &'a Campaign, out: &mut Vec<u8>) {
        write(&self.flag(campaign, Detail::Whole), out);
    }

    /// Appends the answer about these campaigns.
    pub(crate) fn write_all(&self, campaigns: &'a [&'a Campaign], out: &mut Vec<u8>) {
        write(&Bulk(Flags { campaigns, of: *self, detail: Detail::Whole }), out);
    }

    /// The entity tag of the answer about these campaigns.
    pub(crate) fn tag(&self, campaigns: &'a [&'a Campaign]) -> Tag {
        let mut meaning = self.customer.to_u128().to_le_bytes().to_vec();
        let bare = Self { tokens: &[], ..*self };
        write(&Flags { campaigns, of: bare, detail: Detail::Meaning }, &mut meaning);
        for made in &self.decision.offers {
            meaning.extend(token_turn(made, self.at).to_le_bytes());
        }
        Tag::new(&meaning, campaigns.iter().filter_map(|campaign| self.mark(campaign)))
    }

    /// The mark of a campaign of which the page has an arm with this answer, or lost it by a fault on our side.
    fn mark(&self, campaign: &Campaign) -> Option<Mark> {
        let Decision { exposures, faults, .. } = self.decision;
        let has = exposures.iter().any(|exposure| exposure.campaign == campaign.key);
        let failed = || faults.iter().any(|fault| fault.campaign == campaign.key);
        let show = self.shows.iter().find(|show| show.campaign == campaign.key)?;
        (has || failed()).then(|| Mark::new(&campaign.key, show.decision))
    }

    fn flag(&self, campaign: &'a Campaign, detail: Detail) -> Flag<'a> {
        let decision = self.decision;
        let exposure = decision.exposures.iter().find(|it| it.campaign == campaign.key);
        let reason = match exposure {
            Some(_) => Reason::Split,
            None if campaign.schedule.includes(self.at) => Reason::Unknown,
            None => Reason::Disabled,
        };
        let made = decision.offers.iter().find(|it| it.campaign == campaign.key);
        Flag { campaign, reason, exposure, made, of: *self, detail }
    }

    fn token(&self, made: &OfferMade) -> Option<&'a str> {
        let place = self.decision.offers.iter().position(|it| it.campaign == made.campaign)?;
        self.tokens.get(place)?.as_deref()
    }
}

/// The number of half lives of an offer's tokens since 1970; 0 for an offer without one.
fn token_turn(made: &OfferMade, at: Timestamp) -> i64 {
    let Some(valid) = made.offer.token_valid else { return 0 };
    let half_ms = i64::try_from(valid.min(TOKEN_VALID_MAX).as_millis() / 2).unwrap_or(i64::MAX);
    at.ms().div_euclid(half_ms.max(1))
}

fn write(value: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("text and numbers are JSON, and a Vec takes all");
}

impl Serialize for Flag<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { campaign, reason, exposure, made, of, detail } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("key", campaign.key.as_str())?;
        map.serialize_entry("reason", reason)?;
        // Some clients cannot do without it, and no variant has an empty name.
        map.serialize_entry("variant", exposure.map_or("", |exposure| exposure.variant.as_str()))?;
        if let Some(made) = made {
            let content = Content { made, locale: of.locale, token: of.token(made) };
            map.serialize_entry("value", &content)?;
        }
        if exposure.is_some() {
            let placement = Some(campaign.placement.as_str());
            map.serialize_entry("metadata", &Metadata { of: *of, placement, detail: *detail })?;
        }
        map.end()
    }
}

impl Serialize for Flags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let campaigns = self.campaigns.iter();
        serializer.collect_seq(campaigns.map(|campaign| self.of.flag(campaign, self.detail)))
    }
}

impl Serialize for Bulk<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Flags { of, detail, .. } = self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("flags", &self.0)?;
        map.serialize_entry("metadata", &Metadata { of, placement: None, detail })?;
        map.end()
    }
}

impl Serialize for Metadata<'_> {
    /// `contextId` and `version` are OpenFeature's names for what its telemetry hooks pass on.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { of, placement, detail } = self;
        let mut map = serializer.serialize_map(None)?;
        if let Some(placement) = placement {
            map.serialize_entry("placement", placement)?;
        }
        if *detail == Detail::Whole {
            map.serialize_entry("decisionId", &of.decision_id.to_string())?;
            map.serialize_entry("contextId", &of.customer.to_string())?;
            map.serialize_entry("version", &of.plan_version.to_string())?;
        }
        map.end()
    }
}
