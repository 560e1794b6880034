//! When a campaign runs.

use model::{Schedule, Timestamp};
use toml::Spanned;
use toml::de::DeValue;

use super::SCHEDULE;
use crate::report::Report;
use crate::section::{Key, Section, Value, key, wrong_type};

const FROM: Key = key("from", "from = 2026-12-01T00:00:00Z");
const UNTIL: Key = key("until", "until = 2026-12-24T18:00:00+01:00");

/// Reads `[schedule]`; without one a campaign always runs.
pub(super) fn read(report: &mut Report, top: &Section) -> Schedule {
    let section = top.find(SCHEDULE);
    let section =
        section.and_then(|it| Section::new(report, "[schedule]", SCHEDULE, it, &[FROM, UNTIL]));
    let Some(section) = section else { return Schedule::default() };
    let from = section.find(FROM).and_then(|value| time(report, value, FROM));
    let until = section.find(UNTIL).and_then(|value| time(report, value, UNTIL));
    if let (Some(from), Some(until)) = (&from, &until)
        && from.get_ref() >= until.get_ref()
    {
        let message = format!("the campaign ends before it begins, at {}", from.get_ref());
        report.error(until.span(), message, "write a time for `until` that is later than `from`");
    }
    Schedule {
        from: from.map(Spanned::into_inner),
        until: until.map(Spanned::into_inner),
        hours: None,
    }
}

fn time(report: &mut Report, value: &Value, key: Key) -> Option<Spanned<Timestamp>> {
    let DeValue::Datetime(written) = value.get_ref() else {
        wrong_type(report, value, key, "a date and time, without quotes");
        return None;
    };
    let (Some(_), Some(time), Some(_)) = (written.date, written.time, written.offset) else {
        let message = format!("`{}` must have a date, a time of day and an offset", key.name);
        let help = format!("write `{}`; Z is UTC, +01:00 is one hour ahead of it", key.example);
        report.error(value.span(), message, help);
        return None;
    };
    let mut whole = *written;
    whole.time = Some(toml::value::Time { second: Some(time.second.unwrap_or(0)), ..time });
    match Timestamp::parse(&whole.to_string()) {
        Ok(time) => Some(Spanned::new(value.span(), time)),
        Err(_) => {
            let message = format!("`{}` is a time that does not exist", key.name);
            report.error(value.span(), message, format!("write `{}`", key.example));
            None
        }
    }
}
