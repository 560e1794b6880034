//! What a marketer wants: who is to see which offer, where, and how it is tested.

use std::sync::Arc;
use std::time::Duration;

use crate::{CampaignKey, Money, OfferKey, Placement, Timestamp, VariantKey};

/// One campaign of one tenant, checked as a whole: every variant's offer exists, weights are positive,
/// the control is one of the variants.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Its name.
    pub key: CampaignKey,
    /// Where on the page its offers appear.
    pub placement: Placement,
    /// On which pages; empty means on all.
    pub pages: Vec<PagePattern>,
    /// When it runs.
    pub schedule: Schedule,
    /// Of several offers for one placement the highest priority wins, then the smaller key.
    pub priority: i32,
    /// Whom it is for.
    pub when: When,
    /// How it is tested.
    pub experiment: Experiment,
    /// What the variants offer.
    pub offers: Vec<Arc<Offer>>,
    /// What counts as success.
    pub goal: Goal,
}

/// A path, or the beginning of paths when written with a final `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PagePattern {
    /// Just this path.
    Exact(Box<str>),
    /// Every path that begins so.
    Prefix(Box<str>),
}

/// From when until when a campaign runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Not at or after this time.
    pub until: Option<Timestamp>,
}

/// Who is eligible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Whom a WebAssembly plugin chooses: a path relative to the campaign's file.
    Plugin(Box<str>),
}

/// How customers are divided among variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// Hashed together with the customer's id; campaigns with different salts divide independently.
    pub salt: Box<str>,
    /// The arms in the order written; weights above 0.
    pub variants: Vec<Variant>,
    /// The arm that others are compared with: a place in `variants`.
    pub control: usize,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub key: VariantKey,
    /// Its share, relative to the sum of all weights.
    pub weight: u32,
    /// What it offers: a place in the campaign's `offers`; `None` shows nothing.
    pub offer: Option<usize>,
}

/// What a customer is offered. Data only; the page builds the elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name.
    pub key: OfferKey,
    /// How it is shown.
    pub kind: OfferKind,
    /// What is taken off, if anything.
    pub discount: Option<Discount>,
    /// Texts by BCP 47 language tag in lower case (`de`, `de-at`), the first being the default.
    pub texts: Vec<(Box<str>, Texts)>,
    /// Where the action leads: a path, or an https URL.
    pub link: Option<Box<str>>,
}

/// How an offer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// Over the page.
    Interstitial,
    /// A strip on the page.
    Banner,
    /// A short note.
    Message,
    /// Products that go well with others.
    Recommendation,
    /// A code to use at the checkout.
    Coupon,
}

/// What is taken off the cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// A share of the cart's value, 1 to 100.
    Percent(u8),
    /// A fixed amount.
    Amount(Money),
}

/// The words of an offer in one language. `{name}` stands for a value that the plugin gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The heading.
    pub title: Box<str>,
    /// The text below.
    pub body: Box<str>,
    /// What is written on the button.
    pub action: Box<str>,
}

/// What counts as success of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Orders this long after the customer's first exposure still count.
    pub attribution_window: Duration,
}

// === impl PagePattern ===

impl PagePattern {
    /// Whether a path is meant.
    pub fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => **exact == *path,
            Self::Prefix(prefix) => path.starts_with(&**prefix),
        }
    }
}

// === impl Schedule ===

impl Schedule {
    /// Whether the campaign runs at `now`.
    pub fn includes(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

// === impl Experiment ===

impl Experiment {
    /// The variant of a name.
    pub fn variant(&self, key: &VariantKey) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.key == *key)
    }
}

// === impl OfferKind ===

impl OfferKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Interstitial, Self::Banner, Self::Message, Self::Recommendation, Self::Coupon];

    /// The word for it in files and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interstitial => "interstitial",
            Self::Banner => "banner",
            Self::Message => "message",
            Self::Recommendation => "recommendation",
            Self::Coupon => "coupon",
        }
    }
}

// === impl Offer ===

impl Offer {
    /// The texts for a locale such as `de-AT`: the whole tag, else its language, else the default.
    /// `None` when the offer has no texts.
    pub fn texts_for(&self, locale: &str) -> Option<&Texts> {
        let known = |tag: &str| {
            let mut all = self.texts.iter();
            all.find(|(known, _)| known.eq_ignore_ascii_case(tag)).map(|(_, texts)| texts)
        };
        let language = locale.split(['-', '_']).next().unwrap_or(locale);
        known(locale)
            .or_else(|| known(language))
            .or_else(|| self.texts.first().map(|(_, texts)| texts))
    }
}
