//! What counts as success.

use std::time::Duration;

use model::Goal;
use toml::Spanned;

use super::GOAL;
use crate::limits::WINDOW_MAX;
use crate::report::{Report, quoted};
use crate::section::{Key, Section, key};

const EVENT: Key = key("event", "event = \"Order Completed\"");
const WINDOW: Key = key("window", "window = \"7d\"");

/// The event that a goal can count.
const ORDER_COMPLETED: &str = "Order Completed";

const DEFAULT: Goal = Goal { attribution_window: Duration::from_secs(7 * 24 * 60 * 60) };

/// Reads `[goal]`; without one, orders within seven days count.
pub(super) fn read(report: &mut Report, top: &Section) -> Goal {
    let value = top.find(GOAL);
    let section = value.and_then(|it| Section::new(report, "[goal]", GOAL, it, &[EVENT, WINDOW]));
    let Some(section) = section else { return DEFAULT };
    if let Some(event) = section.text(report, EVENT)
        && *event.get_ref() != ORDER_COMPLETED
    {
        let message = format!("{} cannot be a goal", quoted(event.get_ref()));
        report.error(event.span(), message, format!("write `{}`", EVENT.example));
    }
    let window = section.text(report, WINDOW).and_then(|text| duration(report, &text));
    window.map_or(DEFAULT, |attribution_window| Goal { attribution_window })
}

/// Reads a whole number of seconds, minutes, hours or days: `90s`, `30m`, `6h`, `7d`.
fn duration(report: &mut Report, text: &Spanned<&str>) -> Option<Duration> {
    let written = *text.get_ref();
    let unit_seconds = match written.chars().last() {
        Some('s') => Some(1),
        Some('m') => Some(60),
        Some('h') => Some(60 * 60),
        Some('d') => Some(24 * 60 * 60),
        _ => None,
    };
    let digits = written.trim_end_matches(['s', 'm', 'h', 'd']);
    let has_one_unit = digits.len() + 1 == written.len();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = unit_seconds.filter(|_| has_one_unit && is_number).map(|unit: u64| {
        let count = digits.parse::<u64>().unwrap_or(u64::MAX);
        count.saturating_mul(unit)
    });
    let Some(seconds) = seconds else {
        let message = format!("{} is not a duration", quoted(written));
        let help = "write a whole number and one of s, m, h, d, such as \"7d\" or \"36h\"";
        report.error(text.span(), message, help);
        return None;
    };
    let duration = Duration::from_secs(seconds);
    if duration.is_zero() || duration > WINDOW_MAX {
        let message = format!("a window of {} is too short or too long", quoted(written));
        report.error(text.span(), message, "write \"1s\" to \"365d\"");
        return None;
    }
    Some(duration)
}
