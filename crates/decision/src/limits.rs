//! The bounds of a plan, of a decision and of budgets, and what happens when one is reached.

use std::time::Duration;

/// A plan of more campaigns is refused; the one before it goes on.
pub const CAMPAIGNS_MAX: usize = 2_000;

/// Names that are told to whoever forces an arm that is not there; of more, only their number is.
pub const FORCE_NAMES_TOLD_MAX: usize = 20;

/// Epochs of the plugin host, of a millisecond each, that all rules of one decision, in CEL or plugins,
/// may take together. Campaigns whose turn comes later fault with `deadline-exceeded` and offer nothing.
/// A rule that is under way is ended by its own deadline, so a decision takes at most the sum of both.
pub const DEADLINE_TICKS: u64 = 10;

/// The time within which a page has to confirm a show, when the configuration names no other. After it
/// the show is released, and its part of the budget may be shown to somebody else.
pub const CONFIRM_WITHIN: Duration = Duration::from_secs(10 * 60);

/// A longer time to confirm a show counts as this one.
pub const CONFIRM_WITHIN_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A show that is confirmed within this time after it was released is counted all the same; after it
/// the confirmation finds nothing and changes nothing.
pub const LATE_MAX: Duration = Duration::from_secs(60 * 60);

/// Shows of one campaign that wait to be confirmed; with more, the campaign shows nothing until some are
/// confirmed or released, as if its budget were used up.
pub const HOLDS_MAX: usize = 1 << 17;

/// Campaigns that one page view can have, shown or withheld; of more, those of the lowest priority stay away. So
/// there is room in a profile, which also remembers the tenant's holdout, for all that one page view has.
pub const PAGE_CAMPAIGNS_MAX: usize = model::limits::PROFILE_CAMPAIGNS_MAX - 1;

/// A campaign that a customer met within this time is not forgotten for another one, which has to wait: else pages that
/// stay open would take turns in making each other's campaigns new.
pub const MET_OF_LATE: Duration = Duration::from_secs(24 * 60 * 60);

/// Released shows of one campaign that may still be confirmed; of more, the oldest are forgotten early.
pub const RELEASED_MAX: usize = 1 << 16;

/// Campaigns of one tenant, past ones included, that ever had a budget; a further one with a budget
/// shows nothing.
pub const ACCOUNTS_MAX: usize = 8_000;

/// Currencies in which one campaign ever had a budget; a budget in a further one shows nothing.
pub const CURRENCIES_MAX: usize = 8;

/// Places in a layer, of which a campaign has a range: more campaigns than this cannot share one.
pub const LAYER_PLACES: u8 = rules::limits::LAYER_PLACES;

const _: () = assert!(CAMPAIGNS_MAX < ACCOUNTS_MAX);
const _: () = assert!(CONFIRM_WITHIN.as_secs() <= CONFIRM_WITHIN_MAX.as_secs());
// A limit for one customer that a profile cannot count would never be reached.
const _: () = assert!(rules::limits::CUSTOMER_SHOWS_MAX <= model::limits::CAMPAIGN_EXPOSURES_MAX);
// One rule that hangs must leave time for the others.
const _: () = assert!(plugins::limits::DEADLINE_TICKS < DEADLINE_TICKS);
const _: () = assert!(plugins::limits::RULE_DEADLINE_TICKS < DEADLINE_TICKS);
// What a campaign file may say, the assignment must be able to do.
const _: () = assert!(rules::limits::VARIANTS_MAX <= experiments::limits::VARIANTS_MAX);
const _: () =
    assert!(rules::limits::WEIGHTS_TOTAL_MAX * 100 <= experiments::limits::WEIGHTS_TOTAL_MAX);
