//! When a campaign runs.
//!
//! A time with an offset is an instant. One without is read from the clocks of `timezone`; where these
//! clocks are set back or forward, such a time exists twice or not at all, and is a mistake: whether
//! a sale begins before or after the lost hour is for the marketer to say.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset};
use model::{Schedule, Timestamp};
use toml::Spanned;
use toml::de::DeValue;
use toml::value::Datetime;

use super::SCHEDULE;
use super::hours::{self, DAYS, HOURS};
use super::timezone::{self, TIMEZONE, Zone};
use crate::key::{Key, Shape, Table, key};
use crate::report::Report;
use crate::section::{Section, Value, wrong_type};

const FROM: Key = key("from", "from = 2026-12-01T00:00:00Z")
    .shape(Shape::Time)
    .about("The campaign runs from then on.");
const UNTIL: Key = key("until", "until = 2026-12-24T18:00:00+01:00")
    .shape(Shape::Time)
    .about("The campaign no longer runs then. Must be later than `from`.");

pub(super) static TABLE: Table = Table::of(&[TIMEZONE, FROM, UNTIL, DAYS, HOURS]);

/// Reads `[schedule]`; without one a campaign always runs.
pub(super) fn read(report: &mut Report, top: &Section) -> Schedule {
    let section = top.find(SCHEDULE);
    let section = section.and_then(|it| Section::new(report, "[schedule]", SCHEDULE, it));
    let Some(section) = section else { return Schedule::default() };
    let zone = timezone::read(report, &section);
    let from = section.find(FROM).and_then(|value| time(report, value, FROM, &zone));
    let until = section.find(UNTIL).and_then(|value| time(report, value, UNTIL, &zone));
    if let (Some(from), Some(until)) = (&from, &until)
        && from.get_ref() >= until.get_ref()
    {
        let message = format!("the campaign ends before it begins, at {}", from.get_ref());
        report.error(until.span(), message, "write a time for `until` that is later than `from`");
    }
    Schedule {
        from: from.map(Spanned::into_inner),
        until: until.map(Spanned::into_inner),
        hours: hours::read(report, &section, zone),
    }
}

fn time(report: &mut Report, value: &Value, key: Key, zone: &Zone) -> Option<Spanned<Timestamp>> {
    let DeValue::Datetime(written) = value.get_ref() else {
        wrong_type(report, value, key, "a date and time, without quotes");
        return None;
    };
    let (Some(_), Some(time)) = (written.date, written.time) else {
        let message = format!("`{}` must have a date and a time of day", key.name);
        report.error(value.span(), message, format!("write `{}`", key.example));
        return None;
    };
    let mut whole = *written;
    whole.time = Some(toml::value::Time { second: Some(time.second.unwrap_or(0)), ..time });
    if written.offset.is_none() {
        return local(report, value, key, whole, zone);
    }
    let time = Timestamp::parse(&whole.to_string()).ok();
    if time.is_none() {
        no_such_time(report, value, key);
    }
    time.map(|time| Spanned::new(value.span(), time))
}

/// Reads a time without an offset from the clocks of the schedule's time zone.
fn local(
    report: &mut Report,
    value: &Value,
    key: Key,
    whole: Datetime,
    zone: &Zone,
) -> Option<Spanned<Timestamp>> {
    let name = key.name;
    let zone = match zone {
        Zone::Known(zone) => zone,
        Zone::Mistaken => return None,
        Zone::Absent => {
            let message = format!("`{name}` has no offset, and the schedule has no time zone");
            let help = format!(
                "add `{}`, or write `{}`; Z is UTC, +01:00 is one hour ahead of it",
                TIMEZONE.example, key.example
            );
            report.error(value.span(), message, help);
            return None;
        }
    };
    let Ok(clock) = whole.to_string().parse::<DateTime>() else {
        no_such_time(report, value, key);
        return None;
    };
    let meant = zone.to_ambiguous_timestamp(clock);
    match meant.offset() {
        AmbiguousOffset::Unambiguous { .. } => {}
        AmbiguousOffset::Fold { before, after } => {
            let message = format!("`{name}` is a time that the clocks show twice, as they go back");
            let [first, second] = [before, after].map(written_offset);
            let help = format!("write `{name} = {whole}{first}` or `{name} = {whole}{second}`");
            report.error(value.span(), message, help);
            return None;
        }
        AmbiguousOffset::Gap { .. } => {
            let message = format!("`{name}` is a time that the clocks skip, as they go forward");
            let later = meant.compatible().map(|instant| zone.to_datetime(instant));
            let help = match later {
                Ok(later) => format!("write `{name} = {later}`"),
                Err(_) => format!("write `{}`", key.example),
            };
            report.error(value.span(), message, help);
            return None;
        }
    }
    let Ok(instant) = meant.unambiguous() else {
        no_such_time(report, value, key);
        return None;
    };
    Some(Spanned::new(value.span(), Timestamp::from_ms(instant.as_millisecond())))
}

fn no_such_time(report: &mut Report, value: &Value, key: Key) {
    let message = format!("`{}` is a time that does not exist", key.name);
    report.error(value.span(), message, format!("write `{}`", key.example));
}

/// An offset as TOML has it: `+01:00`.
fn written_offset(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
