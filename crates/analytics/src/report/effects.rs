//! Every arm against the control.

use std::collections::{BTreeMap, BTreeSet};
use std::vec::IntoIter;

use experiments::inference::{Sample, Undetermined, adjust, variance_reduction};
use model::Currency;

use super::{Cap, Design, Effect, Measured, Trust, verdict};
use crate::cell::{Cell, Moments};
use crate::comparison::{Adjusted, Comparison};
use crate::split_check::NO_VERDICT;

/// The arms that are compared with one control.
struct Contest<'m, 'a> {
    base: &'m Measured<'a>,
    /// All others, in their order.
    treated: Vec<&'m Measured<'a>>,
}

/// Two arms in one measure, treated and control.
type Pair = Result<(Sample, Sample), Undetermined>;

/// Compares all arms but the control with it; nothing when it is not among them. Those who are held out are compared
/// only where they are the control: a control arm that is shown nothing differs from them by chance alone, and each
/// further comparison makes the correction of all stricter.
pub(super) fn compare(
    arms: &[Measured<'_>],
    design: &Design,
    currencies: &BTreeSet<Currency>,
    caps: &BTreeMap<Currency, Cap>,
    trust: Trust,
) -> Vec<Effect> {
    let is_control = |arm: &Measured<'_>| *arm.variant == design.control;
    let Some(base) = arms.iter().find(|arm| is_control(arm)) else {
        return Vec::new();
    };
    let treated = arms.iter().filter(|arm| !is_control(arm) && !arm.variant.is_holdout()).collect();
    let contest = Contest { base, treated };
    let mut conversions = contest.compared(each(|cell| cell.conversion_counts().sample()));
    let value = design.goal.value();
    let mut values = value.map(|_| contest.compared(each(Cell::value_sample)));
    let mut revenues = contest.by_currency(currencies, |currency| {
        contest.compared(each(|cell| cell.revenue_sums(currency).sample()))
    });
    let mut orders = contest.by_currency(currencies, |currency| {
        contest.compared(each(|cell| cell.revenue_and_orders(currency).joint()?.ratio()))
    });
    let known_before = currencies.iter().filter(|currency| {
        let mut sums = arms.iter().filter_map(|arm| arm.cell.revenue.get(currency));
        sums.any(|sums| sums.before != Moments::default())
    });
    let known_before: BTreeSet<Currency> = known_before.copied().collect();
    let mut adjusted = contest.by_currency(&known_before, |currency| contest.adjusted(currency));
    let capped: BTreeSet<Currency> = caps.keys().copied().collect();
    let mut winsorised = contest.by_currency(&capped, |currency| {
        contest
            .compared(each(move |cell| cell.capped_sums(currency, caps[&currency].minor).sample()))
    });
    let effects = contest.treated.iter().filter_map(|arm| {
        let mut effect = Effect {
            variant: arm.variant.to_string(),
            conversion_rate: conversions.next()?,
            value_per_customer: values.as_mut().and_then(|values| values.next()),
            revenue_per_customer_minor: revenues.next()?,
            revenue_per_customer_adjusted_minor: adjusted.next()?,
            revenue_per_customer_winsorised_minor: winsorised.next()?,
            revenue_per_order_minor: orders.next()?,
            verdict: NO_VERDICT.to_owned(),
        };
        if trust == Trust::Kept {
            effect.verdict = verdict::of(arm, base, &effect, value, contest.treated.len());
        }
        Some(effect)
    });
    effects.collect()
}

/// Measures each of two arms for itself.
fn each(sample: impl Fn(&Cell) -> Result<Sample, Undetermined>) -> impl Fn(&Cell, &Cell) -> Pair {
    move |treated, control| Ok((sample(treated)?, sample(control)?))
}

// === impl Contest ===

impl Contest<'_, '_> {
    /// One measure of all treated arms, corrected for their number.
    fn compared(&self, pair: impl Fn(&Cell, &Cell) -> Pair) -> IntoIter<Comparison> {
        let against = |arm: &&Measured<'_>| Comparison::of(pair(arm.cell, self.base.cell));
        let mut all: Vec<Comparison> = self.treated.iter().map(against).collect();
        Comparison::correct(&mut all);
        all.into_iter()
    }

    /// Revenue less what was known of it before the first exposure.
    fn adjusted(&self, currency: Currency) -> impl Iterator<Item = Adjusted> {
        let pair = |treated: &Cell, control: &Cell| {
            let joint = |cell: &Cell| cell.revenue_and_before(currency).joint();
            adjust(joint(treated)?, joint(control)?)
        };
        let reduction = |arm: &&Measured<'_>| {
            let plain = each(|cell| cell.revenue_sums(currency).sample());
            let both = (arm.cell, self.base.cell);
            variance_reduction(plain(both.0, both.1).ok()?, pair(both.0, both.1).ok()?)
        };
        let reductions: Vec<Option<f64>> = self.treated.iter().map(reduction).collect();
        self.compared(pair).zip(reductions).map(|(comparison, reduction)| {
            let variance_reduction = reduction.filter(|_| comparison.estimate().is_some());
            Adjusted { comparison, variance_reduction }
        })
    }

    /// What is found of each currency, for each treated arm by currency.
    fn by_currency<T, I: Iterator<Item = T>>(
        &self,
        currencies: &BTreeSet<Currency>,
        found: impl Fn(Currency) -> I,
    ) -> impl Iterator<Item = BTreeMap<String, T>> {
        let mut arms: Vec<BTreeMap<String, T>> = Vec::new();
        arms.resize_with(self.treated.len(), BTreeMap::new);
        for &currency in currencies {
            for (arm, found) in arms.iter_mut().zip(found(currency)) {
                arm.insert(currency.code().to_owned(), found);
            }
        }
        arms.into_iter()
    }
}
