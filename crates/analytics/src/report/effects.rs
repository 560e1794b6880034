//! Every arm against the control.

use std::collections::{BTreeMap, BTreeSet};

use experiments::inference::{Sample, Undetermined};
use model::{Currency, VariantKey};

use super::{Effect, Measured, Trust, verdict};
use crate::cell::Cell;
use crate::comparison::Comparison;

/// Compares all arms but the control with it; nothing when it is not among them.
pub(super) fn compare(
    arms: &[Measured<'_>],
    control: &VariantKey,
    currencies: &BTreeSet<Currency>,
    trust: Trust,
) -> Vec<Effect> {
    let Some(base) = arms.iter().find(|arm| arm.variant == control) else {
        return Vec::new();
    };
    let treated: Vec<&Measured<'_>> = arms.iter().filter(|arm| arm.variant != control).collect();
    let conversions = compared(&treated, base, |cell| cell.conversion_counts().sample());
    let mut revenues: Vec<_> = currencies
        .iter()
        .map(|&currency| {
            let all = compared(&treated, base, |cell| cell.revenue_sums(currency).sample());
            (currency, all.into_iter())
        })
        .collect();
    let mut effects = Vec::with_capacity(treated.len());
    for (arm, conversion_rate) in treated.iter().zip(conversions) {
        let revenue_per_customer_minor = revenues
            .iter_mut()
            .filter_map(|(currency, all)| Some((currency.code().to_owned(), all.next()?)))
            .collect::<BTreeMap<_, _>>();
        let verdict = match trust {
            Trust::Kept => verdict::of(arm, base, &conversion_rate, &revenue_per_customer_minor),
            Trust::Broken => verdict::BROKEN.to_owned(),
        };
        effects.push(Effect {
            variant: arm.variant.to_string(),
            conversion_rate,
            revenue_per_customer_minor,
            verdict,
        });
    }
    effects
}

/// One measure of all arms, corrected for their number.
fn compared(
    treated: &[&Measured<'_>],
    base: &Measured<'_>,
    sample: impl Fn(&Cell) -> Result<Sample, Undetermined>,
) -> Vec<Comparison> {
    let pair = |arm: &Measured<'_>| Ok((sample(arm.cell)?, sample(base.cell)?));
    let against = |arm: &&Measured<'_>| Comparison::of(pair(arm));
    let mut all: Vec<Comparison> = treated.iter().map(against).collect();
    Comparison::correct(&mut all);
    all
}
