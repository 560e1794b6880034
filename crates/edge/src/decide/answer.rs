//! Writing the answer.

use model::{
    CampaignKey, CustomerId, Decision, Discount, Explanation, Exposure, Judgement, Offer,
    OfferMade, Reason, Texts,
};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::text::Filled;

/// What a page is told. All of it is borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    /// The decision's name, a UUID.
    pub(crate) decision_id: &'a str,
    /// The customer's canonical name.
    pub(crate) customer: CustomerId,
    /// The version of the plan that decided.
    pub(crate) plan_version: u64,
    /// The page's language tag, which chooses the texts.
    pub(crate) locale: &'a str,
    /// The decision.
    pub(crate) decision: &'a Decision,
    /// A token for each offer that can be redeemed, in the order of the offers.
    pub(crate) tokens: &'a [Option<String>],
    /// Whether to tell why each campaign did or did not answer.
    pub(crate) explain: bool,
}

struct Offers<'a>(Answer<'a>);

struct Made<'a> {
    made: &'a OfferMade,
    token: Option<&'a str>,
    locale: &'a str,
}

/// What an offer says.
pub(crate) struct Content<'a> {
    /// The offer.
    pub(crate) made: &'a OfferMade,
    /// The page's language tag, which chooses the texts.
    pub(crate) locale: &'a str,
    /// What it can be redeemed with, where the token is told as a part of the offer.
    pub(crate) token: Option<&'a str>,
}

/// What an offer takes off.
pub(crate) struct Taken<'a>(pub(crate) &'a Discount);

struct Words<'a> {
    texts: &'a Texts,
    values: &'a [(Box<str>, Box<str>)],
}

struct Arms<'a>(&'a [Exposure]);

struct Explanations<'a>(&'a Decision);

struct Explained<'a> {
    explanation: &'a Explanation,
    decision: &'a Decision,
}

/// Serialises a value by its `Display`, straight into the output.
struct Shown<T>(T);

// === impl Answer ===

impl Answer<'_> {
    /// Appends the answer as JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        serde_json::to_writer(out, self).expect("text and numbers are JSON, and a Vec takes all");
    }
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("decisionId", self.decision_id)?;
        map.serialize_entry("customerId", &Shown(self.customer))?;
        map.serialize_entry("planVersion", &self.plan_version)?;
        map.serialize_entry("offers", &Offers(*self))?;
        map.serialize_entry("experiments", &Arms(&self.decision.exposures))?;
        if self.explain {
            map.serialize_entry("explanations", &Explanations(self.decision))?;
        }
        map.end()
    }
}

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

// === impl Offers ===

impl Serialize for Offers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Answer { decision, tokens, locale, .. } = self.0;
        let mut list = serializer.serialize_seq(Some(decision.offers.len()))?;
        for (place, made) in decision.offers.iter().enumerate() {
            list.serialize_element(&Made {
                made,
                token: tokens.get(place).and_then(Option::as_deref),
                locale,
            })?;
        }
        list.end()
    }
}

impl Serialize for Made<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("campaign", self.made.campaign.as_str())?;
        map.serialize_entry("variant", self.made.variant.as_str())?;
        map.serialize_entry("placement", self.made.placement.as_str())?;
        let (made, locale) = (self.made, self.locale);
        map.serialize_entry("offer", &Content { made, locale, token: None })?;
        if let Some(token) = self.token {
            map.serialize_entry("token", token)?;
        }
        map.end()
    }
}

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let offer: &Offer = &self.made.offer;
        let chosen = self.made.discount_percent.map(Discount::Percent);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("key", offer.key.as_str())?;
        map.serialize_entry("kind", offer.kind.as_str())?;
        if let Some(discount) = chosen.as_ref().or(offer.discount.as_ref()) {
            map.serialize_entry("discount", &Taken(discount))?;
        }
        if let Some(texts) = offer.texts_for(self.locale) {
            map.serialize_entry("text", &Words { texts, values: &self.made.values })?;
        }
        if let Some(link) = &offer.link {
            map.serialize_entry("link", &**link)?;
        }
        if let Some(token) = self.token {
            map.serialize_entry("token", token)?;
        }
        map.end()
    }
}

impl Serialize for Taken<'_> {
    /// `{"percent":20,"of":"cart"}`, or an amount in minor units: `{"amountMinor":500,
    /// "currency":"EUR","of":"cart"}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            Discount::Percent(percent) => map.serialize_entry("percent", percent)?,
            Discount::Amount(money) => {
                map.serialize_entry("amountMinor", &money.minor)?;
                map.serialize_entry("currency", money.currency.code())?;
            }
        }
        map.serialize_entry("of", "cart")?;
        map.end()
    }
}

impl Serialize for Words<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Texts { title, body, action } = self.texts;
        let mut map = serializer.serialize_map(Some(3))?;
        for (name, text) in [("title", title), ("body", body), ("action", action)] {
            map.serialize_entry(name, &Shown(Filled { text, values: self.values }))?;
        }
        map.end()
    }
}

// === impl Arms ===

impl Serialize for Arms<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let arms = self.0.iter();
        serializer.collect_map(arms.map(|arm| (arm.campaign.as_str(), arm.variant.as_str())))
    }
}

// === impl Explanations ===

impl Serialize for Explanations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.0.explanations.iter();
        serializer.collect_seq(all.map(|explanation| Explained { explanation, decision: self.0 }))
    }
}

impl Serialize for Explained<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Explanation { campaign, judgement } = self.explanation;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("campaign", campaign.as_str())?;
        map.serialize_entry("judgement", judgement_name(judgement))?;
        match judgement {
            Judgement::Shown(reason) | Judgement::Withheld(reason) => {
                let Reason { variant, kept, text } = reason;
                map.serialize_entry("variant", variant.as_str())?;
                map.serialize_entry("kept", kept)?;
                map.serialize_entry("reason", &**text)?;
            }
            Judgement::Forced { variant, .. } => {
                map.serialize_entry("variant", variant.as_str())?;
            }
            Judgement::Outranked { by }
            | Judgement::GroupTaken { by }
            | Judgement::NotStacked { by }
            | Judgement::ElsewhereInLayer { by: Some(by) } => {
                map.serialize_entry("by", by.as_str())?;
            }
            Judgement::Faulty(_)
            | Judgement::OtherPage
            | Judgement::OtherPlacement
            | Judgement::OutsideSchedule
            | Judgement::NotRepeated
            | Judgement::PageFull
            | Judgement::CustomerFull
            | Judgement::CustomerLimit
            | Judgement::BudgetSpent
            | Judgement::NotEligible
            | Judgement::HeldOut
            | Judgement::ElsewhereInLayer { by: None } => {}
        }
        if let Judgement::Faulty(kind) | Judgement::Forced { fault: Some(kind), .. } = judgement {
            map.serialize_entry("fault", kind.as_str())?;
            if let Some(detail) = fault_detail(self.decision, campaign) {
                map.serialize_entry("detail", detail)?;
            }
        }
        map.end()
    }
}

fn fault_detail<'a>(decision: &'a Decision, campaign: &CampaignKey) -> Option<&'a str> {
    let mut faults = decision.faults.iter();
    faults.find(|fault| fault.campaign == *campaign).map(|fault| &*fault.detail)
}

/// The word for a judgement on the wire.
const fn judgement_name(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Shown(_) => "shown",
        Judgement::Withheld(_) => "withheld",
        Judgement::HeldOut => "held-out",
        Judgement::ElsewhereInLayer { .. } => "elsewhere-in-layer",
        Judgement::Forced { .. } => "forced",
        Judgement::Outranked { .. } => "outranked",
        Judgement::OtherPage => "other-page",
        Judgement::OtherPlacement => "other-placement",
        Judgement::OutsideSchedule => "outside-schedule",
        Judgement::GroupTaken { .. } => "group-taken",
        Judgement::NotStacked { .. } => "not-stacked",
        Judgement::NotRepeated => "not-repeated",
        Judgement::PageFull => "page-full",
        Judgement::CustomerFull => "customer-full",
        Judgement::CustomerLimit => "customer-limit",
        Judgement::BudgetSpent => "budget-spent",
        Judgement::NotEligible => "not-eligible",
        Judgement::Faulty(_) => "faulty",
    }
}
