//! The arithmetic of one campaign's budget.

use model::{CampaignKey, Currency, CustomerId, Limits, Money, TenantKey, Timestamp};

use super::Sign;
use super::holds::{Hold, Holds};
use crate::limits::{CURRENCIES_MAX, HOLDS_MAX, LATE_MAX, RELEASED_MAX};

/// What of a campaign was seen, is reserved, and was released lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    applied_lsn: u64,
    confirmed: Sum,
    /// All that is held, and what decisions under way have taken.
    reserved: Sum,
    held: Holds,
    /// Neither confirmed nor reserved; a customer may still see it.
    released: Holds,
}

/// Shows, and their discounts by currency: a budget may change its currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    shows: u64,
    discounts: Vec<(Currency, i64)>,
}

/// One campaign's book as of one position in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The tenant.
    pub tenant: TenantKey,
    /// The campaign.
    pub campaign: CampaignKey,
    /// The last record of the journal that the book has applied.
    pub applied_lsn: u64,
    /// What was seen.
    pub confirmed: Confirmed,
    /// What is reserved, oldest first.
    pub held: Vec<Hold>,
    /// What was released lately, oldest first.
    pub released: Vec<Hold>,
}

/// What was seen of a campaign's offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// Shows.
    pub shows: u64,
    /// Their discounts in minor units by currency, ordered by it.
    pub discounts: Vec<(Currency, i64)>,
}

/// How much of a budget is used. `committed + reserved` is never more than the budget, unless that was
/// made smaller; what was seen beyond it is `overrun`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Shows.
    pub shows: Used,
    /// Discount in minor units of the budget's currency; all 0 without a budget of discount.
    pub discount_minor: Used,
}

/// How much of one limit is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Seen, within the limit.
    pub committed: u64,
    /// Shown, and neither confirmed nor released.
    pub reserved: u64,
    /// Seen after it was released, and beyond what the limit had room for.
    pub overrun: u64,
}

// === impl Book ===

impl Book {
    pub(super) fn of(image: Image) -> Self {
        let Image { tenant: _, campaign: _, applied_lsn, confirmed, held, released } = image;
        let Confirmed { shows, discounts } = confirmed;
        let mut reserved = Sum::default();
        held.iter().for_each(|hold| reserved.add(hold.discount));
        Self {
            applied_lsn,
            confirmed: Sum { shows, discounts },
            reserved,
            held: held.into_iter().collect(),
            released: released.into_iter().collect(),
        }
    }

    pub(super) fn image(&self, tenant: TenantKey, campaign: CampaignKey) -> Image {
        let Sum { shows, discounts } = self.confirmed.clone();
        Image {
            tenant,
            campaign,
            applied_lsn: self.applied_lsn,
            confirmed: Confirmed { shows, discounts },
            held: self.held.iter().copied().collect(),
            released: self.released.iter().copied().collect(),
        }
    }

    /// Releases what was not confirmed in time, and forgets what was released long ago.
    pub(super) fn settle(&mut self, now: Timestamp) {
        while let Some(hold) = self.held.take_over(now) {
            self.reserved.take(hold.discount);
            self.released.insert(hold);
        }
        while self.released.take_over(now.minus(LATE_MAX)).is_some() {}
        while self.released.len() > RELEASED_MAX {
            self.released.take_oldest();
        }
    }

    /// Whether one more show of this discount keeps to the limits.
    pub(super) fn has_room(&self, limits: &Limits, discount: Option<Money>) -> bool {
        let used = self.confirmed.shows.saturating_add(self.reserved.shows);
        let has_shows = limits.shows.is_none_or(|most| used < most);
        let has_discount = limits.discount.is_none_or(|most| {
            let used = self.discount_used(most.currency);
            // A budget that is used up shows nothing more, be it for nothing.
            used < most.minor
                && discount.is_some_and(|more| {
                    more.currency == most.currency && used.saturating_add(more.minor) <= most.minor
                })
        });
        let is_known = |money: Money| self.reserved.has_place_for(money.currency);
        let has_place = self.held.len() < HOLDS_MAX && discount.is_none_or(is_known);
        has_shows && has_discount && has_place
    }

    /// Takes room for a show that is not yet journalled.
    pub(super) fn reserve(&mut self, discount: Option<Money>) {
        self.reserved.add(discount);
    }

    /// Gives back what [`Self::reserve`] took.
    pub(super) fn give_back(&mut self, discount: Option<Money>) {
        self.reserved.take(discount);
    }

    /// Holds for a customer what [`Self::reserve`] took, now that the record is at `lsn`.
    pub(super) fn hold(&mut self, lsn: u64, hold: Hold) {
        self.held.insert(hold);
        self.applied_lsn = lsn;
    }

    /// Confirms the oldest show of a customer that can be confirmed, by the record at `lsn`.
    pub(super) fn confirm(&mut self, lsn: u64, customer: CustomerId, at: Timestamp, sign: Sign) {
        self.applied_lsn = lsn;
        self.settle(at);
        if let Some(hold) = self.held.take_oldest_of(customer) {
            self.reserved.take(hold.discount);
            self.confirmed.add(hold.discount);
        } else if sign == Sign::Viewed
            && let Some(hold) = self.released.take_oldest_of(customer)
        {
            self.confirmed.add(hold.discount);
        }
    }

    /// Gives everything of one customer to another.
    pub(super) fn merge(&mut self, stays: CustomerId, absorbed: CustomerId) {
        self.held.hand_over(absorbed, stays);
        self.released.hand_over(absorbed, stays);
    }

    /// Reserves a show whose record is at `lsn`, unless that has been applied.
    pub(super) fn replay_reserved(&mut self, lsn: u64, hold: Hold) {
        if lsn > self.applied_lsn {
            self.reserve(hold.discount);
            self.hold(lsn, hold);
        }
    }

    /// Confirms by the record at `lsn`, unless that has been applied.
    pub(super) fn replay_confirmed(
        &mut self,
        lsn: u64,
        customer: CustomerId,
        at: Timestamp,
        sign: Sign,
    ) {
        if lsn > self.applied_lsn {
            self.confirm(lsn, customer, at, sign);
        }
    }

    pub(super) fn standing(&self, limits: &Limits) -> Standing {
        let of = |most: Option<u64>, confirmed: u64, reserved: u64| {
            let most = most.unwrap_or(u64::MAX);
            let committed = confirmed.min(most.saturating_sub(reserved));
            Used { committed, reserved, overrun: confirmed - committed }
        };
        let unsigned = |minor: i64| u64::try_from(minor).unwrap_or(0);
        Standing {
            shows: of(limits.shows, self.confirmed.shows, self.reserved.shows),
            discount_minor: limits.discount.map_or(Used::default(), |most| {
                let confirmed = unsigned(self.confirmed.minor(most.currency));
                let reserved = unsigned(self.reserved.minor(most.currency));
                of(Some(unsigned(most.minor)), confirmed, reserved)
            }),
        }
    }

    fn discount_used(&self, currency: Currency) -> i64 {
        self.confirmed.minor(currency).saturating_add(self.reserved.minor(currency))
    }
}

// === impl Sum ===

impl Sum {
    fn minor(&self, currency: Currency) -> i64 {
        let place = self.discounts.binary_search_by_key(&currency, |(known, _)| *known);
        place.map_or(0, |place| self.discounts[place].1)
    }

    fn has_place_for(&self, currency: Currency) -> bool {
        self.discounts.len() < CURRENCIES_MAX
            || self.discounts.iter().any(|(known, _)| *known == currency)
    }

    fn add(&mut self, discount: Option<Money>) {
        self.shows = self.shows.saturating_add(1);
        let Some(Money { minor, currency }) = discount else { return };
        match self.discounts.binary_search_by_key(&currency, |(known, _)| *known) {
            Ok(place) => {
                let sum = &mut self.discounts[place].1;
                *sum = sum.saturating_add(minor);
            }
            Err(place) => self.discounts.insert(place, (currency, minor)),
        }
    }

    fn take(&mut self, discount: Option<Money>) {
        self.shows = self.shows.saturating_sub(1);
        let Some(Money { minor, currency }) = discount else { return };
        if let Ok(place) = self.discounts.binary_search_by_key(&currency, |(known, _)| *known) {
            let sum = &mut self.discounts[place].1;
            *sum = sum.saturating_sub(minor);
        }
    }
}
