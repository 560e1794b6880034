//! In which hours of the week a campaign runs.

use std::ops::Range;

use model::Hours;
use toml::Spanned;

use super::timezone::{TIMEZONE, Zone};
use crate::key::{Key, Need, Shape, key};
use crate::report::{Report, quoted};
use crate::section::{Section, text};

pub(super) const DAYS: Key = key("days", "days = [\"mon\", \"fri\"]")
    .needs(Need::Beside("timezone"))
    .shape(Shape::List(&Shape::Choice(&DAY_NAMES), DAY_NAMES.len()))
    .about("The campaign runs on these days of the week. Needs `timezone`.");
pub(super) const HOURS: Key = key("hours", "hours = \"18:00-23:30\"")
    .needs(Need::Beside("timezone"))
    .shape(Shape::Pattern(HOURS_OF_DAY, 11))
    .about(
        "The campaign runs in these hours. Hours that end before they begin go over midnight, and \
         belong to the day on which they begin. Needs `timezone`.",
    );

/// What `hours` looks like.
const HOURS_OF_DAY: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";

/// The days of the week as they are written, in the order of [`Hours::days`].
const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// Reads `days` and `hours`; `None` stands for any hour of the week.
pub(super) fn read(report: &mut Report, schedule: &Section, zone: Zone) -> Option<Hours> {
    let place = |key: Key| schedule.find(key).map(|value| (key, value.span()));
    let (key, span) = place(HOURS).or_else(|| place(DAYS))?;
    let days = days(report, schedule);
    let (from_minute, until_minute) = match schedule.text(report, HOURS) {
        Some(written) => span_of_day(report, &written)?,
        None => (0, DAY_MINUTES),
    };
    let zone = known(report, zone, key, span)?;
    Some(Hours { zone, days, from_minute, until_minute })
}

/// The time zone, which these keys need.
fn known(
    report: &mut Report,
    zone: Zone,
    key: Key,
    span: Range<usize>,
) -> Option<jiff::tz::TimeZone> {
    match zone {
        Zone::Known(zone) => Some(zone),
        Zone::Mistaken => None,
        Zone::Absent => {
            let message = format!("`{}` needs a time zone: by whose clocks?", key.name);
            report.error(span, message, format!("add `{}`", TIMEZONE.example));
            None
        }
    }
}

fn days(report: &mut Report, schedule: &Section) -> [bool; 7] {
    let Some(value) = schedule.find(DAYS) else { return [true; 7] };
    let mut days = [false; 7];
    // The days and as many again, so that a repetition is told as such.
    for value in Section::list(report, value, DAYS, 2 * DAY_NAMES.len()) {
        let Some(written) = text(report, value, DAYS) else { continue };
        let Some(place) = day(report, &written) else { continue };
        if days[place] {
            let message = format!("{} is listed twice", quoted(written.get_ref()));
            report.error(written.span(), message, "remove one of the two");
        }
        days[place] = true;
    }
    days
}

fn day(report: &mut Report, text: &Spanned<&str>) -> Option<usize> {
    let written = *text.get_ref();
    let found = DAY_NAMES.iter().position(|name| *name == written);
    if found.is_none() {
        let begins_so = |name: &&&str| {
            written.get(..3).is_some_and(|beginning| beginning.eq_ignore_ascii_case(name))
        };
        let help = match DAY_NAMES.iter().find(begins_so) {
            Some(name) => format!("write {name:?}"),
            None => {
                format!("write one of {}", DAY_NAMES.map(|name| format!("{name:?}")).join(", "))
            }
        };
        report.error(text.span(), format!("unknown day {}", quoted(written)), help);
    }
    found
}

/// Reads `18:00-23:30` as minutes after midnight.
fn span_of_day(report: &mut Report, text: &Spanned<&str>) -> Option<(u16, u16)> {
    let written = *text.get_ref();
    let read = |(from, until): (&str, &str)| Some((minute(from)?, minute(until)?));
    let found = written.split_once('-').and_then(read).filter(|(from, _)| *from < DAY_MINUTES);
    let Some((from, until)) = found else {
        let message = format!("{} are not hours of the day", quoted(written));
        let help = format!("write `{}`; the second is 24:00 at the latest", HOURS.example);
        report.error(text.span(), message, help);
        return None;
    };
    // Midnight at the end is that of the day's end.
    let until = if until == 0 { DAY_MINUTES } else { until };
    if from == until {
        let message = format!("{} begin and end at the same time", quoted(written));
        report.error(text.span(), message, format!("write `{}`, or leave it out", HOURS.example));
        return None;
    }
    Some((from, until))
}

/// Reads `18:30` as minutes after midnight, at most 24:00.
fn minute(written: &str) -> Option<u16> {
    let (hour, minute) = written.split_once(':')?;
    let number = |digits: &str| -> Option<u16> {
        let is_plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { digits.parse().ok() } else { None }
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_MINUTES).then_some(minutes)
}
