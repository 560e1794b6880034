//! What the customers of one arm did, as sums that can be added to and taken from exactly.

use std::collections::BTreeMap;

use experiments::inference::{Conversions, Pairs, Sample, Sums, Undetermined};
use model::{CellShare, Currency, RevenueShare, SplitKey, Step};

use crate::bands::Bands;
use crate::limits::CUSTOMER_REVENUE_MINOR_MAX;

/// The figures of one variant of one campaign.
///
/// A customer's share is taken away as it was and added as it has become. Every number is whole and
/// every share gives the same numbers each time, so after any sequence of changes the cell is what
/// counting all customers anew would give: merges of profiles, refunds and repeated orders leave no
/// trace. Counts are signed because the figures of a damaged journal may lack what is taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Customers in the arm.
    pub customers: i64,
    /// The same by the split under which they were assigned.
    pub splits: BTreeMap<SplitKey, i64>,
    /// Customers with at least one outcome by the campaign's goal.
    pub conversions: i64,
    /// Outcomes by the campaign's goal.
    pub outcomes: i64,
    /// Numbers of the outcomes, in thousandths; nothing for a goal of orders.
    pub value_milli: Moments,
    /// Orders that count, whatever the goal is.
    pub orders: i64,
    /// Customers who reached each step of the funnel, in the order of [`Step::ALL`].
    pub steps: [i64; Step::ALL.len()],
    /// Page views whose answer held the arm's offer.
    pub shows: u64,
    /// Page views of eligible customers whose answer did not: always in an arm that shows nothing, and
    /// when another campaign took the place.
    pub withheld: u64,
    /// What they brought, by currency.
    pub revenue: BTreeMap<Currency, RevenueSums>,
}

/// What the customers of an arm brought in one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevenueSums {
    /// Revenue less refunds, in minor units.
    pub minor: Moments,
    /// Orders in this currency that count.
    pub orders: Moments,
    /// The sum over customers of their revenue times their orders.
    pub minor_times_orders: i128,
    /// Revenue less refunds that was known before each customer's first exposure, in minor units.
    pub before: Moments,
    /// The sum over customers of their revenue times what was known before.
    pub minor_times_before: i128,
    /// Customers by their revenue less refunds.
    pub bands: Bands,
}

/// The sum and the sum of squares of one whole number for each customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// The sum, in minor units or thousandths.
    pub sum: i128,
    /// The sum of squares over customers, in the unit's square.
    pub sum_of_squares: i128,
}

/// Whether a share comes or goes.
#[derive(Clone, Copy)]
pub(crate) enum Sign {
    Add,
    Take,
}

// === impl Cell ===

impl Cell {
    /// Counts a customer's share.
    pub(crate) fn add(&mut self, share: &CellShare) {
        self.change(share, Sign::Add);
    }

    /// Takes a customer's share away again.
    pub(crate) fn take(&mut self, share: &CellShare) {
        self.change(share, Sign::Take);
    }

    fn change(&mut self, share: &CellShare, sign: Sign) {
        let one = sign.of(1_i64);
        self.customers = self.customers.saturating_add(one);
        let of_split = self.splits.entry(share.split).or_default();
        *of_split = of_split.saturating_add(one);
        if *of_split == 0 {
            self.splits.remove(&share.split);
        }
        if share.outcomes > 0 {
            self.conversions = self.conversions.saturating_add(one);
        }
        self.outcomes = self.outcomes.saturating_add(sign.of(i64::from(share.outcomes)));
        self.value_milli.change(share.value_milli, sign);
        for (customers, step) in self.steps.iter_mut().zip(Step::ALL) {
            if share.steps.contains(step) {
                *customers = customers.saturating_add(one);
            }
        }
        self.orders = self.orders.saturating_add(sign.of(i64::from(share.orders)));
        for revenue in &share.revenue {
            self.revenue.entry(revenue.currency).or_default().change(revenue, sign);
        }
        self.revenue.retain(|_, sums| *sums != RevenueSums::default());
    }

    /// Customers who were assigned under a split.
    pub fn customers_of(&self, split: SplitKey) -> u64 {
        count(self.splits.get(&split).copied().unwrap_or(0))
    }

    /// The counts from which the effect on conversion is inferred.
    pub fn conversion_counts(&self) -> Conversions {
        Conversions { customers: count(self.customers), converted: count(self.conversions) }
    }

    /// The sums from which the effect on revenue in a currency is inferred.
    pub fn revenue_sums(&self, currency: Currency) -> Sums {
        self.sums(self.revenue_in(currency, |sums| sums.minor))
    }

    /// The same with every customer's revenue above a border of [`Bands`] counted as that.
    pub(crate) fn capped_sums(&self, currency: Currency, cap_minor: i64) -> Sums {
        self.sums(self.revenue_in(currency, |sums| sums.bands.capped_at(cap_minor)))
    }

    /// The sums from which the effect on revenue per order in a currency is inferred: revenue and orders.
    pub fn revenue_and_orders(&self, currency: Currency) -> Pairs {
        let sums =
            self.revenue_in(currency, |sums| (sums.minor, sums.orders, sums.minor_times_orders));
        self.pairs(sums)
    }

    /// The sums from which what customers had brought before is taken out of the effect on revenue: revenue
    /// and that.
    pub fn revenue_and_before(&self, currency: Currency) -> Pairs {
        let sums =
            self.revenue_in(currency, |sums| (sums.minor, sums.before, sums.minor_times_before));
        self.pairs(sums)
    }

    fn pairs(&self, (first, second, sum_of_products): (Moments, Moments, i128)) -> Pairs {
        Pairs { first: self.sums(first), second: self.sums(second), sum_of_products }
    }

    /// Some of the sums in a currency; nothing where nobody brought anything in it.
    fn revenue_in<T: Default>(&self, currency: Currency, of: impl Fn(&RevenueSums) -> T) -> T {
        self.revenue.get(&currency).map(of).unwrap_or_default()
    }

    /// The sums from which the effect on the numbers of outcomes is inferred, in thousandths.
    pub fn value_sums(&self) -> Sums {
        self.sums(self.value_milli)
    }

    /// The arm by the numbers of its outcomes, in whole units.
    ///
    /// # Errors
    /// When there are fewer than two customers, or the sums contradict each other.
    pub fn value_sample(&self) -> Result<Sample, Undetermined> {
        let milli = self.value_sums().sample()?;
        Sample::new(milli.size(), milli.mean() / 1e3, milli.variance() / 1e6)
    }

    fn sums(&self, moments: Moments) -> Sums {
        Sums {
            customers: count(self.customers),
            sum: moments.sum,
            sum_of_squares: u128::try_from(moments.sum_of_squares).unwrap_or(0),
        }
    }
}

/// A count that a damaged journal can have made negative.
pub(crate) fn count(signed: i64) -> u64 {
    u64::try_from(signed).unwrap_or(0)
}

/// The number of one customer as it is summed. Sums of squares and products cannot overflow then: see
/// [`CUSTOMER_REVENUE_MINOR_MAX`].
pub(crate) fn capped(number: i64) -> i128 {
    i128::from(number.clamp(-CUSTOMER_REVENUE_MINOR_MAX, CUSTOMER_REVENUE_MINOR_MAX))
}

// === impl RevenueSums ===

impl RevenueSums {
    fn change(&mut self, share: &RevenueShare, sign: Sign) {
        let RevenueShare { currency: _, minor, orders, before_minor } = *share;
        self.minor.change(minor, sign);
        self.orders.change(orders.into(), sign);
        self.before.change(before_minor, sign);
        self.bands.change(minor, sign);
        let minor = capped(minor);
        for (sum, product) in [
            (&mut self.minor_times_orders, minor * i128::from(orders)),
            (&mut self.minor_times_before, minor * capped(before_minor)),
        ] {
            *sum = sum.saturating_add(sign.of(product));
        }
    }
}

// === impl Moments ===

impl Moments {
    pub(crate) fn change(&mut self, number: i64, sign: Sign) {
        let number = capped(number);
        self.sum = self.sum.saturating_add(sign.of(number));
        self.sum_of_squares = self.sum_of_squares.saturating_add(sign.of(number * number));
    }
}

// === impl Sign ===

impl Sign {
    pub(crate) fn of<N: std::ops::Neg<Output = N>>(self, number: N) -> N {
        match self {
            Self::Add => number,
            Self::Take => -number,
        }
    }
}

#[cfg(test)]
mod tests;
