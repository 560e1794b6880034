//! What a marketer wants: who is to see which offer, where, and how it is tested.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::{
    CampaignKey, Goal, GroupKey, LayerKey, Money, OfferKey, Placement, Timestamp, VariantKey,
};

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
    /// Of the campaigns of one group at most one appears on a page view.
    pub group: Option<GroupKey>,
    /// Whether its offer may appear beside those of other campaigns; `false` appears alone or not at all.
    pub stacks: bool,
    /// Whom it is for.
    pub when: When,
    /// How often it is shown, and what it may cost.
    pub limits: Limits,
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

/// From when until when a campaign runs, and in which hours of the week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Not at or after this time.
    pub until: Option<Timestamp>,
    /// Only in these hours; at any hour when absent.
    pub hours: Option<Hours>,
}

/// The same hours on some days of each week, by the clocks of one time zone.
///
/// Daylight saving follows from that: an hour that the clocks skip has no time in it, and one that
/// they show twice lasts twice as long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Whose clocks.
    pub zone: TimeZone,
    /// On which days, from Monday on.
    pub days: [bool; 7],
    /// Minutes after midnight at which they begin: 0 to 1,439.
    pub from_minute: u16,
    /// Minutes after midnight at which they end: 1 to 1,440. Not later than the beginning means that
    /// they end on the next day, and the day is that of the beginning.
    pub until_minute: u16,
}

/// Who is eligible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Whom a rule is true for: its text, in CEL.
    Rule(Box<str>),
    /// Whom a WebAssembly plugin chooses: a path relative to the campaign's file.
    Plugin(Box<str>),
}

/// How often a campaign is shown, and what it may cost. What is shown and what an arm withholds by
/// design count alike wherever the arms would differ otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// To one customer.
    pub per_customer: Option<CustomerLimit>,
    /// How many shows in all.
    pub shows: Option<u64>,
    /// How much discount in all, in minor units of the currency.
    pub discount: Option<Money>,
}

/// How often one customer is exposed within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomerLimit {
    /// Exposures; at least 1.
    pub shows: u32,
    /// The time before each page view in which they are counted.
    pub within: Duration,
}

/// How customers are divided among variants.
///
/// Who is held out is drawn first and independently; the others are divided by their weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// Hashed together with the customer's id; campaigns with different salts divide independently.
    pub salt: Box<str>,
    /// The arms in the order written, and last those who are held out; weights above 0.
    pub variants: Vec<Variant>,
    /// The arm that others are compared with: a place in `variants`.
    pub control: usize,
    /// The arm of those who are held out, if any are: a place in `variants`.
    pub holdout: Option<usize>,
    /// Its part of a layer, if it shares customers out with other campaigns.
    pub layer: Option<LayerRange>,
}

/// A campaign's part of a layer: the customers whose place in it, 0 to 99, lies in a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerRange {
    /// The layer.
    pub layer: LayerKey,
    /// The first place.
    pub from: u8,
    /// The place behind the last: above `from`, at most 100.
    pub to: u8,
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
    /// How long a token for redeeming the offer is valid; `None` gives no token.
    pub token_valid: Option<Duration>,
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
        self.from.is_none_or(|from| from <= now)
            && self.until.is_none_or(|until| now < until)
            && self.hours.as_ref().is_none_or(|hours| hours.include(now))
    }
}

// === impl Hours ===

impl Hours {
    /// Whether `now` lies in them. A time beyond the year 9999 lies in none.
    pub fn include(&self, now: Timestamp) -> bool {
        let Ok(instant) = jiff::Timestamp::from_millisecond(now.ms()) else { return false };
        let local = self.zone.to_datetime(instant);
        let minute = u16::from(local.hour().cast_unsigned()) * 60
            + u16::from(local.minute().cast_unsigned());
        let today = local.weekday();
        if self.from_minute < self.until_minute {
            return self.is_on(today) && self.from_minute <= minute && minute < self.until_minute;
        }
        (self.is_on(today) && self.from_minute <= minute)
            || (self.is_on(today.previous()) && minute < self.until_minute)
    }

    fn is_on(&self, day: Weekday) -> bool {
        let place = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
        self.days[place]
    }
}

// === impl Limits ===

impl Limits {
    /// Whether the campaign can be used up.
    pub const fn has_budget(&self) -> bool {
        self.shows.is_some() || self.discount.is_some()
    }
}

// === impl Experiment ===

impl Experiment {
    /// The variant of a name.
    pub fn variant(&self, key: &VariantKey) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.key == *key)
    }
}

// === impl LayerRange ===

impl LayerRange {
    /// Whether a place is in the range.
    pub fn includes(&self, place: u8) -> bool {
        (self.from..self.to).contains(&place)
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

#[cfg(test)]
mod tests;
