//! What is known of the customer: traits, consent and names.
//!
//! Of two statements about the same thing the later counts, by the time of the event and not of its
//! arrival. Of two of the same time the one that arrived last counts; a merge, which knows no arrival,
//! decides by the values themselves.

use std::cmp::Ordering;

use model::limits::{
    PROFILE_ALIASES_MAX, PROFILE_CONSENT_MAX, PROFILE_TRAITS_MAX, TRAIT_BYTES_MAX,
};
use model::{
    Action, Alias, AliasKind, AliasSeen, ConsentChoice, Event, Profile, Timestamp, Trait,
    TraitValue,
};

use super::earlier;
use crate::sorted::keep_greatest;

/// Lists the names that the event uses. A `userId` makes a lead.
pub(super) fn note_names(profile: &mut Profile, event: &Event) {
    let primary = event.who.primary();
    if primary.kind == AliasKind::User {
        profile.lead_since = Some(earlier(profile.lead_since, event.at));
    }
    note(profile, event.at, primary);
    if let Some(anonymous) = event.who.also_anonymous() {
        note(profile, event.at, anonymous);
    }
    if let Action::Aliased(alias) = &event.action {
        note(profile, event.at, alias);
    }
}

/// Sets traits. An address makes a lead.
pub(super) fn fold_traits(profile: &mut Profile, at: Timestamp, named: &[(Box<str>, TraitValue)]) {
    for (name, value) in named {
        if !fits(name, value) {
            continue;
        }
        let is_address = matches!(value, TraitValue::Text(text) if !text.is_empty());
        if is_address && **name == *"email" {
            profile.lead_since = Some(earlier(profile.lead_since, at));
        }
        match profile.traits.binary_search_by(|known| known.name.cmp(name)) {
            Ok(place) if profile.traits[place].set_at <= at => {
                let known = &mut profile.traits[place];
                (known.value, known.set_at) = (value.clone(), at);
            }
            Ok(_) => {}
            Err(place) => {
                let new = Trait { name: name.clone(), value: value.clone(), set_at: at };
                profile.traits.insert(place, new);
            }
        }
    }
    keep_greatest(&mut profile.traits, PROFILE_TRAITS_MAX, newest_trait);
}

/// Takes the consent that came along with an event of any kind.
pub(super) fn fold_consent(profile: &mut Profile, event: &Event) {
    for update in &event.consent {
        if update.category.len() > TRAIT_BYTES_MAX {
            continue;
        }
        match profile.consent.binary_search_by(|known| known.category.cmp(&update.category)) {
            Ok(place) if profile.consent[place].set_at <= event.at => {
                let known = &mut profile.consent[place];
                (known.granted, known.set_at) = (update.granted, event.at);
            }
            Ok(_) => {}
            Err(place) => {
                let (category, granted) = (update.category.clone(), update.granted);
                let new = ConsentChoice { category, granted, set_at: event.at };
                profile.consent.insert(place, new);
            }
        }
    }
    keep_greatest(&mut profile.consent, PROFILE_CONSENT_MAX, newest_choice);
}

/// The order in which traits are forgotten at the cap: the one set longest ago first.
pub(crate) fn newest_trait(a: &Trait, b: &Trait) -> Ordering {
    a.set_at.cmp(&b.set_at).then_with(|| a.name.cmp(&b.name))
}

/// The order in which consent choices are forgotten at the cap: the one made longest ago first.
pub(crate) fn newest_choice(a: &ConsentChoice, b: &ConsentChoice) -> Ordering {
    a.set_at.cmp(&b.set_at).then_with(|| a.category.cmp(&b.category))
}

/// The order in which names are forgotten at the cap: the one used longest ago first. The reverse of
/// it is the order in which they are listed.
pub(crate) fn newest_alias(a: &AliasSeen, b: &AliasSeen) -> Ordering {
    a.seen_at.cmp(&b.seen_at).then_with(|| b.alias.cmp(&a.alias))
}

fn note(profile: &mut Profile, at: Timestamp, alias: &Alias) {
    let listed = profile.aliases.iter().position(|seen| seen.alias == *alias);
    let seen = match listed {
        Some(place) if profile.aliases[place].seen_at >= at => return,
        // The newest stays the newest: the usual case of a visitor with one browser.
        Some(0) => return profile.aliases[0].seen_at = at,
        Some(place) => AliasSeen { seen_at: at, ..profile.aliases.remove(place) },
        None => AliasSeen { alias: alias.clone(), seen_at: at },
    };
    let place = profile.aliases.partition_point(|other| newest_alias(other, &seen).is_gt());
    profile.aliases.insert(place, seen);
    keep_greatest(&mut profile.aliases, PROFILE_ALIASES_MAX, newest_alias);
}

fn fits(name: &str, value: &TraitValue) -> bool {
    let value_fits = match value {
        TraitValue::Text(text) => text.len() <= TRAIT_BYTES_MAX,
        TraitValue::Number(number) => !number.is_nan(),
        TraitValue::Flag(_) | TraitValue::Absent => true,
    };
    name.len() <= TRAIT_BYTES_MAX && value_fits
}
