//! What may be concluded from two arms, in plain words.
//!
//! A report is open all the time, so a difference is claimed only where the interval that holds at every
//! look excludes none, corrected for the number of arms, and both arms are large enough for the
//! approximation behind it: for conversion rates by those who converted and those who did not, for sums of a
//! goal's numbers by those who converted, for money by orders. Everything else is called too early or not told
//! from chance, with what it would take: a marketer who is told too little waits, one who is told too much pays for it.

use experiments::inference::Conversions;

use super::{Effect, Measured};
use crate::cell::{Cell, count};
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
    let both = [treated, control];
    if both.iter().all(|arm| arm.cell.conversion_counts().customers == 0) {
        return "Nothing to tell yet: no customer has been eligible so far in either arm."
            .to_owned();
    }
    let mut sentences: Vec<String> = both.into_iter().filter_map(gone).collect();
    sentences.push(on_conversion(treated, control, effect, arms));
    let bear_means = |count: &dyn Fn(&Cell) -> u64| {
        both.iter().all(|arm| {
            let customers = arm.cell.conversion_counts().customers;
            customers >= VERDICT_CUSTOMERS_MIN && count(arm.cell) >= VERDICT_CONVERSIONS_MIN
        })
    };
    if bear_means(&|cell| cell.conversion_counts().converted) {
        let value = value.zip(effect.value_per_customer.as_ref());
        sentences.extend(value.and_then(|(value, comparison)| {
            let what = format!("The sum of {value} per customer");
            of_mean(&what, comparison.estimate()?, (number, ""), arms)
        }));
    }
    if bear_means(&|cell| count(cell.orders)) {
        sentences.extend(on_money(effect, arms));
    }
    sentences.join(" ")
}

/// That an arm is not in the plan, whose customers are then in another one by what they see.
fn gone(arm: &Measured<'_>) -> Option<String> {
    arm.weight.is_none().then(|| {
        let arm = arm.variant;
        format!(
            "{arm} is not in the plan: whoever was assigned to it is shown another arm since it was taken out or \
             renamed, and still counts here."
        )
    })
}

/// What conversion rates say, or what is missing for that.
fn on_conversion(
    treated: &Measured<'_>,
    control: &Measured<'_>,
    effect: &Effect,
    arms: usize,
) -> String {
    let (names, counts) = (
        (treated.variant.as_str(), control.variant.as_str()),
        (treated.cell.conversion_counts(), control.cell.conversion_counts()),
    );
    let enough = is_large_enough(counts.0) && is_large_enough(counts.1);
    match effect.conversion_rate.estimate().filter(|_| enough) {
        Some(conversion) => of_conversion(names, counts, conversion, arms),
        None => too_early(names, counts),
    }
}

/// What money says where it says anything, by currency.
fn on_money(effect: &Effect, arms: usize) -> Vec<String> {
    let mut sentences = Vec::new();
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
    sentences
}

/// On conversion rates that cannot be compared yet. Means may tell something all the same.
fn too_early(
    (treated, control): (&str, &str),
    (treated_counts, control_counts): (Conversions, Conversions),
) -> String {
    let counts = [treated_counts, control_counts];
    let converted = format!(
        "{} of {} customers converted in {treated} and {} of {} in {control}",
        treated_counts.converted,
        treated_counts.customers,
        control_counts.converted,
        control_counts.customers,
    );
    if counts.iter().all(|counts| counts.customers >= VERDICT_CUSTOMERS_MIN) {
        return format!(
            "Too early to tell who converts better: {converted}; wait for at least {VERDICT_CONVERSIONS_MIN} \
             in each arm who converted and {VERDICT_CONVERSIONS_MIN} who did not.",
        );
    }
    format!(
        "Too early to tell: {converted}; wait for at least {VERDICT_CUSTOMERS_MIN} customers in each arm, \
         {VERDICT_CONVERSIONS_MIN} who converted and {VERDICT_CONVERSIONS_MIN} who did not.",
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

/// Whether an arm bears a comparison of conversion rates.
pub(super) fn is_large_enough(counts: Conversions) -> bool {
    let others = counts.customers.saturating_sub(counts.converted);
    counts.customers >= VERDICT_CUSTOMERS_MIN
        && counts.converted >= VERDICT_CONVERSIONS_MIN
        && others >= VERDICT_CONVERSIONS_MIN
}
