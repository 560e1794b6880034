//! The bounds of every noun, and what happens when one is reached.
//!
//! A profile is what one customer, friendly or not, can make the server remember. Each collection in
//! it therefore has a cap; at the cap the newest entries stay, because they decide offers.

/// A longer key is refused where it is written.
pub const KEY_BYTES_MAX: usize = 64;

/// A call with a longer `userId` or `anonymousId` is refused.
pub const ALIAS_BYTES_MAX: usize = 256;

/// A call with a longer `messageId` is refused; the Segment specification allows fewer than 100.
pub const MESSAGE_ID_BYTES_MAX: usize = 99;

/// Further names of one customer still lead to the profile; only the newest are listed in it.
pub const PROFILE_ALIASES_MAX: usize = 16;

/// The traits set longest ago are forgotten.
pub const PROFILE_TRAITS_MAX: usize = 32;

/// A longer trait name or text value is not stored; the event is kept whole in the journal.
pub const TRAIT_BYTES_MAX: usize = 256;

/// The consent choices made longest ago are forgotten.
pub const PROFILE_CONSENT_MAX: usize = 16;

/// The cart lines changed longest ago are forgotten.
pub const CART_LINES_MAX: usize = 50;

/// The quantity of one cart line saturates here.
pub const CART_QUANTITY_MAX: u32 = 10_000;

/// A longer product id is cut: the cart only needs to tell products apart.
pub const PRODUCT_ID_BYTES_MAX: usize = 64;

/// Orders that a profile remembers one by one, those included of which it only knows that they were paid
/// back or cancelled. Older ones are summed up: they can no longer be refunded in the live figures, nor
/// do they count for a campaign in which the customer turns out later to have been.
pub const PROFILE_ORDERS_MAX: usize = 64;

/// Of the remembered orders the newest whose products are known, too; of older ones the profile no longer
/// knows what was bought.
pub const PROFILE_ORDERS_WITH_PRODUCTS_MAX: usize = 16;

/// Payments back that are told apart for one order; further ones are added to the last in one currency, so that
/// one that is sent again after a day counts again.
pub const ORDER_REFUNDS_MAX: usize = 8;

/// Outcomes that a profile remembers one by one, of goals that are not orders. Older ones are summed up
/// for the campaigns in which the customer is, and count for no other; one that is sent again after it was
/// forgotten, and after a day, counts again.
pub const PROFILE_OUTCOMES_MAX: usize = 64;

/// Products of one remembered order; of further ones the profile does not know that they were bought.
pub const ORDER_SEEN_PRODUCTS_MAX: usize = 32;

/// Events that a profile remembers by time, of all names together; the oldest are forgotten, and a rule
/// that asks further back counts too few.
pub const RECENT_EVENTS_MAX: usize = 48;

/// Events of one name that a profile remembers by time, so that page views leave room for others; the
/// oldest are forgotten. No count of a name within some time exceeds this.
pub const RECENT_EVENTS_PER_NAME_MAX: usize = 16;

/// Exposures to one campaign that a profile remembers by time; the oldest are forgotten. A campaign's
/// limit for one customer that is larger counts as this one.
pub const CAMPAIGN_EXPOSURES_MAX: usize = 10;

/// The campaigns met longest ago are forgotten with their exposures, and the customer would be
/// assigned anew; the holdouts of the tenant go last.
pub const PROFILE_CAMPAIGNS_MAX: usize = 64;

/// Currencies per tally; an order in a further one counts but adds no revenue to the profile. Of what a
/// customer had brought before an experiment as many are kept.
pub const TALLY_CURRENCIES_MAX: usize = 4;

/// Profiles merged into one, each with a tally of its own; beyond it the smallest tallies are joined
/// into one, which keeps every sum but can no longer recognise a repeated merge of them.
pub const PROFILE_TALLIES_MAX: usize = 8;

/// Products of one order or cart; the event is kept whole in the journal, the profile ignores the rest.
pub const ORDER_PRODUCTS_MAX: usize = 200;

const _: () = assert!(PROFILE_ORDERS_WITH_PRODUCTS_MAX <= PROFILE_ORDERS_MAX);
const _: () = assert!(CART_LINES_MAX <= ORDER_PRODUCTS_MAX);
const _: () = assert!(ORDER_SEEN_PRODUCTS_MAX <= ORDER_PRODUCTS_MAX);
const _: () = assert!(RECENT_EVENTS_PER_NAME_MAX < RECENT_EVENTS_MAX);
const _: () = assert!(MESSAGE_ID_BYTES_MAX < ALIAS_BYTES_MAX);
