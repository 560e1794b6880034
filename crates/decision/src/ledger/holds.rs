//! Shows that wait for something: to be confirmed, or, once released, to be forgotten.
//!
//! Found by time, for what is over, and by customer, for who has seen an offer.

use std::collections::{BTreeMap, BTreeSet};

use model::{Charge, CustomerId, Money, Timestamp};

/// One show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// To whom.
    pub customer: CustomerId,
    /// The discount that was shown; `None` where the budget counts shows alone.
    pub discount: Option<Money>,
    /// Until when the page may confirm it.
    pub until: Timestamp,
}

/// Shows in the order of their times; of equal times the one that came first.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds {
    by_time: BTreeMap<(Timestamp, u64), Hold>,
    by_customer: BTreeSet<(CustomerId, Timestamp, u64)>,
    next: u64,
}

// === impl Hold ===

impl Hold {
    pub(super) fn new(customer: CustomerId, charge: &Charge) -> Self {
        Self { customer, discount: charge.discount, until: charge.confirm_until }
    }
}

// === impl Holds ===

impl Holds {
    pub(super) fn len(&self) -> usize {
        self.by_time.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Hold> {
        self.by_time.values()
    }

    pub(super) fn insert(&mut self, hold: Hold) {
        let number = self.next;
        self.next += 1;
        self.by_customer.insert((hold.customer, hold.until, number));
        self.by_time.insert((hold.until, number), hold);
    }

    /// Takes out the oldest show of a customer.
    pub(super) fn take_oldest_of(&mut self, customer: CustomerId) -> Option<Hold> {
        let place = self.oldest_of(customer)?;
        self.remove(place)
    }

    /// Takes out the oldest show if its time is over at `now`.
    pub(super) fn take_over(&mut self, now: Timestamp) -> Option<Hold> {
        let (&place, _) = self.by_time.first_key_value().filter(|((until, _), _)| *until <= now)?;
        self.remove(place)
    }

    /// Takes out the oldest show.
    pub(super) fn take_oldest(&mut self) -> Option<Hold> {
        let (&place, _) = self.by_time.first_key_value()?;
        self.remove(place)
    }

    /// Gives everything of one customer to another.
    pub(super) fn hand_over(&mut self, from: CustomerId, to: CustomerId) {
        while let Some(place) = self.oldest_of(from) {
            let (until, number) = place;
            self.by_customer.remove(&(from, until, number));
            self.by_customer.insert((to, until, number));
            if let Some(hold) = self.by_time.get_mut(&place) {
                hold.customer = to;
            }
        }
    }

    fn oldest_of(&self, customer: CustomerId) -> Option<(Timestamp, u64)> {
        let from = (customer, Timestamp::MIN, 0);
        let (whose, until, number) = *self.by_customer.range(from..).next()?;
        (whose == customer).then_some((until, number))
    }

    fn remove(&mut self, place: (Timestamp, u64)) -> Option<Hold> {
        let hold = self.by_time.remove(&place)?;
        self.by_customer.remove(&(hold.customer, place.0, place.1));
        Some(hold)
    }
}

impl FromIterator<Hold> for Holds {
    fn from_iter<T: IntoIterator<Item = Hold>>(holds: T) -> Self {
        let mut all = Self::default();
        holds.into_iter().for_each(|hold| all.insert(hold));
        all
    }
}
