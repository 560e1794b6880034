//! Every arm against the control.

use std::collections::{BTreeMap, BTreeSet};

use experiments::inference::{Joint, Sample, Undetermined};
use model::Currency;

use super::{Design, Effect, Measured, Trust, verdict};
use crate::cell::Cell;
use crate::comparison::Comparison;

/// The arms that are compared with one control.
struct Contest<'m, 'a> {
    base: &'m Measured<'a>,
    /// All others, in their order.
    treated: Vec<&'m Measured<'a>>,
}

/// Compares all arms but the control with it; nothing when it is not among them. Those who are held out are compared
/// only where they are the control: a control arm that is shown nothing differs from them by chance alone, and each
/// further comparison makes the correction of all stricter.
pub(super) fn compare(
    arms: &[Measured<'_>],
    design: &Design,
    currencies: &BTreeSet<Currency>,
    trust: Trust,
) -> Vec<Effect> {
    let is_control = |arm: &Measured<'_>| *arm.variant == design.control;
    let Some(base) = arms.iter().find(|arm| is_control(arm)) else {
        return Vec::new();
    };
    let treated = arms.iter().filter(|arm| !is_control(arm) && !arm.variant.is_holdout()).collect();
    let contest = Contest { base, treated };
    let conversions = contest.compared(|cell| cell.conversion_counts().sample());
    let values = match design.goal.value() {
        Some(_) => contest.compared(Cell::value_sample).into_iter().map(Some).collect(),
        None => vec![None; contest.treated.len()],
    };
    let revenues =
        contest.by_currency(currencies, |cell, currency| cell.revenue_sums(currency).sample());
    let orders = contest.by_currency(currencies, |cell, currency| {
        cell.revenue_and_orders(currency).joint().and_then(Joint::ratio)
    });
    let measures = conversions.into_iter().zip(values).zip(revenues).zip(orders);
    let effects = contest.treated.iter().zip(measures).map(|(arm, measures)| {
        let (((conversion_rate, value_per_customer), revenue_per_customer_minor), orders) =
            measures;
        let mut effect = Effect {
            variant: arm.variant.to_string(),
            conversion_rate,
            value_per_customer,
            revenue_per_customer_minor,
            revenue_per_order_minor: orders,
            verdict: verdict::BROKEN.to_owned(),
        };
        if trust == Trust::Kept {
            effect.verdict = verdict::of(arm, base, &effect, design.goal.value());
        }
        effect
    });
    effects.collect()
}

// === impl Contest ===

impl Contest<'_, '_> {
    /// One measure of all treated arms, corrected for their number.
    fn compared(&self, sample: impl Fn(&Cell) -> Result<Sample, Undetermined>) -> Vec<Comparison> {
        let pair = |arm: &Measured<'_>| Ok((sample(arm.cell)?, sample(self.base.cell)?));
        let against = |arm: &&Measured<'_>| Comparison::of(pair(arm));
        let mut all: Vec<Comparison> = self.treated.iter().map(against).collect();
        Comparison::correct(&mut all);
        all
    }

    /// One measure of each currency, for all treated arms.
    fn by_currency(
        &self,
        currencies: &BTreeSet<Currency>,
        sample: impl Fn(&Cell, Currency) -> Result<Sample, Undetermined>,
    ) -> Vec<BTreeMap<String, Comparison>> {
        let mut arms = vec![BTreeMap::new(); self.treated.len()];
        for &currency in currencies {
            let all = self.compared(|cell| sample(cell, currency));
            for (arm, comparison) in arms.iter_mut().zip(all) {
                arm.insert(currency.code().to_owned(), comparison);
            }
        }
        arms
    }
}
