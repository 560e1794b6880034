//! What an event comes to by the goals of a plan.
//!
//! Done once, when the event is taken in, and recorded with it: see [`model::Measure`]. Orders are no part
//! of this, since they are outcomes by themselves.

use model::{Event, Goal, Measure, parse_decimal, same_name};
use serde_json::value::RawValue;

use super::json::{each_member, is_number, string};

/// How many digits after the decimal point a number keeps: thousandths.
const DIGITS: u32 = 3;

/// What each goal that counts the event measures of it. A number that is missing, or none, is 0: the
/// event counts all the same.
pub(crate) fn measures(goals: &[Goal], event: &Event) -> Box<[Measure]> {
    let counting = goals.iter().filter(|goal| goal.counts(event.rule_name()));
    let measure = |goal: &Goal| Measure {
        goal: goal.key(),
        value_milli: goal.value().and_then(|name| number(&event.properties, name)).unwrap_or(0),
    };
    counting.map(measure).collect()
}

/// The number of a property, in thousandths. Of members of one name the last counts.
fn number(properties: &str, name: &str) -> Option<i64> {
    let properties: &RawValue = serde_json::from_str(properties).ok()?;
    let mut found = None;
    each_member(properties, |member, value| {
        if same_name(&member, name) {
            found = thousandths(value);
        }
    });
    found
}

/// A number, or text that is one, as shops send amounts.
fn thousandths(value: &RawValue) -> Option<i64> {
    let text = if is_number(value) { value.get().into() } else { string(value)? };
    let text = text.trim();
    if text.contains(['e', 'E']) {
        let number: f64 = text.parse().ok()?;
        return parse_decimal(&number.to_string(), DIGITS).ok();
    }
    parse_decimal(text, DIGITS).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Action, Event, Goal, Identity, Timestamp};

    use super::measures;

    fn event(name: &str, properties: &str) -> Event {
        Event {
            message_id: "m".into(),
            at: Timestamp::from_ms(0),
            received_at: Timestamp::from_ms(0),
            who: Identity::new(Some("u"), None).expect("a name"),
            consent: Box::default(),
            action: Action::Tracked,
            name: name.into(),
            properties: properties.into(),
            measures: Box::default(),
        }
    }

    fn points() -> Goal {
        Goal::of_events("Points Earned", Some("points"), Duration::from_secs(1))
    }

    fn value(properties: &str) -> i64 {
        let measured = measures(&[points()], &event("points_earned", properties));
        assert_eq!(measured.len(), 1, "it counts whatever its properties are");
        measured[0].value_milli
    }

    #[test]
    fn a_number_is_summed_in_thousandths_however_the_shop_writes_it() {
        for (properties, milli) in [
            (r#"{"points": 120}"#, 120_000),
            (r#"{"Points": "1.5"}"#, 1_500),
            (r#"{"points": -0.0005}"#, -1),
            (r#"{"points": 1.2e1}"#, 12_000),
            (r#"{"points": 1, "points": 2}"#, 2_000),
            (r#"{"points": "many"}"#, 0),
            (r#"{"points": 99999999999999999999}"#, 0),
            (r#"{"other": 3}"#, 0),
            ("", 0),
        ] {
            assert_eq!(value(properties), milli, "{properties}");
        }
    }

    #[test]
    fn an_event_is_measured_by_each_goal_that_counts_it_and_by_no_other() {
        let counted = Goal::of_events("POINTS-EARNED", None, Duration::from_secs(1));
        let other = Goal::of_events("Signed Up", None, Duration::from_secs(1));
        let goals = [points(), counted, other];
        let measured = measures(&goals, &event("Points Earned", r#"{"points": 1}"#));
        let told: Vec<_> = measured.iter().map(|one| (one.goal, one.value_milli)).collect();
        assert_eq!(told, [(goals[0].key(), 1_000), (goals[1].key(), 0)]);
    }
}
