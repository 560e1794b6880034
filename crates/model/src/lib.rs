//! The nouns of Vitrine, as validated types.
//!
//! Every other crate speaks in these words, so each exists once, is parsed at the border into a type
//! that cannot hold nonsense, and is passed on without further checks. Nothing here reads a clock,
//! draws a random number, opens a file or knows a wire format: those who do convert to and from these
//! types. Domain types do not implement `Serialize`; a record on the wire or on disk is a type of its
//! own in the crate that owns the format.
//!
//! Read in this order: [`Timestamp`] and [`Money`], the units; [`TenantKey`], [`CustomerId`] and
//! [`Alias`], who; [`Event`], what happened; [`Profile`], what is remembered of it; [`Campaign`], what
//! a marketer wants, and [`Goal`], what counts as its success; [`View`] and [`Decision`], the question and the answer; [`Change`], what an event
//! meant for the totals and experiment cells.

mod campaign;
mod change;
mod decision;
mod event;
mod fingerprint;
mod funnel;
mod goal;
mod holdout;
mod identity;
mod key;
pub mod limits;
mod money;
mod profile;
mod split;
mod tenant;
mod terms;
mod tight;
mod time;

pub use campaign::{
    Campaign, CustomerLimit, Discount, Experiment, Hours, LayerRange, Limits, Offer, OfferKind,
    PagePattern, Schedule, Texts, Variant, When,
};
pub use change::{CellChange, CellShare, Change, RevenueShare};
pub use decision::{
    Arm, Charge, Decision, Explanation, Exposure, Fault, FaultKind, Judgement, Met, OfferMade,
    Reason, Redemption, View,
};
pub use event::{Action, ConsentUpdate, Event, Order, PageView, Product, Promotion};
pub use fingerprint::{fingerprint, short_fingerprint};
pub use funnel::{Step, Steps};
pub use goal::{Goal, GoalKey, Measure, ORDER_COMPLETED, same_name};
pub use holdout::{HOLDOUT, Holdout, HoldoutArm};
pub use identity::{Alias, AliasKind, CustomerId, Identity};
pub use key::{
    CampaignKey, GroupKey, KeyError, LayerKey, OfferKey, Placement, SegmentKey, VariantKey,
};
pub use money::{Currency, Money, MoneyError, parse_decimal};
pub use profile::{
    AliasSeen, CampaignTally, Cart, CartLine, ConsentChoice, Enrolment, Lifecycle, OrderSeen,
    OutcomeSeen, Placed, ProductHash, Profile, Recent, RecentKey, Refund, Revenue, Span, Tally,
    Trait, TraitValue,
};
pub use split::{SplitKey, common_divisor};
pub use tenant::TenantKey;
pub use terms::TermsKey;
pub use tight::Tight;
pub use time::{Timestamp, TimestampError};
