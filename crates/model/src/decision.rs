//! The question of a page view, and its answer.

use std::sync::Arc;

use crate::{
    CampaignKey, GoalKey, Money, Offer, OfferKey, Placement, SplitKey, TermsKey, Timestamp,
    VariantKey,
};

/// A page view, as rules and plugins see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The whole address; empty when the shop sent none.
    pub url: Box<str>,
    /// The path, such as `/cart`.
    pub path: Box<str>,
    /// Where the visitor came from.
    pub referrer: Box<str>,
    /// The page's title.
    pub title: Box<str>,
    /// A language tag such as `de-DE`; empty when unknown.
    pub locale: Box<str>,
    /// `mobile`, `tablet`, `desktop` or what the shop calls it; empty when unknown.
    pub device: Box<str>,
    /// The placements that the page can fill; empty means any.
    pub placements: Vec<Placement>,
}

/// What to do on this page view. Faults inside are part of it: a decision never fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// At most one offer for each placement.
    pub offers: Vec<OfferMade>,
    /// The campaigns for which the customer became or stayed eligible, with the assigned variant.
    pub exposures: Vec<Exposure>,
    /// How often the customer had met those of them before that have a limit.
    pub met: Vec<Met>,
    /// What went wrong, by campaign.
    pub faults: Vec<Fault>,
    /// Why each campaign did or did not answer; empty unless asked for.
    pub explanations: Vec<Explanation>,
}

/// An offer in the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferMade {
    /// The campaign that makes it.
    pub campaign: CampaignKey,
    /// The customer's variant.
    pub variant: VariantKey,
    /// Where it goes.
    pub placement: Placement,
    /// What it says.
    pub offer: Arc<Offer>,
    /// A smaller discount that the plugin chose, in percent of the cart.
    pub discount_percent: Option<u8>,
    /// Values for the `{name}`s in the texts.
    pub values: Vec<(Box<str>, Box<str>)>,
}

/// That a customer was shown an offer, or by design was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The campaign.
    pub campaign: CampaignKey,
    /// The assigned variant.
    pub variant: VariantKey,
    /// Whether the offer is in the answer; `false` in an arm that shows nothing.
    pub shown: bool,
    /// What the campaign offered then.
    pub terms: TermsKey,
    /// The split under which the customer was assigned at first; a later exposure does not change it.
    pub split: SplitKey,
    /// What counts as success; a later exposure does not change it.
    pub goal: GoalKey,
    /// What happens until then counts for the campaign; a later exposure does not move it.
    pub attribution_until: Timestamp,
    /// What the customer had brought before the first exposure, as [`crate::Profile::revenue_before`] told it
    /// then; a later exposure does not change it.
    pub revenue_before: Box<[Money]>,
    /// SHA-256 of the plugin or rule module that found the customer eligible.
    pub rule_digest: [u8; 32],
}

/// An arm of a campaign in which a customer is, as far as a profile can tell it from others later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm<'a> {
    /// The campaign.
    pub campaign: &'a CampaignKey,
    /// The variant.
    pub variant: &'a VariantKey,
    /// What the campaign offers.
    pub terms: TermsKey,
}

/// How often a customer had met a campaign when it was decided on: no more than its limit allows, and once more would be
/// one more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// The campaign.
    pub campaign: CampaignKey,
    /// From when on exposures to it count.
    pub since: Timestamp,
    /// How many there were.
    pub times: u32,
}

/// What one show holds back of its campaign's budget until the page confirms it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The campaign.
    pub campaign: CampaignKey,
    /// The discount that was shown; `None` where the budget counts shows alone.
    pub discount: Option<Money>,
    /// By the server's clock: what is not confirmed before is given back.
    pub confirm_until: Timestamp,
}

/// That the shop has honoured an offer, once for each show of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// The number of the show, which all its tokens have.
    pub token: u128,
    /// The campaign that made the offer.
    pub campaign: CampaignKey,
    /// The customer's variant when the token was made.
    pub variant: VariantKey,
    /// The offer.
    pub offer: OfferKey,
    /// The shop's name for the order that it was redeemed for, if the shop told.
    pub order_id: Option<Box<str>>,
    /// When, by the server's clock.
    pub at: Timestamp,
}

/// A campaign that could not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The campaign.
    pub campaign: CampaignKey,
    /// What went wrong.
    pub kind: FaultKind,
    /// What the author of the plugin needs to find it; no customer data.
    pub detail: Box<str>,
}

/// What went wrong in a plugin or rule. Also the label of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// The guest trapped: unreachable, division by zero, out of bounds, stack overflow and so on.
    Trap,
    /// The guest's stack overflowed.
    StackOverflow,
    /// The guest used up its fuel.
    OutOfFuel,
    /// The guest ran past its deadline.
    Timeout,
    /// The guest asked for more memory or table than allowed, and then failed.
    OutOfMemory,
    /// More calls to the host than allowed.
    HostCalls,
    /// More log output than allowed.
    LogOutput,
    /// A pointer, length or discriminant that breaks the Canonical ABI.
    BadAbi,
    /// Text that is not UTF-8.
    BadUtf8,
    /// An offer that the contract does not allow.
    BadOffer,
    /// The breaker is open after repeated faults; the guest was not run.
    BreakerOpen,
    /// The time for the whole decision was used up before this campaign's turn.
    DeadlineExceeded,
    /// The sandbox could not be made: the pool is exhausted.
    NoSandbox,
    /// A rule has no value for this customer, such as a division by zero or an attribute that is absent.
    RuleError,
}

/// Why a campaign did or did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The campaign.
    pub campaign: CampaignKey,
    /// The judgement.
    pub judgement: Judgement,
}

/// The fate of one campaign in one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The customer is held out of all campaigns of the tenant. Of one who was found to be so on an earlier page
    /// view, nothing else was asked.
    HeldOut,
    /// The customer belongs to another part of its layer.
    ElsewhereInLayer {
        /// The campaign of the layer in which the customer is, if in one.
        by: Option<CampaignKey>,
    },
    /// Its offer is in the answer, for the reason that the plugin gave.
    Shown(Reason),
    /// Eligible, and assigned to an arm that shows nothing.
    Withheld(Reason),
    /// Whoever asked wanted it so; nothing is recorded.
    Forced {
        /// The arm that was wanted.
        variant: VariantKey,
        /// Why its rule had no words for the offer, if it could not answer; the arm was given all the same.
        fault: Option<FaultKind>,
    },
    /// Another campaign took the placement before it was this one's turn; its rule was not asked.
    Outranked {
        /// The campaign that took it.
        by: CampaignKey,
    },
    /// The page view was sent before, and had nothing of the campaign then; nothing else was asked.
    NotRepeated,
    /// The page is none of the campaign's pages.
    OtherPage,
    /// The page cannot fill the campaign's placement.
    OtherPlacement,
    /// The schedule does not include the time.
    OutsideSchedule,
    /// Another campaign of its group was eligible before.
    GroupTaken {
        /// The campaign that was.
        by: CampaignKey,
    },
    /// It, or a campaign before it, appears alone.
    NotStacked {
        /// The campaign that was eligible before.
        by: CampaignKey,
    },
    /// As many campaigns are on the page as a customer can be in.
    PageFull,
    /// The customer met as many other campaigns of late as one can be in.
    CustomerFull,
    /// The customer was exposed to it as often as its limit allows.
    CustomerLimit,
    /// Its budget of shows or of discount is used up or reserved.
    BudgetSpent,
    /// The plugin or rule said no.
    NotEligible,
    /// It could not answer.
    Faulty(FaultKind),
}

/// A variant, and why the customer is eligible, in the words of the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The assigned variant.
    pub variant: VariantKey,
    /// Whether the variant was kept from an earlier exposure.
    pub kept: bool,
    /// What the plugin said; may be empty.
    pub text: Box<str>,
}

// === impl Exposure ===

impl Exposure {
    /// The arm to which it is.
    pub const fn arm(&self) -> Arm<'_> {
        Arm { campaign: &self.campaign, variant: &self.variant, terms: self.terms }
    }
}

// === impl FaultKind ===

impl FaultKind {
    /// The name in metrics, logs and explanations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::StackOverflow => "stack-overflow",
            Self::OutOfFuel => "out-of-fuel",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out-of-memory",
            Self::HostCalls => "host-calls",
            Self::LogOutput => "log-output",
            Self::BadAbi => "bad-abi",
            Self::BadUtf8 => "bad-utf8",
            Self::BadOffer => "bad-offer",
            Self::BreakerOpen => "breaker-open",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::NoSandbox => "no-sandbox",
            Self::RuleError => "rule-error",
        }
    }
}
