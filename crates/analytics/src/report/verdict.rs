//! What may be concluded from two arms, in one sentence of plain words.
//!
//! The sentence claims a difference only where the 95 % interval excludes none and both arms are large
//! enough for the test's approximation. Everything else is called too early or not told from chance: a
//! marketer who is told too little waits, one who is told too much pays for it.

use experiments::inference::{CONFIDENCE, Conversions, Effect};

use crate::limits::{VERDICT_CONVERSIONS_MIN, VERDICT_CUSTOMERS_MIN};

/// The sentence on the conversion of a treated arm against the control.
pub(super) fn sentence(
    (treated, treated_counts): (&str, Conversions),
    (control, control_counts): (&str, Conversions),
    effect: Option<&Effect>,
) -> String {
    if treated_counts.customers == 0 && control_counts.customers == 0 {
        return "Nothing to tell yet: no customer has been eligible so far.".to_owned();
    }
    let Some(effect) =
        effect.filter(|_| is_large_enough(treated_counts) && is_large_enough(control_counts))
    else {
        return format!(
            "Too early to tell: {} of {} customers converted in {treated} and {} of {} in {control}; \
             wait for at least {VERDICT_CUSTOMERS_MIN} customers in each arm, \
             {VERDICT_CONVERSIONS_MIN} who converted and {VERDICT_CONVERSIONS_MIN} who did not.",
            treated_counts.converted,
            treated_counts.customers,
            control_counts.converted,
            control_counts.customers,
        );
    };
    let (low, high) = (points(effect.ci_low), points(effect.ci_high));
    if effect.p_value >= 1.0 - CONFIDENCE {
        return format!(
            "No difference between {treated} and {control} can be told from chance so far: the data \
             fit anything from {low} to {high} percentage points."
        );
    }
    let word = if effect.absolute > 0.0 { "better" } else { "worse" };
    format!(
        "{treated} converts {word} than {control}, by {} percentage points (95 % interval {low} to \
         {high}); if the two were alike, chance would make so large a difference {}.",
        points(effect.absolute),
        how_often(effect.p_value),
    )
}

fn is_large_enough(counts: Conversions) -> bool {
    let others = counts.customers.saturating_sub(counts.converted);
    counts.customers >= VERDICT_CUSTOMERS_MIN
        && counts.converted >= VERDICT_CONVERSIONS_MIN
        && others >= VERDICT_CONVERSIONS_MIN
}

/// A difference of proportions in percentage points, with its sign.
pub(super) fn points(fraction: f64) -> String {
    format!("{:+.2}", fraction * 100.0)
}

fn how_often(p_value: f64) -> String {
    if p_value < 0.001 {
        return "less than once in 1000 times".to_owned();
    }
    format!("about once in {:.0} times", 1.0 / p_value)
}
