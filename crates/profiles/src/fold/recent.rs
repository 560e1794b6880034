//! What is remembered by time: events by their name, exposures by their campaign.
//!
//! Of each key the newest are kept, up to its own cap, and of all events together the newest up to
//! another. Whoever is left out for newer ones of its key, or of all, stays left out whatever comes
//! later, so it makes no difference whether entries come one by one, in which order, or in two profiles
//! that are merged: [`keep_newest`] of all of them is what stays. Shows have no cap together: those of
//! campaigns that are forgotten are forgotten with them, see [`super::campaigns`].

use model::limits::RECENT_EVENTS_MAX;
use model::{Recent, Tight};

/// Remembers one entry among others that are within the caps, newest first. One that is there already,
/// or older than all that are kept, changes nothing.
pub(super) fn note(entries: &mut Tight<Recent>, new: Recent) {
    let place = entries.partition_point(|known| *known > new);
    if entries.get(place) == Some(&new) {
        return;
    }
    let is_same = |known: &Recent| known.key() == new.key();
    let is_event = |known: &Recent| !known.key().is_exposure();
    let count =
        |which: &dyn Fn(&Recent) -> bool| entries.iter().filter(|known| which(known)).count();
    let last = |which: &dyn Fn(&Recent) -> bool| entries.iter().rposition(which);
    let oldest = if count(&is_same) >= new.key().entries_max() {
        last(&is_same)
    } else if is_event(&new) && count(&is_event) >= RECENT_EVENTS_MAX {
        last(&is_event)
    } else {
        return entries.insert(place, new);
    };
    if let Some(oldest) = oldest.filter(|&oldest| oldest >= place) {
        entries[place..=oldest].rotate_right(1);
        entries[place] = new;
    }
}

/// Keeps what the caps allow of entries that are in order, newest first.
pub(crate) fn keep_newest(entries: &mut Tight<Recent>) {
    let mut kept: Vec<Recent> = Vec::with_capacity(entries.len());
    let mut events = 0;
    for entry in entries.iter() {
        let same = kept.iter().filter(|newer| newer.key() == entry.key()).count();
        let is_event = !entry.key().is_exposure();
        if same >= entry.key().entries_max() || (is_event && events >= RECENT_EVENTS_MAX) {
            continue;
        }
        kept.push(*entry);
        events += usize::from(is_event);
    }
    *entries = kept.into();
}

#[cfg(test)]
mod tests;
