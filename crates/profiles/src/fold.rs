//! What an event means for a profile.
//!
//! Folding is a pure function of the profile and the event: recovery folds the journal's tail again
//! and must come to the same profile, so nothing here reads a clock, draws a number or depends on
//! the order of a hash map. Events may come late and out of order; what an event says is then weighed
//! against what is already known by its own time ([`model::Event::at`]).
//!
//! Beside the profile itself an event changes the tenant's totals and experiment cells. [`fold`]
//! tells by how much, so that they can be kept without a memory of customers of their own. The one
//! thing it cannot know is whether the customer is new: `Change::customers` is 0, and the caller, who
//! was told by the store, sets it.
//!
//! The parts: [`cart`], [`orders`] (with refunds and other outcomes), [`traits`] (with consent and names), [`campaigns`]
//! (enrolments and engagement), [`recent`] (what is remembered by time).

mod campaigns;
mod cart;
mod orders;
mod recent;
mod traits;

use model::{Action, Change, Event, Profile, Recent, Tally, Timestamp};

pub use campaigns::{fold_exposures, fold_redemption};

pub(crate) use campaigns::{forget_beyond_cap, join_enrolments};
pub(crate) use cart::{newest_line, same_line_key};
pub use orders::currency_of_order;
pub(crate) use orders::{forget_orders, forget_outcomes, join_orders, join_outcomes};
pub(crate) use recent::keep_newest;
pub(crate) use traits::{newest_alias, newest_choice, newest_trait};

/// Which of the tenant's totals a customer counts in, before or after an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    had_cart: bool,
    bought: bool,
}

/// Folds an event into the profile of the customer whose it is, and tells what that changes.
///
/// `Change::customers` is left 0: the store knows who is new.
pub fn fold(profile: &mut Profile, event: &Event) -> Change {
    let before = Standing::of(profile);
    visit(profile, event.at);
    let entry = Recent::event(event.rule_name(), event.at, &event.message_id);
    recent::note(&mut profile.recent, entry);
    traits::note_names(profile, event);
    traits::fold_consent(profile, event);
    let mut change = Change::default();
    match &event.action {
        Action::Viewed(_) => count(profile, |tally| &mut tally.views),
        Action::ProductViewed(_) => count(profile, |tally| &mut tally.product_views),
        Action::Identified(named) => traits::fold_traits(profile, event.at, named),
        Action::ProductAdded(product) => {
            count(profile, |tally| &mut tally.cart_adds);
            qualify(profile, event.at);
            cart::add(&mut profile.cart, event.at, product);
            change.cells = campaigns::filled_cart(profile, event.at);
        }
        Action::ProductRemoved(product) => cart::remove(&mut profile.cart, event.at, product),
        Action::CartViewed(products) if products.is_empty() => {}
        Action::CartViewed(products) => {
            qualify(profile, event.at);
            cart::replace(&mut profile.cart, event.at, products);
        }
        Action::CheckoutStarted => {
            count(profile, |tally| &mut tally.checkouts);
            qualify(profile, event.at);
            change.cells = campaigns::began_checkout(profile, event.at);
        }
        Action::CheckoutStepCompleted | Action::CouponApplied => qualify(profile, event.at),
        Action::OrderCompleted(order) => change.cells = orders::complete(profile, event.at, order),
        Action::OrderRefunded { order_id, amount } => {
            let said = (&**order_id, *amount);
            change.cells = orders::refund(profile, event.at, &event.message_id, said);
        }
        Action::OrderCancelled { order_id } => {
            let said = (&**order_id, None);
            change.cells = orders::refund(profile, event.at, &event.message_id, said);
        }
        Action::PromotionViewed(promotion) => {
            change.cells = campaigns::seen(profile, promotion.as_ref());
        }
        Action::PromotionClicked(promotion) => {
            change.cells = campaigns::clicked(profile, promotion.as_ref());
        }
        Action::Aliased(_) | Action::Grouped | Action::ConsentChanged | Action::Tracked => {}
    }
    if !event.measures.is_empty() {
        // An event may both change a campaign's funnel and be its outcome: two changes, one after the
        // other.
        let measured = orders::measured(profile, event.at, &event.message_id, &event.measures);
        change.cells.extend(measured);
    }
    let after = Standing::of(profile);
    change.customers_with_cart = i8::from(after.had_cart) - i8::from(before.had_cart);
    change.buyers = i8::from(after.bought) - i8::from(before.bought);
    change
}

/// When an event is to be recorded that is told now. What may count for a campaign is put behind an exposure
/// that was told before it, where both are of one millisecond by the shop's clock, as [`Profile::happened_at`]
/// says.
pub fn happened_at(profile: &Profile, event: &Event) -> Timestamp {
    match &event.action {
        Action::OrderCompleted(_) | Action::ProductAdded(_) | Action::CheckoutStarted => {
            profile.happened_at(event.at)
        }
        _ if !event.measures.is_empty() => profile.happened_at(event.at),
        _ => event.at,
    }
}

/// Moves the times of the customer, and begins a visit where the last one is over.
fn visit(profile: &mut Profile, at: Timestamp) {
    let first = profile.total(|tally| tally.visits) == 0;
    if first || profile.visit_is_over(at) {
        count(profile, |tally| &mut tally.visits);
    }
    if first {
        // The profile was made at some clock's time, which need not be the event's.
        (profile.first_seen, profile.last_seen) = (at, at);
    }
    profile.first_seen = profile.first_seen.min(at);
    profile.last_seen = profile.last_seen.max(at);
}

fn qualify(profile: &mut Profile, at: Timestamp) {
    profile.qualified_since = Some(earlier(profile.qualified_since, at));
}

/// The earlier of a time that may be unknown and one that is known.
pub(crate) fn earlier(known: Option<Timestamp>, at: Timestamp) -> Timestamp {
    known.map_or(at, |known| known.min(at))
}

/// The tally of what is counted under the profile's own id.
fn own_tally(profile: &mut Profile) -> &mut Tally {
    let origin = profile.id;
    let place = match profile.tallies.binary_search_by_key(&origin, |tally| tally.origin) {
        Ok(place) => place,
        Err(place) => {
            profile.tallies.insert(place, Tally::new(origin));
            place
        }
    };
    &mut profile.tallies[place]
}

fn count(profile: &mut Profile, which: impl FnOnce(&mut Tally) -> &mut u32) {
    let counted = which(own_tally(profile));
    *counted = counted.saturating_add(1);
}

// === impl Standing ===

impl Standing {
    /// Where the customer stands. Neither answer ever turns back to no.
    pub(crate) fn of(profile: &Profile) -> Self {
        let added = |tally: &Tally| tally.cart_adds > 0;
        Self {
            had_cart: profile.cart.changed_at.is_some() || profile.tallies.iter().any(added),
            bought: profile.first_order_at.is_some(),
        }
    }

    /// 1 if the customer has ever put something into a cart.
    pub(crate) fn with_cart(self) -> i8 {
        i8::from(self.had_cart)
    }

    /// 1 if the customer has ever ordered.
    pub(crate) fn buyer(self) -> i8 {
        i8::from(self.bought)
    }
}

#[cfg(test)]
mod tests;
