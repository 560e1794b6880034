//! What counts as success.

use std::time::Duration;

use model::Goal;

use super::GOAL;
use super::duration::duration;
use crate::key::{Key, Shape, Table, key};
use crate::limits::WINDOW_MAX;
use crate::report::{Report, quoted};
use crate::section::Section;

const EVENT: Key = key("event", "event = \"Order Completed\"")
    .shape(Shape::Choice(&[ORDER_COMPLETED]))
    .about("The event that counts as success.");
const WINDOW: Key = key("window", "window = \"7d\"")
    .shape(Shape::Duration(Duration::from_secs(1), WINDOW_MAX))
    .about("How long after the first exposure it still counts.");

pub(super) static TABLE: Table = Table::of(&[EVENT, WINDOW]);

/// The event that a goal can count.
const ORDER_COMPLETED: &str = "Order Completed";

const DEFAULT: Goal = Goal { attribution_window: Duration::from_secs(7 * 24 * 60 * 60) };

/// Reads `[goal]`; without one, orders within seven days count.
pub(super) fn read(report: &mut Report, top: &Section) -> Goal {
    let value = top.find(GOAL);
    let section = value.and_then(|it| Section::new(report, "[goal]", GOAL, it));
    let Some(section) = section else { return DEFAULT };
    if let Some(event) = section.text(report, EVENT)
        && *event.get_ref() != ORDER_COMPLETED
    {
        let message = format!("{} cannot be a goal", quoted(event.get_ref()));
        report.error(event.span(), message, format!("write `{}`", EVENT.example));
    }
    let window =
        section.text(report, WINDOW).and_then(|text| duration(report, &text, "window", WINDOW));
    window.map_or(DEFAULT, |attribution_window| Goal { attribution_window })
}
