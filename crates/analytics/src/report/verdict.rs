//! What may be concluded from two arms, in plain words.
//!
//! A report is open all the time, so a difference is claimed only where the interval that holds at every
//! look excludes none, corrected for the number of arms, and both arms are large enough for the
//! approximation behind it. Everything else is called too early or not told from chance, with what it
//! would take: a marketer who is told too little waits, one who is told too much pays for it.

use experiments::inference::Conversions;

use super::{Effect, Measured};
use crate::comparison::{
    Adjusted, Comparison, EffectEstimate, LEVEL, alone, among_others, corrected,
};
use crate::grid::{amount, how_often, number, p_value, percent, points, signed, unsigned};
use crate::limits::{VERDICT_CONVERSIONS_MIN, VERDICT_CUSTOMERS_MIN};

/// What is compared where something is known of customers from before.
const ADJUSTED: &str = "Revenue per customer, less what follows from earlier orders,";

/// What the effect of a treated arm says against the control. `value` is what the goal sums, if anything, and
/// `arms` how many arms are compared with the control.
pub(super) fn of(
    treated: &Measured<'_>,
    control: &Measured<'_>,
    effect: &Effect,
    value: Option<&str>,
    arms: usize,
) -> String {
    let (names, counts) = (
        (treated.variant.as_str(), control.variant.as_str()),
        (treated.cell.conversion_counts(), control.cell.conversion_counts()),
    );
    if counts.0.customers == 0 && counts.1.customers == 0 {
        return "Nothing to tell yet: no customer has been eligible so far.".to_owned();
    }
    let enough = is_large_enough(counts.0) && is_large_enough(counts.1);
    let Some(conversion) = effect.conversion_rate.estimate().filter(|_| enough) else {
        return too_early(names, counts);
    };
    let value = value.zip(effect.value_per_customer.as_ref()).and_then(|(value, comparison)| {
        let what = format!("The sum of {value} per customer");
        of_mean(&what, comparison.estimate()?, (number, ""), arms)
    });
    let mut sentences = vec![of_conversion(names, counts, conversion, arms)];
    sentences.extend(value);
    let money = |what: &str, code: &String, comparison: &Comparison| {
        let show = |minor| amount(minor, code);
        of_mean(what, comparison.estimate()?, (show, &format!(" {code}")), arms)
    };
    for (code, plain) in &effect.revenue_per_customer_minor {
        // Which of the two counts is settled before anybody knows what they say.
        sentences.extend(match effect.revenue_per_customer_adjusted_minor.get(code) {
            Some(Adjusted { comparison, .. }) => money(ADJUSTED, code, comparison),
            None => money("Revenue per customer", code, plain),
        });
    }
    for (code, comparison) in &effect.revenue_per_order_minor {
        sentences.extend(money("Revenue per order", code, comparison));
    }
    sentences.join(" ")
}

fn too_early(
    (treated, control): (&str, &str),
    (treated_counts, control_counts): (Conversions, Conversions),
) -> String {
    format!(
        "Too early to tell: {} of {} customers converted in {treated} and {} of {} in {control}; wait for \
         at least {VERDICT_CUSTOMERS_MIN} customers in each arm, {VERDICT_CONVERSIONS_MIN} who converted \
         and {VERDICT_CONVERSIONS_MIN} who did not.",
        treated_counts.converted,
        treated_counts.customers,
        control_counts.converted,
        control_counts.customers,
    )
}

fn of_conversion(
    (treated, control): (&str, &str),
    (treated_counts, control_counts): (Conversions, Conversions),
    effect: &EffectEstimate,
    arms: usize,
) -> String {
    let (low, high) = (points(effect.anytime.ci_low), points(effect.anytime.ci_high));
    if effect.anytime.p_value_corrected >= LEVEL {
        return format!(
            "No difference between {treated} and {control} can be told from chance so far: the data \
             fit anything from {low} to {high} percentage points{}. {}{}",
            among_others(effect.anytime.p_value < LEVEL, arms),
            one_look(effect),
            what_it_takes(effect, &[treated_counts, control_counts]),
        );
    }
    let word = if effect.absolute > 0.0 { "better" } else { "worse" };
    format!(
        "{treated} converts {word} than {control}, by {} percentage points (95 % interval {low} to \
         {high}, at whatever time it is read{}); if the two were alike, chance would ever make so large a \
         difference {}{}.",
        unsigned(&points(effect.absolute)),
        alone(arms),
        how_often(effect.anytime.p_value_corrected),
        corrected(arms),
    )
}

/// On a mean, written by `show` and with its unit behind; nothing while it cannot be told.
fn of_mean(
    what: &str,
    effect: &EffectEstimate,
    (show, unit): (impl Fn(f64) -> String, &str),
    arms: usize,
) -> Option<String> {
    if effect.anytime.p_value_corrected >= LEVEL {
        return None;
    }
    let word = if effect.absolute > 0.0 { "higher" } else { "lower" };
    Some(format!(
        "{what} is {word}, by {}{unit} (95 % interval {} to {}{}).",
        show(effect.absolute.abs()),
        signed(&show(effect.anytime.ci_low)),
        signed(&show(effect.anytime.ci_high)),
        alone(arms),
    ))
}

/// What a single planned look would have said, when it says more than many looks may.
fn one_look(effect: &EffectEstimate) -> String {
    if effect.p_value_corrected >= LEVEL {
        return String::new();
    }
    format!(
        "Had this been the one look that was planned beforehand, it would count as a difference \
         (p {}); among many looks it does not yet. ",
        p_value(effect.p_value_corrected)
    )
}

fn what_it_takes(effect: &EffectEstimate, arms: &[Conversions]) -> String {
    let customers: u128 = arms.iter().map(|counts| u128::from(counts.customers)).sum();
    let relative = effect.minimum_detectable_relative;
    let relative = relative.map(|relative| format!(" ({})", percent(relative))).unwrap_or_default();
    format!(
        "With these {customers} customers a difference of {} points{relative} would be found in 80 % of \
         cases; half as much takes {} customers.",
        unsigned(&points(effect.minimum_detectable)),
        customers * 4,
    )
}

fn is_large_enough(counts: Conversions) -> bool {
    let others = counts.customers.saturating_sub(counts.converted);
    counts.customers >= VERDICT_CUSTOMERS_MIN
        && counts.converted >= VERDICT_CONVERSIONS_MIN
        && others >= VERDICT_CONVERSIONS_MIN
}
