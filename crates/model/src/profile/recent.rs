//! What the customer did and was exposed to of late, so that a rule can ask how often within some time.
//!
//! A profile cannot keep every event for ever, and a visit of a hundred page views must not push out
//! the one newsletter that was opened last week. So of each event name the newest
//! [`RECENT_EVENTS_PER_NAME_MAX`] are kept, of all names together the newest [`RECENT_EVENTS_MAX`], and
//! beside them, for each campaign in which the customer is enrolled, its newest
//! [`CAMPAIGN_EXPOSURES_MAX`] exposures, in an arm that shows nothing like in any other. A count
//! therefore never exceeds the cap of its name. Whether it is exact depends on how far
//! back it asks, which [`Profile::recent_complete_since`] tells.
//!
//! An entry is 12 bytes, since every hot profile has some:
//!
//! ```text
//! | at: 48 bits, ms since 1970 | id: 16 bits | key: 32 bits: exposure? 1, hash of the name 31 |
//! ```
//!
//! Names are compared by their hash, without case, spaces, `_` and `-`: shops write `Product Viewed` and
//! `product_viewed`. Two names of one shop are taken for the same with odds of 1 to 2^31. The id tells two of one name
//! and millisecond apart. It is made from the event's own, or from the decision's name, the variant and what the
//! campaign offered: so it also tells what one decision exposed the customer to from what others did, and from what
//! another plan makes of the same arm. With odds of 1 to 2^16 it does not.

use std::hash::Hasher;

use super::Profile;
use crate::fingerprint::{fingerprint, half, hasher, short_fingerprint};
use crate::limits::{CAMPAIGN_EXPOSURES_MAX, RECENT_EVENTS_MAX, RECENT_EVENTS_PER_NAME_MAX};
use crate::{Arm, CampaignKey, Timestamp};

/// One thing that happened, ordered by its time. Times outside of the years 1970 to 10889 are told as
/// the nearest within.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recent {
    at_high: u32,
    at_low: u16,
    id: u16,
    key: RecentKey,
}

/// What a [`Recent`] is: an event of some name, or an exposure to some campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecentKey(u32);

const EXPOSURE_BIT: u32 = 1 << 31;
const AT_MS_MAX: u64 = (1 << 48) - 1;
const EVENT_LABEL: u64 = 0x7265_6365_6e74_2121;
const EXPOSURE_LABEL: u64 = 0x7368_6f77_6e21_2121;
const ID_LABEL: u64 = 0x6964_2121_2121_2121;

// === impl RecentKey ===

impl RecentKey {
    /// The key of an event's name.
    pub fn event(name: &str) -> Self {
        let hash = half(name_hash(name)) & !EXPOSURE_BIT;
        Self(hash.max(1))
    }

    /// The key of the exposures to a campaign.
    pub fn exposure(campaign: &CampaignKey) -> Self {
        Self(short_fingerprint(EXPOSURE_LABEL, campaign.as_str().as_bytes()) | EXPOSURE_BIT)
    }

    /// Whether it stands for exposures.
    pub const fn is_exposure(self) -> bool {
        self.0 & EXPOSURE_BIT != 0
    }

    /// How many entries of this key a profile keeps.
    pub const fn entries_max(self) -> usize {
        if self.is_exposure() { CAMPAIGN_EXPOSURES_MAX } else { RECENT_EVENTS_PER_NAME_MAX }
    }

    /// The key as a number, for the disk.
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// The key that [`Self::to_u32`] gave.
    pub const fn from_u32(number: u32) -> Self {
        Self(number)
    }
}

// === impl Recent ===

impl Recent {
    /// An event of this name; `message_id` is its own.
    pub fn event(name: &str, at: Timestamp, message_id: &str) -> Self {
        Self::new(RecentKey::event(name), at, id_of(message_id.as_bytes()))
    }

    /// An exposure to this arm by the decision of this name.
    pub fn exposure(arm: Arm<'_>, at: Timestamp, decision: u128) -> Self {
        Self::new(RecentKey::exposure(arm.campaign), at, id_of_exposure(arm, decision))
    }

    /// An entry of its parts.
    pub fn new(key: RecentKey, at: Timestamp, id: u16) -> Self {
        let ms = u64::try_from(at.ms()).unwrap_or(0).min(AT_MS_MAX);
        let [_, _, a, b, c, d, e, f] = ms.to_be_bytes();
        let (at_high, at_low) = (u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, f]));
        Self { at_high, at_low, id, key }
    }

    /// When it happened.
    pub fn at(self) -> Timestamp {
        Timestamp::from_ms(i64::from(self.at_high) << 16 | i64::from(self.at_low))
    }

    /// What it is.
    pub const fn key(self) -> RecentKey {
        self.key
    }

    /// What tells it from another of the same key and time.
    pub const fn id(self) -> u16 {
        self.id
    }
}

impl std::fmt::Debug for Recent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}#{:x} at {}", self.key.0, self.id, self.at())
    }
}

// === impl Profile ===

impl Profile {
    /// How many events of a name happened from `since` to `until`, both included; at most
    /// [`RECENT_EVENTS_PER_NAME_MAX`]. The name is the specification's, such as `Product Viewed`, or the
    /// shop's own; a page view is `page`.
    pub fn count_since(&self, name: &str, since: Timestamp, until: Timestamp) -> u32 {
        self.recent_count(RecentKey::event(name), since, until)
    }

    /// How many exposures to a campaign, shown or withheld, happened at `since` or later; at most
    /// [`CAMPAIGN_EXPOSURES_MAX`]. A campaign that was forgotten at
    /// [`crate::limits::PROFILE_CAMPAIGNS_MAX`] had none.
    pub fn exposures_since(&self, campaign: &CampaignKey, since: Timestamp) -> u32 {
        self.recent_count(RecentKey::exposure(campaign), since, Timestamp::MAX)
    }

    /// The exposure to an arm by one decision, as long as it is remembered.
    pub fn exposure_by(&self, decision: u128, arm: Arm<'_>) -> Option<Recent> {
        let id = id_of_exposure(arm, decision);
        self.recent_of(RecentKey::exposure(arm.campaign)).find(|entry| entry.id == id)
    }

    /// From when on [`Self::count_since`] is exact for a name; `None` when nothing was forgotten. Asked
    /// further back, it may tell too few.
    pub fn recent_complete_since(&self, name: &str) -> Option<Timestamp> {
        let key = RecentKey::event(name);
        let events = || self.recent.iter().filter(|entry| !entry.key.is_exposure());
        let named = || events().filter(|entry| entry.key == key);
        let all_full = (events().count() >= RECENT_EVENTS_MAX).then(|| events().next_back());
        let name_full =
            (named().count() >= RECENT_EVENTS_PER_NAME_MAX).then(|| named().next_back());
        let oldest = [all_full.flatten(), name_full.flatten()];
        let latest = oldest.into_iter().flatten().map(|entry| entry.at()).max()?;
        // Of the same millisecond another may have been forgotten.
        Some(Timestamp::from_ms(latest.ms().saturating_add(1)))
    }

    fn recent_count(&self, key: RecentKey, since: Timestamp, until: Timestamp) -> u32 {
        let is_counted = |entry: &Recent| (since..=until).contains(&entry.at());
        let counted = self.recent_of(key).filter(is_counted).count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    }

    /// What is remembered of one key, newest first.
    fn recent_of(&self, key: RecentKey) -> impl Iterator<Item = Recent> {
        self.recent.iter().copied().filter(move |entry| entry.key == key)
    }
}

/// What tells exposures to one campaign apart. It is on disk, so it must never change.
fn id_of_exposure(arm: Arm<'_>, decision: u128) -> u16 {
    let mut hasher = hasher(ID_LABEL);
    hasher.write(&decision.to_be_bytes());
    hasher.write(&arm.terms.to_u32().to_be_bytes());
    hasher.write(arm.variant.as_str().as_bytes());
    quarter(hasher.finish())
}

/// What tells two of one name and time apart. It is on disk, so it must never change.
fn id_of(name: &[u8]) -> u16 {
    quarter(fingerprint(ID_LABEL, name))
}

fn quarter(fingerprint: u64) -> u16 {
    let [low, high, ..] = fingerprint.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The hash of a name without what shops write differently. It is on disk, so it must never change.
fn name_hash(name: &str) -> u64 {
    let mut hasher = hasher(EVENT_LABEL);
    let mut buffer = [0_u8; 64];
    let mut length = 0;
    for byte in name.bytes().filter(|byte| !matches!(byte, b' ' | b'_' | b'-')) {
        if length == buffer.len() {
            hasher.write(&buffer);
            length = 0;
        }
        buffer[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    hasher.write(&buffer[..length]);
    hasher.finish()
}

#[cfg(test)]
mod tests;
