//! The bounds of this crate, and what happens when one is reached.
//!
//! What one profile may hold is bounded by [`model::limits`].

use model::limits::{
    ALIAS_BYTES_MAX, CAMPAIGN_EXPOSURES_MAX, CART_LINES_MAX, KEY_BYTES_MAX, ORDER_REFUNDS_MAX,
    ORDER_SEEN_PRODUCTS_MAX, PRODUCT_ID_BYTES_MAX, PROFILE_ALIASES_MAX, PROFILE_CAMPAIGNS_MAX,
    PROFILE_CONSENT_MAX, PROFILE_ORDERS_MAX, PROFILE_ORDERS_WITH_PRODUCTS_MAX,
    PROFILE_OUTCOMES_MAX, PROFILE_TALLIES_MAX, PROFILE_TRAITS_MAX, RECENT_EVENTS_MAX,
    TALLY_CURRENCIES_MAX, TRAIT_BYTES_MAX,
};

/// Bytes of hot profiles when the configuration names no other number. Beyond it
/// [`crate::Store::evict`] takes profiles that were not used lately out of memory; they are loaded
/// again on demand.
pub const HOT_BYTES_MAX: usize = 1 << 30;

/// Bytes of checkpoint pages that are cached when the configuration names no other number. Beyond it
/// pages are read again from the file.
pub const PAGE_CACHE_BYTES_MAX: usize = 64 << 20;

/// Event keys remembered when the configuration names no other number. At the cap the oldest hour, or
/// the oldest part of the only one, is forgotten before its 24 hours are over, which is counted; an
/// event of it that is sent again is then counted again. The cap is kept by each of [`WINDOW_SHARDS`]
/// parts for itself, and is never exceeded, but that a part holds [`WINDOW_SHARES`] keys at least.
pub const WINDOW_KEYS_MAX: usize = 8 << 20;

/// Shows remembered as redeemed; at the cap the oldest are forgotten as events are, and counted with them. Only the shop's
/// servers redeem, each show once.
pub const REDEEMED_KEYS_MAX: usize = 8 << 20;

/// Hours for which it is remembered, at least, that a show was redeemed. No token of it may hold for longer after the show,
/// nor for nearly as long: the clock may be set back meanwhile.
pub const REDEEMED_HOURS: i64 = 48;

/// Shares into which a full part of the window falls, at least. One is forgotten at a time, the oldest,
/// so that at the cap the latest three quarters of the keys are always remembered.
pub const WINDOW_SHARES: usize = 4;

/// Hours for which an event is remembered, at least. After them it is forgotten.
pub const WINDOW_HOURS: i64 = 24;

/// Parts of the window that are locked apart from each other; two events of one part wait for each other.
pub const WINDOW_SHARDS: usize = 64;

/// Event keys in one row of the checkpoint; more make a further row.
pub const WINDOW_ROW_KEYS_MAX: usize = 1 << 16;

/// Locks for customers; two customers who share one wait for each other.
pub const CUSTOMER_LOCKS: usize = 1 << 10;

/// Parts of the hot map; a reader waits while a customer of the same part is updated.
pub const HOT_SHARDS: usize = 1 << 8;

/// Changed profiles for which room is kept ready after a checkpoint, if that many were written. More
/// of them make the set of ids grow, and updates wait while it does.
pub const DIRTY_ROOM_MAX: usize = 1 << 17;

/// Rows that a scan of the checkpoint holds at a time; it reads the next ones when these are done with.
pub const SCAN_ROWS: usize = 256;

/// A larger row is neither written nor read: writing it fails, and a file that holds one is damaged.
/// The caps of a profile keep every row below it.
pub const ROW_BYTES_MAX: usize = 512 << 10;

/// What a number, a tag or a length takes at most, as written.
const SCALAR_BYTES: usize = 9;

/// What a sum of money takes at most, as written.
const REVENUE_BYTES: usize = 6 * SCALAR_BYTES;

/// What the counts of one campaign take at most, as written.
const CAMPAIGN_TALLY_BYTES: usize =
    KEY_BYTES_MAX + 11 * SCALAR_BYTES + TALLY_CURRENCIES_MAX * REVENUE_BYTES;

/// What the counts under one customer id take at most, as written.
const TALLY_BYTES: usize = 17
    + 11 * SCALAR_BYTES
    + TALLY_CURRENCIES_MAX * REVENUE_BYTES
    + PROFILE_CAMPAIGNS_MAX * CAMPAIGN_TALLY_BYTES;

/// What a remembered order takes at most, as written, without its products.
const ORDER_BYTES: usize = 17 + 10 * SCALAR_BYTES + ORDER_REFUNDS_MAX * (3 * SCALAR_BYTES);

/// What the products of a remembered order take at most, as written.
const PRODUCTS_BYTES: usize = ORDER_SEEN_PRODUCTS_MAX * 4;

/// What a remembered outcome takes at most, as written.
const OUTCOME_BYTES: usize = 4 * SCALAR_BYTES;

/// What an enrolment takes at most, as written.
const ENROLMENT_BYTES: usize =
    2 * KEY_BYTES_MAX + 10 * SCALAR_BYTES + TALLY_CURRENCIES_MAX * (3 + SCALAR_BYTES);

/// What an event or a show that is remembered by time takes at most, as written.
const RECENT_BYTES: usize = SCALAR_BYTES + 6;

/// What a whole profile takes at most, as written; rows have room for it.
const PROFILE_BYTES: usize = 64 * SCALAR_BYTES
    + PROFILE_ALIASES_MAX * (ALIAS_BYTES_MAX + 3 * SCALAR_BYTES)
    + PROFILE_TRAITS_MAX * (2 * TRAIT_BYTES_MAX + 4 * SCALAR_BYTES)
    + PROFILE_CONSENT_MAX * (TRAIT_BYTES_MAX + 3 * SCALAR_BYTES)
    + CART_LINES_MAX * (PRODUCT_ID_BYTES_MAX + 8 * SCALAR_BYTES)
    + PROFILE_ORDERS_MAX * ORDER_BYTES
    + PROFILE_ORDERS_WITH_PRODUCTS_MAX * PRODUCTS_BYTES
    + PROFILE_OUTCOMES_MAX * OUTCOME_BYTES
    + PROFILE_CAMPAIGNS_MAX * ENROLMENT_BYTES
    + (RECENT_EVENTS_MAX + PROFILE_CAMPAIGNS_MAX * CAMPAIGN_EXPOSURES_MAX) * RECENT_BYTES
    + PROFILE_TALLIES_MAX * TALLY_BYTES;

const _: () = assert!(PROFILE_BYTES <= ROW_BYTES_MAX);
const _: () = assert!(CUSTOMER_LOCKS.is_power_of_two() && WINDOW_SHARDS.is_power_of_two());
const _: () = assert!(HOT_SHARDS.is_power_of_two() && HOT_SHARDS > 1);
const _: () = assert!(WINDOW_KEYS_MAX >= WINDOW_SHARDS * WINDOW_SHARES * 256);
const _: () = assert!(WINDOW_SHARES >= 2, "or a full part would forget all that it has");
